"""What is outside of the sections, and the sections that are small: tags, backend, csi_addon, kube_prom_stack."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.backend import CloudBackend, LocalBackend, S3Backend
from config.core import aws
from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.core.project import Project

KEY = "arn:aws:kms:us-east-2:111122223333:key/1234"


class TestName:
    @pytest.mark.parametrize("name", ["Dev", "1dev", "dev-", "de_v", "dëv"])
    def test_fails_with_other_characters(self, project: Project, name: str) -> None:
        text = environment_text(top=f"name: {name}")
        assert project.problems_of(text, name=name) == [
            (
                f"values/environments/{name}.yaml:{2}: name: {name!r} is not an environment name "
                "(lower-case letters, digits, inner dashes)"
            )
        ]

    def test_fails_when_long(self, project: Project) -> None:
        name = "x" * 17
        (problem,) = project.problems_of(environment_text(top=f"name: {name}"), name=name)
        assert problem.endswith(f"name: {name!r} has 17 characters; at most 16 are allowed")


class TestRegion:
    def test_partition(self, project: Project) -> None:
        text = environment_text(top="region: cn-north-1", network="zones: [cn-north-1a, cn-north-1b]")
        project.write("environments/dev.yaml", text)
        assert aws.partition_of(str(project.load()[0].region)) == "aws-cn"

    def test_fails_when_unknown(self, project: Project) -> None:
        problems = project.problems_of(environment_text(top="region: us-east2"))
        assert problems[0].startswith(
            "values/environments/dev.yaml:2: region: 'us-east2' is not a region with EKS; did you mean `us-east-2`? allowed: af-"
        )
        assert len(problems) == 1


class TestAccountId:
    def test_set(self, project: Project) -> None:
        assert project.environment(top='account_id: "012345678901"').account_id == "012345678901"

    def test_fails_as_number(self, project: Project) -> None:
        project.refuses(
            'account_id: 112345678901 is a number, text is needed; put it in quotes: "112345678901"',
            top="account_id: 112345678901 # <-",
        )

    @pytest.mark.parametrize("account_id", ["1234", "٠١٢٣٤٥٦٧٨٩٠١"])
    def test_fails_with_other_characters(self, project: Project, account_id: str) -> None:
        project.refuses(
            f"account_id: {account_id!r} is not an AWS account id: 12 digits, in quotes",
            top=f'account_id: "{account_id}" # <-',
        )


class TestTags:
    def test_set(self, project: Project) -> None:
        environment = project.environment(tags="Übung / team: 'a b@c=d'\nproject: gd9")
        assert environment.tags == {"Übung / team": "a b@c=d", "project": "gd9"}
        assert environment.labels == {"project": "gd9"}

    @pytest.mark.parametrize("key", ["environment", "Environment", "managed-by", "MANAGED-BY"])
    def test_fails_with_reserved_key(self, project: Project, key: str) -> None:
        project.refuses(f"tags.{key}: is set by this project itself", tags=f"{key}: x # <-")

    def test_fails_with_keys_that_iam_takes_for_one(self, project: Project) -> None:
        project.refuses(
            "tags.Team: differs from another key in upper and lower case only, which IAM refuses",
            tags="team: a\nTeam: b # <-",
        )

    @pytest.mark.parametrize("key", ["aws:x", "AWS:x", "a*b", "k" * 129])
    def test_fails_with_other_key(self, project: Project, key: str) -> None:
        (problem,) = project.problems_of(environment_text(tags=f'"{key}": x'))
        assert problem.endswith(
            " is not a tag key: 1 to 128 letters, digits, spaces and _.:/=+-@, not starting with aws:"
        )

    @pytest.mark.parametrize("value", ["a;b", "${x}", "v" * 257])
    def test_fails_with_other_value(self, project: Project, value: str) -> None:
        (problem,) = project.problems_of(environment_text(tags=f'a: "{value}"'))
        assert problem.endswith(" is not a tag value: at most 256 letters, digits, spaces and _.:/=+-@")

    def test_fails_with_too_many(self, project: Project) -> None:
        tags = ", ".join(f"k{number}: v" for number in range(41))
        project.refuses("tags: 41 given; at most 40 are allowed", top=f"tags: {{{tags}}} # <-")


class TestBackend:
    def test_default(self, project: Project) -> None:
        assert project.environment().backend == LocalBackend()

    def test_s3(self, project: Project) -> None:
        backend = project.environment(backend=f"type: s3\nbucket: my-state\nkms_key_arn: {KEY}").backend
        assert isinstance(backend, S3Backend)
        assert (backend.bucket, backend.region, backend.key_prefix) == ("my-state", None, "")

    def test_cloud(self, project: Project) -> None:
        environment = project.environment(backend="type: cloud\norganization: acme")
        assert isinstance(environment.backend, CloudBackend)
        assert environment.provider_login == "token"

    def test_login_is_exec_elsewhere(self, project: Project) -> None:
        assert project.environment().provider_login == "exec"

    def test_login_by_choice(self, project: Project) -> None:
        assert project.environment(top="kubernetes_auth: token").provider_login == "token"

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ("type: gcs # <-", "backend.type: 'gcs' is not one of the kinds; allowed: local, s3, cloud"),
            ("type: 3 # <-", "backend.type: 3 is not one of the kinds; allowed: local, s3, cloud"),
            ("type: local\nbucket: x # <-", "backend.bucket: unknown key; allowed: type"),
            ("type: s3\nbucket: My-State # <-", "backend.bucket: 'My-State' is not an S3 bucket name: 3 or more lower-case letters, digits, inner dots and dashes, without what S3 reserves"),
            ("type: s3\nbucket: 10.0.0.1 # <-", "backend.bucket: '10.0.0.1' is not an S3 bucket name: 3 or more lower-case letters, digits, inner dots and dashes, without what S3 reserves"),
            ("type: s3\nbucket: a..b # <-", "backend.bucket: 'a..b' is not an S3 bucket name: 3 or more lower-case letters, digits, inner dots and dashes, without what S3 reserves"),
            ("type: s3\nbucket: xn--state # <-", "backend.bucket: 'xn--state' is not an S3 bucket name: 3 or more lower-case letters, digits, inner dots and dashes, without what S3 reserves"),
            (f"type: s3\nbucket: {'b' * 64} # <-", f"backend.bucket: {'b' * 64!r} has 64 characters; at most 63 are allowed"),
            ("type: s3\nbucket: my-state\nkey_prefix: eks # <-", "backend.key_prefix: 'eks' is not a key prefix: empty, or parts that end with /"),
            (f"type: s3\nbucket: my-state\nregion: eu-west-1\nkms_key_arn: {KEY} # <-", f"backend.kms_key_arn: {KEY} is not a key of region eu-west-1"),
            ("type: cloud\norganization: a b # <-", "backend.organization: 'a b' is not an organization name (letters, digits, - and _)"),
            ("type: cloud\norganization: a\nhostname: https://x # <-", "backend.hostname: 'https://x' is not a host name"),
        ],
    )  # fmt: skip
    def test_fails(self, project: Project, lines: str, message: str) -> None:
        project.refuses(message, backend=lines)

    def test_fails_without_type(self, project: Project) -> None:
        assert project.problems_of(environment_text(backend="bucket: my-state")) == [
            "values/environments/dev.yaml:9: backend.type: is missing; allowed: local, s3, cloud"
        ]

    def test_fails_without_bucket(self, project: Project) -> None:
        assert project.problems_of(environment_text(backend="type: s3")) == [
            (
                "values/environments/dev.yaml:9: backend.bucket: is missing: "
                "Name of the bucket; `make state-bucket ENV=<name>` creates it."
            )
        ]


class TestCsiAddon:
    @pytest.mark.parametrize("key", ["aws-managed", "customer-managed", KEY])
    def test_kms_key(self, project: Project, key: str) -> None:
        assert project.environment(csi_addon=f"kms_key: {key}").csi_addon.kms_key == key

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ("kms_key: own # <-", "kms_key: 'own' is not aws-managed, customer-managed or the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID)"),
            (f"kms_key: {KEY.replace('east', 'west')} # <-", f"kms_key: {KEY.replace('east', 'west')} is not a key of region us-east-2"),
            ("storage_class:\n  name: Gp3 # <-", "storage_class.name: 'Gp3' is not a Kubernetes name (lower-case letters, digits, inner dashes)"),
            ("storage_class:\n  iops: 2999 # <-", "storage_class.iops: 2999 is below 3000, the least that is allowed"),
            ("storage_class:\n  throughput_mib: 2001 # <-", "storage_class.throughput_mib: 2001 is above 2000, the most that is allowed"),
            ("storage_class:\n  throughput_mib: 1000 # <-", "storage_class.throughput_mib: 1000 needs at least 4000 iops, 3000 are set"),
            ("addon: {configuration: {controller: 3}} # <-", "addon.configuration.controller: is not a mapping"),
        ],
    )  # fmt: skip
    def test_fails(self, project: Project, lines: str, message: str) -> None:
        project.refuses(f"csi_addon.{message}", csi_addon=lines)


class TestKubePromStack:
    @pytest.mark.parametrize("repository", ["https://charts.example.com", "oci://registry.example.com/charts"])
    def test_chart_repository(self, project: Project, repository: str) -> None:
        assert (
            project.environment(kube_prom_stack=f"chart_repository: {repository}").kube_prom_stack.chart_repository
            == repository
        )

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ("chart_version: 88.5 # <-", 'chart_version: 88.5 is a number, text is needed; put it in quotes: "88.5"'),
            ('chart_version: "88" # <-', "chart_version: '88' is not an exact chart version like 1.2.3, in quotes"),
            ("chart_repository: charts # <-", "chart_repository: 'charts' is not a chart repository: https://… or oci://…"),
            ("image_registry: https://x # <-", "image_registry: 'https://x' is not an image registry: a host, optional port and path"),
            ("timeout_seconds: 10 # <-", "timeout_seconds: 10 is below 60, the least that is allowed"),
        ],
    )  # fmt: skip
    def test_fails(self, project: Project, lines: str, message: str) -> None:
        project.refuses(f"kube_prom_stack.{message}", kube_prom_stack=lines)
