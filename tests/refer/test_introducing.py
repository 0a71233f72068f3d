"""The three ways to introduce, and the one first mail: what the referred reads, once ever, and what stops it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import Person, Touch
from rebond.mail.actions import begin_data, claim, correct, note_aftermath, suppress, take_in, withdraw_basis
from rebond.mail.boxes import mailbox
from rebond.mail.models import Basis, Message, Received, Scope, Why
from rebond.mail.reading import Reading
from rebond.refer.actions.introducing import introduce, undo_introduction, why_not_write
from rebond.refer.actions.moving import move
from rebond.refer.letters.introduction import INTRODUCTION, answered, law
from rebond.refer.models import Move, Programme, Referral
from rebond.refer.queries.letters import fate_of, to_look_at
from rebond.refer.terms import disclosure
from rebond.refer.told.writing import first_message
from tests.factories import make_company, make_deal, make_person
from tests.mail.server import SmtpServer
from tests.refer.introduced import LETTER, deliver, named, open_programme

pytestmark = pytest.mark.django_db
SOON = timedelta(seconds=11)
LATER = timedelta(minutes=10)


@pytest.fixture
def referral(helene: Person, camille: User, now: datetime) -> Referral:
    return named(helene, camille, now)


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.CONFIG, "legal_name", "Ours SA")
    monkeypatch.setattr(settings.CONFIG, "postal_address", "1 rue du Port\n35000 Rennes")


def _write(referral: Referral, camille: User, now: datetime, **changes: str) -> Referral:
    return introduce(referral=referral, mode="first_contact", **(LETTER | changes), actor=camille, now=now)  # type: ignore[arg-type]


def _text(server: SmtpServer) -> str:
    """What the referred person reads, without line ends of its own."""
    (mail,) = server.received
    return " ".join(mail.text.split())


# ---- our one first mail


@pytest.mark.usefixtures("ours")
def test_the_first_mail_says_who_referred_us_what_they_may_get_and_what_rights_there_are(
    helene: Person, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    open_programme(now)
    referral = _write(named(helene, camille, now), camille, now)
    message = Message.objects.get(purpose="refer.introduction")
    assert (referral.state, message.key, message.language) == ("agreed", f"refer.introduction:{referral.pk}", "en")
    assert message.send_at - message.planned_at == timedelta(seconds=10)
    deliver(now)
    assert smtp_server.received == []  # ten seconds to take it back
    deliver(now + SOON)

    text, mail = _text(smtp_server), smtp_server.received[0].mail
    assert (mail["To"], mail["Subject"]) == ("Paul Roux <paul.roux@lumen.example>", LETTER["subject"])
    assert "Two lines are enough." in text
    assert "Camille Aubry, Ours SA 1 rue du Port 35000 Rennes" in text
    assert "as a result of the referral of Hélène Marchetti (Groupe Valmy), who gave us your name" in text
    assert "may receive a small thank-you from us if you become a customer" in text
    assert "This is the only mail you get from us about it, unless you answer." in text
    assert "Ours SA keeps what we were told of you" in text
    assert "our legitimate interest" in text
    assert "complain to your data protection authority" in text
    assert "You may object at any time" in text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "<referral.ours.example>"
    assert "camille@rebond.example" in mail["Reply-To"]

    referral.refresh_from_db()
    last = Move.objects.filter(referral=referral).latest("number")
    assert (referral.state, referral.mode) == ("introduced", "first_contact")
    assert (last.to_state, last.evidence, last.by) == ("introduced", f"mail.message:{message.pk}", camille)
    touch = Touch.objects.get(person=referral.person)
    assert (touch.channel, touch.direction, touch.owner) == ("email", "out", camille)
    basis = Basis.objects.get(person=referral.person, use="referral")
    assert (basis.use, basis.ground) == ("referral", "legitimate_interest")
    assert basis.evidence == f"named to us on 9 June, introduction {referral.pk}"
    assert basis.told_at is not None
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"refer.introduce", "refer.introduction_left", "refer.move", "mail.note_basis"} <= verbs
    details = " ".join(str(entry.detail) for entry in AuditEntry.objects.all())
    assert "Paul" not in details
    assert "lumen" not in details


@pytest.mark.usefixtures("ours")
def test_the_same_in_french(helene: Person, camille: User, smtp_server: SmtpServer, now: datetime) -> None:
    make_person("Paul Roux", email="paul.roux@lumen.example", language="fr", company=make_company("Lumen Habitat"))
    open_programme(now)
    _write(named(helene, camille, now), camille, now)
    deliver(now + SOON)

    message, text = Message.objects.get(purpose="refer.introduction"), _text(smtp_server)
    assert message.language == "fr"
    assert "Hélène Marchetti (Groupe Valmy)" in text
    for line in law(Referral.objects.get(), "fr"):
        assert " ".join(line.split()) in text


def test_without_a_programme_nothing_is_promised_and_that_is_said(
    referral: Referral, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    _write(referral, camille, now)
    deliver(now + SOON)

    assert "Whoever introduced us to you receives nothing for it." in _text(smtp_server)


def test_a_disclosure_that_the_seller_left_in_the_text_is_not_said_twice(
    helene: Person, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    open_programme(now)
    referral = named(helene, camille, now)
    line = law(referral, "en")[1]
    _write(referral, camille, now, body=f"Hello,\n\n{line}\n\nCamille")
    deliver(now + SOON)

    assert _text(smtp_server).count("small thank-you") == 1


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_draft_and_what_stands_below_it_say_the_disclosure_once(
    helene: Person, camille: User, smtp_server: SmtpServer, now: datetime, language: str
) -> None:
    open_programme(now)
    referral = named(helene, camille, now)
    draft = first_message(referral, camille, language=language, variant=0, now=now)
    introduce(
        referral=referral, mode="first_contact", subject=draft.subject, body=draft.body, language=language,
        actor=camille, now=now,
    )  # fmt: skip
    deliver(now + SOON)

    text, said = _text(smtp_server), disclosure(referral.programme, language)
    assert text.count(" ".join(said.split())) == 1
    assert Message.objects.get(purpose="refer.introduction").language == language


def test_pressed_twice_is_one_letter(referral: Referral, camille: User, now: datetime) -> None:
    for seconds in (0, 1):
        _write(referral, camille, now + timedelta(seconds=seconds))

    assert Message.objects.filter(purpose="refer.introduction").count() == 1


def test_taken_back_in_time_nothing_leaves_and_it_can_be_written_anew(
    referral: Referral, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    _write(referral, camille, now)
    assert undo_introduction(referral=referral, actor=camille, now=now + timedelta(seconds=3))
    deliver(now + SOON)
    assert smtp_server.received == []
    assert Referral.objects.get().state == "agreed"
    with pytest.raises(Conflict) as error:
        undo_introduction(referral=referral, actor=camille, now=now + SOON)
    assert error.value.code == "nothing_planned"

    _write(referral, camille, now + LATER, body="Another one")
    deliver(now + LATER + SOON)

    assert "Another one" in _text(smtp_server)
    keys = Message.objects.filter(purpose="refer.introduction").order_by("pk").values_list("key", "status")
    assert list(keys) == [
        (f"refer.introduction:{referral.pk}", "cancelled"), (f"refer.introduction:{referral.pk}.2", "accepted")
    ]  # fmt: skip


@pytest.mark.usefixtures("smtp_server")
def test_what_has_left_cannot_be_taken_back(referral: Referral, camille: User, now: datetime) -> None:
    _write(referral, camille, now)
    deliver(now + SOON)

    assert not undo_introduction(referral=referral, actor=camille, now=now + LATER)
    assert Referral.objects.get().state == "introduced"


# ---- once ever


def test_one_address_gets_one_first_mail_ever_whoever_refers(
    referral: Referral, camille: User, yanis: User, smtp_server: SmtpServer, now: datetime
) -> None:
    _write(referral, camille, now)
    deliver(now + SOON)
    move(referral=Referral.objects.get(), to="disqualified", actor=camille, now=now + LATER)
    bruno = make_person("Bruno Petit", company=make_company("Cidre & Co"), email="bruno@cidre.example")
    year_later = now + timedelta(days=400)
    other = named(bruno, yanis, year_later, email="Paul.Roux@Lumen.example")

    assert "has had a first mail of ours already" in why_not_write(other, year_later)
    with pytest.raises(Conflict) as error:
        _write(other, yanis, year_later)

    assert error.value.code == "cannot_write"
    assert "Nothing was sent" in str(error.value)
    deliver(year_later + SOON)
    assert len(smtp_server.received) == 1


def test_of_two_that_wait_for_one_address_one_leaves(
    referral: Referral, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    """Two write at the same moment: the second is planned before either can see the other."""
    _write(referral, camille, now)
    bruno = make_person("Bruno Petit", company=make_company("Cidre & Co"), email="bruno@cidre.example")
    other = named(bruno, camille, now, name="P. Roux", company_name="")
    first = Message.objects.get(purpose="refer.introduction")
    Referral.objects.filter(pk=other.pk).update(message_key="refer.introduction:other", registered_at=None)
    Message.objects.create(
        key="refer.introduction:other", purpose="refer.introduction", recipient=first.recipient, planned_at=now,
        fingerprint=first.fingerprint, sender=camille, subject="x", text="x", send_at=now + UNDO, message_id="<x@y>",
    )  # fmt: skip
    deliver(now + SOON)

    assert len(smtp_server.received) == 1
    second = Message.objects.get(key="refer.introduction:other")
    assert (second.status, second.reason) == ("skipped", "written_before")


UNDO = timedelta(seconds=10)


# ---- what stops it


@pytest.mark.parametrize("scope", [Scope.ALL, Scope.REFERRAL])
def test_whoever_asked_for_silence_is_not_written_to(
    referral: Referral, camille: User, now: datetime, scope: Scope
) -> None:
    suppress(address="paul.roux@lumen.example", scope=scope, why=Why.ASKED, source="test", actor=None, now=now)

    with pytest.raises(Conflict) as error:
        _write(referral, camille, now)

    assert error.value.code == "cannot_write"
    assert "Paul Roux asked not to be written to." in str(error.value)
    assert not Message.objects.exists()
    assert not Basis.objects.filter(use="referral").exists()
    assert not Person.objects.filter(name="Paul Roux").exists()


def test_a_silence_within_the_ten_seconds_wins(
    referral: Referral, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    _write(referral, camille, now)
    suppress(address="paul.roux@lumen.example", scope=Scope.REFERRAL, why=Why.ASKED, source="test", actor=None, now=now)
    deliver(now + SOON)

    assert smtp_server.received == []
    assert Message.objects.get().status in ("skipped", "cancelled")
    assert Referral.objects.get().state == "agreed"


def _lapse(referral: Referral, camille: User, now: datetime) -> None:
    move(referral=referral, to="lapsed", actor=camille, now=now)


def _other_address(referral: Referral, camille: User, now: datetime) -> None:
    Referral.objects.filter(pk=referral.pk).update(email="paul@elsewhere.example")


def _advocate_leaves(referral: Referral, camille: User, now: datetime) -> None:
    referral.advocate.person = None
    referral.advocate.save()


def _close_programme(referral: Referral, camille: User, now: datetime) -> None:
    Programme.objects.create(version=9, currency="EUR", is_open=False, at=now)


def _deal_before(referral: Referral, camille: User, now: datetime) -> None:
    company = make_company("Lumen Habitat ")
    make_deal("Roof", owner=camille, company=company, people={Person.objects.get(name="Paul Roux"): "user"})
    assert referral.registered_at == now


def _withdraw(referral: Referral, camille: User, now: datetime) -> None:
    withdraw_basis(basis=Basis.objects.get(use="referral"), actor=camille, now=now)


@pytest.mark.parametrize(("change", "reason"), [
    (_lapse, "not_agreed"), (_other_address, "address_changed"), (_advocate_leaves, "advocate_gone"),
    (_close_programme, "programme_closed"), (_deal_before, "known_already"), (_withdraw, "no_basis"),
])  # fmt: skip
def test_what_changed_since_stops_it_in_the_claim(
    helene: Person, camille: User, smtp_server: SmtpServer, now: datetime, change: object, reason: str
) -> None:
    open_programme(now)
    referral = named(helene, camille, now)
    _write(referral, camille, now)
    change(Referral.objects.get(), camille, now)  # type: ignore[operator]
    deliver(now + SOON)

    message = Message.objects.get(purpose="refer.introduction")
    assert smtp_server.received == []
    assert (message.status, message.reason) == ("skipped", reason)
    assert reason in {*INTRODUCTION.reasons, "no_basis"}
    assert Referral.objects.get().state in ("agreed", "lapsed")
    assert AuditEntry.objects.filter(verb="refer.introduction_stopped").exists() == (reason != "not_planned")


@pytest.mark.parametrize(("changes", "words"), [
    ({"email": "", "phone": "+33612345678"}, "no address of Paul Roux that can be used"),
])  # fmt: skip
def test_without_an_address_we_say_so(
    helene: Person, camille: User, now: datetime, changes: dict[str, str], words: str
) -> None:
    referral = named(helene, camille, now, **changes)

    with pytest.raises(Conflict) as error:
        _write(referral, camille, now)

    assert words in str(error.value)


def test_the_referrer_is_named_with_first_and_last_name_or_not_at_all(
    helene: Person, camille: User, now: datetime
) -> None:
    referral = named(helene, camille, now)
    Person.objects.filter(pk=helene.pk).update(name="Hélène")

    assert "first and last name" in why_not_write(Referral.objects.get(pk=referral.pk), now)


@pytest.mark.parametrize(("why", "may"), [("", False), ("They studied together.", True)])
def test_canada_asks_how_they_know_each_other_and_needs_no_basis(
    helene: Person, camille: User, smtp_server: SmtpServer, now: datetime, why: str, may: bool
) -> None:
    quebec = make_company("Lumen Habitat", country="Canada")
    make_person("Paul Roux", email="paul.roux@lumen.example", company=quebec)
    referral = named(helene, camille, now, why=why)
    assert ("In Canada" in why_not_write(referral, now)) is not may
    if may:
        _write(referral, camille, now)
        deliver(now + SOON)
        assert "as a result of the referral of Hélène Marchetti" in _text(smtp_server)
        assert not Basis.objects.filter(use="referral").exists()


@pytest.mark.parametrize(("changes", "code"), [
    ({"mode": "by_pigeon"}, "mode_missing"), ({"mode": ""}, "mode_missing"),
    ({"mode": "first_contact", "subject": "", "body": "x"}, "note_empty"),
    ({"mode": "first_contact", "subject": "x", "body": " "}, "note_empty"),
    ({"mode": "three_way"}, "evidence_missing"),
    ({"mode": "three_way", "evidence": "mail.received:999"}, "evidence_missing"),
])  # fmt: skip
def test_what_cannot_be_done_changes_nothing(
    referral: Referral, camille: User, now: datetime, changes: dict[str, str], code: str
) -> None:
    with pytest.raises(RebondError) as error:
        introduce(referral=referral, actor=camille, now=now, **changes)  # type: ignore[arg-type]

    assert error.value.code == code
    assert Referral.objects.get().state == "agreed"
    assert not Message.objects.exists()


# ---- what comes of it


def test_killed_after_the_text_began_to_leave_it_is_unknown_and_never_sent_again(
    referral: Referral, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    _write(referral, camille, now)
    (held,) = claim(worker="one", now=now + SOON).mails
    assert begin_data(message=held.message, now=now + SOON)  # and the process is killed
    for minutes in (1, 6, 20, 90):
        deliver(now + SOON + timedelta(minutes=minutes))

    message = Message.objects.get(purpose="refer.introduction")
    assert (message.status, smtp_server.received) == ("unknown", [])
    assert Referral.objects.get().state == "agreed"
    fate = fate_of(Referral.objects.get())
    assert fate is not None
    assert (fate.code, fate.wants_somebody) == ("unknown", True)
    assert "Nobody knows whether it left" in fate.words
    assert "has had a first mail" in why_not_write(Referral.objects.get(), now + timedelta(hours=3))
    with pytest.raises(Conflict):
        _write(Referral.objects.get(), camille, now + timedelta(hours=3))


def _comes_in(message: Message, kind: str, at: datetime) -> Received:
    """A mail that belongs to ours, as the mailbox's reader takes it in."""
    reading = Reading(
        kind=kind, rule="test", from_address=message.recipient, from_name="Paul Roux", subject="Re: maintenance",
        message_id=f"{kind}@lumen.example", references=(message.message_id.strip("<>"),), sent_at=at,
        text="Call me on Monday.",
    )  # fmt: skip
    received = take_in(mailbox=mailbox.house(now=at), reading=reading, folder="INBOX", uidvalidity=1, uid=1, now=at)
    assert received is not None
    assert received.answers == message
    assert received.followed_at is not None
    return received


@pytest.mark.usefixtures("smtp_server")
def test_one_that_came_back_is_told(referral: Referral, camille: User, now: datetime) -> None:
    _write(referral, camille, now)
    deliver(now + SOON)
    message = Message.objects.get(purpose="refer.introduction")
    received = _comes_in(message, "bounce_hard", now + LATER)
    answered(message, received, now + LATER)  # told again, it is once

    assert Touch.objects.get(person__name="Paul Roux").result == "bounced"
    note_aftermath(message=message, aftermath="bounced_hard", now=now + LATER)
    ((mine, fate),) = to_look_at(camille, now + LATER)
    assert (mine, fate.code) == (referral, "bounced_hard")
    assert "Ask who introduced them for another" in fate.words


@pytest.mark.usefixtures("smtp_server")
def test_an_answer_is_a_contact_and_shown_to_the_owner_alone(
    referral: Referral, camille: User, yanis: User, now: datetime
) -> None:
    _write(referral, camille, now)
    deliver(now + SOON)
    assert to_look_at(camille, now + LATER) == []
    _comes_in(Message.objects.get(purpose="refer.introduction"), "human", now + LATER)

    ((_mine, fate),) = to_look_at(camille, now + LATER)
    assert fate.words == "They answered."
    assert to_look_at(yanis, now + LATER) == []
    screen = Client()
    screen.force_login(camille)
    assert "They answered." in screen.get("/advocates").text
    touches = Touch.objects.filter(person__name="Paul Roux").order_by("at")
    assert [(touch.direction, touch.result) for touch in touches] == [("out", ""), ("in", "replied")]


@pytest.mark.usefixtures("smtp_server")
def test_what_a_person_corrects_is_corrected_on_the_contact(referral: Referral, camille: User, now: datetime) -> None:
    _write(referral, camille, now)
    deliver(now + SOON)
    received = _comes_in(Message.objects.get(purpose="refer.introduction"), "bounce_soft", now + LATER)
    assert Touch.objects.get(source="refer").result == "bounced"

    correct(received=received, kind="auto_reply", actor=camille, now=now + 2 * LATER)

    assert Touch.objects.get(source="refer").result == ""


@pytest.mark.usefixtures("smtp_server")
def test_the_letters_of_many_are_looked_at_with_two_queries(helene: Person, camille: User, now: datetime) -> None:
    for number in range(12):
        address = f"p{number}@firm{number}.example"
        one = named(helene, camille, now, name=f"Paul {number} Roux", email=address, company_name=f"Firm {number}")
        _write(one, camille, now)
    Message.objects.filter(purpose="refer.introduction").update(status="rejected")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = to_look_at(camille, now)

    assert (len(found), len(queries)) == (12, 2)
