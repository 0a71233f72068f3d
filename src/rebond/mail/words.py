"""How screens say what a mail is for, and why one was not sent."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.mail import purposes
from rebond.mail.models import Halt, HaltReason, Halts, Message

#: The outbox's own reasons; those of a guard come from its purpose.
REASONS: dict[str, str | Promise] = {
    "suppressed": _("This address asked us for silence."),
    "too_late": _("It could not leave in time; after two weeks it would have come out of the blue."),
    "bad_address": _("The address cannot be used."),
    "halted": _("Mail is stopped. It leaves when somebody lets it."),
    "mailbox_off": _("The mailbox it would leave from is off."),
    "mailbox_rests": _("The mailbox it would leave from rests for a while."),
    "mailbox_not_checked": _("The mailbox it would leave from has not passed its check."),
    "no_basis": _("We have no reason in force to write to this person."),
    "too_soon": _("They had mail from us a short while ago."),
    "enough_this_year": _("They have had as much from us as we send in a year."),
    "came_back": _("Mail to this address came back several times. It rests for a month."),
    "outside_hours": _("It leaves in their working hours."),
    "minute_quota": _("The mailbox sends only so much a minute."),
    "daily_quota": _("The mailbox has sent its share for today."),
    "could_not_be_written": _("Rebond could not write it, several times over. The log says why."),
    "found_in_sent": _("A copy lies in the Sent folder of its mailbox."),
    "by_hand": _("An administrator took it back."),
    "may_arrive_twice": _("Sent again by an administrator; it may have arrived twice."),
    "restored": _("It was due when the database was restored or moved; it may have left before."),
    "assumed_after_72_hours": _("Nobody could say for three days, so Rebond takes it as sent."),
}
#: What a standing halt says, by what it covers and why.
HALTS: dict[tuple[str, str], str | Promise] = {
    (Halts.EVERYTHING, HaltReason.OPERATOR): _(
        "All mail is stopped: one of us stopped it. What is planned waits here, nothing is lost."
    ),
    (Halts.CADENCE, HaltReason.OPERATOR): _(
        "Notes to people we stay in touch with are stopped: one of us stopped them. They wait, other mail leaves."
    ),
    (Halts.EVERYTHING, HaltReason.RESTORED): _(
        "All mail is stopped: this database was restored or moved. Mail that was due may have left already. "
        "First make sure that no other copy of Rebond runs on the same people. Then let mail leave: what was due until "
        "now is set aside as “Not known whether sent”, and you decide about each."
    ),
    (Halts.CADENCE, HaltReason.COMPLAINTS): _(
        "Notes to people we stay in touch with are stopped: too many called them unwanted. Look at whom you write to "
        "and why, before you let them leave again."
    ),
}


def halt_of(halt: Halt) -> str:
    """What a standing halt stops, why, and what to do."""
    said = HALTS.get((halt.covers, halt.because))
    return str(said) if said else f"{halt.get_covers_display()}: {halt.get_because_display()}"


def reason_of(message: Message) -> str:
    """Why, in words; the reason's code where nobody named it; empty for none."""
    purpose = purposes.find(message.purpose)
    named = (dict(purpose.reasons) if purpose else {}) | REASONS
    return str(named.get(message.reason, message.reason))


def title_of(message: Message) -> str:
    """What kind of mail this is."""
    purpose = purposes.find(message.purpose)
    return str(purpose.title) if purpose and purpose.title else message.purpose
