"""A mail server for development that takes everything and prints it: ``python -m tools.smtp_sink 2525``.

Then start Rebond with ``REBOND_MAIL_URL=smtp://127.0.0.1:2525``. Nothing leaves this machine.
"""

from __future__ import annotations

import asyncio
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


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


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Printer(), loop=loop, hostname="sink"), "127.0.0.1", port)
    sys.stdout.write(f"printing what comes to smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}, Ctrl+C stops\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> int:
    try:
        asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 2525))
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
