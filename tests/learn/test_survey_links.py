"""Personal links in bad hands and bad weather: guessed, cut, expired, scanned, flooded; and "please do not ask"."""

from __future__ import annotations

import io
import logging
import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.core.files import uploadhandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.deals.models import CloseEvent, ReopenEvent
from rebond.learn.actions.responses import MOST_SAVES
from rebond.learn.feedback.answers import TEXT_LIMIT
from rebond.learn.feedback.tokens import token_of
from rebond.learn.models import FeedbackReason, Invitation, ReasonAssertion, Response, Verbatim
from rebond.mail.actions import plan_message
from rebond.mail.models import Message, Scope, Suppression
from rebond.mail.queries import suppressed
from tests.factories import make_user
from tests.learn.surveys import answer_all, asked, invite, link, post, programme, send, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation(camille: User, nadia: User, admin_user: User) -> Invitation:
    return asked(camille, sender=nadia, reader=admin_user, programme=programme())


def everything() -> tuple[object, ...]:
    """All that an answer could leave behind."""
    rows = (Response, FeedbackReason, Verbatim, ReasonAssertion, AuditEntry, Session, Suppression)
    invitations = list(Invitation.objects.order_by("pk").values())
    return (*(model.objects.count() for model in rows), invitations)


def test_guessed_cut_and_mangled_links_are_one_calm_page_and_store_nothing(
    client: Client, invitation: Invitation
) -> None:
    good = token_of(invitation.nonce)
    guessed = token_of("0" * 32)
    before = everything()
    for token in (
        guessed,
        good[:-1],
        good[:8],
        good + "A",
        good.swapcase(),
        "x" * 3000,
        "%00" * 22,
        "..%2f..",
        "é" * 22,
    ):
        for below in ("", "/1", "/5", "/done", "/stop"):
            for answer in (client.get(f"/s/{token}{below}"), client.post(f"/s/{token}{below}", {"happened": "kept"})):
                assert answer.status_code == 404
                page = unescape(answer.content.decode())
                if "%2f" not in token:
                    assert "This link leads nowhere" in page
                    assert "avis@valmy.example" in page
                    assert answer["Cache-Control"] == "no-store"
    assert everything() == before


def test_an_unknown_link_speaks_the_browsers_language_without_a_programme(client: Client, db: None) -> None:
    answer = client.get(f"/s/{token_of('1' * 32)}", headers={"accept-language": "fr"})
    assert answer.status_code == 404
    assert '<html lang="fr"' in answer.content.decode()
    english = client.get(f"/s/{token_of('1' * 32)}?lang=en", headers={"accept-language": "fr"})
    assert "This link leads nowhere" in english.content.decode()


def test_an_expired_link_says_so_keeps_the_draft_and_takes_nothing_more(client: Client, invitation: Invitation) -> None:
    post(invitation, 1, {"happened": "kept"})
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    before = everything()
    for below in ("", "/1", "/4", "/5"):
        for answer in (client.get(link(invitation, below)), client.post(link(invitation, below), {"mode": "shared"})):
            assert answer.status_code in (303, 410)
    page = client.get(link(invitation, "/2"))
    assert page.status_code == 410
    assert "This question is closed, thank you" in page.content.decode()
    assert "avis@valmy.example" in page.content.decode()
    assert everything() == before


def test_a_deal_opened_again_while_the_page_is_open_loses_nothing(client: Client, invitation: Invitation) -> None:
    post(invitation, 1, {"happened": "kept"})
    ReopenEvent.objects.create(close_event=invitation.close_event, at=timezone.now())
    assert post(invitation, 2, {"code": "timing", "shown": "0"}, client).status_code == 303
    assert send(invitation, "shared").status_code == 303
    sent = Response.objects.get()
    assert (sent.is_final, sent.happened, [r.code for r in sent.reasons.all()]) == (True, "kept", ["timing"])


def test_who_was_not_asked_after_all_finds_the_question_closed(client: Client, invitation: Invitation) -> None:
    Invitation.objects.update(status="excluded", excluded_because="legal")
    assert client.get(link(invitation)).status_code == 410
    assert post(invitation, 1, {"happened": "kept"}).status_code == 410
    assert not Response.objects.exists()


def test_a_link_is_open_as_soon_as_the_mail_may_have_arrived(client: Client, invitation: Invitation) -> None:
    """After a crash nobody knows whether a mail was sent; its reader must not stand before a closed door."""
    Invitation.objects.update(status="planned", sent_at=None)
    assert client.get(link(invitation)).status_code == 200
    assert post(invitation, 1, {"happened": "kept"}).status_code == 303


def test_a_second_sending_is_told_the_day_and_changes_nothing(client: Client, invitation: Invitation) -> None:
    answer_all(invitation)
    send(invitation)
    before = everything()
    for number, data in ((5, {"mode": "shared"}), (1, {"happened": "deciding"}), (4, {"words": "changed"})):
        answer = post(invitation, number, data, client)
        assert answer.status_code == 409
        assert "Already sent, thank you" in answer.content.decode()
    for below in ("", "/1", "/5", "?first=deciding"):
        assert client.get(link(invitation, below))["Location"] == link(invitation, "/done")
    assert everything() == before
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert client.get(link(invitation, "/done")).status_code == 200


def test_scanners_fetching_every_link_five_hundred_times_store_nothing(invitation: Invitation) -> None:
    client, before = Client(), everything()
    belows = ["", *(f"?first={code}" for code in ("another", "kept", "in_house", "postponed", "deciding"))]
    belows += ["/1", "/2", "/2?part=main", "/3", "/4", "/5", "/done", "/stop", "/stop?List-Unsubscribe=One-Click"]
    with CaptureQueriesContext(connection) as queries:
        for turn in range(500):
            path = link(invitation, belows[turn % len(belows)])
            answer = client.head(path) if turn // len(belows) % 2 else client.get(path)
            assert answer.status_code in (200, 303)
    assert everything() == before
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}


def test_scanning_a_draft_changes_nothing_in_it(invitation: Invitation) -> None:
    answer_all(invitation)
    before = (
        everything(),
        list(Response.objects.order_by("pk").values()),
        list(FeedbackReason.objects.order_by("pk").values()),
    )
    for below in ("", "/1", "/2", "/2?part=main", "/3", "/4", "/5", "/1?first=kept&lang=fr", "/stop"):
        Client().get(link(invitation, below))
        Client().head(link(invitation, below))
    assert (
        everything(),
        list(Response.objects.order_by("pk").values()),
        list(FeedbackReason.objects.order_by("pk").values()),
    ) == before


def test_posts_without_end_keep_one_draft_and_stop_at_two_hundred_saves(invitation: Invitation) -> None:
    statuses = [post(invitation, 4, {"words": f"Time {number}", "shown": "1"}).status_code for number in range(260)]
    assert statuses[:MOST_SAVES] == [303] * MOST_SAVES
    assert set(statuses[MOST_SAVES:]) == {429}
    assert (Response.objects.count(), stored(invitation).saves, Verbatim.objects.count()) == (1, MOST_SAVES, 1)
    assert AuditEntry.objects.count() == 1
    page = post(invitation, 4, {"words": "again"})
    assert "What was saved until now is kept" in page.content.decode()
    assert post(invitation, 4, {"words": f"Time {MOST_SAVES - 1}", "shown": "1"}).status_code == 303  # changes nothing
    Response.objects.update(happened="kept")
    assert send(invitation).status_code == 303


def test_an_answer_of_a_megabyte_is_cut_and_the_next_page_says_so(client: Client, invitation: Invitation) -> None:
    post(invitation, 1, {"happened": "another", "competitor": "N" * 5000})
    answer = post(invitation, 4, {"words": "é" * 1_000_000, "shown": "0"}, client)
    assert answer["Location"] == link(invitation, "/5?cut=4")
    assert "longer than this page can keep" in client.get(answer["Location"]).content.decode()
    assert Verbatim.objects.get().text == "é" * TEXT_LIMIT
    assert len(stored(invitation).competitor) == 120
    before = everything()
    huge = client.post(
        link(invitation, "/4"), "words=" + "x" * 6_000_000, content_type="application/x-www-form-urlencoded"
    )
    assert huge.status_code == 400
    assert "more than this page can read" in huge.content.decode()
    fields = client.post(
        link(invitation, "/2"), "&".join(f"code=c{n}" for n in range(3000)),
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert fields.status_code == 400
    broken = client.post(link(invitation, "/4"), b"--x", content_type="multipart/form-data; boundary=")
    assert broken.status_code == 400
    assert everything() == before


def test_a_file_sent_along_is_kept_nowhere(
    client: Client, invitation: Invitation, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    for handler in (uploadhandler.TemporaryFileUploadHandler, uploadhandler.MemoryFileUploadHandler):
        monkeypatch.setattr(handler, "new_file", lambda _self, *names, **_more: kept.append(names[0]))
    file = SimpleUploadedFile("big.bin", b"x" * 3_000_000)
    answer = post(invitation, 4, {"words": "Time", "shown": "0", "file": file}, client)
    assert answer.status_code == 303
    assert Verbatim.objects.get().text == "Time"
    assert kept == []


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("https://x.example")', "<script>alert(1)</script>", "{{ 7|add:7 }} %(a)s"]
)
def test_what_looks_like_code_is_kept_as_text_and_shown_as_text(
    client: Client, invitation: Invitation, text: str
) -> None:
    post(invitation, 1, {"happened": "another", "competitor": text})
    post(invitation, 2, {"words": text, "shown": "0"})
    post(invitation, 4, {"words": text, "shown": "0"})
    assert {*Verbatim.objects.values_list("text", flat=True), stored(invitation).competitor} == {text}
    for below in ("/1", "/2", "/4", "/5"):
        page = client.get(link(invitation, below)).content.decode()
        assert "<script" not in page
        assert text in unescape(page)


def test_zero_bytes_and_control_characters_are_left_out(invitation: Invitation) -> None:
    post(invitation, 1, {"happened": "another", "competitor": "Nord\x00vik\x1b[31m"})
    post(invitation, 4, {"words": "one\x00\r\ntwo\x07", "shown": "0"})
    assert stored(invitation).competitor == "Nordvik[31m"
    assert Verbatim.objects.get().text == "one\r\ntwo"


def test_no_link_is_written_to_a_log(invitation: Invitation) -> None:
    """A refused request is told, whose it was is not: a log opens nobody's survey."""
    logged = io.StringIO()
    [handler] = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    # Not by setStream, which flushes what an earlier test's capture may have closed.
    before, handler.stream = handler.stream, logged
    try:
        Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
        for below in ("", "/2", "/nothing-here"):
            Client().get(link(invitation, below))
        Client().post(link(invitation, "/2"), {"code": "timing"})
        logging.getLogger("rebond.web").error("unexpected error on %s %s", "GET", link(invitation, "/3"))
    finally:
        handler.stream = before
    assert "Not Found: /s/…/nothing-here" in logged.getvalue()
    assert "/s/…/3" in logged.getvalue()
    assert token_of(invitation.nonce) not in logged.getvalue()


def test_other_methods_are_refused(client: Client, invitation: Invitation) -> None:
    for below in ("", "/1", "/done", "/stop"):
        for method in ("put", "delete", "patch"):
            assert getattr(client, method)(link(invitation, below)).status_code == 405


def test_who_is_signed_in_sees_the_buyers_page_in_the_buyers_language(
    as_camille: Client, invitation: Invitation
) -> None:
    Invitation.objects.update(language="fr")
    page = as_camille.get(link(invitation)).content.decode()
    assert '<html lang="fr"' in page
    assert "/today" not in page


def test_no_page_leads_out_of_the_survey(client: Client, invitation: Invitation) -> None:
    """No offer, no referral, no booking: every address on every page is this survey's, or a file it is drawn with."""
    inside = f"/s/{token_of(invitation.nonce)}"
    answer_all(invitation)
    pages = [client.get(link(invitation, b)) for b in ("/1", "/2", "/2?part=main", "/3", "/4", "/5", "/stop")]
    send(invitation)
    pages += [client.get(link(invitation, "/done")), post(invitation, 1, {"happened": "kept"})]
    for language in ("en", "fr"):
        pages.append(client.get(link(invitation, f"/done?lang={language}")))
    for page in pages:
        found = re.findall(r'(?:href|src|action)="([^"]*)"', page.content.decode())
        assert found
        assert [one for one in found if not one.startswith((inside, "/static/web/"))] == []
        assert not re.search(r"https?:|mailto:|//", page.content.decode().replace("<!doctype html>", ""))


def test_stop_shows_two_choices_and_only_a_post_acts(client: Client, invitation: Invitation) -> None:
    page = client.get(link(invitation, "/stop")).content.decode()
    assert 'value="feedback"' in page
    assert 'value="all"' in page
    assert not Suppression.objects.exists()
    answer = client.post(link(invitation, "/stop"), {"scope": "feedback"})
    assert (answer.status_code, answer["Location"]) == (303, link(invitation, "/stop"))
    assert suppressed(["helene@valmy.example"], Scope.FEEDBACK) == {"helene@valmy.example"}
    assert suppressed(["helene@valmy.example"], Scope.ALL) == set()
    after = client.get(link(invitation, "/stop")).content.decode()
    assert "We will not ask you about a decision again." in after
    assert 'value="all"' in after
    client.post(link(invitation, "/stop"), {"scope": "all"})
    assert suppressed(["helene@valmy.example"], Scope.ALL) == {"helene@valmy.example"}
    assert "about anything" in client.get(link(invitation, "/stop")).content.decode()
    assert client.post(link(invitation, "/stop"), {"scope": "marketing"}).status_code == 400


def test_a_mail_programs_own_button_stops_with_one_post_and_is_answered_200(invitation: Invitation) -> None:
    """RFC 8058: no cookie, no redirect; and once more does no harm."""
    for _time in range(2):
        answer = Client(enforce_csrf_checks=True).post(
            link(invitation, "/stop"), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
    form = Client(enforce_csrf_checks=True).post(link(invitation, "/stop"), {"List-Unsubscribe": "One-Click"})
    assert form.status_code == 200  # multipart, as some senders do
    assert Suppression.objects.get().scope == "feedback"
    assert not Response.objects.exists()


def test_saying_it_again_and_again_writes_nothing_more(invitation: Invitation) -> None:
    for _time in range(30):
        assert Client().post(link(invitation, "/stop"), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert AuditEntry.objects.filter(verb="learn.stop_asking").count() == 1
    Client().post(link(invitation, "/stop"), {"scope": "all"})
    assert AuditEntry.objects.filter(verb="learn.stop_asking").count() == 2
    Invitation.objects.update(person=None)
    Client().post(link(invitation, "/stop"), {"scope": "all"})
    assert AuditEntry.objects.filter(verb="learn.stop_asking").count() == 2


def test_stopping_works_on_every_link_there_ever_was_and_on_the_address_written_to(
    client: Client, invitation: Invitation, nadia: User
) -> None:
    now = timezone.now()
    plan_message(
        key=f"learn.reminder:{invitation.pk}", purpose="learn.reminder", recipient="old@valmy.example", sender=nadia,
        send_at=now + timedelta(days=7), actor=None, now=now,
    )  # fmt: skip
    Invitation.objects.update(status="excluded", excluded_because="reopened", expires_at=now - timedelta(days=1))
    assert client.get(link(invitation, "/stop")).status_code == 200
    client.post(link(invitation, "/stop"), {"scope": "feedback"})
    both = {"old@valmy.example", "helene@valmy.example"}
    assert suppressed(both, Scope.FEEDBACK) == both
    assert Message.objects.get().status == "cancelled"


def test_stopping_without_an_address_says_that_nothing_will_come(client: Client, invitation: Invitation) -> None:
    Invitation.objects.update(person=None)
    assert client.post(link(invitation, "/stop"), {"scope": "all"}).status_code == 303
    assert "no longer hold an address" in client.get(link(invitation, "/stop")).content.decode()


def test_a_deal_changing_hands_or_being_deleted_loses_no_answer(
    client: Client, invitation: Invitation, yanis: User
) -> None:
    post(invitation, 1, {"happened": "kept"})
    with pytest.raises(ProtectedError):
        invitation.deal.delete()
    invitation.deal.owner, invitation.deal.team = yanis, yanis.team
    invitation.deal.save()
    assert "Yanis Benkirane" in client.get(link(invitation, "/5")).content.decode()
    assert send(invitation).status_code == 303
    assert stored(invitation).team == yanis.team


def test_another_link_of_the_same_deal_is_another_answer(camille: User, invitation: Invitation) -> None:
    event = CloseEvent.objects.get(pk=invitation.close_event_id)
    second = invite(event, None)
    post(invitation, 1, {"happened": "kept"})
    post(second, 1, {"happened": "deciding"})
    assert (stored(invitation).happened, stored(second).happened) == ("kept", "deciding")


class AnyOrder(TestCase):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(["1", "2", "main", "3", "4", "5", "open", "stop", "get", "empty"]), max_size=16))
    def test_whatever_is_done_in_whatever_order_it_is_sent_once_and_never_changes_after(self, steps: list[str]) -> None:
        team = Team.objects.get_or_create(name="North")[0]
        owner = User.objects.filter(role=Role.SELLER).first() or make_user("Camille Aubry", team=team)
        invitation = asked(owner)
        forms: dict[str, tuple[str, dict[str, object]]] = {
            "1": ("/1", {"happened": "kept"}), "2": ("/2", {"code": ["timing", "terms"], "words": "a", "shown": "1"}),
            "main": ("/2", {"part": "main", "main": "terms"}), "3": ("/3", {"helped": "3"}),
            "4": ("/4", {"words": "b", "shown": "1"}), "5": ("/5", {"mode": "confidential"}), "open": ("/done", {}),
            "stop": ("/stop", {"scope": "feedback"}), "empty": ("/4", {"shown": "1"}),
        }  # fmt: skip
        final: list[object] | None = None
        for step in steps:
            if step == "get":
                assert Client().get(link(invitation)).status_code in (200, 303)
                continue
            below, data = forms[step]
            status = Client().post(link(invitation, below), data).status_code
            assert status in (303, 400, 404, 409)
            answers = Response.objects.filter(invitation=invitation)
            assert answers.count() <= 1
            now_stored = [
                *answers.filter(is_final=True).values("happened", "helped", "period", "submitted_at"),
                *FeedbackReason.objects.filter(response__in=answers).order_by("place").values_list("code"),
                *Verbatim.objects.filter(response__in=answers).order_by("asked").values_list("text"),
            ]
            if final is not None:
                assert now_stored == final
            elif answers.filter(is_final=True).exists():
                final = now_stored
