"""One mailbox, read as far as it got: headers first, the text only of what concerns us, in batches that are written
down, so that a reader that dies goes on where it stood.

The house mailbox and a seller's are read alike. The inbox and, where the server names one, the junk folder; the Sent
folder is only asked for mails of which nobody knows whether they left. Nothing is changed on the server.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError

from rebond.base.errors import RebondError
from rebond.mail.actions import folders as actions
from rebond.mail.actions.receiving import take_in
from rebond.mail.inbox import matching, sent
from rebond.mail.inbox.heads import Head
from rebond.mail.inbox.imap import Line, State, Trouble, place_of
from rebond.mail.models import Folder, Mailbox
from rebond.mail.reading import read

log = logging.getLogger("rebond.mail")
Clock = Callable[[], datetime]
INBOX = "INBOX"
#: So far back the first reading looks.
FIRST_LOOK = timedelta(days=30)
#: Mails whose headers come in one answer, and in one run.
BATCH = 100
AT_MOST = 2_000
#: After a failure the mailbox is left alone for as long as it has been failing already, between these.
PAUSES = (timedelta(minutes=1), timedelta(hours=1))
#: A wrong password tried every minute would lock the account.
PAUSE_AFTER_LOGIN = timedelta(minutes=10)


@dataclass
class Looked:
    """What one run over a mailbox brought.

    Attributes:
        seen: mails whose headers were looked at.
        kept: those that were taken in.
        left: mails found in the Sent folder of which nobody knew whether they left.
        more: time or the limit was up; there is more to read.
        problem: a code of ``Trouble``, when the mailbox could not be read.
    """

    seen: int = 0
    kept: int = 0
    left: int = 0
    more: bool = False
    problem: str = ""


def due(mailbox: Mailbox, folders: list[Folder], now: datetime) -> bool:
    """Whether to try a mailbox now: always, unless it failed and its pause is not over.

    A mailbox that was changed since (another password) is tried at once.
    """
    failing = [one for one in folders if one.name == INBOX and one.problem and one.read_at and one.problem_since]
    for folder in failing:
        assert folder.read_at is not None
        assert folder.problem_since is not None
        shortest = PAUSE_AFTER_LOGIN if folder.problem.startswith("login") else PAUSES[0]
        pause = max(shortest, min(folder.read_at - folder.problem_since, PAUSES[1]))
        if mailbox.updated_at <= folder.read_at and now < folder.read_at + pause:
            return False
    return True


def look(mailbox: Mailbox, url: str, *, clock: Clock, until: datetime | None = None) -> Looked:
    """Reads a mailbox until nothing is new, or time is up. What is in the way is written on its inbox' row.

    Args:
        url: decrypted, see ``mail.boxes.mailbox.way_in_of``.
        until: no batch is begun after it.
    """
    done, inbox = Looked(), actions.folder_of(mailbox=mailbox, name=INBOX)
    try:
        with Line(place_of(url)) as line:
            special = line.folders()
            _Reader(line, mailbox, inbox, done, clock, until).run()
            if not done.more and (junk := special.get("\\junk")):
                with _aside(mailbox, junk, clock) as folder:
                    _Reader(line, mailbox, folder, done, clock, until).run()
            if name := mailbox.sent_folder or special.get("\\sent", ""):
                with _aside(mailbox, name, clock):
                    done.left = sent.settle(mailbox, line, name, now=clock())
    except Trouble as trouble:
        _failed(inbox, done, trouble.code, trouble.said, clock())
    except RebondError as error:
        _failed(inbox, done, error.code, "", clock())
    else:
        actions.note_looked(folder=inbox, now=clock())
    return done


@contextmanager
def _aside(mailbox: Mailbox, name: str, clock: Clock) -> Iterator[Folder]:
    """A folder beside the inbox: one that is not there, or that the server cannot make sense of, is noted on its own
    row and spoils nothing else. Whatever concerns the whole mailbox goes on."""
    folder = actions.folder_of(mailbox=mailbox, name=name)
    try:
        yield folder
    except Trouble as trouble:
        if trouble.code != "odd":
            raise
        actions.note_problem(folder=folder, code=trouble.code, said=trouble.said, now=clock())
    else:
        actions.note_looked(folder=folder, now=clock())


def _failed(inbox: Folder, done: Looked, code: str, said: str, now: datetime) -> None:
    log.warning("mailbox %s could not be read: %s", inbox.mailbox_id, code)
    done.problem = code
    actions.note_problem(folder=inbox, code=code, said=said, now=now)


class _Reader:
    """One folder in one run."""

    def __init__(
        self, line: Line, mailbox: Mailbox, folder: Folder, done: Looked, clock: Clock, until: datetime | None
    ) -> None:
        self.line, self.mailbox, self.folder, self.done = line, mailbox, folder, done
        self.clock, self.until = clock, until
        self.oldest = _oldest(folder, clock())

    def run(self) -> None:
        state = self.line.state(self.folder.name)
        if _void(self.folder, state) and not self._begin(state):
            return
        if self.folder.uidnext < state.uidnext:
            self._read(state)
        if not self.done.more:
            actions.note_looked(folder=self.folder, now=self.clock())

    def _begin(self, state: State) -> bool:
        self.line.open(self.folder.name)
        # A day early: servers compare days in a zone of their own.
        recent = self.line.since((self.oldest - timedelta(days=1)).date())
        first = min(recent, default=state.uidnext)
        return actions.begin_folder(
            folder=self.folder, uidvalidity=state.uidvalidity, uidnext=first, modseq=state.modseq
        )

    def _read(self, state: State) -> None:
        self.line.open(self.folder.name)
        uids = self.line.after(self.folder.uidnext)
        while uids:
            if self._enough():
                self.done.more = True
                return
            seen, kept = self._batch(uids[:BATCH])
            done, uids = uids[seen - 1], uids[seen:]
            if not self._note(done + 1 if uids else max(done + 1, state.uidnext), state, seen, kept):
                return
        if self.folder.uidnext < state.uidnext:  # the last ones are gone already
            self._note(state.uidnext, state, 0, 0)

    def _enough(self) -> bool:
        return self.until is not None and (self._late() or self.done.seen >= AT_MOST)

    def _late(self) -> bool:
        return self.until is not None and self.clock() >= self.until

    def _note(self, uidnext: int, state: State, seen: int, kept: int) -> bool:
        self.done.seen += seen
        self.done.kept += kept
        return actions.note_read(folder=self.folder, uidnext=uidnext, modseq=state.modseq, seen=seen, kept=kept)

    def _batch(self, uids: list[int]) -> tuple[int, int]:
        """How many of these were looked at (at least one; time may be up within a batch), and taken in."""
        heads = {head.uid: head for head in self.line.heads(uids) if head.arrived >= self.oldest}
        wanted = matching.worth_fetching(list(heads.values()), junk=self.folder.name != INBOX)
        kept = 0
        for seen, uid in enumerate(uids, start=1):
            if uid in wanted:
                kept += self._take(heads[uid])
                if self._late():
                    return seen, kept
        return len(uids), kept

    def _take(self, head: Head) -> bool:
        raw = self.line.text(head.uid)
        if raw is None:
            return False  # gone since its headers came
        try:
            reading = read(raw, received_at=head.arrived)
            now = self.clock()
            taken = take_in(
                mailbox=self.mailbox, reading=reading, folder=self.folder.name, uidvalidity=self.folder.uidvalidity,
                uid=head.uid, now=now, received_at=head.arrived,
            )  # fmt: skip
        except (OperationalError, InterfaceError):
            raise  # about the database and not about this mail: it is read again
        except Exception:
            log.exception("mail %s of folder %s could not be understood; it is passed over", head.uid, self.folder.pk)
            return False
        return taken is not None


def _void(folder: Folder, state: State) -> bool:
    """Whether the numbers we know mean nothing any more: another UIDVALIDITY, or a server put back to an earlier day
    (RFC 3501 forbids it; backups do it all the same), which UIDNEXT or HIGHESTMODSEQ give away."""
    back = state.uidnext < folder.uidnext or 0 < state.modseq < folder.modseq
    return folder.uidvalidity != state.uidvalidity or back


def _oldest(folder: Folder, now: datetime) -> datetime:
    """What arrived before is only counted: a month back, or as far as the last time that it could be read."""
    well = folder.problem_since or folder.read_at
    return min(now - FIRST_LOOK, well - timedelta(days=2)) if well else now - FIRST_LOOK
