"""What features of the monitoring contribute, and which files under `values/` depend on them."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest

import stacks.monitoring
from config.monitoring.grafana.dashboard_files import dashboard_names
from config.monitoring.installed_files import installed_dashboards, installed_rules
from config.monitoring.prometheus.rule_files import rule_file_names
from constructs.monitoring.contribution import Contribution, joined
from stacks.monitoring.features import FEATURES
from tests.features import every_feature

if TYPE_CHECKING:
    from tests.conftest import Vary


def test_lists_are_joined_in_order_and_mappings_united() -> None:
    one = Contribution(manifests=({"a": 1},), prometheus_policies={"a": []})
    other = Contribution(manifests=({"b": 1},), prometheus_policies={"b": []}, grafana_policies={"a": []})
    assert joined([one, Contribution(), other]) == Contribution(
        manifests=({"a": 1}, {"b": 1}), prometheus_policies={"a": [], "b": []}, grafana_policies={"a": []}
    )


def test_nothing_is_joined_to_nothing() -> None:
    assert joined([]) == Contribution()


def test_fails_on_one_policy_of_two_features() -> None:
    policies = Contribution(prometheus_policies={"bucket": []})
    with pytest.raises(ValueError, match="two features contribute prometheus_policies bucket"):
        joined([policies, policies])


def test_every_module_with_a_contribution_is_a_feature() -> None:
    modules = [
        importlib.import_module(f"stacks.monitoring.{m.name}") for m in pkgutil.iter_modules(stacks.monitoring.__path__)
    ]
    functions = {value for module in modules for name, value in vars(module).items() if name.startswith("contribute_")}
    assert functions == {getattr(feature, "__wrapped__", feature) for feature in FEATURES}


def test_a_file_is_about_one_feature_and_exists() -> None:
    rules = Counter(name for feature in every_feature() for name in feature.RULES)
    dashboards = Counter(name for feature in every_feature() for name in feature.DASHBOARDS)
    assert set(rules) <= set(rule_file_names())
    assert set(dashboards) <= set(dashboard_names())
    assert {*rules.values(), *dashboards.values()} == {1}


def test_files_about_what_is_off_are_left_out(vary: Vary) -> None:
    environment = vary({"cluster_addons": {}, "kube_prom_stack": {}})
    off = list(every_feature())
    rules = {name for feature in off for name in feature.RULES}
    dashboards = {name for feature in off for name in feature.DASHBOARDS}
    assert set(installed_rules(environment)) == set(rule_file_names()) - rules
    assert set(installed_dashboards(environment)) == set(dashboard_names()) - dashboards
