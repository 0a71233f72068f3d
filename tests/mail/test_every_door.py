"""Every address of mail, of the library and of a person's rights, for everybody who might try it; none left out.

Staying in touch has a table of its own (tests/nurture/test_every_door.py), as asking and learning have.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import Team, User
from rebond.deals.models import Person
from rebond.loop.urls import urlpatterns as of_loop
from rebond.mail.actions import halt, note_basis, plan_message, suppress
from rebond.mail.models import Mailbox, Received
from rebond.mail.urls import urlpatterns as of_mail
from rebond.nurture.models import ContentWish, Piece
from rebond.nurture.urls import urlpatterns as of_nurture
from tests.factories import make_closed_deal, make_user
from tests.learn.test_every_door import ADMINS, ALL, ROLES, Door, address, ask
from tests.walks import OTHER

pytestmark = pytest.mark.django_db
#: Whoever sees the person; who leads; a manager reads what an administrator changes; the owner and who leads.
#: 400 stands for who is let in with a form that is not complete.
TEAM, LEADS = (200, 200, 404, 200, 200), (403, 403, 403, 200, 200)
OWNER, ADMIN_DOES = (200, 404, 404, 404, 200), (404, 404, 404, 403, 302)
MINE_OR_LEADS, WRITES = (200, 403, 403, 200, 200), (302, 403, 403, 302, 302)
PIECE = {"title": "T", "kind": "article", "language": "en", "summary": "S", "text": "Words"}
DOORS = [
    Door("mail:outbox", "get", ADMINS, only=True),
    Door("mail:message", "get", ADMINS, ("message",), only=True),
    Door("mail:resolve", "post", (403, 403, 403, 403, 409), ("message",), {"decision": "delivered"}, only=True),
    Door("mail:cancel", "post", (403, 403, 403, 403, 302), ("message",), only=True),
    Door("mail:halt", "post", (403, 403, 403, 403, 302), data={"covers": "cadence"}, only=True),
    Door("mail:lift_halt", "post", (403, 403, 403, 403, 302), ("halt",), only=True),
    Door("mail:mailboxes", "get", ADMINS, only=True),
    Door("mail:my_mailbox", "get", ALL),
    Door("mail:my_mailbox", "post", ALL, data={"address": "no address"}),
    Door("mail:mailbox", "get", OWNER, ("box",)),
    Door("mail:check_mailbox", "post", (400, 404, 404, 404, 400), ("box",), only=True),
    Door("mail:resume_mailbox", "post", (400, 404, 404, 404, 400), ("box",), only=True),
    Door("mail:inbox", "get", ALL, only=True),
    Door("mail:read_now", "post", (302, 302, 302, 302, 302), only=True),
    Door("mail:received", "get", TEAM, ("received",), only=True),
    Door("mail:correct", "post", (302, 403, 404, 403, 403), ("received",), {"kind": "other"}, only=True),
    Door("mail:silence", "get", LEADS),
    Door("mail:silence", "post", (403, 403, 403, 403, 302), data={"address": "a@b.example", "scope": "all"}),
    Door("mail:lift_silence", "post", ADMIN_DOES, ("silence",), only=True),
    Door("mail:add_basis", "post", (400, 400, 404, 400, 400), ("person",), {"ground": "consent"}, only=True),
    Door("mail:withdraw_basis", "post", (302, 302, 404, 302, 302), ("basis",), only=True),
    Door("mail:interest", "get", LEADS),
    Door("mail:interest", "post", (403, 403, 403, 403, 400)),
    Door("nurture:library", "get", ALL, only=True),
    Door("nurture:new_piece", "get", ALL),
    Door("nurture:new_piece", "post", ALL),
    Door("nurture:starters", "post", (302, 302, 302, 302, 302), only=True),
    Door("nurture:gaps", "get", ALL, only=True),
    Door("nurture:plan", "get", (302, 302, 302, 302, 302)),
    Door("nurture:plan", "post", (404, 404, 404, 404, 404), data={"reason": "no such reason"}),
    Door("nurture:plan_done", "post", WRITES, ("wish",), only=True),
    Door("nurture:templates", "get", ALL, only=True),
    Door("nurture:template", "get", ALL, ("template", "language")),
    Door(
        "nurture:template", "post", (403, 403, 403, 400, 400), ("template", "language"),
        {"do": "reset", "whose": "everybody"},
    ),
    Door("nurture:piece", "get", ALL, ("piece",), only=True),
    Door("nurture:edit_piece", "get", MINE_OR_LEADS, ("piece",)),
    Door("nurture:edit_piece", "post", MINE_OR_LEADS, ("piece",)),
    Door("nurture:retire", "post", WRITES, ("piece",), only=True),
    Door("nurture:reviewed", "post", WRITES, ("piece",), only=True),
    Door("loop:privacy", "get", TEAM, ("person",), only=True),
    Door("loop:export_person", "post", (403, 403, 404, 200, 200), ("person",), only=True),
    Door("loop:erase_person", "post", (403, 403, 404, 403, 302), ("person",), {"name": "Hélène Marchetti"}, only=True),
]  # fmt: skip
#: Without sign-in: the link is the key (test_preferences, test_library_files).
BY_LINK = {"mail:preferences", "mail:stop", "nurture:public_file"}


@pytest.fixture
def people(camille: User, nadia: User, yanis: User, admin_user: User, north: Team) -> dict[str, User]:
    teammate = make_user("Tom Teammate", team=north)
    return {"seller": camille, "teammate": teammate, "outsider": yanis, "manager": nadia, "admin": admin_user}


@pytest.fixture
def made(people: dict[str, User], helene: Person) -> dict[str, Any]:
    """What Camille has: a customer, a mailbox with a mail that came by itself, a piece; and what administrators see."""
    seller, now = people["seller"], timezone.now()
    make_closed_deal(owner=seller, company=helene.company, people={helene: "user"})
    box = Mailbox.objects.create(address="camille@ours.example", owner=seller, created_at=now, updated_at=now)
    received = Received.objects.create(
        mailbox=box, message_id="own@valmy.example", from_address=helene.email, text="Between us", sent_at=now,
        received_at=now, kind="human", person=helene, followed_at=now,
    )  # fmt: skip
    piece = Piece.objects.create(owner=seller, review_on=date(2027, 1, 1), created_at=now, updated_at=now, **PIECE)
    wish = ContentWish.objects.create(owner=seller, title="T", reason="timing", language="en", kind="case", at=now)
    mail = plan_message(
        key="learn.digest:1:2026-06", purpose="learn.digest", recipient="c@rebond.example", actor=None, now=now,
        send_at=now + timedelta(days=1),
    )  # fmt: skip
    basis = note_basis(
        person=helene, use="keep_in_touch", ground="consent", evidence="at the fair", source="screen", obtained_at=now,
        actor=None, now=now,
    )  # fmt: skip
    silence = suppress(address="a@b.example", scope="all", why="operator", source="screen", actor=None, now=now)
    stop = halt(covers="everything", because="operator", actor=None, now=now)
    return {
        "message": mail.pk, "halt": stop.pk, "box": box.pk, "received": received.pk, "silence": silence.pk,
        "person": helene.pk, "basis": basis.pk, "piece": piece.pk, "wish": wish.pk, "template": "price",
        "language": "en",
    }  # fmt: skip


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_each_role_is_let_in_or_not(door: Door, people: dict[str, User], made: dict[str, Any]) -> None:
    path, found = address(door, made), []
    for role in ROLES:
        client = Client()
        client.force_login(people[role])
        found.append(ask(client, door, path, door.method))
        if door.only:
            assert ask(client, door, path, OTHER[door.method]) == 405
    assert tuple(found) == door.expected
    signed_out = getattr(Client(), door.method)(path)
    assert (signed_out.status_code, signed_out["Location"][:15]) == (302, "/account/login/")


def test_no_address_is_left_out() -> None:
    there = {f"mail:{one.name}" for one in of_mail}
    there |= {f"nurture:{one.name}" for one in of_nurture if not str(one.pattern).startswith("keep")}
    there |= {f"loop:{one.name}" for one in of_loop if str(one.pattern).startswith("people/")}
    assert there - BY_LINK == {door.name for door in DOORS}


def test_words_that_are_one_colleague_s_are_shown_to_nobody_else_at_any_door(
    people: dict[str, User], made: dict[str, Any]
) -> None:
    for role in ROLES:
        client = Client()
        client.force_login(people[role])
        shown = [client.get(reverse("mail:received", args=[made["received"]])).text, client.get("/inbox").text]
        assert any("Between us" in page for page in shown) == (role == "seller")


def test_nobody_reads_another_s_mailbox_at_the_address_of_one_s_own(
    people: dict[str, User], made: dict[str, Any]
) -> None:
    for role in ROLES:
        client = Client()
        client.force_login(people[role])
        page = client.get(reverse("mail:my_mailbox")).text
        assert ("camille@ours.example" in page) == (role == "seller")
