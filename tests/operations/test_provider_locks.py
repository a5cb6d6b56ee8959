"""Of the committed checksums a stack gets those of its own providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.terraform.provider_locks import locks_of

if TYPE_CHECKING:
    from pathlib import Path

AWS = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "6.25.0"\n  hashes = [\n    "h1:a",\n  ]\n}\n'
HELM = 'provider "registry.terraform.io/hashicorp/helm" {\n  version = "3.1.1"\n  hashes = [\n    "h1:b",\n  ]\n}\n'


def test_a_stack_gets_the_checksums_of_its_providers(tmp_path: Path) -> None:
    locks = tmp_path / "providers.lock.hcl"
    locks.write_text(f"# Written by a command.\n\n{AWS}\n{HELM}", encoding="utf-8")
    assert locks_of(["aws"], locks) == AWS
    assert locks_of(["hashicorp/helm", "registry.opentofu.org/hashicorp/aws"], locks) == f"{AWS}\n{HELM}"
    assert locks_of(["kubernetes"], locks) == ""


def test_without_committed_checksums_terraform_decides(tmp_path: Path) -> None:
    assert locks_of(["aws"], tmp_path / "providers.lock.hcl") is None
