"""What the integration tests need of the machine. Each of them that misses something is skipped, and says what.

- `TEST_PROVIDER_MIRROR`: a folder with stand-ins for the aws, helm and kubernetes providers and a `terraform.rc` that
  names it; `.ci/run` builds one. Without it `terraform validate` runs on the real providers, if they can be downloaded.
- `TEST_TFC_LAB`: a folder with a stand-in for HCP Terraform (`start.sh`, `stop.sh`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import programs
from tests.integration.account import Account
from tests.integration.project import Project, terraform_name

if TYPE_CHECKING:
    from tests.synthesis import Synthesized

MIRROR_VARIABLE = "TEST_PROVIDER_MIRROR"
TFC_LAB_VARIABLE = "TEST_TFC_LAB"

NewProject = Callable[[], Project]


@pytest.fixture(scope="session")
def terraform() -> str:
    """Name the Terraform or OpenTofu on the path."""
    name = terraform_name()
    programs.need(name)
    return name


@pytest.fixture(scope="session")
def mirror(terraform: str) -> Path:
    """Find the provider stand-ins; deploying runs on nothing else, as the real ones would create real resources."""
    del terraform
    folder = os.environ.get(MIRROR_VARIABLE)
    if not folder:
        pytest.skip(f"needs provider plugins, {MIRROR_VARIABLE} is not set: {programs.README_HINT}")
    return Path(folder).resolve(strict=True)


@pytest.fixture(scope="session")
def tfc_lab() -> Path:
    """Find the stand-in for HCP Terraform."""
    folder = os.environ.get(TFC_LAB_VARIABLE)
    if not folder:
        pytest.skip(f"needs a stand-in for HCP Terraform, {TFC_LAB_VARIABLE} is not set: {programs.README_HINT}")
    lab = Path(folder).resolve(strict=True)
    for name in ("start.sh", "stop.sh"):
        programs.declare(lab / name)
    return lab


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> NewProject:
    """Return a function that copies the project into a folder of its own."""
    return lambda: Project.copy_to(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def new_sandbox(new_project: NewProject, mirror: Path, synthesized: Synthesized) -> NewProject:
    """Return a function that copies the project, with an account of stand-ins that is strict and sees drift."""
    types = {
        type_
        for stack in synthesized.stacks.values()
        for kind in ("resource", "data")
        for type_ in stack.json.get(kind, {})
    }

    def create() -> Project:
        project = new_project()
        sandbox = project.folder / ".sandbox"
        sandbox.mkdir()
        return project.with_environment(
            TF_CLI_CONFIG_FILE=str(mirror / "terraform.rc"),
            # The stand-ins are linked from the mirror, so that a cache has nothing to save.
            CDKTF_DISABLE_PLUGIN_CACHE_ENV="1",
            SANDBOX_STORE=str(sandbox / "store"),
            SANDBOX_LOG=str(sandbox / "log.jsonl"),
            # Terraform reads the schema at every start: the whole of the aws provider's takes 0.5 s of its 0.7 s.
            SANDBOX_TYPES=",".join(sorted(types)),
            SANDBOX_STRICT="1",
            SANDBOX_DRIFT="1",
        )

    return create


@pytest.fixture(scope="session")
def new_account(
    mirror: Path, synthesized: Synthesized, everything: Synthesized, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Account]:
    """Return a function that gives an account of stand-ins, strict and sensitive to drift, with nothing in it."""
    types = {
        type_
        for synthesis in (synthesized, everything)
        for stack in synthesis.stacks.values()
        for kind in ("resource", "data")
        for type_ in stack.json.get(kind, {})
    } | {"aws_eks_pod_identity_association"}

    def create() -> Account:
        folder = tmp_path_factory.mktemp("account")
        sandbox = folder / ".sandbox"
        sandbox.mkdir()
        return Account(
            Project(folder).with_environment(
                TF_CLI_CONFIG_FILE=str(mirror / "terraform.rc"),
                SANDBOX_STORE=str(sandbox / "store"),
                SANDBOX_LOG=str(sandbox / "log.jsonl"),
                SANDBOX_TYPES=",".join(sorted(types)),
                SANDBOX_STRICT="1",
                SANDBOX_DRIFT="1",
            )
        )

    return create
