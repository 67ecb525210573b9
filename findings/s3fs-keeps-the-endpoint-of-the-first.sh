#!/usr/bin/env bash
# A second s3 file system of one process talks to the first one's server.
# Expected: fsspec.filesystem("s3") reads AWS_ENDPOINT_URL when it is called, as a new client of botocore does.
# Happens: the variable is no argument, and instances are cached by their arguments: after it has changed, as in tests or in
# one process that copies from one store to another, every call still goes to the first server, without a word.
# skip_instance_cache=True gives what was expected.
# Version: s3fs 2026.9.0, fsspec 2026.9.0. Source: fsspec's _Cached metaclass, whose token is made of the arguments.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  s3fs==2026.9.0 fsspec==2026.9.0 aiobotocore==3.10.0 botocore==1.43.117 python-dateutil==2.9.0.post0
AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=us-east-1 "$folder/venv/bin/python" - <<'PYTHON'
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import fsspec

asked: list[str] = []


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked.append("first" if self.server.server_port == ports[0] else "second")
        body = b"<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


servers = [HTTPServer(("127.0.0.1", 0), Server) for _ in range(2)]
ports = [s.server_port for s in servers]
for server in servers:
    Thread(target=server.serve_forever, daemon=True).start()
for options in ({}, {"skip_instance_cache": True}):
    asked.clear()
    for port in ports:
        os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
        fsspec.filesystem("s3", **options).ls("", refresh=True)
    print(options or "as it is", "→ asked:", asked)
    expected = ["first", "second"] if options else ["first", "first"]
    assert asked == expected, "changed"
PYTHON
