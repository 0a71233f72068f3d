"""What all rooms keep of one person: read here together, in words with counts, and as their own copy of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import User
from rebond.celebrate import kept as in_celebrate
from rebond.deals import kept as in_deals
from rebond.deals.erasing import ERASED, Erasing
from rebond.deals.models import Deal, Person
from rebond.deals.queries import deals_for
from rebond.learn import kept as in_learn
from rebond.mail import kept as in_mail
from rebond.mail.rights import basis as rules
from rebond.nurture import kept as in_nurture
from rebond.refer import kept as in_refer
from rebond.worth import kept as in_worth

Rows = Sequence[Mapping[str, Any]]

#: What a room above this one does when somebody is erased; it registers it in ``apps.py`` (``ready``).
Eraser = Callable[[Erasing], None]
_ABOVE: list[Eraser] = []


def also_erase(eraser: Eraser) -> None:
    """Makes an eraser known; the same one twice is once."""
    if eraser not in _ABOVE:
        _ABOVE.append(eraser)


def erase_above(of: Erasing) -> None:
    """Lets the rooms above forget, in the caller's transaction."""
    for eraser in _ABOVE:
        eraser(of)


#: How screens call what is kept, by the key of the copy; in the order they are shown.
WORDS: dict[str, str | Promise] = {
    "record": _("the record: name, address, phone, title, language, company"),
    "deals": _("parts in decisions"),
    "contacts": _("contacts: calls, mails, meetings, with what was noted"),
    "mails_sent": _("mails from us"),
    "mails_received": _("mails from them"),
    "bases": _("reasons why we may write, with their evidence"),
    "silences": _("wishes for silence"),
    "wishes": _("choices on their own page"),
    "questions": _("questions about a decision"),
    "answers_shared": _("answers they shared with us by name"),
    "in_touch": _("plans to stay in touch"),
    "dates": _("dates they gave"),
    "signals": _("signs that they may be ready"),
    "given": _("helpful pieces they were sent"),
    "goodbyes": _("notes that ended a conversation with them"),
    "asks": _("questions whom they know"),
    "advocate": _("what they are as an advocate"),
    "introduced": _("people they introduced"),
    "introduced_by": _("introductions of them"),
    "rewards": _("rewards"),
    "thanks": _("thanks for introductions"),
    "heard_in": _("recorded calls in which they are heard"),
    "agreed_to": _("what they agreed to about recordings"),
}


def kept_of(person: Person, user: User | None) -> dict[str, Rows]:
    """Everything kept of a person that ``user`` may see, by the keys of ``WORDS``."""
    deals: QuerySet[Deal] = deals_for(user)
    keys = message_keys(person)
    found = (
        in_deals.kept_of(person, deals) | in_mail.kept_of(person, user, keys) | in_learn.kept_of(person, deals)
        | in_nurture.kept_of(person) | in_worth.kept_of(person, deals)
        | in_refer.kept_of(person, user) | in_celebrate.kept_of(person)
    )  # fmt: skip
    return {key: found[key] for key in WORDS}


def message_keys(person: Person) -> list[str]:
    """The keys of everything the practices sent to a person: it finds mail to an address they had before, too."""
    rooms = (in_learn, in_nurture, in_worth, in_refer)
    return [key for room in rooms for key in room.message_keys(person)]


def counted(kept: dict[str, Rows]) -> list[tuple[str, int]]:
    """What there is, in words, with how many."""
    return [(str(WORDS[key]), len(rows)) for key, rows in kept.items() if rows]


def copy_of(person: Person, user: User | None, now: datetime) -> dict[str, Any]:
    """A person's own copy, machine-readable (GDPR art. 20). ``complete`` is false where whoever makes it may not see
    every deal, or the words of a mail that is one colleague's; what the program makes itself (``rebond person export``)
    is always complete."""
    kept = kept_of(person, user)
    words_left_out = any("left_out" in row for row in kept["mails_received"])
    return {
        "format": "rebond.person/1",
        "made_at": now,
        "complete": user is None or (user.is_admin and not words_left_out),
        "not_included": [
            *(
                ["words of mails to a colleague's own mailbox, which only that colleague reads"]
                if words_left_out
                else []
            ),
            "answers given in confidence or without a name: nobody here may see who said what",
            "the log of who changed which record, which names nobody outside the company",
        ],
        "kept": kept,
    }


def same_person(person: Person) -> list[Person]:
    """The record and every other one with its address, which are one person for mail; an office's address is shared,
    so it brings no other along."""
    if not person.email or rules.is_role(person.email):
        return [person]
    others = Person.objects.filter(email__iexact=person.email).exclude(pk=person.pk).select_related("company")
    return [person, *others.order_by("pk")]


def is_erased(person: Person) -> bool:
    """Whether the record was emptied at their request."""
    return person.source == ERASED
