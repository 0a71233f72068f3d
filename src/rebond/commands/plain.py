"""Arguments several words share; imports nothing heavy, so that ``--help`` is instant."""

from __future__ import annotations

import argparse

OUTCOMES = ("won", "lost", "no_decision", "lost_in_house", "disqualified", "duplicate", "unknown")


def add_person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="who", default="", metavar="EMAIL", help="act as this person; else as the program")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else there")


def add_deal(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the deal's id here, or its id in the system it came from")
