"""A letter made bytes (RFC 5322): nothing anybody typed can become a header, and no line is too long."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from django.conf import settings

from rebond.mail.models import Message
from rebond.mail.purposes import Letter

#: Every server takes seven bits; a Subject or name in another script is encoded (RFC 2047).
POLICY = SMTP.clone(cte_type="7bit")
#: Ours to set; a letter that names one of them is a slip of the programmer.
OURS = {"from", "to", "cc", "bcc", "subject", "date", "message-id", "reply-to", "sender", "return-path", "mime-version"}
LONGEST_LINE = 990
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}\Z")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


def one_line(text: str, limit: int = 300) -> str:
    """Text that stays within its header: whatever breaks a line is a space.

    >>> one_line("Why?\\r\\nBcc: everybody@valmy.example")
    'Why? Bcc: everybody@valmy.example'
    """
    return _BREAKS.sub(" ", text).strip()[:limit]


def our_address() -> tuple[str, str]:
    """Name and address that mail comes from (``REBOND_MAIL_FROM``)."""
    name, address = parseaddr(settings.CONFIG.mail_from)
    return name, address


def our_domain() -> str:
    """The part after the @ of our own address."""
    return our_address()[1].rpartition("@")[2] or "localhost"


def message_id(key: str) -> str:
    """The Message-ID of the message of that key: the same for every try, another in another installation.

    >>> message_id("learn.invitation:1") == message_id("learn.invitation:1")
    True
    >>> message_id("learn.invitation:1") == message_id("learn.invitation:2")
    False
    """
    made = hmac.new(settings.SECRET_KEY.encode(), b"message-id:" + key.encode(), hashlib.sha256)
    return f"<{made.hexdigest()[:32]}@{our_domain()}>"


def compose(message: Message, letter: Letter, now: datetime) -> bytes:
    """The whole mail, lines ending in CRLF, as it goes over the wire.

    ``Auto-Submitted`` (RFC 3834) asks other programs not to answer; a letter may say otherwise in its headers.

    Raises:
        ValueError: a header of the letter is not plain, or is one of ours.
    """
    name, address = our_address()
    mail = EmailMessage(policy=POLICY)
    mail["Date"] = format_datetime(now)
    mail["From"] = _address(letter.from_name or name, address)
    mail["To"] = _address(message.recipient_name, message.recipient)
    if letter.reply_to:
        mail["Reply-To"] = _address("", letter.reply_to)
    mail["Subject"] = one_line(letter.subject)
    mail.set_content(_lines(letter.text), cte="quoted-printable")
    if letter.html:
        mail.add_alternative(_lines(letter.html), subtype="html", cte="quoted-printable")
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"} | letter.headers
    first = [f"Message-ID: {message.message_id}", *(_header(name, value) for name, value in headers.items())]
    # Outside the policy: it would encode a long address in List-Unsubscribe, and no mail program decodes that.
    return "".join(f"{line}\r\n" for line in first).encode("ascii") + mail.as_bytes()


def _address(name: str, address: str) -> Address:
    return Address(display_name=one_line(name, 120), addr_spec=one_line(address))


def _header(name: str, value: str) -> str:
    line = f"{name}: {one_line(value, LONGEST_LINE)}"
    if not _HEADER_NAME.match(name) or name.lower() in OURS or not line.isascii() or len(line) > LONGEST_LINE:
        raise ValueError(f"{name} cannot be a header of a letter")
    return line


def _lines(text: str) -> str:
    """Text without NUL, which mail cannot carry, its lines ending one way."""
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
