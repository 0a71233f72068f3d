"""Dates: of return, in four languages and many orders, and those that people name in passing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.mail.reading import read
from rebond.mail.reading.absence import return_on
from rebond.mail.reading.hints import named_dates
from rebond.nurture.models import DateKind

MONDAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("language", "text", "back"),
    [
        ("en", "I'm back on Monday 8 June.", "2026-06-08"),
        ("en", "I'm away until 12 June (inclusive).", "2026-06-15"),
        ("en", "I'm away until Tuesday.", "2026-06-03"),
        ("en", "Back next Monday.", "2026-06-08"),
        ("en", "I will not be back until June 10th, 2026.", "2026-06-10"),
        ("en", "On leave 2026-06-08 to 2026-06-12, back 2026-06-15.", "2026-06-15"),
        ("en", "Out 06/08 - 06/11.", "2026-06-12"),
        ("en", "Returning 12/06.", "2026-06-12"),
        ("en", "I'm out from 8 June.", None),
        ("en", "I'll be back next week.", "2026-06-08"),
        ("en", "I'm away from 8 to 12 June.", "2026-06-15"),
        ("en", "I am away between the 8th and the 12th of June.", "2026-06-15"),
        ("en", "Call 020 7946 0123 or 06.12.34.56.78 while I am away.", None),
        ("en", "We are away, support is there 24/7.", None),
        ("fr", "Absent du 3 au 14 août.", "2026-08-17"),
        ("fr", "De retour le lundi 15.", "2026-06-15"),
        ("fr", "Absente jusqu'au 1er juillet.", "2026-07-02"),
        ("fr", "Je suis absent et reviens le 12/06.", "2026-06-12"),
        ("fr", "En congés du 29/07 au 02/08/2026.", "2026-08-03"),
        ("de", "Ich bin bis einschließlich 12.06. im Urlaub.", "2026-06-15"),
        ("de", "Ab dem 15. Juni bin ich wieder da.", "2026-06-15"),
        ("de", "Ich bin vom 8.-12.6. abwesend.", "2026-06-15"),
        ("de", "Ich bin erst am Mittwoch, den 10. Juni, wieder erreichbar.", "2026-06-10"),
        ("de", "Nächste Woche bin ich im Urlaub.", "2026-06-15"),
        ("es", "De vacaciones hasta el 5 de enero.", "2027-01-06"),
        ("es", "Fuera del 3 al 14 de agosto.", "2026-08-17"),
        ("es", "Vuelvo el próximo lunes.", "2026-06-08"),
        ("es", "No estaré de vuelta hasta el 12 de junio.", "2026-06-12"),
    ],
)
def test_the_first_day_they_are_there_again(language: str, text: str, back: str | None) -> None:
    assert return_on("", text, language, MONDAY) == (date.fromisoformat(back) if back else None)


@pytest.mark.parametrize(
    ("at", "text", "back"),
    [
        (date(2026, 12, 20), "Back on 4 January.", "2027-01-04"),
        (date(2026, 1, 2), "Away until 4 January.", "2026-01-05"),
        (date(2026, 6, 1), "Back on 20 May.", "2026-05-20"),  # nobody switched it off
        (date(2026, 6, 1), "Back on 20 January.", "2027-01-20"),
        (date(2027, 6, 1), "Back on 29 February.", "2028-02-29"),
        (date(2026, 6, 1), "Back on 31 June.", None),
    ],
)
def test_a_year_left_out_is_the_next_plausible_one(at: date, text: str, back: str | None) -> None:
    assert return_on("", text, "en", at) == (date.fromisoformat(back) if back else None)


@given(st.dates(date(2026, 6, 2), date(2026, 12, 31)), st.sampled_from(["{0} {1} {2}", "{1} {0}, {2}", "{0}th of {1}"]))
def test_a_day_written_out_is_that_day(day: date, shape: str) -> None:
    text = shape.format(day.day, day.strftime("%B"), day.year)
    assert return_on("", f"I am back on {text}.", "en", MONDAY) == day


@given(st.dates(date(2026, 6, 2), date(2027, 5, 1)))
def test_until_a_day_is_a_weekday_after_it(day: date) -> None:
    back = return_on("", f"Je suis absente jusqu'au {day:%d/%m/%Y}.", "fr", MONDAY)
    assert back is not None
    assert back.weekday() < 5
    assert 1 <= (back - day).days <= 3


MARCH = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "text", "kind", "on", "whole"),
    [
        ("en", "Our budget opens in June.", "budget", "2026-06-01", True),
        ("en", "The board decides on 15 September.", "decision", "2026-09-15", False),
        ("en", "Maybe in Q3.", "other", "2026-07-01", True),
        ("en", "Let's talk next year.", "call_back", "2027-01-01", True),
        ("fr", "Le contrat se termine en septembre.", "contract_end", "2026-09-01", True),
        ("fr", "Rappelez-moi début janvier.", "call_back", "2027-01-01", True),
        ("fr", "On en reparle à la rentrée ?", "call_back", "2026-09-01", True),
        ("de", "Melden Sie sich nach dem Sommer noch einmal.", "call_back", "2026-09-01", True),
        ("de", "Der Vertrag läuft bis Ende September.", "contract_end", "2026-09-30", True),
        ("es", "El contrato vence el 31 de diciembre.", "contract_end", "2026-12-31", False),
        ("es", "Tendremos presupuesto en enero.", "budget", "2027-01-01", True),
    ],
)
def test_a_date_named_in_passing(language: str, text: str, kind: str, on: str, whole: bool) -> None:
    hints = named_dates(text, language, MARCH)
    assert [(hint.kind, hint.on.isoformat(), hint.whole_month) for hint in hints] == [(kind, on, whole)]
    assert hints[0].words == text
    assert kind in DateKind.values


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We signed with them last June."),
        ("en", "I may call you. We march on."),
        ("en", "Tuesday at 10?"),
        ("fr", "Depuis juin nous attendons."),
        ("de", "Seit Mai läuft nichts."),
        ("es", "Desde junio no hay novedades."),
        ("en", "We met in May 2025."),
    ],
)
def test_what_lies_behind_or_is_an_appointment_is_no_hint(language: str, text: str) -> None:
    assert named_dates(text, language, MARCH) == []


def test_two_dates_in_one_sentence_each_with_their_own_matter() -> None:
    text = "Our contract runs out in November, so we will start looking in September."
    assert [(hint.kind, hint.on.month) for hint in named_dates(text, "en", MARCH)] == [
        ("contract_end", 11),
        ("decision", 9),
    ]


def test_the_language_is_told_by_its_little_words() -> None:
    def language(text: str) -> str:
        return read(f"From: h@valmy.example\r\n\r\n{text}".encode(), received_at=MARCH).language

    assert language("Is the price for all of you?") == "en"
    assert language("Nous ne sommes pas dans les bureaux") == "fr"
    assert language("Das ist nicht für mich") == "de"
    assert language("No es para nosotros, gracias") == "es"
    assert language("OK") == ""
