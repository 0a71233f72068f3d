"""A person's rights: what we keep, their copy, their erasure; deals go on counting."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, User
from rebond.cli import main
from rebond.deals.actions.indexing import index_people
from rebond.deals.models import CloseEvent, Deal, FieldChange, Person, SearchEntry, Touch
from rebond.learn.models import (
    Asked,
    Debrief,
    Invitation,
    InvitationStatus,
    Mode,
    Response,
    Verbatim,
)
from rebond.loop.models import TodayDecision
from rebond.mail import actions
from rebond.mail.actions import wishes
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Basis, Kind, Mailbox, Message, MessageStatus, Received, Suppression, Wish
from rebond.mail.rights.tokens import Holder
from rebond.nurture.models import DateKind, Enrolment, NamedDate, Signal, SignalKind
from tests.factories import THEN, make_closed_deal, make_deal, make_person, make_touch
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

HELENE = "helene@valmy.example"
NAME = "Hélène Marchetti"


def address(person: Person, what: str = "privacy") -> str:
    return f"/people/{person.pk}/{what}"


@pytest.fixture
def known(helene: Person, deal: Deal, camille: User, now: datetime) -> Person:
    """Hélène as a whole year leaves her: in every room."""
    helene.phone, helene.title, helene.source, helene.external_id = "+33 6 12 34 56 78", "Head of sites", "csv", "C-12"
    helene.save()
    index_people([helene])
    deal.notes, deal.next_step = f"Call {NAME} in May", f"Ask {NAME.upper()} for the plan"
    deal.save()
    make_touch(deal, person=helene, note="She prefers the phone")
    make_touch(deal, note=f"Spoke with her colleague; {NAME} is away", at=THEN + timedelta(days=1))
    _in_mail(helene, now)
    _in_learn(helene, camille, now)
    enrolment = Enrolment.objects.create(person=helene, owner=camille, cadence="default", started_at=now)
    NamedDate.objects.create(person=helene, kind=DateKind.BUDGET, on=date(2026, 6, 1), said_at=now, words="June")
    Signal.objects.create(person=helene, kind=SignalKind.REPLY, ref="received:1", words="Call me", at=now, noted_at=now)
    TodayDecision.objects.create(
        user=camille, item=f"nurture.due:{enrolment.pk}", decision="done", at=now, label=f"{NAME}: Call back"
    )
    return helene


def _in_mail(helene: Person, now: datetime) -> None:
    actions.plan_message(
        key="law:sent", purpose="test.notice", recipient=HELENE, recipient_name=NAME, send_at=now + timedelta(days=9),
        actor=None, now=now,
    )  # fmt: skip
    Message.objects.create(
        key="law:past", purpose="test.notice", recipient=HELENE, recipient_name=NAME, fingerprint=fingerprint(HELENE),
        planned_at=now, send_at=now, message_id="<past@ours.example>", status=MessageStatus.ACCEPTED,
        subject="Hello Hélène", text="What we wrote", answer=f"250 <{HELENE}> ok",
    )  # fmt: skip
    ours = Mailbox.objects.create(address="ours@ours.example", created_at=now, updated_at=now)
    Received.objects.create(
        mailbox=ours, message_id="<hers@valmy.example>", from_address=HELENE, from_name=NAME, subject="Re: Hello",
        text="What she wrote", sent_at=now, received_at=now, kind=Kind.HUMAN, person=helene,
        fingerprint=fingerprint(HELENE), reading={"rule": "human", "successor": "Marc Delvaux"},
    )  # fmt: skip
    actions.note_basis(
        person=helene, use="keep_in_touch", ground="legitimate_interest", evidence="talked about Maintenance",
        source="close", obtained_at=now, actor=None, now=now,
    )  # fmt: skip


def _in_learn(helene: Person, camille: User, now: datetime) -> None:
    lost, event = make_closed_deal(owner=camille, name="Lost one", people={helene: "decision_maker"})
    Debrief.objects.create(
        close_event=event, deal=lost, assignee=camille, planned_at=now, due_on=now.date(), keep=f"Thank {NAME}."
    )
    _answer(event, lost, helene, Mode.SHARED, "Too dear for us", now)
    other, second = make_closed_deal(owner=camille, name="Another", people={helene: "user"})
    _answer(second, other, helene, Mode.CONFIDENTIAL, "Sealed words", now)


def _answer(event: CloseEvent, deal: Deal, person: Person, mode: str, words: str, now: datetime) -> Response:
    invitation = Invitation.objects.create(
        close_event=event, deal=deal, person=person, status=InvitationStatus.ANSWERED, planned_at=now, mode=mode,
        nonce="00" * 16, token_digest=f"{mode}{event.pk}", answered_on=now.date(),
    )  # fmt: skip
    response = Response.objects.create(
        invitation=invitation, is_final=True, mode=mode, team=deal.team, happened="another", understood=4,
        submitted_at=now, may_contact=True,
    )  # fmt: skip
    Verbatim.objects.create(response=response, asked=Asked.OWN_WORDS, text=words)
    return response


def erase(client: Client, person: Person, name: str = NAME) -> int:
    return int(client.post(address(person, "erase"), {"name": name}).status_code)


def test_a_seller_sees_what_may_be_sent_and_why(as_camille: Client, known: Person) -> None:
    page = as_camille.get(address(known)).text
    assert "Talked about Maintenance" in page
    assert "Staying in touch" in page
    assert "Mails from them" in page
    assert "Erase for good" not in page
    assert "Their copy of it" not in page


def test_who_may_do_what(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, known: Person
) -> None:
    assert [status(one, "get", address(known)) for one in (as_camille, as_nadia, as_yanis, as_admin)] == [
        200, 200, 404, 200
    ]  # fmt: skip
    exports = [status(one, "post", address(known, "export")) for one in (as_camille, as_nadia, as_yanis, as_admin)]
    assert exports == [403, 200, 404, 200]
    erasures = [erase(one, known, "Somebody Else") for one in (as_camille, as_nadia, as_yanis, as_admin)]
    assert erasures == [403, 403, 404, 400]
    for what, right in (("privacy", "get"), ("export", "post"), ("erase", "post")):
        assert_wrong_method(as_admin, address(known, what), right)
        assert_signed_out_is_sent_to_sign_in(address(known, what), right)
    assert Person.objects.get(pk=known.pk).name == NAME


def test_the_copy_holds_every_room_and_no_sealed_answer(as_admin: Client, known: Person, now: datetime) -> None:
    wishes.ask(holder=Holder(fingerprint(HELENE), "all"), what="copy", now=now)
    answer = as_admin.post(address(known, "export"))
    assert answer["Content-Disposition"].startswith("attachment")
    copy = json.loads(answer.content)
    assert copy["complete"] is True
    kept = copy["kept"]
    assert kept["record"][0]["email"] == HELENE
    assert {row["deal"] for row in kept["deals"]} == {"Maintenance, 3 sites", "Lost one", "Another"}
    assert kept["contacts"][0]["note"] == "She prefers the phone"
    assert kept["mails_received"][0]["text"] == "What she wrote"
    assert kept["answers_shared"][0]["words"][0]["text"] == "Too dear for us"
    assert "Sealed words" not in answer.text
    assert [kept[key] != [] for key in ("bases", "in_touch", "dates", "signals", "wishes")] == [True] * 5
    assert Wish.objects.get().copy_asked_at is None
    assert AuditEntry.objects.filter(verb="loop.copy_person").count() == 1


def test_a_managers_copy_leaves_out_another_teams_deals_and_says_so(
    as_nadia: Client, known: Person, yanis: User
) -> None:
    make_deal("Secret of the South", owner=yanis, people={known: "user"})
    copy = as_nadia.post(address(known, "export"))
    assert copy.json()["complete"] is False
    assert "Secret of the South" not in copy.text


def test_the_name_is_the_confirmation(as_admin: Client, known: Person) -> None:
    assert erase(as_admin, known, "Helene Marchett") == 400
    known.refresh_from_db()
    assert known.email == HELENE
    assert erase(as_admin, known, "helene marchetti") == 302


def test_erasing_leaves_no_name_address_or_word_of_theirs(as_admin: Client, known: Person) -> None:
    assert erase(as_admin, known) == 302
    known.refresh_from_db()
    assert known.name == f"Erased person {known.pk}"
    assert (known.email, known.phone, known.title, known.company) == ("", "", "", None)
    assert known.external_id not in ("", "C-12")
    deal = Deal.objects.get(name="Maintenance, 3 sites")
    assert (deal.notes, deal.next_step) == (f"Call {known.name} in May", f"Ask {known.name} for the plan")
    assert sorted(Touch.objects.values_list("note", flat=True)) == [
        "", f"Spoke with her colleague; {known.name} is away"
    ]  # fmt: skip
    for message in Message.objects.all():
        assert (message.recipient, message.recipient_name, message.subject, message.text) == ("", "", "", "")
        assert HELENE not in message.answer
        assert message.fingerprint == fingerprint(HELENE)
    received = Received.objects.get()
    assert (received.text, received.from_address, received.person) == ("", "", None)
    assert received.reading == {"rule": "human"}
    assert TodayDecision.objects.get().label == f"{known.name}: Call back"
    assert Debrief.objects.get().keep == f"Thank {known.name}."
    assert "marchetti" not in SearchEntry.objects.get(kind="person", record_id=known.pk).text


def test_deals_touches_and_marks_go_on_counting(as_admin: Client, known: Person) -> None:
    before = (Deal.objects.count(), Touch.objects.count(), Response.objects.count(), CloseEvent.objects.count())
    parts = known.deal_people.count()
    erase(as_admin, known)
    assert (Deal.objects.count(), Touch.objects.count(), Response.objects.count(), CloseEvent.objects.count()) == before
    assert known.deal_people.count() == parts
    assert set(Response.objects.values_list("understood", "may_contact")) == {(4, False)}
    assert set(Verbatim.objects.values_list("text", flat=True)) == {""}
    assert set(Invitation.objects.values_list("person", "nonce", "token_digest")) == {(None, "", None)}


def test_nothing_that_kept_us_in_touch_is_left(as_admin: Client, known: Person) -> None:
    erase(as_admin, known)
    assert not Enrolment.objects.exists()
    assert not NamedDate.objects.exists()
    assert not Signal.objects.exists()


def test_the_silence_stays_and_what_waited_is_cancelled(as_admin: Client, known: Person, now: datetime) -> None:
    wishes.ask(holder=Holder(fingerprint(HELENE), "all"), what="erasure", now=now)
    erase(as_admin, known)
    standing = Suppression.objects.get(lifted_at=None)
    assert (standing.fingerprint, standing.scope, standing.why) == (fingerprint(HELENE), "all", "erased")
    assert Message.objects.get(key="law:sent").status == MessageStatus.CANCELLED
    assert Wish.objects.get().erasure_asked_at is None
    basis = Basis.objects.get()
    assert (basis.person, basis.evidence) == (None, "")
    assert basis.withdrawn_at is not None


def test_the_audit_log_tells_it_without_the_name(as_admin: Client, known: Person) -> None:
    erase(as_admin, known)
    assert AuditEntry.objects.filter(verb="loop.erase_person", subject_id=str(known.pk)).count() == 1
    said = json.dumps(list(AuditEntry.objects.values_list("detail", flat=True)), ensure_ascii=False)
    assert "Marchetti" not in said
    assert HELENE not in said


def test_history_that_cannot_change_is_left_and_stated(as_admin: Client, known: Person, deal: Deal) -> None:
    FieldChange.objects.create(deal=deal, field="next_step", before="", after=f"Ask {NAME}", at=THEN)
    assert "What history cannot change stays" in as_admin.get(address(known)).text
    erase(as_admin, known)
    assert FieldChange.objects.get().after == f"Ask {NAME}"


def test_twice_is_refused(as_admin: Client, known: Person) -> None:
    erase(as_admin, known)
    known.refresh_from_db()
    assert erase(as_admin, known, known.name) == 409
    page = as_admin.get(address(known)).text
    assert "erased at their request" in page
    assert "Erase for good" not in page


def test_every_record_with_the_address_goes_and_an_offices_address_brings_none_along(
    as_admin: Client, known: Person
) -> None:
    twin = make_person("H. Marchetti", email="HELENE@valmy.example")
    office, colleague = (make_person(name, email="info@valmy.example") for name in ("Reception", "Post room"))
    erase(as_admin, known)
    erase(as_admin, office, "Reception")
    names = dict(Person.objects.values_list("pk", "name"))
    assert names[twin.pk].startswith("Erased person")
    assert names[colleague.pk] == "Post room"


def test_the_page_asks_a_constant_number_of_questions(
    as_camille: Client, camille: User, known: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    deals = Deal.objects.bulk_create(
        Deal(name=f"Deal {n}", owner=camille, team=camille.team, created_at=THEN, updated_at=THEN) for n in range(1000)
    )
    Touch.objects.bulk_create(Touch(deal=deal, person=known, at=THEN, channel="call") for deal in deals)
    with django_assert_max_num_queries(40):
        page = as_camille.get(address(known))
    assert "1001" in page.text


def test_the_command_exports_erases_and_silences(
    known: Person, camille: User, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["person", "export", HELENE, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kept"]["record"][0]["name"] == NAME
    assert main(["person", "erase", HELENE, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "name_differs"
    assert main(["person", "silence", "new@valmy.example", "--scope", "feedback", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scope"] == "feedback"
    assert main(["person", "export", str(known.pk), "--as", "camille@rebond.example"]) == 2
    assert main(["person", "silence", "not-an-address", "--json"]) == 2
    capsys.readouterr()
    assert main(["person", "erase", str(known.pk), "--name", NAME, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"erased": known.pk, "records": 1}
    assert not Person.objects.filter(email=HELENE).exists()
