"""The order in which the readers are asked: forms before headers, headers before words, words before guesses."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime

from rebond.mail.reading import absence, automatic, bounces, complaints, headers, leaving, stopping
from rebond.mail.reading.language import language_of
from rebond.mail.reading.parts import Mail, take_apart
from rebond.mail.reading.quoted import Written, written
from rebond.mail.reading.result import AUTO_REPLY, HUMAN, LEFT, OTHER, OUT_OF_OFFICE, STOP, Reading


def read(raw: bytes, *, received_at: datetime) -> Reading:
    """What one mail is and says. Never raises, whatever the bytes.

    Args:
        raw: the mail as it came; its first MiB is looked at.
        received_at: when our server took it, aware; dates without a year are read from there.
    """
    mail = take_apart(raw)
    plain = _outside(mail, received_at)
    try:
        return _understood(mail, plain, received_at)
    except headers.UNREADABLE:  # a form so broken that its reader gave up: what is outside still counts
        return replace(plain, text=_kept(mail.text))


def _outside(mail: Mail, received_at: datetime) -> Reading:
    """What the headers say."""
    address, name = headers.sender(mail.message)
    named = headers.every(mail.message, "To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
    answered = headers.ids(headers.raw_header(mail.message, "In-Reply-To"))
    thread = headers.ids(headers.raw_header(mail.message, "References")[-7_000:])[::-1]
    return Reading(
        kind=OTHER,
        message_id=headers.one_id(headers.raw_header(mail.message, "Message-ID")),
        references=tuple(dict.fromkeys((*answered, *thread))),
        from_address=address,
        from_name=name,
        to_addresses=tuple(dict.fromkeys(one for value in named for one in headers.addresses(value))),
        subject=headers.header(mail.message, "Subject")[:300],
        sent_at=headers.sent_at(mail.message, received_at),
        rule="nothing",
    )


def _understood(mail: Mail, plain: Reading, received_at: datetime) -> Reading:
    report = complaints.told(mail) or bounces.told(mail, plain.from_address)
    if report is not None:
        kind, failed, rule = report
        ids = tuple(dict.fromkeys((*bounces.original_ids(mail), *plain.references)))
        return replace(
            plain, kind=kind, failed=failed, rule=rule, references=ids, text=_kept(mail.text[:4_000]),
            language=language_of(mail.text),
        )  # fmt: skip
    said = written(mail.text, plain.from_name)
    language = language_of(said.own) or language_of(f"{plain.subject}\n{mail.text[:2_000]}")
    plain = replace(plain, text=_kept(said.words), language=language)
    by_part = automatic.by_part(mail)
    if by_part or bounces.of_a_server(plain.from_address):
        return replace(plain, kind=AUTO_REPLY, rule=by_part or "null_sender")
    return _by_what_it_says(mail, plain, said, received_at)


def _kept(words: str) -> str:
    """Storable: without the characters that databases refuse or nobody sees; every kind of space stays."""
    shown = (one for one in words if one.isprintable() or one in "\n\t" or unicodedata.category(one) == "Zs")
    return "".join(shown)[:20_000]


def _by_what_it_says(mail: Mail, plain: Reading, said: Written, received_at: datetime) -> Reading:
    if stopping.sealed(plain.subject):
        return replace(plain, kind=STOP, rule="stop_subject")
    header = automatic.by_header(mail)
    if header == "list":  # a newsletter speaks of many absences
        return replace(plain, kind=AUTO_REPLY, rule=header)
    program = bool(header) or absence.automatic_subject(plain.subject)
    if left := _left(plain, said, program):
        return left
    by_words = automatic.by_words(said.own, plain.from_address)
    away = absence.told(plain.subject, said.own, automatic=program)
    on = absence.return_on(plain.subject, said.own, plain.language, received_at.date()) if away or program else None
    if away or (on and not by_words):
        return replace(plain, kind=OUT_OF_OFFICE, rule=away or "body_date", return_on=on)
    if header or by_words or program:
        return replace(plain, kind=AUTO_REPLY, rule=header or by_words or "auto_header:Subject")
    return _of_a_person(plain, said)


def _left(plain: Reading, said: Written, program: bool) -> Reading | None:
    """Somebody who left, with who took over."""
    firm = plain.from_address.partition("@")[2].rpartition(".")[0].rpartition(".")[2]
    text = f"{plain.subject}.\n\n{said.own}" if program else said.own
    rule = leaving.told(text, automatic=program, firm=firm)
    if not rule:
        return None
    name, address = leaving.successor(said.own, from_address=plain.from_address, from_name=plain.from_name)
    return replace(plain, kind=LEFT, rule=rule, successor_name=name[:200], successor_address=address)


def _of_a_person(plain: Reading, said: Written) -> Reading:
    stop = stopping.told(plain.subject, said.words)
    if stop:
        return replace(plain, kind=STOP, rule=stop)
    return replace(plain, kind=HUMAN, rule="person") if plain.from_address else plain
