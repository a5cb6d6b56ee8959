"""Running terraform: what is read of its output, when `init` is spared, and how the plugin cache is shared."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from operations.selection.synthesized import Place
from operations.terraform.plugin_cache import PluginCache
from operations.terraform.processes import is_running
from operations.terraform.runner import Terraform, TerraformError

if TYPE_CHECKING:
    from pathlib import Path

PROBLEM = {"severity": "error", "summary": "No", "detail": "Because", "address": "a.b"}
ERROR = json.dumps({"type": "diagnostic", "diagnostic": PROBLEM})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a stack's folder."""
    (tmp_path / "stack").mkdir()
    settings = {"backend": {"local": {}}, "required_providers": {"aws": {"source": "aws", "version": "6.0.0"}}}
    (tmp_path / "stack/cdk.tf.json").write_text(json.dumps({"terraform": settings}))
    return tmp_path / "stack"


def terraform(folder: Path, script: str) -> Terraform:
    """Make a program of a shell script."""
    binary = folder.parent / "terraform"
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(0o755)
    return Terraform.create(str(binary), {"PATH": os.environ["PATH"]}, cache_folder=folder.parent / "cache")


def initialize(program: Terraform, place: Place) -> None:
    """Run `init` as planning does."""
    outcome = program.initialize(place, lambda: program.run(place, print, "init"))
    assert outcome is not None
    assert outcome.code == 0


def test_text_between_the_events_is_no_harm(folder: Path) -> None:
    program = terraform(folder, f"echo Initializing; echo '{ERROR}'; printf 'no end of line'; exit 1")
    outcome = program.run(Place(folder, folder), print, "plan")
    (problem,) = outcome.diagnostics
    assert str(problem) == "No (a.b)\nBecause"
    assert outcome.text.endswith("no end of line")


def test_a_failure_without_a_diagnostic_shows_what_was_printed(folder: Path) -> None:
    program = terraform(folder, r"printf '\033[31mpanic\033[0m\n'; exit 137")
    (problem,) = program.run(Place(folder, folder), print, "plan").diagnostics
    assert problem.detail == "panic"


def test_steps_are_said_while_it_runs(folder: Path) -> None:
    event = {"type": "apply_start", "hook": {"action": "create", "resource": {"addr": "aws_vpc.main"}}}
    said: list[str] = []
    terraform(folder, f"echo '{json.dumps(event)}'").run(Place(folder, folder), said.append, "apply")
    assert said == ["create aws_vpc.main"]


def test_its_output_goes_to_a_file_and_its_id_beside_it(folder: Path) -> None:
    program = terraform(folder, "cat terraform.pid; [ ! -p /dev/stdout ]")
    outcome = program.run(Place(folder, folder), print, "apply")
    assert outcome.code == 0, "its output is a pipe, which ends terraform together with its reader"
    assert (folder / "apply.log").read_text() == outcome.text
    assert is_running(folder) is None


def test_a_process_that_still_runs_is_found(folder: Path) -> None:
    (folder / "terraform.pid").write_text(str(os.getpid()))
    assert is_running(folder) == os.getpid()


def test_init_is_spared_until_something_that_it_depends_on_changes(folder: Path) -> None:
    program = terraform(folder, "mkdir -p .terraform")
    place = Place(folder, folder)
    assert not program.is_initialized(place)
    initialize(program, place)
    assert program.is_initialized(place)
    assert program.initialize(place, lambda: pytest.fail("init runs again")) is None
    (folder / "cdk.tf.json").write_text('{"terraform": {"backend": {"s3": {}}}}')
    assert not program.is_initialized(place)


def test_init_runs_again_where_a_plugin_is_gone(folder: Path) -> None:
    plugin = ".terraform/providers/r/hashicorp/aws/6.0.0"
    program = terraform(folder, f"mkdir -p {plugin}; ln -s gone {plugin}/linux")
    initialize(program, Place(folder, folder))
    assert not program.is_initialized(Place(folder, folder))


def test_what_init_makes_stays_for_the_next_command(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    program = terraform(folder, 'mkdir -p "$TF_DATA_DIR"; touch "$TF_DATA_DIR/made"; echo locked > .terraform.lock.hcl')
    initialize(program, Place(folder, home))
    assert (home / ".terraform/made").exists()
    assert not (folder / ".terraform").exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "cdk.tf.json").write_bytes((folder / "cdk.tf.json").read_bytes())
    assert program.initialize(Place(other, home), lambda: pytest.fail("init runs again")) is None
    assert (other / ".terraform.lock.hcl").read_text() == "locked\n"


def test_an_unapplied_stack_has_no_state(folder: Path) -> None:
    assert terraform(folder, "true").state(Place(folder, folder)) == {}


def test_fails_with_what_was_said(folder: Path) -> None:
    with pytest.raises(TerraformError, match=r"(?s)state pull' in .*stack:\nno access"):
        terraform(folder, "echo no access >&2; exit 1").state(Place(folder, folder))


class TestPluginCache:
    def test_the_caller_s_own_stays(self, tmp_path: Path) -> None:
        own = PluginCache.choose({"TF_PLUGIN_CACHE_DIR": str(tmp_path / "own")}, tmp_path / "ours")
        assert own.settings["TF_PLUGIN_CACHE_DIR"] == str(tmp_path / "own")

    @pytest.mark.parametrize("line", ['plugin_cache_dir = "/c"', "provider_installation { filesystem_mirror {} }"])
    def test_a_configured_way_stays(self, line: str, tmp_path: Path) -> None:
        (tmp_path / "rc").write_text(line)
        assert PluginCache.choose({"TF_CLI_CONFIG_FILE": str(tmp_path / "rc")}, tmp_path / "ours").settings == {}

    def test_one_fills_it_while_others_wait_and_many_read_it(self, tmp_path: Path) -> None:
        cache = PluginCache(tmp_path)
        platform = tmp_path / "registry.terraform.io/hashicorp/aws/6.0.0/linux_amd64"
        platform.mkdir(parents=True)
        (platform / "terraform-provider-aws").touch()
        with cache.guarded({"aws": "6.0.0"}), cache.guarded({"hashicorp/aws": "6.0.0"}):
            assert not _is_free(tmp_path / ".lock")
        with cache.guarded({"aws": "6.0.1"}):
            assert not _is_free(tmp_path / ".lock", shared=True)


def _is_free(path: Path, *, shared: bool = False) -> bool:
    """Whether another could take the lock."""
    import fcntl

    with path.open("w") as lock:
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
