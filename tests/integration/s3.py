"""A stand-in for S3 on this machine, as far as Terraform's S3 backend and botocore use it for states and their locks.

Objects with their content, writes only where nothing is (`If-None-Match: *`, by which the backend locks), listing, and
the call by which the backend asks who it is. Not there: versions, permissions, multipart uploads, signatures.
"""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "s3.test"
IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    "<Arn>arn:aws:iam::123456789012:user/test</Arn><UserId>AIDATEST</UserId><Account>123456789012</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


@dataclass
class Store:
    """The objects, by `/<bucket>/<key>`, and the address of the stand-in."""

    objects: dict[str, bytes] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)
    address: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """The variables by which Terraform and botocore find it."""
        # As a proxy, since the name of a bucket is a part of the host's.
        return {
            "AWS_ENDPOINT_URL_S3": f"http://{HOST}",
            "AWS_ENDPOINT_URL_STS": f"http://{HOST}",
            "AWS_EC2_METADATA_DISABLED": "true",
            "HTTP_PROXY": self.address,
            "NO_PROXY": "127.0.0.1,localhost",
        }


@contextmanager
def running() -> Iterator[Store]:
    """Start a stand-in on a port of its own, and stop it at the end."""
    store = Store()

    class Handler(_Handler):
        objects = store

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    store.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects: Store

    def do_GET(self) -> None:
        path, query = self._where()
        if path.count("/") == 1:
            self._list(path, query.get("prefix", [""])[0])
            return
        with self.objects.guard:
            content = self.objects.objects.get(path)
        self._answer(404, _error("NoSuchKey")) if content is None else self._answer(200, content)

    do_HEAD = do_GET  # noqa: N815 (as above)

    def do_PUT(self) -> None:
        content = self._body()
        path, _ = self._where()
        with self.objects.guard:
            is_refused = self.headers.get("If-None-Match") == "*" and path in self.objects.objects
            if not is_refused:
                self.objects.objects[path] = content
        self._answer(412, _error("PreconditionFailed")) if is_refused else self._answer(200, b"")

    def do_DELETE(self) -> None:
        path, _ = self._where()
        with self.objects.guard:
            self.objects.objects.pop(path, None)
        self._answer(204, b"")

    def do_POST(self) -> None:
        self._body()
        self._answer(200, IDENTITY.encode())

    def _where(self) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        bucket = (parts.hostname or "").removesuffix(HOST).rstrip(".")
        path = f"/{bucket}{parts.path}" if bucket else parts.path
        return unquote(path).rstrip("/"), parse_qs(parts.query)

    def _list(self, bucket: str, prefix: str) -> None:
        with self.objects.guard:
            keys = [name.removeprefix(f"{bucket}/") for name in self.objects.objects if name.startswith(f"{bucket}/")]
        found = [key for key in sorted(keys) if key.startswith(prefix)]
        entries = "".join(f"<Contents><Key>{escape(key)}</Key></Contents>" for key in found)
        text = f"<ListBucketResult><KeyCount>{len(found)}</KeyCount><IsTruncated>false</IsTruncated>{entries}"
        self._answer(200, f"{text}</ListBucketResult>".encode())

    def _body(self) -> bytes:
        """Read what was sent; of a body in signed chunks the chunks.

        https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
        """
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "aws-chunked" not in (self.headers.get("Content-Encoding") or ""):
            return sent
        content = b""
        while sent:
            head, _, sent = sent.partition(b"\r\n")
            size = int(head.partition(b";")[0], 16)
            if not size:
                break
            content, sent = content + sent[:size], sent[size + 2 :]
        return content

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
