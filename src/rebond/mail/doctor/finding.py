"""One thing that was looked at: how it stands, what was found, what to do, and the DNS record to publish, if one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Level(Enum):
    """How it stands."""

    OK = "ok"
    LOOK = "look"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """Language-free, so that it can be stored; ``doctor.words`` says it.

    Attributes:
        about: ``spf``, ``dkim``, ``dmarc``, ``ptr``, ``tls``, ``mx``, ``inbox``, ``data``, ``database``, ``worker`` ...
        code: snake_case, what was found.
        values: what the sentences name.
        record: a whole line for the zone file; empty when nothing is to be published.
    """

    about: str
    code: str
    level: Level
    values: Mapping[str, str] = field(default_factory=dict)
    record: str = ""

    def as_json(self) -> dict[str, Any]:
        """For ``Mailbox.found``."""
        return {
            "about": self.about, "code": self.code, "level": self.level.value, "values": dict(self.values),
            "record": self.record,
        }  # fmt: skip


def from_json(kept: Mapping[str, Any]) -> Finding:
    """A stored one.

    >>> from_json(Finding("mx", "mx_ok", Level.OK).as_json())
    Finding(about='mx', code='mx_ok', level=<Level.OK: 'ok'>, values={}, record='')
    """
    return Finding(kept["about"], kept["code"], Level(kept["level"]), kept.get("values", {}), kept.get("record", ""))


def ok(about: str, code: str, **values: str) -> Finding:
    """Nothing to do."""
    return Finding(about, code, Level.OK, values)


def look(about: str, code: str, record: str = "", **values: str) -> Finding:
    """Somebody should look at it."""
    return Finding(about, code, Level.LOOK, values, record)


def wrong(about: str, code: str, record: str = "", **values: str) -> Finding:
    """Mail will suffer."""
    return Finding(about, code, Level.WRONG, values, record)
