"""Arguments and output that several words share; imports nothing heavy, so that ``--help`` is instant."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date

OUTCOMES = ("won", "lost", "no_decision", "lost_in_house", "disqualified", "duplicate", "unknown")


def add_person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="who", default="", metavar="EMAIL", help="act as this person; else as the program")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else there")


def add_deal(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the deal's id here, or its id in the system it came from")


def print_json(document: object) -> None:
    """The one JSON document of a command; dates in ISO 8601."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=_plain) + "\n")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
