"""Lost in spring, asked how things are in summer: the note, the real mail, the answer, and Today says who is ready.

A running product, real browsers, a real SMTP server, a real IMAP server. Only the calendar is helped: the deal was lost
ninety days ago, and what waits for a working morning of theirs leaves as if it had come.
"""

from __future__ import annotations

import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone

from tests.browser.conftest import Visit, Window
from tests.browser.product import Product, running
from tests.mail.imap_server import INSTALL, Dovecot, ImapServer, usable
from tests.mail.server import Received, SmtpServer, serving

pytestmark = pytest.mark.browser
HELENE, CAMILLE, ALIX = "helene@valmy.example", "camille@rebond.example", "alix@rebond.example"
SATURDAY = 5
WORDS = "Our budget is decided. Call me on Monday."
#: Two colleagues and a deal, as a team would have typed them half a year ago.
HALF_A_YEAR_AGO = """
from datetime import timedelta
from django.utils import timezone
from rebond.accounts.actions import add_person, add_team
from rebond.deals.actions import add_stage, create_company, create_deal, create_person, set_part
from rebond.demo.company import PASSWORD
from rebond.mail.boxes import mailbox
from rebond.mail.actions.mailboxes import sign_off
now = timezone.now()
then = now - timedelta(days=180)
team = add_team(name="North", actor=None, now=then)
said = {"password": PASSWORD, "language": "en", "actor": None, "now": then}
alix = add_person(name="Alix Renaud", email="alix@rebond.example", role="admin", team=None, **said)
camille = add_person(name="Camille Aubry", email="camille@rebond.example", role="seller", team=team, **said)
for name, kind in (("Qualify", "open"), ("Won", "won"), ("Lost", "lost")):
    add_stage(name=name, kind=kind, actor=None, now=then)
firm = create_company(name="Groupe Valmy", country="France", actor=camille, now=then)
helene = create_person(name="Hélène Marchetti", email="helene@valmy.example", language="en", company=firm,
                       actor=camille, now=then)
deal = create_deal(name="Maintenance, 3 sites", owner=camille, company=firm, opened_at=then, actor=camille, now=then)
set_part(deal=deal, person=helene, role="decision_maker", actor=camille, now=then)
sign_off(mailbox=mailbox.house(now=now), words="A loopback server has no DNS to sign with.", actor=alix, now=now)
print("DEAL", deal.pk)
"""
#: On a weekend her day is Monday; we do not wait for it.
HER_DAY_COMES = """
from django.utils import timezone
from rebond.nurture.models import Enrolment
print("DUE", Enrolment.objects.filter(status="active").update(due_on=timezone.localdate()))
"""
#: The engine itself, at the next working hour where she is.
A_WORKING_MORNING_COMES = """
from django.utils import timezone
from rebond.mail.outgoing.engine import send
from rebond.mail.models import Message
from rebond.mail.guarding.windows import next_open
waits = Message.objects.filter(purpose="nurture.note", status__in=["planned", "deferred"])
at = max([next_open(timezone.now(), "Europe/Paris", "FR"), *waits.values_list("send_at", flat=True)])
print("SENT", dict(send(clock=lambda: at)))
"""


@pytest.fixture(scope="module")
def post_office() -> Iterator[SmtpServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def letter_box() -> Iterator[ImapServer]:
    if not usable():
        pytest.skip(f"no Dovecot 2.3 on this machine: {INSTALL}")
    process = Dovecot()
    process.start()
    yield ImapServer(process)
    process.stop()


@pytest.fixture(scope="module")
def product(
    tmp_path_factory: pytest.TempPathFactory, post_office: SmtpServer, letter_box: ImapServer
) -> Iterator[Product]:
    """An empty product whose mail leaves by one real server and comes back by another."""
    folder = tmp_path_factory.mktemp("top-of-mind")
    ways = {"mail_url": post_office.url, "inbox_url": letter_box.url, "mail_from": "Rebond <rebond@ours.example>"}
    with running(folder, **ways) as product:
        yield product


def within(product: Product, script: str) -> str:
    done = product.rebond("manage", "shell", "-c", script)
    assert done.returncode == 0, done.stderr
    return done.stdout


def lost_in_spring(product: Product) -> None:
    """Ninety days ago, for its price."""
    deal = re.search(r"DEAL (\d+)", within(product, HALF_A_YEAR_AGO))
    assert deal is not None
    day = (timezone.localdate() - timedelta(days=90)).isoformat()
    words = ["close", deal[1], "lost", "--reason", "price_vs_alternative", "--competitor", "Nordvik"]
    done = product.rebond(*words, "--closed-at", day, "--as", CAMILLE, "--json")
    assert done.returncode == 0, done.stderr
    [next_one] = json.loads(product.rebond("keep", "list", "--as", CAMILLE, "--json").stdout)["due"] or [{}]
    if not next_one and timezone.localdate().weekday() >= SATURDAY:
        assert "DUE 1" in within(product, HER_DAY_COMES)


def finds_the_draft(camille: Visit) -> None:
    """On Today, with the piece that answers the price, and why."""
    camille.sign_in(CAMILLE)
    camille.go("/library")
    camille.submit("main form[action$='/starters'] button")  # six pieces to begin with
    camille.go("/keep")
    assert camille.page.inner_text("h1").startswith("1 person said no and is in touch")
    camille.go("/today")
    camille.submit("a.row:has-text('Stay in touch')")
    assert "Hélène Marchetti" in camille.page.inner_text(".touch h2")
    assert "may write: in touch with us" in camille.page.inner_text("#note-form")
    assert camille.page.inner_text("#note-form .piece b")
    assert "Answers" in camille.page.inner_text("#note-form .piece small")
    assert camille.axe() == []


def sends_it(camille: Visit) -> None:
    """Edited in place, and sent by keyboard."""
    camille.page.keyboard.press("e")
    written = camille.page.input_value("#note-form textarea")
    assert "Hélène" in written
    camille.page.fill("#note-form [name=subject]", "How are the three sites?")
    camille.page.fill("#note-form textarea", f"{written}\n\nThe coffee is on me.")
    camille.press("Control+Enter")
    assert "To Hélène Marchetti: leaves" in camille.page.inner_text("[data-toast]")
    assert camille.page.locator("a.row:has-text('Stay in touch')").count() == 0


def arrives(product: Product, post_office: SmtpServer) -> Received:
    """With our words, who we are, and two ways to stop: one click for machines (RFC 8058), a link for people."""
    deadline = time.monotonic() + 60
    found: list[Received] = []
    while not found and time.monotonic() < deadline:
        within(product, A_WORKING_MORNING_COMES)
        found = [one for one in post_office.received if one.recipients == [HELENE]]
    [note] = [one for one in found if one.mail["Subject"] == "How are the three sites?"]
    assert "The coffee is on me." in note.text
    assert "You get this note because you talked with Camille Aubry" in " ".join(note.text.split())
    assert note.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.search(rf"<{re.escape(product.url)}/m/\S+>", note.mail["List-Unsubscribe"])
    return note


def answers(note: Received, letter_box: ImapServer) -> None:
    """From her own mail program, into the mailbox."""
    reply = EmailMessage()
    reply["From"], reply["To"] = f"Hélène Marchetti <{HELENE}>", "rebond@ours.example"
    reply["Subject"], reply["Message-ID"] = "Re: How are the three sites?", "<her-answer@valmy.example>"
    reply["In-Reply-To"] = reply["References"] = str(note.mail["Message-ID"])
    reply["Date"] = timezone.now()
    reply.set_content(f"{WORDS}\n\nOn Thursday Camille Aubry wrote:\n> The coffee is on me.\n")
    letter_box.deliver(reply.as_bytes(), at=timezone.now())


def is_read_by_the_worker(alix: Visit, product: Product) -> None:
    """An administrator asks to look now; the worker beside the server does."""
    alix.sign_in(ALIX)
    alix.go("/inbox")
    alix.submit("main form[action='/inbox/read'] button")
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        listed = product.rebond("keep", "list", "--as", CAMILLE, "--json")
        if json.loads(listed.stdout)["signals"]:
            return
        time.sleep(0.5)
    raise AssertionError("the answer was not read")


def today_says_that_she_is_ready(camille: Visit) -> None:
    camille.go("/today")
    camille.submit("a.row.ready")
    text = camille.page.inner_text(".touch")
    assert WORDS in camille.page.inner_text(".touch blockquote")
    assert "The coffee is on me" not in camille.page.inner_text(".touch blockquote")
    assert "Said no to Maintenance, 3 sites" in text
    assert camille.axe() == []
    camille.press("t")
    assert camille.page.locator("a.row.ready").count() == 0
    camille.go("/keep")
    camille.submit("main .keep-views a[href*=paused]")
    camille.submit("main .keep-row a")
    person = camille.page.inner_text("main")
    assert "How are the three sites?" in person
    assert WORDS in person
    assert camille.axe() == []


def stops_with_one_click(note: Received, camille: Visit) -> None:
    """As a mail program does it: no cookie, no page, no redirect."""
    address = re.search(r"<(http[^>]+)>", note.mail["List-Unsubscribe"])
    assert address is not None
    body = urllib.parse.urlencode({"List-Unsubscribe": "One-Click"}).encode()
    with urllib.request.urlopen(urllib.request.Request(address[1], data=body), timeout=10) as answer:
        assert (answer.status, answer.geturl()) == (200, address[1])
    camille.page.reload()
    assert "They asked not to be written to. Call only if they call." in camille.page.inner_text("main")
    assert camille.page.locator("main a[href$='/note']").count() == 0


def test_lost_in_spring_ready_in_summer(
    product: Product, post_office: SmtpServer, letter_box: ImapServer, window: Window
) -> None:
    lost_in_spring(product)
    camille, alix = window(product), window(product)
    finds_the_draft(camille)
    sends_it(camille)
    note = arrives(product, post_office)
    answers(note, letter_box)
    is_read_by_the_worker(alix, product)
    today_says_that_she_is_ready(camille)
    stops_with_one_click(note, camille)
    assert (camille.errors, camille.foreign) == ([], [])
    assert (alix.errors, alix.foreign) == ([], [])
