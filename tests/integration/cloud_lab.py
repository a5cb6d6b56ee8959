"""A running stand-in for HCP Terraform, and a project that reaches it."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests import programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.project import Project

HOSTNAME = "tfc.lab.test"
CLOUD = f"backend: {{type: cloud, organization: acme, hostname: {HOSTNAME}, project: platform}}\n"


@dataclass(frozen=True)
class Lab:
    """A running stand-in, and a project whose terraform reaches it."""

    scripts: Path
    folder: Path
    project: Project
    mode: str

    def workspace(self, *arguments: str) -> str:
        """Call the API as the lab's `ws.sh` does, and return what it answers."""
        command = '. "$1/env.sh" && shift && "$@"'
        called: list[str | Path] = ["sh", "-c", command, "sh", self.folder, self.scripts / "ws.sh", *arguments]
        environment = {**os.environ, "PATH": programs.MACHINE_PATH}
        answer: str = subprocess.run(called, env=environment, check=True, capture_output=True, text=True).stdout
        return answer


@contextmanager
def running(scripts: Path, project: Project, folder: Path, mode: str) -> Iterator[Lab]:
    """Start a stand-in with runs there (remote) or here (local), and stop it at the end."""
    providers = project.environment["TF_CLI_CONFIG_FILE"]
    sandbox = [name for name in project.environment if name.startswith("SANDBOX_")]
    options = ["--mode", mode, "--worker-cli-config", providers, *(f"--worker-env={name}" for name in sandbox)]
    port = _free_port()
    subprocess.run(
        [scripts / "start.sh", folder, "--", *options],
        env={
            **os.environ,
            **project.environment,
            "TFC_LAB_PORT": str(port),
            "TFC_LAB_HOST": HOSTNAME,
            "PATH": programs.MACHINE_PATH,
        },
        check=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        configuration = folder / "with-providers.rc"
        parts = (folder / "terraformrc", Path(providers))
        configuration.write_text("\n".join(part.read_text(encoding="utf-8") for part in parts), encoding="utf-8")
        certificates = str(folder / "tls/bundle.pem")
        here = project.with_environment(
            TF_CLI_CONFIG_FILE=str(configuration), SSL_CERT_FILE=certificates, TFE_ADDRESS=f"https://localhost:{port}"
        )
        yield Lab(scripts, folder, here, mode)
    finally:
        # The last test of the module may be one that does not use the stand-in.
        with programs.allowed(scripts / "stop.sh"):
            subprocess.run([scripts / "stop.sh", folder], check=True, stdout=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
