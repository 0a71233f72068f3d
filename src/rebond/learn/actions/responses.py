"""A buyer answers: saved at each step, sent once, opened up by nobody but the buyer; and "please do not ask".

The link is the key, so there is no actor. Two browsers with one link share one draft: each write locks the invitation.
The audit log tells that an answer was begun and sent, never what it says; of an anonymous one not that it was sent.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.base.dates import local_day
from rebond.base.errors import Conflict, NotFound, RebondError
from rebond.deals.models import Outcome
from rebond.learn import taxonomy
from rebond.learn.actions.drafts import codes_of, copied_texts, new_draft, planned_change, store_change, texts_of
from rebond.learn.actions.pools import release_pools
from rebond.learn.actions.reasons import ReasonGiven, assert_reasons
from rebond.learn.feedback.answers import Sending, StepAnswer
from rebond.learn.feedback.links import check_not_expired, check_open, with_everything
from rebond.learn.models import (
    Asked,
    Consent,
    FeedbackReason,
    Invitation,
    InvitationStatus,
    Mode,
    Response,
    Verbatim,
    Voice,
    Weight,
)
from rebond.mail.actions import cancel_message, suppress
from rebond.mail.models import Message, Scope, Why
from rebond.mail.queries import suppressed

#: More saves than this and it is no longer a person.
MOST_SAVES = 200


@transaction.atomic
def save_step(*, invitation: Invitation, answer: StepAnswer, language: str, now: datetime) -> Response:
    """Keeps the answer of one step; the first one begins the draft. What changes nothing is not written.

    Raises:
        Conflict: ``already_sent``.
        LinkClosed: ``link_closed``, ``link_expired``.
        RebondError: ``choose_one``, ``too_many_reasons``; ``too_many_saves`` (429) after 200.
    """
    _lock(invitation)
    check_open(invitation, now)
    draft = _draft_of(invitation)
    begins = draft is None
    draft = draft or new_draft(invitation, _won(invitation), language, now)
    change = planned_change(draft, answer, nonce=invitation.nonce, language=language)
    if change.is_none and not begins:
        return draft
    if draft.saves >= MOST_SAVES:
        raise RebondError(
            _("This page was saved very often. What was saved until now is kept, and you can still send it."),
            code="too_many_saves",
            status=429,
        )
    store_change(draft, change)
    if begins:
        record(verb="learn.begin_answer", subject=invitation, actor=None, at=now)
    return draft


@transaction.atomic
def submit_response(*, invitation: Invitation, sending: Sending, now: datetime) -> Response:
    """Sends the answer, once and for good, and hands it to those who may read it.

    Shared: the buyer's reasons stand on the close event at once. Confidential and anonymous: only in pools. An
    anonymous one is cut loose from its invitation in the same moment; the invitation keeps only the day.

    Raises:
        Conflict: ``already_sent``.
        LinkClosed: ``link_closed``, ``link_expired``.
        RebondError: ``choose_one`` (who may read it), ``nothing_answered``.
    """
    locked = _locked(invitation)
    check_open(locked, now)
    draft = _draft_of(locked)
    if draft is None or not (draft.happened or draft.won):
        raise RebondError(_("The first question has no answer yet. What you wrote is kept."), code="nothing_answered")
    if sending.mode not in Mode.values:
        raise RebondError(_("Choose who may read your answer. What you wrote is kept."), code="choose_one")
    _give_consent(draft, sending)
    _finish(draft, locked, sending, now)
    sent = _cut_loose(draft) if draft.mode == Mode.ANONYMOUS else draft
    locked.status, locked.answered_on = InvitationStatus.ANSWERED, local_day(now)
    locked.save(update_fields=["status", "answered_on"])
    cancel_message(key=f"learn.reminder:{locked.pk}", reason="answered", actor=None, now=now)
    if sent.mode != Mode.ANONYMOUS:
        record(verb="learn.send_answer", subject=locked, actor=None, at=now)
    _hand_on(sent, locked, now)
    return sent


@transaction.atomic
def open_up(*, invitation: Invitation, now: datetime) -> Response:
    """The buyer shares a confidential answer with the seller after all: only they can, and only before it is pooled.

    Raises:
        NotFound: no sent answer hangs on this link.
        LinkClosed: ``link_expired``.
        Conflict: ``already_pooled``.
    """
    locked = _locked(invitation)
    check_not_expired(locked, now)
    response = Response.objects.select_for_update().filter(invitation=locked, is_final=True).first()
    if response is None:
        raise NotFound
    if response.mode == Mode.SHARED:
        return response
    if response.pool_id is not None:
        raise Conflict(
            _("Your answer is counted together with others by now and stays as it is."), code="already_pooled"
        )
    response.mode = Mode.SHARED
    response.save(update_fields=["mode"])
    record(verb="learn.open_answer", subject=locked, actor=None, at=now)
    _assert(response, locked, now)
    return response


@transaction.atomic
def stop_asking(*, invitation: Invitation, scope: str, now: datetime) -> None:
    """Never again: questions about decisions, or anything at all. Works for every link there ever was, and twice."""
    if scope not in Scope.values:
        raise RebondError(_("Choose one of the two. Nothing was changed yet."), code="choose_one")
    addresses = addresses_of(invitation)
    if addresses <= suppressed(addresses, scope):
        return  # said before, or nobody is left to be written to: a thousand posts add nothing
    for address in addresses:
        suppress(
            address=address, scope=scope, why=Why.ASKED, source=f"learn.invitation:{invitation.pk}", actor=None, now=now
        )
    record(verb="learn.stop_asking", subject=invitation, actor=None, at=now, scope=str(scope))


def addresses_of(invitation: Invitation) -> set[str]:
    """Where the person is written to: their address now, and the one the mails went to."""
    keys = [f"learn.{kind}:{invitation.pk}" for kind in ("invitation", "reminder")]
    written_to = set(Message.objects.filter(key__in=keys).values_list("recipient", flat=True))
    return (written_to | {invitation.person.email if invitation.person else ""}) - {""}


def _locked(invitation: Invitation) -> Invitation:
    """The invitation as it is now; others with the same link wait."""
    return with_everything().select_for_update(of=("self",)).get(pk=invitation.pk)


def _lock(invitation: Invitation) -> None:
    """The same for a save, of which there are many: takes over what may have changed since the page was asked for."""
    now = Invitation.objects.select_for_update().only("status", "answered_on", "expires_at").get(pk=invitation.pk)
    invitation.status, invitation.answered_on, invitation.expires_at = now.status, now.answered_on, now.expires_at


def _draft_of(invitation: Invitation) -> Response | None:
    return next(iter(Response.objects.filter(invitation=invitation)), None)


def _won(invitation: Invitation) -> bool:
    return invitation.close_event.outcome == Outcome.WON


def _give_consent(draft: Response, sending: Sending) -> None:
    for text in texts_of(draft):
        text.consent = sending.consents.get(text.asked, text.consent)
        text.save(update_fields=["consent"])


def _finish(draft: Response, invitation: Invitation, sending: Sending, now: datetime) -> None:
    closed = local_day(invitation.close_event.closed_at or invitation.close_event.recorded_at)
    draft.is_final, draft.mode, draft.submitted_at = True, sending.mode, now
    draft.team_id, draft.won = invitation.deal.team_id, _won(invitation)
    draft.period = date(closed.year, (closed.month - 1) // 3 * 3 + 1, 1)
    draft.may_contact = sending.may_contact and sending.mode != Mode.ANONYMOUS  # there is nobody to contact then
    draft.save()


#: What an anonymous answer keeps. Not its options' order: that is drawn from the invitation's nonce and would name it.
_KEPT = (
    "is_final", "mode", "team_id", "won", "period", "language", "happened", "competitor", "competitor_withheld",
    "involved", "understood", "proposal", "helped",
)  # fmt: skip
#: Nobody's name can stand under it any more, and nobody can be asked first.
_WITHOUT_A_NAME: dict[str, str] = {Consent.NAMED: Consent.ANONYMOUS, Consent.ASK: Consent.NO}


def _cut_loose(draft: Response) -> Response:
    """The same answer under a new key, without link, moments or order; its rows get random keys, so that no sequence
    tells when it came in either."""
    codes, texts = codes_of(draft), copied_texts(texts_of(draft))
    draft.delete()
    loose = Response.objects.create(**{name: getattr(draft, name) for name in _KEPT})
    FeedbackReason.objects.bulk_create(
        FeedbackReason(pk=_random_key(), response=loose, code=code, place=place)
        for place, code in enumerate(codes, start=1)
    )
    for text in texts:
        text["consent"] = _WITHOUT_A_NAME.get(text["consent"], text["consent"])
    Verbatim.objects.bulk_create(Verbatim(pk=_random_key(), response=loose, **text) for text in texts)
    return loose


def _random_key() -> int:
    """Below zero, where the database's own sequence never comes."""
    return -1 - secrets.randbits(62)


def _hand_on(response: Response, invitation: Invitation, now: datetime) -> None:
    if response.mode == Mode.SHARED:
        _assert(response, invitation, now)
    else:
        release_pools(team_id=response.team_id, won=response.won, now=now)


def _assert(response: Response, invitation: Invitation, now: datetime) -> None:
    """The buyer's reasons, as one voice on the close event.

    Not their words: those stay with the answer, where their consent is, and where they can be removed on request.
    """
    reasons = [
        ReasonGiven(code=code, role=Weight.CONTRIBUTING if place else Weight.PRIMARY)
        for place, code in enumerate(_assertable(codes_of(response)))
    ]
    if not reasons and texts_of(response).filter(asked=Asked.OWN_WORDS).exclude(text="").exists():
        reasons = [ReasonGiven(code=taxonomy.OTHER, verbatim=WORDS_ELSEWHERE)]
    if reasons:
        assert_reasons(close_event=invitation.close_event, source=Voice.BUYER, reasons=reasons, actor=None, now=now)


#: What stands for words that are kept with the answer itself.
WORDS_ELSEWHERE = "(…)"


def _assertable(codes: list[str]) -> list[str]:
    """The list may have changed while the survey was open: a merged code counts as its successor, a retired one is left
    out (the answer itself keeps it)."""
    names = taxonomy.current()
    counted = [names.counted_as(code) for code in codes]
    return list(dict.fromkeys(code for code in counted if code in names.reasons and code not in names.retired))
