"""A mail server for development that takes everything and prints it: ``python -m tools.smtp_sink 2525``.

Then start Rebond with ``REBOND_MAIL_URL=smtp://127.0.0.1:2525``. Nothing leaves this machine.

With ``--ids FILE`` it prints nothing, and adds the Message-ID of each mail it has to that file before it says so;
``--delay 2`` makes it say so two milliseconds late. Benchmarks and the tests that kill senders measure with it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


class Printer:
    """Prints each mail: who it is from and to, its headers, its plain text."""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        mail = message_from_bytes(bytes(envelope.original_content or b""), policy=policy.default)
        sys.stdout.write(f"\n=== {envelope.mail_from} -> {', '.join(envelope.rcpt_tos)}\n")
        sys.stdout.writelines(f"{name}: {value}\n" for name, value in mail.items())
        part = mail.get_body(("plain",)) if isinstance(mail, EmailMessage) else None
        sys.stdout.write(f"\n{part.get_content() if part else mail.get_payload()}\n")
        sys.stdout.flush()
        return "250 2.0.0 printed"


class Counting(asyncio.Protocol):
    """One connection of a server that only counts: as little work as a server can do."""

    def __init__(self, ids: int, delay: float) -> None:
        self.ids, self.delay = ids, delay
        self.buffer, self.in_text, self.taken = b"", False, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.wire = transport
        self.say(b"220 sink ready")

    def say(self, words: bytes) -> None:
        if not self.wire.is_closing():
            self.wire.write(words + b"\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = b"\r\n.\r\n" if self.in_text else b"\r\n"
            found, there, rest = self.buffer.partition(end)
            if not there:
                return
            self.buffer = rest
            self.text(found) if self.in_text else self.word(found)

    def word(self, line: bytes) -> None:
        what = line[:4].upper()
        if what == b"QUIT":
            self.say(b"221 bye")
            self.wire.close()
            return
        self.in_text = what == b"DATA"
        self.say({b"DATA": b"354 go on", b"EHLO": b"250 sink"}.get(what, b"250 ok"))

    def text(self, whole: bytes) -> None:
        self.in_text = False
        self.taken += 1
        name = _ID.search(whole)
        os.write(self.ids, (name[1] if name else b"?") + b"\n")
        answer = b"250 2.0.0 Ok: queued as %08X%04X" % (id(self) & 0xFFFFFFFF, self.taken)
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.say, answer)
        else:
            self.say(answer)


async def serve(port: int, ids: str, delay: float) -> None:
    loop = asyncio.get_running_loop()
    file = os.open(ids, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if ids else -1
    server = await loop.create_server(
        lambda: Counting(file, delay) if ids else SMTP(Printer(), loop=loop, hostname="sink"), "127.0.0.1", port
    )
    what = "counting" if ids else "printing"
    sys.stdout.write(f"{what} what comes to smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}, Ctrl+C stops\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int, nargs="?", default=2525)
    parser.add_argument("--ids", default="", metavar="FILE", help="count only: one Message-ID a line")
    parser.add_argument("--delay", type=float, default=0, metavar="MS", help="milliseconds, with --ids")
    options = parser.parse_args()
    try:
        asyncio.run(serve(options.port, options.ids, options.delay / 1000))
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
