"""What of a release's values looks like a secret: by its key, by the formats of well-known services, by its randomness.

Rather one too many: what is found goes into AWS Secrets Manager instead of a tracked file, and nothing is lost by it.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.problems import Location

# The formats that the services publish, mostly for secret scanners.
_FORMATS: Final = re.compile(
    r"""
    -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY | AGE-SECRET-KEY-1[0-9A-Z]{20,}
    | \b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b
    | \bgh[pousr]_[A-Za-z0-9]{30,} | \bgithub_pat_[A-Za-z0-9_]{22,}
    | \bgl(?:pat|dt|rt|cbt|ptt|soat|agent)-[A-Za-z0-9_-]{18,}
    | \bxox[abeoprs]-[A-Za-z0-9-]{10,} | \bxapp-\d-[A-Za-z0-9-]{10,}
    | hooks\.slack\.com/(?:services|workflows|triggers)/\S{8,}
    | discord(?:app)?\.com/api/webhooks/\d+/\S{8,}
    | \.webhook\.office\.com/webhookb2/\S{8,} | \.logic\.azure\.com\S*[?&]sig=\S{8,}
    | chat\.googleapis\.com/v1/spaces/\S+[?&]token=\S{8,}
    | events\.pagerduty\.com/integration/[0-9a-f]{32}
    | \b[sr]k_(?:live|test)_[A-Za-z0-9]{16,} | \bwhsec_[A-Za-z0-9+/=]{20,}
    | \bSG\.[\w-]{16,}\.[\w-]{16,} | \bkey-[0-9a-f]{32}\b | \bSK[0-9a-f]{32}\b
    | \bAIza[\w-]{35} | \bya29\.[\w-]{20,} | \bGOCSPX-[\w-]{20,}
    | \bnpm_[A-Za-z0-9]{30,} | \bpypi-[A-Za-z0-9_-]{30,} | \bdckr_pat_[\w-]{20,} | \brubygems_[0-9a-f]{40,}
    | \beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}
    | \bgl(?:sa|c)_[A-Za-z0-9_+/=]{20,} | \bNRAK-[A-Z0-9]{20,} | \bNRII-[\w-]{20,}
    | \b(?:hvs|hvb|hvr)\.[\w-]{20,} | \b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{20,}
    | \b\d{8,10}:[\w-]{35}\b
    | \bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,} | \bhf_[A-Za-z0-9]{30,} | \bdapi[0-9a-f]{32}
    | \bdo[ort]_v1_[0-9a-f]{40,} | \bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32} | \bATATT3[\w=-]{20,} | \blin_api_\w{20,}
    | \bsntrys_\w{20,} | \bEAA[A-Za-z0-9]{40,} | \bPMAK-[0-9a-f-]{20,}
    | AccountKey=[A-Za-z0-9+/=]{20,} | SharedAccessKey=[A-Za-z0-9+/=]{20,}
    | https?://[0-9a-f]{32}(?::[0-9a-f]{32})?@[\w.-]+/\d+
    | \$(?:2[aby]|apr1|argon2id?|5|6)\$[^\s"']{8,}
    | \b(?i:bearer)[ ]+[\w.~+/-]{16,}=* | (?i:authorization)["']?\s*[:=]\s*["']?(?i:token|api-?key|key)[ ]+\S{16,}
    | [?&]sig=[A-Za-z0-9%+/]{30,}
    """,
    re.VERBOSE,
)
_BASIC: Final = re.compile(r"""(?:\b(?i:basic)[ ]+|"auth"\s*:\s*")([A-Za-z0-9+/]{8,}={0,2})""")
# A password in a URL, or in the form that Go's MySQL driver reads.
_URL_PASSWORD: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@]*:([^\s/@]+)@")
_DSN_PASSWORD: Final = re.compile(r"\b[\w.-]+:([^\s/@:]+)@(?:tcp|unix)\(")
_ASSIGNED: Final = re.compile(
    r"""(?im)(?:^|[\s,;{?&"'_.-])[A-Za-z0-9]*(?:password|passwd|pwd|passphrase|secret|secret_key|secretkey|token|api[-_]?key|access_?key|(?<![a-z])pass|
    private_?key|client_?secret|auth_?token)["']?[ \t]*[:=][ \t]*["']?([^\s"',;&}]+)""",
    re.VERBOSE,
)
# What a command or a .netrc gives apart from its name.
_ARGUMENT: Final = re.compile(
    r"""(?:^|\s)(?:-{1,2}[\w.-]*(?:password|passwd|token|secret)|login\s+\S+\s+password|(?:-u|--user)[ =]\S+?:(?=\S))
    \s*([^\s"'-][^\s"']{5,})""",
    re.VERBOSE,
)
_SECRET_KEY: Final = re.compile(
    r"(?:password|passwd|passphrase|passcode|pwd|pass|psk|token|secret|secrets|secretkey|apikey|accesskey|secretaccesskey|"
    r"privatekey|sharedkey|signingkey|encryptionkey|masterkey|rootkey|licensekey|license|routingkey|servicekey|"
    r"integrationkey|ingestkey|writekey|accountkey|genie|geniekey|clientsecret|credential|credentials|"
    r"apiurl|webhook|webhookurl|hookurl|connectionstring|connstr|dsn|htpasswd|htpasswdfile|dockerconfigjson|auth|"
    r"authorization|basicauth|bearer|cookie|salt|seed|otp|pin|idrsa|tlskey|sasltoken|hmac|kubeconfig)"
)
# Keys that name where a secret is, or are of its kind by their last word alone.
_NO_SECRET_KEY: Final = re.compile(
    r"existing[a-z]*secret|fromsecret|secretname|secretref|secretkeyref|secretsname|secretkeyname|secretnamespace|secretstore|"
    r"imagepullsecret|mountpath|tokenurl|authurl|apiurlfile|filename|valuefrom|tlssecret|"
    r"(?:name|file|path|ref|url|enabled|type|policy|ttl|expiry|duration|length|field|label|annotation|header|version)$"
)
# Keys that name a secret of the namespace, or a key in one, where their value looks like such a name.
_NAMES_A_PLACE: Final = re.compile(
    r"[a-z](?<!aws)(?<!access)secretkey$|(?:token|password|credentials?|auth|tls|key)secrets?$"
)
_PLACE: Final = re.compile(r"[a-z]+(?:[-_.][a-z]+)*", re.ASCII)
_URL_KEY: Final = re.compile(r"(?:apiurl|webhook|webhookurl|hookurl)$")
# Text that only names where a value comes from.
_REFERENCE: Final = re.compile(
    r"\$\{[^}]*\}|\$\([^)]*\)|\$__\w+\{[^}]*\}|\{\{.*\}\}|\$[A-Z_][A-Z0-9_]*|%\([^)]*\)s|(?:file|ssm|vault|ref\+\w+):\S+|"
    r"/[a-z0-9_./-]+|[\w.-]+\.(?:ya?ml|json|pem|crt|key|txt|conf|toml)|<[\w -]+>|\*{3,}|(?i:x{3,})|"
    r"(?i:true|false|null|none|enabled|disabled|yes|no|redacted)",
    re.DOTALL,
)
# What is random and public: ARNs, and keys that SSH shows to everyone.
_PUBLIC: Final = re.compile(r"\barn:[\w-]+:\S+|\b(?:ssh|ecdsa-sha2|sk-ssh)-[\w@.-]+ +AAAA[A-Za-z0-9+/]+=*")
_TOKEN: Final = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
_DIGEST_KEY: Final = re.compile(
    r"(?:digest|checksum|hash|sha|sha\d+|md5|uid|uuid|id|revision|commit|fingerprint|thumbprint)$"
)
_CERTIFICATE: Final = "LS0tLS1CRUdJTiBDRVJU"
_LONG: Final = 24
_CHANGES: Final = 0.35
_ENTROPY: Final = 3.6


def secrets_in(values: object, path: Location = ()) -> Iterator[Location]:
    """Yield the locations of values that look like secrets."""
    if isinstance(values, dict):
        named = values.get("name")
        of_secret = ("data", "stringData") if values.get("kind") == "Secret" else ()
        for key, value in values.items():
            # The name of a list entry is next to its value.
            name = named if key == "value" and isinstance(named, str) and "value" in values else key
            if isinstance(value, str | int) and not isinstance(value, bool):
                if is_secret(str(name), str(value)):
                    yield (*path, key)
            elif key in of_secret and isinstance(value, dict):
                yield from ((*path, key, inner) for inner, one in value.items() if _is_given(one))
            else:
                yield from secrets_in(value, (*path, key))
    elif isinstance(values, list):
        for position, value in enumerate(values):
            if isinstance(value, str):
                key = next((one for one in reversed(path) if isinstance(one, str)), "")
                if is_secret(key, value):
                    yield (*path, position)
            else:
                yield from secrets_in(value, (*path, position))


def _is_given(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and not _REFERENCE.fullmatch(value.strip())


def is_secret(key: str, value: str) -> bool:
    """Whether a value looks like a secret under its key."""
    if not _is_given(value):
        return False
    return _is_named(key, value) or has_known_format(value) or _assigns(value) or _is_random(key, value)


def has_known_format(text: str) -> bool:
    """Whether a text holds what a service calls a secret, or a URL with a password."""
    if _FORMATS.search(text):
        return True
    passwords = [*_URL_PASSWORD.findall(text), *_DSN_PASSWORD.findall(text)]
    if any(not _REFERENCE.fullmatch(password) for password in passwords):
        return True
    return any(":" in _decoded(found) for found in _BASIC.findall(text))


def _is_named(key: str, value: str) -> bool:
    name = re.sub(r"[^a-z0-9]", "", key.lower())
    if _NO_SECRET_KEY.search(name) and not _URL_KEY.search(name):
        return False
    ends = re.search(rf"{_SECRET_KEY.pattern}$", name)
    if not ends or re.fullmatch(r"\d{1,3}", value.strip()):
        return False
    if _URL_KEY.search(name):
        return "://" in value and re.search(r"://[^/]+/\S{12,}", value) is not None
    # Long texts with blanks are sentences and files, which the formats and assignments look through.
    is_sentence = "\n" in value.strip() or value.count(" ") > 4
    short = ends[0] in ("auth", "pass", "pin", "seed", "salt", "license", "secrets", "cookie", "dsn")
    if short and not _looks_given(value):
        return False
    is_place = _PLACE.fullmatch(value) and (_NAMES_A_PLACE.search(name) or value.endswith("-secret"))
    return not is_sentence and not is_place


def _looks_given(value: str) -> bool:
    """Whether a value is no single word, as those of modes and names are."""
    return re.fullmatch(r"[A-Za-z][a-z]*(?:[-_ ](?:[a-z]+|v?\d{1,2}))*", value) is None


def _assigns(text: str) -> bool:
    """Whether a text, such as a file of settings, gives a password to something."""
    return any(
        not _REFERENCE.fullmatch(found) and not re.fullmatch(r"[a-z_]+|[A-Z_]+|\d{1,5}|[\[({|>!].*|\$.*", found)
        for found in [*_ASSIGNED.findall(text), *_ARGUMENT.findall(text)]
    )


def _is_random(key: str, value: str) -> bool:
    value = _PUBLIC.sub(" ", value)
    if _CERTIFICATE in value or "://" in value or _DIGEST_KEY.search(re.sub(r"[^a-z0-9]", "", key.lower())):
        return False
    return any(_is_random_token(key, token) for token in re.split(r"[\s,;:\"'()]+", value) if _TOKEN.fullmatch(token))


def _is_random_token(key: str, token: str) -> bool:
    core = token.rstrip("=")
    is_hinted = re.search(r"key|token|secret|auth|cred|signature|hook|integration", key.lower()) is not None
    if re.fullmatch(r"[0-9a-f]+", core, re.IGNORECASE) or re.fullmatch(
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", core
    ):
        return is_hinted and len(core) >= 32 and len(set(core)) > 6
    if core.count("/") > 2 + len(core) // 20 or core.count("-") + core.count("_") > len(core) // 8:
        return False
    text = _decoded(core)
    if text.strip().isprintable() and len(text) > _LONG // 2:
        return has_known_format(text) or _assigns(text)
    kinds = "".join("u" if one.isupper() else "l" if one.islower() else "d" if one.isdigit() else "-" for one in core)
    changes = sum(one != other for one, other in pairwise(kinds)) / (len(kinds) - 1)
    digits = kinds.count("d")
    is_mixed = {"u", "l"} <= set(kinds) and (digits or len(core) >= _LONG) and digits < len(core) * 0.6
    is_lower = len({"u", "l"} & set(kinds)) == 1 and len(core) >= _LONG and 0.12 < digits / len(core) < 0.6
    if is_hinted and core.isalnum() and len(core) >= _LONG and digits > 1:
        return _entropy(core) >= _ENTROPY
    return _entropy(core) >= _ENTROPY and ((is_mixed and changes >= _CHANGES) or (is_lower and changes >= 0.3))


def _entropy(text: str) -> float:
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
