"""Commands about a running cluster: reaching it, opening what runs on it, checking it."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from operations.cli.options import OneEnvironment


class Service(StrEnum):
    """What can be opened."""

    GRAFANA = "grafana"
    PROMETHEUS = "prometheus"
    ALERTMANAGER = "alertmanager"


check = typer.Typer(help="Check a running cluster, the charts, the policies, the versions.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(rich_help_panel="Clusters")(kubeconfig)
    app.command("open", rich_help_panel="Clusters")(open_)
    app.command(rich_help_panel="Clusters")(upgrade)
    app.add_typer(check, name="check", rich_help_panel="Clusters")


def kubeconfig(
    env: OneEnvironment,
    file: Annotated[Path | None, typer.Option(help="File to write to. Default: kubectl's own.")] = None,
) -> None:
    """Let kubectl reach the cluster of an environment, as the context eks-<environment>."""
    from operations.aws_login import logged_in
    from operations.environments.named import environment_named
    from operations.kubernetes import open_service

    environment = environment_named(env)
    with logged_in(environment.commands, with_role=False):
        sys.stdout.write(f"{open_service.write_kubeconfig(environment, file)}\n")


def open_(
    service: Annotated[Service, typer.Argument(help="What to open.")],
    env: OneEnvironment,
    port: Annotated[
        int | None,
        typer.Option(envvar="PORT", min=1, max=65535, help="Port of this machine. Default: 3000, 9090 or 9093."),
    ] = None,
) -> None:
    """Open Grafana, Prometheus or Alertmanager on this machine; for Grafana print where its password is."""
    from operations.aws_login import logged_in
    from operations.environments.named import environment_named
    from operations.kubernetes import open_service

    chosen = port or open_service.LOCAL_PORTS[service]
    environment = environment_named(env)
    with logged_in(environment.commands):
        raise typer.Exit(open_service.open_service(environment, service, chosen))


def upgrade(
    env: OneEnvironment,
    to: Annotated[str, typer.Option(help="The Kubernetes version to go to, like 1.36.")],
) -> None:
    """Report how to take the cluster to another Kubernetes version, and what blocks it; changes nothing."""
    from operations.aws_login import logged_in
    from operations.environments.named import environment_named
    from operations.kubernetes import upgrade as upgrades

    environment = environment_named(env)
    with logged_in(environment.commands):
        raise typer.Exit(upgrades.upgrade(environment, to))


@check.command("cluster")
def check_cluster(env: OneEnvironment) -> None:
    """Report which secrets are missing, which monitors are not selected, which claims have no volume."""
    from operations.aws_login import logged_in
    from operations.environments.named import environment_named
    from operations.kubernetes import check_cluster as checks

    environment = environment_named(env)
    with logged_in(environment.commands):
        raise typer.Exit(checks.check(environment))


@check.command("alerts")
def check_alerts(
    env: OneEnvironment,
    severity: Annotated[str, typer.Option(help="Label `severity` of the alert.")] = "critical",
    namespace: Annotated[str, typer.Option(help="Label `namespace` of the alert.")] = "default",
) -> None:
    """Send a test alert to Alertmanager, and report whether its receivers were notified."""
    from operations.aws_login import logged_in
    from operations.environments.named import environment_named
    from operations.kubernetes import check_alerts as checks

    environment = environment_named(env)
    with logged_in(environment.commands):
        raise typer.Exit(checks.check(environment, severity, namespace))


@check.command("series")
def check_series(
    env: OneEnvironment,
    budget: Annotated[int | None, typer.Option(min=1, help="Fail where there are more series than this.")] = None,
) -> None:
    """Report which metrics and labels make the series of Prometheus, and what drops the unused ones."""
    from operations.environments.named import environment_named
    from operations.kubernetes import check_series as checks

    raise typer.Exit(checks.check(environment_named(env), budget))


@check.command("charts")
def check_charts(
    env: Annotated[str | None, typer.Argument(envvar="ENV", help="Only this environment.")] = None,
    charts: Annotated[
        Path | None,
        typer.Option(envvar="CHARTS", help="Folder with packages or unpacked charts, instead of pulling them."),
    ] = None,
) -> None:
    """Render every chart with the values of every environment, and report what is wrong; needs helm."""
    from checks import charts as checks

    raise typer.Exit(checks.check(env, charts))
