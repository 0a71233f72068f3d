"""The blocks of Patterns: which there are, in which order, what each is called and made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from rebond.findings.finding import Finding
from rebond.learn.patterns import answers, findings, heard, matched, movement, profile
from rebond.learn.patterns.view import View
from rebond.learn.queries.feedback import health

HEADCOUNT = "headcount"
#: Texts shown among the other blocks; all of them stand on the block's own page.
QUOTES = 7


@dataclass(frozen=True)
class Block:
    """One part of the page: its template and what that shows."""

    name: str
    findings: tuple[Finding, ...] = ()
    template: str = "learn/patterns/findings.html"
    more: dict[str, Any] = field(default_factory=dict)


def titles() -> dict[str, str]:
    """Every block by name, in the order of the page: what stands there until it has come."""
    return {
        "voices": _("Why we lose, by voice"),
        "control": _("What we could act on"),
        "moved": _("What really moved"),
        "reasons": _("Reason by reason"),
        "agreement": _("Seller beside buyer"),
        "competitors": _("Against whom"),
        "no-decision": _("Without a decision"),
        "profile": _("The six questions"),
        "verbatims": _("In buyers’ own words"),
        "health": _("Who is heard"),
    }


def build(name: str, view: View, *, whole: bool = False) -> Block:
    """The block of that name, ``whole`` on a page of its own; ``KeyError`` when there is none."""
    if name == "verbatims":
        return _verbatims(view, whole=whole)
    return BUILDERS[name](view)


def _one(name: str, finding: Finding) -> Block:
    return Block(name, (finding,))


def _verbatims(view: View, *, whole: bool = False) -> Block:
    found = answers.verbatims(view)
    shown = heard.quotes(found)
    more = {
        "quotes": shown if whole else shown[:QUOTES], "headline": heard.quotes_headline(found), "total": found.total,
        "rest": not whole and len(shown) > QUOTES,
        "all": f"{reverse('learn:block', args=['verbatims'])}?{view.as_query()}",
    }  # fmt: skip
    return Block("verbatims", template="learn/patterns/verbatims.html", more=more)


def _headcount(view: View) -> Block:
    more = {"lede": heard.lede(answers.headcount(view), view)}
    return Block(HEADCOUNT, template="learn/patterns/headcount.html", more=more)


BUILDERS: dict[str, Callable[[View], Block]] = {
    "voices": lambda view: _one("voices", findings.voices(answers.voices(view), view)),
    "control": lambda view: _one("control", findings.control(answers.control(view), view)),
    "moved": lambda view: _one("moved", movement.moved(answers.changes(view), view)),
    "reasons": lambda view: _one("reasons", movement.by_reason(answers.changes(view), view)),
    "agreement": lambda view: _one("agreement", matched.agreement(answers.agreement(view), view)),
    "competitors": lambda view: _one("competitors", matched.competitors(answers.competitors(view), view)),
    "no-decision": lambda view: _one("no-decision", matched.no_decision(answers.no_decision(view), view)),
    "profile": lambda view: _one("profile", profile.profile(answers.profile(view), view)),
    "verbatims": _verbatims,
    "health": lambda view: _one("health", heard.health(health(view.user, view.since, view.until), view)),
    HEADCOUNT: _headcount,
}


def period_choices() -> list[tuple[str, str]]:
    """The periods that may be chosen."""
    return [("3m", _("Three months")), ("6m", _("Six months")), ("12m", _("Twelve months")), ("all", _("All the time"))]
