"""What is understood of one incoming mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

# The values of ``mail.models.Kind``, as plain strings: the reader knows no database. A test holds the two together.
HUMAN = "human"
STOP = "stop"
OUT_OF_OFFICE = "out_of_office"
LEFT = "left"
AUTO_REPLY = "auto_reply"
BOUNCE_HARD = "bounce_hard"
BOUNCE_SOFT = "bounce_soft"
BOUNCE_POLICY = "bounce_policy"
COMPLAINT = "complaint"
OTHER = "other"

KINDS = (
    HUMAN,
    STOP,
    OUT_OF_OFFICE,
    LEFT,
    AUTO_REPLY,
    BOUNCE_HARD,
    BOUNCE_SOFT,
    BOUNCE_POLICY,
    COMPLAINT,
    OTHER,
)


@dataclass(frozen=True)
class Failed:
    """One address that a report speaks of.

    Attributes:
        address: where ours was meant to go, as we wrote it where the report says so; may be empty.
        action: ``failed``, ``delayed``, ``delivered``, ``relayed``, ``expanded`` (RFC 3464 section 2.3.3) or
            ``complained`` (RFC 5965); ours where the report has no form.
        status: the code of RFC 3463 (``5.1.1``), or empty when nobody said.
        diagnostic: the other server's words, at most 300 characters.
    """

    address: str
    action: str = "failed"
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True)
class Reading:
    """One mail, understood.

    Attributes:
        kind: one of ``KINDS``.
        text: what they wrote themselves, without quotes and signature; at most 20,000 characters.
        message_id: its own, without angle brackets; empty when it has none.
        references: ids it answers, surest first: those inside a returned original, In-Reply-To, References from last
            to first. Without angle brackets.
        to_addresses: every address it was sent to (To, Cc, Delivered-To, X-Original-To), lower case, for tokens.
        sent_at: its Date, or ``received_at`` when that is missing, unreadable or in the future; aware.
        return_on: the first day they are there again; ``None`` when they named none.
        successor_name, successor_address: who took over from somebody who left.
        failed: the addresses a report speaks of.
        rule: why, as a code; ``rules.sentence(rule)`` says it in words.
        language: ``en``, ``fr``, ``de``, ``es``, or empty when the text is too short to tell.
    """

    kind: str
    text: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    from_address: str = ""
    from_name: str = ""
    to_addresses: tuple[str, ...] = ()
    subject: str = ""
    sent_at: datetime | None = None
    return_on: date | None = None
    successor_name: str = ""
    successor_address: str = ""
    failed: tuple[Failed, ...] = ()
    rule: str = ""
    language: str = ""
