"""What is pinned is compared with what each kind of source offers, and a source that does not answer is one line."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from config.core import aws
from config.paths import ROOT
from operations.versions import check_versions, sources
from operations.versions.check_versions import Version, compare, kubernetes_versions, report
from operations.versions.pins import (
    WORKFLOWS,
    Pin,
    action_pins,
    addon_pins,
    kubernetes_pins,
    product_pins,
    provider_pins,
    support_of,
)
from operations.versions.sources import newest_of
from tests.programs import write_python

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Vary

INDEX = """\
apiVersion: v1
entries:
  other:
  - name: other
    version: 9.9.9
  small:
  - appVersion: v3.0.0
    dependencies:
    - name: inner
      version: 7.7.7
    name: small
    version: 1.10.0
  - name: small
    version: 1.9.0
  - name: small
    version: 2.0.0-rc.1
generated: "2026-11-27"
"""
ANSWERS: dict[str, Any] = {
    "/charts/index.yaml": INDEX,
    "/repos/hashicorp/terraform-provider-aws/releases/latest": {"tag_name": "v6.69.1"},
    "/repos/actions/checkout/releases/latest": {"tag_name": "v7.1.0"},
    "/plugins/source": {"version": "3.4.0"},
}
TAGS = [["latest", "v1.35.0", "v1.35.2"], ["v1.36.1", "1.36", "v1.37.0-beta.0"]]
TODAY = date(2026, 11, 27)


class Handler(BaseHTTPRequestHandler):
    """A repository of charts, a registry that wants a token, and what else is asked."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path.startswith("/v2/"):
            self._tags(query)
        elif path == "/token":
            self._send({"token": "given"})
        elif path in ANSWERS:
            self._send(ANSWERS[path])
        else:
            self.send_error(404)

    def _tags(self, query: str) -> None:
        if self.headers.get("Authorization") != "Bearer given":
            self.send_response(401)
            realm = f"http://{self.headers['Host']}/token"
            self.send_header("WWW-Authenticate", f'Bearer realm="{realm}",service="registry",scope="repository:x:pull"')
            self.end_headers()
            return
        page = int(dict(part.split("=") for part in query.split("&")).get("page", 0))
        link = {"Link": f"</v2/x/tags/list?page={page + 1}>; rel=next"} if page + 1 < len(TAGS) else {}
        self._send({"tags": TAGS[page]}, link)

    def _send(self, content: Any, headers: dict[str, str] | None = None) -> None:
        self.send_response(200)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write((content if isinstance(content, str) else json.dumps(content)).encode())

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve every source, and return the address."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{running.server_port}"
    monkeypatch.setattr(sources, "GITHUB", f"{address}/repos")
    monkeypatch.setattr(sources, "PLUGINS", f"{address}/plugins")
    monkeypatch.setattr(sources, "REGISTRIES", {"registry": address})
    yield address
    running.shutdown()
    running.server_close()


@pytest.mark.parametrize(
    ("pin", "newest"),
    [
        (Pin("chart", "small", "1.9.0", "{}/charts"), "1.10.0"),
        (Pin("chart", "x", "1.9.0", "oci://registry"), "v1.36.1"),
        (Pin("image", "x", "v1.35.0", "registry/x"), "v1.36.1"),
        (Pin("image", "x", "v1.35.0", "registry/x", within="v1.35."), "v1.35.2"),
        (Pin("provider", "hashicorp/aws", "6.25.0", "hashicorp/aws"), "6.69.1"),
        (Pin("action", "actions/checkout", "v7.0.1", "actions/checkout"), "v7.1.0"),
        (Pin("plugin", "source", "3.3.4", "source"), "3.4.0"),
    ],
    ids=lambda value: f"{value.kind}{value.within}" if isinstance(value, Pin) else "",
)
def test_each_kind_of_source(pin: Pin, newest: str, server: str) -> None:
    asked = Pin(pin.kind, pin.name, pin.version, pin.source.format(server), pin.within)
    (found,) = compare([asked])
    assert (found.newest, found.problem, found.is_behind) == (newest, "", True)


def test_a_source_that_does_not_answer_is_one_line(server: str) -> None:
    pins = [Pin("chart", name, "1.0.0", f"{server}/nothing") for name in ("one", "two")]
    host = server.removeprefix("http://")
    lines = report(compare([*pins, Pin("chart", "three", "1.0.0", f"{server}/charts")]))
    assert lines == [
        f"not asked  {host}: Not Found",
        f"not asked  {host}: {server}/charts: no release of three was found",
        "3 versions: 0 behind, 3 unknown",
    ]


def test_versions_are_compared_by_their_numbers() -> None:
    assert newest_of(["1.9.0", "1.10.0", "2.0.0-rc.1", "latest", "v1.2"]) == "1.10.0"
    assert newest_of(["v1.20.4-eksbuild.2", "v1.20.4-eksbuild.10"]) == "v1.20.4-eksbuild.10"
    assert newest_of(["nothing"]) is None


class TestKubernetes:
    @pytest.fixture(autouse=True)
    def eks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put an aws command on the path that lists a version that the calendar does not have."""
        answer = {"clusterVersions": [{"clusterVersion": "1.36"}, {"clusterVersion": "1.37"}]}
        write_python(tmp_path / "aws", f"import sys\nassert '--region' in sys.argv\nprint({json.dumps(answer)!r})\n")
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def test_what_eks_offers_counts(self) -> None:
        (found,) = kubernetes_versions([Pin("kubernetes", "dev", "1.36")], "us-east-2", TODAY)
        assert (found.newest, found.is_behind) == ("1.37", True)

    def test_without_aws_the_calendar_counts(self, tmp_path: Path) -> None:
        (tmp_path / "aws").unlink()
        (found,) = kubernetes_versions([Pin("kubernetes", "dev", "1.35")], "us-east-2", TODAY)
        assert (found.newest, found.problem) == (max(aws.KUBERNETES_SUPPORT), "aws eks: aws is not on the path")

    def test_support(self) -> None:
        assert support_of("1.35", TODAY) == "standard support ends on 2027-03-27, in 120 days"
        assert support_of("1.33", TODAY).startswith("standard support ended on 2026-07-29, extended support ends on")
        assert "kubernetes_support.json" in support_of("1.99", TODAY)


class TestPins:
    def test_every_chart_and_image_of_the_product(self) -> None:
        kinds = Counter(pin.kind for pin in product_pins())
        text = (ROOT / "config/versions.py").read_text(encoding="utf-8")
        assert kinds["chart"] == len(re.findall(r"= ChartPin\(", text))
        assert all(pin.source for pin in product_pins())

    def test_every_action(self) -> None:
        used = {
            line.split("uses: ")[1].split("@")[0].split("/")[1]
            for path in WORKFLOWS.glob("*.yaml")
            for line in path.read_text(encoding="utf-8").splitlines()
            if "uses: " in line
        }
        assert {pin.name.split("/")[1] for pin in action_pins()} == used

    def test_addons_that_an_environment_pins(self, vary: Vary) -> None:
        environment = vary({"cluster.addons.vpc_cni.version": "v1.20.4-eksbuild.2"})
        (pin,) = addon_pins([environment])
        assert (pin.name, pin.source) == ("vpc-cni of dev", f"vpc-cni {environment.cluster.version} us-east-2")

    def test_environments_with_a_cluster_of_their_own(self, vary: Vary) -> None:
        assert [pin.name for pin in kubernetes_pins([vary({})])] == ["default", "dev"]

    def test_providers(self, tmp_path: Path) -> None:
        from operations.selection.synthesized import Stack, Synthesized

        content = {"terraform": {"required_providers": {"aws": {"source": "aws", "version": "6.25.0"}}}}
        (tmp_path / "cdk.tf.json").write_text(json.dumps(content), encoding="utf-8")
        stacks = Synthesized({"dev-network": Stack("dev-network", tmp_path, ())})
        assert list(provider_pins(stacks)) == [Pin("provider", "hashicorp/aws", "6.25.0", "hashicorp/aws")]


def test_exit_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    behind = Version("chart", "small", "1.9.0", "1.10.0")
    monkeypatch.setattr(check_versions, "current_stacks", lambda: None)
    monkeypatch.setattr(check_versions, "provider_pins", lambda _: ())
    monkeypatch.setattr(check_versions, "kubernetes_versions", lambda *_: [])
    monkeypatch.setattr(check_versions, "compare", lambda _: [behind])
    assert check_versions.check((), is_json=False, fails_on_behind=False) == 0
    assert capsys.readouterr().out.endswith("1 versions: 1 behind, 0 unknown\n")
    assert check_versions.check((), is_json=True, fails_on_behind=True) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["name"], found["is_behind"]) == ("small", True)
