"""Each rule of asking by itself, as the specification says it, and their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.refer.eligibility import Known, letter_window, talk_window, why_not
from rebond.refer.models import AskExclusion

TODAY = date(2026, 6, 9)
MET = Known(met=True)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"nobody": True}, "nobody"),
        ({"reopened": True}, "reopened"),
        ({"suppressed": True}, "suppressed"),
        ({"complaint": True}, "complaint"),
        ({"hostile": True}, "hostile"),
        ({"met": False}, "not_met"),
        ({"declined_on": ago(364)}, "declined"),
        ({"declined_on": ago(365)}, ""),
        ({"asked_in_talk": True}, "asked_by_talk"),
        ({"asked_on": (ago(179),)}, "asked_lately"),
        ({"asked_on": (ago(180),)}, ""),
        ({"asked_on": (ago(200), ago(364))}, "twice_a_year"),
        ({"asked_on": (ago(200), ago(365))}, ""),
        ({"pleading": True}, "in_a_plea"),
        ({"letter_from": TODAY + timedelta(days=1)}, "no_thanks_yet"),
        ({"letter_from": TODAY}, ""),
        ({}, ""),
    ],
)
def test_each_rule_by_itself(changed: dict[str, object], code: str) -> None:
    assert why_not(replace(MET, **changed), written=True, today=TODAY) == code


def test_what_is_said_in_the_closing_talk_need_not_wait_for_the_thank_you() -> None:
    waits = replace(MET, letter_from=TODAY + timedelta(days=20))
    assert why_not(waits, written=False, today=TODAY) == ""


def test_the_gravest_rule_is_the_one_that_is_told() -> None:
    everything = Known(suppressed=True, complaint=True, hostile=True, pleading=True, asked_on=(TODAY,))
    assert why_not(everything, written=True, today=TODAY) == "suppressed"


def test_the_talk_is_today_and_the_letter_a_week_to_two_after_the_debrief() -> None:
    assert talk_window(TODAY) == (TODAY, TODAY + timedelta(days=3))
    debriefed = TODAY + timedelta(days=2)
    assert letter_window(TODAY, debriefed, None) == (debriefed + timedelta(days=7), debriefed + timedelta(days=14))


@given(debriefed=st.none() | st.integers(0, 60), thanked=st.none() | st.integers(-5, 60))
def test_no_letter_leaves_before_the_debrief_has_rested_or_the_thank_you_left(
    debriefed: int | None, thanked: int | None
) -> None:
    done = None if debriefed is None else TODAY + timedelta(days=debriefed)
    thank = None if thanked is None else TODAY + timedelta(days=thanked)
    first, last = letter_window(TODAY, done, thank)
    assert last - first == timedelta(days=7)
    assert first >= (done or TODAY) + timedelta(days=7)
    assert thank is None or first >= thank


@given(st.lists(st.integers(0, 800), max_size=6), st.none() | st.integers(0, 800), st.booleans(), st.booleans())
def test_whoever_may_be_asked_breaks_no_rule(
    asked: list[int], declined: int | None, pleading: bool, written: bool
) -> None:
    known = replace(
        MET, asked_on=tuple(ago(days) for days in asked), pleading=pleading,
        declined_on=None if declined is None else ago(declined),
    )  # fmt: skip
    code = why_not(known, written=written, today=TODAY)
    assert code == "" or code in AskExclusion.values
    if not code:
        assert not pleading
        assert all(days >= 180 for days in asked)
        assert sum(days < 365 for days in asked) < 2
        assert declined is None or declined >= 365
