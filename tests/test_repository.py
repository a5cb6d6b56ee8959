"""The set-up: lock files without addresses, make targets that say what they do, nothing of one machine in any file."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from config.paths import ROOT
from tests.integration.project import project_files
from tests.programs import need

if TYPE_CHECKING:
    from pathlib import Path

# In parts, so that this file does not find itself.
REGISTRIES = ("pypi" + ".org", "files.python" + "hosted.org", "registry.npm" + "js.org", "proxy.golang" + ".org")
LARGEST_FILE_BYTES = 1024 * 1024


def make(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run make with nothing of the caller's own make around it."""
    need("make")
    callers = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment = {**callers, **variables}
    return subprocess.run(["make", *arguments], cwd=cwd, env=environment, check=False, capture_output=True, text=True)


def locked_packages() -> dict[str, dict[str, Any]]:
    """Return the packages of Pipfile.lock by category and name."""
    lock = json.loads((ROOT / "Pipfile.lock").read_text(encoding="utf-8"))
    groups = {category: group for category, group in lock.items() if category != "_meta"}
    return {f"{category}/{name}": entry for category, group in groups.items() for name, entry in group.items()}


def test_locks_name_no_source() -> None:
    assert json.loads((ROOT / "Pipfile.lock").read_text(encoding="utf-8"))["_meta"]["sources"] == []
    assert [name for name, entry in locked_packages().items() if "index" in entry] == []
    assert "[[source]]" not in (ROOT / "Pipfile").read_text(encoding="utf-8")
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_every_locked_package_has_a_hash() -> None:
    packages = locked_packages()
    categories = {name.partition("/")[0] for name in packages}
    assert categories - {"terrain"} == {"default", "develop", "installer", "locking", "docs", "checkov", "go"}
    assert [name for name, entry in packages.items() if not entry.get("hashes")] == []


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    pattern = re.compile("|".join([*map(re.escape, REGISTRIES), r"(?<![\w.])/(?:root|home/\w+|work)/"]))
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in project_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


def test_no_file_has_the_marks_of_a_merge() -> None:
    mark = re.compile(r"^(<{7} |>{7} |={7}$)", re.MULTILINE)
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in project_files()}
    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if mark.search(text)] == []


def test_no_file_is_large() -> None:
    assert [path.name for path in project_files() if path.stat().st_size > LARGEST_FILE_BYTES] == []


def test_the_local_constructs_merge_with_the_library() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists(), "it would hide the constructs library"


def test_the_pinned_cdktf_cli_is_the_version_of_the_library() -> None:
    cli = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]["cdktf-cli"]
    versions = [one["version"] for name, one in locked_packages().items() if name == "default/cdktf"]
    assert versions in ([f"=={cli}"], [])  # none after 'make terrain'


def test_every_target_is_in_the_help() -> None:
    lines = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    targets = [target for line in lines for target in line.split()]
    listed = re.findall(r"^  (\S+) +\S", make().stdout, flags=re.MULTILINE)
    assert listed == targets


def test_what_is_said_to_make_is_data(tmp_path: Path) -> None:
    """Neither make nor the shell expands a value, on the command line or in the environment."""
    show = tmp_path / "show.mk"
    show.write_text("show:\n\t@env\n", encoding="utf-8")
    values = {
        "ENV": 'dev"; touch made; "',
        "FROM": "`touch made` $(shell touch made) $$(touch made) $HOME",
        "SINCE": "--lock",
        "PYTEST_ARGS": "'; touch made; '",
        "PYTHON": "python3; touch made; $(shell touch made) `touch made`",
    }
    files = ("-f", str(ROOT / "Makefile"), "-f", str(show), "show")
    for said in (
        make(*files, *(f"{name}={value}" for name, value in values.items()), cwd=tmp_path),
        make(*files, cwd=tmp_path, **values),
    ):
        given = dict(line.split("=", 1) for line in said.stdout.splitlines() if "=" in line)
        assert {name: given[name] for name in values} == values
    assert list(tmp_path.iterdir()) == [show]


@pytest.mark.parametrize("target", ["synth", "terrain"])
def test_the_name_of_python_is_data(target: str, tmp_path: Path) -> None:
    for name in ("Makefile", "Pipfile.lock", "package.json", "package-lock.json"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    before = sorted(tmp_path.iterdir())
    for name in (
        "true; touch made",
        'true"; touch made; "',
        "$(shell touch made)true",
        "`touch made`",
        "'; touch made; '",
    ):
        assert make(target, f"PYTHON={name}", cwd=tmp_path).returncode != 0
        assert make(target, cwd=tmp_path, PYTHON=name).returncode != 0
    assert sorted(tmp_path.iterdir()) == before


def test_no_recipe_has_what_somebody_says_in_its_text() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    settings = re.search(r"^SETTINGS := ((?:.*\\\n)*.*)$", makefile, flags=re.MULTILINE)
    assert settings is not None
    said = {*settings[1].replace("\\", "").split(), "CDK"}
    recipes = [line for line in makefile.splitlines() if line.startswith("\t")]
    assert recipes
    pasted = [line for line in recipes if said.intersection(re.findall(r"(?<!\$)\$[({](\w+)", line))]
    assert pasted == []


@pytest.mark.parametrize("target", ["synth", "test"])
def test_an_unfit_python_is_said_before_anything_is_installed(target: str, tmp_path: Path) -> None:
    for name in ("Makefile", "Pipfile.lock", "package.json", "package-lock.json"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    old = tmp_path / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.10.13" && exit 0\nexit 1\n', encoding="utf-8")
    old.chmod(0o755)

    too_old = make(target, f"PYTHON={old}", cwd=tmp_path)
    missing = make(target, "PYTHON=no-such-python", cwd=tmp_path)

    assert too_old.returncode != 0
    assert f"Python 3.11 or newer is needed; '{old}' is Python 3.10.13." in too_old.stderr
    assert "Python 3.11 or newer is needed; 'no-such-python' is" in missing.stderr
    assert not (tmp_path / ".tools").exists()


def test_continuous_integration_reads_no_secret_and_writes_nothing() -> None:
    text = (ROOT / ".github/workflows/ci.yaml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert "secrets." not in text
    assert workflow["permissions"] == {"contents": "read"}
    grants = {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job}
    assert grants == {"plan": {"contents": "read", "id-token": "write"}}


def test_the_drift_workflow_writes_issues_and_nothing_else() -> None:
    text = (ROOT / ".github/workflows/drift.yaml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert "secrets." not in text
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["drift"]["permissions"] == {"contents": "read", "id-token": "write", "issues": "write"}


def test_the_audit_workflow_writes_findings_of_codeql_and_nothing_else() -> None:
    text = (ROOT / ".github/workflows/audit.yaml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert "secrets." not in text
    assert workflow["permissions"] == {"contents": "read"}
    grants = {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job}
    assert grants == {"codeql": {"contents": "read", "security-events": "write"}}


def test_the_docs_workflow_writes_the_branch_of_the_site_and_only_after_a_merge() -> None:
    text = (ROOT / ".github/workflows/docs.yaml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert "secrets." not in text
    assert workflow["permissions"] == {"contents": "read"}
    grants = {name: (job["permissions"], job["if"]) for name, job in workflow["jobs"].items() if "permissions" in job}
    assert grants == {"publish": ({"contents": "write"}, "github.event_name == 'push'")}


def test_the_release_workflow_makes_releases_of_tags_and_nothing_else() -> None:
    text = (ROOT / ".github/workflows/release.yaml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert "secrets." not in text
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads `on` as true
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["release"]["permissions"] == {"contents": "write"}


@pytest.mark.parametrize("workflow", ["audit.yaml", "ci.yaml", "docs.yaml", "drift.yaml", "release.yaml"])
def test_the_scripts_of_the_workflows_are_shell(workflow: str) -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows" / workflow).read_text(encoding="utf-8"))["jobs"]
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    for script in scripts:
        subprocess.run(["bash", "-n"], input=re.sub(r"\$\{\{.*?\}\}", "x", script), text=True, check=True)


def test_the_set_up_runs_on_a_bare_python() -> None:
    command = [sys.executable, "-S", "-m", "operations.setup"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: python -m operations.setup uv|packages|")


def test_every_action_is_pinned_by_its_commit_with_its_version_beside_it() -> None:
    for workflow in (ROOT / ".github/workflows").glob("*.yaml"):
        uses = re.findall(r"uses: *(.*)", workflow.read_text(encoding="utf-8"))
        assert uses
        assert [
            use for use in uses if not re.fullmatch(r"[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)
        ] == []


def test_what_users_run_imports_no_package_for_development() -> None:
    """`make synth` and the other commands install the packages, and not those for development."""
    of_module = importlib.metadata.packages_distributions()
    locked = {
        re.sub(r"[-_.]+", "-", name.partition("/")[2]) for name in locked_packages() if name.startswith("default/")
    }
    imported = {
        name.partition(".")[0]
        for folder in ("config", "constructs", "stacks", "operations", "adoption", "checks")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and node.level == 0
            else []
        )
    }
    distributions = {re.sub(r"[-_.]+", "-", name.lower()) for module in imported for name in of_module.get(module, [])}
    assert "botocore" in distributions
    # The importer of the second says what to do where it is missing.
    assert distributions - locked <= {"faststart", "kubernetes-validate"}
