"""The AWS account and region that a stack is deployed to, and the ARNs in them."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity

from constructs import Construct


class Account(Construct):
    """Looks the account up once a stack; partition and region are known at synthesis."""

    def __init__(self, scope: Construct, id_: str, *, region: str, partition: str) -> None:
        super().__init__(scope, id_)
        self.region = region
        self.partition = partition
        self.dns_suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        self._caller = DataAwsCallerIdentity(self, "caller")
        self.account_id = self._caller.account_id

    @property
    def caller_arn(self) -> str:
        """The ARN of the deploying identity."""
        return self._caller.arn

    def arn(self, service: str, resource: str, *, region: str = "") -> str:
        """Return the ARN of a resource of this account; IAM and S3 have no region in theirs."""
        return f"arn:{self.partition}:{service}:{region}:{self.account_id}:{resource}"

    def secret_arn(self, secret_id: str) -> str:
        """Return the ARN of a secret in Secrets Manager, given by name or ARN.

        AWS puts six characters after the name that nobody knows before.
        https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html
        """
        if secret_id.startswith("arn:"):
            return secret_id
        return self.arn("secretsmanager", f"secret:{secret_id}-??????", region=self.region)

    def managed_policy_arn(self, name: str) -> str:
        """Return the ARN of a policy that AWS manages, e.g. `service-role/AmazonEBSCSIDriverPolicy`."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"
