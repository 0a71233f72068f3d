"""The two mails a buyer gets: the question and its one reminder.

From a named person who is not the deal's owner, in the buyer's language, without a picture or anything that tells us
whether it was read. Every link is the personal link or lies below it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from rebond.base.text import clean
from rebond.learn.feedback.links import link_of, with_everything
from rebond.learn.feedback.options import what_happened
from rebond.learn.feedback.pages import is_won, seller_of
from rebond.learn.models import Invitation, Mode
from rebond.mail.models import Message
from rebond.mail.purposes import Letter

INVITATION, REMINDER = "invitation", "reminder"


def write_invitation(message: Message, now: datetime) -> Letter:  # noqa: ARG001 (the outbox's signature)
    """The question, as the outbox sends it."""
    return _write(message, INVITATION)


def write_reminder(message: Message, now: datetime) -> Letter:  # noqa: ARG001
    """The one reminder, as the outbox sends it."""
    return _write(message, REMINDER)


def _write(message: Message, kind: str) -> Letter:
    invitation = with_everything().get(pk=int(message.key.rpartition(":")[2]))
    return compose(invitation, kind, link_of(invitation))


def compose(invitation: Invitation, kind: str, link: str) -> Letter:
    """The mail of one invitation; reads and writes nothing.

    Args:
        invitation: with its deal, close event, person, programme, sender and reader (``links.with_everything``).
        kind: ``invitation`` or ``reminder``.
        link: the personal link (``links.link_of``), or ``links.sample_link()`` for a preview.
    """
    with translation.override(invitation.language):
        context = _context(invitation, link)
        text = re.sub(r"\n{3,}", "\n\n", render_to_string(f"learn/letters/{kind}.txt", context)).strip() + "\n"
        return Letter(
            subject=_subject(kind, context["company"]),
            text=text,
            html=render_to_string(f"learn/letters/{kind}.html", context),
            kept=_without_links(text, link),
            from_name=", ".join(part for part in (context["sender"], context["company"]) if part),
            reply_to=(invitation.sender.email or "") if invitation.sender else "",
            headers={
                "List-Unsubscribe": f"<{link}/stop>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )


def _context(invitation: Invitation, link: str) -> dict[str, Any]:
    """What both mails say. Names come from records: one line each, since one of them stands in a header."""
    won = is_won(invitation)
    return {
        "company": _line(invitation.programme.company_name) if invitation.programme else "",
        "sender": _line(invitation.sender.name) if invitation.sender else "",
        "person": _line(invitation.person.name) if invitation.person else "",
        "seller": _line(seller_of(invitation)),
        "answers": [(str(label), f"{link}?first={code}") for code, label in what_happened(won).items()],
        "expires_at": invitation.expires_at,
        "link": link,
        "won": won,
        "shared": invitation.mode == Mode.SHARED,
        "language": invitation.language,
    }


def _line(text: str) -> str:
    return " ".join(clean(text, 200).split())


def _subject(kind: str, company: str) -> str:
    if kind == REMINDER:
        return _("Still two minutes? What decided it for you")
    if company:
        return _("What decided it for you? Two minutes for %(company)s") % {"company": company}
    return _("What decided it for you? Two minutes")


def _without_links(text: str, link: str) -> str:
    """As the outbox keeps it: whoever reads it there cannot answer in the buyer's place.

    >>> _without_links("Answer: https://a.example/s/abc?first=kept now", "https://a.example/s/abc")
    'Answer: [personal link] now'
    """
    return re.sub(re.escape(link) + r"\S*", _("[personal link]"), text)
