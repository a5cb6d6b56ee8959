"""Names of stacks, and physical names: what AWS allows in those of each kind of object, and names of ours that fit.

A name that fits is used as it is. One that does not is changed as little as possible, and always in the same way: other
letters become dashes, a reserved beginning gets `eks-` in front, and what is too long ends in a digest of the whole.

Kinds that are not here take every name that environments and clusters can give them: tests/invariants/test_names.py
asks the service models of AWS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

# The stacks of an environment, each called after it: `dev-network`.
STACKS: Final = ("network", "cluster", "csi-addon", "cluster-addons", "kube-prom-stack", "grafana-content", "workloads")
# Those that a setting switches off, in the order in which they are emptied.
SWITCHED_OFF: Final = ("workloads", "cluster-addons", "csi-addon")

NAMESPACES_OF_KUBERNETES: Final = ("default", "kube-node-lease", "kube-public", "kube-system")
"""Namespaces that every cluster has."""

_DIGEST_LENGTH: Final = 6  # hexadecimal digits: 16 million names with the same beginning
_ACCOUNT_ID_LENGTH: Final = 12


@dataclass(frozen=True)
class PhysicalName:
    """What AWS allows in the names of one kind of object.

    Attributes:
        characters: The allowed characters, as the inside of a character class of a regular expression.
        max_length: The most characters.
        reserved: What a name may not begin with, whatever the case of its letters.
        is_lower_case: Whether upper-case letters are refused.
    """

    characters: str
    max_length: int
    reserved: tuple[str, ...] = ()
    is_lower_case: bool = False

    def of(self, *parts: str, room: int = 0) -> str:
        """Return a name of these parts, joined by dashes, with room for so many more characters.

        Raises:
            ValueError: A part is a reference, whose text is known only to Terraform.
        """
        wanted = "-".join(parts)
        if "${" in wanted:
            raise ValueError(f"{wanted} is a reference, not a name")
        if self.is_lower_case:
            wanted = wanted.lower()
        name = re.sub(rf"[^{self.characters}]", "-", wanted)
        if name.lower().startswith(self.reserved):
            name = f"eks-{name}"
        longest = self.max_length - room
        if len(name) <= longest:
            return name
        digest = sha256("-".join(parts).encode()).hexdigest()[:_DIGEST_LENGTH]
        return f"{name[: longest - _DIGEST_LENGTH - 1].rstrip('-')}-{digest}"


# By which Karpenter finds subnets and security groups. https://karpenter.sh/docs/concepts/nodeclasses/
DISCOVERY_TAG: Final = "karpenter.sh/discovery"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
IAM_ROLE: Final = PhysicalName(r"A-Za-z0-9_+=,.@-", 64)
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
SECURITY_GROUP: Final = PhysicalName(r"A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-", 255, reserved=("sg-",))
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
SQS_QUEUE: Final = PhysicalName(r"A-Za-z0-9_-", 80)
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
EVENT_RULE: Final = PhysicalName(r"A-Za-z0-9._-", 64)
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; dots would break TLS to the bucket.
S3_BUCKET: Final = PhysicalName(r"a-z0-9-", 63, reserved=("xn--", "sthree-", "amzn-s3-demo-"), is_lower_case=True)

# The policy of nodes' roles in clusters with IPv6, by which the judge of plans knows it as well.
CNI_IPV6_POLICY: Final = "cni-ipv6"


def id_of_block(block: object) -> str:
    """Return a block of addresses, or another text, as it is in the id of a construct."""
    return str(block).translate(str.maketrans("./", "--"))


def bucket_of_account(account_id: str, *parts: str) -> str:
    """Return the name of a bucket that differs from everybody else's by the account, whose id may be a reference."""
    return f"{S3_BUCKET.of(*parts, room=_ACCOUNT_ID_LENGTH + 1)}-{account_id}"
