"""What the outbox knows of the monthly digest. Apart from what writes it (``lessons.digest``), which loads the
statistics: this much is read at every start of the program.
"""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from rebond.accounts.models import User
from rebond.mail.models import Message
from rebond.mail.purposes import Letter, Purpose, register

PURPOSE = "learn.digest"


def quoted(text: str) -> str:
    """A buyer's words between the quotation marks of the language in force, as the letter has them.

    >>> quoted("Nobody called back.")
    '“Nobody called back.”'
    """
    return _("“%(reason)s”") % {"reason": text}


def key_of(user: User, month: date) -> str:
    """At most one a month and person: the outbox never takes the same key twice."""
    return f"{PURPOSE}:{user.pk}:{month:%Y-%m}"


def _reader(message: Message) -> User | None:
    number = message.key.split(":")[1] if message.key.count(":") == 2 else ""
    return User.objects.filter(pk=int(number)).first() if number.isdigit() else None


def guard(message: Message, now: datetime) -> str:  # noqa: ARG001 (a purpose's shape)
    """Looked at when it is about to go: somebody who may still read it."""
    user = _reader(message)
    return "" if user is not None and user.is_active and user.email else "cannot_sign_in"


def write(message: Message, now: datetime) -> Letter:  # noqa: ARG001 (a purpose's shape)
    """The mail as it was written when it was planned."""
    return Letter(subject=message.subject, text=message.text, from_name="Rebond")


DIGEST = Purpose(
    PURPOSE, "", write, guard, title=_l("Monthly digest"),
    reasons={
        "cannot_sign_in": _l("this person cannot sign in any more"),
    },
)  # fmt: skip


def register_digest() -> None:
    """Makes it known to the outbox, when the program starts."""
    register(DIGEST)
