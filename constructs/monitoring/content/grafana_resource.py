"""Providers without bindings: a login to Grafana, its resources, and documents on the web.

Types and arguments: https://github.com/grafana/terraform-provider-grafana/tree/main/docs
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformDataSource, TerraformProvider, TerraformProviderGeneratorMetadata, TerraformResource

from config import versions

if TYPE_CHECKING:
    from cdktf import ITerraformDependable
    from pydantic import JsonValue

    from constructs import Construct


def _metadata(name: str, version: str) -> TerraformProviderGeneratorMetadata:
    return TerraformProviderGeneratorMetadata(provider_name=name, provider_version=version)


def add_grafana_provider(scope: Construct, *, url: str, token: str | None) -> None:
    """Log in to a Grafana; without a token, by the environment variable GRAFANA_AUTH."""
    provider = TerraformProvider(
        scope,
        "grafana",
        terraform_resource_type="grafana",
        terraform_provider_source="grafana/grafana",
        terraform_generator_metadata=_metadata("grafana", versions.GRAFANA_PROVIDER),
    )
    provider.add_override("url", url)
    if token is not None:
        provider.add_override("auth", token)


def add_http_provider(scope: Construct) -> None:
    """Let data sources read documents on the web."""
    TerraformProvider(
        scope,
        "http",
        terraform_resource_type="http",
        terraform_provider_source="hashicorp/http",
        terraform_generator_metadata=_metadata("http", versions.HTTP_PROVIDER),
    )


def web_document(scope: Construct, id_: str, url: str) -> str:
    """Return the text of a document on the web, a reference."""
    source = TerraformDataSource(scope, id_, terraform_resource_type="http")
    source.add_override("url", url)
    source.add_override("retry", [{"attempts": 2}])
    text: str = source.get_string_attribute("response_body")
    return text


class EphemeralSecret(TerraformResource):
    """The text of a secret in AWS Secrets Manager, read at each run and kept in no plan and no state.

    https://developer.hashicorp.com/terraform/language/manage-sensitive-data/ephemeral
    """

    TYPE = "aws_secretsmanager_secret_version"

    def __init__(self, scope: Construct, id_: str, *, secret_id: str) -> None:
        super().__init__(scope, id_, terraform_resource_type=f"ephemeral.{self.TYPE}")
        self._secret_id = secret_id

    def to_terraform(self) -> dict[str, JsonValue]:
        """Return the block; cdktf knows none of its kind."""
        return {"ephemeral": {self.TYPE: {self.friendly_unique_id: {"secret_id": self._secret_id}}}}

    @property
    def text(self) -> str:
        """The text, a reference for the login of a provider."""
        reference: str = self.get_string_attribute("secret_string")
        return reference


class GrafanaResource(TerraformResource):
    """A resource of Grafana: its type without `grafana_`, and its arguments as the provider names them."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        type_: str,
        arguments: dict[str, JsonValue],
        *,
        depends_on: list[ITerraformDependable] | None = None,
    ) -> None:
        super().__init__(scope, id_, terraform_resource_type=f"grafana_{type_}", depends_on=depends_on)
        for name, value in arguments.items():
            if value is not None:
                self.add_override(name, value)

    @property
    def uid(self) -> str:
        """The uid by which other resources name it, a reference."""
        reference: str = self.get_string_attribute("uid")
        return reference
