"""What a mail that came in belongs to, and what follows from it: what is kept, and what it changes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import RebondError
from rebond.deals.models import Person
from rebond.mail import actions, incoming
from rebond.mail.addresses import fingerprint
from rebond.mail.models import (
    Aftermath,
    Basis,
    Kind,
    Mailbox,
    MatchedBy,
    Message,
    MessageStatus,
    Received,
    Suppression,
)
from rebond.mail.outgoing import compose
from rebond.mail.rights import tokens
from tests.factories import make_person
from tests.mail import inbox_mails
from tests.mail.inbox_mails import bounce, sent_note, take, understood
from tests.mail.purposes import plan
from tests.mail.server import SmtpServer

pytestmark = pytest.mark.django_db
HELENE = "helene@valmy.example"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _heard_nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(incoming, "_LISTENERS", [])
    yield
    inbox_mails.answered.clear()


@pytest.fixture
def note(smtp_server: SmtpServer, helene: Person, now: datetime) -> Message:
    """A note of ours that Hélène's server took two days ago."""
    message = sent_note("note:1", now)
    assert message.status == MessageStatus.ACCEPTED
    return message


def silent() -> list[tuple[str, str]]:
    """(why, source) of what silences Hélène now."""
    found = Suppression.objects.filter(fingerprint=fingerprint(HELENE), lifted_at=None)
    return list(found.order_by("pk").values_list("why", "source"))


def aftermath(message: Message) -> str:
    message.refresh_from_db()
    return message.aftermath


# ---- what it belongs to


def test_an_answer_belongs_to_the_mail_it_names_whoever_it_is_from(
    note: Message, helene: Person, now: datetime
) -> None:
    got = take(understood("human", answers=note, from_address="assistant@elsewhere.example"), now)
    assert got is not None
    assert (got.answers, got.matched_by, got.person) == (note, MatchedBy.MESSAGE_ID, helene)
    assert got.fingerprint == fingerprint(HELENE)
    assert (got.from_address, got.text) == ("assistant@elsewhere.example", "Thank you, let us talk in June.")
    assert inbox_mails.answered == [("note:1", "human")]
    assert aftermath(note) == Aftermath.REPLIED


def test_a_colleague_we_know_who_answers_for_her_is_named(note: Message, now: datetime) -> None:
    marc = make_person("Marc Delvaux", email="Marc@Valmy.example")
    got = take(understood("human", answers=note, from_address="marc@valmy.example"), now)
    assert got is not None
    assert (got.person, got.answers) == (marc, note)


def test_the_nearest_reference_of_ours_counts(note: Message, smtp_server: SmtpServer, now: datetime) -> None:
    other = sent_note("note:2", now)
    ids = ("unknown@valmy.example", other.message_id.strip("<>"), note.message_id.strip("<>"))
    got = take(understood("human", references=ids), now)
    assert got is not None
    assert got.answers == other


def test_a_report_belongs_to_the_envelope_it_came_back_to(
    note: Message, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.CONFIG, "bounce_address", "bounces+{token}@ours.example")
    to = f"bounces+{compose.bounce_token(note)}@ours.example"
    got = take(bounce("bounce_hard", to_addresses=("x@ours.example", to)), now)
    assert got is not None
    assert (got.answers, got.matched_by) == (note, MatchedBy.ENVELOPE)
    forged = bounce("bounce_hard", to_addresses=(f"bounces+{compose.bounce_token(note)[:-1]}x@ours.example",), number=2)
    assert take(forged, now + timedelta(days=60)) is None


def test_a_report_that_names_no_mail_belongs_to_the_last_one_that_went_there_lately(
    note: Message, now: datetime
) -> None:
    assert take(bounce("bounce_hard", number=2), now + timedelta(days=60)) is None
    got = take(bounce("bounce_hard"), now)
    assert got is not None
    assert (got.answers, got.matched_by) == (note, MatchedBy.ADDRESS)


def test_a_mail_of_her_own_accord_belongs_to_her_alone(note: Message, helene: Person, now: datetime) -> None:
    got = take(understood("human", from_address="Helene@VALMY.example"), now)
    assert got is not None
    assert (got.answers, got.matched_by, got.person) == (None, MatchedBy.ADDRESS, helene)
    assert inbox_mails.answered == []
    assert aftermath(note) == ""


def test_an_address_in_its_own_script_is_the_same_person(now: datetime) -> None:
    lena = make_person("Lena", email="lena@bücher.example")
    got = take(understood("human", from_address="lena@xn--bcher-kva.example"), now)
    assert got is not None
    assert got.person == lena


def test_what_is_ours_or_nobodys_is_not_kept(note: Message, camille: User, now: datetime) -> None:
    copy = understood("human", message_id=note.message_id.strip("<>"))
    own = understood("human", answers=note, from_address=camille.email)
    stranger = understood("human", from_address="newsletter@elsewhere.example")
    assert [take(one, now) for one in (copy, own, stranger)] == [None, None, None]
    assert not Received.objects.exists()
    assert aftermath(note) == ""


def test_the_same_mail_is_taken_once_whichever_mailbox_it_came_to(note: Message, camille: User, now: datetime) -> None:
    first = take(understood("human", answers=note), now)
    assert take(understood("human", answers=note), now, uid=99) is None
    own = Mailbox.objects.create(owner=camille, address=camille.email, created_at=now, updated_at=now)
    assert take(understood("human", answers=note), now, box=own) is None
    assert Received.objects.get() == first
    assert inbox_mails.answered == [("note:1", "human")]


def test_a_mail_without_an_id_of_its_own_is_taken_once_too(note: Message, now: datetime) -> None:
    for text, id_ in (("One", ""), ("One", ""), ("Two", ""), ("One", "x" * 400)):
        take(understood("human", answers=note, text=text, message_id=id_, sent_at=now), now)
    kept = list(Received.objects.order_by("pk").values_list("text", "message_id"))
    assert [text for text, _id in kept] == ["One", "Two", "One"]
    assert all(id_.startswith("none-") and len(id_) < 60 for _text, id_ in kept)


def test_odd_letters_are_kept_as_far_as_they_can_be(note: Message, now: datetime) -> None:
    got = take(understood("human", answers=note, text="a\0b \ud800 c" + "x" * 30_000, subject="Re:\r\nBcc: y"), now)
    assert got is not None
    assert got.text.startswith("ab ? c")
    assert (len(got.text), got.subject) == (20_000, "Re: Bcc: y")


# ---- what follows


def test_a_human_answer_renews_the_basis_and_a_program_s_does_not(note: Message, helene: Person, now: datetime) -> None:
    then = now - timedelta(days=400)
    basis = actions.note_basis(
        person=helene, use="keep_in_touch", ground="legitimate_interest", evidence="lost deal", source="close",
        obtained_at=then, actor=None, now=then,
    )  # fmt: skip
    take(understood("out_of_office", answers=note, number=1), now)
    take(understood("stop", answers=note, number=2), now)
    assert Basis.objects.get(pk=basis.pk).obtained_at == then
    take(understood("human", answers=note, number=3, sent_at=now - timedelta(hours=1)), now)
    assert Basis.objects.get(pk=basis.pk).obtained_at == now - timedelta(hours=1)


def test_stop_in_an_answer_silences_and_takes_back_what_waits(note: Message, now: datetime) -> None:
    waiting = plan("note:2", now, purpose="test.answered", send_at=now + timedelta(days=3))
    got = take(understood("stop", answers=note, text="Stop please"), now)
    assert silent() == [("asked", "reply")]
    waiting.refresh_from_db()
    assert waiting.status == MessageStatus.CANCELLED
    assert got is not None
    assert got.followed_at == now
    assert aftermath(note) == Aftermath.REPLIED


def test_stop_from_an_alias_silences_the_alias_and_the_address_we_wrote_to(note: Message, now: datetime) -> None:
    take(understood("stop", answers=note, from_address="h.marchetti@valmy.example"), now)
    marks = {fingerprint(HELENE), fingerprint("h.marchetti@valmy.example")}
    assert set(Suppression.objects.values_list("fingerprint", flat=True)) == marks


def test_a_sealed_link_in_the_subject_stops_its_list_whoever_sends_it(note: Message, now: datetime) -> None:
    token = tokens.token_for(HELENE, "keep_in_touch")
    got = take(understood("other", from_address="relay@elsewhere.example", subject=f"stop {token}"), now)
    assert got is not None
    assert (got.kind, got.matched_by, got.fingerprint) == (Kind.STOP, MatchedBy.ENVELOPE, fingerprint(HELENE))
    assert list(Suppression.objects.values_list("fingerprint", "scope")) == [(fingerprint(HELENE), "keep_in_touch")]
    assert take(understood("other", from_address="x@elsewhere.example", subject="stop " + "A" * 66), now) is None


def test_a_hard_bounce_silences_and_a_soft_one_does_not(note: Message, now: datetime) -> None:
    take(bounce("bounce_soft", answers=note, status="4.2.2", number=1), now)
    assert (aftermath(note), silent()) == (Aftermath.BOUNCED_SOFT, [])
    take(bounce("bounce_hard", answers=note, number=2), now)
    assert (aftermath(note), silent()) == (Aftermath.BOUNCED_HARD, [("bounced", "bounce")])


def test_a_refusal_because_of_us_rests_the_sender_and_not_the_person(note: Message, now: datetime) -> None:
    take(bounce("bounce_policy", answers=note, status="5.7.26"), now)
    assert (aftermath(note), silent()) == ("", [])
    house = Mailbox.objects.get(is_house=True)
    assert house.paused_because == "policy"
    assert house.paused_until is not None


def test_a_complaint_silences_for_good(note: Message, now: datetime) -> None:
    take(bounce("complaint", answers=note, status=""), now)
    assert (aftermath(note), silent()) == (Aftermath.COMPLAINED, [("complained", "bounce")])


@pytest.mark.parametrize("order", [("human", "auto_reply"), ("auto_reply", "human")])
def test_the_strongest_that_came_back_stands(note: Message, now: datetime, order: tuple[str, str]) -> None:
    for number, kind in enumerate(order):
        take(understood(kind, answers=note, number=number), now)
    assert aftermath(note) == Aftermath.REPLIED
    assert [kind for _key, kind in inbox_mails.answered] == list(order)


def test_a_listener_that_breaks_loses_nothing_and_stops_nobody(
    note: Message, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    broken = {"yes": True}

    def breaks(received: Received, at: datetime) -> None:
        AuditEntry.objects.create(at=at, verb="test.half", subject_type="x", subject_id="1", detail={})
        if broken["yes"]:
            raise RuntimeError("no")
        heard.append("mended")

    incoming.listen(breaks)
    incoming.listen(lambda received, at: heard.append(received.meant))
    got = take(understood("stop", answers=note), now)
    assert got is not None
    assert (got.followed_at, heard, silent()) == (None, ["stop"], [("asked", "reply")])
    assert not AuditEntry.objects.filter(verb="test.half").exists()
    assert "could not be done" in caplog.text

    assert actions.follow_again(now=now) == 0  # not at once
    broken["yes"] = False
    assert actions.follow_again(now=now + timedelta(minutes=3)) == 1
    got.refresh_from_db()
    assert got.followed_at == now + timedelta(minutes=3)
    assert heard == ["stop", "mended"]  # each once
    assert inbox_mails.answered == [("note:1", "stop")]
    assert actions.follow_again(now=now + timedelta(hours=3)) == 0


def test_what_cannot_be_followed_is_tried_at_growing_distances_and_for_two_weeks(note: Message, now: datetime) -> None:
    tries: list[datetime] = []

    def breaks(received: Received, at: datetime) -> None:
        tries.append(at)
        raise RuntimeError("no")

    incoming.listen(breaks)
    take(understood("human", answers=note), now)
    at = now
    while at < now + timedelta(days=20):
        at += HOUR
        actions.follow_again(now=at)
    gaps = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == timedelta(hours=6)
    assert tries[-1] <= now + timedelta(days=14)


# ---- a person says what it is instead


def test_a_wrongly_read_stop_is_lifted_and_counts_as_an_answer(note: Message, admin_user: User, now: datetime) -> None:
    heard: list[str] = []
    incoming.listen(lambda received, at: heard.append(received.meant))
    got = take(understood("stop", answers=note), now)
    assert got is not None
    later = now + timedelta(hours=1)
    actions.correct(received=got, kind="human", actor=admin_user, now=later)
    assert silent() == []
    assert (got.kind, got.meant, got.corrected_by, got.followed_at) == ("stop", "human", admin_user, later)
    assert heard == ["stop", "human"]
    assert aftermath(note) == Aftermath.REPLIED
    entry = AuditEntry.objects.get(verb="mail.correct")
    assert (entry.actor, entry.detail) == (admin_user, {"before": "stop", "after": "human"})


def test_their_own_link_for_silence_is_no_wrong_reading(note: Message, as_admin: Client, now: datetime) -> None:
    subject = f"stop {tokens.token_for(HELENE, 'keep_in_touch')}"
    got = take(understood("human", subject=subject, answers=note), now)
    assert got is not None
    assert as_admin.post(f"/inbox/{got.pk}/correct", {"kind": "human"}).status_code == 409
    got.refresh_from_db()
    assert (got.meant, silent()) == ("stop", [("asked", "reply")])


def test_a_wrongly_read_answer_becomes_a_stop(note: Message, admin_user: User, now: datetime) -> None:
    got = take(understood("human", answers=note), now)
    assert got is not None
    actions.correct(received=got, kind="stop", actor=admin_user, now=now)
    assert silent() == [("asked", "reply")]
    actions.correct(received=got, kind="stop", actor=admin_user, now=now + timedelta(days=1))
    assert got.corrected_at == now  # said twice is once


def test_a_silence_that_stood_before_or_that_another_mail_asks_for_stays(
    note: Message, admin_user: User, now: datetime
) -> None:
    first = take(understood("stop", answers=note, number=1), now)
    second = take(understood("stop", answers=note, number=2), now)
    assert first is not None
    assert second is not None
    actions.correct(received=second, kind="human", actor=admin_user, now=now)
    assert silent() == [("asked", "reply")]
    actions.correct(received=first, kind="human", actor=admin_user, now=now)
    assert silent() == []


def test_a_wrongly_read_bounce_leaves_the_mail_as_sent(note: Message, admin_user: User, now: datetime) -> None:
    got = take(bounce("bounce_hard", answers=note), now)
    assert got is not None
    actions.correct(received=got, kind="other", actor=admin_user, now=now)
    assert (aftermath(note), silent()) == ("", [])


def test_an_unknown_kind_changes_nothing(note: Message, admin_user: User, now: datetime) -> None:
    got = take(understood("human", answers=note), now)
    assert got is not None
    with pytest.raises(RebondError) as told:
        actions.correct(received=got, kind="spam", actor=admin_user, now=now)
    assert told.value.code == "unknown_kind"
    got.refresh_from_db()
    assert got.corrected_kind == ""
