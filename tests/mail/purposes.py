"""Purposes of the tests, and what the outbox told them; real worker processes register them too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from rebond.mail import actions
from rebond.mail.models import Message
from rebond.mail.purposes import Letter, Purpose, Verdict, register

#: (what, key), in the order in which it was told.
told: list[tuple[str, str]] = []
#: Key to the guard's reason, or to what ``write`` gives or raises.
guards: dict[str, Verdict] = {}
letters: dict[str, Letter | Exception] = {}
SECRET = "http://127.0.0.1:8000/s/personal-link"


def write(message: Message, now: datetime) -> Letter:
    """The mail of these tests: in the reader's language, with a personal link that must not be kept."""
    given = letters.get(message.key)
    if isinstance(given, Exception):
        raise given
    hello = _("Email")  # the product's own message: "E-mail" in French
    return given or Letter(
        subject=f"{hello} {message.key}",
        text=f"Hello {message.recipient_name},\n\n{SECRET}\n.\nBye\n",
        html=f'<p>Hello</p><a href="{SECRET}">Answer</a>',
        kept=f"Hello {message.recipient_name},\n\n[link]\n",
        from_name="Camille Aubry",
        reply_to="camille@rebond.example",
        headers={"List-Unsubscribe": f"<{SECRET}/{'x' * 120}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def guard(message: Message, now: datetime) -> Verdict:
    return guards.get(message.key, "")


def _tell(what: str) -> Any:
    return lambda message, now: told.append((what, message.key))


FEEDBACK = Purpose(
    "test.feedback", "feedback", write, guard, _tell("accepted"), _tell("stopped"),
    title="A test", reasons={"changed": "It changed."},
)  # fmt: skip
COLLEAGUE = Purpose("test.colleague", "", write, guard, _tell("accepted"), _tell("stopped"))
register(FEEDBACK)
register(COLLEAGUE)


def plan(key: str, now: datetime, **more: Any) -> Message:
    """One mail to Hélène, due."""
    values: dict[str, Any] = {
        "purpose": "test.feedback", "recipient": "helene@valmy.example", "recipient_name": "Hélène Marchetti",
        "language": "en", "send_at": now, "actor": None,
    }  # fmt: skip
    return actions.plan_message(key=key, now=now, **(values | more))
