"""Lazy loading: the same bytes as ordinary loading, much less loaded, and nothing left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.engine import Engine
from tests.faststart.programs import PATH, PROJECT, PROVIDER_ROOT, run_python
from tests.waiting import wait_until

HERE = Path(__file__).parent
# The project uses some sixty types of resources, each a module or two; the providers have 2,400.
MOST_MODULES = 200

# Counts what a run has loaded, in Python and (through a preload script) in the Node process that runs jsii's kernel.
REPORT_PYTHON = """
import atexit, json, sys
def report():
    names = [name for name in sys.modules if "_provider_" in name]
    with open({target!r}, "w") as file:
        json.dump(sorted(names), file)
atexit.register(report)
import runpy
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
REPORT_NODE = """
const fs = require("fs");
process.on("exit", () => {
  const files = Object.keys(require.cache).filter((file) => file.includes("provider-"));
  if (files.length > 0) fs.writeFileSync(%s, JSON.stringify(files));
});
"""


# The newest bindings have a root module that is lazy already, and annotations that nothing evaluates.
ON_CDKTF = pytest.mark.skipif(not Engine.CDKTF.is_here(), reason="needs the bindings of CDKTF")


@dataclass(frozen=True)
class Run:
    """What one process wrote, printed and loaded."""

    output: dict[str, bytes]
    errors: str
    python_modules: list[str]
    node_modules: list[str]
    left_behind: list[str]


def run_programs(folder: Path, **variables: str) -> Run:
    """Run the project and the realistic program in one process, with a temporary folder of its own."""
    folder.mkdir(parents=True)
    temporary = folder / "temporary"
    temporary.mkdir()
    (folder / "out").mkdir()
    python_report, node_report, preload = folder / "python.json", folder / "node.json", folder / "report node.cjs"
    preload.write_text(REPORT_NODE % json.dumps(str(node_report)))
    environment = {
        **os.environ,
        "NODE_OPTIONS": f'--no-deprecation --require "{preload}"',
        "CDKTF_OUTDIR": str(folder / "out" / "project"),
        "PYTHONPATH": PATH,
        "TMPDIR": str(temporary),
        **variables,
    }
    code = REPORT_PYTHON.format(target=str(python_report))
    finished = subprocess.run(
        [sys.executable, "-c", code, str(HERE / "run.py"), str(folder / "out" / "program")],
        check=True, capture_output=True, text=True, env=environment, cwd=folder,
    )  # fmt: skip
    return Run(
        output=files_in(folder / "out"),
        errors=finished.stderr,
        python_modules=json.loads(python_report.read_text()),
        node_modules=json.loads(node_report.read_text()),
        left_behind=[path.name for path in temporary.iterdir()],
    )


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a folder by their path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def lazy(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The shipped environments and the program with lazy loading, from a path with spaces and an apostrophe."""
    return run_programs(tmp_path_factory.mktemp("lazy") / "it's a path with spaces")


@pytest.fixture(scope="module")
def eager(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same with ordinary loading."""
    return run_programs(tmp_path_factory.mktemp("eager") / "out", EAGER_PROVIDERS="1")


@ON_CDKTF
def test_lazy_and_ordinary_loading_give_the_same_bytes_for_every_stack(lazy: Run, eager: Run) -> None:
    environments = {path.stem for path in (PROJECT / "values" / "environments").glob("*.yaml")}
    stacks = {path for path in lazy.output if path.endswith("/cdk.tf.json")}

    assert stacks >= {f"project/stacks/{name}-kube-prom-stack/cdk.tf.json" for name in environments}
    assert "program/stacks/dev-network/cdk.tf.json" in stacks
    assert lazy.output == eager.output


@ON_CDKTF
def test_only_the_submodules_that_are_used_are_loaded_in_python(lazy: Run, eager: Run) -> None:
    submodules = [name for name in lazy.python_modules if name.count(".") == 1 and not name.endswith("._jsii")]

    assert 20 < len(submodules) < MOST_MODULES
    assert len(eager.python_modules) > 2000


@ON_CDKTF
def test_only_the_submodules_that_are_used_are_loaded_in_node(lazy: Run, eager: Run) -> None:
    assert 20 < len(lazy.node_modules) < MOST_MODULES
    assert len(eager.node_modules) > 2000


def test_nothing_is_printed_and_no_file_is_left_behind(lazy: Run) -> None:
    assert lazy.errors == ""
    assert lazy.left_behind == []


def test_several_processes_give_the_same_bytes_and_keep_what_terraform_wrote(tmp_path: Path) -> None:
    one, two = tmp_path / "one process", tmp_path / "several processes"
    lock = two / "out" / "stacks" / "dev-network" / ".terraform.lock.hcl"
    stale = two / "out" / "stacks" / "gone-network" / "cdk.tf.json"
    for file in (lock, stale):
        file.parent.mkdir(parents=True)
        file.write_text("kept")
    one.mkdir()
    for folder, processes in ((one, "1"), (two, "2")):
        finished = subprocess.run(
            [sys.executable, str(HERE / "run_parallel.py"), str(folder / "out"), processes, "dev", "prod"],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert finished.returncode == 0, finished.stderr
    written = files_in(two / "out")

    assert written.pop("stacks/dev-network/.terraform.lock.hcl") == b"kept"
    assert written.pop("stacks/gone-network/cdk.tf.json") == b"kept"
    assert len(written) == 9
    assert written == files_in(one / "out")
    assert [path.name for path in two.iterdir()] == ["out"]


def test_an_error_in_one_of_several_processes_is_reported_as_in_one_and_nothing_is_written(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, str(HERE / "run_parallel.py"), str(tmp_path / "out"), "2", "dev", "impossible"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert finished.returncode == 1
    assert finished.stderr.strip().endswith("ValueError: there can be no environment of this name")
    assert "During handling" not in finished.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_root_package_gives_its_submodules_alone_and_everything_else_on_demand() -> None:
    finished = run_python(
        f"""
        import faststart, sys
        faststart.install()
        import {PROVIDER_ROOT} as root
        assert root.release.Release.__name__ == "Release"
        assert PROVIDER_ROOT + ".data_helm_template" not in sys.modules
        assert not hasattr(root, "no_such_name")
        from {PROVIDER_ROOT} import *
        assert data_helm_template.DataHelmTemplate and provider.HelmProvider
        assert root.__all__ == ["data_helm_template", "provider", "release"]
        assert sys.modules[PROVIDER_ROOT] is root
        assert "hashicorp/helm" in root.__doc__
        """
    )

    assert finished.returncode == 0, finished.stderr


@ON_CDKTF
def test_the_type_of_an_object_from_javascript_is_found_although_nothing_imported_it() -> None:
    finished = run_python(
        f"""
        import faststart, jsii, sys
        faststart.install()
        import {PROVIDER_ROOT}._jsii
        from cdktf import App, TerraformStack
        from jsii._kernel.types import CreateRequest, ObjRef
        stack = TerraformStack(App(outdir=sys.argv[1]), "stack")
        made = jsii.kernel.provider.create(
            CreateRequest(fqn="@cdktf/provider-helm.provider.HelmProvider", args=[stack, "helm", {{}}],
                          overrides=[], interfaces=[])
        )
        assert PROVIDER_ROOT + ".provider" not in sys.modules
        found = stack.node.find_child("helm")
        assert type(found) is sys.modules[PROVIDER_ROOT + ".provider"].HelmProvider
        """
    )

    assert finished.returncode == 0, finished.stderr


def test_install_twice_changes_nothing() -> None:
    finished = run_python(
        """
        import faststart, gc, os, sys
        faststart.install()
        before = os.environ["NODE_OPTIONS"], list(sys.meta_path)
        faststart.install()
        assert (os.environ["NODE_OPTIONS"], sys.meta_path) == before
        """
    )

    assert finished.returncode == 0, finished.stderr


def test_switched_off_it_does_nothing() -> None:
    finished = run_python(
        """
        import os, sys
        before = dict(os.environ), list(sys.meta_path)
        import faststart
        faststart.install()
        assert (dict(os.environ), sys.meta_path) == before
        """,
        EAGER_PROVIDERS="1",
    )

    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize(
    "change",
    [
        "early_node._KNOWN_PARTS['lib__program.js'] = (b'not in it',)",
        "kernel._is_known = lambda module: False",
    ],
)
def test_an_unknown_jsii_works_the_ordinary_way_with_one_warning(change: str) -> None:
    finished = run_python(
        f"""
        import sys, warnings
        import faststart
        from faststart.node import early_node, kernel
        {change}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            faststart.install()
            from cdktf import App, TerraformStack
            app = App(outdir=sys.argv[1])
            TerraformStack(app, "stack")
            app.synth()
        own = [str(warning.message) for warning in caught if warning.category is faststart.FastStartWarning]
        assert len(own) == 1 and own[0].startswith("jsii: its "), own
        """
    )

    assert finished.returncode == 0, finished.stderr


def test_a_program_that_never_uses_node_ends_it() -> None:
    finished = run_python(
        """
        import faststart, os, sys
        faststart.install()
        from faststart.node.early_node import _waiting
        print(_waiting[0].process.pid)
        """
    )

    assert finished.stderr == ""
    wait_until(lambda: not is_running(int(finished.stdout)))


def test_leaving_does_what_waits_for_the_end() -> None:
    finished = run_python(
        """
        import atexit, sys, threading, time
        import faststart
        faststart.install()
        from cdktf import App, TerraformStack
        app = App(outdir=sys.argv[1])
        TerraformStack(app, "stack")
        app.synth()
        atexit.register(print, "registered")
        threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
        from faststart.node.kernel import _running
        print(_running[0]._process.pid, end=" ")
        faststart.leave()
        print("not reached")
        """
    )
    pid, *printed = finished.stdout.split()

    assert (finished.returncode, finished.stderr, printed) == (0, "", ["thread", "registered"])
    wait_until(lambda: not is_running(int(pid)))


def test_leaving_leaves_the_program_that_runs_a_script_alone(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import faststart\nfaststart.install()\nfaststart.leave()\nprint('end of the script')\n")
    finished = run_python(
        f"""
        import runpy
        runpy.run_path({str(script)!r}, run_name="__main__")
        raise SystemExit(3)
        """
    )

    assert (finished.returncode, finished.stdout) == (3, "end of the script\n"), finished.stderr


def test_structures_without_values_are_accepted_and_refused_as_by_ordinary_loading() -> None:
    code = """
        import faststart, sys
        faststart.install()
        from cdktf import *
        stack = TerraformStack(App(outdir=sys.argv[1]), "stack")
        validation = dict(condition=None, error_message="text")
        attempts = [
            lambda: TerraformOutput(stack, "none", value=None),
            lambda: TerraformOutput(stack, "empty", value=LocalBackendConfig()),
            lambda: TerraformOutput(stack, "nested", value={"a": [LocalBackendConfig(), None], "b": None}),
            lambda: TerraformOutput(stack, "structure", value=S3BackendConfig(bucket="b", key="k")),
            lambda: TerraformVariable(stack, "v", validation=[TerraformVariableValidationConfig(**validation)]),
            lambda: TerraformVariable(stack, "default", default=None, type="string"),
            lambda: TerraformLocal(stack, "local", TerraformResourceLifecycle()),
            lambda: stack.add_override("a.b", TerraformOutputConfig(value=None)),
            lambda: stack.add_override("a.c", TerraformResourceLifecycle()),
            lambda: TerraformResource(stack, "r", terraform_resource_type="x", lifecycle=TerraformResourceLifecycle()),
        ]
        for attempt in attempts:
            try:
                print(type(attempt()).__name__)
            except Exception as error:
                print(type(error).__name__, error)
        print(Testing.synth(stack))
        """
    lazy, ordinary = run_python(code), run_python(code, EAGER_PROVIDERS="1")

    assert lazy.stdout.count("AssertionError Required property") == 3, lazy.stderr
    assert lazy.stdout == ordinary.stdout


def test_what_is_refused_and_how_is_what_ordinary_loading_refuses() -> None:
    code = """
        import enum, faststart, sys
        faststart.install()
        from cdktf import App, TerraformStack
        from cdktf_cdktf_provider_helm.release import Release
        stack = TerraformStack(App(outdir=sys.argv[1]), "stack")
        Version = enum.StrEnum("Version", ["NEW"])
        print(Release(stack, "own enumeration", name="n", chart="c", version=Version.NEW).version_input)
        wrong = {"name": 1, "chart": None, "timeout": "1", "set": [1], "values": "text", "depends_on": 1, "count": []}
        for name, value in wrong.items():
            try:
                Release(stack, "release", **{"name": "n", "chart": "c", name: value})
            except Exception as error:
                print(type(error).__name__, error)
        """
    lazy, ordinary = run_python(code), run_python(code, EAGER_PROVIDERS="1")

    assert lazy.stdout.count("TypeError type of argument") == 5, lazy.stderr
    assert lazy.stdout.count("RuntimeError Passed to parameter config") == 2
    assert lazy.stdout == ordinary.stdout


@ON_CDKTF
def test_annotations_are_those_of_ordinary_loading() -> None:
    code = """
        import faststart, inspect, sys, typing
        faststart.install()
        import cdktf, constructs
        from cdktf_cdktf_provider_helm import release
        from cdktf_cdktf_provider_helm.release import Release
        assert release.__dict__["_private"].typing is typing
        functions = {id(f): f for c in vars(release).values() if inspect.isclass(c) for _, f in inspect.getmembers(c)}
        functions = [f for f in functions.values() if inspect.isfunction(f)]
        assert len(functions) > 100
        for function in sorted(functions, key=lambda f: f.__qualname__):
            print(function.__qualname__, inspect.signature(function))
        annotation = inspect.signature(Release.__init__).parameters["set"].annotation
        print(typing.get_origin(annotation), typing.get_args(annotation), isinstance(annotation, typing.Hashable))
        print(annotation == typing.Optional[annotation], {annotation: 1}[annotation], annotation.__args__)
        print(typing.get_type_hints(Release.__init__)["set"], typing.get_type_hints(cdktf.ITerraformDependable))
        print(typing.get_type_hints(constructs.Construct.__init__))
        """
    lazy, ordinary = run_python(code), run_python(code, EAGER_PROVIDERS="1")

    assert "{'scope': <class 'constructs.Construct'>" in lazy.stdout, lazy.stderr
    assert lazy.stdout == ordinary.stdout


def test_a_module_whose_annotations_cannot_wait_is_loaded_the_ordinary_way_with_one_warning(tmp_path: Path) -> None:
    package = tmp_path / "cdktf_cdktf_provider_example"
    (package / "_jsii").mkdir(parents=True)
    package.joinpath("__init__.py").write_text("def __getattr__(name): raise AttributeError(name)\n")
    package.joinpath("thing.py").write_text("import jsii, publication, typing\nanswer: typing.List | None\n")
    finished = run_python(
        f"""
        import sys, typing, warnings
        import faststart
        faststart.install()
        sys.path.insert(0, {str(tmp_path)!r})
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            from cdktf_cdktf_provider_example import thing
        assert thing.__annotations__ == {{"answer": typing.Optional[typing.List]}}
        assert [warning.category for warning in caught] == [faststart.FastStartWarning]
        assert "its annotations cannot wait" in str(caught[0].message)
        """
    )

    assert finished.returncode == 0, finished.stderr


def test_the_metadata_of_packages_is_that_of_ordinary_loading() -> None:
    code = """
        import faststart, importlib, sys
        faststart.install()
        import cdktf
        from importlib.metadata import entry_points, version
        print(version("typeguard"), version("jsii"), len(entry_points(group="console_scripts")))
        import importlib.metadata
        print(importlib.metadata.files("typeguard")[0], importlib.metadata is sys.modules["importlib.metadata"])
        print(importlib.import_module("importlib.metadata._text").FoldedCase.__module__)
        print(importlib.metadata.__all__, importlib.metadata.__file__, "version" in dir(importlib.metadata))
        try:
            version("no such package")
        except importlib.metadata.PackageNotFoundError as error:
            print(error)
        """
    lazy, ordinary = run_python(code), run_python(code, EAGER_PROVIDERS="1")

    assert lazy.stdout.count("\n") == 5, lazy.stderr
    assert lazy.stdout == ordinary.stdout


def test_a_typeguard_that_wants_more_of_the_mock_module_gets_it(tmp_path: Path) -> None:
    package = tmp_path / "typeguard"
    package.mkdir()
    package.joinpath("__init__.py").write_text("from unittest.mock import Mock, patch\ncheck_type = patch.object\n")
    finished = run_python(
        f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from faststart.imports import mock_class
        with mock_class.stand_in():
            import typeguard
        import unittest.mock
        assert typeguard.patch is unittest.mock.patch
        assert isinstance(unittest.mock.Mock(), typeguard.Mock) and not isinstance(1, typeguard.Mock)
        """
    )

    assert finished.returncode == 0, finished.stderr


def test_tokens_and_braces_in_texts_give_what_they_give_with_ordinary_loading() -> None:
    code = """
        import random
        import faststart
        faststart.install()
        from cdktf import App, Fn, TerraformOutput, TerraformStack, TerraformVariable, Testing
        stack = TerraformStack(App(outdir=__import__("sys").argv[1]), "stack")
        variable = TerraformVariable(stack, "variable", type="string")
        # pieces and their order are random, and the same in both runs
        pieces = ["${", "$${", "}", "{", "text", "$", '"', variable.string_value, Fn.upper(variable.string_value)]
        choices = random.Random(1)
        for number in range(300):
            value = "".join(choices.choices(pieces, k=choices.randint(1, 30)))
            TerraformOutput(stack, f"output{number}", value=value)
        print(Testing.synth(stack))
        """
    lazy, ordinary = run_python(code), run_python(code, EAGER_PROVIDERS="1")

    assert lazy.stdout.count("var.variable") > 300, lazy.stderr
    assert lazy.stdout == ordinary.stdout


def test_the_stack_trace_of_a_token_is_that_of_ordinary_loading() -> None:
    code = """
        import faststart
        faststart.install()
        from cdktf import Token
        print(*(line.partition(" (")[0] for line in Token.as_any("value").creation_stack if "program" not in line))
        """
    lazy, ordinary = run_python(code), run_python(code, EAGER_PROVIDERS="1")

    assert lazy.stdout.startswith("new Intrinsic Token.asAny "), lazy.stderr
    assert lazy.stdout == ordinary.stdout


@pytest.fixture(scope="module")
def changed_provider(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a provider package whose root module has another shape."""
    folder = tmp_path_factory.mktemp("changed")
    finished = run_python(
        f"import importlib.util as u; print(u.find_spec({PROVIDER_ROOT!r}).submodule_search_locations[0])"
    )
    shutil.copytree(finished.stdout.strip(), folder / PROVIDER_ROOT)
    root = folder / PROVIDER_ROOT / "__init__.py"
    root.write_text(root.read_text() + "\nprint('executed')\n")
    return folder


@ON_CDKTF
def test_a_root_package_of_another_shape_is_loaded_the_ordinary_way_with_one_warning(changed_provider: Path) -> None:
    finished = run_python(
        f"""
        import sys, warnings
        import faststart
        faststart.install()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sys.path.insert(0, {str(changed_provider)!r})
            import {PROVIDER_ROOT}.release
            sys.modules.pop(PROVIDER_ROOT)
            import {PROVIDER_ROOT}
        assert [warning.category for warning in caught] == [faststart.FastStartWarning]
        assert "__init__ is not of the known shape" in str(caught[0].message)
        assert PROVIDER_ROOT + ".data_helm_template" in sys.modules
        """
    )

    assert finished.returncode == 0, finished.stderr
    assert "executed" in finished.stdout


def is_running(pid: int) -> bool:
    """Return whether there is a process of this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
