"""A buyer's draft: what one step changes in it. Worked out first: a form that changes nothing writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rebond.base.errors import RebondError
from rebond.learn import taxonomy
from rebond.learn.actions.reasons import MAX_REASONS
from rebond.learn.feedback.answers import STEPS, Agreement, Happening, MainOne, Mattering, OneThing, StepAnswer
from rebond.learn.feedback.options import ordered_options, what_happened
from rebond.learn.models import Asked, FeedbackReason, Happened, Invitation, Response, Verbatim


@dataclass
class Change:
    """What a step would write: columns of the response, the whole list of reasons, a text (empty takes it back)."""

    fields: dict[str, Any] = field(default_factory=dict)
    codes: list[str] | None = None
    text: tuple[Asked, str] | None = None

    @property
    def is_none(self) -> bool:
        """Whether all of it is stored already."""
        return not self.fields and self.codes is None and self.text is None


def new_draft(invitation: Invitation, won: bool, language: str, now: datetime) -> Response:
    """A draft, not stored yet."""
    return Response(
        invitation=invitation,
        mode=invitation.mode,
        won=won,
        team_id=invitation.deal.team_id,
        language=language,
        started_at=now,
    )


def planned_change(draft: Response, answer: StepAnswer, *, nonce: str, language: str) -> Change:
    """What ``answer`` changes in ``draft``.

    Raises:
        RebondError: ``choose_one``, ``too_many_reasons``; nothing is stored then.
    """
    change = Change()
    match answer:
        case Happening():
            change.fields = _happening(draft, answer)
        case Mattering():
            _mattering(change, draft, answer, nonce)
        case MainOne():
            change.codes = _main_first(draft, answer.code)
        case Agreement():
            change.fields = dict(answer.given)
        case OneThing():
            change.text = _text(draft, Asked.ONE_THING, answer.words, answer.shown)
    change.fields |= {"language": language, "step": max(draft.step, _next_step(draft, change, answer))}
    change.fields = {name: value for name, value in change.fields.items() if getattr(draft, name) != value}
    return change


def store_change(draft: Response, change: Change) -> None:
    """Writes it, and counts it."""
    begins = draft._state.adding
    for name, value in change.fields.items():
        setattr(draft, name, value)
    draft.saves += 1
    draft.save(update_fields=None if begins else [*change.fields, "saves"])
    if change.codes is not None:
        draft.reasons.all().delete()
        FeedbackReason.objects.bulk_create(
            FeedbackReason(response=draft, code=code, place=place) for place, code in enumerate(change.codes, start=1)
        )
    if change.text is not None:
        _store_text(draft, *change.text)


def codes_of(draft: Response) -> list[str]:
    """What mattered, the main one first."""
    return list(FeedbackReason.objects.filter(response_id=draft.pk).order_by("place").values_list("code", flat=True))


def texts_of(draft: Response) -> QuerySet[Verbatim]:
    return Verbatim.objects.filter(response_id=draft.pk)


def _happening(draft: Response, answer: Happening) -> dict[str, Any]:
    if answer.happened not in what_happened(draft.won) and not (draft.won and not answer.happened):
        raise RebondError(_("Choose the line that comes nearest. What you wrote is still here."), code="choose_one")
    named = answer.happened == Happened.ANOTHER
    withheld = named and answer.withheld
    return {
        "happened": answer.happened,
        "competitor": answer.competitor if named and not withheld else "",
        "competitor_withheld": withheld,
    }


def _mattering(change: Change, draft: Response, answer: Mattering, nonce: str) -> None:
    order = ordered_options(taxonomy.current(), nonce=nonce, happened=draft.happened, won=draft.won)
    codes = [code for code in order if code in answer.codes]
    if len(codes) > MAX_REASONS:
        raise RebondError(
            _("Three at most, so that what mattered most stays visible. Take one away; your choice is still here."),
            code="too_many_reasons",
        )
    change.fields = {"option_order": order}
    stored = codes_of(draft)
    if set(codes) != set(stored) and (codes or answer.shown):
        change.codes = _keep_main(stored, codes) if draft.step > answer.number else codes
    change.text = _text(draft, Asked.OWN_WORDS, answer.words, answer.shown)


def _keep_main(stored: list[str], codes: list[str]) -> list[str]:
    """A new choice keeps the old main one, if it is still in it."""
    main = [code for code in stored[:1] if code in codes]
    return main + [code for code in codes if code not in main]


def _main_first(draft: Response, main: str) -> list[str] | None:
    codes = codes_of(draft)
    if main not in codes:
        raise RebondError(_("Choose the one that mattered most. The others are kept."), code="choose_one")
    first = [main, *(code for code in codes if code != main)]
    return None if first == codes else first


def _text(draft: Response, asked: Asked, words: str, shown: bool) -> tuple[Asked, str] | None:
    stored = "".join(texts_of(draft).filter(asked=asked).values_list("text", flat=True))
    return None if words == stored or not (words or shown) else (asked, words)


def _store_text(draft: Response, asked: Asked, words: str) -> None:
    if not words:
        texts_of(draft).filter(asked=asked).delete()
        return
    said = {"text": words, "language": draft.language}
    if not texts_of(draft).filter(asked=asked).update(**said):
        Verbatim.objects.create(response=draft, asked=asked, **said)


def _next_step(draft: Response, change: Change, answer: StepAnswer) -> int:
    """Where a resumed survey opens: the second page of step 2 belongs to step 2."""
    if isinstance(answer, Mattering):
        several = len(change.codes if change.codes is not None else codes_of(draft)) > 1
        return answer.number if several else answer.number + 1
    return min(answer.number + 1, STEPS)


def copied_texts(texts: Iterable[Verbatim]) -> list[dict[str, Any]]:
    """What a text is, without its key and its response."""
    return [{"asked": t.asked, "text": t.text, "language": t.language, "consent": t.consent} for t in texts]
