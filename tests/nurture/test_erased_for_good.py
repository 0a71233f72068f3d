"""Somebody whom every room knows is erased: the whole database is read as text, and says nothing of them any more."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from rebond.accounts.models import User
from rebond.connect.csv.models import ImportRun
from rebond.deals.actions.indexing import index_people
from rebond.deals.models import Deal, Person
from rebond.learn.models import Mode, Response, Verbatim
from rebond.mail.actions import take_in, wishes
from rebond.mail.actions.basis import note_basis
from rebond.mail.addresses import fingerprint
from rebond.mail.boxes import mailbox
from rebond.mail.models import Mailbox, Message, Suppression
from rebond.mail.queries import suppressed
from rebond.mail.reading import Reading
from rebond.mail.rights.tokens import Holder
from rebond.nurture import actions
from rebond.nurture.models import Enrolment, Piece
from tests.connect.test_silent_addresses import imported, written
from tests.factories import make_closed_deal, make_person
from tests.learn.surveys import answer_all, invite, programme, send
from tests.mail.server import SmtpServer
from tests.nurture.conftest import SayNo, deliver

MAY = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)
NAME, ADDRESS, EARLIER, PHONE = "Hélène Marchetti", "helene@valmy.example", "h.m@old.example", "+33 6 12 34 56 78"
#: What she said or was told, each in a place of its own.
WORDS = (
    "quince-answer", "quince-private", "quince-away", "quince-shared", "quince-sealed", "quince-nameless",
    "quince-date", "quince-call", "quince-note", "quince-subject", "quince-earlier", "quince-basis",
)  # fmt: skip
HERS = (NAME, "Marchetti", "marchetti", ADDRESS, EARLIER, PHONE, "quince")


def everything() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows += [f"{table}: {json.dumps([str(value) for value in row], ensure_ascii=False)}" for row in cursor]
    return "\n".join(rows)


def told(box: Mailbox, kind: str, words: str, at: datetime, sender: str = ADDRESS, **more: object) -> None:
    values = {
        "message_id": f"{at.timestamp()}@mail.example", "from_address": sender, "from_name": NAME,
        "subject": f"Re: {words}", "references": (), "rule": "test", "sent_at": at,
    } | more  # fmt: skip
    reading = Reading(kind=kind, text=f"{words}. Call me.", **values)  # type: ignore[arg-type]
    assert take_in(mailbox=box, reading=reading, folder="INBOX", uidvalidity=1, uid=1, now=at) is not None


@pytest.fixture
def known(
    said_no: SayNo, camille: User, nadia: User, helene: Person, deal: Deal, post: SmtpServer, tmp_path: Path
) -> Person:
    helene.phone, helene.title = PHONE, "Head of sites"
    helene.save()
    index_people([helene])
    programme()
    _in_touch(said_no(), camille, helene)
    _answers(camille, helene)
    _earlier_address(helene, camille)
    _came(camille, helene)
    imported(written(tmp_path), nadia, "people")
    note_basis(
        person=helene, use="keep_in_touch", ground="consent", evidence=f"quince-basis, {NAME} at the fair",
        source="screen", obtained_at=MAY, actor=camille, now=MAY,
    )  # fmt: skip
    wishes.ask(holder=Holder(fingerprint(ADDRESS), "all"), what="erasure", now=MAY)
    return helene


def _in_touch(one: Enrolment, camille: User, helene: Person) -> None:
    piece = Piece.objects.create(
        title="Total cost", kind="article", language="en", summary="s", text="t", review_on=date(2027, 1, 1),
        created_at=MAY, updated_at=MAY,
    )  # fmt: skip
    actions.name_date(person=helene, kind="budget", on=date(2026, 9, 1), words="quince-date", actor=camille, now=MAY)
    actions.send_note(
        enrolment=one, subject="quince-subject", body=f"Hello {NAME}, quince-note", piece=piece, actor=camille, now=MAY
    )
    deliver(MAY + timedelta(seconds=11))
    actions.log_contact(
        person=helene, channel="call", direction="in", note=f"quince-call, says {NAME}", actor=None,
        now=MAY + timedelta(hours=1),
    )  # fmt: skip


def _answers(camille: User, helene: Person) -> None:
    for mode, words in ((Mode.SHARED, "shared"), (Mode.CONFIDENTIAL, "sealed"), (Mode.ANONYMOUS, "nameless")):
        _lost, event = make_closed_deal(owner=camille, name=f"Lost {words}", people={helene: "user"})
        invitation = invite(event, helene, mode=mode if mode == Mode.ANONYMOUS else Mode.CONFIDENTIAL)
        said = {"code": ["slow_response", "price_vs_alternative"], "words": f"quince-{words}", "shown": "0"}
        answer_all(invitation, {1: {"happened": "another", "competitor": "Nordvik"}, 2: said})
        assert send(invitation, mode, own_words="named").status_code == 303
        assert Response.objects.filter(mode=mode, is_final=True).count() == 1


def _came(camille: User, helene: Person) -> None:
    house, at = mailbox.house(now=MAY), MAY + timedelta(days=1)
    own = Mailbox.objects.create(address="camille@ours.example", owner=camille, created_at=MAY, updated_at=MAY)
    note = Message.objects.filter(purpose="nurture.note").earliest("pk")
    told(house, "human", "quince-answer", at, references=(note.message_id.strip("<>"),))
    told(own, "human", "quince-private", at + timedelta(hours=1))
    told(house, "out_of_office", "quince-away", at + timedelta(hours=2), return_on=date(2026, 6, 1))
    marc = make_person("Marc Delvaux", company=helene.company, email="marc@valmy.example")
    actions.begin(person=marc, owner=camille, actor=camille, now=MAY)
    told(
        house, "left", "gone", at + timedelta(hours=3), sender=marc.email, from_name="Marc", successor_name=NAME,
        successor_address=ADDRESS,
    )  # fmt: skip


def _earlier_address(helene: Person, camille: User) -> None:
    """A note reached her under an address that she has no more."""
    Person.objects.filter(pk=helene.pk).update(email=EARLIER)
    helene.refresh_from_db()
    june = MAY + timedelta(days=30)
    one = actions.begin(person=helene, owner=camille, actor=camille, now=june)
    actions.send_note(enrolment=one, subject="quince-subject", body="quince-earlier", actor=camille, now=june)
    deliver(june + timedelta(seconds=11))
    Person.objects.filter(pk=helene.pk).update(email=ADDRESS)
    helene.refresh_from_db()


def test_the_whole_database_and_its_files_say_nothing_of_somebody_who_was_erased(
    as_admin: Client, known: Person, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    before, file = everything(), ImportRun.objects.get().path
    assert [words for words in WORDS if words not in before] == []
    assert ADDRESS in file.read_text()
    with django_capture_on_commit_callbacks(execute=True):
        assert as_admin.post(f"/people/{known.pk}/erase", {"name": NAME}).status_code == 302

    found = [line for line in everything().splitlines() if any(word in line for word in HERS)]
    nameless = Verbatim.objects.get(text="quince-nameless")  # which nothing leads to her from
    assert nameless.response.invitation is None
    assert [line for line in found if "quince-nameless" not in line] == []
    assert len(found) == 1
    assert not file.exists()


def test_an_address_they_had_before_stays_silent_too_unless_somebody_else_has_it(
    as_admin: Client, known: Person, now: datetime
) -> None:
    as_admin.post(f"/people/{known.pk}/erase", {"name": NAME})
    erased = Suppression.objects.filter(why="erased", lifted_at=None).values_list("fingerprint", flat=True)
    assert set(erased) == {fingerprint(ADDRESS), fingerprint(EARLIER)}


def test_an_address_that_went_to_somebody_else_is_theirs(as_admin: Client, known: Person) -> None:
    make_person("Paul Roussel", email=EARLIER)
    as_admin.post(f"/people/{known.pk}/erase", {"name": NAME})
    assert suppressed([ADDRESS, EARLIER], "keep_in_touch") == {ADDRESS}


def test_a_copy_holds_what_went_to_an_address_they_had_before(as_admin: Client, known: Person) -> None:
    copy = as_admin.post(f"/people/{known.pk}/export").json()
    assert EARLIER in {row["recipient"] for row in copy["kept"]["mails_sent"]}
    assert "quince-sealed" not in json.dumps(copy)
