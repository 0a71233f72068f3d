"""The advocate introduced somebody themselves: to both, or by forwarding our text; what shows it is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from rebond.accounts.models import User
from rebond.base.errors import Conflict
from rebond.deals.models import Person, Touch
from rebond.mail.addresses import fingerprint
from rebond.mail.boxes import mailbox
from rebond.mail.models import Message, Received
from rebond.refer.actions.introducing import introduce
from rebond.refer.actions.moving import move
from rebond.refer.models import Mode, Move, Referral
from tests.mail.server import SmtpServer
from tests.refer.introduced import LETTER, deliver, named

pytestmark = pytest.mark.django_db


@pytest.fixture
def referral(helene: Person, camille: User, now: datetime) -> Referral:
    return named(helene, camille, now)


@pytest.mark.parametrize(("mode", "words"), [
    ("three_way", "She put us both into one mail on Monday"), ("forward", "")
])  # fmt: skip
def test_what_the_advocate_did_is_logged_with_what_shows_it(
    referral: Referral, camille: User, helene: Person, now: datetime, mode: str, words: str
) -> None:
    introduce(referral=referral, mode=mode, evidence=words, actor=camille, now=now)
    again = introduce(referral=referral, mode=mode, evidence=words, actor=camille, now=now + timedelta(seconds=2))

    touch = Touch.objects.get(person=helene)
    last = Move.objects.filter(referral=referral).latest("number")
    assert (again.state, again.mode) == ("introduced", mode)
    assert (last.evidence, last.reason) == (f"deals.touch:{touch.pk}", mode)
    assert (touch.direction, touch.note) == ("in", words or str(Mode(mode).label))
    assert Move.objects.filter(referral=referral, to_state="introduced").count() == 1
    assert not Message.objects.filter(purpose="refer.introduction").exists()


def test_a_mail_of_theirs_is_the_evidence_without_a_word(
    referral: Referral, camille: User, helene: Person, now: datetime
) -> None:
    seen = Received.objects.create(
        mailbox=mailbox.house(now=now), message_id="a@valmy.example", from_address=helene.email, kind="human",
        sent_at=now + timedelta(hours=1), received_at=now, person=helene, fingerprint=fingerprint(helene.email),
    )  # fmt: skip

    introduce(referral=referral, mode="three_way", actor=camille, now=now + timedelta(hours=2))

    assert Move.objects.filter(referral=referral).latest("number").evidence == f"mail.received:{seen.pk}"


def test_an_introduction_to_both_takes_a_waiting_letter_back(
    referral: Referral, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    introduce(referral=referral, mode="first_contact", **LETTER, actor=camille, now=now)

    introduce(referral=referral, mode="three_way", evidence="a call of three", actor=camille, now=now)
    deliver(now + timedelta(seconds=11))

    assert smtp_server.received == []
    assert Message.objects.get(purpose="refer.introduction").reason == "introduced"
    assert Referral.objects.get().mode == "three_way"


def test_what_is_not_agreed_any_more_is_not_introduced(referral: Referral, camille: User, now: datetime) -> None:
    move(referral=referral, to="lapsed", actor=camille, now=now)

    with pytest.raises(Conflict) as error:
        introduce(referral=referral, mode="forward", actor=camille, now=now)

    assert error.value.code == "not_agreed"
    assert "Did not come about" in str(error.value)
