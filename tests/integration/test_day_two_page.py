"""The page about changes of what is deployed: its blocks as they stand there, in order, on the provider stand-ins.

Each section is run whole and then checked. What needs a running cluster or AWS itself is not run, or done to the
stand-ins' store.
"""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from config.core.files.local_states import providers_of
from config.paths import ROOT
from tests.integration.sandbox import log, stored
from tests.integration.test_tutorials import write
from tests.pages import Block, blocks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

PAGE = ROOT / "docs" / "day-two.md"
DEV = "values/environments/dev.yaml"
NOT_RUN = ("aws ", "for ", "  kubectl ", "done", "kubectl ")
# The identity of the caller on the stand-ins.
CALLER = ("role/terraform", "user/sandbox")
# Blocks that need another environment than the others of the page; tests/integration/test_day_two.py has it.
ELSEWHERE = ("Rename and move",)


def sections() -> dict[str, list[Block]]:
    """Return the blocks of each section that has some."""
    lines = PAGE.read_text("utf-8").splitlines()
    found: dict[str, list[Block]] = {}
    for block in blocks_of(PAGE):
        title = next(line for line in reversed(lines[: block.line]) if line.startswith("## "))
        found.setdefault(title.removeprefix("## "), []).append(block)
    return {title: blocks for title, blocks in found.items() if title not in ELSEWHERE}


class Walk:
    """A deployed `dev` to which the page is done, and what its commands printed."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.printed: list[str] = []
        self.since: dict[str, int] = {}

    def section(self, blocks: list[Block]) -> None:
        """Do what a section says."""
        self.printed = []
        self.since = {operation: len(log(self.project, operation)) for operation in ("create", "update", "delete")}
        for block in blocks:
            if block.language == "yaml":
                for file, text in block.parts():
                    write(self.project, file, text.replace(*CALLER))
            for line in block.text.splitlines() if block.language == "sh" else ():
                self.run(line)

    def run(self, line: str) -> None:
        """Run one line; a deploy that the guard stops is run again with what it prints."""
        if line.startswith("aws eks update-nodegroup-version"):
            self.release("1.35.9-20260901")
        if line.startswith(NOT_RUN):
            return
        program, *arguments = shlex.split(line, comments=True)
        if program != "./eks":
            self.project.run("bash", "-c", line).succeeded()
            return
        allowed = {"ALLOW_DESTROY": arguments[-1]} if arguments[0] == "destroy" else {}
        self.printed.append(self.project.eks(*arguments, **allowed).succeeded().output)

    def release(self, version: str) -> None:
        """Do what EKS does when nodes are patched by hand: the groups have another release."""
        for path in (self.project.folder / ".sandbox/store/aws_eks_node_group").iterdir():
            group = json.loads(path.read_text("utf-8"))
            group["attributes"]["release_version"] = version
            path.write_text(json.dumps(group), "utf-8")

    def done(self, operation: str) -> list[dict[str, Any]]:
        """Return what the stand-ins did of one kind in this section."""
        return log(self.project, operation)[self.since[operation] :]

    def types(self, operation: str) -> Counter[str]:
        """Count what was done of one kind by type."""
        return Counter(entry["type"] for entry in self.done(operation))

    def is_unchanged(self) -> bool:
        """Whether the last plan has no changes."""
        return "no changes" in self.printed[-1]


@pytest.fixture(scope="module")
def walk(new_sandbox: NewProject) -> Walk:
    """Deploy `dev` as it is shipped, with the version of Kubernetes before the one that the page upgrades to."""
    project = new_sandbox()
    major, minor = re.findall(r"upgrade dev --to (\d+)\.(\d+)", PAGE.read_text("utf-8"))[0]
    file = project.folder / DEV
    text = file.read_text("utf-8")
    file.write_text(
        re.sub(r'^  version: "[\d.]+"$', f'  version: "{major}.{int(minor) - 1}"', text, flags=re.MULTILINE)
    )
    types = f"{project.environment['SANDBOX_TYPES']},aws_ssm_parameter"
    project = project.with_environment(SANDBOX_EKS_LEAVES_LOGS="1", SANDBOX_TYPES=types)
    project.eks("deploy", "dev").succeeded()
    return Walk(project)


def upgraded(walk: Walk) -> None:
    """The steps that are printed are those of the page; the cluster goes first; nothing is left to change."""
    steps = re.findall(r"^\d+\. (\./eks deploy [\w-]+)", walk.printed[0], re.MULTILINE)
    commands = [line.split("#")[0].strip() for line in sections()["Upgrade Kubernetes"][-1].text.splitlines()]
    assert steps == commands[:-1]
    order = [entry["type"] for entry in walk.done("update")]
    assert order.index("aws_eks_cluster") < order.index("aws_eks_node_group")
    assert not walk.types("delete")["aws_eks_node_group"]
    assert walk.is_unchanged()


def patched(walk: Walk) -> None:
    """What was patched outside of Terraform is no change; `latest` then rolls the nodes."""
    assert "no changes" in walk.printed[0]
    assert "nodes are replaced" in walk.printed[1]
    assert set(walk.types("update")) == {"aws_eks_node_group"}


def rolled(walk: Walk) -> None:
    """The nodes roll by another version of their template; no group goes."""
    assert "nodes are replaced" in walk.printed[0]
    assert set(walk.types("update")) == {"aws_eks_node_group", "aws_launch_template"}
    assert not walk.done("delete")


def zone_added(walk: Walk) -> None:
    """Two subnets and a group are made, and nothing that exists is touched."""
    assert walk.types("create")["aws_subnet"] == 2
    assert walk.types("create")["aws_eks_node_group"] == 1
    assert not walk.done("update")
    assert not walk.done("delete")


def swapped(walk: Walk) -> None:
    """Each group is made again before the former one goes."""
    times = {
        operation: sorted(entry["time"] for entry in walk.done(operation) if entry["type"] == "aws_eks_node_group")
        for operation in ("create", "delete")
    }
    assert len(times["create"]) == len(times["delete"]) == 3
    assert all(created < deleted for created, deleted in zip(times["create"], times["delete"], strict=True))


def gateways_added(walk: Walk) -> None:
    """The other zones get gateways, and no address is released."""
    assert walk.types("create")["aws_nat_gateway"] == 2
    assert not walk.done("delete")


def nothing_touched(walk: Walk) -> None:
    """Nothing is made, changed or deleted."""
    assert not [entry for operation in walk.since for entry in walk.done(operation)]


def volumes_grown(walk: Walk) -> None:
    """The release has the new sizes, and the class is made again with its name."""
    (release,) = (one for one in walk.done("update") if one["type"] == "helm_release")
    assert {"40Gi", "20Gi"} <= set(re.findall(r"\b\d+Gi\b", release["values_yaml"]))
    assert walk.types("delete") == walk.types("create") == {"kubernetes_storage_class_v1": 1}


def secrets_rotated(walk: Walk) -> None:
    """A new secret is no change."""
    nothing_touched(walk)
    assert walk.is_unchanged()


def switched_off(walk: Walk) -> None:
    """The stack is empty."""
    assert not providers_of(walk.project.folder / ".state/dev-cluster-addons.tfstate")
    assert walk.types("delete")["helm_release"] == 1


def restored(walk: Walk) -> None:
    """The plan has what was made since, and the deploy takes it over: nothing is made twice."""
    assert not walk.types("create")
    again = walk.project.eks("plan", "dev-cluster", "--detailed-exitcode")
    assert again.code == 0, again.output


def decommissioned(walk: Walk) -> None:
    """Nothing is left but what AWS keeps, whose removal is printed."""
    (left,) = stored(walk.project)
    assert left.startswith("_aws_eks_dev-gd9_cluster")
    assert "Left behind: log group /aws/eks/dev-gd9/cluster" in walk.printed[0]
    assert not list((walk.project.folder / ".state").glob("dev-*.tfstate"))
    assert "dev-" not in walk.project.eks("plan", "minikube").succeeded().output


OUTCOMES: dict[str, Callable[[Walk], None]] = {
    "Upgrade Kubernetes": upgraded,
    "Patch nodes": patched,
    "Set kubelets and images": rolled,
    "Add and remove zones": zone_added,
    "Change or swap a node group": swapped,
    "Switch NAT gateways": gateways_added,
    "From the creator flag to access entries": nothing_touched,
    "Volumes": volumes_grown,
    "Keys and secrets": secrets_rotated,
    "Switch things off": switched_off,
    "A state from a backup": restored,
    "Decommission an environment": decommissioned,
}


def test_every_section_has_an_outcome() -> None:
    assert list(sections()) == list(OUTCOMES)


@pytest.mark.parametrize("title", OUTCOMES)
def test_a_section_does_what_it_says(title: str, walk: Walk) -> None:
    walk.section(sections()[title])
    OUTCOMES[title](walk)
