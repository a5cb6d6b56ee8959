"""Which files are environments, how their problems are reported, and what they may not have in common."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.core.problems import MOST_PROBLEMS
from config.loading import ConfigurationError, load_environments
from config.monitoring.values.values_files import read_values
from config.paths import ROOT
from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.core.project import Project

FILE = "values/environments/dev.yaml"


class TestShippedEnvironments:
    def test_load(self) -> None:
        names = [environment.name for environment in load_environments(ROOT / "values" / "environments")]
        assert names == sorted(names)
        assert {"dev", "prod"} <= set(names)

    def test_load_by_a_relative_path(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(ROOT / "values")
        assert load_environments(Path("environments")) == load_environments(ROOT / "values" / "environments")

    def test_load_without_what_only_others_need(self) -> None:
        """Start-up is quick because loading imports nothing that only mistakes or tests need."""
        program = (
            "import sys; from pathlib import Path; from config.loading import load_environments\n"
            "load_environments(Path('values/environments'))\n"
            "print([name for name in ('difflib', 'botocore', 'jsonschema', 'config.schema') if name in sys.modules])"
        )
        result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
        assert result.stdout == "[]\n"


class TestFiles:
    def test_sorted_by_name(self, project: Project) -> None:
        for name in ("prod", "a-b", "dev"):
            text = environment_text().replace("name: dev", f"name: {name}")
            project.write(f"environments/{name}.yaml", text)
        assert [environment.name for environment in project.load()] == ["a-b", "dev", "prod"]

    def test_fails_without_directory(self, project: Project) -> None:
        assert project.problems() == ["values/environments:1: file: cannot be read: No such file or directory"]

    def test_fails_without_environment(self, project: Project) -> None:
        project.write("environments/README.md", "hello")
        assert project.problems() == ["values/environments:1: file: has no environment; write one to <name>.yaml"]

    @pytest.mark.parametrize("name", ["prod.yml", "prod.YAML", "prod.YML"])
    def test_fails_with_other_suffix(self, project: Project, name: str) -> None:
        project.write(f"environments/{name}", environment_text())
        assert project.problems_of(environment_text()) == [
            f"values/environments/{name}:1: file: is not read; name it <environment>.yaml"
        ]

    def test_hidden_files_are_left_out(self, project: Project) -> None:
        project.write("environments/.#dev.yaml", "rubbish: [")
        assert project.problems_of(environment_text()) == []

    def test_fails_when_name_is_not_the_files(self, project: Project) -> None:
        assert project.problems_of(environment_text(), name="prod") == [
            "values/environments/prod.yaml:1: name: 'dev' is not the name of the file; rename one, or write prod"
        ]

    def test_strange_file_names_stay_on_one_line(self, project: Project) -> None:
        (problem, *_) = project.problems_of("", name="a\nb")
        assert problem == "'values/environments/a\\nb.yaml':1: file: is empty"


class TestProblems:
    def test_of_all_files_are_told_in_order(self, project: Project) -> None:
        project.write("environments/b.yaml", "")
        top = "name: a\naccount_id: x\nnonsense: 1"
        project.write("environments/a.yaml", environment_text(top=top, network="zones: x", cluster="version: 1.30"))
        assert [problem.split(": ")[:2] for problem in project.problems()] == [
            ["values/environments/a.yaml:3", "account_id"],
            ["values/environments/a.yaml:4", "nonsense"],
            ["values/environments/a.yaml:6", "network.zones"],
            ["values/environments/a.yaml:11", "cluster.version"],
            ["values/environments/b.yaml:1", "file"],
        ]

    def test_error_carries_them(self, project: Project) -> None:
        project.write("environments/dev.yaml", "")
        with pytest.raises(ConfigurationError) as raised:
            project.load()
        assert [str(problem) for problem in raised.value.problems] == [f"{FILE}:1: file: is empty"]

    def test_of_rubbish_are_cut_short(self, project: Project) -> None:
        text = environment_text(tags="\n".join(f"k{number}: {number}" for number in range(MOST_PROBLEMS + 100)))
        problems = project.problems_of(text)
        assert len(problems) == MOST_PROBLEMS + 1
        assert f"{FILE}:1: file: 100 more problems are not shown" in problems

    def test_of_reading_are_cut_short(self, project: Project) -> None:
        text = environment_text(tags="\n".join(f"k{number}: no" for number in range(MOST_PROBLEMS + 100)))
        problems = project.problems_of(text)
        assert len(problems) == MOST_PROBLEMS + 1
        assert problems[-1] == f"{FILE}:{10 + MOST_PROBLEMS}: file: is not read further after {MOST_PROBLEMS} problems"

    def test_of_reading_are_told_beside_wrong_syntax(self, project: Project) -> None:
        assert project.problems_of("name: dev\nname: x\nregion: 'us-east-2\n") == [
            f"{FILE}:2: name: is given twice, first on line 1; keep one",
            f"{FILE}:3: file: a quote that opens here is never closed",
        ]


class TestWording:
    def test_unknown_key(self, project: Project) -> None:
        project.refuses(
            "network.flow_logs.retention_day: unknown key; did you mean `retention_days`? "
            "allowed: enabled, retention_days, traffic_type",
            network="flow_logs:\n  retention_day: 30 # <-",
        )

    def test_unknown_key_unlike_any(self, project: Project) -> None:
        project.refuses(
            "network.flow_logs.x: unknown key; allowed: enabled, retention_days, traffic_type",
            network="flow_logs: {x: 30} # <-",
        )

    def test_unknown_key_in_mapping_and_list(self, project: Project) -> None:
        project.refuses(
            "cluster.node_groups.general.taints[0].vlaue: unknown key; did you mean `value`? allowed: effect, key, value",
            cluster="node_groups:\n  general:\n    taints:\n    - {key: a, effect: NO_SCHEDULE, vlaue: b} # <-",
        )

    def test_unknown_key_in_backend(self, project: Project) -> None:
        project.refuses(
            "backend.buckets: unknown key; did you mean `bucket`? allowed: assume_role, bucket, dynamodb_table, key_prefix, kms_key_arn, profile, region, type",
            backend="type: s3\nbucket: some-state\nbuckets: x # <-",
        )

    def test_missing_key_is_told_at_its_mapping(self, project: Project) -> None:
        text = environment_text().replace("  zones: [us-east-2a, us-east-2b]", "  nat_gateways: single")
        assert project.problems_of(text) == [
            (
                f"{FILE}:3: network.zones: is missing: Availability zones, at least two, in any order; "
                "each gets a private and a public subnet."
            )
        ]

    def test_missing_key_in_list(self, project: Project) -> None:
        project.refuses(
            "cluster.node_groups.general.taints[1].effect: is missing: Effect of the taint.",
            cluster="node_groups:\n  general:\n    taints:\n    - {key: a, effect: NO_SCHEDULE}\n    - {key: b} # <-",
        )

    def test_section_without_value(self, project: Project) -> None:
        text = environment_text() + "csi_addon:\n"
        assert project.problems_of(text) == [
            f"{FILE}:9: csi_addon: has no value; a mapping is needed; remove the key to take the defaults"
        ]

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("zones: us-east-2a", "zones: 'us-east-2a' is text; a list is needed"),
            ("zones: {a: b}", "zones: is a mapping; a list is needed"),
            ("zones: 3", "zones: 3 is a number; a list is needed"),
            ("flow_logs: true", "flow_logs: true is a boolean; a mapping is needed"),
            ("flow_logs: [a]", "flow_logs: is a list; a mapping is needed"),
            ("flow_logs: {enabled: 'true'}", "flow_logs.enabled: 'true' is text, true or false is needed; write true without quotes"),
            ("flow_logs: {enabled: 1}", "flow_logs.enabled: 1 is a number; true or false is needed"),
            ("flow_logs: {enabled: }", "flow_logs.enabled: has no value; true or false is needed"),
            ("flow_logs: {retention_days: '30'}", "flow_logs.retention_days: '30' is text, a whole number is needed; write 30 without quotes"),
            ("flow_logs: {retention_days: 1.5}", "flow_logs.retention_days: 1.5 is a number; a whole number is needed"),
            ("flow_logs: {retention_days: 30.0}", "flow_logs.retention_days: 30.0 is a number; a whole number is needed"),
            ("nat_gateways: none of them", "nat_gateways: 'none of them' is not allowed; allowed: single, per_zone, none, unmanaged"),
            ("nat_gateways: per-zone", "nat_gateways: 'per-zone' is not allowed; did you mean `per_zone`? allowed: single, per_zone, none, unmanaged"),
            ("nat_gateways: 3", "nat_gateways: 3 is not allowed; allowed: single, per_zone, none, unmanaged"),
            ("nat_gateways: ~", "nat_gateways: has no value; allowed: single, per_zone, none, unmanaged"),
        ],
    )  # fmt: skip
    def test_wrong_type(self, project: Project, line: str, message: str) -> None:
        project.refuses(f"network.{message}", network=f"{line} # <-")

    def test_long_values_are_cut(self, project: Project) -> None:
        project.refuses(
            f"account_id: {'x' * 80!r}… has 5000 characters; at most 1024 are allowed",
            top=f"account_id: {'x' * 5000} # <-",
        )

    def test_line_breaks_stay_on_one_line(self, project: Project) -> None:
        project.refuses(
            "account_id: 'a\\nb' is not an AWS account id: 12 digits, in quotes", top='account_id: "a\\nb" # <-'
        )

    def test_strange_keys_are_quoted(self, project: Project) -> None:
        project.refuses('tags."a.b": 1 is a number, text is needed; put it in quotes: "1"', tags="a.b: 1 # <-")


class TestNeighbours:
    def write(self, project: Project, name: str, cluster: str, account: str | None = None) -> None:
        top = f"name: {name}" + ("" if account is None else f'\naccount_id: "{account}"')
        project.write(f"environments/{name}.yaml", environment_text(top=top, cluster=f"name: {cluster}"))

    def test_fail_with_one_cluster_name(self, project: Project) -> None:
        self.write(project, "dev", "a-gd9")
        self.write(project, "dev-a", "gd9")
        assert project.problems() == [
            (
                "values/environments/dev.yaml:8: cluster.name: the cluster would be called dev-a-gd9, "
                "like that of environment dev-a"
            )
        ]

    def test_fail_with_one_cluster_name_in_one_account(self, project: Project) -> None:
        self.write(project, "dev", "a-gd9", "111122223333")
        self.write(project, "dev-a", "gd9", "111122223333")
        assert len(project.problems()) == 1

    def test_may_share_a_cluster_name_in_two_accounts(self, project: Project) -> None:
        self.write(project, "dev", "a-gd9", "111122223333")
        self.write(project, "dev-a", "gd9", "444455556666")
        assert project.problems() == []


class TestWorkspaces:
    CLOUD = "backend: {{type: cloud, organization: {}, workspace_prefix: {}}}"

    def write(self, project: Project, name: str, organization: str, prefix: str) -> None:
        top = f"name: {name}\n{self.CLOUD.format(organization, prefix)}"
        project.write(f"environments/{name}.yaml", environment_text(top=top, cluster=f"name: {name}"))

    def test_of_two_environments_have_different_names(self, project: Project) -> None:
        self.write(project, "a", "acme", "eks-")
        self.write(project, "eks-a", "acme", '""')
        (problem,) = project.problems()
        assert problem.endswith("backend.workspace_prefix: gives workspaces the names of those of environment a")

    @pytest.mark.parametrize(("organization", "prefix"), [("other", '""'), ("acme", "x-")])
    def test_may_have_one_name_in_two_organizations(self, organization: str, prefix: str, project: Project) -> None:
        self.write(project, "a", "acme", "eks-")
        self.write(project, "eks-a", organization, prefix)
        assert project.problems() == []


class TestValuesFiles:
    def test_are_read(self, project: Project) -> None:
        project.write("team/extra.yaml", "grafana: {replicas: 2}\nlist: [1, 2.5, null, true, '1']\n")
        environment = project.environment(kube_prom_stack="values_files: [team/extra.yaml]")
        (name,) = environment.kube_prom_stack.values_files
        expected = {"grafana": {"replicas": 2}, "list": [1, 2.5, None, True, "1"]}
        assert read_values(name, project.values) == expected
        assert read_values(name, project.values) is not read_values(name, project.values)

    def test_shared_one_is_read_by_default_from_this_project(self) -> None:
        assert read_values("kube-prometheus-stack.yaml")["crds"]

    def test_fail_when_missing(self, project: Project) -> None:
        project.refuses(
            "kube_prom_stack.values_files[1]: values/nowhere.yaml does not exist",
            kube_prom_stack="values_files:\n- kube-prometheus-stack.yaml\n- nowhere.yaml # <-",
        )

    @pytest.mark.parametrize("path", ["/etc/x.yaml", "../x.yaml", "a/../../x.yaml", "x.json"])
    def test_fail_outside(self, project: Project, path: str) -> None:
        project.refuses(
            f"kube_prom_stack.values_files[0]: {path!r} is not a YAML file below values/, as a relative path",
            kube_prom_stack=f"values_files: [{path}] # <-",
        )

    def test_fail_when_shared_one_is_missing(self, project: Project) -> None:
        (project.values / "kube-prometheus-stack.yaml").unlink()
        assert project.problems_of(environment_text()) == ["values/kube-prometheus-stack.yaml:1: file: does not exist"]

    def test_fail_when_not_a_mapping(self, project: Project) -> None:
        project.write("extra.yaml", "- a\n")
        text = environment_text(kube_prom_stack="values_files: [extra.yaml]")
        assert project.problems_of(text) == [
            "values/extra.yaml:1: file: is not a mapping; values are keys and what they hold"
        ]

    def test_fail_when_read_twice_as_wrong(self, project: Project) -> None:
        project.write("extra.yaml", "a: 1\na: 2\n")
        with pytest.raises(
            ConfigurationError, match=re.escape("values/extra.yaml:2: a: is given twice, first on line 1")
        ):
            read_values("extra.yaml", project.values)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            (
                "prometheus:\n  serviceAccount: {name: x}\n",
                "2: prometheus.serviceAccount: is fixed: the IAM role of Prometheus trusts a service account of that name",
            ),
            (
                "prometheus:\n  prometheusSpec:\n    ruleSelector: {}\n",
                "3: prometheus.prometheusSpec.ruleSelector: is decided by kube_prom_stack.monitor_label; change it there",
            ),
            (
                "prometheus:\n  prometheusSpec:\n    probeNamespaceSelector: {}\n",
                (
                    "3: prometheus.prometheusSpec.probeNamespaceSelector: is decided by kube_prom_stack.namespace_label; "
                    "change it there"
                ),
            ),
            (
                "alertmanager: {alertmanagerSpec: {storage: {}}}\n",
                (
                    "1: alertmanager.alertmanagerSpec.storage: is decided by kube_prom_stack.alertmanager.volume_gib; "
                    "change it there"
                ),
            ),
            (
                "global:\n  imageRegistry: x\n",
                "2: global.imageRegistry: is decided by kube_prom_stack.image_registry; change it there",
            ),
            ("prometheus: null\n", "1: prometheus: is not a mapping; it would take away what settings put below it"),
            (
                "a: 1\nprometheus: {prometheusSpec: []}\n",
                "2: prometheus.prometheusSpec: is not a mapping; it would take away what settings put below it",
            ),
        ],
    )
    @pytest.mark.parametrize("file", ["extra.yaml", "kube-prometheus-stack.yaml"])
    def test_fail_with_what_is_decided_elsewhere(self, project: Project, file: str, text: str, problem: str) -> None:
        project.write(file, text)
        problems = project.problems_of(environment_text(kube_prom_stack=f"values_files: [{file}]"))
        assert problems == [f"values/{file}:{problem}"]

    def test_are_checked_while_the_environment_is_wrong(self, project: Project) -> None:
        project.write("extra.yaml", "fullnameOverride: x\n")
        text = environment_text(top="account_id: x", kube_prom_stack="values_files: [extra.yaml]")
        assert [problem.partition(" ")[0] for problem in project.problems_of(text)] == [
            f"{FILE}:3:",
            "values/extra.yaml:1:",
        ]
