"""What is read of a state: any bytes give a model or an AdoptionError, and empty values are no facts."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adoption.adopt import adopt
from adoption.errors import AdoptionError
from adoption.reading.objects import objects_of, problems_of_objects_in_two_states
from adoption.reading.state_file import parse_state
from adoption.reading.state_programs import Programs
from tests.adoption.conftest import STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.adoption.conftest import Layout

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(STATES.glob("*.json"))}


def parsed(resources: Any, **top: Any) -> Any:
    """Return what a state with some resources says."""
    return parse_state("u", "file", json.dumps({"version": 4, "resources": resources, **top}).encode())


def vpc(**attributes: Any) -> dict[str, Any]:
    """Return a resource."""
    return {"mode": "managed", "type": "aws_vpc", "name": "this", "instances": [{"attributes": attributes}]}


def problem(resources: Any, **top: Any) -> str:
    """Return what is wrong."""
    with pytest.raises(AdoptionError) as refused:
        parsed(resources, **top)
    return str(refused.value)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b"", "is not JSON"),
        (b"[" * 200_000, "is nested too deeply to be a state"),
        (b'{"version": 4, "serial": NaN}', "is not JSON: NaN is not a number of JSON"),
        (b'{"version": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b"[]", "is not a Terraform state"),
        (b'{"version": 5}', "has format version 5; only 4 is understood"),
        (b'{"version": true}', "has format version true; only 4 is understood"),
        (b'{"version": 3}', "has format version 3, of Terraform 0.11 or older"),
        (b'{"version": 4, "lineage": "\\ud800"}', "has half a character"),
        (b'{"encrypted_data": "x"}', "is encrypted by OpenTofu"),
    ],
)
def test_what_is_no_state_is_said(raw: bytes, message: str) -> None:
    with pytest.raises(AdoptionError) as refused:
        parse_state("u", "file", raw)
    assert str(refused.value).startswith(f"file: {message}")


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({}, ""),
        ("x", "file: resources is text, not a list"),
        ([1], "file: resources[0] is a number, not a resource"),
        ([{"mode": "managed"}], "file: resources[0]: type, name is missing or not what a state has there"),
        ([{**vpc(), "name": "a\nb"}], "file: resources[0]: name is missing"),
        ([{**vpc(), "module": "module.a\x00"}], "file: resources[0]: module is missing"),
        ([{**vpc(), "instances": {"a": 1}}], "file: resources[0]: instances is missing"),
        ([{**vpc(), "instances": [{"attributes": []}]}], "aws_vpc.this of u: attributes is a list, not an object"),
        ([vpc(id="vpc\x00")], 'aws_vpc.this of u: id is "vpc\\u0000", which is no id; the state is damaged'),
        ([vpc(tags=["a"])], "aws_vpc.this of u: tags is a list, a map is expected; the state is damaged"),
        ([vpc(cidr_block={"a": 1})], "aws_vpc.this of u: cidr_block is an object, text is expected"),
    ],
)
def test_what_is_damaged_is_said_by_its_place(resources: Any, message: str) -> None:
    if message:
        assert problem(resources).startswith(message)
    else:
        assert parsed(resources).objects == ()


def test_every_damage_is_said_at_once() -> None:
    assert len(problem([vpc(id="a\n", tags=1), 1], serial="x").splitlines()) == 4


def test_what_is_empty_is_nothing() -> None:
    (found,) = parsed([vpc(id="vpc-1", cidr_block="", tags={"a": ""}, ipv4_netmask_length="0")]).objects
    assert found.attributes["cidr_block"] is None
    assert found.attributes["tags"] == {"a": ""}
    assert found.attributes["nowhere"] is None
    assert found.attributes["ipv4_netmask_length"] == 0


def test_an_id_of_an_unknown_type_may_be_anything() -> None:
    unknown = {"mode": "managed", "type": "example_thing", "name": "this", "instances": [{"attributes": {"id": {}}}]}
    state = parsed([unknown, {**unknown, "name": "other"}, vpc(id="vpc-1")])
    assert [one.type for one in objects_of([state])] == ["example_thing", "example_thing", "aws_vpc"]
    assert list(problems_of_objects_in_two_states([state, parsed([unknown])])) == []


def test_who_wrote_it_is_told() -> None:
    provider = 'provider["registry.opentofu.org/hashicorp/aws"]'
    state = parsed([{**vpc(id="vpc-1"), "provider": provider}], terraform_version="1.12.0", serial=7, lineage="l")
    assert (state.program, state.terraform_version, state.serial, state.lineage) == ("OpenTofu", "1.12.0", 7, "l")


def problems_of(raw: bytes) -> tuple[str, ...]:
    """Return what is wrong with a state."""
    try:
        parse_state("u", "file", raw)
    except AdoptionError as error:
        return error.problems
    return ()


@given(st.binary(max_size=200))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_give_a_state_or_an_error(raw: bytes) -> None:
    assert all(map(str.isprintable, problems_of(raw)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_value_in_any_place_gives_a_state_or_an_error(data: st.DataObject) -> None:
    state = json.loads(TEXTS[data.draw(st.sampled_from(sorted(TEXTS)))])
    places = list(_places(state))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = places[data.draw(st.integers(0, len(places) - 1))]
        holder[key] = data.draw(JSON)
    assert all(map(str.isprintable, problems_of(json.dumps(state).encode())))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        yield from _places(item)


@pytest.mark.parametrize("seed", range(12))
def test_a_state_with_holes_is_adopted_or_refused(seed: int, layout: Layout) -> None:
    """The whole way, with values of a real state taken away or made something else."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    strange = [None, "", [], {}, 0, True, "a\nb", "${x}", ["x"], {"a": 1}, 1e300]
    for state in layout.states.values():
        attributes = [
            instance["attributes"]
            for resource in state["resources"]
            if resource["mode"] == "managed"
            for instance in resource["instances"]
        ]
        places = [place for one in attributes for place in _places(one)]
        for holder, key in chance.sample(places, 6):
            holder[key] = chance.choice(strange)
    layout.write()
    before = {path: path.read_bytes() for path in layout.values.rglob("*") if path.is_file()}
    with suppress(AdoptionError):
        assert adopt("dev", layout.folder, project=layout.project, programs=Programs(None)).matches.found
    assert {path: path.read_bytes() for path in layout.values.rglob("*") if path.is_file()} == before
