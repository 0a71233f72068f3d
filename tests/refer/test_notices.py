"""What an advocate is told when something moved: at most one mail for each move, and nothing of the deal."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from rebond.accounts.models import User
from rebond.deals.models import Outcome, Person
from rebond.mail.actions import suppress
from rebond.mail.models import Message, Scope, Why
from rebond.refer.actions.advocates import revoke_link, save_payee
from rebond.refer.actions.introducing import introduce
from rebond.refer.actions.moving import move
from rebond.refer.actions.thanking import thank
from rebond.refer.letters import notices
from rebond.refer.models import Move, Payout, Referral, Reward, State
from rebond.refer.own_page.links import link_of
from rebond.refer.payee import Payee
from tests.factories import make_deal
from tests.mail.server import SmtpServer
from tests.refer.introduced import LETTER, deliver, named, open_programme

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1, seconds=1)
SOON = timedelta(seconds=11)


@pytest.fixture(autouse=True)
def _ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.CONFIG, "legal_name", "Ours SA")


@pytest.fixture
def referral(helene: Person, camille: User, now: datetime) -> Referral:
    open_programme(now)
    one = named(helene, camille, now)
    return introduce(referral=one, mode="three_way", evidence="a call of three", actor=camille, now=now)


@pytest.fixture
def qualified(referral: Referral, camille: User, now: datetime) -> Referral:
    deal = make_deal("Secret roof, 3 sites", owner=camille, amount_minor=987_654)
    return move(referral=referral, to="qualified", deal=deal, actor=camille, now=now)


def _told(state: str, referral: Referral, now: datetime, before: str = "") -> Message:
    """The notice of a move that is made by hand, whatever the table says: each has its words."""
    last = referral.moves.latest("number")
    Referral.objects.filter(pk=referral.pk).update(state=state, duplicate_because="touched")
    made = Move.objects.create(
        referral=referral, number=last.number + 1, from_state=before or last.to_state, to_state=state, at=now
    )
    message = notices.after(made, now)
    assert message is not None
    return message


# ---- one a move


def test_a_move_is_told_once_after_an_hour_with_the_way_to_their_page(
    qualified: Referral, helene: Person, smtp_server: SmtpServer, now: datetime
) -> None:
    last = Move.objects.filter(referral=qualified).latest("number")
    message = Message.objects.get(purpose="refer.notice")
    assert (message.key, message.recipient) == (f"refer.notice:{last.pk}", helene.email)
    for _again in range(3):
        assert notices.after(last, now) == message  # told again and again, it is one mail
    deliver(now + timedelta(minutes=59))
    assert smtp_server.received == []
    deliver(now + HOUR)
    deliver(now + 2 * HOUR)

    (mail,) = smtp_server.received
    assert mail.mail["Subject"] == "In conversation with Paul Roux"
    assert "Thanks to you we are in conversation with Paul Roux." in mail.text
    assert link_of(qualified.advocate) in mail.text
    assert "camille@rebond.example" in mail.mail["Reply-To"]
    assert mail.mail["List-Unsubscribe-Post"]
    for secret in ("Secret roof", "9,876", "9876", "EUR"):
        assert secret not in mail.text
    message.refresh_from_db()
    assert link_of(qualified.advocate) not in message.text  # the outbox keeps no key to their page


def test_whoever_introduced_us_themselves_is_not_told_that_they_did(referral: Referral) -> None:
    assert referral.state == "introduced"
    assert not Message.objects.filter(purpose="refer.notice").exists()


@pytest.mark.parametrize(("reason", "told"), [("unwanted", False), ("unclaimed", True), ("refused", True)])
def test_who_wants_no_reward_is_not_told_that_there_is_none(
    referral: Referral, now: datetime, reason: str, told: bool
) -> None:
    made = Move.objects.create(
        referral=referral, number=9, from_state="reward_due", to_state="forfeited", at=now, reason=reason
    )

    assert (notices.after(made, now) is not None) is told


def test_our_own_first_mail_is_told(helene: Person, camille: User, smtp_server: SmtpServer, now: datetime) -> None:
    introduce(referral=named(helene, camille, now), mode="first_contact", **LETTER, actor=camille, now=now)
    deliver(now + SOON)
    deliver(now + SOON + HOUR)

    assert [mail.mail["To"] for mail in smtp_server.received] == [
        "Paul Roux <paul.roux@lumen.example>", "Hélène Marchetti <helene@valmy.example>"
    ]  # fmt: skip
    assert "We wrote to Paul Roux on 9 June and said that it is you who referred us." in " ".join(
        smtp_server.received[1].text.split()
    )


@pytest.mark.usefixtures("smtp_server")
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("state", "words"), [
    ("qualified", "in conversation with Paul Roux"), ("disqualified", "we cannot be of use to Paul Roux"),
    ("duplicate", "We had been in touch with them in the weeks before you named them."),
    ("won", "Paul Roux became a customer of ours, thanks to your introduction."),
    ("lost", "Paul Roux decided otherwise this time."), ("reward_due", "Your reward for introducing Paul Roux is due."),
    ("paid", "was given. Thank you once more."), ("forfeited", "is not given any more, by the terms you agreed to."),
    ("clawed_back", "did not last, so the reward is taken back"),
])  # fmt: skip
def test_each_state_has_its_words_in_their_language(
    referral: Referral, now: datetime, state: str, words: str, language: str
) -> None:
    referral.advocate.language = language
    referral.advocate.save()
    message = _told(state, referral, now)
    assert message.language == language
    deliver(now + HOUR)

    message.refresh_from_db()
    assert message.status == "accepted"
    assert "Paul Roux" in message.text
    assert "Hélène," in message.text
    assert "%(" not in message.subject + message.text
    if language == "en":
        assert words in message.text


@pytest.mark.parametrize("state", sorted(set(State.values) - {str(told) for told in notices.TOLD}))
def test_what_means_nothing_to_them_is_not_told(referral: Referral, now: datetime, state: str) -> None:
    made = Move.objects.create(referral=referral, number=9, from_state="introduced", to_state=state, at=now)

    assert notices.after(made, now) is None
    assert not Message.objects.filter(purpose="refer.notice").exists()


def test_a_deal_that_was_opened_again_goes_on(
    qualified: Referral, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    deal = qualified.deal
    assert deal is not None
    for outcome, to in ((Outcome.LOST, "lost"), (Outcome.OPEN, "qualified")):
        deal.outcome, deal.closed_at = outcome, now if outcome != Outcome.OPEN else None
        deal.save()
        move(referral=qualified, to=to, actor=camille, now=now)
    deliver(now + HOUR)

    (mail,) = smtp_server.received  # of three moves within the hour the last alone is told
    assert mail.mail["Subject"] == "In conversation again with Paul Roux"
    reasons = Message.objects.filter(purpose="refer.notice").order_by("pk").values_list("status", "reason")
    assert list(reasons) == [("skipped", "moved_on"), ("skipped", "moved_on"), ("accepted", "")]


# ---- what stops it


def test_a_thank_you_by_mail_is_the_mail(
    qualified: Referral, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    last = Move.objects.filter(referral=qualified).latest("number")
    thank(move=last, channel="email", subject="Thank you", body="Thank you", actor=camille, now=now)
    deliver(now + HOUR)

    assert [mail.mail["Subject"] for mail in smtp_server.received] == ["Thank you"]
    assert Message.objects.get(purpose="refer.notice").reason == "thanked"


def _silence(referral: Referral, helene: Person, now: datetime) -> None:
    suppress(address=helene.email, scope=Scope.REFERRAL, why=Why.ASKED, source="test", actor=None, now=now)


def _other_address(referral: Referral, helene: Person, now: datetime) -> None:
    Person.objects.filter(pk=helene.pk).update(email="new@valmy.example")


def _erase(referral: Referral, helene: Person, now: datetime) -> None:
    referral.advocate.person = None
    referral.advocate.save()


def _void(referral: Referral, helene: Person, now: datetime) -> None:
    move(referral=referral, to="void", actor=None, now=now)


@pytest.mark.parametrize(("change", "reason"), [
    (_silence, "suppressed"), (_other_address, "address_changed"), (_erase, "advocate_gone"), (_void, "void"),
])  # fmt: skip
def test_what_changed_since_stops_it(
    qualified: Referral, helene: Person, smtp_server: SmtpServer, now: datetime, change: Any, reason: str
) -> None:
    change(qualified, helene, now)
    deliver(now + HOUR)

    message = Message.objects.get(purpose="refer.notice")
    assert smtp_server.received == []
    assert (message.status, message.reason) in [("skipped", reason), ("cancelled", "suppressed")]


def test_a_link_that_was_taken_back_is_not_in_it(
    qualified: Referral, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    link = link_of(qualified.advocate)
    revoke_link(advocate=qualified.advocate, actor=camille, now=now)
    deliver(now + HOUR)

    (mail,) = smtp_server.received
    assert link not in mail.text
    assert "/i/" not in mail.text
    assert "in conversation with Paul Roux" in mail.text


def test_nobody_to_write_to_means_no_notice(camille: User, helene: Person, now: datetime) -> None:
    Person.objects.filter(pk=helene.pk).update(email="")
    helene.refresh_from_db()
    one = named(helene, camille, now)
    introduce(referral=one, mode="forward", actor=camille, now=now)
    move(referral=one, to="disqualified", actor=camille, now=now)

    assert not Message.objects.filter(purpose="refer.notice").exists()


# ---- a reward that waits


@pytest.fixture
def reward(referral: Referral, now: datetime) -> Reward:
    """Due since now; it would be forfeited a year later."""
    programme = referral.programme
    assert programme is not None
    Referral.objects.filter(pk=referral.pk).update(state="reward_due")
    made = Reward.objects.create(
        referral=referral, advocate=referral.advocate, programme=programme, rule=programme.rules.get(), kind="gift",
        earned_minor=5000, amount_minor=5000, currency="EUR", at=now,
    )  # fmt: skip
    Payout.objects.create(reward=made, advocate=made.advocate, amount_minor=5000, currency="EUR", made_at=now)
    return made


@pytest.mark.usefixtures("reward")
def test_a_reward_that_is_forfeited_soon_is_told_once_with_the_day(smtp_server: SmtpServer, now: datetime) -> None:
    assert notices.warn(now + timedelta(days=300)) == 0  # more than two months are left
    later = now + timedelta(days=310)
    for day in range(3):
        assert notices.warn(later + timedelta(days=day)) == 1
        deliver(later + timedelta(days=day) + SOON)

    (mail,) = smtp_server.received
    assert mail.mail["Subject"] == "Your reward waits until 9 June 2027"
    assert "After that it is forfeited." in mail.text
    assert "50" not in re.sub(r"https?://\S+", "", mail.text), "how much it is stands on their own page"


def test_one_that_was_claimed_or_given_meanwhile_is_not_warned_of(
    reward: Reward, smtp_server: SmtpServer, now: datetime
) -> None:
    later = now + timedelta(days=310)
    notices.warn(later)
    payee = Payee("gift", legal_name="Hélène Marchetti", address="1 rue du Port", country="FR")
    save_payee(advocate=reward.advocate, payee=payee, actor=None, now=later)
    deliver(later + SOON)
    assert Message.objects.get(purpose="refer.notice").reason == "claimed"

    Message.objects.update(status="planned")
    Referral.objects.update(state="paid")
    deliver(later + SOON)
    assert Message.objects.get(purpose="refer.notice").reason == "moved_on"
    assert smtp_server.received == []
