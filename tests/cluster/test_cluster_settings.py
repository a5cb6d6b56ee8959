"""The cluster section: defaults, and what EKS would refuse or nobody could use."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from config import versions
from config.cluster.instance_types import architecture_of
from config.core import aws
from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.core.project import Project


def node_group(lines: str) -> str:
    """Return the lines of a cluster section whose only node group has these settings."""
    return "node_groups:\n  general:\n" + "\n".join(f"    {line}" for line in lines.splitlines())


class TestName:
    def test_is_part_of_the_clusters(self, project: Project) -> None:
        assert project.environment(cluster="name: gd9").cluster_name == "dev-gd9"

    @pytest.mark.parametrize("name", ["-gd9", "gd_9", "gd.9", "gdü"])
    def test_fails_with_other_characters(self, project: Project, name: str) -> None:
        project.refuses(
            f"cluster.name: {name!r} is not a cluster name (letters, digits, -)", cluster=f'name: "{name}" # <-'
        )

    def test_fails_when_long(self, project: Project) -> None:
        name = "x" * 31
        project.refuses(
            f"cluster.name: {name!r} has 31 characters; at most 30 are allowed", cluster=f"name: {name} # <-"
        )


class TestVersion:
    def test_default(self, project: Project) -> None:
        assert project.environment(today=date(2026, 8, 22)).cluster.version == versions.KUBERNETES

    @pytest.mark.parametrize("version", aws.KUBERNETES_SUPPORT)
    def test_set(self, project: Project, version: str) -> None:
        today = aws.KUBERNETES_SUPPORT[version].extended_ends
        assert project.environment(cluster=f'version: "{version}"', today=today).cluster.version == version

    @pytest.mark.parametrize("version", ["1.26", "1.3", "2.0", "1.350", "latest", "v1.35"])
    def test_fails_when_unknown(self, project: Project, version: str) -> None:
        project.refuses(
            f"cluster.version: {version!r} is no Kubernetes version that this release knows; "
            'allowed: "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", and others of EKS with allow_unlisted_version',
            cluster=f'version: "{version}" # <-',
        )

    @pytest.mark.parametrize("version", ["1.26", "1.37"])
    def test_older_and_newer_ones_are_permitted_by_name(self, project: Project, version: str) -> None:
        cluster = f'allow_unlisted_version: true\nversion: "{version}"'
        assert project.environment(cluster=cluster).cluster.version == version

    @pytest.mark.parametrize("version", ["1.3", "latest", "1.350"])
    def test_what_is_no_version_is_not(self, project: Project, version: str) -> None:
        (problem,) = project.problems_of(
            environment_text(cluster=f'allow_unlisted_version: true\nversion: "{version}"')
        )
        assert f"{version!r} is no Kubernetes version" in problem

    def test_fails_as_number(self, project: Project) -> None:
        project.refuses(
            'cluster.version: 1.30 is a number, text is needed; put it in quotes: "1.30"', cluster="version: 1.30 # <-"
        )

    @pytest.mark.parametrize(
        ("today", "support", "told"),
        [
            (date(2027, 1, 26), "EXTENDED", ""),
            (
                date(2027, 1, 27),
                "EXTENDED",
                "standard support of 1.35 ends on 2027-03-27; until the upgrade the control plane costs 0.60 USD an hour",
            ),
            (
                date(2027, 1, 27),
                "STANDARD",
                "standard support of 1.35 ends on 2027-03-27; EKS upgrades the cluster then",
            ),
            (date(2028, 3, 29), "EXTENDED", "EKS ended its support of 1.35 on 2028-03-27 and upgrades it"),
        ],
    )
    def test_the_end_of_support_is_told_and_stops_nothing(
        self, today: date, support: str, told: str, project: Project, capsys: pytest.CaptureFixture[str]
    ) -> None:
        reached = "endpoint_private_access_cidrs: [10.0.0.0/16]"
        project.environment(cluster=f'version: "1.35"\nsupport_type: {support}\n{reached}', today=today)
        assert told in (error := capsys.readouterr().err)
        assert bool(error) == bool(told)


class TestEndpoint:
    def test_default_is_private(self, project: Project) -> None:
        cluster = project.environment().cluster
        assert (cluster.endpoint_private_access, cluster.endpoint_public_access) == (True, False)

    def test_public_to_named_blocks(self, project: Project) -> None:
        cluster = project.environment(
            cluster="endpoint_public_access: true\nendpoint_public_access_cidrs: [54.240.0.0/24]"
        ).cluster
        assert [str(cidr) for cidr in cluster.endpoint_public_access_cidrs] == ["54.240.0.0/24"]

    def test_fails_when_out_of_reach(self, project: Project) -> None:
        project.refuses(
            "cluster.endpoint_private_access: is false, and so is endpoint_public_access: nothing could reach the API",
            cluster="endpoint_private_access: false # <-",
        )

    def test_fails_when_public_to_nobody_named(self, project: Project) -> None:
        text = environment_text(cluster="endpoint_public_access: true")
        assert project.problems_of(text) == [
            (
                "values/environments/dev.yaml:5: cluster.endpoint_public_access_cidrs: "
                "is empty; name the blocks that may reach the public endpoint"
            )
        ]

    def test_fails_with_blocks_while_private(self, project: Project) -> None:
        project.refuses(
            "cluster.endpoint_public_access_cidrs: has no effect while endpoint_public_access is false",
            cluster="endpoint_public_access_cidrs: [54.240.0.0/24] # <-",
        )

    @pytest.mark.parametrize(
        ("cidr", "message"),
        [
            ("0.0.0.0/0", "0.0.0.0/0 opens the API to everyone; name your own blocks, /8 or smaller"),
            ("0.0.0.0/1", "0.0.0.0/1 opens the API to everyone; name your own blocks, /8 or smaller"),
            ("10.0.0.0/16", "10.0.0.0/16 is not a public block, EKS refuses it"),
            ("192.168.1.0/24", "192.168.1.0/24 is not a public block, EKS refuses it"),
            ("169.254.0.0/16", "169.254.0.0/16 is not a public block, EKS refuses it"),
            ("224.0.0.0/8", "224.0.0.0/8 is not a public block, EKS refuses it"),
        ],
    )
    def test_fails_with_block(self, project: Project, cidr: str, message: str) -> None:
        project.refuses(
            f"cluster.endpoint_public_access_cidrs[0]: {message}",
            cluster=f"endpoint_public_access: true\nendpoint_public_access_cidrs:\n- {cidr} # <-",
        )

    def test_fails_with_too_many_blocks(self, project: Project) -> None:
        cidrs = ", ".join(f"54.240.{number}.0/24" for number in range(41))
        project.refuses(
            "cluster.endpoint_public_access_cidrs: 41 given; EKS takes at most 40",
            cluster=f"endpoint_public_access: true\nendpoint_public_access_cidrs: [{cidrs}] # <-",
        )


class TestServiceIpv4Cidr:
    @pytest.mark.parametrize("cidr", ["10.96.0.0/12", "172.20.0.0/16", "192.168.255.0/24"])
    def test_set(self, project: Project, cidr: str) -> None:
        assert str(project.environment(cluster=f"service_ipv4_cidr: {cidr}").cluster.service_ipv4_cidr) == cidr

    @pytest.mark.parametrize(
        ("cidr", "message"),
        [
            ("10.96.0.0/11", "10.96.0.0/11 is outside the sizes that EKS takes, /12 to /24"),
            ("172.20.0.0/25", "172.20.0.0/25 is outside the sizes that EKS takes, /12 to /24"),
            (
                "100.64.0.0/16",
                "100.64.0.0/16 is not private; take one inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16",
            ),
            ("10.0.0.0/12", "10.0.0.0/12 overlaps network.vpc_cidr 10.0.0.0/16"),
            ("10.0.128.0/24", "10.0.128.0/24 overlaps network.vpc_cidr 10.0.0.0/16"),
        ],
    )
    def test_fails(self, project: Project, cidr: str, message: str) -> None:
        project.refuses(f"cluster.service_ipv4_cidr: {message}", cluster=f"service_ipv4_cidr: {cidr} # <-")


class TestAccess:
    ADMIN = "{principal: role/sre, policies: [{policy: AmazonEKSClusterAdminPolicy}]}"
    NOBODY = (
        "nobody administers the cluster; give an entry AmazonEKSClusterAdminPolicy without namespaces, "
        "or set enable_cluster_creator_admin_permissions"
    )

    def test_administrator_by_entry(self, project: Project) -> None:
        cluster = project.environment(
            cluster=f"enable_cluster_creator_admin_permissions: false\naccess_entries: {{sre: {self.ADMIN}}}"
        ).cluster
        assert cluster.access_entries["sre"].is_cluster_admin()

    def test_fails_without_administrator(self, project: Project) -> None:
        project.refuses(
            f"cluster.access_entries: {self.NOBODY}",
            cluster="enable_cluster_creator_admin_permissions: false\naccess_entries: {} # <-",
        )

    def test_fails_with_administrator_of_some_namespaces(self, project: Project) -> None:
        project.refuses(
            f"cluster.access_entries: {self.NOBODY}",
            cluster="enable_cluster_creator_admin_permissions: false\naccess_entries: {sre: {principal: role/sre, "
            "policies: [{policy: AmazonEKSClusterAdminPolicy, namespaces: [a]}]}} # <-",
        )

    @pytest.mark.parametrize(
        ("entry", "message"),
        [
            ("{principal: role/a}", "cluster.access_entries.a: permits nothing; give policies or kubernetes_groups"),
            (
                "{principal: role/a, kubernetes_groups: ['system:masters']}",
                (
                    "cluster.access_entries.a.kubernetes_groups[0]: 'system:masters' starts with a prefix that EKS reserves "
                    "(system:, eks:, aws:, amazon:, iam:)"
                ),
            ),
            (
                "{principal: role/a, kubernetes_groups: ['']}",
                "cluster.access_entries.a.kubernetes_groups[0]: '' is not the name of a Kubernetes group",
            ),
            (
                "{principal: role/a, policies: [{policy: AmazonEKSViewPolicy}, {policy: AmazonEKSViewPolicy, namespaces: [b]}]}",
                "cluster.access_entries.a.policies[1].policy: is listed twice; join the namespaces in one item",
            ),
            (
                "{principal: role/a, policies: [{policy: AmazonEKSViewPolicy, namespaces: [B]}]}",
                "cluster.access_entries.a.policies[0].namespaces[0]: 'B' is not a namespace, or a prefix with *",
            ),
            (
                "{principal: 'arn:aws:sts::111122223333:assumed-role/a/b', kubernetes_groups: [x]}",
                (
                    "cluster.access_entries.a.principal: 'arn:aws:sts::111122223333:assumed-role/a/b' is not a principal: "
                    "role/NAME, user/NAME, or the ARN of an IAM role or user"
                ),
            ),
            (
                "{principal: 'arn:aws-cn:iam::111122223333:role/a', kubernetes_groups: [x]}",
                (
                    "cluster.access_entries.a.principal: arn:aws-cn:iam::111122223333:role/a is not of aws, "
                    "the partition of region us-east-2"
                ),
            ),
        ],
    )
    def test_fails(self, project: Project, entry: str, message: str) -> None:
        project.refuses(message, cluster=f"access_entries: {{a: {entry}}} # <-")

    def test_fails_with_one_principal_twice(self, project: Project) -> None:
        project.refuses(
            "cluster.access_entries.b.principal: arn:aws:iam::111122223333:role/x has an entry already",
            top='account_id: "111122223333"',
            cluster="access_entries:\n  a: {principal: role/x, kubernetes_groups: [g]}\n"
            "  b: {principal: 'arn:aws:iam::111122223333:role/x', kubernetes_groups: [g]} # <-",
        )

    def test_takes_roles_of_one_name_in_two_accounts(self, project: Project) -> None:
        entries = project.environment(
            top='account_id: "111122223333"',
            cluster="access_entries:\n  a: {principal: role/x, kubernetes_groups: [g]}\n"
            "  b: {principal: 'arn:aws:iam::444455556666:role/path/x', kubernetes_groups: [g]}",
        ).cluster.access_entries
        assert len(entries) == 2


class TestNodeGroups:
    def test_default(self, project: Project) -> None:
        group = project.environment().cluster.node_groups["general"]
        assert (group.min_size, group.desired_size, group.max_size, group.capacity_type) == (1, 2, 3, "ON_DEMAND")

    def test_fails_with_none(self, project: Project) -> None:
        project.refuses(
            "cluster.node_groups: is empty; the add-ons need at least one node group", cluster="node_groups: {} # <-"
        )

    def test_fails_with_long_name(self, project: Project) -> None:
        name = "n" * 64
        project.refuses(
            f"cluster.node_groups.{name}: {name!r} has 64 characters; at most 63 are allowed",
            cluster=f"node_groups:\n  {name}: {{}} # <-",
        )

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ("min_size: 5 # <-", "min_size: 5 is above max_size 3; raise max_size or lower min_size"),
            ("desired_size: 5 # <-", "desired_size: 5 is above max_size 3; raise max_size or lower desired_size"),
            ("desired_size: 0 # <-", "desired_size: 0 is below min_size 1; raise desired_size or lower min_size"),
            ("min_size: -1 # <-", "min_size: -1 is below 0, the least that is allowed"),
            ("max_size: 0 # <-", "max_size: 0 is below 1, the least that is allowed"),
            ("max_size: 451 # <-", "max_size: 451 is above 450, the most that is allowed"),
            ("disk_size_gib: 10 # <-", "disk_size_gib: 10 is below 20, the least that is allowed"),
            ("instance_types: [] # <-", "instance_types: 0 given; 1 to 20 are allowed"),
            ("instance_types: [t3.medium, t3.medium] # <-", "instance_types[1]: t3.medium is listed twice"),
            ("instance_types: [t3] # <-", "instance_types[0]: 't3' is not an instance type like t3.medium"),
            ("instance_types: [m6g.large] # <-", "instance_types[0]: m6g.large is arm64, ami_type AL2023_x86_64_STANDARD is x86_64"),
            ("capacity_type: spot # <-", "capacity_type: 'spot' is not allowed; allowed: ON_DEMAND, SPOT"),
            ("labels: {eks.amazonaws.com/nodegroup: a} # <-", 'labels."eks.amazonaws.com/nodegroup": the prefix eks.amazonaws.com is reserved for Kubernetes and EKS'),
            ("labels: {node.kubernetes.io/role: a} # <-", 'labels."node.kubernetes.io/role": the prefix node.kubernetes.io is reserved for Kubernetes and EKS'),
            ("labels: {a: ''} # <-", "labels.a: '' has 0 characters; at least 1 are allowed"),
            ("labels: {a: 'b c'} # <-", "labels.a: 'b c' is not a Kubernetes label value (letters, digits, inner -_.)"),
            ("labels: {-a: b} # <-", "labels.-a: '-a' is not a Kubernetes label key (an optional DNS prefix and /, then at most 63 letters, digits, inner -_.)"),
            ("taints: [{key: a, effect: NO_SCHEDULE}, {key: a, value: b, effect: NO_SCHEDULE}] # <-", "taints[1]: has the key and effect of an earlier taint"),
            ("taints: [{key: a, effect: NoSchedule}] # <-", "taints[0].effect: 'NoSchedule' is not allowed; allowed: NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE"),
            ("update_config: {} # <-", "update_config: give either max_unavailable or max_unavailable_percentage"),
            ("update_config: {max_unavailable: 1, max_unavailable_percentage: 1} # <-", "update_config: give either max_unavailable or max_unavailable_percentage"),
            ("update_config: {max_unavailable: 101} # <-", "update_config.max_unavailable: 101 is above 100, the most that is allowed"),
        ],
    )  # fmt: skip
    def test_fails(self, project: Project, lines: str, message: str) -> None:
        project.refuses(f"cluster.node_groups.general.{message}", cluster=node_group(lines))

    def test_fails_with_long_label_key(self, project: Project) -> None:
        key = "example.com/" + "k" * 52
        (problem,) = project.problems_of(environment_text(cluster=node_group(f"labels: {{{key}: a}}")))
        assert problem.endswith(": 'example.com/" + "k" * 52 + "' has 64 characters; at most 63 are allowed")

    def test_fails_with_too_many_taints(self, project: Project) -> None:
        taints = ", ".join(f"{{key: k{number}, effect: NO_SCHEDULE}}" for number in range(51))
        project.refuses(
            "cluster.node_groups.general.taints: 51 given; at most 50 are allowed",
            cluster=node_group(f"taints: [{taints}] # <-"),
        )

    def test_arm_images_go_with_arm_types(self, project: Project) -> None:
        lines = "ami_type: AL2023_ARM_64_STANDARD\ninstance_types: [m7g.large, t4g.medium]"
        assert project.environment(cluster=node_group(lines)).cluster.node_groups["general"].instance_types


@pytest.mark.parametrize(
    ("architecture", "instance_types"),
    [
        (
            "arm64",
            (
                "a1.large m6g.large m7gd.large c7gn.large im4gn.large is4gen.large x2gd.large t4g.nano g5g.xlarge hpc7g.4xlarge "
                "r8gb.large i8g.large p6e-gb200.36xlarge"
            ),
        ),
        (
            "x86_64",
            (
                "t3.medium m6i.large g4dn.xlarge g4ad.xlarge g5.xlarge g6e.xlarge gr6.4xlarge m7i-flex.large p5.48xlarge inf2.xlarge "
                "trn1.2xlarge u-6tb1.metal u7i-12tb.224xlarge vt1.3xlarge"
            ),
        ),
    ],
)
def test_architecture_of_instance_types(architecture: str, instance_types: str) -> None:
    assert {architecture_of(instance_type) for instance_type in instance_types.split()} == {architecture}


class TestAddons:
    def test_default(self, project: Project) -> None:
        addons = project.environment().cluster.addons
        assert {addons.vpc_cni.version, addons.kube_proxy.version, addons.coredns.version} == {"default"}

    def test_configuration_is_free(self, project: Project) -> None:
        addons = project.environment(
            cluster="addons: {coredns: {configuration: {replicaCount: 3, list: [1, {a: null}]}}}"
        )
        assert addons.cluster.addons.coredns.configuration == {"replicaCount": 3, "list": [1, {"a": None}]}

    def test_fails_with_other_version(self, project: Project) -> None:
        project.refuses(
            "cluster.addons.coredns.version: 'v1.11' is not default, latest or an add-on version like v1.20.4-eksbuild.2",
            cluster="addons: {coredns: {version: v1.11}} # <-",
        )


class TestLogs:
    def test_default(self, project: Project) -> None:
        cluster = project.environment().cluster
        assert (len(cluster.enabled_log_types), cluster.log_retention_days) == (5, 365)

    def test_fails_when_listed_twice(self, project: Project) -> None:
        project.refuses(
            "cluster.enabled_log_types[1]: api is listed twice", cluster="enabled_log_types: [api, api] # <-"
        )


class TestKmsKey:
    def test_fails_when_no_arn(self, project: Project) -> None:
        project.refuses(
            "cluster.kms_key_arn: 'alias/x' is not the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID)",
            cluster="kms_key_arn: alias/x # <-",
        )

    def test_fails_in_another_region(self, project: Project) -> None:
        key = "arn:aws:kms:us-west-2:111122223333:key/mrk-1234"
        project.refuses(
            f"cluster.kms_key_arn: {key} is not a key of region us-east-2", cluster=f"kms_key_arn: {key} # <-"
        )
