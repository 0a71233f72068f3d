"""Every change of the list of reasons: added, merged, retired, taken up again, reworded; nothing is ever deleted.

Each is one more version. What was said before keeps its code and the version it was said under.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean, fold
from rebond.learn import taxonomy
from rebond.learn.models import ChangeKind, TaxonomyChange
from rebond.learn.taxonomy import CONTROLS, GROUPS, LANGUAGES, MOST_ACTIVE, OWNERS, WAYS_OUT, Taxonomy

#: Voice to language to text: ``{"seller": {"en": .., "fr": ..}, "buyer": {...}, "buyer_win": {...}}``.
Wording = Mapping[str, Mapping[str, str]]

LONGEST = 120
LONGEST_REST = 730
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@transaction.atomic
def add_reason(
    *, code: str, group: str, control: str, owner: str, recheck_days: int, wording: Wording, note: str,
    actor: User | None, now: datetime, seen: int | None = None,
) -> TaxonomyChange:  # fmt: skip
    """A new code inside one of the groups, with both flags and both languages.

    Args:
        recheck_days: days of peace before the person is asked again, 1 to 730.
        wording: seller and buyer in English and French; ``buyer_win`` in both, or not at all.
        note: why; kept in the change log.
        seen: the version the change was decided on; ``None`` takes the newest.

    Raises:
        RebondError: ``bad_code``, ``code_taken``, ``unknown_group``, ``unknown_control``, ``unknown_owner``,
            ``bad_recheck``, ``list_full``, and as ``reword_reason``.
        Conflict: ``list_changed`` when somebody else changed the list since ``seen``.
    """
    names = _newest(seen)
    _check_code(code, names)
    _check_choice(group, GROUPS, "unknown_group", _("Choose one of the seven groups. Nothing was changed."))
    _check_choice(control, CONTROLS, "unknown_control", _("Say in whose hands it is. Nothing was changed."))
    _check_choice(owner, OWNERS, "unknown_owner", _("Say who can act on it. Nothing was changed."))
    if not 1 <= recheck_days <= LONGEST_REST:
        raise RebondError(
            _("Days before asking again: between 1 and %(most)d. Nothing was changed.") % {"most": LONGEST_REST},
            code="bad_recheck",
        )
    _check_room(names)
    return _change(
        names, ChangeKind.ADD, code, note, actor, now, group=group, control=control, owner=owner,
        recheck_days=recheck_days, wording=_checked(wording, code, names),
    )  # fmt: skip


@transaction.atomic
def merge_reason(
    *, code: str, into: str, note: str, actor: User | None, now: datetime, seen: int | None = None
) -> TaxonomyChange:
    """``code`` is counted as ``into`` from now on, in every chart, with a stamp; nobody chooses it any more.

    Raises:
        RebondError: ``unknown_reason``, ``merged_already``, ``merge_into_itself``, ``merge_into_retired``.
        Conflict: ``list_changed``.
    """
    names = _newest(seen)
    known, target = names.get(code).code, names.get(into).code
    if known in names.merged:
        raise RebondError(
            _("“%(label)s” is merged already. Nothing was changed. Take it up again first.")
            % {"label": names.label(known)},
            code="merged_already",
        )
    if known == target:
        raise RebondError(_("A reason cannot be merged into itself. Nothing was changed."), code="merge_into_itself")
    if not names.is_active(target):
        raise RebondError(
            _("“%(label)s” is not on the list any more. Nothing was changed. Merge into a reason that is.")
            % {"label": names.label(target)},
            code="merge_into_retired",
        )
    return _change(names, ChangeKind.MERGE, known, note, actor, now, into=target)


@transaction.atomic
def retire_reason(
    *, code: str, note: str, actor: User | None, now: datetime, seen: int | None = None
) -> TaxonomyChange:
    """Nobody chooses ``code`` any more; where it was said, it stays.

    Raises:
        RebondError: ``unknown_reason``, ``retired_already``.
        Conflict: ``list_changed``.
    """
    names = _newest(seen)
    if not names.is_active(names.get(code).code):
        raise RebondError(
            _("“%(label)s” is not on the list any more. Nothing was changed.") % {"label": names.label(code)},
            code="retired_already",
        )
    return _change(names, ChangeKind.RETIRE, code, note, actor, now)


@transaction.atomic
def restore_reason(
    *, code: str, note: str, actor: User | None, now: datetime, seen: int | None = None
) -> TaxonomyChange:
    """``code`` may be chosen again; one that was merged counts as itself again.

    Raises:
        RebondError: ``unknown_reason``, ``active_already``, ``list_full``.
        Conflict: ``list_changed``.
    """
    names = _newest(seen)
    if names.is_active(names.get(code).code):
        raise RebondError(
            _("“%(label)s” is on the list. Nothing was changed.") % {"label": names.label(code)}, code="active_already"
        )
    _check_room(names)
    return _change(names, ChangeKind.RESTORE, code, note, actor, now)


@transaction.atomic
def reword_reason(
    *, code: str, wording: Wording, note: str, actor: User | None, now: datetime, seen: int | None = None
) -> TaxonomyChange:
    """Other words for the same reason.

    Raises:
        RebondError: ``unknown_reason``, ``words_missing``, ``words_too_long``, ``label_taken``.
        Conflict: ``list_changed``.
    """
    names = _newest(seen)
    known = names.get(code).code
    return _change(names, ChangeKind.REWORD, known, note, actor, now, wording=_checked(wording, known, names))


def _newest(seen: int | None) -> Taxonomy:
    names = taxonomy.current()
    if seen is not None and seen != names.version:
        raise _list_changed()
    return names


def _list_changed() -> Conflict:
    return Conflict(
        _("Somebody else changed the list in the meantime. Yours was not saved. Look at the list and decide again."),
        code="list_changed",
    )


def _change(
    names: Taxonomy, kind: ChangeKind, code: str, note: str, actor: User | None, now: datetime, **more: Any
) -> TaxonomyChange:
    """The next version. Its number is unique: of two changes made at once one is written, the other a conflict."""
    why = clean(note, 300)
    if not why:
        raise RebondError(
            _("Say in a few words why, for those who read the list later. Nothing was changed."), code="note_missing"
        )
    try:
        with transaction.atomic():
            change = TaxonomyChange.objects.create(
                version=names.version + 1, kind=kind, code=code, note=why, at=now, by=actor, **more
            )
    except IntegrityError as error:
        raise _list_changed() from error
    record(
        verb=f"learn.{kind}_reason", subject=change, actor=actor, at=now, code=code, version=change.version,
        **({"into": change.into} if change.into else {}),
    )  # fmt: skip
    return change


def _check_code(code: str, names: Taxonomy) -> None:
    if not _CODE.fullmatch(code) or not 3 <= len(code) <= 40:
        raise RebondError(
            _("A code is 3 to 40 small letters, figures and underscores, such as late_reference. Nothing was changed."),
            code="bad_code",
        )
    if code in names.reasons or code in WAYS_OUT:
        raise RebondError(
            _("The code %(code)s is taken, perhaps by a retired reason. Nothing was changed. Choose another.")
            % {"code": code},
            code="code_taken",
        )


def _check_choice(value: str, known: Mapping[str, Any], code: str, message: str) -> None:
    if value not in known:
        raise RebondError(message, code=code)


def _check_room(names: Taxonomy) -> None:
    if len(names.active) >= MOST_ACTIVE:
        raise RebondError(
            _("With more than %(most)d reasons nobody finds theirs. Nothing was changed. Retire or merge one first.")
            % {"most": MOST_ACTIVE},
            code="list_full",
        )


def _checked(wording: Wording, code: str, names: Taxonomy) -> dict[str, dict[str, str]]:
    """The words cleaned: seller and buyer in both languages; after a yes in both, or in none."""
    said = {voice: _cleaned(wording.get(voice, {})) for voice in ("seller", "buyer", "buyer_win")}
    for voice, texts in said.items():
        optional = voice == "buyer_win" and not any(texts.values())
        if not optional and not all(texts.values()):
            raise RebondError(
                _("The words are needed in English and in French. Nothing was changed. Fill in what is empty."),
                code="words_missing", voice=voice,
            )  # fmt: skip
    _check_labels(said["seller"], code, names)
    return said


def _cleaned(texts: Mapping[str, str]) -> dict[str, str]:
    kept = {language: " ".join(clean(texts.get(language, ""), LONGEST + 1).split()) for language in LANGUAGES}
    if any(len(text) > LONGEST for text in kept.values()):
        raise RebondError(
            _("At most %(most)d characters, so that it fits a list. Nothing was changed. Shorten it.")
            % {"most": LONGEST},
            code="words_too_long",
        )
    return kept


def _check_labels(seller: Mapping[str, str], code: str, names: Taxonomy) -> None:
    """Two reasons that read the same cannot be told apart in a list."""
    for text in seller.values():
        other = names.spellings.get(fold(text), code)
        if other != code and names.is_active(other):
            raise RebondError(
                _("“%(label)s” is on the list already. Nothing was changed. Say what is different about this one.")
                % {"label": text},
                code="label_taken",
            )
