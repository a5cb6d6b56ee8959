"""Opens HashiCorp's client of HCP Terraform for a stack's `cloud` backend, with the token of `terraform login`."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pytfe import TFEClient, TFEConfig

from config.core.errors import UsageError

if TYPE_CHECKING:
    from pytfe.models import Workspace

    from operations.selection.synthesized import Stack


def client(hostname: str) -> TFEClient:
    """Open the client of a host; TFE_ADDRESS sends it elsewhere, as with HashiCorp's other tools."""
    address = os.environ.get("TFE_ADDRESS", f"https://{hostname}")
    # The client's own way of handing SSL_CERT_FILE on is deprecated in its HTTP library, which reads it itself.
    return TFEClient(TFEConfig(address=address, token=token(hostname), ca_bundle=None))


def workspace_of(stack: Stack) -> Workspace:
    """Read the workspace of a stack."""
    _, settings = stack.backend
    name = settings["workspaces"]["name"]
    found: Workspace = client(settings["hostname"]).workspaces.read(name, organization=settings["organization"])
    return found


def token(hostname: str) -> str:
    """Look where terraform looks: https://developer.hashicorp.com/terraform/cli/config/config-file#credentials."""
    variable = f"TF_TOKEN_{hostname.replace('-', '__').replace('.', '_')}"
    found = os.environ.get("TFE_TOKEN") or os.environ.get(variable) or _configured(hostname) or _logged_in(hostname)
    if not found:
        raise UsageError(f"there is no token for {hostname}: run 'terraform login {hostname}', or set {variable}")
    return found


def _configured(hostname: str) -> str | None:
    """Find a credentials block in the CLI configuration."""
    configuration = Path(os.environ.get("TF_CLI_CONFIG_FILE") or Path.home() / ".terraformrc")
    text = configuration.read_text(encoding="utf-8") if configuration.is_file() else ""
    found = re.search(rf'credentials\s+"{re.escape(hostname)}"\s*{{[^}}]*token\s*=\s*"([^"]+)"', text)
    return found[1] if found else None


def _logged_in(hostname: str) -> str | None:
    """Find what `terraform login` saved."""
    saved = Path.home() / ".terraform.d" / "credentials.tfrc.json"
    if not saved.is_file():
        return None
    credentials = json.loads(saved.read_text(encoding="utf-8")).get("credentials", {})
    token: str | None = credentials.get(hostname, {}).get("token")
    return token
