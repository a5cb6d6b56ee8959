"""The whole configuration that the operator makes for each environment, its own monitors and rules, is Prometheus'."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from checks.prometheus_config import Prometheus, prometheus_of
from checks.real_programs import complaints_about_prometheus
from checks.releases import as_deployed
from tests.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.synthesis import Synthesized

SHIPPED = ("dev", "prod", "minikube", "eks-anywhere")
OTHERS = ("everything", "another", "existing", "other", "outside")


def releases(synthesized: Synthesized, environment: str) -> Iterator[dict[str, Any]]:
    """Yield the values of every release of an environment."""
    for name, stack in synthesized.stacks.items():
        if name.startswith(f"{environment}-"):
            for body in stack.resources("helm_release").values():
                values: dict[str, Any] = {}
                for text in body.get("values", ()):
                    values |= as_deployed(json.loads(text))
                yield values


def prometheus_of_environment(synthesized: Synthesized, environment: str) -> Prometheus:
    """Return what the operator would make of the releases of an environment, except the chart's own monitors."""
    spec: dict[str, Any] = {}
    objects: list[dict[str, Any]] = []
    for values in releases(synthesized, environment):
        objects += [*values.get("extraManifests", ()), *values.get("objects", {}).values()]
        spec |= values.get("prometheus", {}).get("prometheusSpec", {}) if "fullnameOverride" in values else {}
        objects += [
            {"kind": "PrometheusRule", "metadata": {"name": name}, "spec": content}
            for name, content in values.get("additionalPrometheusRulesMap", {}).items()
        ]
    return prometheus_of(spec, objects)


@pytest.mark.parametrize("environment", [*SHIPPED, *OTHERS])
def test_prometheus_takes_its_configuration(
    environment: str, synthesized: Synthesized, everything: Synthesized
) -> None:
    need("promtool")
    made = prometheus_of_environment(synthesized if environment in SHIPPED else everything, environment)
    assert made.config["global"]["external_labels"]["cluster"]
    assert made.rules
    for job in made.config["scrape_configs"]:
        job.pop("ec2_sd_configs", None)  # not every promtool is built with all kinds of discovery
    assert list(complaints_about_prometheus(made)) == []


def test_everything_is_in_it(everything: Synthesized) -> None:
    made = [prometheus_of_environment(everything, environment) for environment in OTHERS]
    jobs = {job["job_name"].split("/")[0] for one in made for job in one.config["scrape_configs"]}
    assert {"serviceMonitor", "podMonitor", "probe", "kube-scheduler", "ec2-nodes"} <= jobs
    assert {"managed-prometheus", "mimir"} <= {store["name"] for one in made for store in one.config["remote_write"]}
    assert {"-node", "-thanos", "shop-app"} <= {name for one in made for name in one.rules}
