"""Modules of the blackbox exporter: how a target is probed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, JsonValue

from config.core.settings import Problem, Settings
from config.core.types import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.problems import Location

Prober = Literal["http", "tcp", "icmp", "dns", "grpc"]

# Go's durations, which know no days: https://pkg.go.dev/time#ParseDuration
Timeout = Annotated[str, *text(r"[1-9]\d*(?:ms|s|m)", "a timeout like 5s or 500ms")]
SECRETS_FOLDER: Final = "/etc/blackbox_exporter/secrets"

_IP: Final = ("ip_protocol_fallback", "preferred_ip_protocol")
_TLS: Final = "tls_config"
# https://github.com/prometheus/blackbox_exporter/blob/v0.28.0/CONFIGURATION.md
OPTIONS: Final[dict[Prober, frozenset[str]]] = {
    "http": frozenset({
        *_IP, _TLS, "authorization", "basic_auth", "bearer_token", "bearer_token_file", "body", "body_file",
        "body_size_limit", "compression", "enable_http2", "enable_http3", "fail_if_body_json_matches_cel",
        "fail_if_body_json_not_matches_cel", "fail_if_body_matches_regexp", "fail_if_body_not_matches_regexp",
        "fail_if_header_matches", "fail_if_header_not_matches", "fail_if_not_ssl", "fail_if_ssl",
        "follow_redirects", "headers", "http_headers", "method", "no_proxy", "oauth2", "proxy_connect_header",
        "proxy_from_environment", "proxy_url", "skip_resolve_phase_with_proxy", "valid_http_versions",
        "valid_status_codes",
    }),
    "tcp": frozenset({*_IP, _TLS, "query_response", "source_ip_address", "tls"}),
    "icmp": frozenset({*_IP, "dont_fragment", "payload_size", "source_ip_address", "ttl"}),
    "dns": frozenset({
        *_IP, _TLS, "dns_over_tls", "query_class", "query_name", "query_type", "recursion_desired",
        "source_ip_address", "transport_protocol", "valid_rcodes", "validate_additional_rrs", "validate_answer_rrs",
        "validate_authority_rrs",
    }),
    "grpc": frozenset({*_IP, _TLS, "metadata", "service", "tls"}),
}  # fmt: skip
# They would be in the Terraform JSON, the state and a ConfigMap.
INLINE_SECRETS: Final = (
    "authorization", "bearer_token", "client_certificate_key", "client_secret", "cookie", "credentials", "key",
    "password", "proxy-authorization",
)  # fmt: skip


class BlackboxModule(Settings):
    """A module of the blackbox exporter, in its own form: the section of a prober is named after it."""

    prober: Prober = Field(description="How the target is probed: http, tcp, icmp, dns or grpc.")
    timeout: Timeout = Field(default="5s", description="How long a probe may take. Default: 5s.")
    http: dict[str, JsonValue] = Field(default={}, description="Options of prober http. Default: none.")
    tcp: dict[str, JsonValue] = Field(default={}, description="Options of prober tcp. Default: none.")
    icmp: dict[str, JsonValue] = Field(default={}, description="Options of prober icmp. Default: none.")
    dns: dict[str, JsonValue] = Field(default={}, description="Options of prober dns. Default: none.")
    grpc: dict[str, JsonValue] = Field(default={}, description="Options of prober grpc. Default: none.")

    @property
    def options(self) -> dict[str, JsonValue]:
        """The options of the module's prober."""
        options: dict[str, JsonValue] = getattr(self, self.prober)
        return options

    def problems(self) -> Iterator[Problem]:
        """Yield what the exporter refuses or ignores, and secrets that are written out."""
        for prober in OPTIONS:
            if prober != self.prober and getattr(self, prober):
                yield Problem((prober,), f"is not read: the prober of this module is {self.prober}")
        if self.prober == "dns" and not self.dns.get("query_name"):
            yield Problem(("dns", "query_name"), "is needed: the name to look up")
        if self.icmp.get("dont_fragment"):
            yield Problem(("icmp", "dont_fragment"), "needs the capability NET_RAW, which the exporter does not get")
        for location in _find_secrets(self.options, (self.prober,)):
            yield Problem(location, f"would be readable; name a file of a secret below {SECRETS_FOLDER} instead")

    def to_exporter(self) -> dict[str, JsonValue]:
        """Return the module as the exporter reads it."""
        return {"prober": self.prober, "timeout": self.timeout, self.prober: self.options}


def _find_secrets(options: JsonValue, location: Location) -> Iterator[Location]:
    """Yield where a text or a list stands under the name of a secret."""
    if isinstance(options, list):
        for position, item in enumerate(options):
            yield from _find_secrets(item, (*location, position))
    if not isinstance(options, dict):
        return
    for key, value in options.items():
        is_secret = key.lower() in INLINE_SECRETS and isinstance(value, str)
        if is_secret or (key == "secrets" and isinstance(value, list)):
            yield (*location, key)
        else:
            yield from _find_secrets(value, (*location, key))
