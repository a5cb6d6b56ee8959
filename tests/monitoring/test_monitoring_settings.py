"""Mistakes in the monitoring that Helm would take, and the operator, Prometheus, Alertmanager or Grafana refuse later."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest

from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.core.project import Project

SLACK = 'team: {slack: {channel: "#team", webhook_url: {secret: slack, key: url}}}'


def section(name: str, text: str) -> str:
    """Return a section of kube_prom_stack."""
    return f"{name}:\n{indent(dedent(text).strip(), '  ')}\n"


class TestAlertmanager:
    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            (
                f"""
                receivers:
                  {SLACK}
                default_receiver: team
                routes:
                - {{receiver: teem, severities: [critical]}} # <-
                """,
                "routes[0].receiver: there is no receiver 'teem'; receivers are team, null",
            ),
            (
                f"""
                receivers:
                  {SLACK}
                default_receiver: team
                routes:
                - receiver: team
                  severities: [critical]
                  routes:
                  - receiver: night # <-
                    matchers: [night = yes]
                """,
                "routes[0].routes[0].receiver: there is no receiver 'night'; receivers are team, null",
            ),
            ("default_receiver: team # <-", "default_receiver: there is no receiver 'team'; receivers are null"),
            (
                "dead_mans_switch: {receiver: heartbeat} # <-",
                "dead_mans_switch.receiver: there is no receiver 'heartbeat'; receivers are null",
            ),
            (
                f"receivers:\n  {SLACK} # <-",
                "receivers.team: no route, default_receiver or dead_mans_switch names it",
            ),
            (
                """
                receivers:
                  team: {} # <-
                default_receiver: team
                """,
                "receivers.team: notifies nobody; give slack, sns, webhook, email, pagerduty, opsgenie, teams, discord or telegram",
            ),
            (
                """
                receivers:
                  team: {slack: {channel: team, webhook_url: {secret: slack, key: url}}} # <-
                default_receiver: team
                """,
                "receivers.team.slack.channel: 'team' is not a channel like #alerts, a @user, or an ID",
            ),
            (
                """
                receivers:
                  team:
                    email:
                      {to: [a@b.c], from_address: d@e.f, smarthost: "g.h:25", username: i, password: {secret: j, key: k},
                       require_tls: false} # <-
                default_receiver: team
                """,
                "receivers.team.email.require_tls: is false: the password would go over the network as plain text",
            ),
            (
                """
                receivers:
                  team: {slack: {channel: "#team", webhook_url: {secret: slack}}} # <-
                default_receiver: team
                """,
                "receivers.team.slack.webhook_url.key: requires secret: give both",
            ),
            (
                f"""
                receivers:
                  {SLACK}
                default_receiver: team
                routes:
                - receiver: team # <-
                """,
                "routes[0]: matches every alert; give severities, namespaces or matchers, or change default_receiver",
            ),
            (
                """
                routes:
                - receiver: "null"
                  matchers: ['pod=~"("'] # <-
                """,
                """routes[0].matchers[0]: 'pod=~"("' has no regular expression of RE2: missing ): ^(?:()$""",
            ),
            (
                """
                time_intervals:
                  nights: [{times: [{start: "22:00", end: "06:00"}]}] # <-
                routes:
                - {receiver: "null", severities: [info], muted_in: [nights]}
                """,
                "time_intervals.nights[0].times[0].end: 06:00 is not after 22:00; write two ranges for a night",
            ),
            (
                """
                time_intervals:
                  weekend: [{weekdays: ["saturday:sunday"]}] # <-
                routes:
                - {receiver: "null", severities: [info], active_in: [weekend]}
                """,
                "time_intervals.weekend[0].weekdays[0]: sunday is before saturday: weeks start with sunday; write two entries",
            ),
            (
                """
                routes:
                - receiver: "null"
                  severities: [info]
                  muted_in: [nights] # <-
                """,
                "routes[0].muted_in[0]: there is no time interval 'nights'; there are: none",
            ),
            (
                "time_intervals: {nights: [{months: [may]}]} # <-",
                "time_intervals.nights: no route names it in muted_in or active_in",
            ),
            (
                """
                receivers:
                  team: {discord: {webhook_url: {secret: a, key: b}, title: "{{ .Status | nofunc }}"}} # <-
                default_receiver: team
                """,
                "receivers.team.discord.title: is no template that Alertmanager reads: there is no function 'nofunc'",
            ),
            (
                """
                receivers:
                  team: {slack: {channel: "#a"}} # <-
                default_receiver: team
                """,
                "receivers.team.slack: give either webhook_url or bot_token",
            ),
            ("group_by: [..., pod] # <-", "group_by: ... stands for all labels and must be alone"),
            ("repeat_interval: 0s # <-", "repeat_interval: must be more than 0"),
            (
                "retention: 5d # <-",
                "retention: '5d' is not a duration of hours, minutes and seconds like 120h or 1h30m",
            ),
            (
                f"""
                receivers:
                  {SLACK}
                default_receiver: team
                dead_mans_switch: {{receiver: team, interval: 5s}} # <-
                """,
                "dead_mans_switch.interval: 5s is below 10s",
            ),
        ],
    )
    def test_problem(self, lines: str, message: str, project: Project) -> None:
        project.refuses(f"kube_prom_stack.alertmanager.{message}", kube_prom_stack=section("alertmanager", lines))


SEVERITY_ROUTES = """
receivers:
  team: {slack: {channel: "#team", webhook_url: {secret: slack, key: url}}}
routes:
- receiver: team
  severities: [critical, page] # <-
"""


class TestSeverities:
    def test_one_that_no_alert_has(self, project: Project) -> None:
        project.refuses(
            "kube_prom_stack.alertmanager.routes[0].severities[1]: no rule has severity 'page'; there are: critical, warning, "
            "info, none; name others in alert_rules.severities",
            kube_prom_stack=section("alertmanager", SEVERITY_ROUTES),
        )

    def test_one_of_a_rule_file_or_of_the_settings(self, project: Project) -> None:
        routes = section("alertmanager", SEVERITY_ROUTES.replace(" # <-", ""))
        settings = section("alert_rules", "severities: [page]")
        assert project.problems_of(environment_text(kube_prom_stack=routes + settings)) == []
        project.write("rules/own.yaml", RULE.replace("{severity: critical}", "{severity: page}"))
        assert project.problems_of(environment_text(kube_prom_stack=routes)) == []


class TestManifests:
    @pytest.mark.parametrize(
        ("manifest", "message"),
        [
            (
                "{apiVersion: monitoring.coreos.com/v1alpha1, kind: AlertmanagerConfig, metadata: {name: a}} # <-",
                "[0].metadata: lacks the label prometheus: main, by which a AlertmanagerConfig is selected",
            ),
            (
                "{apiVersion: monitoring.coreos.com/v1, kind: Probe, metadata: {name: a, namespace: shop, labels: {prometheus: main}}} # <-",
                "[0].metadata.namespace: 'shop' is not looked into; add it to monitored_namespaces, or leave it out",
            ),
            (
                "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {token: abc}} # <-",
                "[0].stringData.token: is a secret in plain text, which would get into Terraform's state; keep it in a Kubernetes secret and refer to it (a file that is mounted, $__file{…}, or ${VARIABLE} of envFromSecrets)",
            ),
            (
                "{apiVersion: monitoring.coreos.com/v1, kind: PrometheusRule, metadata: {name: a, labels: {prometheus: main}}, spec: {groups: [{name: g, rules: [{record: a, expr: sum(}]}]}} # <-",
                "[0].spec.groups[0].rules[0].expr: is not PromQL: unclosed left parenthesis",
            ),
        ],
    )
    def test_problem(self, manifest: str, message: str, project: Project) -> None:
        project.refuses(f"kube_prom_stack.extra_manifests{message}", kube_prom_stack=f"extra_manifests:\n- {manifest}")

    def test_what_is_selected(self, project: Project) -> None:
        kinds = "\n".join(
            f"- {{apiVersion: monitoring.coreos.com/v1, kind: {kind}, metadata: {{name: a, namespace: kube-system, labels: {{prometheus: main}}}}}}"
            for kind in ("ServiceMonitor", "PodMonitor")
        )
        assert project.problems_of(environment_text(kube_prom_stack=f"extra_manifests:\n{kinds}")) == []

    def test_a_secret_in_the_configuration_of_grafana(self, project: Project) -> None:
        lines = "ini: {auth.google: {client_id: x, client_secret: abc}} # <-"
        problems = project.problems_of(environment_text(kube_prom_stack=section("grafana", lines)))
        assert [
            problem.partition(": ")[2].startswith(
                'kube_prom_stack.grafana.ini."auth.google".client_secret: is a secret'
            )
            for problem in problems
        ] == [True]


class TestVolumes:
    def test_retention_larger_than_the_volume(self, project: Project) -> None:
        project.refuses(
            "kube_prom_stack.prometheus.retention: 90d at 5000 samples a second need about 72 GiB; "
            "80% of volume_gib 20 are less: raise volume_gib or lower retention",
            kube_prom_stack=section("prometheus", "volume_gib: 20\nretention: 90d # <-"),
        )

    def test_the_same_retention_on_a_larger_volume_or_with_fewer_samples(self, project: Project) -> None:
        for setting in ("volume_gib: 100", "samples_per_second: 1000"):
            lines = section("prometheus", f"retention: 90d\n{setting}")
            assert project.environment(kube_prom_stack=lines).kube_prom_stack.prometheus.retention == "90d"

    def test_thanos_read_path_without_bucket(self, project: Project) -> None:
        project.refuses(
            "kube_prom_stack.thanos.read_path: needs the bucket: set enabled to true",
            kube_prom_stack=section("thanos", "read_path: true # <-"),
        )


class TestGrafana:
    def test_folders_of_downloads_that_would_share_a_place(self, project: Project) -> None:
        lines = """
        grafana_com_dashboards:
          one: {id: 1, revision: 1, folder: Team A}
          two: {id: 2, revision: 1, folder: team-a} # <-
        """
        project.refuses(
            "kube_prom_stack.grafana.grafana_com_dashboards.two.folder: team-a and Team A would share a place; write one of them",
            kube_prom_stack=section("grafana", lines),
        )

    @pytest.mark.parametrize(
        ("ini", "problem"),
        [
            ('{users: {a: "b\\n[auth.anonymous]\\nenabled = true"}}', "users.a: is text of several lines; the rest would be other settings"),
            ("{users: {a: {b: c}}}", "users.a: is a mapping; a value of grafana.ini stands on one line"),
            ('{users: {"a = b\\nc": d}}', "users.\"a = b\\nc\": 'a = b\\nc' is not a name of grafana.ini (letters, digits and _. -)"),
            ('{"users]": {a: b}}', "\"users]\": 'users]' is not a name of grafana.ini (letters, digits and _. -)"),
        ],
    )  # fmt: skip
    def test_ini_whose_lines_would_be_others(self, ini: str, problem: str, project: Project) -> None:
        project.refuses(
            f"kube_prom_stack.grafana.ini.{problem}", kube_prom_stack=section("grafana", f"ini: {ini} # <-")
        )

    def test_home_dashboard_that_does_not_exist(self, project: Project) -> None:
        project.write("dashboards/cluster/overview.json", '{"uid": "a", "title": "A", "panels": []}')
        project.refuses(
            "kube_prom_stack.grafana.home_dashboard: there is no file 'cluster/overveiw'; there are: cluster/overview",
            kube_prom_stack=section("grafana", "home_dashboard: cluster/overveiw # <-"),
        )

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (
                '{"uid": "a",\n"title": "A",,}',
                "2: file: is not JSON: Expecting property name enclosed in double quotes",
            ),
            ("[]", "1: file: is not a dashboard: a JSON object with uid, title and panels"),
            ('{"title": "A"}', "1: uid: is missing; Grafana finds the dashboard by it"),
            (b"\xff", "1: file: is not UTF-8 text; save it in that encoding"),
        ],
    )
    def test_dashboard_that_grafana_would_not_load(self, content: str | bytes, problem: str, project: Project) -> None:
        project.write("dashboards/cluster/broken.json", content)
        assert project.problems_of(environment_text()) == [f"values/dashboards/cluster/broken.json:{problem}"]

    def test_two_dashboards_of_one_uid(self, project: Project) -> None:
        for name in ("a", "b"):
            project.write(f"dashboards/cluster/{name}.json", '{"uid": "same", "title": "A"}')
        assert project.problems_of(environment_text()) == [
            "values/dashboards/cluster/b.json:1: uid: same is the uid of values/dashboards/cluster/a.json"
        ]


RULE = """
groups:
- name: own
  rules:
  - alert: Down
    expr: up == 0
    for: 5m
    labels: {severity: critical}
    annotations:
      summary: A target is down.
"""


class TestRuleFiles:
    def test_sound_file(self, project: Project) -> None:
        project.write("rules/own.yaml", RULE + "  - record: a:b\n    expr: 1\n")
        assert project.problems_of(environment_text()) == []

    @pytest.mark.parametrize(
        ("line", "instead", "problem"),
        [
            ("expr: up == 0", "expr: sum by (up", "6: groups[0].rules[0].expr: is not PromQL: "),
            ("expr: up == 0", "expr: true", "6: groups[0].rules[0].expr: is missing: a PromQL expression"),
            ("expr: up == 0", "", "5: groups[0].rules[0].expr: is missing: a PromQL expression"),
            ("for: 5m", "for: 5 minutes", "7: groups[0].rules[0].for: '5 minutes' is not a duration like 5m"),
            ("for: 5m", "four: 5m", "7: groups[0].rules[0].four: unknown key; allowed: alert, record, expr, for, "),
            ("{severity: critical}", "[critical]", "8: groups[0].rules[0].labels: "),
            (
                "{severity: critical}",
                "{severity: critical, 1a: x}",
                "8: groups[0].rules[0].labels.1a: '1a' is not the name of",
            ),
            ("A target is down.", "5", "10: groups[0].rules[0].annotations.summary: 5 is not a text; put it in quotes"),
            (
                "A target is down.",
                '"{{ $labels.job }"',
                "10: groups[0].rules[0].annotations.summary: is no template that Prometheus reads: an action {{ is not closed",
            ),
            (
                "A target is down.",
                '"{{ $labels.job | nofunc }}"',
                "10: groups[0].rules[0].annotations.summary: is no template that Prometheus reads: there is no function",
            ),
            (
                "A target is down.",
                '"{{ $label.job }}"',
                "10: groups[0].rules[0].annotations.summary: is no template that Prometheus reads: there is no variable",
            ),
            (
                "expr: up == 0",
                "expr: up{job!~'(?!a)'} == 0",
                "6: groups[0].rules[0].expr: is not PromQL: '(?!a)' is no regular expression: invalid perl operator",
            ),
            ("- name: own", "- name: own\n  query_offset: soon", "4: groups[0].query_offset: 'soon' is not a duration"),
            (
                "- name: own",
                "- name: own\n  partial_response_strategy: maybe",
                "4: groups[0].partial_response_strategy: 'maybe' is not abort or warn",
            ),
            ("alert: Down", "alert: [Down]", "5: groups[0].rules[0].alert: is not a name, a text"),
            ("alert: Down", "record: Down", "7: groups[0].rules[0].for: is for alerts"),
            ("alert: Down", "record: a b", "5: groups[0].rules[0].record: 'a b' is not the name of a metric"),
            (
                "- name: own",
                "- name: [own]",
                "3: groups[0]: is not a group: a mapping with name, a text, and rules, a list",
            ),
            ("groups:", "group:", "2: file: is not a rule file: a mapping with the one key groups, a list"),
        ],
    )
    def test_problem(self, line: str, instead: str, problem: str, project: Project) -> None:
        assert line in RULE
        project.write("rules/own.yaml", RULE.replace(line, instead))
        first = project.problems_of(environment_text())[0]
        assert first.startswith(f"values/rules/own.yaml:{problem}")

    @pytest.mark.parametrize(
        ("line", "instead"),
        [
            ("{severity: critical}", "{severity: page}"),
            ("{severity: critical}", "{}"),
            ("- name: own", "- name: own\n  query_offset: 1m\n  partial_response_strategy: warn\n  limit: 10"),
            ("expr: up == 0", "expr: rate(x[5m * 2]) > 1"),
            ("expr: up == 0", "expr: rate(x[1h] offset (5m + 1m)) > 1"),
            ("expr: up == 0", "expr: increase(x[1h] smoothed) > 1"),
            ("expr: up == 0", 'expr: up{job=~"(?i)api|[[:alpha:]]+"} == 0'),
            ("expr: up == 0", "expr: limitk(2, up) == 1_000"),
            (
                "A target is down.",
                '"🔥 {{ with $labels.job }}{{ . | toUpper }}{{ else }}?{{ end }} {{ $value | humanize }}"',
            ),
        ],
    )
    def test_what_prometheus_and_its_operator_take(self, line: str, instead: str, project: Project) -> None:
        assert line in RULE
        project.write("rules/own.yaml", RULE.replace(line, instead))
        assert project.problems_of(environment_text()) == []

    def test_two_files_of_one_kubernetes_name(self, project: Project) -> None:
        for name in ("my-rules", "my_rules"):
            project.write(f"rules/{name}.yaml", RULE)
        assert project.problems_of(environment_text()) == [
            "values/rules/my_rules.yaml:1: file: would have the Kubernetes name of values/rules/my-rules.yaml, my-rules; rename one of them"
        ]

    def test_two_groups_of_one_name(self, project: Project) -> None:
        project.write("rules/own.yaml", RULE + RULE.replace("groups:\n", ""))
        assert project.problems_of(environment_text()) == [
            "values/rules/own.yaml:12: groups[1].name: own is the name of an earlier group"
        ]

    def test_file_that_does_not_exist(self, project: Project) -> None:
        project.write("rules/own.yaml", RULE)
        project.refuses(
            "kube_prom_stack.alert_rules.files[1]: there is no file 'theirs'; there are: own",
            kube_prom_stack=section("alert_rules", "files: [own,\n  theirs] # <-"),
        )
