"""`./eks check charts`: renders every chart with the values of every environment, and says what is wrong.

Charts come from a folder with packages (NAME-VERSION.tgz) or unpacked charts (NAME); others are pulled from their
repositories. Needs `helm` on PATH.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

import faststart
from checks.chart_files import Chart, read_chart, read_objects
from checks.known_keys import unknown_keys
from checks.releases import Release, releases
from checks.rendered import Object, Rendered, problems
from config import engine
from config.core.errors import UsageError
from config.core.files.yaml_source import read_yaml
from config.environment import Environment
from config.loading import load_environments
from config.paths import ENVIRONMENTS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

# Environments with every setting of the monitoring that the shipped ones leave alone.
EVERYTHING = tuple(ROOT / "tests" / "data" / name for name in ("everything.yaml", "other.yaml"))


class UnreachableError(UsageError):
    """A chart or a program is out of reach; the message states which, and what to do."""


class Part(NamedTuple):
    """A release with its chart, and what the chart renders."""

    release: Release
    chart: Chart
    objects: list[Object]


def check(name: str | None, folder: Path | None) -> int:
    """Check one environment or all, with the charts of a folder; print what is wrong, and return 1 where anything is.

    Raises:
        UnreachableError: A chart or a program is out of reach.

    """
    engine.select()
    faststart.install()
    environments = chosen_environments(name)
    source = ChartSource(folder)
    found = [
        f"{environment.name}: {problem}" for environment in environments for problem in problems_of(environment, source)
    ]
    names = ", ".join(environment.name for environment in environments)
    said = found or [f"Charts of {names}: every key is known, and what they render is as it is meant to be."]
    sys.stdout.write("".join(f"{line}\n" for line in said))
    return 1 if found else 0


def chosen_environments(name: str | None) -> list[Environment]:
    """Return the environment of that name, or all and the one with everything on."""
    shipped = load_environments(ENVIRONMENTS)
    known = [*shipped, *map(_read_environment, EVERYTHING)]
    chosen = [environment for environment in known if name in (None, "", environment.name)]
    if not chosen:
        raise UnreachableError(f"there is no environment {name}; there are {', '.join(one.name for one in known)}")
    return chosen


def _read_environment(path: Path) -> Environment:
    root = read_yaml(path, path.name).root
    if root is None:
        raise UnreachableError(f"{path.name} cannot be read")
    return Environment.model_validate_json(json.dumps(root.plain()))


class ChartSource:
    """Finds charts in a folder or in their repositories, and renders them."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        if shutil.which("helm") is None:
            raise UnreachableError("helm is not on PATH: https://helm.sh/docs/intro/install/")

    def find(self, release: Release, into: Path) -> Path:
        """Return the chart of a release, pulled into a folder unless it is there already."""
        package = f"{release.chart}-{release.version}.tgz"
        if Path(release.chart).is_dir():
            return Path(release.chart)
        for candidate in () if self.folder is None else (self.folder / package, self.folder / release.chart):
            if candidate.exists():
                return candidate
        return self._pull(release, into) / package

    def _pull(self, release: Release, into: Path) -> Path:
        repository = release.repository or ""
        is_oci = repository.startswith("oci://")
        address = [f"{repository}/{release.chart}"] if is_oci else [release.chart, "--repo", repository]
        done = _helm("pull", *address, "--version", str(release.version), "--destination", str(into))
        if done.returncode:
            raise UnreachableError(
                f"{release.chart} {release.version} cannot be downloaded from {repository}: {done.stderr.strip()}\n"
                "Put its package into a folder, and name the folder: --charts FOLDER"
            )
        return into

    def render(self, release: Release, chart: Path, into: Path, kubernetes: str) -> list[Object]:
        """Return the objects of a release, its CRDs among them."""
        values = into / f"{release.name}.json"
        values.write_text(json.dumps(release.values), encoding="utf-8")
        where = ["--namespace", release.namespace, "--kube-version", kubernetes, "--values", str(values)]
        done = _helm("template", release.name, str(chart), "--include-crds", *where)
        if done.returncode:
            raise UnreachableError(f"{release.name} cannot be rendered: {done.stderr.strip()}")
        try:
            return read_objects(done.stdout)
        except yaml.YAMLError as error:
            raise UnreachableError(f"{release.name} renders what is no YAML: {error}") from error


def _helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["helm", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607 - Helm of the PATH


def problems_of(environment: Environment, source: ChartSource) -> Iterator[str]:
    """Yield what is wrong with the releases of an environment, each one and all together."""
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        for release in releases(environment, Path(folder) / "cdktf.out"):
            try:
                parts.append(_part(environment, release, source, Path(folder)))
            except UnreachableError as error:
                yield f"{release.name}: not checked: {error}"
    for part in parts:
        for key in unknown_keys(part.release.values, part.chart):
            yield f"{part.release.name}: {key} is no value of chart {part.release.chart} {part.release.version}"
    if any(part.release.name == environment.kube_prom_stack.release_name for part in parts):
        yield from problems(_joined(environment, parts))


def _part(environment: Environment, release: Release, source: ChartSource, into: Path) -> Part:
    chart = source.find(release, into)
    objects = source.render(release, chart, into, f"{environment.cluster.version}.0")
    try:
        return Part(release, read_chart(chart), objects)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreachableError(f"{chart.name} is no chart that can be read: {error}") from error


def _joined(environment: Environment, parts: list[Part]) -> Rendered:
    """Put the releases together: monitors of one are selected by the Prometheus of another."""
    stack = environment.kube_prom_stack
    crds: dict[str, Object] = {}
    for part in parts:
        crds |= part.chart.all_crds()
    return Rendered(
        objects=[one for part in parts for one in part.objects],
        values={part.release.name: part.release.values for part in parts},
        crds=crds,
        storage_class_name=_storage_class(parts, stack.release_name),
        image_registry=stack.image_registry,
        pull_secrets=stack.image_pull_secrets,
    )


def _storage_class(parts: list[Part], release_name: str) -> str | None:
    """Return the class that the values ask for, for Prometheus; every volume is of the same one."""
    (values,) = (part.release.values for part in parts if part.release.name == release_name)
    name: str | None = values["prometheus"]["prometheusSpec"]["storageSpec"]["volumeClaimTemplate"]["spec"].get(
        "storageClassName"
    )
    return name
