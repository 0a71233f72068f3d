"""The headers of a mail, as far as they are needed to say whether it concerns us."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message as Headers
from email.utils import getaddresses

_ID = re.compile(r"<([^<>\s]{1,250})>")
_RETURNERS = ("mailer-daemon", "postmaster", "maildaemon", "mail-daemon")


@dataclass(frozen=True)
class Head:
    """What the headers of one mail say.

    Attributes:
        uid, size, arrived: its number in the folder, its bytes, when the server got it.
        message_id, references: without angle brackets, as in ``mail.reading``.
        from_address, to_addresses: lower case.
        may_be_report: a delivery report or complaint, by its look; only its text can tell.
    """

    uid: int
    size: int
    arrived: datetime
    message_id: str = ""
    references: tuple[str, ...] = ()
    from_address: str = ""
    to_addresses: tuple[str, ...] = ()
    subject: str = ""
    may_be_report: bool = False


def read_head(uid: int, size: int, arrived: datetime, raw: bytes) -> Head:
    """Headers as they came over the wire; whatever cannot be read is empty."""
    headers = message_from_bytes(raw)
    sender = (_addresses(headers, "From") or ("",))[0]
    own = _ID.search(_all(headers, "Message-ID"))
    return Head(
        uid, size, arrived, own[1] if own else "",
        tuple(dict.fromkeys(_ID.findall(f"{_all(headers, 'In-Reply-To')} {_all(headers, 'References')}"))),
        sender, _addresses(headers, "To", "Cc", "Delivered-To", "X-Original-To"), _all(headers, "Subject"),
        _may_be_report(headers, sender),
    )  # fmt: skip


def _all(headers: Headers, name: str) -> str:
    return " ".join(str(value) for value in headers.get_all(name, []))


def _addresses(headers: Headers, *names: str) -> tuple[str, ...]:
    values = [str(value) for name in names for value in headers.get_all(name, [])]
    return tuple(dict.fromkeys(address.lower() for _name, address in getaddresses(values) if "@" in address))


def _may_be_report(headers: Headers, sender: str) -> bool:
    """A report (RFC 3464, RFC 5965), an empty return path (RFC 5321, 4.5.5), or a sender that servers use."""
    return (
        "multipart/report" in _all(headers, "Content-Type").lower()
        or _all(headers, "Return-Path").strip() == "<>"
        or bool(_all(headers, "X-Failed-Recipients"))
        or sender.partition("@")[0] in _RETURNERS
    )
