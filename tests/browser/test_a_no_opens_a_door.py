"""A no, the ask, a name on the phone, the introduction by a real mail, a sale, the reward; then a refund takes it back.

A running product, real browsers, a real SMTP server. Two things are helped: the first meeting was weeks ago, and the
programme pays at once after a sale, because nobody waits thirty days for a test.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import Visit, Window
from tests.browser.product import Product, running
from tests.mail.server import Received, SmtpServer, serving

pytestmark = pytest.mark.browser
CAMILLE, NADIA, PAUL = "camille@rebond.example", "nadia@rebond.example", "paul.roux@lumen.example"
#: A team, an open deal with a buyer somebody met, and a programme that pays at once.
A_TEAM = """
from datetime import timedelta
from django.utils import timezone
from rebond.accounts.actions import add_person, add_team
from rebond.deals.actions import add_stage, create_company, create_deal, create_person, log_touch, set_part
from rebond.demo.company import PASSWORD
from rebond.mail.actions.mailboxes import sign_off
from rebond.mail.boxes import mailbox
from rebond.refer.actions.programme import publish
from rebond.refer.models import RewardKind
from rebond.refer.offers import Offer, Offered
now = timezone.now()
then = now - timedelta(days=40)
team = add_team(name="North", actor=None, now=then)
said = {"password": PASSWORD, "language": "en", "actor": None, "now": then}
alix = add_person(name="Alix Renaud", email="alix@rebond.example", role="admin", team=None, **said)
nadia = add_person(name="Nadia Belkacem", email="nadia@rebond.example", role="manager", team=team, **said)
camille = add_person(name="Camille Aubry", email="camille@rebond.example", role="seller", team=team, **said)
for name, kind in (("Qualify", "open"), ("Won", "won"), ("Lost", "lost")):
    add_stage(name=name, kind=kind, actor=None, now=then)
firm = create_company(name="Groupe Valmy", country="France", actor=camille, now=then)
helene = create_person(name="Hélène Marchetti", email="helene@valmy.example", language="en", company=firm,
                       actor=camille, now=then)
deal = create_deal(name="Maintenance, 3 sites", owner=camille, company=firm, opened_at=then, actor=camille, now=then)
set_part(deal=deal, person=helene, role="decision_maker", actor=camille, now=then)
met = then + timedelta(days=3)
log_touch(deal=deal, person=helene, channel="meeting", result="held", at=met, actor=camille, now=now)
gift = Offered(RewardKind.DONATION, 5000, label_en="to a charity you choose")
offer = Offer("EUR", (gift,), hold_days=0, hold_from="close", own_deal_days=0)
publish(offer=offer, actor=alix, now=then)
sign_off(mailbox=mailbox.house(now=now), words="A loopback server has no DNS to sign with.", actor=alix, now=now)
print("DEAL", deal.pk)
"""


@pytest.fixture(scope="module")
def post_office() -> Iterator[SmtpServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, post_office: SmtpServer) -> Iterator[Product]:
    ways = {"mail_url": post_office.url, "mail_from": "Rebond <rebond@ours.example>"}
    with running(tmp_path_factory.mktemp("a-door"), **ways) as product:
        yield product


def a_team(product: Product) -> str:
    """The address of the open deal."""
    done = product.rebond("manage", "shell", "-c", A_TEAM)
    assert done.returncode == 0, done.stderr
    found = re.search(r"DEAL (\d+)", done.stdout)
    assert found is not None
    return f"/deals/{found[1]}"


def listed(product: Product) -> dict[str, Any]:
    """The one introduction, as the command line tells it."""
    done = product.rebond("refer", "list", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    [one] = found["referrals"] if isinstance(found, dict) else found
    return dict(one)


def becomes(product: Product, state: str, seconds: float = 180) -> dict[str, Any]:
    """Until it stands there: the worker beside the server moves it."""
    deadline = time.monotonic() + seconds
    while (one := listed(product))["state"] != state:
        assert time.monotonic() < deadline, one
        time.sleep(0.5)
    return one


def says_no(camille: Visit, deal: str) -> None:
    camille.sign_in(CAMILLE)
    camille.go(f"{deal}#close")
    camille.page.select_option("#close-outcome", "lost")
    camille.page.select_option("[name=reason]", "no_budget")
    camille.submit(
        "form[action$='/close'] button.go, form[action$='/close'] button[type=submit], form[action$='/close'] .btn"
    )


def is_asked(camille: Visit) -> None:
    """Today brings it; the script is there, and the name said on the phone is one line."""
    camille.go("/today")
    camille.submit("a.row:has-text('Ask for an introduction')")
    assert "Hélène Marchetti" in camille.page.inner_text(".touch h2")
    assert camille.axe() == []
    camille.submit(".touch a[href*='/advocates/asks/']")
    assert "who do you know" in camille.page.inner_text(".ask-script").lower()
    assert camille.axe() == []
    camille.page.fill("#ask-name-1", "Paul Roux")
    camille.page.fill("#ask-company-1", "Lumen Habitat")
    camille.page.fill("#ask-email-1", PAUL)
    camille.submit(".ask-names button.go")


def is_written_to(camille: Visit, product: Product, post_office: SmtpServer) -> Received:
    """Our one first message, naming Hélène, with the reward told to the one who is introduced."""
    one = listed(product)
    assert (one["state"], one["referred"]["name"]) == ("agreed", "Paul Roux")
    camille.go(f"/advocates/referrals/{one['id']}?mode=first_contact")
    assert "Hélène Marchetti" in camille.page.input_value("#note-form textarea")
    assert camille.axe() == []
    camille.submit("button[form=note-form]")
    becomes(product, "introduced")
    [letter] = [one for one in post_office.received if one.recipients == [PAUL]]
    text = " ".join(letter.text.split())
    assert "Hélène Marchetti" in text
    assert "as a result of the referral" in text
    return letter


def becomes_a_sale(camille: Visit, product: Product) -> None:
    one = listed(product)
    camille.go(f"/advocates/referrals/{one['id']}")
    camille.page.fill("#d-name", "Three sites of Lumen")
    camille.page.fill("#d-amount", "6200")
    camille.submit("form:has(#d-name) button")
    deal = becomes(product, "qualified")["deal_id"]
    camille.go(f"/deals/{deal}#close")
    assert "Hélène Marchetti" in camille.page.inner_text("main")  # who introduced whom
    camille.page.select_option("#close-outcome", "won")
    camille.submit("form[action$='/close'] .btn")


def may_be_rewarded(camille: Visit, product: Product) -> str:
    """What Hélène said on the phone is noted, her link is made; the address of her own page."""
    advocate = listed(product)["advocate"]["id"]
    camille.go(f"/advocates/people/{advocate}")
    camille.page.locator("details:has(#allows) summary").click()
    camille.page.select_option("#allows", "yes")
    camille.page.select_option("#wants", "donation")
    camille.submit("form:has(#allows) button")
    camille.submit("button[name=do]:not([value=revoke])")  # made, or renewed for a year
    link = camille.page.input_value("#own-link")
    assert camille.axe() == []
    return link


def says_where_it_goes(helene: Visit, link: str) -> None:
    """On a phone, without signing in and without scripts."""
    helene.page.goto(link)
    assert "Paul Roux" in helene.page.inner_text("main")
    assert "6,200" not in helene.page.inner_text("body")
    assert not helene.scrolls_sideways()
    helene.page.goto(f"{link}/payee")
    helene.page.fill("[name=charity]", "Les Toits du Coeur")
    helene.submit("main form button")


def the_hour_strikes(product: Product) -> None:
    """What the worker does every hour: whatever is due now comes due."""
    script = (
        "from django.utils import timezone; from rebond.refer.actions.rewards import sweep; sweep(now=timezone.now())"
    )
    done = product.rebond("manage", "shell", "-c", script)
    assert done.returncode == 0, done.stderr


def is_approved_and_handed_out(nadia: Visit, product: Product) -> None:
    nadia.sign_in(NADIA)
    nadia.go("/advocates/rewards")
    assert "Hélène Marchetti" in nadia.page.inner_text("main")
    assert nadia.axe() == []
    nadia.submit("form[action$='/approve'] button")
    nadia.submit("form[action$='/rewards/run'] button")
    becomes(product, "paid")


def sees_it(helene: Visit, link: str) -> None:
    helene.page.goto(f"{link}/statement")
    assert "€50" in helene.page.inner_text("main")


def is_refunded(nadia: Visit, product: Product, link: str, helene: Visit) -> None:
    one = listed(product)
    nadia.go(f"/advocates/referrals/{one['id']}")
    nadia.page.locator("details:has(#refund-day) summary").click()
    today = nadia.page.get_attribute("#refund-day", "max") or ""
    nadia.page.fill("#refund-day", today)
    nadia.submit("form:has(#refund-day) button")
    assert listed(product)["state"] == "clawed_back"
    helene.page.goto(f"{link}/statement")
    assert helene.page.inner_text("main").count("€50") >= 2  # given, and to be made up for
    said = product.rebond("refer", "statement", str(one["advocate"]["person_id"]), "--json")
    assert said.returncode == 0, said.stderr
    assert "claw_back" in said.stdout


def test_a_no_opens_a_door_and_a_refund_takes_the_reward_back(
    product: Product, post_office: SmtpServer, window: Window
) -> None:
    deal = a_team(product)
    camille, nadia, helene = window(product), window(product), window(product, width=390, scripts=False)
    says_no(camille, deal)
    is_asked(camille)
    is_written_to(camille, product, post_office)
    becomes_a_sale(camille, product)
    assert listed(product)["state"] in ("won", "reward_due")
    link = may_be_rewarded(camille, product)
    says_where_it_goes(helene, link)
    the_hour_strikes(product)
    becomes(product, "reward_due")
    is_approved_and_handed_out(nadia, product)
    sees_it(helene, link)
    is_refunded(nadia, product, link, helene)
    for one in (camille, nadia, helene):
        assert (one.errors, one.foreign) == ([], [])
