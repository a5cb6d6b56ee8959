"""Puts example values in place of outputs that do not exist yet, to plan a stack before its upstream is there.

They are written into a copy of the stack's folder that only plans use: its data sources read state files made here,
with the real outputs as far as there are any. Nothing is applied from such a copy.
"""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from config.core.errors import UsageError
from config.core.files.written_files import write_whole
from operations.selection.synthesized import CONFIGURATION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from operations.selection.synthesized import Stack, Synthesized

LOCK_FILE = ".terraform.lock.hcl"
# Where cdktf puts files that resources name, e.g. a chart.
ASSETS_FOLDER = "assets"

Values = dict[str, Any]


@dataclass(frozen=True)
class Upstream:
    """What one data source gives: the real outputs as their state has them, and examples of those that are missing."""

    producer: str
    source: str
    read: frozenset[str]
    outputs: Values
    examples: Values


def examples_of(stack: Stack) -> Values:
    """Give the example values of a stack's outputs, as the outputs contract has them."""
    from config.imports import known_outputs  # noqa: PLC0415 - only where an output is missing
    from stacks.outputs import StackOutputs  # noqa: PLC0415 - only where an output is missing

    contracts = [found for found in StackOutputs.__subclasses__() if stack.kind == found.PRODUCER]
    if not contracts:
        return {}
    examples = {declared.name: declared.metadata["example"] for contract in contracts for declared in fields(contract)}
    # What is taken over of an earlier layout is known before the stack is applied.
    return {**examples, **known_outputs(stack.environment, stack.kind)}


def upstreams(stack: Stack, stacks: Synthesized, outputs: Mapping[str, Values]) -> tuple[Upstream, ...]:
    """Compare what a stack reads with what is there, by stack name.

    Raises:
        UsageError: An output is missing and the contract has no example of it.
    """
    found = []
    for source, read in sorted(stack.outputs_read().items()):
        upstream = stacks.producer_of(stack, source)
        producer = upstream.name
        missing = sorted(read - outputs[producer].keys())
        examples = examples_of(upstream) if missing or not outputs[producer] else {}
        if not outputs[producer] and not missing:
            # The data source needs a state, also where nothing of it is read.
            missing = sorted(examples)
        for name in missing:
            if name not in examples:
                raise UsageError(
                    f"{stack.name} reads {name} of {producer}, which has not been applied, and stacks/outputs.py "
                    "has no example of it"
                )
        stood_in = {name: examples[name] for name in missing}
        found.append(Upstream(producer, source, read, outputs[producer], stood_in))
    return tuple(found)


def write_copy(stack: Stack, found: tuple[Upstream, ...], folder: Path) -> None:
    """Write the stack with its missing outputs stood in for into a folder that only plans use."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = copy.deepcopy(stack.configuration)
    for upstream in found:
        if upstream.examples:
            state = f"stand-in-{upstream.source}.tfstate"
            # No workspace: in a cloud workspace its name would become part of the path.
            data = {"backend": "local", "config": {"path": state}}
            configuration["data"]["terraform_remote_state"][upstream.source] = data
            write_whole(folder / state, _state(upstream.outputs, upstream.examples))
    write_whole(folder / CONFIGURATION, json.dumps(configuration, indent=2))
    if (stack.folder / LOCK_FILE).is_file():
        write_whole(folder / LOCK_FILE, (stack.folder / LOCK_FILE).read_text(encoding="utf-8"))
    if (stack.folder / ASSETS_FOLDER).is_dir():
        shutil.copytree(stack.folder / ASSETS_FOLDER, folder / ASSETS_FOLDER, dirs_exist_ok=True)


def _state(outputs: Values, examples: Values) -> str:
    """Write a state that has outputs and no resources."""
    typed = {name: {"value": value, "type": _type(value)} for name, value in examples.items()}
    return json.dumps(
        {
            "version": 4,
            "terraform_version": "1.10.0",
            "serial": 1,
            "lineage": "stand-in",
            "outputs": {**outputs, **typed},
            "resources": [],
        }
    )


def _type(value: str | list[str]) -> str | list[str]:
    """Write the type of an example as a state has it; the contract has texts and lists of texts."""
    return ["list", "string"] if isinstance(value, list) else "string"
