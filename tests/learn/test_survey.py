"""The buyer's survey: five steps, saved one by one, sent once; what the pages say and what is stored."""

from __future__ import annotations

import re
import threading
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import CloseEvent, Outcome, Person
from rebond.learn import taxonomy
from rebond.learn.feedback import languages, pages, rules
from rebond.learn.feedback.options import SHOWN, _suggested, ordered_options
from rebond.learn.models import FeedbackReason, Invitation, Response, Verbatim
from rebond.learn.views import survey as survey_views
from rebond.mail.actions import plan_message
from rebond.mail.models import Message
from tests.factories import make_deal
from tests.learn.surveys import CLOSED, EVERYTHING, answer_all, asked, link, post, programme, send, stored

pytestmark = pytest.mark.django_db
STATIC = Path("src/rebond/web/static/web")


@pytest.fixture
def invitation(camille: User, nadia: User, admin_user: User) -> Invitation:
    return asked(camille, sender=nadia, reader=admin_user, programme=programme())


def said(client: Client, path: str) -> str:
    """The page's words, as a person reads them."""
    answer = client.get(path, follow=True)
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(unescape(text).split())


def codes(invitation: Invitation) -> list[str]:
    return list(stored(invitation).reasons.order_by("place").values_list("code", flat=True))


def test_all_steps_are_saved_one_by_one_and_sent_once(client: Client, invitation: Invitation) -> None:
    answer_all(invitation)
    draft = stored(invitation)
    assert (draft.happened, draft.competitor, draft.is_final, draft.step) == ("another", "Nordvik", False, 5)
    assert (draft.involved, draft.understood, draft.proposal, draft.helped) == (4, 2, 0, 5)
    assert codes(invitation) == ["slow_response", "price_vs_alternative"]
    assert draft.started_at is not None
    answer = send(invitation, one_thing="named", own_words="ask", may_contact="1")
    assert (answer.status_code, answer["Location"]) == (303, link(invitation, "/done"))
    sent = stored(invitation)
    assert (sent.is_final, sent.mode, sent.may_contact, sent.period) == (True, "confidential", True, date(2025, 10, 1))
    assert (sent.team, sent.won, sent.submitted_at is None) == (invitation.deal.team, False, False)
    assert dict(sent.verbatims.values_list("asked", "consent")) == {"one_thing": "named", "own_words": "ask"}
    invitation.refresh_from_db()
    assert (invitation.status, invitation.answered_on) == ("answered", timezone.localdate())
    assert "Your answer was sent on" in said(client, link(invitation))
    assert "Alix Admin" in said(client, link(invitation))


def test_the_first_page_says_who_asks_whom_how_long_and_who_reads(client: Client, invitation: Invitation) -> None:
    page = said(client, link(invitation))
    assert "Maintenance Valmy" in page
    assert "Hello Hélène Marchetti," in page
    assert "Five short steps, two minutes." in page
    assert "Nadia Belkacem" in page
    assert "avis@valmy.example" in page
    assert "you choose who may read your answer" in page
    assert "1 of 5" in page


def test_a_click_in_the_mail_marks_the_choice_and_stores_nothing(client: Client, invitation: Invitation) -> None:
    page = client.get(link(invitation, "?first=kept")).content.decode()
    assert re.search(r'value="kept"[^>]* checked', page)
    assert page.count(" checked") == 1
    assert not Response.objects.exists()
    nonsense = client.get(link(invitation, "?first=%3Cscript%3E")).content.decode()
    assert " checked" not in nonsense
    assert "<script" not in nonsense


def test_what_happened_is_needed_and_what_was_written_stays(client: Client, invitation: Invitation) -> None:
    answer = post(invitation, 1, {"competitor": "Nordvik"}, client)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Choose the line that comes nearest" in page
    assert 'value="Nordvik"' in page
    assert not Response.objects.exists()
    assert post(invitation, 1, {"happened": "stolen"}).status_code == 400


def test_a_competitor_is_kept_only_where_one_was_chosen_and_named(invitation: Invitation) -> None:
    post(invitation, 1, {"happened": "kept", "competitor": "Nordvik"})
    assert stored(invitation).competitor == ""
    post(invitation, 1, {"happened": "another", "competitor": "Nordvik", "withheld": "1"})
    assert (stored(invitation).competitor, stored(invitation).competitor_withheld) == ("", True)
    post(invitation, 1, {"happened": "another", "competitor": "  Nordvik\n AB "})
    assert (stored(invitation).competitor, stored(invitation).competitor_withheld) == ("Nordvik AB", False)


def test_names_are_suggested_from_three_deals_on_and_eight_at_most(
    client: Client, invitation: Invitation, camille: User
) -> None:
    met = {"Nordvik": 5, "Acme": 4, "Twice": 2, "none": 9, "": 9} | {f"Firm {number}": 3 for number in range(10)}
    for name, times in met.items():
        for _close in range(times):
            deal = make_deal(owner=camille, outcome="lost", closed_at=CLOSED)
            CloseEvent.objects.create(
                deal=deal, outcome="lost", closed_at=CLOSED, recorded_at=CLOSED, source="import", competitor=name
            )
    _suggested.cache_clear()
    names = re.findall(r"<option value=\"([^\"]+)\"", client.get(link(invitation)).content.decode())
    _suggested.cache_clear()
    assert names[:2] == ["Nordvik", "Acme"]
    assert len(names) == 8


def test_reasons_that_fit_come_first_the_rest_is_one_tap_away_and_the_order_is_kept(
    client: Client, invitation: Invitation
) -> None:
    post(invitation, 1, {"happened": "another"})
    page = client.get(link(invitation, "/2")).content.decode()
    order = re.findall(r'name="code" value="(\w+)"', page)
    assert page.index("<details") > page.index(f'value="{order[SHOWN - 1]}"')
    assert page.index("<details") < page.index(f'value="{order[SHOWN]}"')
    groups = [taxonomy.BUILT_IN[code].group in ("offer", "value", "process") for code in order]
    assert groups == sorted(groups, reverse=True)
    assert client.get(link(invitation, "/2")).content.decode() == page
    post(invitation, 2, {"code": order[20], "shown": "0"})
    assert stored(invitation).option_order == order
    assert "<details open" in client.get(link(invitation, "/2")).content.decode()


def test_each_invitation_has_an_order_of_its_own() -> None:
    names = taxonomy.BUILT_IN_LIST
    first = {ordered_options(names, nonce=str(n), happened="kept", won=False)[0] for n in range(60)}
    assert len(first) > 4
    assert {names.reasons[code].group for code in first} <= {"situation", "risk", "need"}


def test_three_reasons_at_most_and_the_choice_stays_on_the_page(client: Client, invitation: Invitation) -> None:
    post(invitation, 1, {"happened": "kept"})
    many = ["timing", "no_budget", "terms", "vendor_risk"]
    answer = post(invitation, 2, {"code": many, "words": "all of it", "shown": "0"}, client)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Three at most" in page
    assert page.count(" checked") == 4
    assert "all of it" in page
    assert not FeedbackReason.objects.exists()
    assert not Verbatim.objects.exists()


def test_with_several_reasons_the_main_one_is_asked_and_kept(client: Client, invitation: Invitation) -> None:
    post(invitation, 1, {"happened": "kept"})
    answer = post(invitation, 2, {"code": ["timing", "terms"], "shown": "0"}, client)
    assert answer["Location"] == link(invitation, "/2?part=main")
    page = client.get(answer["Location"]).content.decode()
    assert "Which of these mattered most?" in page
    assert " checked" not in page
    assert post(invitation, 2, {"part": "main", "main": "vendor_risk"}).status_code == 400
    answer = post(invitation, 2, {"part": "main", "main": "timing"})
    assert answer["Location"] == link(invitation, "/3")
    assert codes(invitation) == ["timing", "terms"]
    post(invitation, 2, {"code": ["timing", "terms", "no_budget"], "shown": "1"})
    assert codes(invitation)[0] == "timing"
    one = post(invitation, 2, {"code": "terms", "shown": "1"})
    assert one["Location"] == link(invitation, "/3")
    assert codes(invitation) == ["terms"]


def test_codes_nobody_knows_or_may_choose_are_not_stored(invitation: Invitation) -> None:
    post(invitation, 1, {"happened": "kept"})
    post(invitation, 2, {"code": ["timing", "'; drop table", "other", "not_known_yet"], "shown": "0"})
    assert codes(invitation) == ["timing"]


def test_back_and_reload_show_what_was_saved_and_the_link_resumes(client: Client, invitation: Invitation) -> None:
    post(invitation, 1, EVERYTHING[1])
    post(invitation, 2, EVERYTHING[2])
    post(invitation, 2, {"part": "main", "main": "slow_response"})
    resumed = Client().get(link(invitation))
    assert (resumed.status_code, resumed["Location"]) == (303, link(invitation, "/3"))
    assert f'href="{link(invitation, "/2")}"' in client.get(link(invitation, "/3")).content.decode()
    first = client.get(link(invitation, "/1")).content.decode()
    assert re.search(r'value="another"[^>]* checked', first)
    assert 'value="Nordvik"' in first
    second = client.get(link(invitation, "/2")).content.decode()
    assert second.count(" checked") == 2
    assert "Their answer came the same day." in second
    main = client.get(link(invitation, "/2?part=main")).content.decode()
    assert re.search(r'value="slow_response"[^>]* checked', main)


def test_a_later_step_without_a_first_one_leads_to_the_beginning(client: Client, invitation: Invitation) -> None:
    for number in (2, 3, 4, 5):
        assert client.get(link(invitation, f"/{number}"))["Location"] == link(invitation)
    assert client.get(link(invitation, "/done"))["Location"] == link(invitation)
    assert send(invitation)["Location"] == link(invitation, "/1")
    assert client.get(link(invitation, "/6")).status_code == 404
    assert client.get(link(invitation, "/0")).status_code == 404


def test_every_step_but_the_first_may_be_left_empty(invitation: Invitation) -> None:
    post(invitation, 1, {"happened": "deciding"})
    for number in (2, 3, 4):
        assert post(invitation, number, {"shown": "0"}).status_code == 303
    assert send(invitation).status_code == 303
    sent = stored(invitation)
    assert (sent.is_final, sent.involved, sent.reasons.count(), sent.verbatims.count()) == (True, None, 0, 0)


def test_a_win_is_asked_in_mirror_writing(client: Client, camille: User) -> None:
    invitation = asked(camille, outcome=Outcome.WON, programme=programme())
    first = said(client, link(invitation))
    assert "What did you choose us over?" in first
    assert "You chose Maintenance Valmy." in first
    assert "still deciding" not in first
    assert post(invitation, 1, {"happened": "deciding"}).status_code == 400
    assert post(invitation, 1, {}).status_code == 303  # nothing else was looked at
    second = client.get(link(invitation, "/2")).content.decode()
    assert "What mattered most in choosing us?" in second
    assert "We felt well advised" in second
    assert "need_changed" not in second  # no reason to buy
    assert "choose otherwise" in said(client, link(invitation, "/4"))
    assert send(invitation, "shared").status_code == 303
    assert stored(invitation).won


def test_the_mode_of_the_invitation_is_marked_and_the_buyer_may_choose_another(
    client: Client, camille: User, nadia: User, admin_user: User
) -> None:
    rules = programme(mode="anonymous")
    invitation = asked(camille, sender=nadia, reader=admin_user, programme=rules, mode="anonymous")
    post(invitation, 1, {"happened": "kept"})
    type(rules).objects.update(mode="shared")  # the operator changes the rules: nothing changes for who was asked
    page = client.get(link(invitation, "/5")).content.decode()
    assert re.search(r'value="anonymous"[^>]* checked', page)
    words = said(client, link(invitation, "/5"))
    assert "Read by Alix Admin, who had no part in this decision." in words
    assert "Read by Camille Aubry and the team around this decision, with your name." in words
    assert send(invitation, "everybody").status_code == 400
    assert not stored(invitation).is_final
    send(invitation, "shared")
    assert stored(invitation).mode == "shared"


def test_without_a_reader_the_page_says_that_nobody_reads_it_by_itself(client: Client, camille: User) -> None:
    invitation = asked(camille)
    post(invitation, 1, {"happened": "kept"})
    assert "Nobody reads it by itself." in said(client, link(invitation, "/5"))


def test_each_text_has_its_own_consent_and_no_is_what_silence_means(client: Client, invitation: Invitation) -> None:
    answer_all(invitation)
    page = client.get(link(invitation, "/5")).content.decode()
    assert re.search(r'name="own_words" value="no" checked', page)
    assert re.search(r'name="one_thing" value="no" checked', page)
    assert 'name="may_contact" value="1">' in page
    send(invitation, own_words="anonymous", one_thing="sell it")
    assert dict(stored(invitation).verbatims.values_list("asked", "consent")) == {
        "own_words": "anonymous",
        "one_thing": "no",
    }
    assert stored(invitation).may_contact is False


def test_a_form_that_changes_nothing_writes_nothing(invitation: Invitation) -> None:
    answer_all(invitation)
    before = (stored(invitation).saves, AuditEntry.objects.count(), set(FeedbackReason.objects.values_list("pk")))
    with CaptureQueriesContext(connection) as queries:
        for number, data in EVERYTHING.items():
            post(invitation, number, data | {"shown": "1"})
        post(invitation, 2, {"part": "main", "main": "slow_response"})
    assert [q["sql"] for q in queries if q["sql"].startswith(("UPDATE", "INSERT", "DELETE"))] == []
    assert (
        stored(invitation).saves,
        AuditEntry.objects.count(),
        set(FeedbackReason.objects.values_list("pk")),
    ) == before


def test_an_empty_text_takes_back_what_was_seen_and_only_that(invitation: Invitation) -> None:
    answer_all(invitation)
    post(invitation, 4, {"words": "", "shown": "0"})  # a second browser that never saw it
    post(invitation, 2, {"words": "", "shown": "0"})
    assert Verbatim.objects.count() == 2
    assert len(codes(invitation)) == 2
    post(invitation, 4, {"words": "", "shown": "1"})
    post(invitation, 2, {"words": "", "shown": "1"})
    assert not Verbatim.objects.exists()
    assert codes(invitation) == []


def test_the_buyer_may_change_the_language_and_keeps_the_place(client: Client, camille: User) -> None:
    invitation = asked(camille, language="fr", programme=programme())
    page = client.get(link(invitation)).content.decode()
    assert '<html lang="fr"' in page
    english = re.search(r'<a class="tongue" href="([^"]+)" lang="en"', page)
    assert english is not None
    assert unescape(english[1]) == link(invitation, "?lang=en")
    assert '<html lang="en"' in client.get(english[1]).content.decode()
    assert not Response.objects.exists()
    answer = client.post(link(invitation, "/1?lang=en"), {"happened": "kept"})
    assert answer["Location"] == link(invitation, "/2?lang=en")
    assert stored(invitation).language == "en"
    elsewhere = Client().get(link(invitation, "/2"))
    assert '<html lang="en"' in elsewhere.content.decode()
    assert elsewhere["Content-Language"] == "en"
    assert '<html lang="en"' in client.get(link(invitation, "/2?lang=xx")).content.decode()


def test_no_page_is_kept_indexed_or_tells_where_one_came_from(client: Client, invitation: Invitation) -> None:
    answer_all(invitation)
    for below in ("", "/1", "/2", "/2?part=main", "/3", "/4", "/5", "/stop", "/nine"):
        answer = client.get(link(invitation, below))
        if below == "/nine":
            continue
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer.cookies == {}


def test_a_page_with_all_it_needs_is_under_sixty_kilobytes(client: Client, invitation: Invitation) -> None:
    answer_all(invitation)
    rest = sum((STATIC / name).stat().st_size for name in ("tokens.css", "survey.css", "logo.svg"))
    for below in ("/1", "/2", "/2?part=main", "/3", "/4", "/5", "/stop"):
        page = client.get(link(invitation, below)).content
        assert len(page) + rest < 60_000
        assert set(re.findall(rb'(?:src|href)="(/static/[^"]+)"', page)) == {
            b"/static/web/tokens.css", b"/static/web/survey.css", b"/static/web/logo.svg"
        }  # fmt: skip
        assert b"<script" not in page
        assert b" style=" not in page


def test_each_page_is_few_queries(client: Client, invitation: Invitation) -> None:
    answer_all(invitation)
    client.get(link(invitation, "/1"))
    for below, most in (("/1", 1), ("/2", 4), ("/2?part=main", 4), ("/3", 1), ("/4", 2), ("/5", 2)):
        with CaptureQueriesContext(connection) as queries:
            client.get(link(invitation, below))
        assert len(queries) <= most, (below, [query["sql"] for query in queries])


def test_sending_takes_the_reminder_back(invitation: Invitation, nadia: User) -> None:
    now = timezone.now()
    plan_message(
        key=f"learn.reminder:{invitation.pk}", purpose="learn.reminder", recipient="helene@valmy.example",
        sender=nadia, send_at=now + timedelta(days=7), actor=None, now=now,
    )  # fmt: skip
    post(invitation, 1, {"happened": "kept"})
    assert Message.objects.get().status == "planned"
    send(invitation)
    assert Message.objects.get().status == "cancelled"


def test_a_person_erased_meanwhile_can_still_answer(client: Client, invitation: Invitation) -> None:
    person = invitation.person
    assert person is not None
    Invitation.objects.update(person=None)
    person.delete()
    assert "Hello," in said(client, link(invitation))
    answer_all(invitation)
    assert send(invitation).status_code == 303


@pytest.mark.django_db(transaction=True)
def test_two_browsers_share_one_draft_and_one_sending(invitation: Invitation) -> None:
    def together(*works: tuple[int, dict[str, object]]) -> list[int]:
        answers: list[int] = []

        def work(number: int, data: dict[str, object]) -> None:
            try:
                answers.append(post(invitation, number, data).status_code)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=one) for one in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(answers)

    assert together(*[(1, {"happened": "kept"})] * 4) == [303] * 4
    assert Response.objects.count() == 1
    assert AuditEntry.objects.filter(verb="learn.begin_answer").count() == 1
    mixed = [(3, {"helped": "5"}), (3, {"involved": "1"}), (4, {"words": "Time", "shown": "0"})]
    assert together(*mixed, (2, {"code": "timing", "shown": "0"})) == [303] * 4  # type: ignore[arg-type]
    draft = stored(invitation)
    assert (draft.helped, draft.involved, codes(invitation)) == (5, 1, ["timing"])
    assert Verbatim.objects.get().text == "Time"
    assert together(*[(5, {"mode": "confidential"})] * 4) == [303, 409, 409, 409]
    assert AuditEntry.objects.filter(verb="learn.send_answer").count() == 1
    assert Response.objects.get().is_final


def test_a_further_language_needs_its_message_file_and_nothing_else(
    client: Client, camille: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("fr", "de"):
        file = tmp_path / code / "LC_MESSAGES" / "django.mo"
        file.parent.mkdir(parents=True)
        file.touch()
    found = languages.spoken(tmp_path)
    assert found == {"en": "English", "de": "Deutsch", "fr": "Français"}
    for module in (pages, rules, survey_views):
        monkeypatch.setattr(module, "spoken", lambda: found)
    assert rules.language_of(Person(language="de-AT"), "en") == "de"
    page = client.get(link(asked(camille, language="de", programme=programme()))).content.decode()
    assert '<html lang="de"' in page
    assert re.findall(r'<a class="tongue"[^>]* lang="(\w+)"', page) == ["en", "fr"]
