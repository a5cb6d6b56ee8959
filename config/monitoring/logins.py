"""How something is reached that asks for a login: a URL, and secrets by reference."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.core.secret_references import SecretKey, SecretName
from config.core.settings import Settings
from config.core.types import text

HttpUrl = Annotated[str, *text(r"https?://[^\s/]+\S*", "a URL: http://… or https://…")]


class SecretKeyReference(Settings):
    """A key of a Kubernetes secret in the release's namespace."""

    secret: SecretName = Field(description="Kubernetes secret, made by yourself.")
    key: SecretKey = Field(description="Key in the secret.")


class BasicLogin(Settings):
    """A user and a password, both in a Kubernetes secret."""

    username: SecretKeyReference = Field(description="Where the name of the user is kept.")
    password: SecretKeyReference = Field(description="Where the password is kept.")
