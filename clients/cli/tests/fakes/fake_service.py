"""A service without a task, quick to start: it answers /healthz, and fails as FAKE_<SERVICE> tells it to.

FAKE_PLANNER=refuses    says why, and exits with 78 (settings wrong, or a model missing)
FAKE_PLANNER=crashes    exits with 1 each time before it serves
FAKE_PLANNER=unready    answers, but is not ready
FAKE_PLANNER=stubborn   does not stop when told to
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def main(name: str) -> None:
    mode = os.environ.get(f"FAKE_{name.upper()}", "")
    sys.stderr.write(json.dumps({"service": name, "message": "starting"}) + "\n")
    if mode == "crashes":
        sys.exit(1)
    if mode == "refuses":
        sys.stderr.write(f"deskhand {name}: the model of the {name} is missing; fetch it\n")
        sys.exit(78)
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if name == "gateway":
        (Path(os.environ["DESKHAND_HOME"]) / "api_key").write_text("dk-fake\n")
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()
    health = {"service": name, "ready": mode != "unready", "detail": "no model" if mode == "unready" else ""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(health).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:  # of the gateway, /v1/doctor
            found = [
                {"name": "Notes", "ok": True, "message": "Deskhand may control Notes"},
                {"name": "Mail", "ok": False, "message": "allow Mail in the settings", "code": "not_permitted"},
            ]
            body = json.dumps({"backend": "fake", "checks": found}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=int(os.environ["DESKHAND_LISTEN_FD"]))
    server.serve_forever()


def _leave_with_the_parent() -> None:
    while os.read(int(os.environ["DESKHAND_LIFELINE_FD"]), 1):
        pass
    os._exit(1)
