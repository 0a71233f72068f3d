"""What came in on a screen and on the command line: who sees that a mail came, and who reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import Team, User
from rebond.base.dates import show_day
from rebond.cli import main
from rebond.deals.models import Deal, DealPerson, Person
from rebond.jobs.models import Job
from rebond.mail import incoming
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Folder, Kind, Mailbox, Message, MessageStatus, Received, Suppression
from tests.factories import make_deal, make_person, make_user
from tests.mail import inbox_mails
from tests.mail.imap_server import PASSWORD, ImapServer
from tests.mail.inbox_mails import bounce, mailbox_of, raw, sent_note, take, understood, unknown
from tests.mail.server import SmtpServer
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _heard_nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(incoming, "_LISTENERS", [])
    yield
    inbox_mails.answered.clear()


@pytest.fixture
def today() -> datetime:
    """The screens say what came within thirty days of the real now."""
    return timezone.now()


@pytest.fixture
def answer(smtp_server: SmtpServer, deal: Deal, camille: User, today: datetime) -> Received:
    """Hélène's answer to a note of Camille's, which came to the installation's mailbox."""
    note = sent_note("note:1", today, sender=camille)
    got = take(understood("human", answers=note, sent_at=today - HOUR), today)
    assert got is not None
    return got


@pytest.fixture
def private(deal: Deal, camille: User, today: datetime) -> Received:
    """What Hélène wrote to Camille's own mailbox of her own accord."""
    box = mailbox_of(camille, "imap://us:x@127.0.0.1:9", today)
    got = take(understood("human", text="Between us: I am leaving.", subject="Between us", number=7), today, box=box)
    assert got is not None
    return got


def page(client: Client, path: str) -> str:
    shown = client.get(path)
    assert shown.status_code == 200
    return shown.content.decode()


def walks(pk: int) -> list[tuple[str, str]]:
    return [("get", "/inbox"), ("get", f"/inbox/{pk}"), ("post", f"/inbox/{pk}/correct"), ("post", "/inbox/read")]


# ---- who sees what


def test_an_answer_is_read_by_its_seller_her_manager_and_an_administrator_and_not_by_another_team(
    answer: Received, as_camille: Client, as_nadia: Client, as_admin: Client, as_yanis: Client
) -> None:
    for client in (as_camille, as_nadia, as_admin):
        assert "Hélène Marchetti" in page(client, "/inbox")
        assert "let us talk in June" in page(client, f"/inbox/{answer.pk}")
    assert "Hélène Marchetti" not in page(as_yanis, "/inbox")
    assert status(as_yanis, "get", f"/inbox/{answer.pk}") == 404
    assert status(as_yanis, "post", f"/inbox/{answer.pk}/correct") == 404


def test_whoever_sent_the_note_reads_the_answer_whatever_team_the_person_belongs_to(
    smtp_server: SmtpServer, deal: Deal, yanis: User, as_yanis: Client, today: datetime
) -> None:
    note = sent_note("note:2", today, sender=yanis)
    got = take(understood("human", answers=note), today)
    assert got is not None
    assert "let us talk in June" in page(as_yanis, f"/inbox/{got.pk}")


def test_what_came_to_a_seller_s_own_mailbox_by_itself_is_read_by_the_seller_alone(
    private: Received, as_camille: Client, as_nadia: Client, as_admin: Client, as_yanis: Client
) -> None:
    assert "Between us" in page(as_camille, "/inbox")
    assert "I am leaving" in page(as_camille, f"/inbox/{private.pk}")
    for client in (as_nadia, as_admin):
        assert "Only Camille Aubry reads it." in page(client, "/inbox")
        shown = page(client, "/inbox") + page(client, f"/inbox/{private.pk}")
        assert "Between us" not in shown
        assert "I am leaving" not in shown
        assert status(client, "post", f"/inbox/{private.pk}/correct") == 403
    assert status(as_yanis, "get", f"/inbox/{private.pk}") == 404
    private.refresh_from_db()
    assert private.corrected_kind == ""


def test_the_walk(answer: Received, as_camille: Client) -> None:
    for method, path in walks(answer.pk):
        assert_signed_out_is_sent_to_sign_in(path, method)
        assert_wrong_method(as_camille, path, method)
    for method, path in walks(999_999)[1:3]:
        assert status(as_camille, method, path) == 404
    answer.refresh_from_db()
    assert answer.corrected_kind == ""


# ---- what they say


def test_the_list_begins_with_a_finding_and_says_of_each_what_followed(
    answer: Received, as_admin: Client, today: datetime
) -> None:
    note = answer.answers
    back = (today + timedelta(days=9)).date()
    take(understood("out_of_office", answers=note, number=2, return_on=back), today)
    take(understood("left", answers=note, number=3, successor_name="Marc Delvaux"), today)
    take(bounce("bounce_soft", answers=note, status="4.2.2", number=4), today)
    shown = page(as_admin, "/inbox")
    assert "4 mails in 30 days: 1 by people, 2 automatic, 1 came back." in shown
    assert f"There again on {show_day(back)}." in shown
    assert "Marc Delvaux took over." in shown
    take(understood("other", answers=note, number=5), today)
    assert "1 came back, 1 something else." in page(as_admin, "/inbox")
    only = page(as_admin, "/inbox?kind=left")
    assert "Marc Delvaux took over." in only
    assert "There again on" not in only
    assert "Nothing of this kind" in page(as_admin, "/inbox?kind=complaint")
    assert page(as_admin, "/inbox?kind=nonsense").count("data-row") == 5


def test_an_empty_inbox_says_what_will_stand_there(as_camille: Client) -> None:
    shown = page(as_camille, "/inbox")
    assert "Nothing came in yet" in shown
    assert "in 30 days" not in shown


def test_what_somebody_wrote_is_shown_and_never_run(answer: Received, as_admin: Client) -> None:
    Received.objects.filter(pk=answer.pk).update(
        text="<script>alert(1)</script>", subject="<b>x</b>", from_name="<i>y</i>"
    )
    shown = page(as_admin, "/inbox") + page(as_admin, f"/inbox/{answer.pk}")
    assert "<script>alert" not in shown
    assert "&lt;b&gt;x" in shown


def test_a_mailbox_that_cannot_be_read_is_said_in_words(as_admin: Client, as_camille: Client, today: datetime) -> None:
    box = Mailbox.objects.create(is_house=True, address="us@ours.example", created_at=today, updated_at=today)
    zoe = make_user("Zoé Z", team=None)
    other = Mailbox.objects.create(owner=zoe, address="zoe@x.example", created_at=today, updated_at=today)
    for one in (box, other):
        Folder.objects.create(mailbox=one, name="INBOX", read_at=today, problem="login: [AUTH] no", problem_since=today)
    shown = page(as_admin, "/inbox")
    assert shown.count("did not accept the name or the password") == 2
    assert "[AUTH] no" in shown
    assert page(as_camille, "/inbox").count("did not accept the name or the password") == 1


def test_what_could_not_be_followed_says_so(answer: Received, as_admin: Client) -> None:
    Received.objects.filter(pk=answer.pk).update(followed_at=None)
    assert "Not finished: something broke on our side." in page(as_admin, "/inbox")


# ---- what they do


def test_a_person_says_that_it_is_something_else(
    answer: Received, as_camille: Client, camille: User, client: Client
) -> None:
    done = as_camille.post(f"/inbox/{answer.pk}/correct", {"kind": "stop"}, follow=True)
    assert "What follows from it was done again your way." in done.content.decode()
    answer.refresh_from_db()
    assert (answer.kind, answer.meant, answer.corrected_by) == ("human", "stop", camille)
    assert Suppression.objects.filter(fingerprint=fingerprint("helene@valmy.example"), lifted_at=None).exists()
    assert "Asks for silence, Camille Aubry" in " ".join(done.content.decode().split())
    assert as_camille.post(f"/inbox/{answer.pk}/correct", {"kind": "x"}).status_code == 400


def test_read_now_reads_what_concerns_whoever_asks(
    imap_server: ImapServer, camille: User, as_camille: Client, as_admin: Client, as_yanis: Client, today: datetime
) -> None:
    own = mailbox_of(camille, imap_server.url, today)
    assert "Being read now" in as_yanis.post("/inbox/read", follow=True).content.decode()
    house = Mailbox.objects.get(is_house=True)
    assert asked() == {house.pk}
    as_camille.post("/inbox/read")
    assert asked() == {house.pk, own.pk}
    as_admin.post("/inbox/read")
    assert asked() == {house.pk, own.pk}


def test_read_now_without_a_mailbox_says_what_to_do(as_camille: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.CONFIG, "inbox_url", "")
    assert "No mailbox is read here yet" in as_camille.post("/inbox/read", follow=True).content.decode()
    assert asked() == set()


def asked() -> set[int]:
    return {job.kwargs["mailbox_id"] for job in Job.objects.filter(name__endswith="read_inbox")}


@pytest.fixture
def thousand(camille: User, north: Team, today: datetime) -> None:
    """A thousand answers of a thousand people, to notes of Camille's."""
    box = Mailbox.objects.create(is_house=True, address="us@ours.example", created_at=today, updated_at=today)
    deals = [make_deal(f"Deal {n}", owner=camille) for n in range(3)]
    rows = []
    for n in range(1_000):
        person = make_person(f"Person {n}", email=f"p{n}@valmy.example")
        if n < 50:
            DealPerson.objects.create(deal=deals[n % 3], person=person, role="user")
        rows.append(
            Received(mailbox=box, message_id=f"m{n}", from_address=person.email, subject=f"S {n}", sent_at=today,
                     received_at=today - timedelta(minutes=n), kind=Kind.HUMAN if n % 3 else Kind.AUTO_REPLY,
                     person=person, followed_at=today, reading={"rule": "test"})
        )  # fmt: skip
    Received.objects.bulk_create(rows)


@pytest.mark.parametrize("path", ["/inbox", "/inbox?page=15", "/inbox?kind=human"])
def test_a_thousand_mails_take_at_most_fifteen_queries(
    as_camille: Client,
    as_admin: Client,
    thousand: None,
    path: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for client in (as_camille, as_admin):
        client.get(path)
        with django_assert_max_num_queries(15):
            shown = client.get(path)
        assert shown.status_code == 200
        assert len(shown.context["page"]) > 0
        assert len(shown.content) < 150_000


# ---- the command line


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["inbox", *words])
    return code, capsys.readouterr().out


def test_the_command_reads_lists_and_shows(
    smtp_server: SmtpServer,
    imap_server: ImapServer,
    helene: Person,
    today: datetime,
    capsys: pytest.CaptureFixture[str],
) -> None:
    note = sent_note("note:1", today)
    imap_server.deliver(raw(answers=note, text="Call me."), at=today - HOUR)
    code, out = told(capsys, "read", "--json")
    assert code == 0
    (box,) = json.loads(out)["mailboxes"]
    assert (box["seen"], box["kept"], box["problem"]) == (1, 1, None)

    code, out = told(capsys, "list", "--json", "--kind", "human")
    listed = json.loads(out)
    assert (code, listed["total"]) == (0, 1)
    (line,) = listed["received"]
    assert (line["text"], line["answers"], line["person"]) == ("Call me.", "note:1", "Hélène Marchetti")
    code, out = told(capsys, "show", str(line["id"]))
    assert code == 0
    assert "Call me." in out
    assert told(capsys, "show", "999999")[0] == 2
    assert "human" in told(capsys, "list")[1]


def test_the_command_keeps_a_seller_s_own_mail_to_the_seller(
    private: Received, nadia: User, camille: User, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("list",), ("list", "--json"), ("show", str(private.pk)), ("show", str(private.pk), "--json")):
        code, out = told(capsys, *words, "--as", nadia.email)
        assert code == 0
        assert "etween us" not in out
        assert "etween us" in told(capsys, *words, "--as", camille.email)[1]


def test_the_command_settles_by_the_sent_folder_and_says_what_stays_unknown(
    smtp_server: SmtpServer, imap_server: ImapServer, today: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    left = unknown("note:1", today - HOUR)
    unknown("note:2", today - HOUR)
    imap_server.deliver(raw(Message_ID=left.message_id), at=today - HOUR, folder="Sent")
    code, out = told(capsys, "resolve", "--json")
    (box,) = json.loads(out)["mailboxes"]
    assert (code, box["found_in_sent"], box["unknown"]) == (0, 1, 1)
    assert Message.objects.get(pk=left.pk).status == MessageStatus.ASSUMED_SENT


def test_the_command_says_that_a_mailbox_cannot_be_read(
    imap_server: ImapServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(settings.CONFIG, "inbox_url", imap_server.url.replace(PASSWORD, "wrong"))
    code, out = told(capsys, "read")
    assert code == 2
    assert "login" in out
    monkeypatch.setattr(settings.CONFIG, "inbox_url", "")
    assert "no mailbox is read here" in told(capsys, "read")[1]
