"""Who holds a lock, by what the backend keeps, and how it is released."""

from __future__ import annotations

import io
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import botocore.session
import pytest
from botocore.stub import Stubber

from config.core.errors import UsageError
from operations.aws_session import session_of_state
from operations.terraform import state_backup
from operations.terraform import state_locks as locks
from operations.terraform.events import Diagnostic
from tests.operations.stacks import write_stacks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from operations.selection.synthesized import Stack

# As Terraform 1.11 writes it, with nanoseconds.
NOTE = {
    "ID": "1-2-3",
    "Operation": "OperationTypeApply",
    "Who": "ann@laptop",
    "Created": "2026-01-02T03:04:05.123456789Z",
}
LOCKED = (Diagnostic("error", locks.LOCKED),)


@pytest.fixture
def local(tmp_path: Path) -> Stack:
    """Give a stack with local state, and the folder for it."""
    (tmp_path / ".state").mkdir()
    return write_stacks(tmp_path / "cdktf.out").stacks["dev-network"]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Answer in the place of S3."""
    session = botocore.session.get_session()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    client = session.create_client("s3", region_name="eu-west-1")
    monkeypatch.setattr(type(session), "create_client", lambda *_, **__: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def on_s3(folder: Path) -> Stack:
    return write_stacks(folder, backend="s3").stacks["dev-network"]


def test_the_holder_of_a_lock_in_s3_is_read(s3: Stubber, tmp_path: Path) -> None:
    answer = {"Body": io.BytesIO(json.dumps(NOTE).encode())}
    s3.add_response("get_object", answer, {"Bucket": "b", "Key": "dev-network.tfstate.tflock"})
    lock = locks.held(on_s3(tmp_path))
    assert lock is not None
    assert lock.lock_id == "1-2-3"
    assert str(lock).startswith("OperationTypeApply by ann@laptop, since 2026-01-02 03:04 UTC (")


def test_no_lock_in_s3(s3: Stubber, tmp_path: Path) -> None:
    s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
    assert locks.held(on_s3(tmp_path)) is None


class TestLoginOfTheState:
    """A backend with a profile, a role or a table of its own."""

    SETTINGS: ClassVar[dict[str, Any]] = {"bucket": "b", "key": "dev.tfstate", "region": "eu-west-1"}
    ROLE: ClassVar[dict[str, str]] = {"role_arn": "arn:aws:iam::210987654321:role/states", "external_id": "eks-1"}

    def test_the_profile_of_the_backend_wins(self) -> None:
        session = session_of_state({"profile": "states"}, {"AWS_PROFILE": "mine", "AWS_CONFIG_FILE": "/c"}, "eu-west-1")
        assert session.get_config_variable("profile") == "states"
        assert session.get_config_variable("config_file") == "/c"

    def test_the_role_is_assumed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
        sts = botocore.session.get_session().create_client("sts", region_name="eu-west-1")
        monkeypatch.setattr(botocore.session.Session, "create_client", lambda *_, **__: sts)
        given = {
            "AccessKeyId": "ASIAEXAMPLEEXAMPLE", "SecretAccessKey": "s", "SessionToken": "t",
            "Expiration": datetime(2026, 1, 2, tzinfo=UTC),
        }  # fmt: skip
        asked = {"RoleArn": self.ROLE["role_arn"], "RoleSessionName": "eks", "ExternalId": "eks-1"}
        with Stubber(sts) as stubber:
            stubber.add_response("assume_role", {"Credentials": given}, asked)
            session = session_of_state({"assume_role": self.ROLE}, {}, "eu-west-1")
        credentials = session.get_credentials()
        assert (credentials.access_key, credentials.token) == ("ASIAEXAMPLEEXAMPLE", "t")

    @pytest.mark.parametrize(
        ("item", "who"),
        [({"Info": {"S": json.dumps(NOTE)}}, "OperationTypeApply by ann@laptop"), ({"Digest": {"S": "0"}}, "None")],
    )
    def test_a_lock_in_the_table_alone_is_read(
        self, item: dict[str, Any], who: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
        session = botocore.session.get_session()
        clients = {name: session.create_client(name, region_name="eu-west-1") for name in ("s3", "dynamodb")}
        monkeypatch.setattr(type(session), "create_client", lambda _, name, **__: clients[name])
        stack = on_s3(tmp_path)
        stack.configuration["terraform"]["backend"]["s3"]["dynamodb_table"] = "locks"
        asked = {"TableName": "locks", "Key": {"LockID": {"S": "b/dev-network.tfstate"}}, "ConsistentRead": True}
        with Stubber(clients["s3"]) as s3, Stubber(clients["dynamodb"]) as table:
            s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
            table.add_response("get_item", {"Item": item}, asked)
            assert str(locks.held(stack)).startswith(who)


def test_a_stale_lock_is_explained_with_the_way_out(s3: Stubber, tmp_path: Path) -> None:
    s3.add_response("get_object", {"Body": io.BytesIO(json.dumps(NOTE).encode())})
    *_, note = locks.explained(on_s3(tmp_path), LOCKED)
    assert "ann@laptop" in note.summary
    assert note.summary.endswith("./eks unlock dev-network")


def test_where_the_holder_cannot_be_asked_that_is_said(s3: Stubber, tmp_path: Path) -> None:
    s3.add_client_error("get_object", "AccessDenied", http_status_code=403)
    *_, note = locks.explained(on_s3(tmp_path), LOCKED)
    assert note.summary.startswith("who holds the lock of dev-network could not be found out: ")


def test_other_errors_are_left_alone(local: Stack) -> None:
    other = (Diagnostic("error", "no"),)
    assert locks.explained(local, other) == other


def test_terraform_that_still_runs_here_is_named(local: Stack) -> None:
    (local.folder / "../../../.state/.dev-network.tfstate.lock.info").write_text(json.dumps(NOTE))
    (local.folder / "terraform.pid").write_text(str(os.getpid()))
    *_, note = locks.explained(local, LOCKED)
    assert "by ann@laptop" in note.summary
    assert f"still runs here (process {os.getpid()})" in note.summary


def test_fails_to_release_a_local_lock(local: Stack) -> None:
    terraform: Any = None
    with pytest.raises(UsageError, match=r"ends with its process"):
        locks.release(local, locks.Lock("1", "ann", "apply"), terraform)


class TestBackup:
    def test_local_state_is_copied_and_the_newest_copies_stay(self, local: Stack, tmp_path: Path) -> None:
        state = tmp_path / ".state/dev-network.tfstate"
        copies = []
        for serial in range(state_backup.KEPT + 2):
            state.write_text(str(serial))
            copies.append(state_backup.back_up(local))
        kept = sorted((tmp_path / ".state/backups/dev-network").iterdir())
        assert kept == copies[2:]
        assert [path.read_text() for path in kept][-1] == str(state_backup.KEPT + 1)

    def test_nothing_is_copied_where_there_is_nothing(self, local: Stack, tmp_path: Path) -> None:
        assert state_backup.back_up(local) is None
        assert state_backup.back_up(on_s3(tmp_path / "s3")) is None
