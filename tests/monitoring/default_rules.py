"""The default rules of kube-prometheus-stack and Thanos as `dev` installs them, in tests/data/default_rules.yaml.

`CHARTS=FOLDER python -m tests.monitoring.default_rules` writes the file again, from the charts of the pinned versions
in a folder as `./eks check charts` takes them; a test fails while the version is another.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from checks.charts import ChartSource, chosen_environments
from checks.releases import releases
from config import versions
from tests.environments import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = DATA / "default_rules.yaml"
CHART: Final = versions.KUBE_PROMETHEUS_STACK
THANOS: Final = versions.THANOS
KEPT: Final = ("alert", "record", "expr", "for", "keep_firing_for", "labels")
HEADER: Final = f"""\
# Default rules of the charts {CHART.name} {CHART.version} and {THANOS.name} {THANOS.version}, as `dev` installs them,
# without their annotations. Copyright the authors of the charts and of their sources, kube-prometheus and the mixins;
# Apache License 2.0: https://github.com/prometheus-community/helm-charts/blob/main/LICENSE and
# https://github.com/thanos-community/helm-charts/blob/main/LICENSE
# Written by tests/monitoring/default_rules.py.
"""

Group = dict[str, Any]


def rendered(charts: Path) -> list[Group]:
    """Return the groups that the chart makes for `dev`, a rule with what counts for when it fires."""
    (dev,) = chosen_environments("dev")
    source = ChartSource(charts)
    with tempfile.TemporaryDirectory() as folder:
        chosen = [one for one in releases(dev, Path(folder) / "out") if one.chart in (CHART.name, THANOS.name)]
        objects = [
            one
            for release in chosen
            for one in source.render(
                release, source.find(release, Path(folder)), Path(folder), f"{dev.cluster.version}.0"
            )
        ]
        own = {f"{one.name}-{rule}" for one in chosen for rule in one.values.get("additionalPrometheusRulesMap", ())}
    return [
        {**group, "rules": [{key: rule[key] for key in KEPT if key in rule} for rule in group["rules"]]}
        for one in objects
        if one["kind"] == "PrometheusRule" and one["metadata"]["name"] not in own
        for group in one["spec"]["groups"]
    ]


def text_of(groups: list[Group]) -> str:
    """Return the file: a line for each rule, so that a difference shows which rules an upgrade changes."""
    return f"{HEADER}groups:\n" + "".join(_lines(groups))


def _lines(groups: list[Group]) -> Iterator[str]:
    for group in groups:
        rules = [f"      - {json.dumps(rule, ensure_ascii=False)}\n" for rule in group["rules"]]
        rest = {key: value for key, value in group.items() if key not in ("name", "rules")}
        yield f"  - name: {group['name']}\n"
        yield from (f"    {key}: {json.dumps(value)}\n" for key, value in rest.items())
        yield "    rules:\n"
        yield from rules


def read() -> list[Group]:
    """Return the groups of the file."""
    groups: list[Group] = yaml.safe_load(FILE.read_text("utf-8"))["groups"]
    return groups


if __name__ == "__main__":
    FILE.write_text(text_of(rendered(Path(os.environ["CHARTS"]))), encoding="utf-8")
