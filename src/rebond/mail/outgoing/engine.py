"""A worker sends what is due: one claims and writes down, several lines talk to the servers.

The order that must hold for each mail, whatever dies when: claimed, committed; agreed with the server;
``data_started``, committed; the text; its fate, committed. All lines' commits are made together by this one writer: a
line that asks waits for the next one, and meanwhile the others ask too.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from queue import Empty, SimpleQueue

from django.db import DatabaseError

from rebond.base.errors import RebondError
from rebond.mail import actions
from rebond.mail.actions import Claim, Claimed
from rebond.mail.boxes import mailbox
from rebond.mail.models import Mailbox
from rebond.mail.outgoing import restored
from rebond.mail.outgoing.provider import Provider
from rebond.mail.outgoing.smtp import Fate, Server
from rebond.mail.outgoing.ways import Asked, Ended, Told, Way

log = logging.getLogger("rebond.mail")
Clock = Callable[[], datetime]
#: Seconds a line that asks may wait for others to ask too.
GATHER = 0.002
#: Seconds that fates are tried to be written for, when the database cannot (a full disk); then they are left unknown.
OWING = 10.0
PAUSE = 0.25


def send(*, clock: Clock, until: datetime | None = None) -> Counter[str]:
    """Sends what is due, each mailbox's by its own way out; nothing, when no way is set.

    Args:
        until: no mail is claimed after it, and what was not begun is given back; without it, until nothing is due.

    Returns:
        How many were ``accepted``, ``again``, ``refused``, ``unknown``, ``let_go`` (see ``smtp.Fate``) and ``settled``
        without being sent; ``recovered`` and ``assumed`` of earlier ones; ``more`` when time was up.
    """
    now, done = clock(), Counter[str]()
    if not restored.check(now=now):
        return done
    done["recovered"], done["assumed"] = actions.recover(now=now), actions.assume_sent(now=now)
    ways = Ways()
    if ways.any():
        done.update(_Run(ways, clock, until).to_the_end())
    return +done


class Ways:
    """Every mailbox's way out. A mailbox whose way cannot be read keeps its mail; others' goes."""

    def __init__(self) -> None:
        self.told: Told = SimpleQueue()
        self._ways: dict[object, Way] = {}
        house = mailbox.way_out_of(None)
        self.house = self._way(house) if house is not None else None
        self.own: dict[int, Way | None] = {}
        for box in Mailbox.objects.exclude(way_out=""):
            self.own[box.pk] = self._read(box)

    def _way(self, out: Server | Provider) -> Way:
        return self._ways.setdefault(out, Way(out, self.told))

    def _read(self, box: Mailbox) -> Way | None:
        try:
            out = mailbox.way_out_of(box)
        except RebondError as error:
            log.warning("mailbox %d keeps its mail: %s", box.pk, error)
            return None
        return self._way(out) if out is not None else None

    def any(self) -> bool:
        return bool(self._ways)

    def all(self) -> Sequence[Way]:
        return list(self._ways.values())

    def of(self, mail: Claimed) -> Way | None:
        """Its mailbox's own, or the installation's."""
        return self.own.get(mail.message.mailbox_id or 0, self.house)

    def closed(self) -> list[int]:
        """Mailboxes that nothing is to be claimed for now: their way is down, has enough to do, or is none."""
        return [number for number, way in self.own.items() if not _open(way)]

    def only(self) -> list[int] | None:
        """The only mailboxes to claim for, while the installation's own way takes nothing."""
        return None if _open(self.house) else [number for number, way in self.own.items() if _open(way)]

    @property
    def in_hand(self) -> int:
        return sum(way.in_hand for way in self._ways.values())


def _open(way: Way | None) -> bool:
    return way is not None and not way.down and not way.full


class _Run:
    def __init__(self, ways: Ways, clock: Clock, until: datetime | None) -> None:
        self.ways, self.clock, self.until = ways, clock, until
        self.worker = f"{socket.gethostname()}:{os.getpid()}"
        self.done: Counter[str] = Counter()
        #: The last claim found nothing: none is made again before everything in hand has ended.
        self.dry = False
        self.over = False
        self.owed: list[Ended] = []
        self.owing_since = 0.0
        self.broken: DatabaseError | OSError | None = None

    def to_the_end(self) -> Counter[str]:
        try:
            while self._claim() or self.ways.in_hand or self.owed:
                if self.ways.in_hand or self.owed:
                    self._write(self._heard())
        finally:
            for way in self.ways.all():
                way.close()
        if self.broken is not None:
            raise self.broken
        return self.done

    # ---- claiming

    def _claim(self) -> bool:
        """Claims if some line has little to do; ``False`` when there is nothing (more) to claim now."""
        if (self.dry and self.ways.in_hand) or self.over or self.owed or self.ways.only() == []:
            return False
        now = self.clock()
        if self.until is not None and now >= self.until:
            self._stop(now)
            return False
        closed, only = self.ways.closed(), self.ways.only()
        try:
            claimed = actions.claim(worker=self.worker, now=now, closed=closed, only=only)
        except (DatabaseError, OSError) as error:  # full, or away: what is under way is ended, nothing new begun
            log.warning("nothing more is claimed: %s", error)
            self.broken, self.over = error, True
            return False
        self.dry = not claimed and not closed and only is None
        self.done["settled"] += claimed.settled
        self._hand_out(claimed)
        return bool(claimed)

    def _hand_out(self, claimed: Claim) -> None:
        for mail in claimed.mails:
            way = self.ways.of(mail)
            if way is not None:  # none: its mailbox lost its way out this moment; the lease runs out
                way.give(mail)

    def _stop(self, now: datetime) -> None:
        """Time is up: what no line has begun with is planned again, and somebody else's."""
        from rebond.mail import queries

        back = [mail.message for way in self.ways.all() for mail in way.take_back()]
        if back:
            actions.give_back(messages=back, now=now)
        self.done["more"] = int(bool(back) or (queries.next_due() or now) < now)
        self.over = True

    # ---- hearing and writing down

    def _heard(self) -> list[Asked | Ended]:
        """What the lines say: waits for the first, then a moment for those that are about to."""
        heard: list[Asked | Ended] = []
        ends = time.monotonic() + (PAUSE if self.owed else 1.0)
        while (left := ends - time.monotonic()) > 0:
            try:
                heard.append(self.ways.told.get(timeout=left))
            except Empty:
                break
            if len(heard) == 1:
                ends = min(ends, time.monotonic() + GATHER)
        return heard

    def _write(self, heard: Sequence[Asked | Ended]) -> None:
        asked = [one for one in heard if isinstance(one, Asked)]
        ended = self.owed + [one for one in heard if isinstance(one, Ended)]
        for one in ended[len(self.owed) :]:
            self._way_of(one).in_hand -= 1
        self.owing_since = self.owing_since if self.owed else 0.0
        self.owed = []
        if not asked and not ended:
            return
        try:
            go = self._together(asked, ended)
        except Exception:  # noqa: BLE001 (one of them; each by itself then, and logged there)
            go = self._one_by_one(asked, ended)
        for question in asked:
            question.answer(question.mail.message.pk in go)

    def _way_of(self, one: Ended) -> Way:
        way = self.ways.of(one.mail)
        assert way is not None  # it sent it
        return way

    def _together(self, asked: Sequence[Asked], ended: Sequence[Ended]) -> set[int]:
        go = actions.advance(
            begun=[one.mail.message for one in asked],
            ended=[(one.mail.message, one.answer) for one in ended if one.answer is not None],
            now=self.clock(),
        )
        self.done.update(one.answer.fate.value if one.answer else "broken" for one in ended)
        return go

    def _one_by_one(self, asked: Sequence[Asked], ended: Sequence[Ended]) -> set[int]:
        """What cannot be written is not begun; a fate is kept in mind for a while if the database is at fault."""
        go: set[int] = set()
        for one in ended:
            try:
                self._together([], [one])
            except DatabaseError as error:
                if one.answer is not None and one.answer.fate is not Fate.LET_GO:  # of those nothing is written
                    self._owe(one, error)
            except Exception:
                log.exception("mail %s is left as it is", one.mail.message.key)
                self.done["broken"] += 1
        for question in asked:
            try:
                go |= self._together([question], [])
            except DatabaseError as error:
                log.warning("mail %s is not begun: %s", question.mail.message.key, error)
        return go

    def _owe(self, one: Ended, error: DatabaseError) -> None:
        self.owing_since = self.owing_since or time.monotonic()
        if time.monotonic() - self.owing_since < OWING:
            self.owed.append(one)
            return
        log.error("what became of mail %s (%s) cannot be written: %s", one.mail.message.key, one.answer, error)
        self.done["broken"] += 1
