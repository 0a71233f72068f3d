"""Ending kindly, from the advice to the mail that leaves, and back; keeping one, and who was right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import Deal, Outcome, Person, Touch
from rebond.learn.actions import ReasonGiven
from rebond.learn.models import ReasonAssertion
from rebond.loop import close as closing
from rebond.loop.forgetting import erase_person
from rebond.loop.goodbye.actions import say_goodbye, undo_goodbye
from rebond.loop.goodbye.draft import draft_goodbye
from rebond.loop.goodbye.mail import GOODBYE, guard
from rebond.loop.privacy import copy_of
from rebond.mail.actions import suppress
from rebond.mail.models import Message, Scope, Why
from rebond.nurture.models import Enrolment, Standing
from rebond.worth.actions import keep_on, settle
from rebond.worth.models import Goodbye, Objection
from rebond.worth.plays import candidates, filled
from tests.factories import make_person, make_touch
from tests.mail.server import SmtpServer
from tests.nurture.conftest import deliver
from tests.walks import assert_signed_out_is_sent_to_sign_in, status
from tests.worth.talks import keep_prices, price_list, talk

pytestmark = pytest.mark.django_db
NOTE = {"subject": "I will stop writing", "body": "Hello Léa,\n\nOne word is enough.\n\nCamille"}


@pytest.fixture
def quiet(camille: User) -> Deal:
    """Seven follow-ups of Camille's in vain, and prices that say so."""
    keep_prices(price_list())
    return talk(camille, now=timezone.now())


@pytest.fixture
def lea(quiet: Deal) -> Person:
    return Person.objects.get(deal_people__deal=quiet)


def _to(name: str, *args: int) -> str:
    return reverse(f"loop:{name}", args=args)


def _going_with(person: Person) -> Enrolment | None:
    return Enrolment.objects.filter(person=person).exclude(status=Standing.ENDED).first()


# ---- the story


def test_from_the_advice_to_a_mail_that_left_and_back(
    quiet: Deal, lea: Person, as_camille: Client, camille: User, smtp_server: SmtpServer
) -> None:
    page = as_camille.get(_to("goodbye", quiet.pk))
    text = page.content.decode()
    assert "7 follow-ups unanswered" in text
    assert "in 7 weeks" in text
    assert "Of 41 conversations that went on from here, 0 were won in the end." in text
    assert "even at its best it does not pay" in text
    assert "one word is enough" in text
    assert "Hello Léa," in text

    answer = as_camille.post(_to("say_goodbye", quiet.pk), {**NOTE, "by": "mail"}, follow=True)
    assert "leaves in ten seconds" in answer.content.decode()
    quiet.refresh_from_db()
    said, message = Goodbye.objects.get(), Message.objects.get(purpose="worth.goodbye")
    assert (quiet.outcome, said.message_key, message.key) == ("no_decision", message.key, f"worth.goodbye:{said.pk}")
    assert said.chance == pytest.approx(0.3 * 0.5**7)
    assert said.worth_minor is not None
    assert said.worth_minor < 0
    assert ReasonAssertion.objects.get(close_event=said.close_event).code == "not_in_touch"
    assert message.send_at - message.planned_at == timedelta(seconds=10)

    now = timezone.now()
    deliver(now)
    assert smtp_server.received == []  # ten seconds to take it back
    deliver(now + timedelta(seconds=11))

    mail = smtp_server.received[0].mail
    assert (mail["To"], mail["Subject"]) == ("Léa Moreau <lea@optima.example>", "I will stop writing")
    assert (
        "You get this note because you talked with Camille Aubry about Audit, Optima Conseil."
        in smtp_server.received[0].text
    )
    assert "object to these notes" in smtp_server.received[0].text
    assert mail["List-Unsubscribe-Post"]
    touch = Touch.objects.get(person=lea, deal=None)
    assert (touch.channel, touch.direction, touch.owner) == ("email", "out", camille)
    one = _going_with(lea)
    assert one is not None
    assert one.due_on is not None
    assert one.due_on > (now + timedelta(days=30)).date()  # the goodbye was the first contact: no check-in next week

    again = as_camille.post(_to("undo_goodbye", said.pk), follow=True).content.decode()
    assert "The note has left already" in again
    quiet.refresh_from_db()
    said.refresh_from_db()
    assert quiet.is_open
    assert said.undone_at is not None
    assert _going_with(lea) is None


def test_taken_back_in_time_nothing_leaves(
    quiet: Deal, lea: Person, as_camille: Client, smtp_server: SmtpServer
) -> None:
    as_camille.post(_to("say_goodbye", quiet.pk), NOTE)
    assert _going_with(lea) is not None

    answer = as_camille.post(_to("undo_goodbye", Goodbye.objects.get().pk), follow=True)

    assert "Taken back. The deal is open again." in answer.content.decode()
    deliver(timezone.now() + timedelta(seconds=11))
    assert smtp_server.received == []
    quiet.refresh_from_db()
    assert quiet.is_open
    assert _going_with(lea) is None
    assert Message.objects.get(purpose="worth.goodbye").status == "cancelled"
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"worth.goodbye", "worth.undo_goodbye", "mail.plan", "deals.close", "deals.reopen"} <= verbs


def test_twice_undone_is_once(quiet: Deal, camille: User) -> None:
    said = say_goodbye(deal=quiet, **NOTE, by_mail=True, actor=camille, now=timezone.now())
    undo_goodbye(goodbye=said, actor=camille, now=timezone.now())

    with pytest.raises(Conflict) as error:
        undo_goodbye(goodbye=said, actor=camille, now=timezone.now())

    assert error.value.code == "undone_before"


def test_a_double_click_says_goodbye_once(quiet: Deal, as_camille: Client) -> None:
    answers = [as_camille.post(_to("say_goodbye", quiet.pk), NOTE).status_code for _click in range(2)]

    assert answers == [302, 302]
    assert Goodbye.objects.count() == Message.objects.filter(purpose="worth.goodbye").count() == 1


def test_a_deal_that_was_closed_meanwhile_stays_as_it_is(quiet: Deal, as_camille: Client, camille: User) -> None:
    closing.close(
        deal=quiet, outcome="lost", reasons=[ReasonGiven("timing")], actor=camille, source="screen", now=timezone.now()
    )

    assert as_camille.post(_to("say_goodbye", quiet.pk), NOTE).status_code == 409
    assert as_camille.get(_to("goodbye", quiet.pk)).status_code == 409
    assert as_camille.post(_to("keep_on", quiet.pk), {"because": "she will come back"}).status_code == 409
    assert not Goodbye.objects.exists()
    assert not Objection.objects.exists()


def test_one_that_was_opened_again_by_other_means_is_no_longer_taken_back(quiet: Deal, camille: User) -> None:
    said = say_goodbye(deal=quiet, **NOTE, by_mail=True, actor=camille, now=timezone.now())
    closing.reopen(deal=quiet, actor=camille, now=timezone.now())
    message = Message.objects.get(purpose="worth.goodbye")

    assert guard(message, timezone.now()) == "reopened"
    assert "reopened" in GOODBYE.reasons
    with pytest.raises(Conflict) as error:
        undo_goodbye(goodbye=Goodbye.objects.get(pk=said.pk), actor=camille, now=timezone.now())
    assert error.value.code == "not_closed"


def test_an_address_that_changed_gets_no_goodbye(quiet: Deal, lea: Person, camille: User) -> None:
    say_goodbye(deal=quiet, **NOTE, by_mail=True, actor=camille, now=timezone.now())
    Person.objects.filter(pk=lea.pk).update(email="other@optima.example")

    assert guard(Message.objects.get(purpose="worth.goodbye"), timezone.now()) == "address_changed"


# ---- by phone; and where nothing may be written


@pytest.mark.parametrize("scope", [Scope.ALL, Scope.KEEP_IN_TOUCH])
def test_whoever_asked_for_silence_is_not_written_to_but_may_be_told(
    quiet: Deal, lea: Person, as_camille: Client, scope: Scope
) -> None:
    suppress(address=lea.email, scope=scope, why=Why.ASKED, source="test", actor=None, now=timezone.now())

    page = as_camille.get(_to("goodbye", quiet.pk)).content.decode()
    assert "Léa Moreau asked not to be written to." in page
    assert "one word is enough" not in page
    refused = as_camille.post(_to("say_goodbye", quiet.pk), NOTE)
    assert refused.status_code == 409
    assert "Say it by phone" in refused.content.decode()
    quiet.refresh_from_db()
    assert quiet.is_open
    assert not Message.objects.filter(purpose="worth.goodbye").exists()

    assert as_camille.post(_to("say_goodbye", quiet.pk), {"by": "phone"}).status_code == 302
    quiet.refresh_from_db()
    assert quiet.outcome == Outcome.NO_DECISION
    assert (Goodbye.objects.get().body, Touch.objects.get(deal=None).result) == ("", "reached")
    assert not Message.objects.filter(purpose="worth.goodbye").exists()


def test_said_by_phone_and_taken_back_leaves_no_call_behind(quiet: Deal, lea: Person, as_camille: Client) -> None:
    before = Touch.objects.count()
    as_camille.post(_to("say_goodbye", quiet.pk), {"by": "phone", "outcome": "lost", "reason": "timing"})
    said = Goodbye.objects.get()
    assert (said.close_event.outcome, _going_with(lea) is not None) == ("lost", True)

    as_camille.post(_to("undo_goodbye", said.pk))

    assert Touch.objects.count() == before
    assert _going_with(lea) is None


def test_nobody_named_means_nobody_to_write_to(quiet: Deal, lea: Person, as_camille: Client) -> None:
    quiet.deal_people.all().delete()

    assert "there is nobody to write to" in as_camille.get(_to("goodbye", quiet.pk)).content.decode()
    assert as_camille.post(_to("say_goodbye", quiet.pk), {"by": "phone"}).status_code == 302
    assert Touch.objects.filter(deal=quiet, result="reached", channel="call", person=None).count() == 1


@pytest.mark.parametrize(("data", "code"), [
    ({"subject": "", "body": "x"}, "note_empty"),
    ({"subject": "x", "body": " "}, "note_empty"),
    ({"subject": "x", "body": "x", "outcome": "won"}, "unknown_outcome"),
    ({"subject": "x", "body": "x", "reason": "nonsense"}, "unknown_reason"),
])  # fmt: skip
def test_what_cannot_be_said_changes_nothing(quiet: Deal, camille: User, data: dict[str, str], code: str) -> None:
    with pytest.raises(RebondError) as error:
        say_goodbye(deal=quiet, by_mail=True, actor=camille, now=timezone.now(), **data)  # type: ignore[arg-type]

    quiet.refresh_from_db()
    assert error.value.code == code
    assert quiet.is_open
    assert not Goodbye.objects.exists()


# ---- the draft


@pytest.mark.parametrize("variant", range(4))
@pytest.mark.parametrize(("language", "word"), [("fr", "un mot suffit"), ("en", "one word is enough")])
def test_it_is_written_in_the_person_s_language(
    quiet: Deal, lea: Person, camille: User, language: str, word: str, variant: int
) -> None:
    lea.language = language
    written = draft_goodbye(quiet, lea, camille, variant=variant)

    assert written.language == language
    assert word in written.body.lower()
    assert "Léa" in written.body
    assert written.body.endswith("Camille")
    assert not set("{}[]") & set(written.subject + written.body)


def test_without_a_language_of_theirs_it_is_the_seller_s(quiet: Deal, lea: Person, camille: User) -> None:
    lea.language, camille.language = "", "fr"

    assert draft_goodbye(quiet, lea, camille).language == "fr"


def test_another_wording_is_another(quiet: Deal, as_camille: Client) -> None:
    first, second = (as_camille.get(_to("goodbye", quiet.pk), {"draft": n}).content.decode() for n in ("0", "1"))

    assert "I will stop writing; the door stays open" in first
    assert "Closing this kindly" in second
    assert as_camille.get(_to("goodbye", quiet.pk), {"draft": "²"}).status_code == 200


# ---- "no, because"


def test_kept_and_asked_six_weeks_later(quiet: Deal, as_camille: Client, camille: User) -> None:
    as_camille.post(_to("keep_on", quiet.pk), {"because": "The board meets in May"})
    kept, now = Objection.objects.get(), timezone.now()
    assert kept.chance == pytest.approx(0.3 * 0.5**7)
    assert kept.ask_on == timezone.localdate() + timedelta(days=42)
    prices = price_list()
    assert candidates(user=camille, now=now, prices=prices) == []

    later = now + timedelta(days=43)
    asked = candidates(user=camille, now=later, prices=prices)
    assert [(one.key, one.price, one.weight) for one in asked] == [(f"worth.right:{kept.pk}", None, 2)]
    item = filled(user=camille, now=later, candidates=asked)[0]
    assert (item.who, item.verb) == ("Optima Conseil", "Who was right?")

    as_camille.post(_to("settle_objection", kept.pk), {"right": "open"})
    kept.refresh_from_db()
    assert (kept.right, kept.settled_at, kept.ask_on) == ("open", None, timezone.localdate() + timedelta(days=42))
    as_camille.post(_to("settle_objection", kept.pk), {"right": "seller"})
    kept.refresh_from_db()
    assert kept.right == "seller"
    assert kept.settled_at is not None
    assert as_camille.post(_to("settle_objection", kept.pk), {"right": "list"}).status_code == 409


def test_three_more_contacts_ask_sooner(quiet: Deal, camille: User) -> None:
    now = timezone.now()
    keep_on(deal=quiet, because="I know her", going=None, today=now.date(), actor=camille, now=now)
    for day in (1, 2, 3):
        assert candidates(user=camille, now=now + timedelta(days=5), prices=price_list()) == []
        make_touch(quiet, at=now + timedelta(days=day))

    assert [one.kind for one in candidates(user=camille, now=now + timedelta(days=5), prices=price_list())] == [
        "worth.right"
    ]


@pytest.mark.parametrize(("outcome", "right"), [
    ("won", "seller"), ("lost", "list"), ("no_decision", "list"), ("duplicate", "open"),
])  # fmt: skip
def test_the_end_of_the_deal_answers_by_itself(quiet: Deal, camille: User, outcome: str, right: str) -> None:
    now = timezone.now()
    kept = keep_on(deal=quiet, because="I know her", going=None, today=now.date(), actor=camille, now=now)

    event = closing.close(
        deal=quiet, outcome=outcome, reasons=[ReasonGiven("not_known_yet")] if outcome != "won" else [],
        actor=camille, source="screen", now=now,
    )  # fmt: skip

    kept.refresh_from_db()
    assert (kept.right, kept.settled_at) == (right, event.recorded_at)
    closing.reopen(deal=quiet, actor=camille, now=timezone.now())
    kept.refresh_from_db()
    assert (kept.right, kept.settled_at) == ("", None)


def test_it_is_kept_once_and_with_a_reason(quiet: Deal, as_camille: Client) -> None:
    assert as_camille.post(_to("keep_on", quiet.pk), {"because": "  "}).status_code == 400
    assert as_camille.post(_to("keep_on", quiet.pk), {"because": "I know her"}).status_code == 302
    assert as_camille.post(_to("keep_on", quiet.pk), {"because": "I know her"}).status_code == 409
    assert Objection.objects.count() == 1


def test_an_answer_that_is_none_changes_nothing(quiet: Deal, camille: User) -> None:
    now = timezone.now()
    kept = keep_on(deal=quiet, because="I know her", going=None, today=now.date(), actor=camille, now=now)

    with pytest.raises(RebondError) as error:
        settle(objection=kept, right="both", today=now.date(), actor=camille, now=now)

    assert error.value.code == "unknown_answer"
    assert Objection.objects.get().right == ""


# ---- Today


def test_it_is_one_minute_of_today_and_says_what_it_would_waste(quiet: Deal, camille: User) -> None:
    found = candidates(user=camille, now=timezone.now(), prices=price_list())

    assert [(one.key, one.minutes) for one in found] == [(f"worth.goodbye:{quiet.pk}", 1)]
    assert found[0].price is not None
    assert found[0].price.hi80 < 0
    item = filled(user=camille, now=timezone.now(), candidates=found)[0]
    assert (item.who, item.company, item.verb) == ("Optima Conseil", "Léa Moreau", "Close it kindly")
    assert item.why == "7 follow-ups unanswered"


def test_at_most_twenty_a_day_in_as_many_queries_as_one(camille: User) -> None:
    now, prices = timezone.now(), price_list()
    talk(camille, "Firm 0", now=now)
    with CaptureQueriesContext(connection) as one:
        filled(user=camille, now=now, candidates=candidates(user=camille, now=now, prices=prices))
    for number in range(1, 25):
        talk(camille, f"Firm {number}", now=now)
    with CaptureQueriesContext(connection) as many:
        items = filled(user=camille, now=now, candidates=candidates(user=camille, now=now, prices=prices))

    assert (len(items), len(many)) == (20, len(one))


# ---- every door


@dataclass(frozen=True)
class Door:
    """Method, whose key it takes, what a teammate and an outsider are told."""

    method: str
    of: str
    teammate: int = 403
    outsider: int = 404


DOORS = {
    "goodbye": Door("get", "deal"), "say_goodbye": Door("post", "deal"), "keep_on": Door("post", "deal"),
    "undo_goodbye": Door("post", "goodbye"), "settle_objection": Door("post", "objection"),
}  # fmt: skip


@pytest.fixture
def keys(quiet: Deal, camille: User) -> dict[str, int]:
    now = timezone.now()
    other = talk(camille, "Delta Pneus", email="d@delta.example", now=now)
    said = say_goodbye(deal=other, **NOTE, by_mail=True, actor=camille, now=now)
    third = talk(camille, "Cabinet Roux", email="r@roux.example", now=now)
    kept = keep_on(deal=third, because="I know her", going=None, today=now.date(), actor=camille, now=now)
    return {"deal": quiet.pk, "goodbye": said.pk, "objection": kept.pk}


@pytest.mark.parametrize("name", sorted(DOORS))
def test_every_door(
    keys: dict[str, int], as_camille: Client, as_yanis: Client, client: Client, camille: User, name: str
) -> None:
    from tests.factories import make_user

    door, path = DOORS[name], _to(name, keys[DOORS[name].of])
    client.force_login(make_user("Ines Petit", team=camille.team))
    for method in {"get", "post", "put", "delete"} - {door.method}:
        assert status(as_camille, method, path) == 405
    assert_signed_out_is_sent_to_sign_in(path, door.method)
    assert status(client, door.method, path) == door.teammate
    assert status(as_yanis, door.method, path) == door.outsider
    assert status(as_camille, door.method, _to(name, 999_999)) == 404


def test_who_leads_may_end_and_keep_for_the_team(keys: dict[str, int], as_nadia: Client, nadia: User) -> None:
    assert as_nadia.get(_to("goodbye", keys["deal"])).status_code == 200
    assert as_nadia.post(_to("say_goodbye", keys["deal"]), NOTE).status_code == 302
    assert Goodbye.objects.get(deal=keys["deal"]).by == nadia
    assert as_nadia.post(_to("undo_goodbye", keys["goodbye"])).status_code == 302
    assert as_nadia.post(_to("settle_objection", keys["objection"]), {"right": "list"}).status_code == 403


def test_before_anything_is_learnt_it_says_so_and_offers_the_note(camille: User, as_camille: Client) -> None:
    deal = talk(camille, now=timezone.now())

    page = as_camille.get(_to("goodbye", deal.pk)).content.decode()

    assert "It is your call." in page or "your call" in page
    assert "one word is enough" in page


# ---- a person leaves


def test_an_erased_person_is_in_no_goodbye_and_in_no_reason_to_go_on(
    quiet: Deal, lea: Person, camille: User, admin_user: User
) -> None:
    """Their copy holds the note; erased, it says nothing any more, nor does the mail to an address they had before."""
    now = timezone.now()
    keep_on(deal=quiet, because="Léa Moreau asked for June", going=None, today=now.date(), actor=camille, now=now)
    said = say_goodbye(deal=quiet, **NOTE, by_mail=True, actor=camille, now=now)
    copy = copy_of(lea, None, now)["kept"]["goodbyes"]
    assert [(one["subject"], one["body"]) for one in copy] == [(NOTE["subject"], NOTE["body"])]
    lea.email = "lea@elsewhere.example"
    lea.save()

    erase_person(person=lea, typed="Léa Moreau", actor=admin_user, now=now)

    said.refresh_from_db()
    assert (said.subject, said.body, said.language) == ("", "", "")
    assert "Léa" not in Objection.objects.get().because
    assert "Léa" not in Message.objects.get(key=said.message_key).text


def test_a_note_leaves_for_whom_it_was_written_to_and_for_nobody_else(
    quiet: Deal, lea: Person, as_camille: Client
) -> None:
    """Somebody else came to decide while the note was open: "Hello Léa" does not go to them."""
    page = as_camille.get(_to("goodbye", quiet.pk)).content.decode()
    assert f'name="person" value="{lea.pk}"' in page
    quiet.deal_people.update(role="user")
    quiet.deal_people.create(person=make_person("Marc Roy", email="marc@optima.example"), role="decision_maker")

    answer = as_camille.post(_to("say_goodbye", quiet.pk), NOTE | {"person": str(lea.pk)})

    assert answer.status_code == 409
    assert not Message.objects.exists()
    assert Deal.objects.get(pk=quiet.pk).is_open
