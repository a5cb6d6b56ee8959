"""The programs that read states which are not plain files: Terraform or OpenTofu, and Terragrunt."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adoption.errors import AdoptionError
from adoption.terragrunt.remote_state import Backend

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST_SECONDS: Final = 300
MOST_CHARACTERS: Final = 400
# Settings that say where a state is and who reads it; Terraform refuses those that Terragrunt adds.
READING: Final[Mapping[str, frozenset[str]]] = {
    "s3": frozenset({
        "bucket", "key", "region", "profile", "role_arn", "session_name", "external_id", "assume_role", "access_key",
        "assume_role_with_web_identity", "secret_key", "token", "endpoints", "endpoint", "workspace_key_prefix",
        "shared_config_files", "shared_credentials_files", "shared_credentials_file", "force_path_style",
        "use_path_style", "skip_credentials_validation", "skip_region_validation", "skip_requesting_account_id",
        "skip_metadata_api_check", "skip_s3_checksum", "kms_key_id", "encrypt", "sts_endpoint", "iam_endpoint",
        "custom_ca_bundle", "http_proxy", "https_proxy", "no_proxy", "use_fips_endpoint", "use_dualstack_endpoint",
    }),
    "gcs": frozenset({
        "bucket", "prefix", "credentials", "access_token", "impersonate_service_account",
        "impersonate_service_account_delegates", "encryption_key", "kms_encryption_key", "storage_custom_endpoint",
    }),
}  # fmt: skip


@dataclass(frozen=True)
class Programs:
    """Names of the programs, None where there is none."""

    terraform: str | None
    terragrunt: str | None = None
    tofu: str | None = None

    @classmethod
    def on_path(cls) -> Programs:
        """Find them; `TERRAFORM_BINARY_NAME` names another Terraform."""
        named = os.environ.get("TERRAFORM_BINARY_NAME")
        found = next((name for name in (named, "terraform", "tofu") if name and shutil.which(name)), None)
        return cls(found, shutil.which("terragrunt"), shutil.which("tofu"))

    def pull(self, backend: Backend, workspace: str | None) -> bytes:
        """Fetch a state from its backend, with the credentials of the environment."""
        if self.terraform is None:
            raise AdoptionError([f"terraform is not on the path; it reads the backend {backend.type}"])
        config = {
            key: value
            for key, value in backend.config.items()
            if backend.type not in READING or key in READING[backend.type]
        }
        block = {"cloud": config} if backend.type == "cloud" else {"backend": {backend.type: config}}
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "backend.tf.json").write_text(json.dumps({"terraform": block}), encoding="utf-8")
            environment = _workspace_variable(backend, workspace)
            _run([self.terraform, "init", "-input=false", "-no-color"], folder, environment)
            return _run([self.terraform, "state", "pull"], folder, environment)

    def run_terraform(self, folder: Path, *arguments: str) -> bytes:
        """Run Terraform in a folder; return what it prints."""
        if self.terraform is None:
            raise AdoptionError(["terraform is not on the path"])
        return _run([self.terraform, *arguments], str(folder), {"TF_IN_AUTOMATION": "1"})

    def render(self, unit: Path) -> Backend | None:
        """Ask Terragrunt for the backend of a unit; None where it is not there, or has no answer."""
        if self.terragrunt is None:
            return None
        try:
            # Without `--write` it prints; the old layout stays as it is.
            answer = _run([self.terragrunt, "render", "--json", "--non-interactive"], str(unit), {})
            state: dict[str, Any] = json.loads(answer)["remote_state"]
            return Backend(str(state["backend"]), dict(state["config"] or {}))
        except (AdoptionError, ValueError, KeyError, TypeError):
            return None

    def decrypt(self, folder: Path, workspace: str | None) -> bytes:
        """Let OpenTofu read an encrypted state in the folder of its module."""
        if self.tofu is None:
            message = "is encrypted by OpenTofu, and tofu is not on the path; `tofu state pull` in the unit gives it"
            raise AdoptionError([message])
        variable = {} if workspace is None else {"TF_WORKSPACE": workspace}
        return _run([self.tofu, "state", "pull"], str(folder), variable)


def _workspace_variable(backend: Backend, workspace: str | None) -> dict[str, str]:
    workspaces = backend.config.get("workspaces") or {}
    is_named = isinstance(workspaces, dict) and workspaces.get("name")
    return {} if workspace is None or (backend.type == "cloud" and is_named) else {"TF_WORKSPACE": workspace}


def _run(command: Sequence[str], folder: str, environment: Mapping[str, str]) -> bytes:
    inherited = {key: value for key, value in os.environ.items() if key != "TF_WORKSPACE"}
    try:
        done = subprocess.run(  # noqa: S603 - the caller's own programs
            command,
            cwd=folder,
            env={**inherited, **environment},
            capture_output=True,
            check=False,
            timeout=LONGEST_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AdoptionError([f"{Path(command[0]).name} {command[1]} failed: {error}"]) from error
    if done.returncode != 0:
        said = " ".join(re.sub(r"[│╷╵]", " ", done.stderr.decode(errors="replace")).split())
        # Warnings precede the error.
        said = said[max(said.find("Error:"), 0) :][:MOST_CHARACTERS]
        raise AdoptionError([f"{Path(command[0]).name} {command[1]} failed: {said}"])
    return done.stdout
