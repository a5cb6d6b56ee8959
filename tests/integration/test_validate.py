"""`terraform init` and `terraform validate` on every stack of every environment."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.conftest import MIRROR_VARIABLE
from tests.programs import README_HINT

if TYPE_CHECKING:
    from tests.integration.conftest import NewProject
    from tests.integration.project import Outcome, Project


@pytest.fixture(scope="module")
def project(new_project: NewProject, tmp_path_factory: pytest.TempPathFactory, terraform: str) -> Project:
    """Give a synthesized copy whose stacks find providers: stand-ins, or the real ones where they can be downloaded."""
    del terraform
    copy = new_project()
    copy.main().succeeded()
    mirror = os.environ.get(MIRROR_VARIABLE)
    if mirror:
        return copy.with_environment(TF_CLI_CONFIG_FILE=str(Path(mirror) / "terraform.rc"))
    copy = copy.with_environment(TF_PLUGIN_CACHE_DIR=str(tmp_path_factory.mktemp("plugin-cache")))
    # One init alone fills the cache, which must not be written to by several; kube-prom-stack has every provider.
    if init(copy, "dev-kube-prom-stack").code != 0:
        pytest.skip(
            f"needs providers: {MIRROR_VARIABLE} is not set, and terraform init cannot get the real ones: {README_HINT}"
        )
    return copy


def init(project: Project, stack: str) -> Outcome:
    """Install the providers of a stack, without its backend."""
    return project.terraform(stack, "init", "-backend=false", "-input=false")


def init_and_validate(project: Project, stack: str) -> str:
    """Return what terraform has to say against a stack."""
    initialized = init(project, stack)
    outcome = project.terraform(stack, "validate") if initialized.code == 0 else initialized
    return "" if outcome.code == 0 and "Warning" not in outcome.output else outcome.output


def test_every_stack_is_valid(project: Project) -> None:
    stacks = sorted(folder.name for folder in project.stacks.iterdir())
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        problems = dict(zip(stacks, pool.map(lambda stack: init_and_validate(project, stack), stacks), strict=True))
    assert problems == dict.fromkeys(stacks, "")
