"""What came in, as screens say it."""

from __future__ import annotations

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rebond.base.dates import show_day
from rebond.mail.models import Folder, Kind, Received
from rebond.mail.reading import rules

ICONS = {
    Kind.HUMAN: "message",
    Kind.STOP: "hand-stop",
    Kind.OUT_OF_OFFICE: "clock-pause",
    Kind.LEFT: "door-exit",
    Kind.AUTO_REPLY: "refresh",
    Kind.BOUNCE_HARD: "arrow-back-up",
    Kind.BOUNCE_SOFT: "arrow-back-up",
    Kind.BOUNCE_POLICY: "shield-lock",
    Kind.COMPLAINT: "alert-triangle",
    Kind.OTHER: "mail",
}
#: What follows from a kind, where nothing in the mail itself says more.
_FOLLOWS: dict[str, str | Promise] = {
    Kind.HUMAN: gettext_lazy("It counts as contact. Whoever writes to them knows."),
    Kind.STOP: gettext_lazy("Nothing more goes to this address."),
    Kind.OUT_OF_OFFICE: gettext_lazy("Away; until when it does not say."),
    Kind.LEFT: gettext_lazy("Who took over it does not say."),
    Kind.AUTO_REPLY: gettext_lazy("Nothing: a program wrote it."),
    Kind.BOUNCE_HARD: gettext_lazy("Nothing more goes to this address."),
    Kind.BOUNCE_SOFT: gettext_lazy("Three of these in a month let the address rest."),
    Kind.BOUNCE_POLICY: gettext_lazy("Our own sender rests. It is not about the person."),
    Kind.COMPLAINT: gettext_lazy("Nothing more goes to this address."),
    Kind.OTHER: gettext_lazy("Nothing."),
}
#: What was in the way of reading a mailbox, by ``imap.Trouble.code``.
_PROBLEMS: dict[str, str | Promise] = {
    "unreachable": gettext_lazy(
        "The mail server could not be reached. What came in is still there, and it is tried again by itself."
    ),
    "tls": gettext_lazy(
        "The mail server could not prove that it is the right one, so the password was not sent. Check its name, "
        "and its certificate."
    ),
    "login": gettext_lazy("The mail server did not accept the name or the password. Enter them again."),
    "busy": gettext_lazy("The mail server asked us to come less often. It is tried again later by itself."),
    "odd": gettext_lazy("The mail server answered something we do not understand. It is tried again by itself."),
    "bad_inbox_url": gettext_lazy("The address of this mailbox cannot be used. Enter it again."),
}
BY_PEOPLE = (Kind.HUMAN, Kind.STOP)
AUTOMATIC = (Kind.OUT_OF_OFFICE, Kind.LEFT, Kind.AUTO_REPLY)
CAME_BACK = (Kind.BOUNCE_HARD, Kind.BOUNCE_SOFT, Kind.BOUNCE_POLICY, Kind.COMPLAINT)


def headline(counted: dict[str, int]) -> str:
    """The last thirty days in a sentence."""
    total = sum(counted.values())
    people, automatic, back = (sum(counted.get(one, 0) for one in kinds) for kinds in (BY_PEOPLE, AUTOMATIC, CAME_BACK))
    said = {"total": total, "people": people, "automatic": automatic, "back": back}
    other = total - people - automatic - back
    if not other:
        return (
            ngettext(
                "%(total)d mail in 30 days: %(people)d by people, %(automatic)d automatic, %(back)d came back.",
                "%(total)d mails in 30 days: %(people)d by people, %(automatic)d automatic, %(back)d came back.",
                total,
            )
            % said
        )
    return ngettext(
        "%(total)d mail in 30 days: %(people)d by people, %(automatic)d automatic, %(back)d came back, "
        "%(other)d something else.",
        "%(total)d mails in 30 days: %(people)d by people, %(automatic)d automatic, %(back)d came back, "
        "%(other)d something else.",
        total,
    ) % (said | {"other": other})


def followed(received: Received) -> str:
    """What followed from it, in one sentence."""
    if received.followed_at is None:
        return _("Not finished: something broke on our side. It is tried again by itself.")
    if received.meant == Kind.OUT_OF_OFFICE and (back := _day(received.reading.get("return_on"))):
        return _("There again on %(day)s.") % {"day": back}
    if received.meant == Kind.LEFT and (successor := received.reading.get("successor_name")):
        return _("%(name)s took over.") % {"name": successor}
    if received.meant == Kind.STOP and received.reading.get("rule") == "sealed_link":
        return _("The list they named goes quiet.")
    return str(_FOLLOWS[received.meant])


def _day(text: str | None) -> str:
    try:
        return show_day(date.fromisoformat(text or ""))
    except ValueError:
        return ""


def because(received: Received) -> str:
    """Why the program understood it that way."""
    rule = received.reading.get("rule", "")
    if rule == "sealed_link":
        return _("Its subject carries the link for stopping that every note of ours has.")
    return rules.sentence(rule) if rule else ""


def problem_of(folder: Folder) -> str:
    """What is in the way of reading a mailbox, in words; empty for nothing."""
    code = folder.problem.partition(":")[0]
    return str(_PROBLEMS.get(code, _PROBLEMS["odd"])) if code else ""


def server_said(folder: Folder) -> str:
    """The same in the server's own words."""
    return folder.problem.partition(": ")[2]
