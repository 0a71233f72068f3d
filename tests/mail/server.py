"""A real SMTP server on loopback, which can be told to misbehave at any point of the conversation."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

#: Where in the conversation: the answers to MAIL FROM and RCPT TO, to the word DATA, and to the text that follows it.
PLACES = ("MAIL", "RCPT", "DATA", "TEXT")


@dataclass(frozen=True)
class Received:
    """One mail that the server took, and the connection it came by."""

    sender: str
    recipients: list[str]
    raw: bytes
    peer: tuple[str, int]

    @property
    def mail(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def text(self) -> str:
        """What the plain part says."""
        part = self.mail.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


class SmtpServer:
    """Runs in a thread of its own; ``received`` is what it answered 250 to."""

    host = "127.0.0.1"

    def __init__(
        self, *, secure: ssl.SSLContext | None = None, starttls: bool = False, login: tuple[str, str] | None = None
    ) -> None:
        """``secure`` encrypts from the first byte, or after STARTTLS; ``login`` lets nobody else send."""
        self.secure, self.starttls, self.login = secure, starttls, login
        self.port = 0
        self.received: list[Received] = []
        self.reached: dict[str, threading.Event] = {place: threading.Event() for place in PLACES}
        self._answers: dict[str, list[str]] = {}
        self._delays: dict[str, float] = {}
        self._gates: dict[str, asyncio.Event] = {}
        self._drop_after: int | None = None
        self._silent = False
        #: At most so many connections at once, and so many mails on each.
        self.most_lines, self.mails_a_line = 1_000_000, 1_000_000
        self._loop = asyncio.new_event_loop()
        self._open: asyncio.Server | None = None
        self._lines: set[_Line] = set()

    @property
    def url(self) -> str:
        scheme = "smtp" if self.secure is None else ("smtp+starttls" if self.starttls else "smtps")
        return f"{scheme}://{':'.join(self.login) + '@' if self.login else ''}{self.host}:{self.port}"

    # ---- what it is told

    def refuse(self, place: str, answer: str, *, times: int = 1_000_000) -> None:
        """Answers ``answer`` (code and words) at this place, this many times."""
        self._answers[place] = [answer] * min(times, 10_000)

    def delay(self, place: str, seconds: float) -> None:
        """Waits before it answers."""
        self._delays[place] = seconds

    def hold(self, place: str) -> None:
        """Does not answer at all until ``release``; ``reached[place]`` is set when somebody waits there."""
        self._gates[place] = asyncio.Event()

    def release(self) -> None:
        gates, self._gates = self._gates, {}
        for gate in gates.values():
            self._loop.call_soon_threadsafe(gate.set)

    def drop_after(self, count: int | None) -> None:
        """Cuts every line once ``count`` bytes have come in on it; nothing of what follows is seen."""
        self._drop_after = count

    def take_and_hang_up(self) -> None:
        """Takes the text, and cuts the line instead of saying so."""
        self._silent = True

    def behave(self) -> None:
        """Forgets all of that."""
        self._answers, self._delays, self._drop_after, self._silent = {}, {}, None, False
        self.release()

    def wait_for_lines(self, count: int, seconds: float = 60) -> bool:
        """Whether so many connections are open at once, before patience ends."""
        deadline = time.monotonic() + seconds
        while len(self._lines) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return len(self._lines) >= count

    # ---- up and down

    def start(self) -> None:
        """Listens, on the same port as before if there was one."""
        self._run(self._listen())

    def stop(self) -> None:
        """Takes no connection and cuts those there are: to others it looks switched off."""
        self._run(self._silence())

    def _run(self, what: Any) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _listen(self) -> None:
        at_once = None if self.starttls else self.secure
        self._open = await self._loop.create_server(lambda: _Line(self, self._loop), self.host, self.port, ssl=at_once)
        self.port = self._open.sockets[0].getsockname()[1]

    async def _silence(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
        for line in list(self._lines):
            line.cut()

    # ---- aiosmtpd's handler

    async def answer(self, place: str) -> str:
        """What to say at this place; empty for what an obliging server says."""
        self.reached[place].set()
        if place in self._delays:
            await asyncio.sleep(self._delays[place])
        if place in self._gates:
            await self._gates[place].wait()
        left = self._answers.get(place)
        return left.pop() if left else ""

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self.answer("MAIL") or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = await self.answer("RCPT")
        if not said:
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = await self.answer("TEXT")
        if not said:
            raw = bytes(envelope.original_content or b"")
            self.received.append(
                Received(envelope.mail_from or "", list(envelope.rcpt_tos), raw, session.peer)  # type: ignore[arg-type]
            )
        line = cast("_Line", server)
        line.taken += 1
        if self._silent:
            line.cut()
        return said or "250 2.0.0 taken"


class _Line(SMTP):
    """One connection: counts the bytes that come in, and asks before it says 354."""

    def __init__(self, owner: SmtpServer, loop: asyncio.AbstractEventLoop) -> None:
        later = owner.secure if owner.starttls else None
        super().__init__(
            owner, loop=loop, hostname="sink.test", enable_SMTPUTF8=True, tls_context=later,
            require_starttls=later is not None, auth_required=owner.login is not None, auth_require_tls=False,
            authenticator=self._check,
        )  # fmt: skip
        self.owner, self.came, self.taken = owner, 0, 0

    def _check(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        known = tuple(word.encode() for word in self.owner.login or ())
        return AuthResult(success=(given.login, given.password) == known, handled=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.wire = transport
        if len(self.owner._lines) >= self.owner.most_lines:
            transport.write(b"421 4.7.0 too many connections\r\n")  # type: ignore[attr-defined]
            transport.close()
            return
        self.owner._lines.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.owner._lines.discard(self)
        super().connection_lost(error)

    def cut(self) -> None:
        if not self.wire.is_closing():  # an encrypted one that is closed cannot be aborted before Python 3.11.4
            self.wire.abort()  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        limit = self.owner._drop_after
        if limit is not None and self.came + len(data) >= limit:
            super().data_received(data[: limit - self.came])
            self.cut()
            return
        self.came += len(data)
        super().data_received(data)

    async def smtp_MAIL(self, arg: str) -> None:
        if self.taken >= self.owner.mails_a_line:
            await self.push("421 4.7.0 enough for this line")
            self.wire.close()
            return
        await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str) -> None:
        said = await self.owner.answer("DATA")
        if said:
            await self.push(said)
            return
        await super().smtp_DATA(arg)


@contextmanager
def serving(**how: Any) -> Iterator[SmtpServer]:
    """A server that listens on a free port; ``how`` as ``SmtpServer`` takes it."""
    one = SmtpServer(**how)
    thread = threading.Thread(target=one._loop.run_forever, daemon=True)
    thread.start()
    one.start()
    try:
        yield one
    finally:
        one.behave()
        one.stop()
        one._loop.call_soon_threadsafe(one._loop.stop)
        thread.join(10)
