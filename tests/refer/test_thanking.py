"""Whom to thank, by letter or in words, once; taken back; and decided against."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import Outcome, Person, Touch
from rebond.mail.actions import suppress
from rebond.mail.models import Message, Scope, Why
from rebond.refer.actions.introducing import introduce
from rebond.refer.actions.moving import move
from rebond.refer.actions.thanking import no_thanks, thank, undo_thanks
from rebond.refer.models import Move, Referral, State, Thanks
from rebond.refer.queries.thanks import to_thank
from tests.factories import make_deal
from tests.mail.server import SmtpServer
from tests.refer.introduced import advocate_person, deliver, named

pytestmark = pytest.mark.django_db
LETTER = {"channel": "email", "subject": "Thank you", "body": "Hello Hélène,\n\nThank you.\n\nCamille"}
SOON = timedelta(seconds=11)
LATER = timedelta(minutes=10)


@pytest.fixture
def referral(helene: Person, camille: User, now: datetime) -> Referral:
    one = named(helene, camille, now)
    return introduce(referral=one, mode="three_way", evidence="a call of three", actor=camille, now=now)


@pytest.fixture
def introduced(referral: Referral) -> Move:
    return referral.moves.get(to_state="introduced")


def _on(referral: Referral, to: str, camille: User, at: datetime) -> Move:
    """One step on, with what it needs."""
    fields: dict[str, Any] = {}
    if to == State.QUALIFIED and referral.deal_id is None:
        fields["deal"] = make_deal("Roof", owner=camille)
    if to in (State.WON, State.LOST) and referral.deal is not None:
        referral.deal.outcome, referral.deal.closed_at = Outcome(to), at
        referral.deal.save()
    move(referral=referral, to=to, actor=camille, now=at, **fields)
    return Move.objects.filter(referral=referral).latest("number")


# ---- whom


def test_an_introduction_that_moves_asks_for_thanks_the_newest_of_each(
    referral: Referral, introduced: Move, camille: User, yanis: User, now: datetime
) -> None:
    assert to_thank(camille, now) == [introduced]
    assert to_thank(yanis, now) == []
    qualified = _on(referral, "qualified", camille, now + timedelta(days=3))
    assert to_thank(camille, now + timedelta(days=3)) == [qualified]
    won = _on(referral, "won", camille, now + timedelta(days=9))
    assert to_thank(camille, now + timedelta(days=9)) == [won]
    assert to_thank(camille, now + timedelta(days=69)) == []  # after 60 days it would come out of the blue


def test_a_no_of_theirs_is_thanked_for_too(referral: Referral, camille: User, now: datetime) -> None:
    _on(referral, "qualified", camille, now + timedelta(days=3))
    lost = _on(referral, "lost", camille, now + timedelta(days=9))

    assert to_thank(camille, now + timedelta(days=9)) == [lost]


def test_a_deal_that_was_opened_again_is_no_news(referral: Referral, camille: User, now: datetime) -> None:
    _on(referral, "qualified", camille, now + timedelta(days=3))
    won = _on(referral, "won", camille, now + timedelta(days=9))
    thank(move=won, channel="call", actor=camille, now=now + timedelta(days=9))
    assert referral.deal is not None
    referral.deal.outcome, referral.deal.closed_at = Outcome.OPEN, None
    referral.deal.save()
    move(referral=referral, to="qualified", actor=camille, now=now + timedelta(days=10))

    assert to_thank(camille, now + timedelta(days=10)) == []
    again = _on(referral, "won", camille, now + timedelta(days=20))
    assert to_thank(camille, now + timedelta(days=20)) == [again]


@pytest.mark.usefixtures("introduced")
def test_nobody_is_thanked_who_is_erased_silent_or_void(
    referral: Referral, camille: User, helene: Person, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    suppress(address=helene.email, scope=Scope.REFERRAL, why=Why.ASKED, source="test", actor=None, now=now)
    assert to_thank(camille, later) == []
    helene.email = "new@valmy.example"
    helene.save()
    assert len(to_thank(camille, later)) == 1
    move(referral=referral, to="void", actor=camille, now=later)
    assert to_thank(camille, later) == []


def test_a_thousand_to_thank_take_two_queries(camille: User, helene: Person, now: datetime) -> None:
    one = named(helene, camille, now)
    whose = {"advocate": one.advocate, "owner": camille, "team": camille.team}
    rows = [Referral(**whose, state="introduced", state_at=now, created_at=now) for _number in range(1000)]
    Referral.objects.bulk_create(rows)
    Move.objects.bulk_create(
        Move(referral=referral, number=1, to_state="introduced", at=now)
        for referral in Referral.objects.exclude(pk=one.pk)
    )

    with CaptureQueriesContext(connection) as queries:
        found = to_thank(camille, now)
        names = {found_one.referral.advocate.person.name for found_one in found if found_one.referral.advocate.person}

    assert (len(found), len(queries), names) == (1000, 2, {"Hélène Marchetti"})


# ---- by letter


def test_a_letter_leaves_after_ten_seconds_and_is_a_contact(
    introduced: Move, camille: User, helene: Person, smtp_server: SmtpServer, now: datetime
) -> None:
    said = thank(move=introduced, **LETTER, actor=camille, now=now)
    assert thank(move=introduced, **LETTER, actor=camille, now=now + timedelta(seconds=1)) == said  # pressed twice
    assert to_thank(camille, now) == []
    message = Message.objects.get(purpose="refer.thanks")
    assert (message.key, message.recipient) == (f"refer.thanks:{said.pk}", helene.email)
    deliver(now)
    assert smtp_server.received == []
    deliver(now + SOON)

    (mail,) = smtp_server.received
    assert mail.mail["Subject"] == "Thank you"
    assert "You get this note because you introduced somebody to us." in mail.text
    assert "You may object at any time" in mail.text
    assert mail.mail["List-Unsubscribe-Post"]
    assert Touch.objects.get(external_id=f"thanks:{said.pk}").channel == "email"
    assert not undo_thanks(thanks=said, actor=camille, now=now + LATER)
    assert Thanks.objects.get().move == introduced


def test_taken_back_in_time_it_is_to_be_thanked_for_again(
    introduced: Move, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    said = thank(move=introduced, **LETTER, actor=camille, now=now)
    assert undo_thanks(thanks=said, actor=camille, now=now + timedelta(seconds=2))
    deliver(now + SOON)
    assert smtp_server.received == []
    assert to_thank(camille, now + SOON) == [introduced]

    thank(move=introduced, **LETTER, actor=camille, now=now + LATER)
    deliver(now + LATER + SOON)
    assert len(smtp_server.received) == 1


def test_a_letter_that_is_refused_thanked_nobody(
    introduced: Move, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    smtp_server.refuse("RCPT", "554 5.7.1 not today")
    thank(move=introduced, **LETTER, actor=camille, now=now)
    deliver(now + SOON)

    assert not Thanks.objects.exists()
    assert to_thank(camille, now + LATER) == [introduced]


def test_an_address_that_changed_gets_no_letter(
    introduced: Move, camille: User, helene: Person, smtp_server: SmtpServer, now: datetime
) -> None:
    thank(move=introduced, **LETTER, actor=camille, now=now)
    Person.objects.filter(pk=helene.pk).update(email="new@valmy.example")
    deliver(now + SOON)

    assert smtp_server.received == []
    assert Message.objects.get(purpose="refer.thanks").reason == "address_changed"


@pytest.mark.parametrize(("changes", "code"), [
    ({"subject": ""}, "note_empty"), ({"body": " "}, "note_empty"), ({"channel": "pigeon"}, "unknown_channel"),
])  # fmt: skip
def test_what_cannot_be_said_changes_nothing(
    introduced: Move, camille: User, now: datetime, changes: dict[str, str], code: str
) -> None:
    with pytest.raises(RebondError) as error:
        thank(move=introduced, **(LETTER | changes), actor=camille, now=now)

    assert error.value.code == code
    assert not Thanks.objects.exists()
    assert not Message.objects.filter(purpose="refer.thanks").exists()


def test_whoever_asked_for_silence_is_thanked_in_words_alone(
    introduced: Move, camille: User, helene: Person, now: datetime
) -> None:
    suppress(address=helene.email, scope=Scope.REFERRAL, why=Why.ASKED, source="test", actor=None, now=now)
    with pytest.raises(Conflict) as error:
        thank(move=introduced, **LETTER, actor=camille, now=now)
    assert error.value.code == "cannot_write"
    assert "Thank them when you speak to them." in str(error.value)

    said = thank(move=introduced, channel="call", actor=camille, now=now)

    assert (said.channel, said.subject, said.message_key) == ("call", "", "")


# ---- in words


@pytest.mark.parametrize(("channel", "result"), [("call", "reached"), ("meeting", ""), ("message", "")])
def test_said_is_logged_and_taken_back_leaves_nothing(
    introduced: Move, camille: User, helene: Person, now: datetime, channel: str, result: str
) -> None:
    before = Touch.objects.count()
    said = thank(move=introduced, channel=channel, actor=camille, now=now)
    touch = Touch.objects.get(external_id=f"thanks:{said.pk}")
    assert (touch.person, touch.channel, touch.result, touch.owner) == (helene, channel, result, camille)

    assert undo_thanks(thanks=said, actor=camille, now=now + LATER)
    assert Touch.objects.count() == before
    assert to_thank(camille, now + LATER) == [introduced]


def test_no_thanks_does_not_come_back(introduced: Move, camille: User, nadia: User, now: datetime) -> None:
    said = no_thanks(move=introduced, actor=camille, now=now)

    assert said.channel == ""
    assert to_thank(camille, now) == []
    with pytest.raises(Conflict) as error:
        thank(move=introduced, channel="call", actor=nadia, now=now)
    assert error.value.code == "thanked_before"


def test_two_advocates_are_thanked_one_by_one(introduced: Move, camille: User, now: datetime) -> None:
    bruno = advocate_person("Bruno Petit", email="bruno@cidre.example", company_name="Cidre & Co")
    other = named(bruno, camille, now, name="Ana Costa", email="ana@faro.example", company_name="Faro")
    introduce(referral=other, mode="forward", actor=camille, now=now + LATER)

    assert [one.referral for one in to_thank(camille, now + LATER)] == [introduced.referral, other]
