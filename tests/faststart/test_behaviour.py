"""Threads, forks, callbacks, errors and odd texts behave as with ordinary loading."""

from __future__ import annotations

import pytest

from tests.faststart.programs import run_python
from tests.programs import need_semaphores

# cdktf 0.21 calls util.isArray, of which Node warns with the number of its process.
QUIET = {"NODE_OPTIONS": "--no-deprecation"}
# What each program begins with.
BEGIN = """
import faststart, json, os, sys, threading
faststart.install()
import jsii
from cdktf import App, Aspects, IAspect, Lazy, TerraformOutput, TerraformStack, Testing
from cdktf_cdktf_provider_helm.provider import HelmProvider
from cdktf_cdktf_provider_helm.release import Release, ReleaseSet

def new_stack(name="stack"):
    stack = TerraformStack(App(outdir=os.path.join(sys.argv[1], name)), name)
    HelmProvider(stack, "helm")
    return stack
"""
PROGRAMS = {
    "a provider that is imported in a thread": """
        found = []
        def work():
            from cdktf_cdktf_provider_kubernetes.namespace_v1 import NamespaceV1
            found.append(NamespaceV1)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(len(set(found)), found[0].TF_RESOURCE_TYPE)
        """,
    "a fork that does not use Node": """
        stack = new_stack()
        Release(stack, "before", name="before", chart="c")
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            print("child", json.dumps({"a": 1}))
            sys.stdout.flush()
            os._exit(3)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        Release(stack, "after", name="after", chart="c")
        print(Testing.synth(stack))
        """,
    "several programs in processes of a pool": """
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context
        import textwrap, pathlib
        module = pathlib.Path(sys.argv[1], "work.py")
        module.write_text(textwrap.dedent('''
            import os, tempfile
            def synthesize(number):
                from cdktf import App, TerraformOutput, TerraformStack, Testing
                stack = TerraformStack(App(outdir=tempfile.mkdtemp()), f"stack{number}")
                TerraformOutput(stack, "output", value=number)
                return Testing.synth(stack)
        '''))
        sys.path.insert(0, sys.argv[1])
        import work
        with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=faststart.install) as pool:
            print(*pool.map(work.synthesize, range(4)))
        """,
    "an aspect that Node calls, which builds and reads": """
        @jsii.implements(IAspect)
        class Names:
            def __init__(self):
                self.seen = []
            def visit(self, node):
                self.seen.append(node.node.path)
                if isinstance(node, Release) and not node.version_input:
                    node.version = "1.2.3"
        stack, names = new_stack(), Names()
        Release(stack, "release", name="n", chart="c")
        Aspects.of(stack).add(names)
        stack.node.root.synth()
        print(sorted(names.seen))
        """,
    "a callback that gives a value when it is needed": """
        from cdktf import IStringProducer
        @jsii.implements(IStringProducer)
        class Late:
            def produce(self, context):
                return "late ü"
        stack = new_stack()
        TerraformOutput(stack, "output", value=Lazy.string_value(Late()))
        print(Testing.synth(stack))
        """,
    "an error in a callback": """
        @jsii.implements(IAspect)
        class Broken:
            def visit(self, node):
                raise ValueError("broken — ü")
        stack = new_stack()
        Aspects.of(stack).add(Broken())
        try:
            stack.node.root.synth()
        except Exception as error:
            print(type(error).__name__, error, type(error.__cause__).__name__)
        print(Testing.synth(new_stack("after")))
        """,
    "errors of JavaScript, and what is built after them": """
        stack = new_stack()
        Release(stack, "release", name="n", chart="c")
        attempts = [
            lambda: Release(stack, "release", name="n", chart="c"),
            lambda: TerraformStack(stack.node.root, "stack"),
            lambda: TerraformStack(stack.node.root, "a/b"),
            lambda: stack.node.find_child("nothing"),
        ]
        for attempt in attempts:
            try:
                print(type(attempt()).__name__)
            except Exception as error:
                print(type(error).__name__, str(error).splitlines()[0])
        print(Testing.synth(stack))
        """,
    "texts in every alphabet": r"""
        stack = new_stack()
        texts = ["ü", "\u2028\u2029", "\x00\x1f\x7f", "\U0001f680", "مرحبا", '"\\n', "$jsii.byref", "a" * 200_000]
        for number, text in enumerate(texts):
            TerraformOutput(stack, f"output{number}", value={text: [text]}, description=text)
        print(Testing.synth(stack))
        """,
    "what Python prints and what Node prints": """
        import warnings
        stack = new_stack()
        stack.node.add_metadata("note", "text")
        print("out", flush=True)
        print("err", file=sys.stderr, flush=True)
        print(stack.node.metadata[0].data)
        """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_is_as_with_ordinary_loading(name: str) -> None:
    code = BEGIN + _dedented(PROGRAMS[name])
    if "ProcessPoolExecutor" in code:
        need_semaphores()
    lazy, ordinary = run_python(code, **QUIET), run_python(code, **QUIET, EAGER_PROVIDERS="1")

    assert ordinary.returncode == 0, ordinary.stderr
    assert ordinary.stdout
    assert (lazy.returncode, lazy.stdout, lazy.stderr) == (0, ordinary.stdout, ordinary.stderr)


def test_threads_may_build_at_the_same_time() -> None:
    """With ordinary loading they read one another's answers; here each waits for its own."""
    code = """
        def build(stack):
            for number in range(25):
                Release(stack, f"r{number}", name=f"r{number}", chart="c", set=[ReleaseSet(name="a", value="b")])
        stacks = [new_stack(f"stack{number}") for number in range(4)]
        threads = [threading.Thread(target=build, args=[stack]) for stack in stacks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        documents = [json.loads(Testing.synth(stack)) for stack in stacks]
        assert all(document == documents[0] for document in documents)
        print(len(documents[0]["resource"]["helm_release"]))
        """
    finished = run_python(BEGIN + _dedented(code), **QUIET)

    assert finished.stdout == "25\n", finished.stderr


def _dedented(code: str) -> str:
    return "\n".join(line.removeprefix("        ") for line in code.splitlines())
