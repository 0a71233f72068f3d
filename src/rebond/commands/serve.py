"""Serves the product: one process for pages, one for background jobs; Ctrl+C stops both."""

from __future__ import annotations

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 behind a web server; 127.0.0.1 when missing")
    parser.add_argument("--port", type=int, default=8000, help="the next free one is taken when it is in use")
    parser.add_argument("--no-worker", action="store_true", help="pages only; run “rebond work” elsewhere")


def run(options: argparse.Namespace) -> int:
    """Starts the server and says where it is."""
    from rebond.web import server

    port = server.free_port(options.host, options.port)
    sys.stdout.write(f"Rebond is at http://{options.host}:{port}  (Ctrl+C stops it)\n")
    sys.stdout.flush()
    return server.serve(host=options.host, port=port, worker=not options.no_worker)
