"""The examples of docs/workloads.md: each section's settings load, together, as they stand there."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from config.core.files.yaml_nodes import Document
from config.paths import ROOT
from config.workloads.workload_files import problems_of_workloads

if TYPE_CHECKING:
    from tests.conftest import Vary

PAGE = (ROOT / "docs" / "workloads.md").read_text(encoding="utf-8")
# Keys of an environment; everything else in an example is of a workload.
OF_ENVIRONMENTS = {"workloads", "cluster_addons", "kube_prom_stack"}
SHOP = {"image": "registry.example.com/shop:1.0.0", "ports": {"http": 8080, "grpc": 9000, "http-metrics": 8081}}


def examples() -> list[tuple[str, dict[str, Any]]]:
    """Return the settings of each example under its heading; a key that was there before begins another example."""
    found = []
    for section in re.split(r"^#+ ", PAGE, flags=re.MULTILINE):
        heading, _, text = section.partition("\n")
        blocks = re.findall(r"(?:^    .*\n|^\n)+", text, flags=re.MULTILINE)
        code = [block for block in blocks if re.search(r"^    \w+:", block, flags=re.MULTILINE)]
        settings: dict[str, Any] = {}
        for block in code:
            for part in re.split(r"^    # values/.*\n", block, flags=re.MULTILINE):
                more = yaml.safe_load(part) or {}
                if settings.keys() & more.keys():
                    found.append((heading, settings))
                    settings = {}
                settings |= more
        if settings:
            found.append((heading, settings))
    return found


EXAMPLES = examples()


def test_every_way_has_an_example() -> None:
    assert [heading for heading, _ in EXAMPLES] == [
        "Run your own applications",
        "Monitor my service",
        "Give a pod S3 access",
        "Scale on a metric",
        "Scale on a metric",
        "Expose it",
        "Keep data, and prepare it",
    ]


@pytest.mark.parametrize("position", range(len(EXAMPLES)))
def test_example_loads(position: int, vary: Vary) -> None:
    _, settings = EXAMPLES[position]
    environment = {key: value for key, value in settings.items() if key in OF_ENVIRONMENTS}
    workload = {key: value for key, value in settings.items() if key not in OF_ENVIRONMENTS}
    if workload:
        environment["workloads"] = {"shop": {**SHOP, **workload}}
    assert environment["workloads"]
    problems = problems_of_workloads(Document("dev", None), vary(json.loads(json.dumps(environment))), ROOT / "values")
    assert list(problems) == []
