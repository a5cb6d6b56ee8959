"""Creating the state bucket, against the recorded shapes of S3's answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.stub import Stubber

from config.core.errors import UsageError
from operations.terraform import state_bucket
from operations.terraform.state_bucket import PUBLIC_ACCESS_BLOCK, StateBucket, StateBucketError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient

ACCOUNT = "123456789012"
OWNED = {"Bucket": "state", "ExpectedBucketOwner": ACCOUNT}
FOUND = {"ResponseMetadata": {"HTTPStatusCode": 200}}
AES256 = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
KMS = {
    "Rules": [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
            "BucketKeyEnabled": True,
        }
    ]
}
DENY = {
    "Sid": "DenyRequestsWithoutTls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::state", "arn:aws:s3:::state/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
FOREIGN = {"Sid": "Audit", "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> str:
    """Write a bucket policy as S3 gives it back."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> BaseClient:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    return botocore.session.get_session().create_client("s3", region_name="eu-west-1")


@pytest.fixture
def stub(s3: BaseClient) -> Iterator[Stubber]:
    """Refuse every request but the expected ones, and check that each of those was made."""
    with Stubber(s3) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def bucket(s3: BaseClient, **changed: str) -> StateBucket:
    defaults: dict[str, Any] = {"name": "state", "region": "eu-west-1", "account_id": ACCOUNT, "kms_key_arn": None}
    return StateBucket(s3=s3, **(defaults | changed))


def answer_as_complete(stub: Stubber, *, encryption: dict[str, Any] = AES256, text: str = policy(DENY)) -> None:
    """Answer the questions that follow the one for the bucket as a bucket does that has everything."""
    stub.add_response("get_bucket_versioning", {"Status": "Enabled"}, OWNED)
    stub.add_response("get_bucket_encryption", {"ServerSideEncryptionConfiguration": encryption}, OWNED)
    stub.add_response("get_public_access_block", {"PublicAccessBlockConfiguration": PUBLIC_ACCESS_BLOCK}, OWNED)
    stub.add_response("get_bucket_policy", {"Policy": text}, OWNED)


def test_creates_a_bucket_with_everything(s3: BaseClient, stub: Stubber) -> None:
    stub.add_client_error("head_bucket", "404", http_status_code=404, expected_params=OWNED)
    location = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    stub.add_response("create_bucket", {}, {"Bucket": "state", **location})
    stub.add_response("head_bucket", FOUND, OWNED)
    stub.add_response("get_bucket_versioning", {}, OWNED)
    stub.add_response("put_bucket_versioning", {}, {**OWNED, "VersioningConfiguration": {"Status": "Enabled"}})
    stub.add_client_error("get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError")
    stub.add_response("put_bucket_encryption", {}, {**OWNED, "ServerSideEncryptionConfiguration": AES256})
    stub.add_client_error("get_public_access_block", "NoSuchPublicAccessBlockConfiguration")
    blocked = {"PublicAccessBlockConfiguration": PUBLIC_ACCESS_BLOCK}
    stub.add_response("put_public_access_block", {}, {**OWNED, **blocked})
    stub.add_client_error("get_bucket_policy", "NoSuchBucketPolicy")
    stub.add_response("put_bucket_policy", {}, {**OWNED, "Policy": policy(DENY)})

    assert list(bucket(s3).create()) == [
        "created in eu-west-1",
        "versioning switched on",
        "encryption set to AES256",
        "public access blocked",
        "requests without TLS denied",
    ]


def test_changes_nothing_on_a_second_run(s3: BaseClient, stub: Stubber) -> None:
    stub.add_response("head_bucket", {}, OWNED)
    stub.add_response("get_bucket_location", {"LocationConstraint": "eu-west-1"}, OWNED)
    answer_as_complete(stub)
    assert list(bucket(s3).create()) == []


def test_us_east_1_is_no_location_constraint(s3: BaseClient, stub: Stubber) -> None:
    stub.add_client_error("head_bucket", "404", http_status_code=404)
    stub.add_response("create_bucket", {}, {"Bucket": "state"})
    stub.add_response("head_bucket", FOUND, OWNED)
    answer_as_complete(stub)
    assert list(bucket(s3, region="us-east-1").create()) == ["created in us-east-1"]


def test_the_key_of_the_environment_encrypts(s3: BaseClient, stub: Stubber) -> None:
    stub.add_response("head_bucket", {}, OWNED)
    stub.add_response("get_bucket_location", {"LocationConstraint": "eu-west-1"}, OWNED)
    stub.add_response("get_bucket_versioning", {"Status": "Enabled"}, OWNED)
    stub.add_response("get_bucket_encryption", {"ServerSideEncryptionConfiguration": AES256}, OWNED)
    stub.add_response("put_bucket_encryption", {}, {**OWNED, "ServerSideEncryptionConfiguration": KMS})
    stub.add_response("get_public_access_block", {"PublicAccessBlockConfiguration": PUBLIC_ACCESS_BLOCK}, OWNED)
    stub.add_response("get_bucket_policy", {"Policy": policy(DENY)}, OWNED)
    assert list(bucket(s3, kms_key_arn=KEY).create()) == [f"encryption set to {KEY}"]


def test_stronger_encryption_of_the_owner_stays(s3: BaseClient, stub: Stubber) -> None:
    stub.add_response("head_bucket", {}, OWNED)
    stub.add_response("get_bucket_location", {"LocationConstraint": "eu-west-1"}, OWNED)
    answer_as_complete(stub, encryption=KMS)
    assert list(bucket(s3).create()) == []


@pytest.mark.parametrize("found", [policy(FOREIGN), json.dumps({"Version": "2012-10-17", "Statement": FOREIGN})])
def test_other_statements_of_the_policy_stay(found: str, s3: BaseClient, stub: Stubber) -> None:
    stub.add_response("head_bucket", {}, OWNED)
    stub.add_response("get_bucket_location", {"LocationConstraint": "eu-west-1"}, OWNED)
    answer_as_complete(stub, text=found)
    stub.add_response("put_bucket_policy", {}, {**OWNED, "Policy": policy(FOREIGN, DENY)})
    assert list(bucket(s3).create()) == ["requests without TLS denied"]


def test_fails_on_a_bucket_of_another_account(s3: BaseClient, stub: Stubber) -> None:
    stub.add_client_error("head_bucket", "403", http_status_code=403)
    with pytest.raises(StateBucketError, match=r"^it belongs to another account, or these credentials may not"):
        list(bucket(s3).create())


def test_fails_on_a_bucket_in_another_region(s3: BaseClient, stub: Stubber) -> None:
    stub.add_response("head_bucket", {}, OWNED)
    stub.add_response("get_bucket_location", {}, OWNED)
    with pytest.raises(
        StateBucketError, match=r"^it exists in us-east-1, and the environment's backend says eu-west-1$"
    ):
        list(bucket(s3).create())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "there is no environment nowhere; did you mean eks-anywhere?"),
        ("prd", "there is no environment prd; did you mean prod?"),
        ("dev", "environment dev keeps its state elsewhere (backend local)"),
    ],
)
def test_fails_with_one_line(name: str, message: str) -> None:
    with pytest.raises(UsageError) as stopped:
        state_bucket.create(name)
    assert str(stopped.value).startswith(message)
