"""From a reader to a person they may act on, for the screens and the command line alike."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.errors import NotAllowed, NotFound, RebondError
from rebond.deals.models import Channel, Direction, Person
from rebond.deals.queries import people_for
from rebond.nurture.access import enrolments_for, may_write
from rebond.nurture.models import Enrolment, Standing

#: One tap: channel, direction, result.
LOGGED: dict[str, tuple[str, str, str]] = {
    "call": (Channel.CALL, Direction.OUT, "reached"),
    "no_answer": (Channel.CALL, Direction.OUT, "no_answer"),
    "meeting": (Channel.MEETING, Direction.OUT, "held"),
    "their_call": (Channel.CALL, Direction.IN, "reached"),
    "message": (Channel.MESSAGE, Direction.OUT, ""),
}


def going(user: User, person: Person) -> Enrolment | None:
    """The keeping in touch with ``person`` that goes on, if ``user`` may see it."""
    return enrolments_for(user).filter(person=person).exclude(status=Standing.ENDED).first()


def to_write(user: User, person: Person) -> Enrolment | None:
    """The same for a change: whoever stays in touch with them, who leads; anybody who sees them, while nobody does.

    ``NotAllowed``: a colleague stays in touch with them.
    """
    one = going(user, person)
    if one is not None and not may_write(user, one.owner_id):
        raise NotAllowed
    return one


def must_write(user: User, person: Person) -> Enrolment:
    """The keeping in touch that goes on and that ``user`` may change; ``NotFound``, ``NotAllowed``."""
    one = to_write(user, person)
    if one is None:
        raise NotFound
    return one


def person_named(user: User, text: str) -> Person:
    """The one person whose id, address or name this is. ``NotFound`` for none, ``several_people`` for more."""
    is_id = text.isascii() and text.isdigit() and len(text) < 19
    wanted = Q(pk=int(text)) if is_id else Q(email__iexact=text) | Q(name__iexact=text)
    found = list(people_for(user).filter(wanted).select_related("company")[:2]) if text else []
    if not found:
        raise NotFound(
            _("There is nobody called “%(who)s” here. Nothing was changed. Use their id, address or full name.")
            % {"who": text},
            code="unknown_contact",
        )
    if len(found) > 1:
        raise RebondError(
            _("Several people are called “%(who)s”. Nothing was changed. Use the id or the address.") % {"who": text},
            code="several_people",
        )
    return found[0]
