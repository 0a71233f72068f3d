from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.deals.models import AppendOnlyError
from rebond.learn import taxonomy
from rebond.learn.actions import ReasonGiven, assert_reasons, attach_history
from rebond.learn.models import ReasonAssertion, ReasonPhrase
from rebond.learn.phrases.matching import match
from rebond.learn.queries import current_reasons
from tests.factories import make_closed_deal
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method


def test_the_list_is_that_of_the_specification() -> None:
    assert len(taxonomy.BUILT_IN) == 24
    assert len({reason.group for reason in taxonomy.BUILT_IN.values()}) == 7
    controls = [reason.control.value for reason in taxonomy.BUILT_IN.values()]
    assert (controls.count("controllable"), controls.count("influenceable"), controls.count("uncontrollable")) == (
        9,
        9,
        6,
    )
    assert taxonomy.BUILT_IN["timing"].recheck_days == 45


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("No budget this year", "no_budget"), ("Pas de budget", "no_budget"), ("Budget coupé", "no_budget"),
        ("Mauvais moment", "timing"), ("Project on hold", "timing"), ("Plus de nouvelles", "not_in_touch"),
        ("Client ne répond plus", "not_in_touch"), ("Stayed with current supplier", "incumbent_kept"),
        ("Missing feature", "missing_capability"), ("Not interested", "need_not_felt"),
        ("RGPD", "integration_security"), ("Unknown", "not_known_yet"),
        ("Rachat de la société", "external_event"), ("price_vs_alternative", "price_vs_alternative"),
    ],
)  # fmt: skip
def test_plain_phrases_are_understood_in_both_languages(text: str, code: str) -> None:
    assert (match(text).code, match(text).sure) == (code, True)


@pytest.mark.parametrize("text", ["Price", "Trop cher", "Bad timing and no budget", "Lost to Acme", "Blah"])
def test_what_is_not_plain_is_never_taken_silently(text: str) -> None:
    assert not match(text).sure


@given(st.text(max_size=400))
def test_no_text_breaks_the_matcher(text: str) -> None:
    code = match(text).code
    assert code is None or code in taxonomy.BUILT_IN or code == taxonomy.NOT_KNOWN_YET


def test_a_later_word_supersedes_and_never_overwrites(camille: User, now: datetime) -> None:
    _deal, event = make_closed_deal(owner=camille)
    assert_reasons(close_event=event, reasons=[ReasonGiven("timing")], actor=camille, now=now)
    later = [ReasonGiven("no_budget"), ReasonGiven("wrong_people", role="contributing", could_act="yes")]
    assert_reasons(close_event=event, reasons=later, actor=camille, now=now)
    assert [reason.code for reason in current_reasons([event.pk])[event.pk]] == ["no_budget", "wrong_people"]
    assert ReasonAssertion.objects.count() == 3
    with pytest.raises(AppendOnlyError):
        ReasonAssertion.objects.first().save()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("reasons", "code"),
    [
        ([ReasonGiven("timing"), ReasonGiven("no_budget")], "one_primary"),
        ([ReasonGiven("timing", role="contributing")], "one_primary"),
        ([ReasonGiven("nope")], "unknown_reason"),
        ([ReasonGiven("other")], "other_needs_words"),
        ([ReasonGiven("timing"), *(ReasonGiven(c, role="contributing") for c in ("terms", "no_budget", "hard_to_use"))],
         "too_many_reasons"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(camille: User, now: datetime, reasons: list[ReasonGiven], code: str) -> None:
    _deal, event = make_closed_deal(owner=camille)
    with pytest.raises(RebondError) as refused:
        assert_reasons(close_event=event, reasons=reasons, actor=camille, now=now)
    assert refused.value.code == code
    assert not ReasonAssertion.objects.exists()


def test_imported_words_are_kept_and_voices_told_apart(camille: User, now: datetime) -> None:
    _deal, event = make_closed_deal(owner=camille)
    attach_history(rows=[(event.pk, "Pas de budget; Prix; buyer:timing")], actor=None, now=now)
    said = {(r.source, r.code, r.role, r.verbatim) for r in current_reasons([event.pk])[event.pk]}
    assert said == {
        ("seller", "no_budget", "primary", "Pas de budget"),
        ("seller", "other", "contributing", "Prix"),
        ("buyer", "timing", "primary", ""),
    }
    assert ReasonPhrase.objects.get().verbatim == "Prix"


def test_a_phrase_is_confirmed_once_and_remembered(as_nadia: Client, camille: User, now: datetime) -> None:
    events = [make_closed_deal(owner=camille)[1] for _ in range(2)]
    attach_history(rows=[(events[0].pk, "Prix"), (events[1].pk, "prix ")], actor=None, now=now)
    phrase = ReasonPhrase.objects.get()
    assert "Comparable offer, lower price" in as_nadia.get("/reasons/phrases").content.decode()
    as_nadia.post(f"/reasons/phrases/{phrase.pk}", {"code": "price_vs_alternative"})
    said = current_reasons([event.pk for event in events])
    assert [said[event.pk][0].code for event in events] == ["price_vs_alternative"] * 2
    assert said[events[0].pk][0].verbatim == "Prix"
    assert ReasonAssertion.objects.filter(code="other").count() == 2
    third = make_closed_deal(owner=camille)[1]
    attach_history(rows=[(third.pk, "PRIX")], actor=None, now=now)
    assert current_reasons([third.pk])[third.pk][0].code == "price_vs_alternative"


def test_the_doors(as_camille: Client, as_nadia: Client, camille: User, now: datetime) -> None:
    attach_history(rows=[(make_closed_deal(owner=camille)[1].pk, "Prix")], actor=None, now=now)
    path = f"/reasons/phrases/{ReasonPhrase.objects.get().pk}"
    assert as_camille.get("/reasons/phrases").status_code == 403
    assert as_camille.post(path, {"code": "timing"}).status_code == 403
    assert as_nadia.post(path, {"code": "nope"}).status_code == 400
    assert_wrong_method(as_nadia, path, "post")
    assert_signed_out_is_sent_to_sign_in("/reasons/phrases")
    assert ReasonPhrase.objects.get().code == ""
