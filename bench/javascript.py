"""The program in JavaScript that the measurements compare with, on the packages that jsii unpacks from the wheels."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path
from typing import Final

from config.engine import of_this_python
from faststart import use_own_node

from .measure import Command

PROGRAM: Final = "synth.cjs"
# A package finds the others next to the link to it, and not next to the target of the link.
OPTIONS: Final = ("--preserve-symlinks", "--preserve-symlinks-main", "--disable-warning=DEP0044")


def javascript_program(folder: Path, *, cache: Path, synthesized: Path, environment: str, copies: int) -> Command:
    """Prepare a program that makes the stacks of one synthesized environment several times.

    Args:
        folder: Where the program goes; it writes to `cdktf.out` there.
        cache: Where jsii has unpacked the wheels.
        synthesized: The output of a synthesis.
        environment: The environment whose stacks are made.
        copies: How often they are made.

    """
    library = of_this_python().library
    for packed in Path(sysconfig.get_path("purelib")).glob("*/_jsii/*.jsii.tgz"):
        name, version = packed.name.removesuffix(".jsii.tgz").split("@")
        package = f"@{library}/{name}" if name.startswith("provider-") else name
        link = folder / "node_modules" / package
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(next((cache / package / version).iterdir()))
    shutil.copy(Path(__file__).parent / PROGRAM, folder)
    arguments = (library, str(synthesized), environment, str(copies), str(folder / "cdktf.out"))
    return Command((use_own_node(), *OPTIONS, PROGRAM, *arguments), folder, {})
