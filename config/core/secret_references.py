"""References to secrets: where a value is kept, never the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from config.core.settings import Problem, Settings
from config.core.types import KmsKeyArn, text

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data
SecretName = Annotated[
    str, *text(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?", "the name of a Kubernetes secret", max_length=253)
]
SecretKey = Annotated[str, *text(r"[-._a-zA-Z0-9]+", "a key of a Kubernetes secret", max_length=253)]
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
SecretsManagerId = Annotated[
    str,
    *text(
        r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+|[\w/+=.@-]{1,512}",
        "the name or ARN of a secret in AWS Secrets Manager",
    ),
]


class SecretReference(Settings):
    """A secret: a key of a Kubernetes secret in the monitoring namespace, or the text of one in AWS Secrets Manager."""

    secret: SecretName | None = Field(
        default=None, description="Kubernetes secret in the release's namespace, made by yourself. Default: unset."
    )
    key: SecretKey | None = Field(default=None, description="Key in the Kubernetes secret. Default: unset.")
    secrets_manager: SecretsManagerId | None = Field(
        default=None,
        description="Secret in AWS Secrets Manager whose whole text is the value; the pod reads it when it starts. "
        "Default: unset.",
    )
    kms_key_arn: KmsKeyArn | None = Field(
        default=None,
        description="Customer-managed KMS key of the secret in AWS Secrets Manager. Default: the AWS-managed key.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield that not exactly one place is named."""
        if (self.secret is None) == (self.secrets_manager is None):
            yield Problem((), "give either secret and key, or secrets_manager")
        elif (self.secret is None) != (self.key is None):
            yield Problem(("key",), "requires secret: give both")
        if self.kms_key_arn is not None and self.secrets_manager is None:
            yield Problem(("kms_key_arn",), "requires secrets_manager")
