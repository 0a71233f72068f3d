"""Who reads a debrief, who may say why beside it, and when a buyer's shared answer is seen by whom."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Team, User
from rebond.commands import show
from rebond.deals.models import CloseEvent, Deal, Person
from rebond.learn import actions
from rebond.learn.actions import ReasonGiven, assert_reasons
from rebond.learn.models import Debrief, DebriefAnswer, Invitation, Mode, ReasonAssertion, Response, Voice
from rebond.learn.queries import current_reasons, reveal_for, visible_reasons
from tests.factories import THEN, make_closed_deal, make_person, make_user
from tests.learn.lessons_made import make_answer, make_debrief, say
from tests.walks import assert_signed_out_is_sent_to_sign_in, status


@pytest.fixture
def lost(camille: User) -> CloseEvent:
    _deal, event = make_closed_deal("lost", owner=camille, name="Maintenance, 3 sites")
    say(event, "price_vs_alternative")
    return event


@pytest.fixture
def debrief(lost: CloseEvent, camille: User) -> Debrief:
    """Begun, not finished."""
    return make_debrief(lost, camille, finished=False)


@pytest.fixture
def heard(lost: CloseEvent, debrief: Debrief, helene: Person) -> Invitation:
    """Hélène has answered, and shared it with Camille."""
    invitation = make_answer(lost, helene)
    say(lost, "value_unclear", source=Voice.BUYER)
    return invitation


def finish(debrief: Debrief) -> None:
    actions.finish_debrief(debrief=debrief, actor=debrief.assignee, now=THEN + timedelta(days=1))  # type: ignore[arg-type]


def voices(user: User | None, event: CloseEvent) -> list[str]:
    return sorted(reason.source for reason in visible_reasons(user, [event.pk])[event.pk])


def test_who_may_read_and_who_may_write(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, as_thomas: Client, debrief: Debrief
) -> None:
    path, before = f"/debriefs/{debrief.pk}", DebriefAnswer.objects.count()
    everybody = (as_camille, as_nadia, as_admin, as_thomas, as_yanis)
    assert [status(c, "get", path) for c in everybody] == [302, 200, 200, 404, 404]
    assert [status(c, "post", f"{path}/1") for c in everybody[1:]] == [403, 403, 404, 404]
    assert [status(c, "get", f"{path}/reasons") for c in everybody[1:]] == [403, 403, 404, 404]
    assert [status(c, "post", f"{path}/snooze") for c in everybody[1:]] == [403, 403, 404, 404]
    assert_signed_out_is_sent_to_sign_in(path)
    assert DebriefAnswer.objects.count() == before


def test_a_manager_of_another_team_reads_nothing(south: Team, debrief: Debrief) -> None:
    other = Client()
    other.force_login(make_user("Odile Roux", team=south, role="manager"))
    assert status(other, "get", f"/debriefs/{debrief.pk}") == 404
    assert status(other, "post", f"/debriefs/{debrief.pk}") == 404


def test_the_buyers_shared_answer_is_sealed_until_the_seller_has_finished(
    camille: User, nadia: User, thomas: User, yanis: User, admin_user: User, lost: CloseEvent, debrief: Debrief,
    heard: Invitation,
) -> None:  # fmt: skip
    assert [voices(user, lost) for user in (camille, thomas, yanis)] == [["seller"]] * 3
    assert [voices(user, lost) for user in (nadia, admin_user, None)] == [["buyer", "seller"]] * 3
    finish(debrief)
    assert [voices(user, lost) for user in (camille, thomas, nadia, None)] == [["buyer", "seller"]] * 4


def test_setting_a_debrief_aside_breaks_no_seal(
    camille: User, lost: CloseEvent, debrief: Debrief, heard: Invitation
) -> None:
    actions.set_debrief_aside(debrief=debrief, actor=camille, now=THEN)
    assert voices(camille, lost) == ["seller"]


def test_a_manager_who_is_the_seller_waits_like_one(nadia: User, helene: Person) -> None:
    _deal, event = make_closed_deal("lost", owner=nadia)
    make_debrief(event, nadia, finished=False)
    make_answer(event, helene)
    say(event, "value_unclear", source=Voice.BUYER)
    assert voices(nadia, event) == []


@pytest.mark.parametrize(("mode", "is_final"), [(Mode.CONFIDENTIAL, True), (Mode.SHARED, False)])
def test_what_the_buyer_said_elsewhere_is_not_sealed(
    camille: User, lost: CloseEvent, debrief: Debrief, helene: Person, mode: str, is_final: bool
) -> None:
    make_answer(lost, helene, mode=mode, is_final=is_final)
    say(lost, "timing", source=Voice.BUYER)
    assert voices(camille, lost) == ["buyer", "seller"]


def test_one_sealed_close_seals_no_other(camille: User, lost: CloseEvent, heard: Invitation) -> None:
    _deal, other = make_closed_deal("lost", owner=camille)
    say(other, "timing", source=Voice.BUYER)
    seen = visible_reasons(camille, [lost.pk, other.pk])
    assert [[reason.source for reason in seen[event.pk]] for event in (lost, other)] == [["seller"], ["buyer"]]


def test_two_queries_for_a_thousand_closes(
    camille: User, lost: CloseEvent, heard: Invitation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    deals = Deal.objects.bulk_create(
        Deal(name=f"{n}", owner=camille, team=camille.team, outcome="lost", created_at=THEN, updated_at=THEN)
        for n in range(1000)
    )
    events = CloseEvent.objects.bulk_create(
        CloseEvent(deal=deal, outcome="lost", closed_at=THEN, recorded_at=THEN, source="import") for deal in deals
    )
    ReasonAssertion.objects.bulk_create(
        ReasonAssertion(close_event=event, source="buyer", code="timing", taxonomy_version=1, at=THEN)
        for event in events
    )
    with django_assert_max_num_queries(2):
        seen = visible_reasons(camille, [lost.pk, *(event.pk for event in events)])
    assert (len(seen), len(seen[lost.pk]), len(seen[events[0].pk])) == (1001, 1, 1)


def test_the_deal_page_keeps_the_seal(
    as_camille: Client, as_thomas: Client, as_nadia: Client, lost: CloseEvent, debrief: Debrief, heard: Invitation
) -> None:
    def page(client: Client) -> str:
        return client.get(f"/deals/{lost.deal_id}").content.decode()

    assert "Comparable offer, lower price" in page(as_camille)
    assert [page(client).count("Benefit not clear or not proven</b>") for client in (as_camille, as_thomas)] == [0, 0]
    assert "Benefit not clear or not proven</b>" in page(as_nadia)
    finish(debrief)
    assert "Benefit not clear or not proven</b>" in page(as_camille)


def shown(capsys: pytest.CaptureFixture[str], lost: CloseEvent, *words: str) -> str:
    """What ``rebond show`` prints."""
    parser = argparse.ArgumentParser()
    show.add_arguments(parser)
    capsys.readouterr()
    assert show.run(parser.parse_args([str(lost.deal_id), *words])) == 0
    return capsys.readouterr().out


def test_show_keeps_the_seal_for_whoever_asks(
    capsys: pytest.CaptureFixture[str], camille: User, lost: CloseEvent, heard: Invitation
) -> None:
    asked = json.loads(shown(capsys, lost, "--json", "--as", "camille@rebond.example"))
    assert [reason["source"] for reason in asked["close_events"][0]["reasons"]] == ["seller"]
    assert "buyer" not in shown(capsys, lost, "--as", "camille@rebond.example")
    owner = json.loads(shown(capsys, lost, "--json"))
    assert [reason["source"] for reason in owner["close_events"][0]["reasons"]] == ["seller", "buyer"]


def test_no_door_carries_a_debrief_away(
    capsys: pytest.CaptureFixture[str], as_admin: Client, camille: User, lost: CloseEvent, debrief: Debrief
) -> None:
    DebriefAnswer.objects.update(evidence="Zanzibar-evidence")
    given = [ReasonGiven("timing", could_act="partly", confidence="guess")]
    actions.state_reasons(debrief=debrief, reasons=given, actor=camille, now=THEN)
    actions.keep_lessons(debrief=debrief, keep="Zanzibar-keep", change="Zanzibar-change", actor=camille, now=THEN)
    finish(debrief)
    exported = b"".join(as_admin.get("/deals.csv").streaming_content).decode()  # type: ignore[attr-defined]
    for text in (shown(capsys, lost, "--json"), shown(capsys, lost), exported):
        assert "Maintenance, 3 sites" in text
        assert [word for word in ("Zanzibar", "could_act", "partly", "confidence", "guess") if word in text] == []


def test_a_door_to_the_reveal_opens_for_the_seller_who_has_finished(
    as_camille: Client, as_thomas: Client, as_nadia: Client, camille: User, nadia: User, thomas: User,
    lost: CloseEvent, debrief: Debrief, heard: Invitation,
) -> None:  # fmt: skip
    door = reverse("learn:reveal", args=[heard.pk])
    pages = (f"/deals/{lost.deal_id}", f"/debriefs/{debrief.pk}")
    assert reveal_for(camille, lost) is None
    assert door not in as_camille.get(pages[0]).content.decode()
    finish(debrief)
    assert [reveal_for(user, lost) for user in (camille, nadia, thomas)] == [heard, None, None]
    assert [door in as_camille.get(page).content.decode() for page in pages] == [True, True]
    assert [door in as_nadia.get(page).content.decode() for page in pages] == [False, False]
    assert door not in as_thomas.get(pages[0]).content.decode()
    Response.objects.update(mode=Mode.CONFIDENTIAL)
    assert reveal_for(camille, lost) is None


def test_of_several_who_shared_the_first_asked_opens(
    camille: User, lost: CloseEvent, debrief: Debrief, heard: Invitation
) -> None:
    make_answer(lost, make_person("Marc Petit"))
    finish(debrief)
    assert reveal_for(camille, lost) == heard


def test_who_coaches_says_why_beside_the_seller_and_changes_nothing_of_theirs(
    as_nadia: Client, nadia: User, lost: CloseEvent, debrief: Debrief
) -> None:
    path, before = f"/debriefs/{debrief.pk}", list(DebriefAnswer.objects.order_by("pk").values())
    form = {"reason_1": "wrong_people", "acted_1": "yes", "words_1": "We never saw the director", "reason_2": "timing"}
    assert as_nadia.post(path, form)["Location"] == path
    said = current_reasons([lost.pk])[lost.pk]
    assert [(r.source, r.code, r.role, r.could_act, r.by) for r in said if r.source == "manager"] == [
        ("manager", "wrong_people", "primary", "yes", nadia), ("manager", "timing", "contributing", "", nadia),
    ]  # fmt: skip
    assert [r.code for r in said if r.source == "seller"] == ["price_vs_alternative"]
    assert list(DebriefAnswer.objects.order_by("pk").values()) == before
    page = as_nadia.get(path).content.decode()
    assert "We never saw the director" in page
    assert '<option value="wrong_people" data-control="controllable" selected>' in page
    assert AuditEntry.objects.filter(verb="learn.assert_reasons", actor=nadia).count() == 1


def test_what_a_manager_said_before_is_kept_behind_what_they_say_now(
    as_nadia: Client, as_camille: Client, lost: CloseEvent, debrief: Debrief
) -> None:
    for code in ("wrong_people", "timing"):
        as_nadia.post(f"/debriefs/{debrief.pk}", {"reason_1": code})
    assert ReasonAssertion.objects.filter(source="manager").count() == 2
    assert [r.code for r in current_reasons([lost.pk])[lost.pk] if r.source == "manager"] == ["timing"]
    finish(debrief)
    assert "Say how you see it" not in as_camille.get(f"/debriefs/{debrief.pk}").content.decode()


@pytest.mark.parametrize(
    ("form", "code"),
    [({}, 400), ({"reason_1": "price"}, 400), ({"reason_1": "other"}, 400), ({"reason_1": "timing"}, 302)],
)
def test_reasons_of_a_manager_obey_the_same_rules(
    as_nadia: Client, debrief: Debrief, form: dict[str, str], code: int
) -> None:
    assert as_nadia.post(f"/debriefs/{debrief.pk}", form).status_code == code
    assert ReasonAssertion.objects.filter(source="manager").exists() == (code == 302)


def test_nobody_else_speaks_in_a_managers_voice(
    as_camille: Client, as_thomas: Client, as_yanis: Client, nadia: User, lost: CloseEvent, debrief: Debrief
) -> None:
    form, path = {"reason_1": "timing"}, f"/debriefs/{debrief.pk}"
    assert [c.post(path, form).status_code for c in (as_camille, as_thomas, as_yanis)] == [403, 404, 404]
    assert_signed_out_is_sent_to_sign_in(path, "post")
    own = make_debrief(make_closed_deal("lost", owner=nadia)[1], nadia)
    as_nadia = Client()
    as_nadia.force_login(nadia)
    assert as_nadia.post(f"/debriefs/{own.pk}", form).status_code == 403
    assert not ReasonAssertion.objects.filter(source="manager").exists()


def test_an_administrator_answers_where_nobody_is_asked(as_admin: Client, lost: CloseEvent, debrief: Debrief) -> None:
    Debrief.objects.update(assignee=None)
    assert as_admin.post(f"/debriefs/{debrief.pk}", {"reason_1": "timing"}).status_code == 403
    assert as_admin.post(f"/debriefs/{debrief.pk}/1", {"answer": "no"}).status_code == 302
    assert DebriefAnswer.objects.get(question=1).answer == "no"


def test_the_sellers_own_pages_show_no_sealed_word(
    as_camille: Client, lost: CloseEvent, debrief: Debrief, helene: Person
) -> None:
    make_answer(lost, helene)
    given = [ReasonGiven("trust_rapport", verbatim="Zanzibar")]
    assert_reasons(close_event=lost, source=Voice.BUYER, reasons=given, actor=None, now=THEN)
    steps = ["", *(f"/{number}" for number in range(1, 7)), "/reasons", "/lessons"]
    for step in steps:
        page = as_camille.get(f"/debriefs/{debrief.pk}{step}", follow=True)
        assert page.status_code == 200
        assert "Zanzibar" not in page.content.decode()
        assert '<option value="trust_rapport" data-control="controllable" selected>' not in page.content.decode()
    finish(debrief)
    assert "Zanzibar" in as_camille.get(f"/debriefs/{debrief.pk}").content.decode()
