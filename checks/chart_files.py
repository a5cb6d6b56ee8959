"""Reads a Helm chart, a folder or a package, as far as its values, its templates and its CRDs go."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Files = dict[PurePosixPath, bytes]


class KubernetesLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # the class is chosen at run time
    """YAML as Kubernetes reads it: the CRDs of Prometheus list the plain scalar `=`, for which PyYAML has no type."""


KubernetesLoader.add_constructor("tag:yaml.org,2002:value", lambda _loader, node: node.value)


@dataclass(frozen=True)
class Chart:
    """A chart: its default values, the text of its templates, its CRDs by name, its subcharts by their value key."""

    name: str
    values: dict[str, Any]
    templates: str
    crds: dict[str, dict[str, Any]]
    subcharts: dict[str, Chart]

    def all_crds(self) -> dict[str, dict[str, Any]]:
        """Return the CRDs of the chart and of its subcharts."""
        crds = dict(self.crds)
        for chart in self.subcharts.values():
            crds |= chart.all_crds()
        return crds


def read_objects(text: str | bytes) -> list[dict[str, Any]]:
    """Return the Kubernetes objects of a text of several YAML documents."""
    documents = yaml.load_all(text, Loader=KubernetesLoader)
    return [document for document in documents if document]


def read_chart(path: Path) -> Chart:
    """Return the chart of a folder or of a package (.tgz).

    Raises:
        OSError: It cannot be read.
        ValueError: It is no chart.

    """
    files = _files_of_folder(path) if path.is_dir() else _files_of_package(path.read_bytes())
    return _chart(files, path.name)


def _files_of_folder(folder: Path) -> Files:
    return {
        PurePosixPath(path.relative_to(folder).as_posix()): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _files_of_package(package: bytes) -> Files:
    """Return the files of a package below its only folder."""
    files: Files = {}
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None:
                files[PurePosixPath(*PurePosixPath(member.name).parts[1:])] = content.read()
    return files


def _chart(files: Files, where: str) -> Chart:
    description = files.get(PurePosixPath("Chart.yaml"))
    if description is None:
        raise ValueError(f"{where} has no Chart.yaml")
    chart = yaml.safe_load(description)
    aliases = {entry["name"]: entry.get("alias", entry["name"]) for entry in chart.get("dependencies") or ()}
    values = yaml.safe_load(files.get(PurePosixPath("values.yaml"), b""))
    return Chart(
        name=chart["name"],
        values=values or {},
        templates="\n".join(_texts(files, "templates")),
        crds={crd["metadata"]["name"]: crd for text in _texts(files, "crds") for crd in read_objects(text)},
        subcharts={aliases.get(name, name): subchart for name, subchart in _subcharts(files, where)},
    )


def _texts(files: Files, folder: str) -> Iterable[str]:
    return (content.decode("utf-8") for path, content in sorted(files.items()) if path.parts[0] == folder)


def _subcharts(files: Files, where: str) -> Iterator[tuple[str, Chart]]:
    folders: dict[str, Files] = {}
    for path, content in files.items():
        if path.parts[0] == "charts" and len(path.parts) > 2:
            folders.setdefault(path.parts[1], {})[PurePosixPath(*path.parts[2:])] = content
        elif path.parts[0] == "charts" and path.suffix == ".tgz":
            folders[path.name] = _files_of_package(content)
    for name, below in folders.items():
        chart = _chart(below, f"{where}/charts/{name}")
        yield chart.name, chart
