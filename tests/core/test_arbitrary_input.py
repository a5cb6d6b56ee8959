"""Whatever a file holds, loading gives environments or problems with their place, never anything else."""

from __future__ import annotations

import copy
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from config.loading import ConfigurationError, load_environments
from config.paths import SLACK_TEMPLATE, VALUES
from tests.fuzzing import fuzzed

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = (VALUES / "environments" / "dev.yaml").read_text(encoding="utf-8")
SHARED = (VALUES / "kube-prometheus-stack.yaml").read_text(encoding="utf-8")
PART = r'(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*")'
PROBLEM = re.compile(
    rf"values/(?:environments/)?[a-z-]+\.yaml:[1-9][0-9]*: (?:{PART}|\[[0-9]+\])(?:\.{PART}|\[[0-9]+\])*: \S.*"
)
JARGON = re.compile(
    r"Input should|pydantic|Value error|Assertion|function-|valid (?:string|integer|dictionary)", re.IGNORECASE
)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory for environments, next to the shared values."""
    values = tmp_path_factory.mktemp("arbitrary") / "values"
    (values / "environments").mkdir(parents=True)
    (values / "kube-prometheus-stack.yaml").write_text(SHARED, encoding="utf-8")
    shutil.copytree(SLACK_TEMPLATE.parent, values / SLACK_TEMPLATE.parent.name)
    return values / "environments"


def check(directory: Path, content: bytes) -> None:
    """Load a `dev.yaml` of this content."""
    (directory / "dev.yaml").write_bytes(content)
    try:
        load_environments(directory)
    except ConfigurationError as error:
        lines = str(error).split("\n")
        assert lines == [line for line in lines if PROBLEM.fullmatch(line)]
        assert [line for line in lines if JARGON.search(line)] == []
        highest = (
            content.count(b"\n") + content.count(b"\r") + content.count(b"\xc2\x85") + content.count(b"\xe2\x80") + 2
        )
        assert all(int(line.split(":")[1]) <= highest for line in lines if "/dev.yaml:" in line)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-3, 500),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["1.30", "no", "null", "10.0.0.0/16", "0.0.0.0/0", "us-east-2a", "arn:aws:iam::1:role/x", "a" * 300, "${x}"]
    ),
)
values = st.recursive(
    scalars,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(["type", "name"]), below, max_size=3)
    ),
    max_leaves=6,
)


def places(data: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return where every key and item of the data is."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, below in items for found in ((*place, key), *places(below, (*place, key)))]


DATA = yaml.safe_load(SHIPPED)
# Every section that a file may have, so that mutations reach the settings that `dev` leaves out.
DATA["cluster"]["access_entries"] = {"sre": {"principal": "role/sre", "policies": [{"policy": "AmazonEKSViewPolicy"}]}}
DATA["cluster"]["node_groups"]["general"]["taints"] = [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}]
DATA["cluster"]["addons"] = {"coredns": {"configuration": {"replicaCount": 2}}}
DATA["backend"] = {"type": "s3", "bucket": "some-state"}
DATA["account_id"] = "111122223333"
PLACES = places(DATA)


@given(st.binary(max_size=300))
@fuzzed
def test_arbitrary_bytes(directory: Path, content: bytes) -> None:
    check(directory, content)


@example("[00")
@given(st.text(alphabet=st.sampled_from(list("abn:-[]{}&*!|>'\"%@`#?,~<=.01_ \t\n\r\\")), max_size=60))
@fuzzed
def test_arbitrary_yaml(directory: Path, text: str) -> None:
    check(directory, text.encode())


@given(st.integers(0, len(SHIPPED)), st.integers(0, 20), st.text(max_size=8))
@fuzzed
def test_shipped_text_cut_and_pasted(directory: Path, position: int, removed: int, inserted: str) -> None:
    text = SHIPPED[:position] + inserted + SHIPPED[position + removed :]
    check(directory, text.encode("utf-8", "surrogatepass"))


@given(st.sampled_from(PLACES), values)
@fuzzed
def test_any_value_anywhere(directory: Path, place: tuple[str | int, ...], value: Any) -> None:
    data = copy.deepcopy(DATA)
    target: Any = data
    for part in place[:-1]:
        target = target[part]
    target[place[-1]] = value
    check(directory, yaml.safe_dump(data, allow_unicode=True).encode("utf-8", "surrogatepass"))


@given(st.lists(st.tuples(st.sampled_from(PLACES), values, st.booleans()), min_size=2, max_size=6))
@fuzzed
def test_many_changes_at_once(directory: Path, changes: list[tuple[tuple[str | int, ...], Any, bool]]) -> None:
    data = copy.deepcopy(DATA)
    for place, value, is_removed in changes:
        target: Any = data
        for part in place[:-1]:
            target = target.get(part) if isinstance(target, dict) else None
        if isinstance(target, dict):
            target.pop(place[-1], None)
            if not is_removed:
                target[place[-1]] = value
    check(directory, yaml.safe_dump(data).encode())


def test_unchanged_data_is_accepted(directory: Path) -> None:
    """The mutations start from something that loads, else they would test little."""
    (directory / "dev.yaml").write_text(yaml.safe_dump(DATA), encoding="utf-8")
    (environment,) = load_environments(directory)
    assert environment.name == "dev"
