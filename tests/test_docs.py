"""What the pages say can be done: their YAML is valid, their links lead somewhere, their make targets exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from filelock import FileLock

from config.environment import Environment
from config.paths import DASHBOARDS, ROOT, RULES
from config.workloads.workloads import Workload
from operations.runs import environment_lock
from operations.runs.environment_lock import CONFIRMING, Holder
from tests.core.project import Project, environment_text
from tests.pages import DOCS, PAGES, Block, blocks, shown_in
from tests.programs import need
from tools.docs import prose, reference, release_notes

LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)")
TARGET = re.compile(r"(?:`|^ {4}|^)make ([a-z][a-z-]+)", re.MULTILINE)
# What a browser loads automatically, from another host.
LOADED = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"?(https?://[^\s\">]+)|url\((https?://[^)]+)\)")

SHOP = {"image": "registry.example.com/shop:1.0.0", "ports": {"http": 8080, "grpc": 9000, "http-metrics": 8081}}
NEWEST_KUBERNETES = "1.35"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_yaml_loads_in_its_place(block: Block, tmp_path: Path) -> None:
    """A block is what its comment names, else a Kubernetes object, an environment, sections of one, or a workload."""
    project = Project(tmp_path)
    environment = yaml.safe_load(environment_text())
    earlier = [
        part for one in blocks("yaml") if one.page == block.page and one.line < block.line for part in one.parts()
    ]
    for file, text in (*(part for part in earlier if part[0]), *block.parts()):
        content = yaml.safe_load(text)
        if (shipped := ROOT / file).is_file() and file.startswith("values/environments/"):
            environment = yaml.safe_load(shipped.read_bytes())
        if file.startswith("values/environments/") or (not file and set(content) <= set(Environment.model_fields)):
            environment = content if "name" in content else _merged(environment, content)
        elif file.startswith("values/workloads/") or (not file and set(content) <= set(Workload.model_fields)):
            settings = _merged(SHOP, content)
            name = Path(file).stem if file else "shop"
            project.write(f"workloads/{name}.yaml", json.dumps(settings))
            environment.setdefault("workloads", {}).setdefault(name, None)
        elif file:
            project.write(file.removeprefix("values/"), text)
        else:
            assert {"apiVersion", "kind", "metadata"} <= set(content), "name its file in a comment: # values/…"
            validate = pytest.importorskip("kubernetes_validate")
            validate.validate(content, NEWEST_KUBERNETES, strict=True)
            return
    shutil.copytree(DASHBOARDS, project.values / "dashboards")
    shutil.copytree(RULES, project.values / "rules", dirs_exist_ok=True)
    for name in environment.get("kube_prom_stack", {}).get("values_files", ()):
        project.write(name, (ROOT / "values" / name).read_bytes())
    for name in environment.get("workloads") or {}:
        if (shipped := ROOT / f"values/workloads/{name}.yaml").exists():
            project.write(f"workloads/{name}.yaml", shipped.read_bytes())
    # JSON, in which text stays text.
    assert project.problems_of(json.dumps(environment, indent=2), environment["name"]) == []


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_json_is_json(block: Block) -> None:
    assert json.loads(block.text)


def test_every_code_block_says_its_language() -> None:
    assert [str(block) for block in blocks("")] == []


def test_output_in_a_page_is_produced_by_a_test() -> None:
    """A test compares it by `shown_in`, or walks the page."""
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    pages = {str(block.page.relative_to(DOCS)) for block in blocks("text")}
    assert pages
    assert {page for page in pages if f'shown_in("{page}")' not in tests and f'"{page}", project' not in tests} == set()


def test_the_holder_of_a_lock_is_reported_as_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_lock, "LOCKS", tmp_path)
    holder = Holder("./eks deploy dev-network", "ann@laptop", 20740, "14:45:28 UTC", CONFIRMING)
    (tmp_path / "dev.json").write_text(json.dumps(asdict(holder)), encoding="utf-8")
    printed: list[str] = []

    def say(line: str) -> None:
        printed.append(line)
        raise InterruptedError

    waiting = environment_lock.holding(["dev"], say)
    with FileLock(tmp_path / "dev.lock"), pytest.raises(InterruptedError):
        waiting.__enter__()
    assert printed == [shown_in("planning.md")[-1].strip()]


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Put one mapping over another, key by key."""
    both = {key: _merged(one[key], other[key]) for key in one.keys() & other.keys() if isinstance(one[key], dict)}
    return {**one, **other, **both}


@each_page
def test_links_lead_to_pages_and_headings(page: Path) -> None:
    for file, anchor in LINK.findall(page.read_text("utf-8")):
        target = page.parent / file if file else page
        assert target.exists(), target
        assert not anchor or anchor in _anchors(target), f"{target}#{anchor}"


def _anchors(page: Path) -> set[str]:
    headings = [line.lstrip("# ") for line in page.read_text("utf-8").splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_make_targets_exist(page: Path) -> None:
    rules = re.findall(r"^[a-z -]+(?=:)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    assert set(TARGET.findall(page.read_text("utf-8"))) <= targets


def test_the_language_is_plain() -> None:
    """No phrase of `tools/docs/phrases.txt`, no long line in a page."""
    forbidden = prose.phrases()
    found = [f"{path}:{problem}" for path in prose.files() for problem in prose.problems_of(path, forbidden)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It goes\x20on.", ["goes\x20on"]),
        ("# it is\n# told", ["is\x20told"]),
        ('"it is "\n"told"', ["is\x20told"]),
        ("ago on", []),
        ("is_told", []),
    ],
)
def test_a_phrase_is_found_across_lines(text: str, found: list[str], tmp_path: Path) -> None:
    (tmp_path / "text.py").write_text(text, encoding="utf-8")
    problems = [*prose.problems_of(tmp_path / "text.py", prose.phrases())]
    assert [problem.split("'")[1] for problem in problems] == found


@pytest.mark.parametrize("path", reference.PAGES, ids=lambda path: path.name)
def test_the_references_are_current(path: Path) -> None:
    assert path.read_text("utf-8") == reference.PAGES[path](), "run 'make schema'"


def test_release_notes_are_the_section_of_the_changelog() -> None:
    changelog = "# Changelog\n\n## [Unreleased]\n\nx\n\n## [1.1.0] - 2026-01-02\n\n- new\n\n## [1.0.0] - 2026-01-01\n"
    assert release_notes.notes(changelog, "v1.1.0") == "- new\n"
    for tag in ("v1.0.0", "v2.0.0", "v1.1"):
        with pytest.raises(LookupError, match=f"no section '## .{tag[1:]}. - <date>' with text"):
            release_notes.notes(changelog, tag)


def test_the_changelog_has_a_release() -> None:
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions
    assert release_notes.main([f"v{versions[0]}"]) == 0


def test_the_texts_of_our_errors_are_in_the_code() -> None:
    page = (DOCS / "errors.md").read_text("utf-8")
    ours = page[page.index("## Of this project: files") : page.index("## Of Terraform")]
    texts = re.findall(r"^\| `([^`]+)`", ours, re.MULTILINE)
    folders = ("adoption", "checks", "config", "operations", "stacks")
    code = "".join(path.read_text("utf-8") for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    # A long text continues on the next line of the code.
    joined = re.sub(r"\"\n\s*f?\"", "", code)
    assert len(texts) > 15
    assert [text for text in texts if text not in joined] == []


def test_the_costs_are_those_of_the_shipped_environments() -> None:
    """The counts in the table, from the settings; the prices are AWS'."""
    page = (DOCS / "costs.md").read_text("utf-8")
    for name, instance_type in (("dev", "t3.medium"), ("prod", "m6i.large")):
        settings = yaml.safe_load((ROOT / f"values/environments/{name}.yaml").read_bytes())
        zones = len(settings["network"]["zones"])
        nodes = sum(
            group["desired_size"] * (zones if group.get("one_group_per_zone") else 1)
            for group in settings["cluster"]["node_groups"].values()
        )
        assert f"{nodes} `{instance_type}`" in page
        prometheus = settings["kube_prom_stack"]["prometheus"]
        replicas = f"{prometheus['replicas']} of " if "replicas" in prometheus else ""
        assert f"{replicas}{prometheus['volume_gib']} GiB" in page
    sums = [float(value) for value in re.findall(r"\*\*(\d+\.\d\d)\*\*", page)]
    rows = re.findall(r"^\| [^|]+ \| (\d+\.\d\d) \| (\d+\.\d\d) \|$", page, re.MULTILINE)
    assert [round(sum(map(float, column)), 2) for column in zip(*rows, strict=True)] == sums


def test_every_page_is_in_the_navigation() -> None:
    navigation = re.findall(r"([\w./-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    assert pages - set(navigation) == set(), "name it under `nav` in mkdocs.yml"


def test_the_site_builds_and_loads_nothing_from_another_host(tmp_path: Path) -> None:
    need("mkdocs")
    program = str(ROOT / ".tools/docs/bin/python")
    command = [program, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sources = [path for path in (tmp_path / "site").rglob("*") if path.suffix in (".css", ".html")]
    assert {path.suffix for path in sources} == {".css", ".html"}
    found = {url for path in sources for match in LOADED.findall(path.read_text("utf-8")) for url in match if url}
    assert {url for url in found if "://localhost" not in url} == set()
