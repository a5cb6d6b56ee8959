"""Measure synthesis against its goals, print a table and write a JSON file: `python -m bench [--runs 5]`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from config import up_to_date
from config.engine import Engine
from config.paths import ROOT

from .javascript import javascript_program
from .measure import Command, Measurement, measure_alternately

if TYPE_CHECKING:
    from collections.abc import Iterable

TWO_ENVIRONMENTS = ("dev", "prod")
# What main.py needs; everything else (tests, caches, output) is not copied.
PROGRAM = ("main.py", "config", "operations", "stacks", "constructs", "values", "cdktf.json")
FEW, MANY, MOST = 10, 100, 500
# Every run writes everything, also where nothing has changed.
FULL = {up_to_date.FULL_VARIABLE: "1"}
# Measured once with 200 units (terragrunt 0.91 `render --all`), where no binary is found.
DOCUMENTED_SECONDS_PER_UNIT = 0.061
UNITS_PER_ENVIRONMENT = 2
EMPTY_APP = """\
from cdktf import App, TerraformStack

app = App()
TerraformStack(app, "empty")
app.synth()
"""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    value: float
    goal: str
    met: bool
    note: str = ""


def main() -> None:
    """Read the command line, measure everything and write the results."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure synthesis against its goals.")
    parser.add_argument("--runs", type=int, default=5, help="runs of each small program (default: %(default)s)")
    parser.add_argument("--large-runs", type=int, default=5, help="runs with many environments (default: %(default)s)")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="file to write (default: %(default)s)")
    arguments = parser.parse_args()
    # Every program finds the same Node: that of the virtual environment.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # Programs are measured as they are after their first run, which compiles what they import.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="bench ") as folder:
        measurements, rows = _measure(Path(folder), arguments.runs, arguments.large_runs)
    _print_table(measurements, rows)
    arguments.json.write_text(json.dumps(_as_json(measurements, rows), indent=2) + "\n", encoding="utf-8")


def _measure(folder: Path, runs: int, large_runs: int) -> tuple[dict[str, Measurement], list[Row]]:
    empty, ours = _empty_program(folder / "empty"), _program(folder / "ours")
    _keep_environments(ours)
    few, many, most = (_program(folder / str(number), number) for number in (FEW, MANY, MOST))
    python = (sys.executable, "main.py")
    small = {
        "empty app": Command(python, empty, {}),
        "ours": Command(python, ours, FULL),
        "ours, nothing changed": Command(python, ours, {}),
        "ours, ordinary imports": Command(python, ours, {"EAGER_PROVIDERS": "1"}),
    }
    if Engine.TERRAIN.python.is_file():
        terrain = (str(Engine.TERRAIN.python), "main.py")
        small["ours, CDK Terrain"] = Command(terrain, ours, {**FULL, "CDK": Engine.TERRAIN})
        small["ordinary imports, CDK Terrain"] = Command(terrain, ours, {"CDK": Engine.TERRAIN, "EAGER_PROVIDERS": "1"})
    measurements = measure_alternately(small, runs)
    measurements |= _measure_cli(empty, ours, runs)
    measurements |= measure_alternately(
        {
            f"{FEW} environments": Command(python, few, FULL),
            f"{MANY} environments": Command(python, many, FULL),
            f"{MOST} environments": Command(python, most, FULL),
            f"{MANY} environments, JavaScript": _javascript(many, folder / "javascript"),
        },
        large_runs,
    )
    per_unit, note = _terragrunt_seconds_per_unit()
    per_stack = measurements[f"{MANY} environments"].seconds / len(list(many.glob("cdktf.out/stacks/*")))
    last = _at_most(f"{MANY} environments, a stack : a unit of terragrunt render --all", per_stack / per_unit, 1, note)
    return measurements, [*_rows(measurements, _count(many), _count(folder / "javascript")), last]


def _measure_cli(empty: Path, ours: Path, runs: int) -> dict[str, Measurement]:
    """Measure `cdktf synth`, which starts the same programs."""
    cdktf = ROOT / "node_modules" / ".bin" / "cdktf"
    variables = {**FULL, "CHECKPOINT_DISABLE": "1", "CI": "1"}
    synth = (str(cdktf), "synth", "--app", "python main.py")
    return measure_alternately(
        {"cdktf synth, empty app": Command(synth, empty, variables), "cdktf synth": Command(synth, ours, variables)},
        runs,
    )


def _rows(results: dict[str, Measurement], elements: int, javascript_elements: int) -> list[Row]:
    def ratio(first: str, second: str) -> float:
        return results[first].seconds / results[second].seconds

    many, few, javascript = f"{MANY} environments", f"{FEW} environments", f"{MANY} environments, JavaScript"
    per_element = (results[many].seconds / elements) / (results[javascript].seconds / javascript_elements)
    memory = results["ours, ordinary imports"].peak_mib / results["ours"].peak_mib
    return [
        _at_most("all stacks of two environments : empty app", ratio("ours", "empty app"), 1.45),
        _at_most("synthesis when nothing changed : a full one", ratio("ours, nothing changed", "ours"), 0.3),
        _at_least("ordinary imports : ours", ratio("ours, ordinary imports", "ours"), 20),
        *_rows_of_terrain(results),
        _at_least("peak memory, ordinary imports : ours", memory, 8),
        _at_most("cdktf synth : cdktf synth of the empty app", ratio("cdktf synth", "cdktf synth, empty app"), 1.3),
        _at_most(f"{MANY} environments : {FEW} environments", ratio(many, few), 11),
        _at_most(f"{MOST} environments : {MANY} environments", ratio(f"{MOST} environments", many), 5.2),
        _at_most(f"{MOST} environments, peak memory in GiB", results[f"{MOST} environments"].peak_mib / 1024, 1.5),
        _at_most("time a resource : the same in JavaScript", per_element, 2.0),
    ]


def _rows_of_terrain(results: dict[str, Measurement]) -> list[Row]:
    """Compare ordinary imports with ours on CDK Terrain, where it is installed."""
    ours, ordinary = results.get("ours, CDK Terrain"), results.get("ordinary imports, CDK Terrain")
    if ours is None or ordinary is None:
        return []
    return [_at_least("ordinary imports : ours, CDK Terrain", ordinary.seconds / ours.seconds, 20)]


def _at_most(what: str, value: float, goal: float, note: str = "") -> Row:
    return Row(what, value, f"<= {goal:g}", value <= goal, note)


def _at_least(what: str, value: float, goal: float) -> Row:
    return Row(what, value, f">= {goal:g}", value >= goal)


def _empty_program(folder: Path) -> Path:
    folder.mkdir()
    (folder / "main.py").write_text(EMPTY_APP, encoding="utf-8")
    shutil.copy(ROOT / "cdktf.json", folder)
    return folder


def _program(folder: Path, environments: int | None = None) -> Path:
    """Copy the program; with a number of environments, replace its own by so many copies of dev."""
    folder.mkdir()
    for name in PROGRAM:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    # Only minikube has overlays, which is not measured, and files that no environment names are refused.
    shutil.rmtree(folder / "values" / "overlays")
    if environments is not None:
        _replace_environments(folder / "values" / "environments", environments)
    # Compiled once, as after the first run of any program.
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder)], check=True)  # noqa: S603 - fixed command
    return folder


def _keep_environments(folder: Path) -> None:
    """Remove the environments other than the two that the goal is about: the others have fewer stacks."""
    for file in (folder / "values" / "environments").glob("*.yaml"):
        if file.stem not in TWO_ENVIRONMENTS:
            file.unlink()


def _replace_environments(folder: Path, number: int) -> None:
    text = (folder / "dev.yaml").read_text(encoding="utf-8")
    for file in folder.glob("*.yaml"):
        file.unlink()
    for index in range(number):
        name = f"env{index:03}"
        renamed = text.replace("name: dev\n", f"name: {name}\n", 1)
        (folder / f"{name}.yaml").write_text(renamed, encoding="utf-8")


def _javascript(synthesized: Path, folder: Path) -> Command:
    """Prepare the same number of the same stacks, made by JavaScript."""
    cache = folder / "jsii"
    cache.mkdir(parents=True)
    # The program reads what one of the environments has become, so that has to exist before the first run.
    variables = {**os.environ, "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache)}
    subprocess.run([sys.executable, "main.py"], check=True, cwd=synthesized, env=variables)
    output = synthesized / "cdktf.out"
    return javascript_program(folder, cache=cache, synthesized=output, environment="env000", copies=MANY)


def _count(folder: Path) -> int:
    """Count the resources and data sources of all stacks."""
    stacks = (json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("cdktf.out/stacks/*/cdk.tf.json"))
    blocks = (stack.get(kind, {}) for stack in stacks for kind in ("resource", "data"))
    return sum(len(instances) for block in blocks for instances in block.values())


def _terragrunt_seconds_per_unit() -> tuple[float, str]:
    """Return how long terragrunt takes for a unit when it renders as many environments, measured if it is installed."""
    if shutil.which("terragrunt") is None:
        return DOCUMENTED_SECONDS_PER_UNIT, "no terragrunt here; 61 ms a unit, measured once with 0.91"
    units = MANY * UNITS_PER_ENVIRONMENT
    with tempfile.TemporaryDirectory() as folder:
        for index in range(units):
            unit = Path(folder, f"env{index // UNITS_PER_ENVIRONMENT:03}", f"unit{index % UNITS_PER_ENVIRONMENT}")
            unit.mkdir(parents=True)
            (unit / "terragrunt.hcl").write_text('inputs = { name = "example" }\n', encoding="utf-8")
        command = Command(("terragrunt", "render", "--all"), Path(folder), {})
        return measure_alternately({"terragrunt": command}, 1)["terragrunt"].seconds / units, "measured"


def _print_table(measurements: dict[str, Measurement], rows: Iterable[Row]) -> None:
    print("| program | median s | peak MiB | runs |\n| --- | ---: | ---: | ---: |")  # noqa: T201 - a program, which prints its results - the result
    for name, result in measurements.items():
        print(f"| {name} | {result.seconds:.3f} | {result.peak_mib:.0f} | {result.runs} |")  # noqa: T201 - a program, which prints its results - the result
    print("\n| ratio | measured | goal | met |\n| --- | ---: | ---: | --- |")  # noqa: T201 - a program, which prints its results - the result
    for row in rows:
        note = f" ({row.note})" if row.note else ""
        print(f"| {row.what}{note} | {row.value:.2f} | {row.goal} | {'yes' if row.met else 'no'} |")  # noqa: T201 - a program, which prints its results


def _as_json(measurements: dict[str, Measurement], rows: Iterable[Row]) -> dict[str, object]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "measurements": {name: vars(result) for name, result in measurements.items()},
        "ratios": [vars(row) for row in rows],
    }


if __name__ == "__main__":
    main()
