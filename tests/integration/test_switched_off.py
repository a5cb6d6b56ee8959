"""What is switched off with its last setting is planned, and emptied by a deploy, wherever the states are kept."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.integration import cloud_lab, s3
from tests.integration.cloud_lab import CLOUD
from tests.integration.sandbox import stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

BACKENDS = {"local": "", "s3": "backend: {type: s3, bucket: states-of-tests, key_prefix: eks/}\n", "cloud": CLOUD}
SHOP = """\
name: shop
region: us-east-2
cluster: {existing: {eks: theirs}}
kube_prom_stack: {storage_class_name: gp2}
"""
SWITCHED_ON = """\
csi_addon: {enabled: true}
cluster_addons: {metrics_server: {enabled: true}}
workloads: {web: {image: "registry.example.com/web:1", ports: {http: 8080}}}
"""
STACKS = ("shop-workloads", "shop-cluster-addons", "shop-csi-addon")


@dataclass
class Deployed:
    """An environment with everything switched on.

    Attributes:
        before: What there was before that was switched on.

    """

    project: Project
    backend: str
    before: list[str]

    def settings(self, name: str, text: str) -> None:
        """Write the file of an environment."""
        path = self.project.folder / f"values/environments/{name}.yaml"
        path.write_text(text + BACKENDS[self.backend], encoding="utf-8")


@pytest.fixture(scope="module", params=BACKENDS)
def deployed(
    request: pytest.FixtureRequest, new_sandbox: NewProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    """Deploy `shop`, and switch everything off."""
    with ExitStack() as running:
        # The cluster is none of the stand-ins'.
        project = new_sandbox().with_environment(SANDBOX_STRICT="")
        if request.param == "s3":
            project = project.with_environment(**running.enter_context(s3.running()).variables)
        if request.param == "cloud":
            lab: Path = request.getfixturevalue("tfc_lab")
            folder = tmp_path_factory.mktemp("lab")
            project = running.enter_context(cloud_lab.running(lab, project, folder, "local")).project
        shop = Deployed(project, request.param, [])
        shop.settings("shop", SHOP)
        project.eks("deploy", "shop").succeeded()
        shop.before = stored(project)
        shop.settings("shop", SHOP + SWITCHED_ON)
        project.eks("deploy", "shop").succeeded()
        shop.settings("shop", SHOP)
        yield shop


@pytest.mark.parametrize("command", ["plan", "drift"])
def test_a_stack_that_is_switched_off_is_planned(command: str, deployed: Deployed) -> None:
    printed = deployed.project.eks(command, "shop").succeeded().output
    assert {stack for stack in STACKS if stack in printed} == {*STACKS}


def test_it_can_be_named(deployed: Deployed) -> None:
    printed = deployed.project.eks("plan", "shop-workloads", "--detailed-exitcode")
    assert printed.code == 2, printed.output
    assert "helm_release" in printed.output


def test_an_environment_without_a_file_is_named_with_what_to_do(deployed: Deployed) -> None:
    file = deployed.project.folder / "values/environments/shop.yaml"
    deployed.settings("other", SHOP.replace("shop", "other"))
    file.unlink()
    printed = deployed.project.eks("plan", "other").succeeded().output
    file.with_stem("other").unlink()
    deployed.settings("shop", SHOP)
    for stack in (*STACKS, "shop-kube-prom-stack"):
        assert f"{stack} has a state with resources and no environment" in printed


@pytest.mark.parametrize("deployed", ["s3", "cloud"], indirect=True)
def test_a_store_that_cannot_be_asked_is_said(deployed: Deployed) -> None:
    nowhere = {"HTTP_PROXY": "http://127.0.0.1:9", "TF_CLI_CONFIG_FILE": "/dev/null", "RETRIES": "0"}
    printed = deployed.project.with_environment(**nowhere, AWS_MAX_ATTEMPTS="1").eks("plan", "shop-kube-prom-stack")
    (line,) = re.findall(r"^shop: stacks that are switched off .*", printed.output, re.MULTILINE)
    assert "may still have resources" in line


def test_a_deploy_empties_it_and_leaves_nothing(deployed: Deployed) -> None:
    refused = deployed.project.eks("deploy", "shop")
    (names,) = re.findall(r"--allow-destroy '(.*)'", refused.output) or [""]
    deployed.project.eks("deploy", "shop", ALLOW_DESTROY=names).succeeded()
    assert stored(deployed.project) == deployed.before
    again = deployed.project.eks("plan", "shop", "--detailed-exitcode")
    assert again.code == 0, again.output
    assert [stack for stack in STACKS if stack in again.output] == []
