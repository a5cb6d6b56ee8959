"""Settings in a person's YAML file: nothing else of it changes."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adoption.errors import AdoptionError
from adoption.keeping.keep import Setting
from adoption.writing.environment_file import with_settings
from adoption.writing.yaml_text import as_yaml

FILE = """\
# who: platform team
name: dev   # the environment

defaults: &defaults   # not a section of ours
    min_size: 1
    max_size: 3

cluster:
    # which one
    name: gd9
    version: "1.30"   # until June

    node_groups: {general: *defaults, spare: {min_size: 0}}
    addons:
        coredns:
            configuration: {a: 'b'}
    notes: |
        some
        text
# at the end
tags: {team: sre, cost: "42"}
"""


def edited(*wanted: tuple[str, Any], text: str = FILE) -> list[str]:
    """Return the lines that go and come."""
    written = with_settings(text, [Setting(tuple(path.split("/")), value, "why") for path, value in wanted])
    changed = [line for line in difflib.ndiff(text.splitlines(), written.splitlines()) if line[:2] in ("- ", "+ ")]
    return [line.rstrip() for line in changed]


@pytest.mark.parametrize(
    ("path", "value", "lines"),
    [
        (
            "cluster/version",
            "1.26",
            ['-     version: "1.30"   # until June', "+     # why", '+     version: "1.26"   # until June'],
        ),
        ("cluster/role_name", "eks", ["+     # why", "+     role_name: eks"]),
        (
            "tags/owner",
            "no",
            ["+ # why", '- tags: {team: sre, cost: "42"}', '+ tags: {team: sre, cost: "42", owner: "no"}'],
        ),
        (
            "cluster/addons/vpc_cni/enabled",
            False,
            ["+         vpc_cni:", "+             # why", "+             enabled: false"],
        ),
        ("overrides/cluster/x", ["a"], ["+", "+ overrides:", "+     cluster:", "+         # why", "+         x: [a]"]),
        (
            "cluster/node_groups/spare/max_size",
            2,
            [
                "+     # why",
                "-     node_groups: {general: *defaults, spare: {min_size: 0}}",
                "+     node_groups: {general: *defaults, spare: {min_size: 0, max_size: 2}}",
            ],
        ),
        (
            "cluster/addons/coredns/configuration",
            {},
            [
                "+             # why",
                "-             configuration: {a: 'b'}",
                "+             configuration: {}",
            ],
        ),
    ],
)
def test_only_what_is_written_changes(path: str, value: Any, lines: list[str]) -> None:
    assert sorted(edited((path, value))) == sorted(lines)


def test_an_alias_is_written_out_only_where_its_section_changes() -> None:
    lines = edited(("cluster/node_groups/general/min_size", 2))
    assert "+     node_groups: {general: {min_size: 2, max_size: 3}, spare: {min_size: 0}}" in lines
    assert not any("&defaults" in line for line in lines)


def test_the_ends_of_lines_and_the_mark_of_the_file_stay() -> None:
    text = "\ufeff" + FILE.replace("\n", "\r\n")
    written = with_settings(text, [Setting(("cluster", "role_name"), "eks", "why")])
    assert written == text.replace("\r\n        text\r\n", "\r\n        text\r\n").replace(
        "            configuration: {a: 'b'}\r\n",
        "            configuration: {a: 'b'}\r\n    # why\r\n    role_name: eks\r\n",
    )


def test_a_setting_is_taken_out() -> None:
    written = with_settings(FILE, [Setting(("cluster", "version"), None, "why", is_removed=True)])
    assert written == FILE.replace('    version: "1.30"   # until June\n', "")
    written = with_settings(FILE, [Setting(("tags", "team"), None, "why", is_removed=True)])
    assert written == FILE.replace("team: sre, ", "")
    assert with_settings(FILE, [Setting(("nowhere", "at_all"), None, "why", is_removed=True)]) == FILE


def test_fails_where_there_is_no_mapping() -> None:
    with pytest.raises(AdoptionError, match="cannot be written into the file"):
        with_settings("- a\n", [Setting(("cluster", "version"), "1.26", "why")])


PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEYS = st.sampled_from(["name", "version", "min_size", "a-b", "kubernetes.io/role/elb", "1", "no", "x y"])
SCALARS = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=12)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
@PATIENT
def test_what_is_written_reads_the_same(value: Any) -> None:
    assert yaml.safe_load(as_yaml({"value": value})) == {"value": value}


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), st.lists(KEYS, min_size=1, max_size=3), VALUES)
@PATIENT
def test_a_setting_reads_as_written_and_nothing_else_changes(
    document: dict[str, Any], path: list[str], value: Any
) -> None:
    text = as_yaml(document)
    written = yaml.safe_load(with_settings(text, [Setting(tuple(path), value, "a comment")]))
    expected = yaml.safe_load(text)
    *parents, key = path
    section, own = expected, written
    for parent in parents:
        section[parent] = section.get(parent) if isinstance(section.get(parent), dict) else {}
        section, own = section[parent], own[parent]
    assert own[key] == value or (own[key], value) in ((None, {}), ({}, None))
    section[key] = own[key]
    assert written == expected
