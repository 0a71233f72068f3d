"""Every figure of Patterns on a company small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from rebond.accounts.models import User
from rebond.base.errors import NotFound, RebondError
from rebond.deals.models import CloseEvent, DealPerson, Person, ReopenEvent, Stage, StageChange
from rebond.facts import warm
from rebond.facts.freshness import want_fresh_facts
from rebond.jobs.models import Job
from rebond.learn.actions import ReasonGiven, assert_reasons
from rebond.learn.models import Mode, TaxonomyChange
from rebond.learn.patterns.answers import (
    BLOCKS,
    agreement,
    changes,
    competitors,
    control,
    headcount,
    no_decision,
    profile,
    stamps,
    verbatims,
    voices,
)
from rebond.learn.patterns.view import View
from rebond.learn.queries.facts import reasons_since
from rebond.loop.close import close, reopen
from tests.factories import make_closed_deal, make_deal
from tests.learn.patterns_made import MAY, TODAY, answer, debrief, ended, say, view

LONG_AGO = datetime(2025, 10, 1, 9, tzinfo=UTC)


def test_who_spoke_about_the_losses(camille: User, yanis: User, nadia: User, admin_user: User) -> None:
    ended(camille, seller="timing", answers="yyyyyy")
    ended(camille, "no_decision", seller="timing", buyer="no_budget")
    ended(camille, "lost_in_house")
    ended(camille, "won", seller="timing")
    ended(camille, "disqualified", seller="timing")
    ended(camille, seller="timing", at=LONG_AGO)
    ended(yanis, seller="terms", buyer="terms", answers="nnnnnn")
    found = headcount(view(nadia))
    assert (found.losses, found.wins) == (3, 1)
    assert [(e.k, e.n) for e in (found.debriefed, found.said_by_seller, found.said_by_buyer, found.silent)] == [
        (1, 3), (2, 3), (1, 3), (1, 3),
    ]  # fmt: skip
    assert (found.buyer_answers, found.pooled) == (1, 0)
    assert headcount(view(admin_user)).losses == 4
    assert headcount(view(admin_user, team=str(yanis.team_id))).losses == 1
    assert headcount(view(nadia, period="12m")).losses == 4


def test_a_close_that_was_taken_back_counts_nowhere(camille: User, nadia: User) -> None:
    deal, event = ended(camille, seller="timing", buyer="terms", answers="yyyyyy")
    reopen(deal=deal, actor=camille, now=MAY + timedelta(days=1))
    assert headcount(view(nadia)).losses == 0
    deal.refresh_from_db()
    later = MAY + timedelta(days=3)
    close(deal=deal, outcome="lost", reasons=[ReasonGiven("no_budget")], actor=camille, source="screen", now=later)
    found = headcount(view(nadia))
    assert (found.losses, found.debriefed.k, found.said_by_buyer.k) == (1, 0, 0)
    assert [lever.code for lever in control(view(nadia)).levers] == []
    assert next(iter(reasons_since(None))).reasons == "seller:no_budget"
    assert event.reasons.count() == 2


def test_main_reasons_by_voice_with_their_ranges(camille: User, nadia: User) -> None:
    for place in range(12):
        ended(camille, seller="no_budget terms" if place < 8 else "other", buyer="" if place < 2 else "value_unclear")
    for _win in range(10):
        ended(camille, "won", seller="terms")
    ended(camille, seller="not_known_yet")
    found = voices(view(nadia))
    assert (found.losses, found.sellers, found.buyers, found.pooled) == (13, 12, 10, 0)
    assert [row.code for row in found.rows] == ["value_unclear", "no_budget", "terms"]
    first, second, third = found.rows
    assert (first.seller.k, first.seller.n, first.buyer.k, first.buyer.n) == (0, 12, 10, 10)
    assert (second.seller.k, second.buyer.k, third.seller.k, third.named_by_seller.k) == (8, 0, 0, 8)
    assert (third.among_wins["seller"].k, third.among_wins["seller"].n) == (10, 10)
    assert first.seller.lo80 == 0.0
    assert first.buyer.lo80 == pytest.approx(0.8589, abs=1e-3)
    assert found.other == {"seller": 4, "buyer": 0}
    assert (found.unheard.k, found.unheard.n) == (3, 13)
    assert first.gap is not None
    assert (first.gap.verdict, first.gap.difference.value) == ("probable", 1.0)
    assert third.gap is None
    assert found.looked_at == 2


def test_what_was_in_our_hands_by_default_and_by_judgement(camille: User, nadia: User) -> None:
    said = [("value_unclear", "no"), ("value_unclear", "yes"), ("timing", "partly"), ("timing", ""), ("terms", "")]
    for code, could_act in said:
        ended(camille, seller=code, could_act=could_act, answers="yyyyyy")
    ended(camille, seller="other")
    ended(camille)
    ended(camille, "won", seller="value_unclear", could_act="yes")
    found = control(view(nadia))
    counts = (found.could_act, found.partly, found.outside, found.unclear, found.not_explained, found.not_debriefed)
    assert (found.losses, *counts) == (7, 1, 2, 2, 1, 1, 2)
    assert (found.share.k, found.share.n) == (1, 5)
    assert {name: one.k for name, one in found.default.items()} == {"could_act": 2, "partly": 0, "outside": 1}
    assert {name: one.k for name, one in found.judged.items()} == {"could_act": 1, "partly": 1, "outside": 1}
    assert [(lever.code, lever.losses.k, lever.losses.n) for lever in found.levers] == [
        ("value_unclear", 2, 6), ("terms", 1, 6),
    ]  # fmt: skip


def test_only_the_last_edition_of_each_voice_counts(camille: User, nadia: User) -> None:
    _deal, event = ended(camille, seller="timing terms", could_act="yes")
    say(event, "seller", "no_budget", edition=2, could_act="no")
    found = control(view(nadia))
    assert (found.could_act, found.outside) == (0, 1)
    assert next(iter(reasons_since(None))).reasons == "seller:no_budget"


def _merge(version: int, code: str, into: str) -> None:
    TaxonomyChange.objects.create(version=version, kind="merge", code=code, into=into, at=MAY)


def test_a_merge_changes_the_chart_and_leaves_the_old_one_reproducible(camille: User, nadia: User) -> None:
    for place in range(12):
        ended(camille, seller="timing no_budget" if place < 5 else "no_budget")
    before = voices(view(nadia)).as_json()
    _merge(2, "timing", "no_budget")
    found, old = voices(view(nadia)), voices(view(nadia, taxonomy="1"))
    assert [(row.code, row.seller.k, row.named_by_seller.k) for row in found.rows] == [("no_budget", 12, 12)]
    assert old.as_json() == before
    assert [(stamp.code, stamp.into) for stamp in stamps(view(nadia)).stamps] == [("timing", "no_budget")]
    assert stamps(view(nadia, taxonomy="1")).stamps == ()
    assert stamps(replace(view(nadia), since=date(2026, 6, 1))).stamps == ()


def test_against_whom_and_what_hurt(camille: User, nadia: User) -> None:
    for place in range(6):
        code = "price_vs_alternative" if place < 4 else "timing"
        ended(camille, seller=code, competitor="Acme " if place else "acme")
    ended(camille, "won", seller="trust_rapport", competitor="ACME")
    ended(camille, competitor="none")
    found = competitors(view(nadia))
    assert [(row.name, row.won, row.lost) for row in found.competitors.rows.rows] == [("Acme", 1, 6)]
    assert [(code, share.k, share.n) for code, _label, share in found.hurt["Acme"]] == [
        ("price_vs_alternative", 4, 6), ("timing", 2, 6),
    ]  # fmt: skip
    assert [(code, share.k) for code, _label, share in found.helped["Acme"]] == [("trust_rapport", 1)]


def test_deals_without_a_decision(camille: User, nadia: User, helene: Person) -> None:
    proposal = Stage.objects.get(name="Proposal")
    for place in range(6):
        touched = MAY - timedelta(days=10 * place) if place else None
        deal, _event = ended(camille, "no_decision", seller="sponsor_left" if place < 2 else "timing",
                             last_touch_at=touched)  # fmt: skip
        if place < 4:
            StageChange.objects.create(deal=deal, stage=proposal, entered_at=MAY - timedelta(days=20))
        if place < 3:
            DealPerson.objects.create(deal=deal, person=helene, role="sponsor")
    ended(camille, seller="timing")
    found = no_decision(view(nadia))
    assert (found.deals.k, found.deals.n, found.contacted) == (6, 7, 5)
    assert [(name, share.k, share.n) for name, share in found.last_stages] == [("Proposal", 4, 6), ("", 2, 6)]
    assert found.silent_days == (20, 30, 40)
    assert [(code, share.k) for code, _label, share in found.drivers] == [("timing", 4), ("sponsor_left", 2)]
    assert [(one.k, one.n) for one in (found.sponsor, found.sponsor_lost)] == [(3, 6), (2, 6)]


def test_what_debriefs_say_beside_what_buyers_say(camille: User, nadia: User) -> None:
    for place in range(10):
        _deal, event = ended(camille, answers="ynpdyy" if place < 6 else "nnpdyy")
        if place < 5:
            answer(event, mode=Mode.SHARED, statements=(5 if place < 2 else 3, 0, None, 4))
    for _win in range(4):
        ended(camille, "won", answers="yyyyyy")
    found = profile(view(nadia))
    first, second, _third, _fourth, fifth, sixth = found.rows
    assert (found.debriefs_noes, found.debriefs_wins) == (10, 4)
    assert {name: (one.k, one.n) for name, one in first.noes.items()} == {
        "yes": (6, 10), "partly": (0, 10), "no": (4, 10), "do_not_know": (0, 10),
    }  # fmt: skip
    assert first.wins["yes"].k is None
    assert first.wins["yes"].n == 4
    assert first.buyers_noes is not None
    assert (first.statement, first.buyers_noes.k, first.buyers_noes.n) == ("involved", 2, 5)
    assert second.buyers_noes is not None
    assert (second.buyers_noes.k, second.buyers_noes.n) == (None, 0)
    assert fifth.buyers_noes is not None
    assert (fifth.statement, fifth.buyers_noes.k) == ("helped", 5)
    assert (sixth.statement, sixth.buyers_noes) == ("", None)


def test_quotes_follow_the_buyers_consent(camille: User, nadia: User, helene: Person) -> None:
    _deal, event = ended(camille, answers="yyyyyy")
    kinds = [
        (Mode.SHARED, "named", "shared by name"), (Mode.SHARED, "anonymous", "shared without name"),
        (Mode.CONFIDENTIAL, "named", "in confidence, by name"), (Mode.CONFIDENTIAL, "anonymous", "not pooled yet"),
        (Mode.SHARED, "no", "not to be quoted"), (Mode.SHARED, "ask", "ask me first"),
    ]  # fmt: skip
    for place, (mode, consent, text) in enumerate(kinds):
        answer(event, mode=mode, quote=text, consent=consent, person=helene if place == 0 else None)
    named = answer(event, mode=Mode.CONFIDENTIAL, quote="named", consent="named")
    named.invitation.person = make_person_like(helene)  # type: ignore[union-attr]
    named.invitation.save()  # type: ignore[union-attr]
    found = {quote.text: quote for quote in verbatims(view(nadia)).quotes}
    assert set(found) == {"shared by name", "shared without name", "named"}
    by_name, without = found["shared by name"], found["shared without name"]
    assert (by_name.said_by, by_name.company, by_name.deal_id) == ("Hélène Marchetti", "Groupe Valmy", event.deal_id)
    assert (without.said_by, without.company, without.deal_id, without.quarter) == ("", "", None, date(2026, 4, 1))
    assert (found["named"].said_by, found["named"].deal_id) == ("Paul", None)
    assert {quote.text for quote in verbatims(view(nadia, segment="SMB")).quotes} == set()
    narrow = view(nadia, **{"from": "2026-05-20", "to": "2026-05-21"})
    assert {quote.text for quote in verbatims(narrow).quotes} == {"shared without name"}


def make_person_like(other: Person) -> Person:
    return Person.objects.create(name="Paul", company=other.company, created_at=MAY, updated_at=MAY)


def test_nobody_sees_a_shared_answer_before_their_own_debrief(
    camille: User, nadia: User, admin_user: User, helene: Person
) -> None:
    _deal, event = ended(camille, seller="timing", buyer="no_budget")
    debrief(event, done=False)
    answer(event, "no_budget", mode=Mode.SHARED, quote="No money.", consent="named", person=helene)
    for reader, hidden in ((camille, 1), (nadia, 0), (admin_user, 0)):
        found = agreement(view(reader))
        assert (found.agreement.pairs, found.hidden, len(found.agreement.listed)) == (1 - hidden, hidden, 1 - hidden)
        assert len(verbatims(view(reader)).quotes) == 1 - hidden


def test_pairs_are_openly_given_answers_only(camille: User, nadia: User) -> None:
    for place in range(6):
        _deal, event = ended(camille, seller="timing", buyer="timing terms" if place < 2 else "")
        answer(event, "no_budget")
    found = agreement(view(nadia))
    assert found.agreement.pairs == 2
    assert {pair.buyer for pair in found.agreement.listed} == {("timing", "terms")}
    assert found.labels["terms"] == "Contract or payment terms"


def test_bulk_closes_and_segments_can_be_looked_at_apart(camille: User, nadia: User) -> None:
    ended(camille, seller="timing", segment="SMB")
    deal, _event = make_closed_deal(owner=camille, closed_at=MAY)
    CloseEvent.objects.create(deal=make_deal(owner=camille, outcome="lost", closed_at=MAY), outcome="lost",
                              closed_at=MAY, recorded_at=MAY, source="bulk", in_bulk=True)  # fmt: skip
    assert [headcount(view(nadia, **params)).losses for params in ({}, {"bulk": "without"}, {"segment": "SMB"})] == [
        3, 2, 1,
    ]  # fmt: skip
    assert deal.segment == ""


def test_what_moved_is_of_the_whole_record(camille: User, nadia: User) -> None:
    for month in range(24):
        at = datetime(2024 + (month + 5) // 12, (month + 5) % 12 + 1, 10, 9, tzinfo=UTC)
        for place in range(10):
            ended(camille, "won" if place < 4 else "lost", at=at, opened_at=at - timedelta(days=20),
                  seller="" if place < 4 else "timing" if month >= 16 and place < 8 else "no_budget")  # fmt: skip
    found = changes(view(nadia, period="3m"))
    assert (found.win_rate.verdict, found.as_of) == ("noise", TODAY)
    assert {change.measure.reason: change.measure.verdict for change in found.reasons} == {
        "timing": "rise", "no_budget": "drop",
    }  # fmt: skip
    assert found.reasons[0].label == "No budget, or budget cut"
    assert {change.measure.segment for change in found.reasons} == {None}
    assert found.looked_at == 3


def test_somebody_without_a_team_sees_their_own(camille: User, nadia: User) -> None:
    ended(camille, seller="timing")
    camille.team = None
    ended(camille, seller="timing")
    found = View.of(camille, {}, TODAY)
    warm.refresh()
    assert found.is_own
    assert headcount(found).losses == 2
    assert headcount(view(nadia)).losses == 1


def test_a_view_is_read_from_its_query_and_written_back(camille: User, admin_user: User) -> None:
    team = str(camille.team_id)
    for params in ({}, {"period": "12m", "team": team, "segment": "Small & new"}, {"period": "all", "bulk": "without"},
                   {"from": "2026-02-01", "to": "2026-03-31", "taxonomy": "1"}):  # fmt: skip
        found = View.of(admin_user, params, TODAY)
        again = View.of(admin_user, dict(parse_qsl(found.as_query())), TODAY)
        assert again == found
    assert View.of(admin_user, {}, TODAY).since == date(2025, 12, 1)
    assert View.of(admin_user, {}, TODAY).as_query() == ""
    assert View.of(camille, {"team": team}, TODAY).team_id == camille.team_id


@pytest.mark.parametrize(
    ("params", "code"),
    [({"period": "9y"}, "bad_period"), ({"from": "2026-02-01"}, "bad_period"), ({"taxonomy": "7"}, "bad_taxonomy"),
     ({"from": "2026-03-01", "to": "2026-02-01"}, "bad_period"), ({"taxonomy": "x"}, "bad_taxonomy")],
)  # fmt: skip
def test_what_makes_no_view_is_refused(admin_user: User, params: dict[str, str], code: str) -> None:
    with pytest.raises(RebondError) as refused:
        View.of(admin_user, params, TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize("team", ["foreign", "0", "x", "²"])
def test_another_teams_figures_are_not_found(camille: User, yanis: User, admin_user: User, team: str) -> None:
    with pytest.raises(NotFound):
        View.of(camille, {"team": str(yanis.team_id) if team == "foreign" else team}, TODAY)
    if team != "foreign":
        with pytest.raises(NotFound):
            View.of(admin_user, {"team": team}, TODAY)


def test_without_any_deal_every_block_answers(nadia: User) -> None:
    found = view(nadia)
    assert all(answer_(found).as_json() for answer_ in BLOCKS.values())
    assert headcount(found).losses == 0


def test_what_changed_since_is_what_a_new_start_gives(camille: User, facts_folder: Path) -> None:
    deal, event = ended(camille, seller="timing")
    _other, second = ended(camille, "won")
    warm.refresh()
    assert_reasons(close_event=event, reasons=[ReasonGiven("terms")], actor=camille, now=MAY + timedelta(hours=1))
    done = debrief(second, "yynnpd")
    done.finished_at = MAY + timedelta(hours=2)
    done.save()
    ReopenEvent.objects.create(close_event=event, at=MAY + timedelta(hours=3))
    asked = list(reasons_since(MAY + timedelta(minutes=5)))
    assert {one.deal_id: (one.reasons, one.debriefed, one.answers) for one in asked} == {
        deal.pk: ("", False, ""), second.deal_id: ("", True, "yynnpd"),
    }  # fmt: skip
    assert sorted(asked) == sorted(reasons_since(None))
    assert list(reasons_since(MAY + timedelta(hours=4))) == []


def test_one_refresh_is_queued_and_another_behind_one_that_runs(camille: User, now: datetime) -> None:
    deal = make_deal(owner=camille)
    close(deal=deal, outcome="lost", reasons=[ReasonGiven("timing")], actor=camille, source="screen", now=now)
    want_fresh_facts(now=now)
    waiting = Job.objects.filter(name="rebond.facts.work.refresh_facts")
    assert waiting.count() == 1
    waiting.update(status="running")
    reopen(deal=deal, actor=camille, now=now)
    assert sorted(waiting.values_list("status", flat=True)) == ["ready", "running"]


def test_a_page_sees_new_files_at_once_and_makes_them_where_nobody_works(camille: User, nadia: User) -> None:
    ended(camille, seller="timing")
    found = view(nadia)
    assert headcount(found).losses == 1
    ended(camille, seller="timing")
    assert headcount(found).losses == 1  # nothing asked for fresh facts
    warm.refresh()
    assert headcount(found).losses == 2
    ended(camille, seller="timing")
    want_fresh_facts(now=MAY)  # long ago, and no worker took it
    assert headcount(found).losses == 3


def test_without_a_worker_a_slow_refresh_is_followed_by_rest(
    camille: User, nadia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = view(nadia)
    monkeypatch.setattr(warm, "QUICK", 0.0)
    monkeypatch.setattr(warm, "REST", 10_000)
    want_fresh_facts(now=MAY)
    ended(camille, seller="timing")
    assert headcount(found).losses == 1
    ended(camille, seller="timing")
    assert headcount(found).losses == 1
    warm.forget()
    assert headcount(found).losses == 2
