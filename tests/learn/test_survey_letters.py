"""The two mails to a buyer: who writes, what they say, and that every link in them is the personal one."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation

from rebond.accounts.models import User
from rebond.deals.models import Outcome, Person
from rebond.learn.feedback.letters import compose, write_invitation, write_reminder
from rebond.learn.feedback.links import SAMPLE_TOKEN, link_of, sample_link
from rebond.learn.feedback.tokens import digest_of, token_of
from rebond.learn.models import Happened, Invitation, Response
from rebond.mail.actions import plan_message
from rebond.mail.purposes import Letter
from tests.learn.surveys import asked, programme

pytestmark = pytest.mark.django_db
LANGUAGES, KINDS = ("en", "fr"), ("invitation", "reminder")


class Links(HTMLParser):
    """Every address a mail program could fetch or follow."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [
            value or "" for name, value in attrs if name in ("href", "src", "action", "background", "srcset")
        ]


@pytest.fixture
def invitation(camille: User, nadia: User, admin_user: User) -> Invitation:
    return asked(camille, sender=nadia, reader=admin_user, programme=programme())


def letter(invitation: Invitation, kind: str = "invitation", language: str = "en") -> Letter:
    invitation.language = language
    return compose(invitation, kind, link_of(invitation))


@pytest.mark.parametrize("outcome", [Outcome.LOST, Outcome.WON])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_is_the_personal_one_and_nothing_is_fetched(
    camille: User, nadia: User, outcome: str, kind: str, language: str
) -> None:
    for rules in (programme(version=1), None):
        invitation = asked(camille, outcome=outcome, sender=nadia, programme=rules)
        mail, personal = letter(invitation, kind, language), link_of(invitation)
        html = Links(mail.html)
        assert not html.tags & {"img", "script", "link", "iframe", "style", "form"}
        in_text = re.findall(r"https?://\S+", mail.text)
        choices = 4 if outcome == Outcome.WON else 5
        assert sorted(html.found) == sorted(in_text)
        assert len([one for one in in_text if one.startswith(f"{personal}?first=")]) == choices
        assert [one for one in in_text if not one.startswith((f"{personal}?first=", f"{personal}/stop"))] == []
        assert not re.search(r"https?://|www\.", re.sub(r'href="[^"]*"', "", mail.html))
        assert "@" not in mail.text + mail.html
        assert "%(" not in mail.text + mail.html


def test_it_comes_from_a_person_who_is_not_the_seller(invitation: Invitation) -> None:
    mail = letter(invitation)
    assert mail.from_name == "Nadia Belkacem, Maintenance Valmy"
    assert mail.reply_to == "nadia@rebond.example"
    assert "Hello Hélène Marchetti," in mail.text
    assert "two minutes" in mail.text
    assert "not read by Camille Aubry unless you tick so" in mail.text
    assert "Nadia Belkacem\nMaintenance Valmy" in mail.text
    assert "\n\n\n" not in mail.text
    assert "Maintenance Valmy" in mail.subject
    assert compose(asked_without_programme(invitation), "invitation", "x").from_name == "Nadia Belkacem"


def asked_without_programme(invitation: Invitation) -> Invitation:
    invitation.programme = None
    return invitation


def test_a_mail_program_can_stop_it_with_one_click(invitation: Invitation) -> None:
    for kind in KINDS:
        headers = letter(invitation, kind).headers
        assert headers == {
            "List-Unsubscribe": f"<{link_of(invitation)}/stop>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    path = link_of(invitation).removeprefix(settings.CONFIG.public_url)
    assert Client().post(f"{path}/stop", {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_each_link_of_the_mail_opens_the_page_with_that_answer_marked(invitation: Invitation) -> None:
    links = re.findall(r"https?://\S+\?first=\S+", letter(invitation).text)
    assert len(links) == len(Happened)
    for url, code in zip(links, Happened.values, strict=True):
        page = Client().get(url.removeprefix(settings.CONFIG.public_url)).content.decode()
        assert re.search(rf'value="{code}"[^>]* checked', page)
    assert not Response.objects.exists()


def test_what_the_outbox_keeps_opens_nobodys_survey(invitation: Invitation) -> None:
    for kind in KINDS:
        mail = letter(invitation, kind)
        assert token_of(invitation.nonce) in mail.text
        assert token_of(invitation.nonce) not in mail.kept + mail.subject
        assert "http" not in mail.kept
        assert mail.kept.count("[personal link]") == 6


def test_the_outbox_gets_the_letter_of_its_message_in_the_buyers_language(invitation: Invitation, nadia: User) -> None:
    now = timezone.now()
    Invitation.objects.update(language="fr")
    for kind, write in (("invitation", write_invitation), ("reminder", write_reminder)):
        message = plan_message(
            key=f"learn.{kind}:{invitation.pk}", purpose=f"learn.{kind}", recipient="helene@valmy.example",
            sender=nadia, language="fr", send_at=now, actor=None, now=now,
        )  # fmt: skip
        with translation.override("en"):
            mail = write(message, now)
        assert link_of(invitation) in mail.text
        assert '<html lang="fr">' in mail.html


def test_a_preview_shows_the_letter_with_a_link_that_opens_nothing(invitation: Invitation) -> None:
    mail = compose(invitation, "invitation", sample_link())
    assert token_of(invitation.nonce) not in mail.text + mail.html + str(mail.headers)
    assert digest_of(SAMPLE_TOKEN) == ""
    assert Client().get(f"/s/{SAMPLE_TOKEN}").status_code == 404


def test_names_from_records_stay_one_line_and_text(invitation: Invitation, nadia: User, helene: Person) -> None:
    nadia.name, helene.name = "Nadia\r\nBcc: all@x.example", "<b>Hélène</b> & Co"
    invitation.sender, invitation.person = nadia, helene
    mail = letter(invitation)
    assert "\n" not in mail.from_name + mail.subject
    assert "\r" not in mail.from_name + mail.subject
    assert "Hello <b>Hélène</b> & Co," in mail.text
    assert "<b>" not in mail.html
    assert "Hello <b>Hélène</b> & Co," in unescape(mail.html)


def test_where_sharing_is_suggested_the_letter_does_not_promise_otherwise(invitation: Invitation) -> None:
    invitation.mode = "shared"
    for kind in KINDS:
        mail = letter(invitation, kind)
        assert "not read by" not in mail.text + mail.html
        assert "the page suggests Camille Aubry" in mail.text


def test_without_an_owner_or_a_person_it_is_still_a_letter(invitation: Invitation) -> None:
    invitation.deal.owner = None
    invitation.person = None
    mail = letter(invitation)
    assert mail.text.startswith("Hello,\n")
    assert "the person you dealt with" in mail.text


def test_the_reminder_says_that_it_is_the_only_one(invitation: Invitation) -> None:
    mail = letter(invitation, "reminder")
    assert "This is the only reminder" in mail.text
    assert len(mail.text) < len(letter(invitation).text)
