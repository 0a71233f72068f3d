"""Who said why: assertions by voice, superseded and never overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.base.text import clean, fold
from rebond.deals.models import CloseEvent
from rebond.facts.freshness import want_fresh_facts
from rebond.learn import taxonomy
from rebond.learn.actions.phrases import remember_words, remembered
from rebond.learn.models import Acted, Confidence, ReasonAssertion, Voice, Weight
from rebond.learn.taxonomy import Taxonomy

MAX_REASONS = 3
#: Whose words a colleague may explain; what a buyer answered to us is neither read out nor explained to anybody.
OURS = frozenset({Voice.SELLER, Voice.MANAGER, Voice.CODER})


@dataclass(frozen=True)
class ReasonGiven:
    """A reason as somebody states it. ``verbatim`` is needed for ``other`` and kept for the rest."""

    code: str
    role: str = Weight.PRIMARY
    verbatim: str = ""
    could_act: str = ""
    confidence: str = ""


@transaction.atomic
def assert_reasons(
    *, close_event: CloseEvent, source: str = Voice.SELLER, reasons: Sequence[ReasonGiven], actor: User | None,
    now: datetime,
) -> list[ReasonAssertion]:  # fmt: skip
    """One voice says why, replacing what it said before without erasing it (a new edition).

    Our own people's words for ``other`` become the code a colleague once said they mean; unknown ones are remembered as
    a phrase, and a colleague is asked.

    Raises:
        RebondError: ``unknown_reason``, ``retired_reason``, ``one_primary``, ``too_many_reasons``,
            ``other_needs_words``.
    """
    names = taxonomy.current()
    _check_reasons(reasons, names)
    if source in OURS:
        reasons = _explained(reasons, names)
        remember_words(words=[clean(r.verbatim, 2000) for r in reasons if r.code == taxonomy.OTHER], now=now)
    last = close_event.reasons.filter(source=source).aggregate(last=Max("edition"))["last"] or 0
    stored = ReasonAssertion.objects.bulk_create(
        _assertion(close_event.pk, source, last + 1, reason, names.version, actor, now) for reason in reasons
    )
    record(
        verb="learn.assert_reasons", subject=close_event, actor=actor, at=now, source=source,
        codes=[reason.code for reason in reasons],
    )  # fmt: skip
    want_fresh_facts(now=now)
    return stored


def _explained(reasons: Sequence[ReasonGiven], names: Taxonomy) -> list[ReasonGiven]:
    """``other`` in words that were explained before is that reason; said twice, the main one stays."""
    known = remembered(reason.verbatim for reason in reasons if reason.code == taxonomy.OTHER)
    if not known:
        return list(reasons)
    found: dict[str, ReasonGiven] = {}
    for reason in sorted(reasons, key=lambda reason: reason.role != Weight.PRIMARY):
        meant = names.offered([known.get(fold(clean(reason.verbatim, 2000))[:300], "")])
        code = meant[0] if meant and reason.code == taxonomy.OTHER else reason.code
        found.setdefault(code, replace(reason, code=code))
    return list(found.values())


def _check_reasons(reasons: Sequence[ReasonGiven], names: Taxonomy) -> None:
    for reason in reasons:
        names.check(reason.code)
        if reason.code == taxonomy.OTHER and not fold(clean(reason.verbatim, 2000)):
            raise RebondError(
                _("“Something else” needs a few words. Nothing was saved. Say it in a sentence."),
                code="other_needs_words",
            )
    if len({reason.code for reason in reasons}) > MAX_REASONS or len(reasons) > MAX_REASONS:
        raise RebondError(
            _("Three reasons at most, so that the main one stays visible. Nothing was saved. Take one away."),
            code="too_many_reasons",
        )
    if sum(reason.role == Weight.PRIMARY for reason in reasons) != 1:
        raise RebondError(
            _("One reason, and only one, is the main one. Nothing was saved. Choose it."), code="one_primary"
        )


def _assertion(
    close_event_id: int, source: str, edition: int, reason: ReasonGiven, version: int, actor: User | None, now: datetime
) -> ReasonAssertion:
    return ReasonAssertion(
        close_event_id=close_event_id,
        source=source,
        edition=edition,
        code=reason.code,
        role=Weight(reason.role),
        could_act=reason.could_act if reason.could_act in Acted.values else "",
        confidence=reason.confidence if reason.confidence in Confidence.values else "",
        verbatim=clean(reason.verbatim, 2000),
        taxonomy_version=version,
        at=now,
        by=actor,
    )
