"""States move between local files, S3 and HCP Terraform, each way: lineage, serial and content stay the same."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import cloud_lab, s3
from tests.integration.cloud_lab import CLOUD
from tests.integration.project import terraform_name
from tests.integration.sandbox import log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

DEV = "values/environments/dev.yaml"
BACKENDS = {"local": "", "s3": "backend: {type: s3, bucket: states-of-tests}\n", "cloud": CLOUD}
# Every move from one to another, without one twice.
WAY = ("local", "s3", "cloud", "local", "cloud", "s3", "local")
STACK = "dev-network"


@pytest.fixture(scope="module")
def project(tfc_lab: Path, new_sandbox: NewProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Give a project that reaches a stand-in for each backend, with a network that is deployed."""
    with s3.running() as store:
        fresh = new_sandbox().with_environment(**store.variables)
        with cloud_lab.running(tfc_lab, fresh, tmp_path_factory.mktemp("lab"), "local") as lab:
            change(lab.project, "local", 0)
            lab.project.eks("deploy", STACK).succeeded()
            yield lab.project


def change(project: Project, backend: str, number: int) -> None:
    """Keep the states elsewhere, or change a tag, so that a deploy writes a newer state."""
    settings = project.folder / DEV
    text = re.sub(r"(?m)^backend: .*\n", "", settings.read_text(encoding="utf-8"))
    text = re.sub(r"(?m)^  number: .*\n", "", text).replace("tags:\n", f'tags:\n  number: "{number}"\n', 1)
    settings.write_text(text + BACKENDS[backend], encoding="utf-8")


def state(project: Project) -> dict[str, Any]:
    """Return the state as terraform reads it where the stack kept it when it was planned last."""
    done = project.run(terraform_name(), "state", "pull", cwd=project.stacks / STACK).succeeded()
    found: dict[str, Any] = json.loads(done.output)
    return found


def content(found: dict[str, Any]) -> dict[str, Any]:
    """Return what a move must not change."""
    return {key: found[key] for key in ("lineage", "outputs", "resources")}


@pytest.mark.parametrize("number", range(len(WAY) - 1), ids=[f"{a}-to-{b}" for a, b in pairwise(WAY)])
def test_a_state_moves(number: int, project: Project) -> None:
    source, target = WAY[number], WAY[number + 1]
    before = state(project)
    made = len(log(project, "create"))

    change(project, target, number)
    moved = project.eks("state", "move", "dev").succeeded()

    assert f"{STACK}: moved to " in moved.output, moved.output
    plan = project.eks("plan", STACK, "--detailed-exitcode")
    assert plan.code == 0, f"{source} to {target}: {plan.output}"
    after = state(project)
    assert content(after) == content(before)
    assert after["serial"] >= before["serial"]
    assert len(log(project, "create")) == made

    # A newer state, so that the one that was left behind is older.
    change(project, target, number + 1)
    project.eks("deploy", STACK).succeeded()
    assert state(project)["serial"] > after["serial"]


def test_a_state_of_another_history_is_not_written_over(project: Project) -> None:
    change(project, "s3", 99)
    with s3.running() as other:
        name = f"/states-of-tests/{STACK}.tfstate"
        foreign = json.dumps({**state_of_nothing(), "lineage": "another"}).encode()
        other.objects[name] = foreign
        refused = project.with_environment(**other.variables).eks("state", "move", "dev", "--from", "local")
        assert refused.code == 1
        assert "has a state of another history" in refused.output
        assert other.objects[name] == foreign
    change(project, "local", 6)
    nothing = project.eks("state", "move", "dev").succeeded()
    assert "Nothing to move" in nothing.output
    assert state(project)["resources"]


def state_of_nothing() -> dict[str, Any]:
    """Return a state that has an output and nothing else."""
    outputs = {"vpc_id": {"value": "vpc-1", "type": "string"}}
    return {"version": 4, "terraform_version": "1.10.0", "serial": 1, "outputs": outputs, "resources": []}
