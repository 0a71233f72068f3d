"""Which incoming mails concern us, and what each belongs to.

Surest first: what it answers (In-Reply-To, References, a returned original), whoever it is from; then the address it
came back to; then its sender. A mailbox is private: from the headers alone it is decided what is fetched at all, in a
number of queries that does not grow with the mails.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Lower

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.mail.addresses import fingerprint, normalised
from rebond.mail.inbox.heads import Head
from rebond.mail.models import Mailbox, MatchedBy, Message, MessageStatus, Received
from rebond.mail.outgoing import compose
from rebond.mail.reading import Reading
from rebond.mail.rights import tokens

#: A report or automatic answer that names no mail belongs to the last one that went there, if that is not long ago.
LATELY = timedelta(days=14)
#: Has left, or may have.
GONE = (
    MessageStatus.ACCEPTED, MessageStatus.ASSUMED_SENT, MessageStatus.UNKNOWN, MessageStatus.DATA_STARTED,
)  # fmt: skip
#: A set of incoming mails, for annotations.
Mails = QuerySet[Received]
REPORTS = frozenset({"bounce_hard", "bounce_soft", "bounce_policy", "complaint"})
BY_A_PROGRAM = REPORTS | {"out_of_office", "left", "auto_reply"}
_TOKEN = re.compile(r"\bstop ([A-Za-z0-9_-]{66})(?![A-Za-z0-9_-])", re.IGNORECASE)


@dataclass(frozen=True)
class Match:
    """What an incoming mail belongs to.

    Attributes:
        by: of ``MatchedBy``.
        message: the mail of ours that it answers; ``None`` for one that came by itself.
        person: whom it is from, or whom the mail it answers went to.
        fingerprint: of the address it is about: the one we wrote to, else its sender's.
        holder: whose sealed link its subject carries: the mail form of List-Unsubscribe (RFC 2369).
    """

    by: str
    message: Message | None = None
    person: Person | None = None
    fingerprint: str = ""
    holder: tokens.Holder | None = None


def worth_fetching(heads: Sequence[Head], *, junk: bool = False) -> set[int]:
    """Numbers of the mails whose text is needed; every other one is counted and forgotten.

    Args:
        junk: of the junk folder: a sender is easily forged there, so only what answers us or may be a report.
    """
    ours, taken = our_addresses(), _taken(heads)
    references = {f"<{one}>" for head in heads for one in head.references}
    sent = set(Message.objects.filter(message_id__in=references).values_list("message_id", flat=True))
    copies = _our_ids(head.message_id for head in heads)
    known = set() if junk else _known_addresses({head.from_address for head in heads if head.from_address})
    return {
        head.uid
        for head in heads
        if head.from_address not in ours
        and head.message_id not in copies
        and head.message_id not in taken
        and (
            head.may_be_report
            or head.from_address in known
            or any(f"<{one}>" in sent for one in head.references)
            or holder_of(head.subject) is not None
            or any(compose.read_bounce_token(address) for address in head.to_addresses)
        )
    }


def _taken(heads: Sequence[Head]) -> set[str]:
    """Message-IDs of those that were taken already, from whichever mailbox."""
    ids = {head.message_id for head in heads if head.message_id}
    return set(Received.objects.filter(message_id__in=ids).values_list("message_id", flat=True))


def match(reading: Reading, now: datetime) -> Match | None:
    """What a mail belongs to; ``None`` when it is our own, or belongs to nobody we know."""
    sender = reading.from_address.lower()
    if (sender and sender in our_addresses()) or _our_ids([reading.message_id]):
        return None
    if holder := holder_of(reading.subject):
        return Match(MatchedBy.ENVELOPE, None, _person_of(holder.fingerprint, sender), holder.fingerprint, holder)
    message, by = _answered(reading, now)
    person = people_at([sender]).get(sender) if sender and reading.kind not in REPORTS else None
    if message is not None:
        person = person or people_at([message.recipient]).get(message.recipient)
        return Match(by, message, person, message.fingerprint)
    if person is not None:
        return Match(MatchedBy.ADDRESS, None, person, fingerprint(sender))
    return None


def _answered(reading: Reading, now: datetime) -> tuple[Message | None, str]:
    """The mail of ours, and how it was found."""
    ids = [f"<{one.strip('<>')}>" for one in reading.references]
    found = {one.message_id: one for one in Message.objects.filter(message_id__in=ids)}
    by_id = next((found[one] for one in ids if one in found), None)
    by_token = _by_token(reading.to_addresses)
    if reading.kind in REPORTS and by_token is not None:  # L11: the envelope first
        return by_token, MatchedBy.ENVELOPE
    if by_id is not None:
        return by_id, MatchedBy.MESSAGE_ID
    if by_token is not None:
        return by_token, MatchedBy.ENVELOPE
    return _by_address(reading, now), MatchedBy.ADDRESS


def _by_token(addresses: Iterable[str]) -> Message | None:
    for address in addresses:
        if number := compose.read_bounce_token(address):
            return Message.objects.filter(pk=number).first()
    return None


def _by_address(reading: Reading, now: datetime) -> Message | None:
    """What a program answers belongs to the last mail that went there; what a person writes stands by itself."""
    if reading.kind not in BY_A_PROGRAM:
        return None
    told = [one.address for one in reading.failed if one.address] if reading.kind in REPORTS else [reading.from_address]
    marks = {fingerprint(address) for address in told if address}
    sent = Message.objects.filter(fingerprint__in=marks, status__in=GONE, send_at__gt=(reading.sent_at or now) - LATELY)
    return sent.order_by("-send_at", "-pk").first()


def holder_of(subject: str) -> tokens.Holder | None:
    """Whose sealed link a subject ``stop TOKEN`` carries."""
    found = _TOKEN.search(subject.replace("\r\n", "").replace("\n", ""))
    return tokens.read(found[1]) if found else None


def our_addresses() -> set[str]:
    """Every address that is ours, lower case: what comes from one of them is no answer."""
    ours = {compose.our_address()[1].lower()}
    ours |= {address.lower() for address in Mailbox.objects.values_list("address", flat=True)}
    return ours | {email.lower() for email in User.objects.values_list("email", flat=True) if email}


def _our_ids(ids: Iterable[str]) -> set[str]:
    wanted = {f"<{one.strip('<>')}>" for one in ids if one}
    found = Message.objects.filter(message_id__in=wanted).values_list("message_id", flat=True)
    return {one.strip("<>") for one in found}


def _known_addresses(addresses: Collection[str]) -> set[str]:
    """Of these, as given, those of people in Rebond, or that we wrote to."""
    marks = {fingerprint(address): address for address in addresses}
    written = Message.objects.filter(fingerprint__in=marks, status__in=GONE).values_list("fingerprint", flat=True)
    return set(people_at(addresses)) | {marks[mark] for mark in written.distinct()}


def people_at(addresses: Iterable[str]) -> dict[str, Person]:
    """Address, as given, to the person who has it (the one known longest, where several do); one query."""
    spelled = {one: address for address in addresses if address for one in _spellings(address)}
    people = Person.objects.exclude(email="").annotate(lower=Lower("email")).filter(lower__in=set(spelled))
    return {
        spelled[person.email.lower()]: person for person in people.order_by("-pk") if person.email.lower() in spelled
    }


def _spellings(address: str) -> set[str]:
    """Lower case, the domain as typed, in ASCII and in its own script."""
    plain = normalised(address)
    local, _at, domain = plain.rpartition("@")
    try:
        domain = domain.encode("ascii").decode("idna")
    except UnicodeError:
        pass
    return {address.lower(), plain, f"{local}@{domain}"}


def _person_of(mark: str, sender: str) -> Person | None:
    """The person a sealed link belongs to: its sender, or the one we last wrote to at that address."""
    found = people_at([sender]).get(sender)
    if found is not None and fingerprint(found.email) == mark:
        return found
    last = Message.objects.filter(fingerprint=mark).exclude(recipient="").order_by("-pk").first()
    return people_at([last.recipient]).get(last.recipient) if last else found
