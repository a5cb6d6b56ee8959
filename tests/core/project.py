"""A small project of its own for tests of the configuration: files under `values/`, and what loading says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.loading import ConfigurationError, load_environments
from config.paths import SLACK_TEMPLATE

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from config.environment import Environment

MARK = "# <-"

_TOP = {"name": "name: dev", "region": "region: us-east-2"}
_NETWORK = {"zones": "zones: [us-east-2a, us-east-2b]"}
_CLUSTER = {
    "name": "name: gd9",
    "enable_cluster_creator_admin_permissions": "enable_cluster_creator_admin_permissions: true",
    "node_groups": "node_groups: {general: {}}",
}


def environment_text(*, top: str = "", network: str = "", cluster: str = "", **sections: str) -> str:
    """Return the YAML of the smallest environment, with lines put in or replaced."""
    lines = [*_with(_TOP, top), "network:", *_indented(_with(_NETWORK, network))]
    lines += ["cluster:", *_indented(_with(_CLUSTER, cluster))]
    for name, text in sections.items():
        lines += [f"{name}:", *_indented(text.splitlines())]
    return "\n".join(lines) + "\n"


def _with(base: dict[str, str], text: str) -> list[str]:
    given = {line.partition(":")[0] for line in text.splitlines()}
    return [line for key, line in base.items() if key not in given] + text.splitlines()


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


class Project:
    """Files under `values/`; lines that end with the mark are those that problems are expected on."""

    def __init__(self, root: Path) -> None:
        self.values = root / "values"
        self.write("kube-prometheus-stack.yaml", "crds: {enabled: true}\n")
        self.write("alertmanager/slack.tmpl", SLACK_TEMPLATE.read_text(encoding="utf-8"))

    def write(self, relative_path: str, content: str | bytes) -> Path:
        """Write a file below `values/`."""
        path = self.values / relative_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, *, today: date | None = None) -> tuple[Environment, ...]:
        """Load the environments."""
        return load_environments(self.values / "environments", today=today)

    def environment(self, *, today: date | None = None, **sections: str) -> Environment:
        """Write and load `dev`."""
        self.write("environments/dev.yaml", environment_text(**sections))
        (environment,) = self.load(today=today)
        return environment

    def problems(self, *, today: date | None = None) -> list[str]:
        """Load, and return what is wrong."""
        try:
            self.load(today=today)
        except ConfigurationError as error:
            return str(error).splitlines()
        return []

    def problems_of(self, content: str | bytes, name: str = "dev") -> list[str]:
        """Write an environment and return what is wrong with everything."""
        self.write(f"environments/{name}.yaml", content)
        return self.problems()

    def refuses(self, *messages: str, today: date | None = None, **sections: str) -> None:
        """Assert that `dev` has these problems alone, `path: message` each, on the marked lines from top to bottom."""
        text = environment_text(**sections)
        marked = [number for number, line in enumerate(text.splitlines(), start=1) if line.endswith(MARK)]
        assert len(marked) in (1, len(messages)), text
        if len(marked) == 1:
            marked *= len(messages)
        self.write("environments/dev.yaml", text)
        expected = [f"values/environments/dev.yaml:{line}: {told}" for line, told in zip(marked, messages, strict=True)]
        assert self.problems(today=today) == expected
