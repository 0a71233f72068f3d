"""What stops a mail, looked at again inside the claim, in this order (spec/nurture.md, "Guards").

1. a halt of everything, or of notes; 2. the sender's health: a mailbox that is off, rests, or has not passed its
self-check; 3. suppression; 4. a lawful basis in force, and a mail that is not too late, to an address that can be
used; 5. the purpose's own guard (what it knows of deals and people); 6. two weeks since any mail of ours to this
person, from anyone; 7. at most six a year, or what the person chose; 8. three soft bounces in thirty days; 9. working
hours where they are; 10. the mailbox's quota.

The first that fails decides. One that passes with time says until when (``Later``); one that never passes says why.
Steps 2 and 6 to 10 hold back notes only (``Purpose.cadence``); other mail counts when one looks back, though.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from rebond.mail import purposes
from rebond.mail.addresses import fingerprint, usable
from rebond.mail.guarding import windows
from rebond.mail.guarding.evidence import (
    A_YEAR,
    PER_DAY,
    PER_MINUTE,
    SOFT_FOR,
    Asked,
    State,
    day_begins,
    gather,
    is_silent,
)
from rebond.mail.models import Halts, Mailbox, Message, Rhythm
from rebond.mail.purposes import Later, Verdict

log = logging.getLogger("rebond.mail")
#: Reason of what a halt holds back; ``actions.lift_halt`` looks for it.
HELD = "halted"
#: Reasons of what a mailbox's own state holds back; looked for when that state changes.
OFF, RESTS, UNCHECKED = "mailbox_off", "mailbox_rests", "mailbox_not_checked"
#: A mail that could not leave for so long would come out of the blue.
TOO_LATE = timedelta(days=14)
#: What no clock ends is looked at again after so long; lifting it makes what waits due at once.
LOOK_AGAIN = timedelta(hours=1)
#: Rhythm to (least time between two mails, most mails a year).
RHYTHMS = {
    Rhythm.USUAL.value: (timedelta(days=14), 6),
    Rhythm.HALF_YEAR.value: (timedelta(days=182), 2),
    Rhythm.YEAR.value: (timedelta(days=365), 1),
}
SOFT_BOUNCES = 3

Rule = Callable[[Asked, State, datetime], Verdict]


@dataclass(frozen=True)
class Broken:
    """A purpose that is gone, or whose guard broke: its mail is put off, and nobody else's is held up."""

    error: Exception


def look_at(messages: Sequence[Message], now: datetime) -> dict[int, Verdict | Broken]:
    """What each of these mails is told, by its id: ``""`` to go, a reason never to, ``Later``; or ``Broken``.

    Looked at in the order given: what goes counts for those after it, so a batch keeps to limits of its own. So many
    queries per call, however many mails, and then each purpose's own guard.
    """
    verdicts: dict[int, Verdict | Broken] = {}
    asked = {}
    for message in messages:
        try:
            asked[message.pk] = _asked(message)
        except KeyError as error:
            verdicts[message.pk] = Broken(error)
    state = gather(list(asked.values()), now)
    passed = []
    for message in messages:
        if one := asked.get(message.pk):
            verdicts[message.pk] = before = _first(BEFORE, one, state, now)
            passed += [] if before else [message]
    for message, (said, window) in _purposes_own(passed, now):
        one = replace(asked[message.pk], window=window)
        verdicts[message.pk] = said or _after(one, state, now)
    return verdicts


#: What a purpose says of its own mail, and the window it keeps to.
Own = tuple[Verdict | Broken, tuple[str, str] | None]


def _purposes_own(messages: Sequence[Message], now: datetime) -> list[tuple[Message, Own]]:
    """Each purpose's own guard. It is another room's code, which must not hold up everybody's mail behind its own:
    one by one then; nearly always none breaks, and one savepoint is enough for all."""
    try:
        with transaction.atomic():
            return [(message, _own(message, now)) for message in messages]
    except Exception:  # noqa: BLE001 (looked at one by one, and logged there)
        return [(message, _own_alone(message, now)) for message in messages]


def _own(message: Message, now: datetime) -> Own:
    purpose = purposes.get(message.purpose)
    if said := purpose.guard(message, now):
        return said, None
    return "", purpose.window(message) if purpose.cadence else None


def _own_alone(message: Message, now: datetime) -> Own:
    try:
        with transaction.atomic():
            return _own(message, now)
    except Exception as error:
        log.exception("the guard of mail %s broke", message.key)
        return Broken(error), None


def preview(
    address: str, use: str, cadence: bool, mailbox: Mailbox | None, zone: str, country: str, now: datetime
) -> Verdict:
    """What a mail would be told if it were to leave now, for a screen that has not planned it; writes nothing.

    Args:
        use: of ``Use``, whose names are the scopes' names; empty for mail that needs no basis.
        zone, country: of the person; an empty zone for any time.
    """
    number = None if mailbox is None or mailbox.is_house else mailbox.pk
    window = (zone, country) if zone else None
    asked = Asked(0, address, fingerprint(address), use, use, cadence, number, window, now)
    state = gather([asked], now)
    return _first(BEFORE, asked, state, now) or _after(asked, state, now)


def _asked(message: Message) -> Asked:
    purpose = purposes.get(message.purpose)
    return Asked(
        number=message.pk, address=message.recipient, mark=message.fingerprint, scope=purpose.scope, use=purpose.use,
        cadence=purpose.cadence, mailbox=message.mailbox_id, window=None, since=message.send_at,
    )  # fmt: skip


def _after(asked: Asked, state: State, now: datetime) -> Verdict:
    verdict = _first(AFTER, asked, state, now) if asked.cadence else ""
    if not verdict:
        _count(asked, state, now)
    return verdict


def _first(rules: Sequence[Rule], asked: Asked, state: State, now: datetime) -> Verdict:
    return next((said for rule in rules if (said := rule(asked, state, now))), "")


def _count(asked: Asked, state: State, now: datetime) -> None:
    """What goes now counts for those after it in the same batch."""
    if asked.scope:
        state.past[asked.mark].append(now)
    tally = state.tally(asked)
    tally.minute, tally.day = tally.minute + 1, tally.day + 1


# ---- before the purpose's own guard


def _halted(asked: Asked, state: State, now: datetime) -> Verdict:
    stopped = Halts.EVERYTHING in state.halts or (asked.cadence and Halts.CADENCE in state.halts)
    return Later(now + LOOK_AGAIN, HELD) if stopped else ""


def _unwell(asked: Asked, state: State, now: datetime) -> Verdict:
    """The sender's health; complaints stop notes by a halt (``mail.guarding.health``)."""
    if not asked.cadence:
        return ""
    box = state.box(asked)
    if box is not None and not box.is_on:
        return Later(now + LOOK_AGAIN, OFF)
    if box is not None and box.paused_until and now < box.paused_until:
        return Later(box.paused_until, RESTS)
    return "" if box is not None and may_send_notes(box) else Later(now + LOOK_AGAIN, UNCHECKED)


def may_send_notes(mailbox: Mailbox) -> bool:
    """Whether its self-check came back signed (L02), or an administrator signed off without one."""
    return mailbox.checked_at is not None or bool(mailbox.found.get("signed_off"))


def _suppressed(asked: Asked, state: State, _now: datetime) -> Verdict:
    return "suppressed" if is_silent(state, asked) else ""


def _unfounded(asked: Asked, state: State, _now: datetime) -> Verdict:
    return "no_basis" if asked.use and (asked.mark, asked.use) not in state.founded else ""


def _late(asked: Asked, _state: State, now: datetime) -> Verdict:
    return "too_late" if now - asked.since > TOO_LATE else ""


def _unusable(asked: Asked, _state: State, _now: datetime) -> Verdict:
    return "" if usable(asked.address) and asked.address.isascii() else "bad_address"


# ---- after it: notes only


def _too_soon(asked: Asked, state: State, now: datetime) -> Verdict:
    """From anyone: a feedback question counts as much as a colleague's note."""
    gap = RHYTHMS[state.rhythms.get(asked.mark, Rhythm.USUAL.value)][0]
    past = state.past[asked.mark]
    return _open_at(asked, past[-1] + gap, "too_soon") if past and now < past[-1] + gap else ""


def _too_often(asked: Asked, state: State, now: datetime) -> Verdict:
    most = RHYTHMS[state.rhythms.get(asked.mark, Rhythm.USUAL.value)][1]
    past = [moment for moment in state.past[asked.mark] if moment > now - A_YEAR]
    return _open_at(asked, past[-most] + A_YEAR, "enough_this_year") if len(past) >= most else ""


def _bounces(asked: Asked, state: State, _now: datetime) -> Verdict:
    soft = state.soft[asked.mark]
    return _open_at(asked, soft[-SOFT_BOUNCES] + SOFT_FOR, "came_back") if len(soft) >= SOFT_BOUNCES else ""


def _asleep(asked: Asked, _state: State, now: datetime) -> Verdict:
    opens = _opens(asked, now)
    return Later(opens, "outside_hours") if opens > now else ""


def _quota(asked: Asked, state: State, now: datetime) -> Verdict:
    """What is over is spread over the minutes and days that follow, so that each mail is moved about once."""
    box, tally = state.box(asked), state.tally(asked)
    if box is None:
        return ""
    if box.per_day and tally.day >= box.per_day:
        tally.for_day, days = tally.for_day + 1, 1 + tally.for_day // box.per_day
        return _open_at(asked, day_begins(now + timedelta(days=days)), PER_DAY)
    if box.per_minute and tally.minute >= box.per_minute:
        tally.for_minute, minutes = tally.for_minute + 1, 1 + tally.for_minute // box.per_minute
        return Later(now + timedelta(minutes=minutes), PER_MINUTE)
    return ""


def _open_at(asked: Asked, until: datetime, reason: str) -> Later:
    """Not before ``until``, and then when they are at work."""
    return Later(_opens(asked, until), reason)


def _opens(asked: Asked, moment: datetime) -> datetime:
    return windows.next_open(moment, *asked.window) if asked.window else moment


BEFORE: tuple[Rule, ...] = (_halted, _unwell, _suppressed, _unfounded, _late, _unusable)
AFTER: tuple[Rule, ...] = (_too_soon, _too_often, _bounces, _asleep, _quota)
