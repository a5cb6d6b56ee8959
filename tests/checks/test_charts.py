"""`make check-charts` as a whole, on a small chart and with a stand-in for helm that records how it is called."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from checks import charts
from checks.releases import Release, as_deployed, releases
from tests.checks.small_chart import sound_objects, write_package
from tests.programs import write_python

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Vary

HELM = """\
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
with (folder / "calls").open("a") as calls:
    print(json.dumps(sys.argv[1:]), file=calls)
if sys.argv[1] == "pull":
    sys.exit("no such host")
print((folder / "rendered.yaml").read_text())
"""
RELEASE = Release(
    name="monitoring",
    namespace="observability",
    chart="small",
    repository="https://charts.example.com",
    version="1.2.3",
    values={
        "replicas": 2,
        "prometheus": {
            "prometheusSpec": {
                "retention": "5d",
                "storageSpec": {"volumeClaimTemplate": {"spec": {"storageClassName": "gp3"}}},
            }
        },
    },
)


@pytest.fixture
def helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a helm that renders what is sound."""
    folder = tmp_path / "bin"
    folder.mkdir()
    write_python(folder / "helm", HELM)
    (folder / "rendered.yaml").write_text("\n---\n".join(json.dumps(one) for one in sound_objects()))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def check(vary: Vary, monkeypatch: pytest.MonkeyPatch, release: Release, folder: Path | None) -> list[str]:
    """Return what is reported of an environment with one release."""
    monkeypatch.setattr(charts, "releases", lambda *_: [release])
    settings = {"release_name": "monitoring", "image_registry": "mirror.example.com", "image_pull_secrets": ["login"]}
    environment = vary({f"kube_prom_stack.{key}": value for key, value in settings.items()})
    source = charts.ChartSource(folder)
    return list(charts.problems_of(environment, source))


def test_sound_release(vary: Vary, helm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_package(helm)
    assert check(vary, monkeypatch, RELEASE, helm) == []
    (call,) = (json.loads(line) for line in (helm / "calls").read_text().splitlines())
    assert call[:3] == ["template", "monitoring", str(helm / "small-1.2.3.tgz")]
    assert call[call.index("--namespace") + 1] == "observability"
    assert call[call.index("--kube-version") + 1] == "1.35.0"
    assert "--include-crds" in call


def test_unknown_key(vary: Vary, helm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_package(helm)
    release = Release(**{**RELEASE.__dict__, "values": {**RELEASE.values, "replica": 2}})
    assert check(vary, monkeypatch, release, helm) == ["monitoring: replica is no value of chart small 1.2.3"]


def test_chart_out_of_reach(vary: Vary, helm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = check(vary, monkeypatch, RELEASE, None)
    start = "monitoring: not checked: small 1.2.3 cannot be downloaded from https://charts.example.com: no such host"
    assert problem.startswith(start)
    assert "--charts FOLDER" in problem
    assert (helm / "calls").read_text().count("pull") == 1


def test_a_chart_that_renders_no_yaml(vary: Vary, helm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_package(helm)
    (helm / "rendered.yaml").write_text("spec: {{ .Values.replicas }}\nkind: [")
    (problem,) = check(vary, monkeypatch, RELEASE, helm)
    assert problem.startswith("monitoring: not checked: monitoring renders what is no YAML: ")


def test_without_helm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(charts.UnreachableError, match="helm is not on PATH"):
        charts.ChartSource(None)


def test_unknown_environment() -> None:
    with pytest.raises(charts.UnreachableError, match=r"there is no environment qa; there are dev,.* everything"):
        charts.chosen_environments("qa")


def test_everything_is_one_of_the_environments() -> None:
    assert [environment.name for environment in charts.chosen_environments("everything")] == ["everything"]
    assert len(charts.chosen_environments(None)) > 2


def test_releases_of_a_synthesis(vary: Vary, tmp_path: Path) -> None:
    settings = {"kube_prom_stack.namespace": "watching", "cluster_addons": {}}
    found = {release.name: release for release in releases(vary(settings), tmp_path)}
    assert {"kube-prometheus-stack", "thanos"} <= set(found)
    assert {release.namespace for release in found.values()} == {"watching"}
    account: dict[str, Any] = found["kube-prometheus-stack"].values["prometheus"]["serviceAccount"]
    assert account["annotations"]["eks.amazonaws.com/role-arn"].startswith("aws-iam-role-")


def test_the_projects_own_chart_is_not_looked_for(vary: Vary, tmp_path: Path) -> None:
    settings = {"workloads": {"shop": {"image": "registry.example.com/shop:1.0.0"}}}
    names = {release.name for release in releases(vary(settings), tmp_path)}
    assert "kube-prometheus-stack" in names
    assert "shop" not in names


@pytest.mark.parametrize(
    ("text", "deployed"),
    [
        ("$${1} %%{ if }", "${1} %{ if }"),
        ("${aws_iam_role.a_B.arn}", "aws-iam-role-a-b-arn"),
        ("${aws_prometheus_workspace.a.endpoint}api", "https://aws-prometheus-workspace-a-endpoint/api"),
        ("$${x}-${y.z}", "${x}-y-z"),
    ],
)
def test_values_as_terraform_gives_them(text: str, deployed: str) -> None:
    assert as_deployed({"a": [text]}) == {"a": [deployed]}
