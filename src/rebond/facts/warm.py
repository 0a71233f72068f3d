"""Facts that are ready when a page asks: the worker brings the files up to date, the web process keeps them in memory.

Whatever the figures count asks for fresh facts when it is written (``facts.freshness``); a page compares the small
state file with what it holds and opens the new files once. Where no worker has run yet, or the queued refresh has
waited too long, the page does it itself.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

from django.conf import settings

from rebond.facts import sources, store
from rebond.facts.from_records import refresh as refresh_files
from rebond.facts.kept import Kept
from rebond.facts.store import State, Store
from rebond.facts.work import nobody_works

#: A refresh in the page that takes longer than this (seconds) is followed by so many times its length of rest.
QUICK, REST = 0.25, 20
#: States kept in memory: the one that counts, and the one that others are still at.
STATES = 2
#: Slow answers kept, of whatever view.
ANSWERS = 128

_Key = tuple[Any, ...]
Found = TypeVar("Found")
_lock, _answering = threading.Lock(), threading.Lock()
_not_before = 0.0
_kept: OrderedDict[_Key, Kept] = OrderedDict()
_answers: OrderedDict[_Key, Any] = OrderedDict()
#: Answers that are being made: the lock of each, and how many hold it or wait for it.
_making: dict[_Key, tuple[threading.Lock, int]] = {}


def refresh() -> State:
    """Brings the files up to what the records say; the worker's part."""
    return refresh_files(
        Store(store.folder()), zone=settings.TIME_ZONE, reasons=sources.reasons(), said_since=sources.said_since()
    )


def remembered(key: _Key, make: Callable[[], Found], *, deals_only: bool = False) -> Found:
    """A slow answer, made once per state of the facts and ``key`` (its name and everything it depends on).

    Args:
        deals_only: no contact counts in it, so that it stands when one is logged.
    """
    whole = (*state_key(deals_only=deals_only), *key)
    with _alone(whole):  # two blocks of one page that need the same answer wait for one of them to make it
        with _answering:
            if whole in _answers:
                _answers.move_to_end(whole)
                found: Found = _answers[whole]
                return found
        made = make()
        with _answering:
            _answers[whole] = made
            while len(_answers) > ANSWERS:
                _answers.popitem(last=False)
        return made


@contextmanager
def _alone(key: _Key) -> Iterator[None]:
    """One thread at a time for an answer; others of the same page go on beside it, and inside it."""
    with _answering:
        lock, waiting = _making.get(key, (threading.Lock(), 0))
        _making[key] = (lock, waiting + 1)
    try:
        with lock:
            yield
    finally:
        with _answering:
            lock, waiting = _making[key]
            if waiting > 1:
                _making[key] = (lock, waiting - 1)
            else:
                del _making[key]


def forget() -> None:
    """Empties this process's memory; for tests, which change what is on disk under its feet."""
    global _not_before  # noqa: PLW0603 (see _refreshed_here)
    with _lock:
        _kept.clear()
    forget_answers()
    _not_before = 0.0


def forget_answers() -> None:
    """Empties the memory of slow answers only; for benchmarks."""
    with _answering:
        _answers.clear()


def state_key(*, deals_only: bool = False) -> _Key:
    """What the facts in force are told apart by; with ``deals_only``, whatever their contacts."""
    state = _state()
    return _key(state) if deals_only else (*_key(state), *_contacts(state))


def current(today: date, *, deals_only: bool = False) -> Kept:
    """The facts in force, kept in memory, as of ``today``.

    Args:
        deals_only: contacts are not asked for; those of a state before will do.
    """
    state = _state()
    same = (*_key(state), today)
    key = (*same, *_contacts(state))
    with _lock:
        found = _kept.get(key) or (_like(same) if deals_only else None)
        if found is None:
            found = _kept[key] = Kept(
                Store(store.folder()), state, today=today, zone=settings.TIME_ZONE, currency=settings.CONFIG.currency,
                before=_like(same),
            )  # fmt: skip
        if key in _kept:
            _kept.move_to_end(key)
        while len(_kept) > STATES:
            _kept.popitem(last=False)
        return found


def _like(same: _Key) -> Kept | None:
    """The newest that is kept with these deals."""
    return next((kept for key, kept in reversed(_kept.items()) if key[: len(same)] == same), None)


def _state() -> State:
    """The state on disk; made here where there is none, or where nobody works off the queue."""
    state = Store(store.folder()).state()
    if not state.deals or state.zone != settings.TIME_ZONE:
        return refresh()
    return _refreshed_here(state) if nobody_works() else state


def _refreshed_here(state: State) -> State:
    """Without a worker each page brings the facts up to date, but spends no more than a part of its time on it."""
    global _not_before  # noqa: PLW0603 (of this process: when it may spend time on this again)
    started = time.monotonic()
    if started < _not_before:
        return state
    found = refresh()
    took = time.monotonic() - started
    _not_before = time.monotonic() + (REST * took if took > QUICK else 0)
    return found


def _key(state: State) -> _Key:
    return (str(store.folder()), state.deals, state.said)


def _contacts(state: State) -> _Key:
    return (*state.touches, state.beside)
