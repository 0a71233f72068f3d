"""Calls are named, answered, looked at and scored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.base.text import clean, fold
from rebond.celebrate.actions.contests import locked, not_a_third_time
from rebond.celebrate.actions.marks import add_mark
from rebond.celebrate.contest import rules
from rebond.celebrate.contest.rules import Rules
from rebond.celebrate.models import (
    ConsentPurpose,
    Contest,
    ContestState,
    Mark,
    Nomination,
    NominationStatus,
    Recording,
    RecordingStatus,
    Score,
)
from rebond.celebrate.queries.consents import is_usable

LESSON, EXTRACT = 2_000, 8_000
#: Parts of names that are shorter are ordinary words too often (de, la, du).
SHORTEST_NAME = 3
#: Before the short list stands, whoever is heard may still answer.
ANSWERED_IN = (ContestState.NOMINATIONS, ContestState.REVIEW)
#: Until the votes are closed a call may be taken out by whose call it is.
LEFT_IN = (*ANSWERED_IN, ContestState.SHORTLIST, ContestState.VOTING)
LEAVING = (NominationStatus.WAITING, NominationStatus.ACCEPTED, NominationStatus.SHORTLISTED)


@transaction.atomic
def nominate(
    *, contest: Contest, recording: Recording, title: str, lesson: str, situation: str = "",
    clip: Mark | None = None, stretch: tuple[int, int] | None = None, actor: User, now: datetime,
) -> Nomination:  # fmt: skip
    """Names a call: one's own takes part at once, a colleague's once they agree.

    Args:
        clip: a stretch that is marked already; ``stretch``: from and until in milliseconds, marked now.

    Raises:
        Conflict: ``nominations_closed``, ``nominated_already``, ``third_in_a_row``, ``not_ready``.
        RebondError: ``title_missing``, ``lesson_missing``, ``two_each``, ``clip_too_long``, ``no_such_moment``,
            ``another_circle``.
    """
    mine = locked(contest)
    known = Rules.of(mine.rules)
    _open_to(mine, recording, actor, known, now)
    words = _words(title, lesson)
    if stretch is not None:
        clip = add_mark(recording=recording, at_ms=stretch[0], until_ms=stretch[1], actor=actor, now=now)
    _short_enough(recording, clip, known)
    own = recording.owner_id == actor.pk
    made = Nomination(
        pk=_named_before(mine, recording, own=own), contest=mine, recording=recording, clip=clip,
        nominee=recording.owner, by=actor, title=words[0], lesson=words[1], situation=clean(situation, 160), at=now,
        answered_at=now if own else None, status=NominationStatus.ACCEPTED if own else NominationStatus.WAITING,
    )  # fmt: skip
    made.save()
    record(verb="celebrate.nominate", subject=made, actor=actor, at=now, contest=mine.pk, own=own)
    return made


def _named_before(mine: Contest, recording: Recording, *, own: bool) -> int | None:
    """The row of this call where it was named and taken out again: it may be named anew, and after a no by whose call
    it is. A call stands once in a contest (``nominated_once``); the contest is locked meanwhile."""
    before = mine.nominations.filter(recording=recording).first()
    if before is None:
        return None
    over = (NominationStatus.WITHDRAWN, NominationStatus.REFUSED) if own else (NominationStatus.WITHDRAWN,)
    if before.status not in over:
        raise Conflict(
            _("This call is named already. Nothing was changed. Choose another one."), code="nominated_already"
        )
    return before.pk


def _open_to(mine: Contest, recording: Recording, actor: User, known: Rules, now: datetime) -> None:
    if recording.status != RecordingStatus.READY:
        raise Conflict(
            _("This call is not ready to be heard. Nothing was changed. Look at its page."), code="not_ready"
        )
    if mine.state != ContestState.NOMINATIONS or (mine.closes_at is not None and now >= mine.closes_at):
        raise Conflict(
            _("Calls can no longer be named for this month, or not yet. Nothing was changed. "
              "Keep what can be learnt as a lesson."), code="nominations_closed",
        )  # fmt: skip
    if mine.team_id and recording.owner.team_id != mine.team_id:
        raise RebondError(
            _("This contest is another team’s. Nothing was changed. Choose a call of that team."),
            code="another_circle",
        )
    if mine.nominations.filter(by=actor).exclude(status=NominationStatus.WITHDRAWN).count() >= known.each:
        raise RebondError(
            ngettext(
                "You have named %(count)d call, which is all for this month. Nothing was changed. Take one back first.",
                "You have named %(count)d calls, which is all for this month. Nothing was changed. "
                "Take one back first.", known.each,
            ) % {"count": known.each}, code="two_each",
        )  # fmt: skip
    not_a_third_time(mine, known, [recording.owner_id])


def _words(title: str, lesson: str) -> tuple[str, str]:
    kept = clean(title, 160), clean(lesson, LESSON)
    if not kept[0]:
        raise RebondError(_("The call has no title yet. Nothing was changed. Say in a few words what it is about."),
                          code="title_missing")  # fmt: skip
    if not kept[1]:
        raise RebondError(
            _("What can we learn from it? Nothing was changed. Write it in a sentence or two."), code="lesson_missing"
        )
    return kept


def _short_enough(recording: Recording, clip: Mark | None, known: Rules) -> None:
    long_ms = (clip.until_ms or 0) - clip.at_ms if clip else recording.duration_ms or 0
    if long_ms > known.clip_ms:
        raise RebondError(
            _("This is longer than %(minutes)d minutes. Nothing was changed. Say from where to where we should listen.")
            % {"minutes": known.clip_minutes}, code="clip_too_long",
        )  # fmt: skip


@transaction.atomic
def answer(*, nomination: Nomination, agrees: bool, actor: User, now: datetime) -> Nomination:
    """Whose call it is says yes or no.

    Raises:
        NotAllowed: somebody else's to say.
        Conflict: ``answered_already``, ``nominations_closed``.
    """
    mine, contest = _locked(nomination)
    if mine.nominee_id != actor.pk:
        raise NotAllowed
    if contest.state not in ANSWERED_IN:
        raise Conflict(
            _("The short list stands already. Nothing was changed. There is a next month."), code="nominations_closed"
        )
    if mine.status != NominationStatus.WAITING:
        raise Conflict(_("This is answered already. Nothing was changed."), code="answered_already")
    mine.status = NominationStatus.ACCEPTED if agrees else NominationStatus.REFUSED
    mine.answered_at = now
    mine.save(update_fields=["status", "answered_at"])
    record(verb="celebrate.answer_nomination", subject=mine, actor=actor, at=now, agrees=agrees)
    return mine


@transaction.atomic
def withdraw(*, nomination: Nomination, actor: User, now: datetime) -> Nomination:
    """Whose call it is takes it out, until the votes are closed; who named it, while it waits for an answer.

    Raises:
        NotAllowed: somebody else's to say.
        Conflict: ``too_late_to_withdraw``.
    """
    mine, contest = _locked(nomination)
    waiting = mine.status == NominationStatus.WAITING
    if actor.pk != mine.nominee_id and not (actor.pk == mine.by_id and waiting):
        raise NotAllowed
    if contest.state not in LEFT_IN or mine.status not in LEAVING:
        raise Conflict(
            _("It is too late to take it out here. Nothing was changed. You can still take back your consent to the "
              "recording; its sound is removed then."), code="too_late_to_withdraw",
        )  # fmt: skip
    mine.status = NominationStatus.WITHDRAWN
    mine.save(update_fields=["status"])
    record(verb="celebrate.withdraw_nomination", subject=mine, actor=actor, at=now)
    return mine


@transaction.atomic
def disqualify(*, nomination: Nomination, because: str, actor: User | None, now: datetime) -> Nomination:
    """It cannot take part; whose call it is reads why.

    Raises:
        RebondError: ``say_why``.
        Conflict: ``not_looked_at``: calls are not being looked at now.
    """
    mine, contest = _locked(nomination)
    reason = clean(because, 200)
    if not reason:
        raise RebondError(_("Say in a few words why; whose call it is reads it. Nothing was changed."), code="say_why")
    _looked_at(contest, mine, (NominationStatus.WAITING, NominationStatus.ACCEPTED))
    mine.status, mine.because = NominationStatus.DISQUALIFIED, reason
    mine.save(update_fields=["status", "because"])
    record(verb="celebrate.disqualify", subject=mine, actor=actor, at=now)
    return mine


@transaction.atomic
def take_extract(*, nomination: Nomination, extract: str, actor: User | None, now: datetime) -> Nomination:
    """What was said, in writing, names and prices removed: read in place of the sound while a consent is missing.

    Raises:
        RebondError: ``extract_missing``; ``extract_names``: somebody who is heard is named in it.
        Conflict: ``not_looked_at``.
    """
    mine, contest = _locked(nomination)
    _looked_at(contest, mine, (NominationStatus.ACCEPTED,))
    text = clean(extract, EXTRACT)
    if not text:
        raise RebondError(_("The extract is empty. Nothing was changed."), code="extract_missing")
    if named := names_in(text, mine.recording):
        raise RebondError(
            _("“%(name)s” is named in it. Nothing was changed. Take the names of whoever is heard out first.")
            % {"name": named}, code="extract_names",
        )  # fmt: skip
    mine.extract = text
    mine.save(update_fields=["extract"])
    record(verb="celebrate.take_extract", subject=mine, actor=actor, at=now)
    return mine


def names_in(text: str, recording: Recording) -> str:
    """The first word of it that is part of the name of somebody who is heard; empty when there is none."""
    words = {fold(word) for word in _words_of(text)}
    for voice in recording.voices.select_related("person", "user").order_by("pk"):
        known = voice.user or voice.person
        for part in _words_of(known.name if known else voice.name):
            if len(part) >= SHORTEST_NAME and fold(part) in words:
                return part
    return ""


def _words_of(text: str) -> list[str]:
    """ "Anne-Marie" is two."""
    return "".join(char if char.isalnum() else " " for char in text).split()


@transaction.atomic
def score(*, nomination: Nomination, marks: Mapping[str, int], note: str = "", actor: User, now: datetime) -> Score:
    """One reviewer's marks; given once, since they may then see the other's.

    Raises:
        NotAllowed: no reviewer of this contest, or their own call.
        RebondError: ``marks_missing``.
        Conflict: ``not_looked_at``, ``consent_missing``, ``scored_already``.
    """
    mine, contest = _locked(nomination)
    if actor.pk not in Rules.of(contest.rules).reviewers or actor.pk == mine.nominee_id:
        raise NotAllowed
    _looked_at(contest, mine, (NominationStatus.ACCEPTED,))
    if not mine.extract and not is_usable(mine.recording, ConsentPurpose.CONTEST):
        raise Conflict(
            _("Somebody who is heard has not agreed to the contest yet. Nothing was scored. "
              "The organiser asks them, or takes an extract in writing."), code="consent_missing",
        )  # fmt: skip
    kept = {one["code"]: marks.get(one["code"], 0) for one in contest.rubric}
    if any(mark not in rules.MARKS for mark in kept.values()):
        raise RebondError(_("Each line wants a mark from 1 to 5. Nothing was scored yet."), code="marks_missing")
    try:
        with transaction.atomic():
            given = Score.objects.create(nomination=mine, reviewer=actor, marks=kept, note=clean(note, 500), at=now)
    except IntegrityError as error:
        raise Conflict(
            _("You scored this call already. Your first marks stand, since you may see the other’s by now."),
            code="scored_already",
        ) from error
    record(verb="celebrate.score", subject=mine, actor=actor, at=now)
    return given


def _locked(nomination: Nomination) -> tuple[Nomination, Contest]:
    """The contest first, as everybody takes it, then the call."""
    contest = locked(nomination.contest)
    found = Nomination.objects.select_related("recording", "nominee")
    return found.select_for_update(of=("self",)).get(pk=nomination.pk), contest


def _looked_at(contest: Contest, mine: Nomination, statuses: tuple[str, ...]) -> None:
    if contest.state != ContestState.REVIEW or mine.status not in statuses:
        raise Conflict(
            _("This call is not being looked at now. Nothing was changed. Look at the contest again."),
            code="not_looked_at",
        )
