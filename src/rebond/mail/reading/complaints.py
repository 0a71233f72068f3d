"""Complaints that mailbox providers pass on in the Abuse Reporting Format (RFC 5965)."""

from __future__ import annotations

import re
from email import message_from_string
from email.message import Message

from rebond.mail.reading import headers
from rebond.mail.reading.parts import Mail, content
from rebond.mail.reading.result import COMPLAINT, OTHER, Failed

#: Feedback types that say "unwanted" (section 7.3); the rest are reports about set-up, or take one back.
_UNWANTED = frozenset({"abuse", "fraud", "virus", "other", "opt-out", "opt-out-list", "miscategorized", "complaint"})
_FIELD = re.compile(
    r"^(Original-Rcpt-To|Removal-Recipient|Original-Mail-From|Feedback-Type) ?: ?(.{1,300})$", re.I | re.M
)


def told(mail: Mail) -> tuple[str, tuple[Failed, ...], str] | None:
    """(kind, addresses, rule) of a complaint; ``None`` for any other mail. A redacted recipient is left empty."""
    part = mail.first("message/feedback-report")
    if part is None:
        return None
    fields: dict[str, list[str]] = {}
    for name, value in _FIELD.findall(_text(part)):
        fields.setdefault(name.lower(), []).append(value.strip())
    kind = (fields.get("feedback-type") or ["abuse"])[0].lower()
    if kind not in _UNWANTED:
        return OTHER, (), f"arf_other:{kind[:30]}"
    named = [*fields.get("original-rcpt-to", []), *fields.get("removal-recipient", []), *_inner_to(mail)]
    found = dict.fromkeys(address for value in named for address in headers.addresses(value) if not _redacted(address))
    failed = tuple(Failed(address, "complained") for address in list(found)[:20])
    return COMPLAINT, failed or (Failed("", "complained"),), f"arf:{kind[:30]}"


def _text(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n".join(
            f"{name}: {value}" for inner in payload if isinstance(inner, Message) for name, value in inner.items()
        )
    return content(part)


def _inner_to(mail: Mail) -> list[str]:
    """The To of the returned original."""
    part = mail.first("message/rfc822", "text/rfc822-headers")
    if part is None:
        return []
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else message_from_string(content(part)[:20_000])
    return [headers.header(inner, "To")] if isinstance(inner, Message) else []


def _redacted(address: str) -> bool:
    return "redacted" in address or "xxxx" in address or set(address.partition("@")[0]) <= {"x", "*", "-"}
