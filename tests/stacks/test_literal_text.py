"""What cdktf receives: tokens as they are, anything else as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attr
import jsii
import pytest
from cdktf import App, TerraformLocal, TerraformOutput, TerraformStack, Token

from config.core.files.tokens import literal
from stacks import literal_text

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "${TfToken[TOKEN.1]}"  # noqa: S105 (not a secret)


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("health ${POD_IP}:8080", "health $${POD_IP}:8080"),
        ("%{ if true }x%{ endif }", "%%{ if true }x%%{ endif }"),
        ("$${a}", "$$${a}"),
        ("$", "$"),
        (TOKEN, TOKEN),
        (f"a{TOKEN}${{b}}", f"a{TOKEN}$${{b}}"),
        (f"$${TOKEN}", f'${{"$$"}}{TOKEN}'),
        ("${TfToken[", "$${TfToken["),
        ("", ""),
    ],
)
def test_only_tokens_stay(text: str, template: str) -> None:
    assert literal(text) == template


class Provider:
    """Stands for the kernel's process: it keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        def send(request: Any) -> None:
            self.sent.append(request)

        return send


@attr.s(auto_attribs=True, frozen=True)
class Request:
    """A request with the parts in which text goes to the kernel."""

    args: Any = None
    value: Any = None
    result: Any = None
    overrides: Any = None


@pytest.mark.parametrize("name", ["create", "invoke", "sinvoke", "set", "sset", "begin", "sbegin", "complete"])
@pytest.mark.parametrize(("text", "template"), [("${a}", "$${a}"), ("%{a}", "%%{a}"), (TOKEN, TOKEN)])
def test_every_request_to_the_kernel_is_text(
    name: str, text: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider()
    vars(provider)["is_literal"] = False
    monkeypatch.setattr(jsii.kernel, "provider", provider)
    literal_text.install()
    getattr(provider, name)(Request(args=[text], value={text: 1}))
    (request,) = provider.sent
    assert (request.args, request.value) == ([template], {template: 1})
    before = getattr(provider, name)
    literal_text.install()
    assert getattr(provider, name) is before, "text would be escaped twice"


def test_every_way_to_cdktf_is_covered(tmp_path: Path) -> None:
    """Constructors, attributes that are set, methods, structures, lists, and keys."""
    literal_text.install()
    app = App(outdir=str(tmp_path))
    stack = TerraformStack(app, "stack")
    first = TerraformLocal(stack, "first", {"${a}": ["%{b}", {"${c}": 1}]})
    second = TerraformLocal(stack, "second", "x")
    second.expression = "${set}"
    output = TerraformOutput(stack, "output", value=f"$${Token.as_string(first.expression)}${{text}}")
    output.add_override("extra", {"${override}": "%{x}"})
    stack.add_override("import", [{"to": "aws_vpc.x", "id": "${id}"}])
    app.synth()
    written = json.loads((tmp_path / "stacks/stack/cdk.tf.json").read_text(encoding="utf-8"))
    assert written["locals"] == {"first": {"$${a}": ["%%{b}", {"$${c}": 1}]}, "second": "$${set}"}
    assert written["output"]["output"] == {
        "value": '${"$$"}${local.first}$${text}',
        "extra": {"$${override}": "%%{x}"},
    }
    assert written["import"] == [{"to": "aws_vpc.x", "id": "$${id}"}]
