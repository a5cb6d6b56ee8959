"""A stand-in for Slack, and an Alertmanager with the synthesized configuration that sends to it."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Endpoint:
    """An HTTP server: it exposes metrics to a GET, and remembers what is posted."""

    def __init__(self) -> None:
        self.metrics = ""
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.posted_at: dict[str, list[float]] = defaultdict(list)
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(endpoint.metrics.encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.posted.append((self.path, json.loads(body)))
                endpoint.posted_at[self.path].append(time.monotonic())
                self._answer(b"ok")

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop the server."""
        self.server.shutdown()
        self.server.server_close()

    def posted_to(self, path: str) -> list[dict[str, Any]]:
        """Return what was posted to a path."""
        return [body for posted_path, body in self.posted if posted_path == path]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(folder: Path, port: int, *command: str) -> Iterator[None]:
    """Run a program until its API is ready; its log is shown when it is not."""
    log = folder / f"{command[0]}.log"
    with log.open("w") as output, subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process:
        try:
            wait_until(lambda: is_ready(port), lambda: f"{command[0]} is not ready:\n{log.read_text()}")
            yield
        finally:
            process.terminate()


def is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/-/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def alertmanager_command(values: dict[str, Any], folder: Path, port: int) -> list[str]:
    """Write the configuration of an Alertmanager, and return the command that runs it.

    Args:
        values: Values of kube-prometheus-stack.
        folder: Where secrets, configuration and data are; a secret is `secrets/<name>/<key>`.
        port: Port on this machine that it listens on.

    """
    settings = values["alertmanager"]
    config = json.dumps(settings["config"])
    for mounted in ("secrets", "config"):
        config = config.replace(f"/etc/alertmanager/{mounted}", str(folder / mounted))
    (folder / "config").mkdir(exist_ok=True)
    (folder / "config" / "alertmanager.yaml").write_text(config)
    for name, text in settings["templateFiles"].items():
        (folder / "config" / name).write_text(text)
    address = settings["alertmanagerSpec"].get("externalUrl", f"http://127.0.0.1:{port}")
    return [
        "alertmanager",
        f"--config.file={folder}/config/alertmanager.yaml",
        f"--storage.path={folder}/alertmanager",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.external-url={address}",
        "--web.route-prefix=/",
        "--cluster.listen-address=",
    ]


@contextmanager
def alertmanager_of(values: dict[str, Any], endpoint: Endpoint, secret: str, folder: Path) -> Iterator[int]:
    """Run an Alertmanager with these values of the chart, and yield its port.

    Args:
        values: Values of kube-prometheus-stack.
        endpoint: What takes the place of Slack.
        secret: Name and key of the Kubernetes secret with the URL of the webhook, e.g. `slack/url`.
        folder: Where secrets, configuration, data and the log are.

    """
    file = folder / "secrets" / secret
    file.parent.mkdir(parents=True)
    file.write_text(f"http://{endpoint.address}/slack")
    port = free_port()
    with running(folder, port, *alertmanager_command(values, folder, port)):
        yield port
