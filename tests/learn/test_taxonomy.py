"""The list of reasons: changed by administrators, version by version, and nothing said before is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import Deal
from rebond.learn import actions, taxonomy
from rebond.learn.actions import ReasonGiven, assert_reasons
from rebond.learn.models import (
    FeedbackReason,
    Mode,
    ReasonAssertion,
    ReleasedPool,
    Response,
    TaxonomyChange,
    Voice,
)
from rebond.learn.taxonomy import BUILT_IN, BUILT_IN_LIST, MOST_ACTIVE, Control, as_of_version, current
from rebond.learn.taxonomy.changes import Change, fold_changes
from tests.factories import make_closed_deal
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

#: A close of yesterday, so that it lies in the last twelve months whenever the tests run.
RECENT = timezone.now() - timedelta(days=1)
WORDING = {
    "seller": {"en": "No reference nearby", "fr": "Aucune référence proche"},
    "buyer": {"en": "Nobody near us uses it", "fr": "Personne près de chez nous ne l'utilise"},
}
FORM = {
    "kind": "add", "seen": "1", "code": "no_reference", "group": "risk", "control": "influenceable",
    "owner": "marketing", "recheck_days": "120", "note": "Asked for three times", "seller_en": "No reference nearby",
    "seller_fr": "Aucune référence proche", "buyer_en": "Nobody near us uses it",
    "buyer_fr": "Personne près de chez nous ne l'utilise",
}  # fmt: skip


def add(now: datetime, code: str = "no_reference", **changes: Any) -> TaxonomyChange:
    words = {voice: {lang: f"{text} {code}" for lang, text in said.items()} for voice, said in WORDING.items()}
    values: dict[str, Any] = {
        "group": "risk", "control": "influenceable", "owner": "marketing", "recheck_days": 120, "wording": words,
        "note": "why not", "actor": None, "now": now,
    }  # fmt: skip
    return actions.add_reason(code=code, **values | changes)


def merge(now: datetime, code: str, into: str, **more: Any) -> TaxonomyChange:
    return actions.merge_reason(code=code, into=into, note="the same", actor=None, now=now, **more)


def retire(now: datetime, code: str) -> TaxonomyChange:
    return actions.retire_reason(code=code, note="unused", actor=None, now=now)


def restore(now: datetime, code: str) -> TaxonomyChange:
    return actions.restore_reason(code=code, note="missed", actor=None, now=now)


# The fold: a pure function of the log.

CODES = st.sampled_from([*list(BUILT_IN)[:6], "own_one", "own_two", "not_known_yet", "no such code"])
CHANGES = st.builds(
    dict, kind=st.sampled_from(["add", "merge", "retire", "restore", "reword"]), code=CODES, into=CODES,
    group=st.sampled_from(["need", "nowhere"]), control=st.sampled_from(["controllable", "somehow"]),
    owner=st.just("sales"), wording=st.sampled_from(["{}", '{"seller": {"en": "One"}}']), at=st.just(RECENT),
)  # fmt: skip
LOGS = st.lists(CHANGES, max_size=40).map(lambda log: [Change(2 + n, **values) for n, values in enumerate(log)])


@given(LOGS)
def test_no_code_is_ever_lost_and_merges_never_go_in_circles(log: list[Change]) -> None:
    before = BUILT_IN_LIST
    for change in log:
        after = fold_changes(before, [change])
        assert set(before.reasons) <= set(after.reasons)
        assert set(after.merged) <= after.retired <= set(after.reasons)
        assert all(after.counted_as(code) not in after.merged for code in after.reasons)
        assert len(after.active) <= MOST_ACTIVE
        assert after.version == change.version
        before = after


@given(LOGS, st.integers(0, 40))
def test_a_version_stays_what_it_was_whatever_comes_later(log: list[Change], cut: int) -> None:
    kept = fold_changes(BUILT_IN_LIST, log[:cut])
    snapshot = (list(kept.reasons.items()), kept.retired, dict(kept.merged), kept.stamps)
    later = fold_changes(kept, log[cut:])
    assert fold_changes(BUILT_IN_LIST, log).merged == later.merged
    again = fold_changes(BUILT_IN_LIST, log[:cut])
    assert snapshot == (list(kept.reasons.items()), kept.retired, dict(kept.merged), kept.stamps)
    assert snapshot == (list(again.reasons.items()), again.retired, dict(again.merged), again.stamps)


@settings(max_examples=30)
@given(st.integers(1, 40))
def test_a_log_that_adds_without_end_stops_at_thirty(extra: int) -> None:
    log = [Change(2 + n, "add", f"own_{n}", group="need", control="controllable", owner="sales") for n in range(extra)]
    assert len(fold_changes(BUILT_IN_LIST, log).active) == min(24 + extra, MOST_ACTIVE)


# The verbs.


@pytest.mark.django_db
def test_a_reason_of_ones_own_reads_in_the_language_in_force(now: datetime) -> None:
    add(now, wording=WORDING)
    names = current()
    assert (names.version, len(names.active)) == (2, 25)
    own = names.get("no_reference")
    assert (own.group, own.control, own.owner, own.recheck_days) == ("risk", Control.INFLUENCEABLE, "marketing", 120)
    with translation.override("fr"):
        assert names.label("no_reference") == "Aucune référence proche"
        assert ("no_reference", "Aucune référence proche") in dict(names.choices())["Risque"]
    with translation.override("de"):
        assert names.buyer_label("no_reference") == "Nobody near us uses it"
    assert names.buyer_label("no_reference", won=True) == "Nobody near us uses it"
    assert AuditEntry.objects.get().detail == {"code": "no_reference", "version": 2}


@pytest.mark.django_db
def test_a_built_in_reason_is_reworded_and_keeps_its_code(now: datetime) -> None:
    actions.reword_reason(code="timing", wording=WORDING, note="clearer", actor=None, now=now)
    assert current().label("timing") == "No reference nearby"
    assert current().get("timing").control == Control.UNCONTROLLABLE
    assert as_of_version(1).label("timing") == "Wrong moment, on hold"


def test_old_answers_keep_their_code_and_version_and_version_one_can_be_redrawn(camille: User, now: datetime) -> None:
    _deal, event = make_closed_deal(owner=camille)
    assert_reasons(close_event=event, reasons=[ReasonGiven("terms")], actor=camille, now=now)
    before = list(ReasonAssertion.objects.order_by("pk").values())
    merge(now, "terms", "price_vs_alternative")
    assert list(ReasonAssertion.objects.order_by("pk").values()) == before
    said = ReasonAssertion.objects.get()
    assert (said.code, said.taxonomy_version) == ("terms", 1)
    assert current().counted_as(said.code) == "price_vs_alternative"
    assert as_of_version(1).counted_as(said.code) == "terms"
    assert as_of_version(1).is_active("terms")
    assert_reasons(close_event=event, reasons=[ReasonGiven("timing")], actor=camille, now=now)
    assert ReasonAssertion.objects.latest("pk").taxonomy_version == 2


@pytest.mark.django_db
def test_a_merge_leaves_a_stamp_and_is_followed_through_later_ones(now: datetime) -> None:
    merge(now, "terms", "no_budget")
    merge(now + timedelta(days=1), "no_budget", "price_vs_alternative")
    names = current()
    assert (names.counted_as("terms"), names.counted_as("no_budget")) == ("price_vs_alternative",) * 2
    assert names.merged == {"terms": "no_budget", "no_budget": "price_vs_alternative"}
    assert [(s.version, s.kind, s.code, s.into, s.at) for s in names.stamps] == [
        (2, "merge", "terms", "no_budget", now),
        (3, "merge", "no_budget", "price_vs_alternative", now + timedelta(days=1)),
    ]  # fmt: skip
    assert as_of_version(2).counted_as("terms") == "no_budget"
    assert names.offered(["terms", "timing", "no_budget", "nope"]) == ["price_vs_alternative", "timing"]


@pytest.mark.django_db
def test_what_was_retired_or_merged_is_taken_up_again_and_counts_as_itself(now: datetime) -> None:
    merge(now, "terms", "no_budget")
    retire(now, "timing")
    assert {"terms", "timing"} == current().retired
    restore(now, "terms")
    restore(now, "timing")
    names = current()
    assert (names.retired, dict(names.merged), names.counted_as("terms")) == (frozenset(), {}, "terms")
    assert [change.version for change in TaxonomyChange.objects.all()] == [2, 3, 4, 5]


def test_what_is_no_longer_on_the_list_cannot_be_said_any_more(camille: User, now: datetime) -> None:
    _deal, event = make_closed_deal(owner=camille)
    retire(now, "timing")
    merge(now, "terms", "no_budget")
    for code, words in (("timing", "no longer on the list"), ("terms", "counted as “No budget, or budget cut” now")):
        with pytest.raises(RebondError, match=words) as refused:
            assert_reasons(close_event=event, reasons=[ReasonGiven(code)], actor=camille, now=now)
        assert refused.value.code == "retired_reason"
    with pytest.raises(RebondError) as unknown:
        current().check("timming")
    assert "timing" not in unknown.value.detail["near"]
    assert not ReasonAssertion.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "timing"}, "code_taken"), ({"code": "other"}, "code_taken"),
        ({"code": "not_known_yet"}, "code_taken"), ({"code": "No Reference"}, "bad_code"),
        ({"code": ""}, "bad_code"), ({"code": "x"}, "bad_code"),
        ({"code": "a" * 41}, "bad_code"), ({"code": "référence"}, "bad_code"), ({"code": "a__b"}, "bad_code"),
        ({"group": "weather"}, "unknown_group"), ({"control": ""}, "unknown_control"),
        ({"owner": "me"}, "unknown_owner"),
        ({"recheck_days": 0}, "bad_recheck"), ({"recheck_days": 731}, "bad_recheck"), ({"note": " "}, "note_missing"),
        ({"wording": {"seller": {"en": "One"}}}, "words_missing"), ({"wording": {}}, "words_missing"),
        ({"wording": WORDING | {"buyer_win": {"en": "Only English", "fr": ""}}}, "words_missing"),
        ({"wording": WORDING | {"seller": {"en": "x" * 121, "fr": "y"}}}, "words_too_long"),
        ({"wording": WORDING | {"seller": {"en": "WRONG moment, on  hold", "fr": "Autre"}}}, "label_taken"),
    ],
)  # fmt: skip
def test_what_would_spoil_the_list_is_refused(now: datetime, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(RebondError) as refused:
        add(now, **{"code": "no_reference"} | changes)
    assert refused.value.code == code
    assert not TaxonomyChange.objects.exists()


@pytest.mark.django_db
def test_thirty_are_the_most_and_a_retired_one_makes_room(now: datetime) -> None:
    for number in range(6):
        add(now, f"own_{number}")
    with pytest.raises(RebondError, match="30 reasons") as refused:
        add(now, "own_six")
    assert refused.value.code == "list_full"
    retire(now, "timing")
    add(now, "own_six")
    with pytest.raises(RebondError, match="30 reasons"):
        restore(now, "timing")
    assert len(current().active) == MOST_ACTIVE


@pytest.mark.django_db
def test_a_merge_goes_into_a_reason_of_the_list_only(now: datetime) -> None:
    retire(now, "timing")
    merge(now, "terms", "no_budget")
    for code, into, why in (
        ("need_changed", "timing", "merge_into_retired"), ("need_changed", "terms", "merge_into_retired"),
        ("no_budget", "no_budget", "merge_into_itself"), ("terms", "no_budget", "merged_already"),
        ("nope", "no_budget", "unknown_reason"), ("no_budget", "nope", "unknown_reason"),
    ):  # fmt: skip
        with pytest.raises(RebondError) as refused:
            merge(now, code, into)
        assert refused.value.code == why
    merge(now, "timing", "need_changed")  # one that was retired may still be counted elsewhere
    assert current().counted_as("timing") == "need_changed"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("verb", "code", "why"), [(retire, "timing", "retired_already"), (restore, "terms", "active_already")]
)
def test_what_is_so_already_is_said(now: datetime, verb: Any, code: str, why: str) -> None:
    retire(now, "timing")
    with pytest.raises(RebondError) as refused:
        verb(now, code)
    assert refused.value.code == why
    assert TaxonomyChange.objects.count() == 1


@pytest.mark.django_db
def test_of_two_changes_made_on_the_same_version_one_is_a_conflict(now: datetime) -> None:
    merge(now, "terms", "no_budget", seen=1)
    with pytest.raises(Conflict) as refused:
        merge(now, "timing", "no_budget", seen=1)
    assert refused.value.code == "list_changed"
    assert TaxonomyChange.objects.count() == 1


@pytest.mark.django_db
def test_a_change_that_came_first_at_the_very_same_moment_is_a_conflict_too(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = current()
    retire(now, "terms")
    monkeypatch.setattr(taxonomy, "current", lambda: stale)  # what the slower of two transactions still sees
    with pytest.raises(Conflict) as refused:
        retire(now, "timing")
    assert refused.value.code == "list_changed"
    assert TaxonomyChange.objects.get().code == "terms"
    with pytest.raises(IntegrityError), transaction.atomic():
        TaxonomyChange.objects.create(version=2, kind="retire", code="timing", at=now)


@pytest.mark.django_db
def test_a_change_that_was_rolled_back_leaves_no_trace_in_memory(now: datetime) -> None:
    def undone(code: str) -> None:
        with transaction.atomic():
            retire(now, code)
            assert current().retired == {code}
            transaction.set_rollback(True)

    undone("timing")
    assert current() is BUILT_IN_LIST
    undone("terms")  # the same version, moment and perhaps id; another content
    assert current().version == 1


@pytest.mark.django_db
def test_the_list_takes_one_query_however_often_it_was_changed(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for code in ("timing", "terms", "no_budget"):
        retire(now, code)
    with django_assert_num_queries(1):
        current()
    with django_assert_num_queries(1):
        assert as_of_version(3).retired == {"timing", "terms"}
    with django_assert_num_queries(0):
        as_of_version(1)


# The screen.


def test_everybody_reads_the_list_and_only_an_administrator_finds_forms(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client
) -> None:
    for client in (as_camille, as_nadia, as_yanis):
        page = client.get("/reasons?code=timing").content.decode()
        assert "24 reasons in 7 groups, version 1" in page
        assert "buyers read: “The problem was not pressing enough”" in page
        assert "not in our hands" in page
        assert "this is the list Rebond comes with" in page
        assert "/reasons/change" not in page
        assert status(client, "post", "/reasons/change") == 403
    assert "/reasons/change" in as_admin.get("/reasons?code=timing").content.decode()
    assert "/reasons/change" not in as_admin.get("/reasons?code=nope").content.decode()
    assert_wrong_method(as_admin, "/reasons", "get")
    assert_wrong_method(as_admin, "/reasons/change", "post")
    assert_signed_out_is_sent_to_sign_in("/reasons")
    assert_signed_out_is_sent_to_sign_in("/reasons/change", "post")
    assert not TaxonomyChange.objects.exists()


def test_an_administrator_adds_a_reason_and_it_can_be_chosen_at_once(
    as_admin: Client, as_camille: Client, admin_user: User, deal: Deal
) -> None:
    assert 'name="seller_fr"' in as_admin.get("/reasons?code=new").content.decode()
    page = as_admin.post("/reasons/change", FORM, follow=True).content.decode()
    assert "Version 2: “No reference nearby” added by Alix Admin" in page
    change = TaxonomyChange.objects.get()
    assert (change.version, change.code, change.group, change.control, change.owner, change.recheck_days) == (
        2, "no_reference", "risk", "influenceable", "marketing", 120,
    )  # fmt: skip
    assert (change.by, change.note) == (admin_user, "Asked for three times")
    assert change.wording["seller"] == WORDING["seller"]
    assert "Asked for three times" in as_camille.get("/reasons").content.decode()
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "no_reference", "competitor": "none"})
    said = ReasonAssertion.objects.get()
    assert (said.code, said.taxonomy_version) == ("no_reference", 2)


def test_it_is_merged_retired_taken_up_again_and_reworded_from_its_page(as_admin: Client) -> None:
    asked = {"note": "Because", "code": "terms"}
    steps = (
        ({"kind": "merge", "into": "no_budget", "seen": "1"}, "merged into “No budget, or budget cut”"),
        ({"kind": "restore", "seen": "2"}, "taken up again"),
        ({"kind": "retire", "seen": "3"}, "retired"),
        ({"kind": "restore", "seen": "4"}, "taken up again"),
        ({name: FORM[name] for name in FORM if name.startswith(("seller", "buyer"))} | {"kind": "reword", "seen": "5"},
         "“No reference nearby” reworded"),
    )  # fmt: skip
    for form, words in steps:
        assert as_admin.get("/reasons?code=terms").status_code == 200
        assert words in as_admin.post("/reasons/change", asked | form, follow=True).content.decode()
    assert list(TaxonomyChange.objects.values_list("kind", flat=True)) == [
        "merge", "restore", "retire", "restore", "reword",
    ]  # fmt: skip


def test_what_was_typed_is_kept_when_it_cannot_be_saved(as_admin: Client) -> None:
    page = as_admin.post("/reasons/change", FORM | {"recheck_days": "x", "seller_fr": "<b>Réf</b>"})
    text = page.content.decode()
    assert page.status_code == 400
    assert "between 1 and 730" in text
    assert 'value="no_reference"' in text
    assert "&lt;b&gt;Réf&lt;/b&gt;" in text
    late = as_admin.post("/reasons/change", FORM | {"seen": "7"})
    assert late.status_code == 409
    assert "Somebody else changed the list" in late.content.decode()
    assert 'name="seen" value="1"' in late.content.decode()
    assert as_admin.post("/reasons/change", {"kind": "delete", "code": "timing"}).status_code == 400
    assert not TaxonomyChange.objects.exists()


def test_the_page_says_how_often_each_is_used_and_by_whom(as_camille: Client, camille: User, now: datetime) -> None:
    for number in range(12):
        _deal, event = make_closed_deal(owner=camille, closed_at=RECENT)
        code = "timing" if number < 4 else "terms"
        given = [ReasonGiven("other", verbatim="The dog ate it")] if number < 3 else [ReasonGiven(code)]
        assert_reasons(close_event=event, reasons=given, actor=camille, now=now)
        assert_reasons(close_event=event, reasons=[ReasonGiven(code)], source=Voice.BUYER, actor=None, now=now)
    merge(now, "timing", "terms")
    page = as_camille.get("/reasons").content.decode()
    assert "9 of 12" in page  # sellers, the merged one among them
    assert "12 of 12" in page  # buyers
    assert "3 of 12" in page
    assert "counted as “Contract or payment terms”" in page


def test_more_than_one_other_in_ten_in_a_quarter_asks_for_a_look_at_the_list(
    as_camille: Client, camille: User, now: datetime
) -> None:
    def close(code: str, times: int, closed_at: datetime = RECENT) -> None:
        for _ in range(times):
            _deal, event = make_closed_deal(owner=camille, closed_at=closed_at)
            assert_reasons(close_event=event, reasons=[ReasonGiven(code, verbatim="x y")], actor=camille, now=now)

    close("other", 12, RECENT - timedelta(days=200))  # two quarters ago and more is no news
    close("other", 1)
    close("timing", 8)
    assert "time to look at the list" not in as_camille.get("/reasons").content.decode()  # 1 of 9: too few
    close("timing", 1)
    assert "time to look at the list" not in as_camille.get("/reasons").content.decode()  # 1 of 10
    close("other", 1)
    assert "in 2 of 11 closes" in as_camille.get("/reasons").content.decode()


def test_a_confidential_answer_counts_in_its_released_pool_and_never_alone(as_camille: Client, camille: User) -> None:
    def answers(pool: ReleasedPool | None) -> None:
        for _ in range(5):
            answer = Response.objects.create(is_final=True, mode=Mode.CONFIDENTIAL, team=camille.team, pool=pool)
            FeedbackReason.objects.create(response=answer, code="trust_rapport", place=1)

    answers(None)
    assert "0 buyer answers that may be counted" in as_camille.get("/reasons").content.decode()
    day = RECENT.date()
    answers(ReleasedPool.objects.create(team=camille.team, won=False, closed_until=day, released_on=day, answers=5))
    page = as_camille.get("/reasons").content.decode()
    assert "5 buyer answers that may be counted" in page
    assert "5 of 5" in page


def test_a_thousand_changes_and_closes_take_no_more_queries(
    as_admin: Client, camille: User, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    events = [make_closed_deal(owner=camille, closed_at=RECENT)[1] for _ in range(3)]
    for event in events:
        assert_reasons(close_event=event, reasons=[ReasonGiven("timing")], actor=camille, now=now)
    TaxonomyChange.objects.bulk_create(
        TaxonomyChange(version=2 + n, kind="reword", code="timing", wording=WORDING, note=f"{n}", at=now, by=camille)
        for n in range(1000)
    )
    with django_assert_max_num_queries(15):
        page = as_admin.get("/reasons?code=timing")
    assert page.status_code == 200
    assert len(page.content) < 100_000
    assert len(page.context["changes"]) == 50


def test_the_page_reads_in_french_and_escapes_what_people_typed(
    as_admin: Client, admin_user: User, now: datetime
) -> None:
    add(now, wording=WORDING | {"seller": {"en": "<i>One</i>", "fr": "<i>Un</i>"}})
    User.objects.filter(pk=admin_user.pk).update(language="fr")
    page = as_admin.get("/reasons").content.decode()
    assert "&lt;i&gt;Un&lt;/i&gt;" in page
    assert "Mauvais moment" in page
    assert "<i>" not in page


@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_the_same_moment_get_one_change_and_one_conflict(now: datetime) -> None:
    together, outcomes = Barrier(2), []

    def change(code: str) -> None:
        together.wait()
        try:
            actions.retire_reason(code=code, note="unused", actor=None, now=now, seen=1)
            outcomes.append("written")
        except Conflict as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [Thread(target=change, args=(code,)) for code in ("timing", "terms")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["list_changed", "written"]
    assert TaxonomyChange.objects.count() == 1
