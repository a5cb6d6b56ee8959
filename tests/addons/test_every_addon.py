"""What an add-on consists of: a test fails for each part that one lacks, and says which."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import TYPE_CHECKING

import pytest

import config.addons
from config import schema, versions
from config.addons.addon import SYSTEM_NAMESPACE, Addon
from config.addons.cluster_addons import ClusterAddonsSettings
from config.core.types import is_label
from config.monitoring.prometheus.rule_files import rule_file_names
from config.paths import ROOT
from config.versions import ChartPin
from stacks.cluster_addons import CONSTRUCTS
from tests.addons.conftest import DEFAULTS, environment_with
from tests.environments import FILES, read_environment

if TYPE_CHECKING:
    from tests.synthesis import Stack, Synthesized

SECTIONS = {name: type(addon) for name, addon in ClusterAddonsSettings() if isinstance(addon, Addon)}


@pytest.fixture(params=SECTIONS)
def name(request: pytest.FixtureRequest) -> str:
    """The name of an add-on's section."""
    return str(request.param)


@pytest.fixture
def addon(name: str) -> type[Addon]:
    """The class of its settings."""
    return SECTIONS[name]


@pytest.fixture
def stack(name: str, defaults: Synthesized) -> Stack:
    """The stack with the add-on."""
    return defaults[f"{environment_with(name)}-cluster-addons"]


def test_every_class_is_a_section() -> None:
    for module in pkgutil.iter_modules(config.addons.__path__):
        importlib.import_module(f"config.addons.{module.name}")
    assert set(Addon.__subclasses__()) == set(SECTIONS.values())


def test_every_section_has_a_construct() -> None:
    assert set(CONSTRUCTS) == set(SECTIONS.values())


def test_a_construct_is_given_the_settings_of_its_section(addon: type[Addon]) -> None:
    _, construct = CONSTRUCTS[addon]
    assert construct.__init__.__annotations__["props"] == f"AddonProps[{addon.__name__}]"


def test_facts_are_stated(name: str, addon: type[Addon]) -> None:
    assert addon.CHART in [pin for pin in vars(versions).values() if isinstance(pin, ChartPin)]
    assert addon.CHART.name == name.replace("_", "-"), "release, rules and section are named alike"
    assert addon.TITLE
    assert addon.MONITOR is None or addon.MONITOR.endpoint["port"]
    assert is_label("app.kubernetes.io/instance", addon.CHART.name)


def test_defaults_of_the_chart_are_its_pin(addon: type[Addon]) -> None:
    assert addon.model_validate({}).chart == addon.CHART


def test_rules_named_like_the_add_on_are_about_it(name: str, addon: type[Addon]) -> None:
    if name in rule_file_names():
        assert name in addon.RULES


def test_an_alert_says_when_it_does_not_work(name: str, addon: type[Addon], defaults: Synthesized) -> None:
    """Each has alerts of its own, or the alert about a target that is down."""
    groups = defaults[f"{environment_with(name)}-kube-prom-stack"].values()["additionalPrometheusRulesMap"]
    own = [groups[rules.replace("_", "-")] for rules in addon.RULES]
    alerts = [rule["alert"] for file in own for group in file["groups"] for rule in group["rules"] if "alert" in rule]
    assert alerts or addon.ROLE is None, "it changes things in AWS; say when that fails"


def test_tests_try_it(name: str) -> None:
    assert DEFAULTS[name]["enabled"] is True
    enabled = {one for file in FILES for one in read_environment(file).cluster_addons.enabled}
    assert name in enabled, "add it to tests/data/everything.yaml, or to another file there"


def test_tests_try_nothing_else() -> None:
    assert set(DEFAULTS) == set(SECTIONS)


def test_its_page_tells_of_it(name: str, addon: type[Addon]) -> None:
    page = (ROOT / "docs" / (addon.PAGE.partition("#")[0] or "addons.md")).read_text("utf-8")
    text = page.replace(page[page.find("<!-- Generated") : page.rfind("-->")], "")
    assert re.search(rf"\b{name}\b", text), f"no word of {name} in docs/{addon.PAGE}"


def test_the_table_of_the_page_is_current() -> None:
    assert schema.ADDONS_FILE.read_text("utf-8") == schema.addons_page(), "run: python -m config.schema"


def test_release_and_namespace(addon: type[Addon], stack: Stack) -> None:
    release = stack.release(addon.CHART.name)
    assert (release["chart"], release["repository"], release["version"]) == addon.CHART
    assert (release["wait"], release["upgrade_install"], release["timeout"]) == (True, True, 600)
    assert release["namespace"] == addon.NAMESPACE
    created = {body["metadata"]["name"] for body in stack.resources("kubernetes_namespace_v1").values()}
    assert (addon.NAMESPACE in created) is (addon.NAMESPACE != SYSTEM_NAMESPACE)


def test_the_role_is_the_service_accounts(addon: type[Addon], stack: Stack) -> None:
    """With every zone and the like set, whatever states a role has one, for its own service account."""
    subjects = {
        condition["values"][0]
        for document in stack.data("aws_iam_policy_document").values()
        for statement in document["statement"]
        for condition in statement.get("condition", [])
        if condition["variable"].endswith(":sub")
    }
    has_role = f"system:serviceaccount:{addon.NAMESPACE}:{addon.CHART.name}" in subjects
    assert has_role is (addon.ROLE is not None)


def test_it_is_scraped(name: str, addon: type[Addon], defaults: Synthesized) -> None:
    manifests = defaults[f"{environment_with(name)}-kube-prom-stack"].values()["extraManifests"]
    monitors = [one for one in manifests if one["metadata"]["name"] == addon.CHART.name]
    if addon.MONITOR is None:
        assert monitors == []
        return
    (monitor,) = monitors
    label = "app.kubernetes.io/instance"
    assert monitor["kind"] == addon.MONITOR.kind
    assert monitor["metadata"]["namespace"] == "monitoring"
    assert monitor["metadata"]["labels"] == {"project": "gd9", "prometheus": "main"}
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": [addon.NAMESPACE]}
    assert (monitor["spec"]["selector"], monitor["spec"]["jobLabel"]) == (
        {"matchLabels": {label: addon.CHART.name}},
        label,
    )
