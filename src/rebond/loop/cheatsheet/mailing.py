"""What the outbox knows of the weekly cheat sheet; light, since it is read at every start of the program."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _l

from rebond.accounts.models import User
from rebond.mail.models import Message
from rebond.mail.purposes import Letter, Purpose, register

PURPOSE = "loop.cheatsheet"


def key_of(user: User, monday: date) -> str:
    """At most one a week and person: the outbox never takes the same key twice."""
    return f"{PURPOSE}:{user.pk}:{monday:%G-W%V}"


def guard(message: Message, now: datetime) -> str:  # noqa: ARG001 (a purpose's shape)
    """Looked at when it is about to go: somebody who may still read it, and still wants it."""
    number = message.key.split(":")[1] if message.key.count(":") == 2 else ""
    user = User.objects.filter(pk=int(number)).first() if number.isdigit() else None
    if user is None or not user.is_active or not user.email:
        return "cannot_sign_in"
    return "" if user.weekly_sheet else "not_wanted"


def write(message: Message, now: datetime) -> Letter:  # noqa: ARG001 (a purpose's shape)
    """The mail as it was written when it was planned."""
    return Letter(subject=message.subject, text=message.text, from_name="Rebond")


SHEET = Purpose(
    PURPOSE, "", write, guard, title=_l("Weekly cheat sheet"),
    reasons={
        "cannot_sign_in": _l("this person cannot sign in any more"),
        "not_wanted": _l("this person does not want it any more"),
    },
)  # fmt: skip


def register_sheet() -> None:
    """Makes it known to the outbox, when the program starts."""
    register(SHEET)
