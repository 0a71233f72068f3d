"""Every screen of the product, as an administrator of the demo company reaches it."""

from __future__ import annotations

from tests.browser.conftest import Visit

#: Addresses that need no record.
FIXED = (
    "/today", "/debriefs", "/actions", "/deals", "/deals?q=nothing-is-called-this", "/deals?outcome=lost", "/deals/new",
    "/people", "/people/new", "/companies", "/companies/new", "/search?q=valmy", "/search?q=zzzz", "/stages",
    "/imports", "/imports/new", "/team", "/team/invite", "/outbox", "/settings", "/more", "/audit", "/reasons/phrases",
    "/reveals", "/actions/new", "/tests", "/tests/new", "/patterns/digest", "/patterns/voices",
    "/patterns/deals?what=losses", "/reasons?code=timing", "/reasons?code=new", "/feedback", "/feedback/programme",
    "/feedback/answers",
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
    return [
        still_open, f"{still_open}/edit", closed, person, f"{person}/edit", company, f"{company}/edit", colleague,
        f"/deals/close?deal={still_open.rsplit('/', 1)[1]}", asked, answer, mail,
    ]  # fmt: skip


def of_a_seller(visit: Visit) -> list[str]:
    """What only the seller whose debrief it is sees: each of its pages, a finished one, its perspective."""
    visit.go("/debriefs")
    links = visit.page.eval_on_selector_all("main a", "links => links.map(link => link.getAttribute('href'))")
    due, *_others, done = [link for link in links if link.startswith("/debriefs/")]
    visit.go(done)
    perspective = visit.page.get_attribute("a[href^='/perspective/']", "href") or ""
    shared = visit.first_link("/reveals", "/reveals")
    return [
        f"{due}/1", f"{due}/4", f"{due}/reasons", f"{due}/lessons", done, perspective, "/today", "/debriefs", shared,
        f"/today?item=learn.reveal:{shared.rsplit('/', 1)[1]}",
    ]  # fmt: skip
