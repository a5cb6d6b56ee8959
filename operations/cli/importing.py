"""Commands that import dashboards, rules and values files of the chart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from operations.importing.dashboards_and_rules import Written

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the difference, and write nothing.")]

imports = typer.Typer(help="Take over a dashboard, rules, or a values file of the chart.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(imports, name="import", rich_help_panel="Environments")


@imports.command()
def dashboard(
    source: Annotated[str, typer.Argument(help="A dashboard as Grafana exports it, or an id of grafana.com.")],
    folder: Annotated[str, typer.Option(help="Folder in Grafana.")] = "imported",
    *,
    dry_run: DryRun = False,
) -> None:
    """Write a dashboard to values/dashboards/, with its data sources found here."""
    from operations.importing import dashboards_and_rules

    _write(dashboards_and_rules.dashboard(source, folder), dry_run=dry_run)


@imports.command()
def rules(
    source: Annotated[str, typer.Argument(help="A rule file of Prometheus, or PrometheusRule objects.")],
    name: Annotated[str | None, typer.Option(help="Name of the file. Default: that of the source.")] = None,
    *,
    dry_run: DryRun = False,
) -> None:
    """Write rules to values/rules/, checked as Prometheus reads them."""
    from operations.importing import dashboards_and_rules

    _write(dashboards_and_rules.rules(source, name=name), dry_run=dry_run)


@imports.command()
def values(
    source: Annotated[Path, typer.Argument(help="A values file of kube-prometheus-stack.")],
    name: Annotated[str, typer.Option(help="Name of the overlay.")] = "imported",
    *,
    dry_run: DryRun = False,
) -> None:
    """Report which values become settings, write the rest to values/overlays/, and report what is refused."""
    from config.paths import VALUES
    from operations.console import print_text
    from operations.importing import dashboards_and_rules
    from operations.importing.values import import_values

    found = import_values(source)
    written = [dashboards_and_rules.rules_of(rule_name, content) for rule_name, content in found.rules.items()]
    if found.overlay:
        written.append(dashboards_and_rules.written(VALUES / "overlays" / f"{name}.yaml", found.overlay_text()))
    for line in (*found.taken, *(f"refused: {line}" for line in found.refused)):
        print_text(line)
    if found.settings:
        print_text(f"\nSettings for the environment:\n\n{found.settings_text()}")
    for one in written:
        _write(one, dry_run=dry_run)
    if found.overlay:
        print_text(f"Name it in the environment: kube_prom_stack: {{values_files: [overlays/{name}.yaml]}}")


def _write(written: Written, *, dry_run: bool) -> None:
    from config.core.files.written_files import TRACKED, write_whole
    from config.paths import ROOT
    from operations.console import print_text

    path = written.path.relative_to(ROOT) if written.path.is_relative_to(ROOT) else written.path
    print_text(written.diff or f"{path} is as it would be written")
    if dry_run or not written.diff:
        return
    written.path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(written.path, written.text, mode=TRACKED)
    print_text(f"wrote {path}")
