"""How complaints and Gmail's counter stand, in words: always k of n, and a range where a rate is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.mail.guarding.health import BULK, LEAST, Complaints, Level, ToGmail, complaints, to_gmail


@dataclass(frozen=True)
class Said:
    """One line: how it stands (``ok``, ``look``, ``wrong``), and the sentence."""

    level: str
    text: str


_LEVELS = {Level.TOO_FEW: "ok", Level.FINE: "ok", Level.WARN: "look", Level.STOP: "wrong"}


def said(now: datetime) -> list[Said]:
    """The lines of the screens; four queries."""
    found = complaints(now)
    return [*([_complaints(found)] if found.n else []), *(_gmail(one) for one in to_gmail(now)[:3])]


def _complaints(found: Complaints) -> Said:
    parts = [_counts(found)]
    if found.level is Level.TOO_FEW:
        parts.append(_("Below %(least)s mails that says nothing yet.") % {"least": LEAST})
    else:
        low, high = (number_format(one, 2) for one in found.range)
        parts.append(
            _("Nine times in ten the true share lies between %(low)s and %(high)s %%.") % {"low": low, "high": high}
        )
    parts += {
        Level.WARN: [
            _("From one in a thousand on, mail services grow careful: write to fewer people, and more to the point.")
        ],
        Level.STOP: [
            _(
                "From three in a thousand on, notes stop by themselves. Find out whom they went to before you let them "
                "leave again."
            )
        ],
    }.get(found.level, [])
    return Said(_LEVELS[found.level], " ".join(parts))


def _counts(found: Complaints) -> str:
    return ngettext(
        "%(k)s of %(n)s mail of the last seven days was called unwanted.",
        "%(k)s of %(n)s mails of the last seven days were called unwanted.",
        found.n,
    ) % {"k": number_format(found.k, 0), "n": number_format(found.n, 0, use_l10n=True, force_grouping=True)}


def _gmail(found: ToGmail) -> Said:
    values = {"domain": found.domain, "count": number_format(found.most, 0, force_grouping=True),
              "bulk": number_format(BULK, 0, force_grouping=True)}  # fmt: skip
    if found.bulk:
        return Said("wrong", _(
            "%(count)s mails went from %(domain)s to Gmail in 24 hours. From %(bulk)s on, Google takes the domain for "
            "a bulk sender, for good: signature, policy and one-click unsubscribe must always be in order."
        ) % values)  # fmt: skip
    if found.near:
        return Said("look", _(
            "%(count)s mails went from %(domain)s to Gmail in 24 hours. At %(bulk)s Google takes the domain for a bulk "
            "sender, and never takes that back: spread them over more days."
        ) % values)  # fmt: skip
    return Said("ok", _("%(count)s of at most %(bulk)s mails went from %(domain)s to Gmail in 24 hours.") % values)
