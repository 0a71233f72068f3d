"""A letter made bytes (RFC 5322): nothing anybody typed can become a header, and no line is too long.

Written by hand, since the standard library's writer takes five times as long; a property test holds every mail
against the standard library's reader (tests/mail/test_engine_compose.py).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from datetime import datetime
from email.utils import format_datetime, getaddresses, parseaddr
from functools import lru_cache

from django.conf import settings

from rebond.base.text import one_line
from rebond.mail.models import Message
from rebond.mail.purposes import Letter

#: Ours to set; a letter that names one of them is a slip of the programmer.
OURS = {
    "from", "to", "cc", "bcc", "subject", "date", "message-id", "reply-to", "sender", "return-path", "mime-version",
    "content-type", "content-transfer-encoding",
}  # fmt: skip
LONGEST_LINE = 990
#: What the address that undeliverable mail comes back to holds in the place of a message's token.
TOKEN = "{token}"  # noqa: S105 (a placeholder)
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}\Z")
#: What stands as it is in a header without structure: no encoded word looks out of it.
_PLAIN = re.compile(r"(?!.*=\?)[\x20-\x7e]*\Z")
_ADDRESS = re.compile(
    r"""(?:[^\s<>@,;:"()\[\]\\\x00-\x1f\x7f]+|"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])+")@[^\s<>@,;:"()\\\x00-\x1f\x7f]+\Z""",
    re.ASCII,
)
_TOKEN = re.compile(r"([0-9a-z]{1,13})-([0-9a-f]{12})\Z")
#: So many bytes in base64 make an encoded word of at most 75 characters (RFC 2047, 2).
_WORD = 42


def our_address() -> tuple[str, str]:
    """Name and address that mail comes from (``REBOND_MAIL_FROM``)."""
    return _taken_apart(settings.CONFIG.mail_from)


@lru_cache(8)
def _taken_apart(written: str) -> tuple[str, str]:
    name, address = parseaddr(written)
    return name, address


def our_domain() -> str:
    """The part after the @ of our own address."""
    return our_address()[1].rpartition("@")[2] or "localhost"


def from_of(message: Message) -> tuple[str, str]:
    """Name and address that this mail comes from: its mailbox's, or the installation's own."""
    box = message.mailbox if message.mailbox_id is not None else None
    return our_address() if box is None or box.is_house else (box.name, box.address)


def message_id(key: str) -> str:
    """The Message-ID of the message of that key: the same for every try, another in another installation.

    >>> message_id("learn.invitation:1") == message_id("learn.invitation:1")
    True
    >>> message_id("learn.invitation:1") == message_id("learn.invitation:2")
    False
    """
    made = hmac.new(settings.SECRET_KEY.encode(), b"message-id:" + key.encode(), hashlib.sha256)
    return f"<{made.hexdigest()[:32]}@{our_domain()}>"


# ---- the envelope


def envelope_sender(message: Message) -> str:
    """Where the mail comes back to if it cannot be delivered (VERP, as in draft-varshavchik-verp-smtpext).

    ``REBOND_BOUNCE_ADDRESS`` where mail leaves by the installation's own way; a mailbox with a way out of its own gets
    its own back, since its server would not let another address out.
    """
    box = message.mailbox if message.mailbox_id is not None else None
    back = settings.CONFIG.bounce_address.strip()
    if not back or (box is not None and box.way_out):
        return from_of(message)[1]
    return back.replace(TOKEN, bounce_token(message))


def bounce_token(message: Message) -> str:
    """A short token of the message, lower case: its number and a signature nobody can make without our key."""
    number = _digits(message.pk)
    return f"{number}-{_signed(number)}"


def read_bounce_token(text: str) -> int | None:
    """The number of the message whose token this is; ``text`` may be the whole address. ``None`` for no token of ours.

    >>> message = Message(pk=4711)
    >>> read_bounce_token(bounce_token(message)), read_bounce_token("3mv-000000000000")
    (4711, None)
    """
    found = _TOKEN.match(_out_of(text.strip().lower()))
    if found is None or not hmac.compare_digest(found[2], _signed(found[1])):
        return None
    return int(found[1], 36)


def _out_of(text: str) -> str:
    """The token in an address of ours; the text itself when it is no address."""
    head, token, tail = settings.CONFIG.bounce_address.strip().lower().partition(TOKEN)
    inside = "@" in text and token and text.startswith(head) and text.endswith(tail) and len(text) > len(head + tail)
    return text[len(head) : len(text) - len(tail)] if inside else text


def _signed(number: str) -> str:
    made = hmac.new(settings.SECRET_KEY.encode(), b"bounce:" + number.encode(), hashlib.sha256)
    return made.hexdigest()[:12]


def _digits(number: int) -> str:
    """In base 36."""
    out = ""
    while number:
        number, rest = divmod(number, 36)
        out = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + out
    return out or "0"


# ---- the mail


def compose(message: Message, letter: Letter, now: datetime) -> bytes:
    """The whole mail, lines ending in CRLF, as it goes over the wire; all of it ASCII, since every server takes that.

    ``Auto-Submitted`` (RFC 3834) asks other programs not to answer; a letter may say otherwise in its headers.

    Raises:
        ValueError: a header of the letter is not plain, or is one of ours; an address is none.
    """
    name, address = from_of(message)
    lines = [f"Message-ID: {message.message_id}"]
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"} | letter.headers
    lines += [_header(*one) for one in headers.items()]
    lines.append(f"Date: {format_datetime(now)}")
    lines.append(f"From: {_address(letter.from_name or name, address)}")
    lines.append(f"To: {_address(message.recipient_name, message.recipient)}")
    if letter.reply_to:
        lines.append(f"Reply-To: {_addresses(letter.reply_to)}")
    lines += [f"Subject: {_words(one_line(letter.subject))}", "MIME-Version: 1.0"]
    lines += _body(message, letter)
    return "\r\n".join(lines).encode("ascii")


def _body(message: Message, letter: Letter) -> list[str]:
    """The lines of the one part, or of both (RFC 2046, 5.1.4: the plainest first)."""
    if not letter.html:
        return _part("plain", letter.text)
    edge = "=_" + hashlib.sha256(f"{message.message_id}{letter.html}".encode()).hexdigest()[:32]  # "=_" is not in QP
    return [
        f'Content-Type: multipart/alternative; boundary="{edge}"', "",
        f"--{edge}", *_part("plain", letter.text), f"--{edge}", *_part("html", letter.html), f"--{edge}--", "",
    ]  # fmt: skip


def _part(kind: str, text: str) -> list[str]:
    """One part's headers and text, quoted-printable (RFC 2045, 6.7): no line over 76, none that is a single dot."""
    plain = _lines(text)
    whole = (plain if plain.endswith("\n") else plain + "\n").replace("\n", "\r\n")
    said = binascii.b2a_qp(whole.encode("utf-8", "replace"), istext=True).decode("ascii")
    head = [f'Content-Type: text/{kind}; charset="utf-8"', "Content-Transfer-Encoding: quoted-printable", ""]
    return [*head, *said.split("\r\n")]


def _address(name: str, address: str) -> str:
    """One address with its name (RFC 5322, 3.4); a name in another script as encoded words."""
    if not _ADDRESS.match(address):
        raise ValueError("this cannot be an address")
    named = one_line(name, 120)
    if not named:
        return address
    if _PLAIN.match(named):
        quoted = named.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"\r\n <{address}>'
    return f"{_words(named)}\r\n <{address}>"


def _addresses(written: str) -> str:
    """Several, with commas between them."""
    return ",\r\n ".join(_address(name, address) for name, address in getaddresses([one_line(written, 2000)]))


def _words(text: str) -> str:
    """Text of a header; as encoded words (RFC 2047), at most 75 characters each, when it is not plain."""
    if _PLAIN.match(text):
        return text
    words, piece = [], b""
    for letter in text:
        more = letter.encode("utf-8", "replace")
        if len(piece) + len(more) > _WORD:
            words.append(piece)
            piece = b""
        piece += more
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(one).decode('ascii')}?=" for one in [*words, piece])


def _header(name: str, value: str) -> str:
    """A further header as it is: encoding a long address in List-Unsubscribe would make it unreadable to programs."""
    line = f"{name}: {one_line(value, LONGEST_LINE)}"
    if not _HEADER_NAME.match(name) or name.lower() in OURS or not line.isascii() or len(line) > LONGEST_LINE:
        raise ValueError(f"{name} cannot be a header of a letter")
    return line


def _lines(text: str) -> str:
    """Text without NUL, which mail cannot carry, its lines ending one way."""
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
