"""Once a month, three minutes: three texts of buyers, one finding with its cases, one open action.

Each person gets their own team's view, and nothing that Patterns would not show them: texts as far as each buyer
agreed, confidential answers in whole pools only. A month with nothing to say sends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.findings import words
from rebond.findings.finding import Finding
from rebond.learn.models import Action
from rebond.learn.patterns import answers, findings, heard, movement
from rebond.learn.patterns.heard import ShownQuote
from rebond.learn.patterns.view import View
from rebond.learn.queries import open_actions, team_actions
from rebond.mail.purposes import Letter

QUOTES = 3
#: Texts among which a month chooses its three.
RECENT = 30


@dataclass(frozen=True)
class Digest:
    """What one person is sent in one month.

    Attributes:
        month: its first day.
        cases: the finding's number of cases, in words.
        action: the reader's own next one, else, for whoever leads, the team's.
    """

    user: User
    month: date
    quotes: tuple[ShownQuote, ...]
    finding: Finding | None
    cases: str
    action: Action | None

    @property
    def is_empty(self) -> bool:
        """Nothing a person would want to read."""
        return not self.quotes and self.finding is None

    @property
    def title(self) -> str:
        return _("%(month)s in three minutes") % {"month": words.month(self.month)}

    @property
    def act(self) -> str:
        """What the finding suggests, without the tags of its screen form."""
        return strip_tags(str(self.finding.act)) if self.finding else ""


def compose(user: User, today: date) -> Digest:
    """This month's digest of ``user``, in the language in force."""
    view, month = View.of(user, {}, today), today.replace(day=1)
    shown = heard.quotes(answers.verbatims(view, limit=RECENT))
    finding, cases = _finding(view)
    action = open_actions(user).first() or team_actions(user).first()
    return Digest(user, month, _of_the_month(shown, month), finding, cases, action)


def _of_the_month(shown: Sequence[ShownQuote], month: date) -> tuple[ShownQuote, ...]:
    """Three of the recent texts, others each month; the newest first when there are no more.

    >>> _of_the_month("abcdefg", date(2026, 1, 1)), _of_the_month("abcdefg", date(2026, 2, 1))
    (('a', 'b', 'c'), ('d', 'e', 'f'))
    """
    turns = max(-(-len(shown) // QUOTES), 1)
    start = QUOTES * ((month.month - 1) % turns)
    return tuple(shown[start : start + QUOTES])


def _finding(view: View) -> tuple[Finding | None, str]:
    """The one thing worth saying: what really moved, else what each voice says, else what was in our hands."""
    changes = answers.changes(view)
    moved = movement.moved(changes, view)
    if moved.known and moved.verdict is not None and not moved.luck:
        return moved, _cases(changes.win_rate.after.n)
    block = answers.voices(view)
    spoken = findings.voices(block, view)
    if spoken.known:
        said = {"sellers": words.count(block.sellers), "buyers": words.count(block.buyers)}
        return spoken, _("Sellers’ answers: %(sellers)s; buyers’: %(buyers)s.") % said
    control = answers.control(view)
    ours = findings.control(control, view)
    return (ours, _cases(control.share.n)) if ours.known else (None, "")


def _cases(n: int) -> str:
    return _("Of %(n)s cases.") % {"n": words.count(n)}


def letter(digest: Digest) -> Letter:
    """Plain text; the texts of buyers stay in their language."""
    with translation.override(digest.user.language):
        context = {
            "digest": digest, "base": settings.CONFIG.public_url.rstrip("/"),
            "patterns": reverse("learn:patterns"), "actions": reverse("learn:actions"),
        }  # fmt: skip
        text = render_to_string("learn/letters/digest.txt", context).strip() + "\n"
        return Letter(subject=digest.title, text=text, from_name="Rebond")
