"""One way out and the lines open on it: threads that talk to the server and never touch the database.

A line asks before the text leaves, and waits for the answer; what became of a mail it tells and goes on. The one that
asks the database is the worker itself (``mail.outgoing.engine``), for all lines at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from rebond.mail.actions import Claimed
from rebond.mail.outgoing.compose import envelope_sender
from rebond.mail.outgoing.provider import Provider
from rebond.mail.outgoing.smtp import Answer, Server

log = logging.getLogger("rebond.mail")
#: Connections at once to one server; each waits for an answer most of the time.
LINES = 8


@dataclass
class Asked:
    """A line wants to hand this text over: ``answer`` it."""

    mail: Claimed
    go: bool = False
    said: threading.Event = field(default_factory=threading.Event)

    def answer(self, go: bool) -> None:
        self.go = go
        self.said.set()


@dataclass(frozen=True)
class Ended:
    """What became of a mail; ``None`` when the line broke in a way nobody thought of: it is left as it is."""

    mail: Claimed
    answer: Answer | None


Told = SimpleQueue[Asked | Ended]


class Way:
    """Up to ``LINES`` lines on one way out; made as they are needed.

    ``down`` says why, once the server cannot be reached; ``in_hand`` counts what it was given and has not ended.
    """

    def __init__(self, out: Server | Provider, told: Told) -> None:
        self.out, self.told = out, told
        self.down = ""
        self.in_hand = 0
        self._closed = False
        self._waiting: SimpleQueue[Claimed | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._alive = 0
        self._lock = threading.Lock()

    @property
    def full(self) -> bool:
        """Whether it has enough to do."""
        return self.in_hand >= 2 * LINES

    def give(self, mail: Claimed) -> None:
        """One more to send."""
        self.in_hand += 1
        self._waiting.put(mail)
        if self._alive < min(LINES, 1 + self.in_hand // 4) and not self.down:
            with self._lock:
                self._alive += 1
            thread = threading.Thread(target=self._work, daemon=True)
            self._threads.append(thread)
            thread.start()

    def take_back(self) -> list[Claimed]:
        """What no line has begun with."""
        back: list[Claimed] = []
        while True:
            try:
                mail = self._waiting.get_nowait()
            except Empty:
                self.in_hand -= len(back)
                return back
            if mail is not None:
                back.append(mail)

    def close(self) -> None:
        """Says goodbye on every line; who still waits for leave to begin does not get it."""
        self._closed = True
        for _thread in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    # ---- in the line's own thread

    def _work(self) -> None:
        with self.out.line() as line:
            while (mail := self._waiting.get()) is not None:
                answer = self._one(line.send, mail)
                if line.down and self._leave_it_to_the_others():
                    self._waiting.put(mail)
                    return
                self.down = line.down
                self.told.put(Ended(mail, answer))

    def _leave_it_to_the_others(self) -> bool:
        """A server that lets in fewer lines than we open is served by those that are in."""
        with self._lock:
            others = self._alive > 1
            self._alive -= others
            return others

    def _one(self, send: Callable[..., Answer], mail: Claimed) -> Answer | None:
        message = mail.message
        try:
            return send(
                sender=envelope_sender(message), recipient=message.recipient, raw=mail.raw,
                begin=lambda: self._may_begin(mail),
            )  # fmt: skip
        except Exception:
            log.exception("mail %s is left as it is", message.key)
            return None

    def _may_begin(self, mail: Claimed) -> bool:
        asked = Asked(mail)
        self.told.put(asked)
        while not asked.said.wait(1.0) and not self._closed:
            pass
        return asked.go
