"""From a no to what it changed, in real browsers and with a real mail server: Hélène answers on her phone."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.browser.conftest import Visit, Window
from tests.browser.product import Product, running
from tests.mail.server import Received, SmtpServer, serving

pytestmark = pytest.mark.browser
TIME_PASSES = """
from django.db.models import F
from django.utils import timezone
from rebond.learn.models import Invitation
from rebond.mail.models import Message
Message.objects.filter(key__startswith="learn.invitation:", status="planned").update(send_at=timezone.now())
"""


@pytest.fixture(scope="module")
def post_office() -> Iterator[SmtpServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, post_office: SmtpServer) -> Iterator[Product]:
    """The demo company, with a mail server that takes what it sends."""
    folder = tmp_path_factory.mktemp("voices")
    with running(folder, command="demo", mail_url=post_office.url, mail_from="Rebond <rebond@ours.example>") as product:
        yield product


def closes_helenes_deal(visit: Visit) -> str:
    """As lost, for its budget; returns the deal's address."""
    visit.sign_in("camille@rebond.example")
    visit.go(visit.first_link("/deals?q=groupe+valmy&outcome=open", "/deals"))
    deal = visit.page.url.removeprefix(visit.url)
    visit.page.select_option("[name=outcome]", "lost")
    visit.page.select_option("[name=reason]", "no_budget")
    visit.submit("#close .btn.go")
    return deal


def debriefs(visit: Visit) -> None:
    for _number in range(6):
        visit.page.check("[name=answer][value=partly]", force=True)
        visit.submit(".btn.go")
    visit.submit(".btn.go")
    visit.page.fill("[name=keep]", "Came with numbers")
    visit.page.fill("[name=change]", "Agree the next date before hanging up")
    visit.submit(".btn.go")


def invitation_arrives(product: Product, post_office: SmtpServer) -> Received:
    """Two days or three weeks later: the worker hands it to the mail server."""
    done = product.rebond("manage", "shell", "-c", TIME_PASSES)
    assert done.returncode == 0, done.stderr
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        product.rebond("mail", "send")
        for received in post_office.received:
            if received.recipients == ["helene.marchetti@groupe-valmy.example"]:
                return received
        time.sleep(0.3)
    raise AssertionError("the invitation did not arrive")


def answers_on_a_phone(visit: Visit, link: str) -> None:
    """Five steps in French; then it is Camille's to read."""
    visit.page.goto(link)
    assert visit.page.get_attribute("html", "lang") == "fr"
    assert visit.page.is_checked("[name=happened][value=postponed]")
    assert visit.axe() == []
    visit.submit("button.go")
    for code in ("not_in_touch", "value_unclear"):
        box = visit.page.locator(f"[name=code][value={code}]")
        if not box.is_visible():
            visit.page.locator("details summary").click()
        box.check(force=True)
    visit.page.fill("[name=words]", "Plus de nouvelles après la visite.")
    visit.submit("button.go")
    visit.page.check("[name=main][value=not_in_touch]", force=True)
    visit.submit("button.go")
    for name, value in (("involved", 4), ("understood", 5), ("proposal", 3), ("helped", 2)):
        visit.page.check(f"[name={name}][value='{value}']", force=True)
    visit.submit("button.go")
    visit.page.fill("[name=words]", "Une date fixée pour nous rappeler.")
    visit.submit("button.go")
    visit.page.check("[name=mode][value=shared]", force=True)
    visit.page.check("[name=own_words][value=named]", force=True)
    assert visit.axe() == []
    assert not visit.scrolls_sideways()
    visit.submit("button.go")
    assert visit.page.url.split("?")[0].endswith("/done")
    assert visit.axe() == []


def sees_it_beside_hers(visit: Visit) -> None:
    visit.go("/reveals")
    visit.submit("main a[href^='/reveals/'] >> nth=0")
    assert "Plus de nouvelles" not in visit.page.inner_text("main")  # one looks on purpose
    visit.submit("main form .btn.go")
    text = visit.page.inner_text("main")
    assert "Plus de nouvelles après la visite." in text
    assert "The conversation faded" in text
    assert visit.axe() == []
    visit.page.fill("[name=surprised]", "It was not the budget at all.")
    visit.submit("main form .btn")
    assert "It was not the budget at all." in visit.page.input_value("[name=surprised]")


def promises(visit: Visit) -> None:
    visit.submit("main a[href^='/actions/new']")
    assert visit.page.input_value("[name=reason]") == "not_in_touch"
    visit.page.fill("[name=text]", "Call three days after each visit")
    visit.page.fill("[name=due_on]", (timezone.localdate() + timedelta(days=14)).isoformat())
    visit.submit("main form .btn.go")
    visit.go("/actions")
    assert "Call three days after each visit" in visit.page.inner_text("main")


def finds_it_in_patterns(visit: Visit, deal: str) -> None:
    visit.go("/patterns?period=3m")
    visit.page.wait_for_selector("#voices h2:not(.later)", timeout=60_000)
    visit.go("/patterns/deals?what=reason&code=not_in_touch&voice=buyer&period=3m")
    assert visit.page.locator(f"main a[href='{deal}']").count() >= 1


def sees_what_the_action_did(visit: Visit) -> None:
    visit.go("/actions")
    mine = visit.page.locator("li, article, section", has_text="Call three days after each visit").last
    mine.locator("form[action$='/done'] button").click()
    visit.go("/actions")
    assert re.search(r"undecided|too few|more", visit.page.inner_text("main"), re.IGNORECASE)


def test_from_the_no_to_what_it_changed(product: Product, post_office: SmtpServer, window: Window) -> None:
    camille = window(product)
    deal = closes_helenes_deal(camille)
    debriefs(camille)
    received = invitation_arrives(product, post_office)
    assert "Nadia" in str(received.mail["From"])
    link = next(url for url in re.findall(r"http\S+", received.text) if url.endswith("first=postponed"))
    helene = window(product, language="fr", width=390)
    answers_on_a_phone(helene, link)
    assert (helene.errors, helene.foreign) == ([], [])
    sees_it_beside_hers(camille)
    promises(camille)
    finds_it_in_patterns(camille, deal)
    sees_what_the_action_did(camille)
    assert (camille.errors, camille.foreign) == ([], [])
    commands_say_the_same(product)


def commands_say_the_same(product: Product) -> None:
    patterns = product.rebond("patterns", "--json", "--period", "3m", "--as", "camille@rebond.example")
    assert json.loads(patterns.stdout)["headcount"]["losses"] >= 1
    status = product.rebond("survey", "status", "--json", "--as", "camille@rebond.example")
    assert json.loads(status.stdout)["answered"]
