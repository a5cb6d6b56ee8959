"""Physical names: what fits stays as it is, everything else becomes a name that fits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.core.naming import IAM_ROLE, S3_BUCKET, SECURITY_GROUP, PhysicalName, bucket_of_account

KINDS = [IAM_ROLE, S3_BUCKET, SECURITY_GROUP]
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = re.compile(r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
PART = st.from_regex(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}", fullmatch=True)


def test_what_fits_is_used_as_it_is() -> None:
    assert IAM_ROLE.of("dev-gd9", "ebs-csi-driver") == "dev-gd9-ebs-csi-driver"
    assert SECURITY_GROUP.of("dev", "vpc-endpoints") == "dev-vpc-endpoints"
    assert bucket_of_account("123456789012", "dev-gd9", "thanos") == "dev-gd9-thanos-123456789012"


def test_what_does_not_fit_is_changed_as_little_as_possible() -> None:
    assert SECURITY_GROUP.of("sg", "vpc-endpoints") == "eks-sg-vpc-endpoints"
    assert bucket_of_account("123456789012", "My_Cluster", "thanos") == "my-cluster-thanos-123456789012"
    assert bucket_of_account("${x.account_id}", "c" * 100, "thanos") == f"{'c' * 43}-de0933-${{x.account_id}}"
    assert IAM_ROLE.of("c" * 100, "prometheus") == f"{'c' * 57}-f20fe9"


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("xn--a", "eks-xn--a"), ("sthree-a", "eks-sthree-a"), ("amzn-s3-demo-a", "eks-amzn-s3-demo-a"),
        ("shop.logs", "shop-logs"), ("SHOP", "shop"),
    ],
)  # fmt: skip
def test_what_s3_refuses_is_left_out(wanted: str, name: str) -> None:
    assert S3_BUCKET.of(wanted) == name


@pytest.mark.parametrize("kind", KINDS)
@given(parts=st.lists(PART, min_size=1, max_size=3))
def test_every_name_fits(kind: PhysicalName, parts: list[str]) -> None:
    name = kind.of(*parts)
    assert re.fullmatch(rf"[{kind.characters}]{{1,{kind.max_length}}}", name)
    assert not name.lower().startswith(kind.reserved)
    assert kind.of(name) == name


@given(cluster=PART)
def test_every_bucket_is_one_that_s3_takes(cluster: str) -> None:
    assert BUCKET.fullmatch(bucket_of_account("123456789012", cluster, "thanos"))


@given(first=PART, second=PART)
def test_names_that_differ_stay_different_when_they_are_shortened(first: str, second: str) -> None:
    long, other = first.ljust(120, "a"), second.ljust(120, "b")
    assert (IAM_ROLE.of(long) == IAM_ROLE.of(other)) == (long == other)


def test_a_reference_is_no_name() -> None:
    with pytest.raises(ValueError, match="is a reference"):
        IAM_ROLE.of("${aws_eks_cluster.this.name}", "prometheus")
