"""Reasons in people's own words: met in an import, a close or a debrief, explained once by a colleague."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import CloseSource, Deal
from rebond.jobs.models import Job
from rebond.learn import actions
from rebond.learn.actions import ReasonGiven, assert_reasons, attach_history
from rebond.learn.models import Debrief, ReasonAssertion, ReasonPhrase, Suggester, Voice
from rebond.learn.phrases.matching import match
from rebond.learn.queries import current_reasons
from rebond.learn.taxonomy import current
from rebond.loop.close import close
from tests.factories import make_closed_deal, make_deal
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

WORDS = "The wrong star sign"


def codes(event_id: int) -> list[tuple[str, str, str]]:
    """What is said now about a close: code, role, words."""
    return [(r.code, r.role, r.verbatim) for r in current_reasons([event_id])[event_id]]


def say(deal: Deal, actor: User, now: datetime, words: str = WORDS) -> int:
    given = [ReasonGiven("other", verbatim=words)]
    event = close(deal=deal, outcome="lost", reasons=given, actor=actor, source=CloseSource.SCREEN, now=now)
    return event.pk


def test_words_of_a_close_wait_for_a_colleague_and_are_restated(
    as_camille: Client, as_nadia: Client, deal: Deal, nadia: User
) -> None:
    form = {"outcome": "lost", "reason": "other", "words": WORDS, "competitor": "none"}
    as_camille.post(f"/deals/{deal.pk}/close", form)
    event = deal.close_events.get().pk
    phrase = ReasonPhrase.objects.get()
    assert (phrase.verbatim, phrase.seen, phrase.code) == (WORDS, 1, "")
    assert codes(event) == [("other", "primary", WORDS)]
    assert WORDS in as_nadia.get("/reasons/phrases").content.decode()
    page = as_nadia.post(f"/reasons/phrases/{phrase.pk}", {"code": "trust_rapport"}, follow=True).content.decode()
    assert "Remembered, and applied to 1 deal." in page
    assert codes(event) == [("trust_rapport", "primary", WORDS)]
    assert ReasonAssertion.objects.filter(close_event=event, code="other", edition=1).exists()
    phrase.refresh_from_db()
    assert (phrase.code, phrase.confirmed_by) == ("trust_rapport", nadia)
    assert AuditEntry.objects.filter(verb="learn.confirm_phrase").get().detail == {"code": "trust_rapport", "closes": 1}


def test_words_of_a_debrief_wait_too_and_keep_what_was_said_beside_them(
    as_camille: Client, nadia: User, deal: Deal, now: datetime
) -> None:
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "not_known_yet", "competitor": "none"})
    debrief = Debrief.objects.get()
    form = {"reason_1": "timing", "acted_1": "no", "reason_2": "other", "acted_2": "partly", "words_2": WORDS}
    as_camille.post(f"/debriefs/{debrief.pk}/reasons", form)
    assert codes(debrief.close_event_id) == [("timing", "primary", ""), ("other", "contributing", WORDS)]
    phrase = ReasonPhrase.objects.get()
    assert actions.confirm_phrase(phrase=phrase, code="trust_rapport", actor=nadia, now=now) == 1
    assert codes(debrief.close_event_id) == [("timing", "primary", ""), ("trust_rapport", "contributing", WORDS)]
    restated = ReasonAssertion.objects.latest("pk")
    assert (restated.edition, restated.could_act) == (3, "partly")


def test_what_was_explained_once_is_understood_the_next_time(camille: User, nadia: User, now: datetime) -> None:
    say(make_deal(owner=camille), camille, now)
    actions.confirm_phrase(phrase=ReasonPhrase.objects.get(), code="trust_rapport", actor=nadia, now=now)
    event = say(make_deal(owner=camille), camille, now, words=f"  {WORDS.upper()} ")
    assert codes(event) == [("trust_rapport", "primary", WORDS.upper())]
    assert ReasonPhrase.objects.count() == 1
    _deal, imported = make_closed_deal(owner=camille)
    attach_history(rows=[(imported.pk, WORDS)], actor=None, now=now)
    assert codes(imported.pk) == [("trust_rapport", "primary", WORDS)]


def test_a_reason_said_twice_once_by_its_words_is_said_once(camille: User, nadia: User, now: datetime) -> None:
    say(make_deal(owner=camille), camille, now)
    actions.confirm_phrase(phrase=ReasonPhrase.objects.get(), code="timing", actor=nadia, now=now)
    _deal, event = make_closed_deal(owner=camille)
    given = [ReasonGiven("timing", role="contributing"), ReasonGiven("other", verbatim=WORDS, could_act="no")]
    assert_reasons(close_event=event, reasons=given, actor=camille, now=now)
    assert codes(event.pk) == [("timing", "primary", WORDS)]


def test_a_main_reason_that_turns_out_to_be_the_other_one_stays_the_main_one(
    camille: User, nadia: User, now: datetime
) -> None:
    _deal, event = make_closed_deal(owner=camille)
    given = [ReasonGiven("timing", role="contributing"), ReasonGiven("other", verbatim=WORDS)]
    assert_reasons(close_event=event, reasons=given, actor=camille, now=now)
    actions.confirm_phrase(phrase=ReasonPhrase.objects.get(), code="timing", actor=nadia, now=now)
    assert codes(event.pk) == [("timing", "primary", WORDS)]


def test_an_explanation_that_was_merged_or_retired_since_is_followed_or_left(
    camille: User, nadia: User, now: datetime
) -> None:
    say(make_deal(owner=camille), camille, now)
    actions.confirm_phrase(phrase=ReasonPhrase.objects.get(), code="terms", actor=nadia, now=now)
    actions.merge_reason(code="terms", into="no_budget", note="x", actor=None, now=now)
    assert codes(say(make_deal(owner=camille), camille, now))[0][0] == "no_budget"
    actions.retire_reason(code="no_budget", note="x", actor=None, now=now)
    assert codes(say(make_deal(owner=camille), camille, now))[0][0] == "other"


def test_a_buyers_own_words_to_us_are_neither_collected_nor_restated(camille: User, nadia: User, now: datetime) -> None:
    event = say(make_deal(owner=camille), camille, now)
    given = [ReasonGiven("other", verbatim=WORDS)]
    answered = close(deal=make_deal(owner=camille), outcome="lost", reasons=[ReasonGiven("timing")], actor=camille,
                     source=CloseSource.SCREEN, now=now)  # fmt: skip
    for words in (WORDS, "Said to us alone"):
        said = [ReasonGiven("other", verbatim=words)]
        assert_reasons(close_event=answered, source=Voice.BUYER, reasons=said, actor=None, now=now)
    assert_reasons(close_event=answered, source=Voice.BUYER, reasons=given, actor=None, now=now)
    assert list(ReasonPhrase.objects.values_list("verbatim", "seen")) == [(WORDS, 1)]
    actions.confirm_phrase(phrase=ReasonPhrase.objects.get(), code="trust_rapport", actor=nadia, now=now)
    assert codes(event)[0][0] == "trust_rapport"
    assert ("other", "primary", WORDS) in codes(answered.pk)


def test_a_buyers_words_in_an_import_are_restated(camille: User, nadia: User, now: datetime) -> None:
    _deal, event = make_closed_deal(owner=camille)
    attach_history(rows=[(event.pk, f"buyer:{WORDS}; Pas de budget")], actor=None, now=now)
    actions.confirm_phrase(phrase=ReasonPhrase.objects.get(), code="trust_rapport", actor=nadia, now=now)
    assert sorted(codes(event.pk)) == [
        ("no_budget", "primary", "Pas de budget"), ("trust_rapport", "primary", WORDS),
    ]  # fmt: skip
    assert ReasonAssertion.objects.filter(source=Voice.SELLER).count() == 1  # that voice was not touched


def test_none_of_these_stays_in_its_words_and_is_not_asked_again(
    as_nadia: Client, camille: User, deal: Deal, now: datetime
) -> None:
    event = say(deal, camille, now)
    as_nadia.post(f"/reasons/phrases/{ReasonPhrase.objects.get().pk}", {"code": "other"})
    assert codes(event) == [("other", "primary", WORDS)]
    assert ReasonAssertion.objects.count() == 1
    assert "Every phrase is explained" in as_nadia.get("/reasons/phrases").content.decode()
    assert codes(say(make_deal(owner=camille), camille, now)) == [("other", "primary", WORDS)]


def test_the_second_of_two_colleagues_is_told_what_the_first_said(
    as_nadia: Client, nadia: User, admin_user: User, camille: User, deal: Deal, now: datetime
) -> None:
    say(deal, camille, now)
    phrase = ReasonPhrase.objects.get()
    actions.confirm_phrase(phrase=ReasonPhrase.objects.get(), code="timing", actor=nadia, now=now)
    with pytest.raises(Conflict) as refused:
        actions.confirm_phrase(phrase=phrase, code="terms", actor=admin_user, now=now)
    assert refused.value.code == "phrase_explained"
    late = as_nadia.post(f"/reasons/phrases/{phrase.pk}", {"code": "terms"})
    assert (late.status_code, "Wrong moment, on hold" in late.content.decode()) == (409, True)
    assert ReasonPhrase.objects.get().code == "timing"


def test_a_phrase_cannot_mean_what_is_no_longer_on_the_list(
    as_nadia: Client, camille: User, deal: Deal, now: datetime
) -> None:
    say(deal, camille, now)
    actions.retire_reason(code="timing", note="x", actor=None, now=now)
    phrase = ReasonPhrase.objects.get()
    ReasonPhrase.objects.update(suggested_code="timing", suggested_by=Suggester.CLASSIFIER, suggested_chance=0.9)
    page = as_nadia.get("/reasons/phrases").content.decode()
    assert 'value="timing"' not in page
    assert "9 chances in 10" not in page
    for code in ("timing", "nope", ""):
        assert as_nadia.post(f"/reasons/phrases/{phrase.pk}", {"code": code}).status_code == 400
    assert ReasonPhrase.objects.get().code == ""


@pytest.mark.parametrize("words", ["", "   ", "\x00\x01", "\t\n"])
def test_words_that_say_nothing_are_asked_for(camille: User, now: datetime, words: str) -> None:
    with pytest.raises(RebondError) as refused:
        say(make_deal(owner=camille), camille, now, words=words)
    assert refused.value.code == "other_needs_words"
    assert not ReasonPhrase.objects.exists()


def test_words_of_a_megabyte_are_cut_and_still_found_again(camille: User, nadia: User, now: datetime) -> None:
    event = say(make_deal(owner=camille), camille, now, words="=cmd() <b>" + "x" * 1_000_000)
    phrase = ReasonPhrase.objects.get()
    assert len(phrase.verbatim) == 300
    assert actions.confirm_phrase(phrase=phrase, code="timing", actor=nadia, now=now) == 1
    assert codes(event)[0][0] == "timing"


@pytest.mark.django_db
def test_rules_follow_the_list_in_force(now: datetime) -> None:
    wording = {
        "seller": {"en": "No reference nearby", "fr": "Aucune référence proche"},
        "buyer": {"en": "Nobody near us uses it", "fr": "Personne ici ne l'utilise"},
    }
    actions.add_reason(
        code="no_reference", group="risk", control="influenceable", owner="marketing", recheck_days=90,
        wording=wording, note="x", actor=None, now=now,
    )  # fmt: skip
    actions.merge_reason(code="no_budget", into="terms", note="x", actor=None, now=now)
    actions.retire_reason(code="timing", note="x", actor=None, now=now)
    names = current()
    assert (match("aucune reference PROCHE", names).code, match("no_reference", names).sure) == ("no_reference", True)
    assert (match("Pas de budget", names).code, match("Pas de budget").code) == ("terms", "no_budget")
    assert (match("Mauvais moment", names).code, match("Mauvais moment").code) == (None, "timing")


def test_a_close_from_the_command_line_names_reasons_that_are_near(now: datetime, camille: User) -> None:
    actions.retire_reason(code="timing", note="x", actor=None, now=now)
    with pytest.raises(RebondError, match="Nearest: ") as refused:
        close(deal=make_deal(owner=camille), outcome="lost", reasons=[ReasonGiven("no_bugdet")], actor=camille,
              source=CloseSource.COMMAND, now=now)  # fmt: skip
    assert refused.value.detail["near"][0] == "no_budget"
    assert len(refused.value.detail["near"]) == 3


def test_new_words_have_the_matcher_look_at_them(camille: User, deal: Deal, now: datetime) -> None:
    waiting = Job.objects.filter(unique_key="learn.suggest")
    assert_reasons(close_event=make_closed_deal(owner=camille)[1], reasons=[ReasonGiven("timing")], actor=None, now=now)
    assert not waiting.exists()
    say(deal, camille, now)
    assert waiting.count() == 1


def test_a_thousand_phrases_take_no_more_queries_and_the_frequent_ones_come_first(
    as_nadia: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ReasonPhrase.objects.bulk_create(
        ReasonPhrase(folded=f"p {n}", verbatim=f"p {n}", seen=n, suggested_code="timing",
                     suggested_by=Suggester.CLASSIFIER, suggested_chance=0.81) for n in range(1000)
    )  # fmt: skip
    with django_assert_max_num_queries(12):
        page = as_nadia.get("/reasons/phrases")
    assert [phrase.verbatim for phrase, _code, _who in page.context["phrases"]][:2] == ["p 999", "p 998"]
    assert "learnt from your team&#x27;s confirmations: 8 chances in 10" in page.content.decode()
    assert len(page.content) < 250_000


def test_the_doors(
    as_camille: Client, as_nadia: Client, as_admin: Client, deal: Deal, camille: User, now: datetime
) -> None:
    say(deal, camille, now)
    path = f"/reasons/phrases/{ReasonPhrase.objects.get().pk}"
    assert [status(client, "get", "/reasons/phrases") for client in (as_camille, as_nadia, as_admin)] == [403, 200, 200]
    assert as_camille.post(path, {"code": "timing"}).status_code == 403
    assert status(as_nadia, "post", "/reasons/phrases/999999") == 404
    assert_wrong_method(as_nadia, "/reasons/phrases", "get")
    assert_wrong_method(as_nadia, path, "post")
    assert_signed_out_is_sent_to_sign_in("/reasons/phrases")
    assert_signed_out_is_sent_to_sign_in(path, "post")
    assert ReasonPhrase.objects.get().code == ""
