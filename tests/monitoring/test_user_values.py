"""Values files of the user: lists are added to the project's, and what would go around a setting is refused."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.monitoring.values.overlays import OWNED_VALUES
from constructs.monitoring.values.user_values import UserValues, merged_allow_lists
from tests.core.project import environment_text
from tests.fuzzing import fuzzed

if TYPE_CHECKING:
    from tests.core.project import Project

KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.one_of(st.integers(0, 3), st.none(), st.text("xy", max_size=1)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
MAPPINGS = st.dictionaries(KEYS, VALUES, max_size=3)


def lists_of(values: Any, location: tuple[str, ...] = ()) -> dict[tuple[str, ...], list[Any]]:
    """Return the lists of a mapping by where they are; those within a list belong to it."""
    if isinstance(values, list):
        return {location: values}
    found: dict[tuple[str, ...], list[Any]] = {}
    for key, value in values.items() if isinstance(values, dict) else ():
        found |= lists_of(value, (*location, key))
    return found


def at(values: Any, location: tuple[str, ...]) -> Any:
    for key in location:
        values = values[key]
    return values


class TestLayers:
    @fuzzed
    @given(project=MAPPINGS, shared=MAPPINGS, overlays=st.lists(MAPPINGS, max_size=2))
    def test_no_entry_of_the_project_is_lost_without_a_complaint(
        self, project: Any, shared: Any, overlays: list[Any]
    ) -> None:
        before = json.dumps(project)
        user = UserValues(project)
        user.add_shared("shared.yaml", shared)
        for position, overlay in enumerate(overlays):
            user.add_overlay(f"{position}.yaml", overlay)
        assert json.dumps(project) == before, "the project's values are not changed in place"
        if not user.problems:
            for location, entries in lists_of(project).items():
                assert at(user.values, location)[: len(entries)] == entries

    @fuzzed
    @given(project=MAPPINGS, overlay=MAPPINGS)
    def test_every_entry_of_the_user_arrives_without_a_complaint(self, project: Any, overlay: Any) -> None:
        user = UserValues(project)
        user.add_overlay("o.yaml", overlay)
        if not user.problems:
            for location, entries in lists_of(overlay).items():
                assert all(entry in at(user.values, location) for entry in entries)

    def test_shared_values_give_way_to_settings_and_overlays_win(self) -> None:
        user = UserValues({"a": {"b": 1}})
        user.add_shared("shared.yaml", {"a": {"b": 2, "c": 2}})
        user.add_overlay("o.yaml", {"a": {"d": 3}})
        assert user.values == {"a": {"b": 1, "c": 2, "d": 3}}
        user.add_overlay("p.yaml", {"a": {"b": 4, "c": 4}})
        assert user.values == {"a": {"b": 4, "c": 4, "d": 3}}

    @pytest.mark.parametrize("value", ["- job_name: x", None, 1, {}])
    def test_what_would_replace_a_list_is_a_problem(self, value: Any) -> None:
        user = UserValues({"jobs": [{"job_name": "own"}]})
        user.add_overlay("o.yaml", {"jobs": value})
        (problem,) = user.problems["o.yaml"]
        assert problem.location == ("jobs",)

    @pytest.mark.parametrize("key", ["name", "job_name", "mountPath", "uid"])
    def test_an_entry_of_a_name_that_the_project_has_is_a_problem(self, key: str) -> None:
        user = UserValues({"list": [{key: "own"}]})
        user.add_overlay("o.yaml", {"list": [{key: "mine"}, {key: "own", "other": 1}]})
        (problem,) = user.problems["o.yaml"]
        assert problem.location == ("list", 1, key)

    def test_labels_of_one_resource_are_told_to_kube_state_metrics_once(self) -> None:
        items = ["pods=[app]", "nodes=[*]", "pods=[team,app]", "nodes=[role]"]
        assert merged_allow_lists(items) == ["pods=[app,team]", "nodes=[*]"]


def problems_of_overlay(project: Project, text: str) -> list[str]:
    project.write("overlays/mine.yaml", text)
    return project.problems_of(environment_text(kube_prom_stack="values_files: [overlays/mine.yaml]"))


@pytest.mark.parametrize("location", OWNED_VALUES, ids=".".join)
def test_what_settings_decide_is_refused_with_the_setting(location: tuple[str, ...], project: Project) -> None:
    value: Any = "x"
    for key in reversed(location):
        value = {key: value}
    problems = problems_of_overlay(project, json.dumps(value))
    assert problems == [f"values/overlays/mine.yaml:1: {'.'.join(location)}: {OWNED_VALUES[location]}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("grafana: {adminPassword: hunter2}", "grafana.adminPassword: is a secret in plain text"),
        ("grafana: {grafana.ini: {auth.github: {client_secret: abc}}}", 'grafana."grafana.ini"."auth.github".client_secret: is a secret'),
        ("grafana: {env: {GF_SECURITY_ADMIN_PASSWORD: x}}", "grafana.env.GF_SECURITY_ADMIN_PASSWORD: is a secret in plain text"),
        ("grafana: {ldap: {config: 'bind_password = \"x\"'}}", "grafana.ldap.config: is a secret in plain text"),
        ("prometheus: {extraSecret: {data: {auth: x}}}", "prometheus.extraSecret.data.auth: is a secret in plain text"),
        (
            "grafana: {additionalDataSources: [{name: Loki, type: loki, secureJsonData: {httpHeaderValue1: Bearer x}}]}",
            "grafana.additionalDataSources[0].secureJsonData.httpHeaderValue1: is a secret in plain text",
        ),
        ("grafana: {plugins: [grafana-clock-panel]}", "grafana.plugins[0]: 'grafana-clock-panel' is not a plugin with its version like"),
        ("grafana: {plugins: ['grafana-clock-panel 2.1.3']}", "grafana.plugins[0]: 'grafana-clock-panel 2.1.3' is not a plugin with its version"),
        ("grafana: {additionalDataSources: [{name: Prometheus, type: prometheus}]}", "grafana.additionalDataSources[0].name: 'Prometheus' is a data source of the chart"),
        ("grafana: {additionalDataSources: [{name: X, type: loki, isDefault: true}]}", "grafana.additionalDataSources[0].isDefault: is true, and Prometheus is the default"),
        ("prometheus: {prometheusSpec: {additionalScrapeConfigs: '- job_name: x'}}", "prometheus.prometheusSpec.additionalScrapeConfigs: is text, which would replace"),
        ("prometheus: {prometheusSpec: {additionalScrapeConfigs: [{static_config: []}]}}", "prometheus.prometheusSpec.additionalScrapeConfigs[0]: has no job_name"),
        ("kubelet: {serviceMonitor: {cAdvisorMetricRelabelings: [], relabelings: [{regex: '(?=a)'}]}}", "kubelet.serviceMonitor.relabelings[0].regex: '(?=a)' is no regular expression of RE2"),
        ("grafana: null", "grafana: is not a mapping; it would take away what settings put below it"),
    ],
)  # fmt: skip
def test_what_goes_around_a_check_is_refused(text: str, problem: str, project: Project) -> None:
    found = problems_of_overlay(project, text)
    assert found
    assert found[0].startswith(f"values/overlays/mine.yaml:1: {problem}")


@pytest.mark.parametrize(
    "text",
    [
        "grafana: {admin: {}}".replace("admin", "smtp") + "\n",
        "grafana: {smtp: {existingSecret: mail, userKey: user, passwordKey: password}}",
        "grafana: {grafana.ini: {auth.github: {client_secret: '$__file{/etc/secrets/github/secret}', token_url: 'https://x/token'}}}",
        "grafana: {envFromSecrets: [{name: grafana}], grafana.ini: {smtp: {password: '${SMTP_PASSWORD}'}}}",
        "grafana: {plugins: [grafana-clock-panel@2.1.3, a-panel@1.0.0-beta.1@https://example.com/a.zip]}",
        "grafana: {additionalDataSources: [{name: Loki, type: loki, url: 'http://loki:80', secureJsonData: {password: $LOKI}}]}",
        "prometheus: {prometheusSpec: {logLevel: debug, externalLabels: {team: sre}, scrapeTimeout: 10s}}",
    ],
)
def test_what_no_setting_decides_is_accepted(text: str, project: Project) -> None:
    assert problems_of_overlay(project, text) == []
