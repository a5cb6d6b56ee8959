"""Traps of YAML and of files: each is reported as `file:line: path: what is wrong, what is allowed`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from config.core.files.text_files import MOST_BYTES
from config.core.files.yaml_source import DEEPEST_NESTING, read_yaml
from config.core.problems import WHOLE_FILE
from tests.core.project import environment_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.project import Project

FILE = "values/environments/dev.yaml"


@pytest.fixture(params=["libyaml", "Python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test with libyaml's parser, and with the one that PyYAML has where it was built without libyaml."""
    if request.param == "Python":
        monkeypatch.delattr(yaml, "CSafeLoader")
    else:
        assert hasattr(yaml, "CSafeLoader")


class TestFiles:
    def test_fails_when_empty(self, project: Project) -> None:
        assert project.problems_of("") == [f"{FILE}:1: file: is empty"]

    def test_fails_when_only_comments(self, project: Project) -> None:
        assert project.problems_of("# nothing\n---\n") == [f"{FILE}:1: file: is empty"]

    def test_fails_as_list(self, project: Project) -> None:
        assert project.problems_of("- name: dev\n") == [f"{FILE}:1: file: is a list; a mapping is needed"]

    def test_fails_as_text(self, project: Project) -> None:
        assert project.problems_of("\nhello\n") == [f"{FILE}:2: file: 'hello' is text; a mapping is needed"]

    def test_fails_as_null(self, project: Project) -> None:
        assert project.problems_of("null\n")[0].startswith(f"{FILE}:1: file: has no value; a mapping is needed")

    def test_fails_when_too_large(self, project: Project) -> None:
        content = environment_text() + "# " + "x" * 5 * MOST_BYTES
        assert project.problems_of(content) == [f"{FILE}:1: file: is larger than 1024 KiB, the most that is read"]

    def test_fails_when_not_utf_8(self, project: Project) -> None:
        content = environment_text().encode() + "# Grüße\n".encode("latin-1")
        assert project.problems_of(content) == [f"{FILE}:9: file: is not UTF-8 text; save it in that encoding"]

    def test_fails_when_utf_16(self, project: Project) -> None:
        content = environment_text().encode("utf-16")
        assert project.problems_of(content) == [f"{FILE}:1: file: is not UTF-8 text; save it in that encoding"]

    def test_takes_a_byte_order_mark(self, project: Project) -> None:
        assert project.problems_of(b"\xef\xbb\xbf" + environment_text().encode()) == []

    def test_takes_windows_line_ends(self, project: Project) -> None:
        assert project.problems_of(environment_text().replace("\n", "\r\n")) == []

    def test_counts_windows_lines(self, project: Project) -> None:
        text = environment_text(top="account_id: x").replace("\n", "\r\n")
        assert [problem.partition(": ")[0] for problem in project.problems_of(text)] == [f"{FILE}:3"]

    def test_fails_when_directory(self, project: Project) -> None:
        (project.values / "environments" / "dev.yaml").mkdir(parents=True)
        assert project.problems() == [f"{FILE}:1: file: is a folder, not a file"]

    def test_fails_when_pipe(self, project: Project) -> None:
        (project.values / "environments").mkdir()
        os.mkfifo(project.values / "environments" / "dev.yaml")
        assert project.problems() == [f"{FILE}:1: file: is a pipe, not a file"]

    def test_fails_as_dangling_link(self, project: Project) -> None:
        (project.values / "environments").mkdir()
        (project.values / "environments" / "dev.yaml").symlink_to("nowhere.yaml")
        assert project.problems() == [f"{FILE}:1: file: is a link to a file that does not exist"]

    def test_fails_as_link_to_itself(self, project: Project) -> None:
        (project.values / "environments").mkdir()
        (project.values / "environments" / "dev.yaml").symlink_to("dev.yaml")
        (problem,) = project.problems()
        assert problem.startswith(f"{FILE}:1: file: ")

    def test_fails_when_unreadable(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        # Tests may run as root, whom no permission stops.
        path = project.write("environments/dev.yaml", environment_text())

        reading = os.open

        def refuse(name: Any, *flags: int) -> int:
            if name == path:
                raise PermissionError(13, "Permission denied", str(name))
            return reading(name, *flags)

        monkeypatch.setattr(os, "open", refuse)
        assert project.problems() == [f"{FILE}:1: file: cannot be read: Permission denied"]

    def test_fails_with_control_character(self, project: Project) -> None:
        content = environment_text() + "# \x00\n"
        assert project.problems_of(content) == [f"{FILE}:9: file: holds the control character U+0000; remove it"]


class TestSyntax:
    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("name: dev\nnetwork:\n\tzones: []\n", "3: file: a tab is used for indentation; use spaces"),
            ("name: 'dev\nregion: x\n", "1: file: a quote that opens here is never closed"),
            (
                "name: dev\nzones: [a, b\nregion: x\n",
                "2: file: a list in [ ] that opens here is not closed, or lacks a comma",
            ),
            ("a: {b: 1\nc: 2\n", "1: file: a mapping in { } that opens here is not closed, or lacks a comma"),
            (
                "name: dev: prod\n",
                "1: file: a `:` stands where none fits; put the text in quotes or fix the indentation",
            ),
            (
                "name: dev\n region: x\n",
                "2: file: a `:` stands where none fits; put the text in quotes or fix the indentation",
            ),
            ("a:\n  b: 1\n c: 2\n", "3: file: the indentation does not fit the lines above"),
            ("name: @dev\n", "1: file: a character that no text may start with; put the text in quotes"),
            ('name: "\\q"\n', "1: file: an unknown escape after \\ in double quotes; write \\\\ or use single quotes"),
            ("name: dev\nregion\n", "3: file: a key lacks its `:`; add it, or fix the indentation"),
        ],
    )
    def test_fails(self, project: Project, text: str, problem: str) -> None:
        assert project.problems_of(text) == [f"{FILE}:{problem}"]

    def test_fails_with_second_document(self, project: Project) -> None:
        content = environment_text() + "---\nname: prod\n"
        assert project.problems_of(content) == [f"{FILE}:9: file: a second document starts here; a file holds one"]

    def test_fails_with_tag(self, project: Project) -> None:
        text = environment_text(top="account_id: !!python/object/apply:os.system ['true']")
        assert project.problems_of(text) == [
            (
                f"{FILE}:3: account_id: tag 'tag:yaml.org,2002:python/object/apply:os.system': "
                "tags are not supported; put text in quotes instead"
            )
        ]


class TestKeys:
    def test_fails_when_given_twice(self, project: Project) -> None:
        project.refuses(
            "cluster.version: is given twice, first on line 9; keep one",
            cluster='version: "1.35"\nversion: "1.34" # <-',
        )

    def test_first_of_two_is_checked(self, project: Project) -> None:
        project.refuses(
            "account_id: 'x' is not an AWS account id: 12 digits, in quotes",
            "account_id: is given twice, first on line 3; keep one",
            top="account_id: x # <-\naccount_id: y # <-",
        )

    @pytest.mark.parametrize("key", ["1", "1.5", "true", "null", "~"])
    def test_fails_when_not_text(self, project: Project, key: str) -> None:
        shown = "~" if key == "~" else key
        path = f'tags."{shown}"' if key in ("1.5", "~") else f"tags.{key}"
        project.refuses(f'{path}: this key is not text; put it in quotes: "{key}"', tags=f"{key}: x # <-")

    def test_fails_when_boolean_to_some(self, project: Project) -> None:
        project.refuses(
            'tags.on: on means true to some readers and text to others; write true, or "on" in quotes',
            tags="on: x # <-",
        )

    def test_fails_as_list(self, project: Project) -> None:
        text = environment_text(top="? [a, b]\n: c")
        assert project.problems_of(text) == [f"{FILE}:3: file: a key is text, not a list or mapping"]

    def test_fails_as_merge_key(self, project: Project) -> None:
        project.refuses('tags."<<": merge keys are not supported; write the settings out', tags="<<: {a: b} # <-\nc: d")


class TestTextWithoutQuotes:
    @pytest.mark.parametrize(
        ("word", "meant"), [("no", "false"), ("NO", "false"), ("off", "false"), ("Yes", "true"), ("on", "true")]
    )
    def test_fails_when_boolean_to_some(self, project: Project, word: str, meant: str) -> None:
        told = f'{word} means {meant} to some readers and text to others; write {meant}, or "{word}" in quotes'
        project.refuses(f"tags.country: {told}", tags=f"country: {word} # <-")

    def test_takes_norway_in_quotes(self, project: Project) -> None:
        assert project.environment(tags='country: "no"').tags == {"country": "no"}

    @pytest.mark.parametrize(
        ("number", "message"),
        [
            ("012", "starts with 0, which some readers take for octal; write the number without it"),
            ("0x1F", "is a number to some readers only; write it in decimal"),
            ("0o17", "is a number to some readers only; write it in decimal"),
            ("1_000", "has underscores, which not every reader skips; leave them out"),
            ("12:30", "is in base 60 to some readers; write it in decimal"),
            (".inf", "is no finite number; write one"),
            ("-.INF", "is no finite number; write one"),
            (".nan", "is no finite number; write one"),
        ],
    )
    def test_fails_when_number_to_some(self, project: Project, number: str, message: str) -> None:
        project.refuses(f"tags.a: {number} {message}, or put it in quotes if it is text", tags=f"a: {number} # <-")

    def test_fails_with_too_many_digits(self, project: Project) -> None:
        project.refuses(
            "tags.a: has 5000 digits, too many for a number; put it in quotes if it is text",
            tags=f"a: {'9' * 5000} # <-",
        )

    @pytest.mark.parametrize("filling", ["_", ".", ":1", "9."])
    def test_what_is_nearly_a_number_takes_no_time(self, project: Project, filling: str) -> None:
        """Patterns of numbers on a megabyte took minutes."""
        text = f"1{filling * 200_000}x"
        assert project.problems_of(environment_text(tags=f"a: {text}"))[0].endswith("spaces and _.:/=+-@")

    def test_fails_when_beyond_floats(self, project: Project) -> None:
        project.refuses("tags.a: 1e999 is too large a number; put it in quotes if it is text", tags="a: 1e999 # <-")

    @pytest.mark.parametrize("number", ["1.30", "7", "-2", "1e3"])
    def test_fails_as_number_where_text_belongs(self, project: Project, number: str) -> None:
        message = f'tags.a: {number} is a number, text is needed; put it in quotes: "{number}"'
        project.refuses(message, tags=f"a: {number} # <-")

    def test_fails_as_boolean_where_text_belongs(self, project: Project) -> None:
        project.refuses('tags.a: TRUE is a boolean, text is needed; put it in quotes: "TRUE"', tags="a: TRUE # <-")

    def test_fails_without_value(self, project: Project) -> None:
        project.refuses("tags.a: has no value; text is needed", tags="a: # <-")

    @pytest.mark.parametrize("text", ["2026-08-22", "2026-08-22T10:00:00Z", "1.2.3", "v1.30", "y", "+", "=", "10GB"])
    def test_is_text(self, project: Project, text: str) -> None:
        assert project.environment(tags=f"a: {text}").tags == {"a": text}


class TestTextInQuotes:
    @pytest.mark.parametrize("escape", ["\\0", "\\u0007", "\\x7f"])
    def test_fails_with_control_character(self, project: Project, escape: str) -> None:
        (problem,) = project.problems_of(environment_text(tags=f'a: "{escape}"'))
        assert problem.startswith(f"{FILE}:10: tags.a: holds the control character U+00")

    def test_fails_with_half_a_character(self, project: Project) -> None:
        (problem,) = project.problems_of(environment_text(tags='a: "\\ud800"'))
        assert problem.startswith(f"{FILE}:10: ")


class TestAliases:
    def test_stand_for_the_value(self, project: Project) -> None:
        tags = project.environment(tags="a: &team sre\nb: *team").tags
        assert tags == {"a": "sre", "b": "sre"}

    def test_stand_for_a_mapping(self, project: Project) -> None:
        groups = project.environment(cluster="node_groups: {one: &size {max_size: 5}, two: *size}").cluster.node_groups
        assert {name: group.max_size for name, group in groups.items()} == {"one": 5, "two": 5}

    def test_fails_when_undefined(self, project: Project) -> None:
        project.refuses("tags.a: *nobody stands for an anchor that is not defined above", tags="a: *nobody # <-")

    def test_fails_when_part_of_itself(self, project: Project) -> None:
        text = environment_text(top="tags: &tags {a: *tags}")
        assert project.problems_of(text) == [f"{FILE}:3: tags.a: *tags stands for a value that it is part of"]

    def test_fails_as_key(self, project: Project) -> None:
        text = environment_text(tags="a: &team sre\n*team : x")
        assert project.problems_of(text) == [f"{FILE}:11: tags: an alias cannot be a key; write the key out"]

    def test_fails_as_bomb(self, project: Project) -> None:
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
        (problem,) = project.problems_of(environment_text(top="\n".join(lines)))
        assert problem.endswith(": file: holds too many values, or aliases that repeat too much")

    def test_fails_as_bomb_of_text(self, project: Project) -> None:
        text = f"long: &long {'x' * (MOST_BYTES // 2)}\nmany: [{', '.join(['*long'] * 1000)}]"
        (problem,) = project.problems_of(environment_text(top=text))
        assert problem.endswith(": file: holds too many values, or aliases that repeat too much")


class TestNesting:
    @pytest.mark.parametrize(("opening", "times"), [("[", 200_000), ("{a: ", 100_000), ("- ", 200_000)])
    def test_fails_when_deep(self, project: Project, opening: str, times: int) -> None:
        (problem,) = project.problems_of(opening * times)
        assert f": is nested deeper than {DEEPEST_NESTING} levels" in problem
        assert len(problem) < 1000

    def test_reads_down_to_the_limit(self, tmp_path: Path) -> None:
        path = tmp_path / "deep.yaml"
        path.write_text("[" * DEEPEST_NESTING + "]" * DEEPEST_NESTING)
        document = read_yaml(path, "deep.yaml")
        assert document.problems == []
        assert document.root is not None
        assert str(document.root.plain()) == "[" * DEEPEST_NESTING + "]" * DEEPEST_NESTING


def test_whole_file_is_no_setting() -> None:
    """The word that stands for the whole file in messages cannot be taken for a setting."""
    from config.environment import Environment

    assert WHOLE_FILE not in Environment.model_fields
