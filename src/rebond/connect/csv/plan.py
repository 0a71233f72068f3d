"""From a file to rows of ours, ready to store; how the file is read is decided in ``files.reading``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from rebond.deals.models import Channel, Outcome
from rebond.deals.records import DealRecord, PersonRecord, TouchRecord
from rebond.files import values
from rebond.files.reading import Reading
from rebond.files.rows import Bad, Refused, Row
from rebond.files.vocabulary import word


@dataclass(frozen=True)
class Good:
    """A row to store; owner and team are still the file's words."""

    number: int
    record: DealRecord | PersonRecord | TouchRecord
    owner: str = ""
    team: str = ""
    reasons: str = ""


def read_rows(reading: Reading, *, after: int = 0) -> Iterator[Good | Bad]:
    """Every row after line ``after``, stored or refused; never raises for a single row."""
    build = {"deals": _deal, "people": _person, "touches": _touch}[reading.kind]
    seen: set[str] = set()
    places = {column.ours: column for column in reversed(reading.columns) if column.ours}
    for number, cells in reading.table.rows():
        row = Row(reading, places, number, cells)
        doubled = row.text("external_id", 120)
        if doubled and doubled in seen:
            if number > after:
                yield Bad(number, places["external_id"].header, doubled, _("an id that stands in the file once"))
            continue
        if doubled:
            seen.add(doubled)
        if number > after:
            try:
                yield build(row)
            except Refused as refused:
                yield refused.bad


def _deal(row: Row) -> Good:
    outcome = row.outcome()
    opened, closed = row.day("created_at"), row.day("closed_at")
    planned = row.day("expected_close")
    declared = closed is None and planned is not None and outcome != Outcome.OPEN
    closed = None if outcome == Outcome.OPEN else closed or planned
    if opened and closed and closed.date() < opened.date():
        raise row.refuse("expected_close" if declared else "closed_at", _("a closing day on or after the opening day"))
    amount, currency = row.money()
    commission, earned_in = row.commission(currency)
    company, segment = row.text("company", 200), row.text("segment", 120)
    external_id = row.text("external_id", 120)
    name = row.text("name", 300) or segment or company or external_id
    if not name:
        raise row.refuse("name", _("a name, a company or an id"))
    record = DealRecord(
        name=name, external_id=external_id, company=company, stage=row.text("stage", 80), outcome=outcome,
        amount_minor=amount, currency=currency or earned_in, commission_minor=commission, segment=segment,
        lead_source=row.text("source", 120),
        competitor=row.text("competitor", 120), next_step=row.text("next_step", 300), notes=row.text("notes", 20_000),
        opened_at=opened, closed_at=closed, declared=declared,
        expected_close=planned.date() if planned and outcome == Outcome.OPEN else None, people=_buyers(row, company),
    )  # fmt: skip
    return Good(row.number, record, row.text("owner", 120), row.text("team", 80), row.reasons(outcome))


def _buyers(row: Row, company: str) -> tuple[PersonRecord, ...]:
    name, email = row.text("contact_name", 200), _email(row)
    if not name and not email:
        return ()
    return (PersonRecord(name=name or email, email=email, phone=row.text("phone", 60), company=company),)


def _email(row: Row) -> str:
    text = row.text("email", 254).lower()
    if text and ("@" not in text or " " in text):
        raise row.refuse("email", _("an email address"))
    return text


def _person(row: Row) -> Good:
    parts = [row.text("first_name", 100), row.text("last_name", 100)]
    name = row.text("name", 200) or " ".join(part for part in parts if part) or _email(row)
    if not name:
        raise row.refuse("name", _("a name or an email address"))
    language = row.text("language", 20).lower()[:2]
    record = PersonRecord(
        name=name, email=_email(row), phone=row.text("phone", 60), title=row.text("title", 160),
        language=language if language in ("en", "fr", "de", "es", "it", "nl", "pt") else "",
        company=row.text("company", 200), external_id=row.text("external_id", 120),
    )  # fmt: skip
    return Good(row.number, record)


def _touch(row: Row) -> Good:
    deal, at = row.text("deal", 120), row.day("at")
    if not deal:
        raise row.refuse("deal", _("the id of a deal"))
    if at is None:
        raise row.refuse("at", values.A_DAY)
    minutes = row.text("minutes", 8)
    record = TouchRecord(
        deal=deal, at=at, channel=word("channels", row.text("channel", 60)) or Channel.OTHER,
        direction=word("directions", row.text("direction", 20)) or "out",
        minutes=min(int(float(minutes)), 1440) if minutes.replace(".", "", 1).isdecimal() else None,
        result=row.text("result", 40), note=row.text("note", 5000), person_email=_email(row),
        external_id=row.text("external_id", 120),
    )  # fmt: skip
    return Good(row.number, record, owner=row.text("owner", 120))
