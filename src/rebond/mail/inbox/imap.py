"""One connection to a mailbox (IMAP, RFC 3501): looked at and never changed. No database here.

Folders are opened with EXAMINE and mails fetched with BODY.PEEK, so nothing is ever marked as read, moved or deleted.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext_lazy as _
from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.utils import encode_folder

from rebond.base.errors import RebondError
from rebond.base.text import clean
from rebond.mail.inbox.heads import Head, read_head

#: Scheme of the address to the port taken when it names none.
PORTS = {"imaps": 993, "imap": 143, "imap+starttls": 143}
#: Seconds to wait for any one answer: below the ten that a worker grants a job when it is told to stop.
PATIENCE = 8.0
#: Of a mail only so many bytes are fetched: its text stands before its attachments.
ENOUGH = 256 * 1024
#: Of its headers, so many.
ENOUGH_HEADERS = 16 * 1024
_FIELDS = (
    "MESSAGE-ID IN-REPLY-TO REFERENCES FROM TO CC DELIVERED-TO X-ORIGINAL-TO SUBJECT DATE RETURN-PATH CONTENT-TYPE "
    "AUTO-SUBMITTED X-FAILED-RECIPIENTS"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_BUSY = ("[UNAVAILABLE]", "[LIMIT]", "[INUSE]", "[OVERQUOTA]", "[THROTTLED]", "too many", "rate limit", "try again")


class Trouble(Exception):
    """A mailbox could not be read this time.

    Attributes:
        code: ``unreachable``, ``tls``, ``login``, ``busy`` or ``odd``; ``mail.words`` says each in a sentence.
        said: the server's own words, at most 250 characters, without the password.
    """

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(code, said)
        self.code, self.said = code, clean(said.replace("\n", " "), 250)


@dataclass(frozen=True)
class Place:
    """Where a mailbox is: made from an address. ``scheme`` is a key of ``PORTS``."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class State:
    """What the server says of a folder; ``modseq`` 0 where it keeps none (RFC 7162)."""

    uidvalidity: int
    uidnext: int
    modseq: int = 0


def place_of(url: str) -> Place:
    """A mailbox's address taken apart.

    >>> place_of("imaps://us%40er:p%2Fw@mail.valmy.example")
    Place(scheme='imaps', host='mail.valmy.example', port=993, user='us@er')

    Raises:
        RebondError: ``bad_inbox_url``.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname or not parts.username:
        raise RebondError(
            _(
                "This is not the address of a mailbox. Nothing is read, and nothing is lost. "
                "Write imaps://, then user:password@host:port."
            ),
            code="bad_inbox_url",
        )
    user, password = unquote(parts.username), unquote(parts.password or "")
    return Place(parts.scheme, parts.hostname, port or PORTS[parts.scheme], user, password)


@contextmanager
def talking(what: str = "odd") -> Iterator[None]:
    """Whatever goes wrong on the wire is ``Trouble``; ``what`` names an answer that was simply no."""
    try:
        yield
    except ssl.SSLError as error:
        raise Trouble("tls", str(error)) from error
    except (OSError, imaplib.IMAP4.abort) as error:
        raise Trouble("unreachable", str(error) or type(error).__name__) from error
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        said = _said(error)
        busy = any(word.lower() in said.lower() for word in _BUSY)
        raise Trouble("busy" if busy else what, said) from error


def _said(error: Exception) -> str:
    given = getattr(error, "command_result", None)
    if given and given[1]:
        return b" ".join(part for part in given[1] if isinstance(part, bytes)).decode("utf-8", "replace")
    return str(error)


class Line:
    """A connection, signed in; a context manager. Every method may raise ``Trouble``."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._box: BaseMailBox | None = None
        self._can: frozenset[str] = frozenset()
        self._open = ""

    def __enter__(self) -> Line:
        with talking():
            self._box = _connect(self.place)
        try:
            with talking("login"):
                _sign_in(self._box, self.place)
            with talking():  # what it can do after signing in is more than before
                _kind, can = self._client.capability()
        except Trouble:
            self._hang_up()
            raise
        self._can = frozenset(can[0].decode("ascii", "replace").upper().split()) if can and can[0] else frozenset()
        return self

    def __exit__(self, *_what: object) -> None:
        try:
            self._client.logout()
        except (OSError, imaplib.IMAP4.error):
            self._hang_up()

    @property
    def _client(self) -> imaplib.IMAP4:
        assert self._box is not None
        return self._box.client

    def _hang_up(self) -> None:
        try:
            self._client.shutdown()
        except (OSError, imaplib.IMAP4.error):
            pass

    def folders(self) -> dict[str, str]:
        """Special use (``\\sent``, ``\\junk``, lower case; RFC 6154) to the folder's name, where the server says so."""
        assert self._box is not None
        with talking():
            listed = self._box.folder.list()
        return {flag.lower(): one.name for one in reversed(listed) for flag in one.flags}

    def state(self, folder: str) -> State:
        """Asked without opening it."""
        what = "UIDVALIDITY UIDNEXT" + (" HIGHESTMODSEQ" if "CONDSTORE" in self._can else "")
        with talking():
            kind, told = self._client.status(encode_folder(folder).decode("ascii"), f"({what})")
            text = b" ".join(part for part in told if isinstance(part, bytes)).decode("ascii", "replace")
            if kind != "OK":
                raise Trouble("odd", text)
        found = {name: int(value) for name, value in re.findall(r"(UIDVALIDITY|UIDNEXT|HIGHESTMODSEQ) (\d+)", text)}
        if "UIDVALIDITY" not in found or "UIDNEXT" not in found:
            raise Trouble("odd", text)
        return State(found["UIDVALIDITY"], found["UIDNEXT"], found.get("HIGHESTMODSEQ", 0))

    def open(self, folder: str) -> None:
        """To look only (EXAMINE)."""
        assert self._box is not None
        with talking():
            self._box.folder.set(folder, readonly=True)
        self._open = folder

    def since(self, day: date) -> list[int]:
        """Numbers of the mails of the open folder that arrived on ``day`` or later, ascending."""
        return self._search(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def after(self, uidnext: int) -> list[int]:
        """Numbers from ``uidnext`` on, ascending. ``n:*`` names the last mail even when n is beyond it (RFC 3501,
        6.4.8): that one is left out here."""
        return [uid for uid in self._search(f"UID {uidnext}:*") if uid >= uidnext]

    def with_message_id(self, message_id: str) -> list[int]:
        """Numbers of the mails of the open folder with this Message-ID."""
        plain = message_id.strip("<>").replace("\\", "").replace('"', "")
        return self._search(f'HEADER Message-ID "<{plain}>"')

    def _search(self, criteria: str) -> list[int]:
        with talking():
            kind, told = self._client.uid("SEARCH", criteria)
            if kind != "OK":
                raise Trouble("odd", str(told)[:200])
        found = b" ".join(part for part in told if isinstance(part, bytes)).split()
        return sorted({int(uid) for uid in found if uid.isdigit()})

    def heads(self, uids: Iterable[int]) -> list[Head]:
        """The headers of these mails, ascending; those that are gone by now are left out."""
        what = f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({_FIELDS})]<0.{ENOUGH_HEADERS}>)"
        return sorted(
            (read_head(uid, size, at, raw) for uid, size, at, raw in self._fetch(uids, what)), key=lambda one: one.uid
        )

    def text(self, uid: int) -> bytes | None:
        """The first ``ENOUGH`` bytes of a mail; ``None`` when it is gone."""
        found = [raw for _uid, _size, _at, raw in self._fetch([uid], f"(UID BODY.PEEK[]<0.{ENOUGH}>)")]
        return found[0] if found else None

    def _fetch(self, uids: Iterable[int], what: str) -> list[tuple[int, int, datetime, bytes]]:
        wanted = set(uids)
        if not wanted:
            return []
        with talking():
            kind, told = self._client.uid("FETCH", _ranges(wanted), what)
            if kind != "OK":
                raise Trouble("odd", str(told)[:200])
        return [one for one in _answers(told) if one[0] in wanted]


def _connect(place: Place) -> BaseMailBox:
    """Connected; the certificate is checked wherever the line is encrypted."""
    if place.scheme == "imap":
        return MailBoxUnencrypted(place.host, place.port, timeout=PATIENCE)
    secure = ssl.create_default_context()
    if place.scheme == "imaps":
        return MailBox(place.host, place.port, timeout=PATIENCE, ssl_context=secure)
    return MailBoxStartTls(place.host, place.port, timeout=PATIENCE, ssl_context=secure)


def _sign_in(box: BaseMailBox, place: Place) -> None:
    """LOGIN takes ASCII only; another password goes by SASL PLAIN (RFC 4616)."""
    plain = (place.user + place.password).isascii()
    (box.login if plain else box.login_utf8)(place.user, place.password, initial_folder=None)


def _ranges(uids: Iterable[int]) -> str:
    """Numbers as a server takes them, runs folded together.

    >>> _ranges({7, 1, 2, 3, 9, 8})
    '1:3,7:9'
    """
    runs: list[list[int]] = []
    for uid in sorted(uids):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in runs)


def _answers(told: list[object]) -> Iterator[tuple[int, int, datetime, bytes]]:
    """Number, size, arrival and bytes of each mail in an answer to FETCH. A server may name the number before the
    bytes or behind them."""
    for place, part in enumerate(told):
        if not isinstance(part, tuple):
            continue
        behind = told[place + 1] if place + 1 < len(told) else b""
        line = part[0] + (behind if isinstance(behind, bytes) else b"")
        if uid := _UID.search(line):
            size, at = _SIZE.search(line), _DATE.search(line)
            yield int(uid[1]), int(size[1]) if size else 0, _arrived(at[1] if at else b""), part[1]


def _arrived(text: bytes) -> datetime:
    """INTERNALDATE; the beginning of time when it cannot be read.

    >>> _arrived(b" 9-Jun-2026 10:00:00 +0200").isoformat()
    '2026-06-09T08:00:00+00:00'
    """
    found = re.fullmatch(r"\s?(\d{1,2})-(\w{3})-(\d{4}) (\d\d:\d\d:\d\d) ([+-]\d{4})", text.decode("ascii", "replace"))
    if not found or found[2].title() not in _MONTHS:
        return datetime(1970, 1, 1, tzinfo=UTC)
    month = _MONTHS.index(found[2].title()) + 1
    iso = f"{found[3]}-{month:02}-{int(found[1]):02} {found[4]}{found[5]}"
    try:
        return datetime.strptime(iso, "%Y-%m-%d %H:%M:%S%z").astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime(1970, 1, 1, tzinfo=UTC)
