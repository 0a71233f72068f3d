"""Every screen of the product, as an administrator of the demo company reaches it."""

from __future__ import annotations

from tests.browser.conftest import Visit
from tests.browser.product import Product

#: What a manager sees otherwise than a seller or an administrator: other people's, and what stands above theirs.
OF_A_MANAGER = (
    "/today",
    "/keep",
    "/keep?show=paused",
    "/keep/noes",
    "/keep/rules/price",
    "/inbox",
    "/silence",
    "/interest",
    "/time",
    "/time/assumptions",
    "/long",
    "/goals",
    "/cheatsheet",
    "/today/right",
)
#: What of Value of time and of the long view comes by itself, and stands as a page of its own without a script.
BLOCKS = (
    *(f"/time/block/{name}" for name in ("ratio", "corrected", "tiles", "lede", "changes", "kinds", "next")),
    *(f"/time/block/{name}" for name in ("conversations", "move", "groups")),
    *(f"/long/block/{name}" for name in ("side-by-side", "goal", "chance", "real", "cycle", "touches", "marks")),
)
#: Prints the token of somebody who said no and hears from Camille.
_A_TOKEN = """
from rebond.mail.rights.tokens import token_for
from rebond.nurture.models import Enrolment
print("TOKEN", token_for(Enrolment.objects.exclude(person__email="").order_by("pk")[0].person.email))
"""
#: Addresses that need no record.
FIXED = (
    "/today", "/debriefs", "/actions", "/deals", "/deals?q=nothing-is-called-this", "/deals?outcome=lost", "/deals/new",
    "/people", "/people/new", "/companies", "/companies/new", "/search?q=valmy", "/search?q=zzzz", "/stages",
    "/imports", "/imports/new", "/team", "/team/invite", "/outbox", "/settings", "/more", "/audit", "/reasons/phrases",
    "/reveals", "/actions/new", "/tests", "/tests/new", "/patterns/digest", "/patterns/voices",
    "/patterns/deals?what=losses", "/reasons?code=timing", "/reasons?code=new", "/feedback", "/feedback/programme",
    "/feedback/answers",
    "/keep", "/keep?show=paused", "/keep?show=ended", "/keep/noes", "/keep/rules", "/keep/rules/price", "/keep/away",
    "/library", "/library/new", "/library/gaps", "/library/templates", "/library/templates/check_in/fr",
    "/mailboxes", "/mailboxes/mine", "/inbox", "/silence", "/interest",
    "/time", "/time?whose=all", "/time/assumptions", "/time/assumptions?team=all", "/time/deals?what=sales",
    "/today/right", "/today/right?show=1", "/long", "/long?what=rate", "/long?what=money", "/goals", "/cheatsheet",
    "/account/password/change/", "/account/2fa/", "/deals/999999",
)  # fmt: skip


def of_one_record(visit: Visit) -> list[str]:
    """Addresses of one deal of each kind, a person, a company, a colleague, a question, an answer, a mail."""
    still_open = visit.first_link("/deals?outcome=open", "/deals")
    closed = visit.first_link("/deals?outcome=lost", "/deals")
    person = visit.first_link("/people", "/people")
    company = visit.first_link("/companies", "/companies")
    colleague = visit.first_link("/team", "/team/people")
    asked = visit.first_link("/feedback", "/feedback")
    answer = visit.first_link("/feedback/answers", "/feedback/answers")
    mail = visit.first_link("/outbox", "/outbox")
    came_in = visit.first_link("/inbox", "/inbox")
    piece = visit.first_link("/library", "/library")
    mailbox = visit.first_link("/mailboxes", "/mailboxes")
    return [
        still_open, f"{still_open}/edit", closed, person, f"{person}/edit", company, f"{company}/edit", colleague,
        f"/deals/close?deal={still_open.rsplit('/', 1)[1]}", asked, answer, mail,
        came_in, piece, f"{piece}/edit", mailbox, f"{person}/privacy",
    ]  # fmt: skip


def of_a_seller(visit: Visit) -> list[str]:
    """What only the seller whose debrief it is sees: each of its pages, a finished one, its perspective."""
    visit.go("/debriefs")
    links = visit.page.eval_on_selector_all("main a", "links => links.map(link => link.getAttribute('href'))")
    due, *_others, done = [link for link in links if link.startswith("/debriefs/")]
    visit.go(done)
    perspective = visit.page.get_attribute("a[href^='/perspective/']", "href") or ""
    shared = visit.first_link("/reveals", "/reveals")
    kept = visit.first_link("/keep", "/keep")
    visit.go("/keep")
    note = visit.page.get_attribute("main a[href$='/note']", "href") or ""
    paused, ended = (visit.first_link(f"/keep?show={how}", "/keep") for how in ("paused", "ended"))
    came_in = visit.first_link("/inbox", "/inbox")
    visit.go("/today")
    rows = ("a.row.ready", "a.row[href*='nurture.keep']")
    ready, to_send = (visit.page.locator(row).first.get_attribute("href") or "" for row in rows)
    goodbye = _a_goodbye(visit)
    visit.go("/goals")
    change = visit.page.get_attribute("main a[href^='/goals/'][href$='/change']", "href") or ""
    return [
        "/time", "/time/assumptions", "/time/deals?what=sales", goodbye, "/long", *BLOCKS, "/goals", change,
        "/cheatsheet", "/today/right", "/today/right?show=1",
        kept, note, paused, ended, ready, to_send, "/keep", "/keep/noes", "/keep/rules",
        "/inbox", came_in, "/mailboxes/mine",
        f"{due}/1", f"{due}/4", f"{due}/reasons", f"{due}/lessons", done, perspective, "/today", "/debriefs", shared,
        f"/today?item=learn.reveal:{shared.rsplit('/', 1)[1]}",
    ]  # fmt: skip


def _a_goodbye(visit: Visit) -> str:
    """Who may be said goodbye to; listed once the worker has made the list of prices."""
    for _try in range(60):
        visit.go("/time/block/conversations")
        links = visit.page.locator("main a[href^='/time/goodbye/']")
        if links.count():
            return links.first.get_attribute("href") or ""
        visit.page.wait_for_timeout(1000)
    raise AssertionError("nobody to say goodbye to within a minute")


def of_a_recipient(product: Product, language: str) -> list[str]:
    """What somebody sees who follows the link under one of our notes, without an account."""
    done = product.rebond("manage", "shell", "-c", _A_TOKEN)
    assert done.returncode == 0, done.stderr
    token = done.stdout.split("TOKEN ")[1].split()[0]
    return [f"/m/{token}?lang={language}", f"/m/{token}/stop?lang={language}", f"/m/nothing?lang={language}"]
