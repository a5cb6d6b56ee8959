"""What Terraform makes of texts that passed the border to cdktf: themselves."""

from __future__ import annotations

import itertools
import json
import subprocess
from typing import TYPE_CHECKING

from config.core.files.tokens import literal

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "${TfToken[TOKEN.1]}"  # noqa: S105 (not a secret)
SIGNS = ("$", "%", "{", "}", "~", '"', "x", TOKEN)
TEXTS = [
    "".join(parts)
    for parts in (
        *itertools.chain.from_iterable(itertools.product(SIGNS, repeat=length) for length in (1, 2, 3)),
        *itertools.product(("$", "%", "{", TOKEN), repeat=5),
    )
]


def test_terraform_gives_back_every_text(terraform: str, tmp_path: Path) -> None:
    """Nothing is listed by hand: all short texts of the signs that mean something to Terraform."""
    templates = [literal(text).replace(TOKEN, "${local.reference}") for text in TEXTS]
    configuration = {
        "locals": {"reference": "REFERENCE", "keys": dict.fromkeys(templates, "")},
        "output": {"texts": {"value": templates}, "keys": {"value": "${local.keys}"}},
    }
    (tmp_path / "main.tf.json").write_text(json.dumps(configuration), encoding="utf-8")
    for command in (("init",), ("apply", "-auto-approve")):
        subprocess.run([terraform, *command], cwd=tmp_path, check=True, capture_output=True)
    shown = subprocess.run([terraform, "output", "-json"], cwd=tmp_path, check=True, capture_output=True).stdout
    outputs = json.loads(shown)
    expected = [text.replace(TOKEN, "REFERENCE") for text in TEXTS]
    assert outputs["texts"]["value"] == expected
    assert set(outputs["keys"]["value"]) == set(expected)
