"""Asking buyers on a screen: what leaves next, who answered and who is unheard, who may read what."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond import cli
from rebond.accounts.models import AuditEntry, Team, User
from rebond.deals.models import CloseEvent, Deal, Outcome, Person
from rebond.learn.actions import ReasonGiven, assert_reasons
from rebond.learn.feedback.tokens import token_of
from rebond.learn.models import FeedbackReason, Invitation, Mode, Response, Verbatim
from rebond.learn.queries.feedback import health
from rebond.loop.queries import nav_counts
from rebond.mail.models import Message
from tests.factories import make_closed_deal, make_deal, make_person, make_touch, make_user
from tests.learn.surveys import answer_all, invite, send
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

SECRET = "They never called back"


def text(page: Any) -> str:
    return str(page.content.decode())


def end(owner: User, outcome: str = Outcome.LOST, *, days_ago: int = 30, source: str = "screen") -> CloseEvent:
    """A deal that ended ``days_ago``."""
    at = timezone.now() - timedelta(days=days_ago)
    deal, _imported = make_closed_deal(outcome, owner=owner, closed_at=at, segment="Lifts")
    CloseEvent.objects.filter(deal=deal)._raw_delete("default")  # type: ignore[attr-defined]
    return CloseEvent.objects.create(deal=deal, outcome=outcome, closed_at=at, recorded_at=at, source=source)


@pytest.fixture
def planned(as_camille: Client, nadia: User, deal: Deal) -> Invitation:
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "timing"})
    return Invitation.objects.get()


@pytest.fixture
def read_by_admin(camille: User, admin_user: User, helene: Person) -> Response:
    """Hélène answered in confidence; Alix alone may read it."""
    invitation = invite(end(camille), helene, reader=admin_user, status="answered", answered_on=timezone.localdate())
    response = Response.objects.create(
        invitation=invitation, is_final=True, happened="another", involved=4, helped=0, submitted_at=timezone.now()
    )
    FeedbackReason.objects.create(response=response, code="slow_response", place=1)
    Verbatim.objects.create(response=response, asked="own_words", text=SECRET, language="en", consent="anonymous")
    return response


def answer_path(response: Response) -> str:
    return f"/feedback/answers/{response.invitation_id}"


# What leaves next -------------------------------------------------------------------------------------------------


def test_two_days_before_it_goes_it_is_there_word_for_word(
    as_camille: Client, as_nadia: Client, planned: Invitation
) -> None:
    assert list(as_camille.get("/feedback").context["soon"]) == []
    assert [row.pk for row in as_camille.get("/feedback").context["later"]] == [planned.pk]
    Invitation.objects.update(send_at=timezone.now() + timedelta(hours=47))
    page = as_nadia.get("/feedback")
    assert [row.pk for row in page.context["soon"]] == [planned.pk]
    assert "in your name" in text(page)
    mail = text(as_camille.get(f"/feedback/{planned.pk}"))
    assert "What decided it for you" in mail
    assert "Nadia Belkacem" in mail
    assert "Decides" in mail
    assert f"{planned.delay_days} days after the close" in mail


def test_the_personal_link_is_shown_to_nobody(as_nadia: Client, as_admin: Client, planned: Invitation) -> None:
    for client in (as_nadia, as_admin):
        for path in ("/feedback", f"/feedback/{planned.pk}"):
            assert token_of(planned.nonce) not in text(client.get(path))
    assert "/s/sample" in text(as_nadia.get(f"/feedback/{planned.pk}"))
    assert Client().get("/s/sample").status_code == 404
    assert not Response.objects.exists()


def test_the_sender_finds_one_item_on_their_list(as_nadia: Client, nadia: User, planned: Invitation) -> None:
    now = timezone.now()
    assert "in your name" not in text(as_nadia.get("/today"))
    before = nav_counts(nadia, now=now)["today"]
    Invitation.objects.update(send_at=now + timedelta(hours=20))
    luc = make_person("Luc", email="luc@x.example")
    invite(planned.close_event, luc, status="planned", sender=nadia, send_at=now + timedelta(hours=30))
    items = [item for item in as_nadia.get("/today").context["listed"].items if item.key.startswith("learn.inv")]
    assert [str(item.verb) for item in items] == ["2 questions to buyers leave"]
    assert items[0].main.url == "/feedback"
    assert nav_counts(nadia, now=now)["today"] == before + 1


@pytest.mark.parametrize("state", ["sent", "answered", "excluded", "failed"])
def test_each_state_has_its_own_words_and_no_form(as_nadia: Client, planned: Invitation, state: str) -> None:
    Invitation.objects.update(status=state, sent_at=timezone.now(), excluded_because="legal")
    page = as_nadia.get(f"/feedback/{planned.pk}")
    assert page.status_code == 200
    assert "/exclude" not in text(page)
    assert page.context["mail"] is None


# Who is unheard ---------------------------------------------------------------------------------------------------


@pytest.fixture
def a_year(camille: User, nadia: User, helene: Person) -> None:
    """Twelve noes: nine asked, three answered; one planned, one left out, one before. Two wins; one import."""
    now = timezone.now()
    for n in range(9):
        event, person = end(camille), make_person(f"P{n}", email=f"p{n}@x.example")
        done = {"status": "answered", "answered_on": timezone.localdate() + timedelta(days=n)} if n < 3 else {}
        invite(event, person, delay_days=(4, 10, 20)[n % 3], sent_at=now, **done)
        assert_reasons(
            close_event=event, reasons=[ReasonGiven("not_known_yet" if n else "timing")], actor=camille, now=now
        )
    invite(end(camille), helene, status="planned", sent_at=None)
    invite(end(camille), None, status="excluded", excluded_because="no_contact", sent_at=None)
    end(camille)
    end(camille, source="import")
    for n in range(2):
        invite(end(camille, Outcome.WON), make_person(f"W{n}", email=f"w{n}@x.example"))
    invite(CloseEvent.objects.earliest("pk"), helene, status="excluded", excluded_because="legal", excluded_by=nadia)


def test_the_headline_counts_whom_nobody_heard(as_camille: Client, a_year: None) -> None:
    page = as_camille.get("/feedback")
    found = page.context["health"]
    assert "9 of 12 noes asked, 3 answered, 9 unheard" in text(page)
    assert found.noes.as_json() == {
        "closed": 12, "asked": 9, "answered": 3, "unheard": 9, "planned": 1, "left_out": 1, "before": 1,
    }  # fmt: skip
    assert (found.wins.closed, found.wins.asked, found.imported, found.eligible) == (2, 2, 1, 14)
    assert found.excluded == (("legal", 1), ("no_contact", 1))
    assert found.by_hand == (("Nadia Belkacem", "legal", 1),)
    assert (found.overall.invited, found.overall.delivered, found.overall.answered) == (12, 11, 3)
    assert [(part.name, part.answered, part.delivered) for part in found.by_outcome] == [("lost", 3, 9), ("won", 0, 2)]
    assert [(part.name, part.answered, part.delivered) for part in found.by_delay] == [
        ("2-7", 1, 5), ("8-14", 1, 3), ("15-60", 1, 3),
    ]  # fmt: skip
    assert (found.not_known.k, found.not_known.n) == (8, 9)
    assert "never asked about" in text(page)


def test_the_unheard_are_drawn_grey_and_hatched(as_camille: Client, a_year: None) -> None:
    finding = as_camille.get("/feedback").context["headline"]
    assert finding.key == "asking.unheard"
    squares = finding.picture.split("</svg>")[0]
    assert [squares.count(f'class="p-{fill}"') for fill in ("solid", "hatched", "dashed")] == [3, 6, 3]


@pytest.mark.parametrize(("show", "how_many"), [("answered", 3), ("asked", 6), ("unasked", 3)])
def test_each_figure_of_the_headline_opens_its_deals(
    as_camille: Client, as_yanis: Client, a_year: None, show: str, how_many: int
) -> None:
    picture = as_camille.get("/feedback").context["headline"].picture
    path = next(part for part in picture.replace("&amp;", "&").split('"') if part.startswith(f"?show={show}&"))
    page = as_camille.get(f"/feedback{path}")
    assert len(page.context["page"]) == how_many
    assert ("closed before buyers were asked" in text(page)) == (show == "unasked")
    assert len(as_yanis.get(f"/feedback{path}").context["page"]) == 0


def test_every_finding_reads_and_every_picture_has_its_table(as_camille: Client, a_year: None) -> None:
    page = as_camille.get("/feedback")
    for finding in (page.context["headline"], *page.context["findings"]):
        assert finding.headline in text(page).replace("&#x27;", "'")
        assert not finding.picture or finding.table


def test_with_nothing_yet_it_says_what_will_come(as_camille: Client) -> None:
    page = text(as_camille.get("/feedback"))
    assert "No deal ended in a no in this period" in page
    assert "Nothing leaves within 48 hours." in page
    assert "No mail server is set up" in page


def test_the_command_says_what_the_screen_says(
    as_camille: Client, camille: User, a_year: None, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = as_camille.get("/feedback").context["health"].as_json()
    assert cli.main(["survey", "status", "--json", "--as", camille.email or ""]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said.pop("programme")["version"] == 0
    assert said == json.loads(json.dumps(shown, default=str))
    assert (said["noes"]["unheard"], said["participation"]["k"], said["participation"]["n"]) == (9, 3, 11)
    assert cli.main(["survey", "status", "--as", camille.email or ""]) == 0
    printed = capsys.readouterr().out
    assert "9 of 12 noes asked, 3 answered, 9 unheard" in printed
    assert "3 of 11 people who were asked answered." in printed
    assert "a dispute or a legal matter  1" in printed


def test_a_period_leaves_out_what_closed_outside_it(
    as_camille: Client, camille: User, a_year: None, capsys: pytest.CaptureFixture[str]
) -> None:
    end(camille, days_ago=100)
    since = (timezone.localdate() - timedelta(days=120)).isoformat()
    until = (timezone.localdate() - timedelta(days=90)).isoformat()
    page = as_camille.get("/feedback", {"from": until, "to": since})  # the wrong way round
    assert page.context["health"].noes.closed == 1
    assert cli.main(["survey", "status", "--json", "--from", since, "--to", until]) == 0
    assert json.loads(capsys.readouterr().out)["noes"]["closed"] == 1
    assert cli.main(["survey", "status", "--json", "--from", "soon"]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "bad_date"
    assert as_camille.get("/feedback", {"from": "x"}).context["health"].noes.closed == 13
    assert as_camille.get("/feedback", {"from": "0001-01-01", "to": "9999-12-31"}).status_code == 200
    assert cli.main(["survey", "status", "--from", "0001-01-01", "--to", "9999-12-31"]) == 0


def test_both_days_of_a_period_count_to_their_ends(camille: User) -> None:
    event = end(camille)
    day = datetime(2026, 5, 4, 21, 59, tzinfo=UTC)  # a minute before midnight in Paris
    CloseEvent.objects.filter(pk=event.pk)._raw_delete("default")  # type: ignore[attr-defined]
    CloseEvent.objects.create(deal=event.deal, outcome="lost", closed_at=day, recorded_at=day, source="screen")
    counts = [
        health(camille, start.date(), stop.date()).noes.closed
        for start, stop in [(day, day), (day + timedelta(days=1),) * 2, (day - timedelta(days=1),) * 2]
    ]
    assert counts == [1, 0, 0]


def test_of_fewer_than_five_no_share_is_told(as_camille: Client, camille: User, helene: Person) -> None:
    invite(end(camille), helene, status="answered", answered_on=timezone.localdate())
    found = as_camille.get("/feedback").context["findings"]
    assert [finding.known for finding in found if finding.key == "asking.participation"] == [False]
    assert found[0].sure == "Too few to say: 4 more people asked and a first figure appears."


def test_a_thousand_invitations_take_few_queries(
    as_camille: Client, camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now, event = timezone.now(), end(camille)
    names = [Person(name=f"P{n}", email=f"p{n}@x.example", created_at=now, updated_at=now) for n in range(1000)]
    Person.objects.bulk_create(names)
    Invitation.objects.bulk_create(
        Invitation(
            close_event=event, deal=event.deal, person=person, planned_at=now, send_at=now, sent_at=now,
            expires_at=now + timedelta(days=1), sender=camille, answered_on=now.date(), excluded_because="legal",
            status=("planned", "sent", "answered", "excluded")[n % 4],
        )
        for n, person in enumerate(Person.objects.order_by("pk")[:1000])
    )  # fmt: skip
    with django_assert_max_num_queries(18):
        page = as_camille.get("/feedback")
    assert page.status_code == 200
    assert page.context["health"].overall.answered == 250
    assert len(page.content) < 150_000
    with django_assert_max_num_queries(16):
        assert len(as_camille.get("/feedback?show=answered").context["page"]) == 1
    with django_assert_max_num_queries(22):
        as_camille.get("/today")


# Whose deals ------------------------------------------------------------------------------------------------------


def test_the_walk_of_every_screen(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, north: Team, planned: Invitation
) -> None:
    teammate = Client()
    teammate.force_login(make_user("Thomas Girard", team=north))
    one = f"/feedback/{planned.pk}"
    everybody = (as_camille, as_nadia, as_admin, teammate, as_yanis)
    assert [status(client, "get", "/feedback") for client in everybody] == [200] * 5
    assert [status(client, "get", one) for client in everybody] == [200, 200, 200, 200, 404]
    assert [status(client, "get", "/feedback/programme") for client in everybody] == [200] * 5
    assert [status(client, "get", "/feedback/answers") for client in everybody] == [200] * 5
    assert [status(c, "post", f"{one}/exclude") for c in (teammate, as_camille, as_yanis)] == [403, 403, 404]
    assert [len(client.get("/feedback").context["later"]) for client in (teammate, as_yanis)] == [1, 0]
    assert as_yanis.get("/feedback").context["health"].noes.closed == 0
    for path in ("/feedback", one, "/feedback/answers"):
        assert_wrong_method(as_admin, path, "get")
        assert_signed_out_is_sent_to_sign_in(path)
    assert_wrong_method(as_admin, f"{one}/exclude", "post")
    assert as_admin.put("/feedback/programme").status_code == 405
    assert as_admin.get("/feedback/999").status_code == 404


def test_whoever_sends_sees_it_though_the_deal_is_another_teams(as_yanis: Client, yanis: User, deal: Deal) -> None:
    event = CloseEvent.objects.create(
        deal=deal, outcome="lost", closed_at=timezone.now(), recorded_at=timezone.now(), source="screen"
    )
    person = make_person("Luc", email="luc@x.example")
    invitation = invite(event, person, status="planned", sender=yanis)
    page = as_yanis.get(f"/feedback/{invitation.pk}")
    assert page.status_code == 200
    assert f'href="/deals/{deal.pk}"' not in text(page)
    assert as_yanis.get("/feedback").context["health"].noes.closed == 0


def test_what_somebody_typed_is_shown_as_text(as_camille: Client, camille: User, nadia: User) -> None:
    person = make_person("<script>alert(1)</script>", email="x@x.example")
    deal = make_deal("<b>Deal</b>", owner=camille, people={person: "user"})
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "timing"})
    for path in ("/feedback", f"/feedback/{Invitation.objects.get().pk}"):
        page = text(as_camille.get(path))
        assert "<script>alert" not in page
        assert "<b>Deal" not in page


# Confidential answers ---------------------------------------------------------------------------------------------


def test_one_named_person_reads_it_and_each_opening_is_written_down(
    as_admin: Client, admin_user: User, read_by_admin: Response
) -> None:
    assert "Read 1 answer" in text(as_admin.get("/feedback"))
    listed = text(as_admin.get("/feedback/answers"))
    assert "Hélène Marchetti" in listed
    assert SECRET not in listed
    assert not AuditEntry.objects.filter(verb="learn.read_confidential").exists()
    for _time in range(2):
        assert SECRET in text(as_admin.get(answer_path(read_by_admin)))
    entries = AuditEntry.objects.filter(verb="learn.read_confidential")
    assert [(e.actor, e.subject_type, e.subject_id, e.detail) for e in entries] == [
        (admin_user, "learn.invitation", str(read_by_admin.invitation_id), {})
    ] * 2


def test_nobody_else_reads_it_not_even_another_administrator(
    as_camille: Client, as_nadia: Client, as_yanis: Client, read_by_admin: Response
) -> None:
    other = Client()
    other.force_login(make_user("Other Admin", team=None, role="admin"))
    for client in (as_camille, as_nadia, as_yanis, other):
        assert status(client, "get", answer_path(read_by_admin)) == 404
        assert status(client, "post", answer_path(read_by_admin)) == 404
        assert len(client.get("/feedback/answers").context["page"]) == 0
        assert SECRET not in text(client.get("/feedback"))
        assert SECRET not in text(client.get(f"/feedback/{read_by_admin.invitation_id}", follow=True))
    assert_signed_out_is_sent_to_sign_in(answer_path(read_by_admin))
    assert not AuditEntry.objects.filter(verb="learn.read_confidential").exists()


@pytest.mark.parametrize("becomes", ["owner", "in touch"])
def test_a_reader_who_enters_the_deal_reads_no_more(
    as_admin: Client, admin_user: User, read_by_admin: Response, becomes: str
) -> None:
    assert read_by_admin.invitation is not None
    deal = read_by_admin.invitation.deal
    if becomes == "owner":
        Deal.objects.filter(pk=deal.pk).update(owner=admin_user)
    else:
        deal.owner = admin_user
        make_touch(deal)
    assert status(as_admin, "get", answer_path(read_by_admin)) == 404


def test_a_reader_who_sells_in_the_deals_team_by_now_reads_no_more(
    as_yanis: Client, yanis: User, north: Team, read_by_admin: Response
) -> None:
    Invitation.objects.update(reader=yanis)
    assert status(as_yanis, "get", answer_path(read_by_admin)) == 200
    yanis.team = north
    yanis.save()
    assert status(as_yanis, "get", answer_path(read_by_admin)) == 404
    assert len(as_yanis.get("/feedback/answers").context["page"]) == 0


@pytest.mark.parametrize("changes", [{"mode": Mode.SHARED}, {"is_final": False}, {"invitation": None}])
def test_only_a_confidential_answer_that_was_sent_is_read_here(
    as_admin: Client, read_by_admin: Response, changes: dict[str, Any]
) -> None:
    path = answer_path(read_by_admin)
    Response.objects.update(**changes)
    assert status(as_admin, "get", path) == 404
    assert len(as_admin.get("/feedback/answers").context["page"]) == 0


def kept_digest(words: str, **fields: Any) -> Message:
    number = Message.objects.count()
    text = f"Hello Nadia,\n\n  “{words}”\n  a buyer\n\n  “Another text”\n"
    return Message.objects.create(
        key=f"learn.digest:{number}:2026-06", purpose="learn.digest", text=text, message_id=f"<{number}@x.example>",
        planned_at=timezone.now(), send_at=timezone.now(), fingerprint="", **fields,
    )  # fmt: skip


def test_a_removed_text_is_gone_from_the_digests_we_keep_sent_and_waiting(
    as_admin: Client, read_by_admin: Response
) -> None:
    mails = [kept_digest(SECRET), kept_digest(SECRET, status="accepted")]
    longer = kept_digest(f"{SECRET} at all")
    as_admin.post(answer_path(read_by_admin), {"asked": "own_words"})
    for mail in mails:
        mail.refresh_from_db()
        assert SECRET not in mail.text
        assert "“Another text”" in mail.text
    longer.refresh_from_db()
    assert f"“{SECRET} at all”" in longer.text


@pytest.mark.parametrize("mode", [Mode.SHARED, Mode.CONFIDENTIAL])
def test_an_administrator_removes_words_of_any_answer_without_reading_them(
    as_admin: Client, nadia: User, read_by_admin: Response, mode: str
) -> None:
    Response.objects.update(mode=mode)
    Invitation.objects.update(reader=nadia)  # not this administrator
    assert SECRET not in text(as_admin.get(f"/feedback/{read_by_admin.invitation_id}"))
    answer = as_admin.post(answer_path(read_by_admin), {"asked": "all"})
    assert answer["Location"] == f"/feedback/{read_by_admin.invitation_id}"
    assert Verbatim.objects.get().text == ""
    assert FeedbackReason.objects.count() == 1
    assert not AuditEntry.objects.filter(verb="learn.read_confidential").exists()


def test_a_text_goes_when_the_buyer_asks_and_the_counts_stay(as_admin: Client, read_by_admin: Response) -> None:
    path = answer_path(read_by_admin)
    assert as_admin.post(path, {"asked": "own_words"})["Location"] == path
    verbatim = Verbatim.objects.get()
    assert (verbatim.text, verbatim.removed_at is not None) == ("", True)
    first = verbatim.removed_at
    as_admin.post(path, {"asked": "own_words"})
    verbatim.refresh_from_db()
    assert verbatim.removed_at == first
    assert AuditEntry.objects.filter(verb="learn.remove_verbatim").count() == 1
    assert SECRET not in json.dumps(list(AuditEntry.objects.values_list("detail", flat=True)))
    assert FeedbackReason.objects.count() == 1
    page = text(as_admin.get(path))
    assert "Removed at the buyer's request" in page.replace("&#x27;", "'")
    assert as_admin.post(path, {"asked": "one_thing"}).status_code == 404


def test_from_the_buyers_page_to_its_reader(as_admin: Client, as_camille: Client, camille: User,
                                            admin_user: User, helene: Person) -> None:  # fmt: skip
    invitation = invite(end(camille), helene, reader=admin_user)
    answer_all(invitation)
    assert send(invitation).status_code == 303
    assert "Their answer came the same day." in text(as_admin.get(f"/feedback/answers/{invitation.pk}"))
    page = as_camille.get("/feedback")
    assert page.context["health"].noes.answered == 1
    assert "Their answer came the same day." not in text(page)


def test_nothing_of_it_is_in_the_commands_output(
    as_admin: Client, read_by_admin: Response, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["survey", "status"], ["deals"], ["show", str(Deal.objects.latest("pk").pk)]):
        assert cli.main([*words, "--json"]) == 0
        assert SECRET not in capsys.readouterr().out
    assert not Message.objects.filter(text__contains=SECRET).exists()
