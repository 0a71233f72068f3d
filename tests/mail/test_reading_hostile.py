"""Whatever the bytes, an answer: never an error, never an endless look."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.mail.reading import read
from rebond.mail.reading.hints import named_dates
from rebond.mail.reading.parts import LINES_AT_MOST, PARTS_AT_MOST, take_apart
from rebond.mail.reading.quoted import KEPT, written
from rebond.mail.reading.result import KINDS
from tests.mail.corpus import cases

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
HEAD = b"From: helen@valmy.example\r\n"

LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"From: a@b.example",
                b"Subject: =?utf-8?q?x",
                b"Content-Type: multipart/report; boundary=b",
                b"--b",
                b"--b--",
                b"",
                b"Content-Type: message/delivery-status",
                b"Content-Type: message/feedback-report",
                b"Action: failed",
                b"Content-Type: message/rfc822",
                b"Content-Type: text/calendar; method=\xff",
                b"Status: 5.1.1",
                b"Date: 99",
                b"Content-Type: text/html; charset=utf-16",
                b"Content-Transfer-Encoding: base64",
                b"Final-Recipient: rfc822; a@b.c",
                b"On 1 June 2026 Camille wrote:",
                b"> quoted",
                b"I am out of the office until 31/02/9999",
                b"<div><blockquote",
                b"is no longer with us, please contact",
                b"Return-Path: <>",
                b'Content-Type: ;;;="',
                b"Message-ID: <<>>",
                b"Content-Transfer-Encoding: x-uuencode",
                b"begin 666 x",
                b"Auto-Submitted: \x80",
                b"back on 29 February",
            ]
        ),
        st.binary(max_size=40),
    ),
    max_size=25,
)


@given(st.binary(max_size=3000))
def test_any_bytes_give_a_reading(raw: bytes) -> None:
    got = read(raw, received_at=NOW)
    assert got.kind in KINDS
    assert got.sent_at is not None
    assert got.sent_at.tzinfo is not None


@given(LINES)
def test_mail_made_of_broken_pieces_gives_a_storable_reading(lines: list[bytes]) -> None:
    got = read(b"\r\n".join(lines), received_at=NOW)
    assert got.kind in KINDS
    kept = f"{got.text}{got.subject}{got.from_name}{got.from_address}{got.message_id}{''.join(got.references)}"
    assert "\x00" not in kept
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert len(got.text) <= KEPT
    assert len(got.from_address) <= 254
    assert len(got.message_id) <= 250


@given(st.integers(0, len(cases()) - 1), st.data())
def test_a_real_mail_cut_or_damaged_anywhere_gives_a_reading(number: int, data: st.DataObject) -> None:
    raw = cases()[number].raw
    start = data.draw(st.integers(0, len(raw)))
    patch = data.draw(st.binary(max_size=6))
    assert read(raw[:start] + patch, received_at=NOW).kind in KINDS
    assert read(raw[:start] + patch + raw[start + len(patch) :], received_at=NOW).kind in KINDS


@given(st.text(max_size=1500))
def test_what_is_kept_of_a_text_was_in_it(text: str) -> None:
    said = written(text)
    squeezed = "".join(text.split())
    assert all("".join(line.split()) in squeezed for line in said.words.replace("\u00a0", " ").split("\n"))


@given(st.text(max_size=600), st.sampled_from(["en", "fr", "de", "es", ""]), st.datetimes(timezones=st.just(UTC)))
def test_dates_named_in_any_text_lie_ahead(text: str, language: str, at: datetime) -> None:
    assert all(hint.on > at.date() for hint in named_dates(text, language, at))


def nested(depth: int) -> bytes:
    level = 'Content-Type: multipart/mixed; boundary="b{0}"\r\n\r\n--b{0}\r\n'
    return HEAD + "".join(level.format(number) for number in range(depth)).encode() + b"\r\ndeep inside"


@pytest.mark.parametrize("depth", [5, 24, 25, 5_000])
def test_a_nest_of_parts_is_left_closed_beyond_a_depth(depth: int) -> None:
    got = take_apart(nested(depth))
    assert len(got.parts) <= PARTS_AT_MOST
    assert read(nested(depth), received_at=NOW).from_address == "helen@valmy.example"


def test_mails_inside_mails_end_before_the_stack_does() -> None:
    raw = HEAD + b"Content-Type: message/rfc822\r\n\r\n" * (sys.getrecursionlimit() * 3)
    assert read(raw, received_at=NOW).from_address == "helen@valmy.example"


def test_of_a_large_mail_only_the_beginning_is_looked_at() -> None:
    raw = HEAD + b"\r\nHello\r\n" + b"x\n" * 1_500_000
    assert len(take_apart(raw).text) < 2 * LINES_AT_MOST + 10
    assert read(raw, received_at=NOW).text.startswith("Hello")
