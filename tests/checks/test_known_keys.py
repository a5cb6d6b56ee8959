"""Keys that a chart does not know are found, and those that it knows are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checks.chart_files import read_chart
from checks.known_keys import unknown_keys
from tests.checks.small_chart import write_folder, write_package

if TYPE_CHECKING:
    from pathlib import Path

    from checks.chart_files import Chart


@pytest.fixture(params=[write_folder, write_package], ids=["folder", "package"])
def chart(request: pytest.FixtureRequest, tmp_path: Path) -> Chart:
    return read_chart(request.param(tmp_path))


def spec(**values: Any) -> dict[str, Any]:
    return {"prometheus": {"prometheusSpec": values}}


@pytest.mark.parametrize(
    "values",
    [
        {"replicas": 2, "nameOverride": "x"},
        {"graphs": {"persistence": {"size": "5Gi"}, "fullnameOverride": "g", "defaultPassword": "y"}},
        {"global": {"imageRegistry": "mirror.example.com"}},
        {"crds": {"enabled": False}},
        spec(retention="5d", storageSpec={"volumeClaimTemplate": {"spec": {}}}, affinity={"anything": {}}),
        spec(remoteWrite=[{"url": "https://example.com"}], image="a field of the resource, and no default"),
    ],
)
def test_known_keys(values: dict[str, Any], chart: Chart) -> None:
    assert unknown_keys(values, chart) == []


@pytest.mark.parametrize(
    ("values", "unknown"),
    [
        ({"replica": 2}, "replica"),
        ({"graphs": {"persistence": {"sise": "5Gi"}}}, "graphs.persistence.sise"),
        ({"graphs": {"nameOverride": "read by the parent's templates only"}}, "graphs.nameOverride"),
        ({"global": {"registry": "x"}}, "global.registry"),
        (spec(retentionTime="5d"), "prometheus.prometheusSpec.retentionTime"),
        (spec(storageSpec={"selector": {}}), "prometheus.prometheusSpec.storageSpec.selector"),
        (
            spec(remoteWrite=[{"url": "x"}, {"queue_config": {}}]),
            "prometheus.prometheusSpec.remoteWrite.1.queue_config",
        ),
        ({"prometheus": {"resources": {}}}, "prometheus.resources"),
    ],
)
def test_unknown_keys(values: dict[str, Any], unknown: str, chart: Chart) -> None:
    assert unknown_keys(values, chart) == [unknown]


def test_a_folder_without_chart_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no Chart\.yaml"):
        read_chart(tmp_path)
