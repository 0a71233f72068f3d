"""The servers themselves: do they answer, do they let us in, is the line encrypted? Nothing is sent."""

from __future__ import annotations

import ipaddress
import smtplib
import ssl

from rebond.base.errors import RebondError
from rebond.mail.doctor.finding import Finding, look, ok, wrong
from rebond.mail.inbox import imap
from rebond.mail.outgoing import smtp

#: Seconds for any one answer: a person waits in front of the screen.
PATIENCE = 6.0


def try_way_out(server: smtp.Server) -> Finding:
    """Connects, encrypts as asked, signs in, and leaves.

    Only the kind of failure is told, never what the other side said: whoever may enter a host here must not learn
    what else lives in our network.
    """
    try:
        return _reached(server, offers=_visit(server))
    except ssl.SSLError:
        return wrong("tls", "out_tls", host=server.host)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, UnicodeError):
        return wrong("tls", "out_login", host=server.host)
    except OSError:
        return wrong("tls", "out_unreachable", host=server.host, port=str(server.port))
    except (smtplib.SMTPException, ValueError):
        return wrong("tls", "out_odd", host=server.host, port=str(server.port))


def _visit(server: smtp.Server) -> bool:
    """Signs in and leaves; whether it offers encryption."""
    with _connect(server) as talk:
        talk.ehlo_or_helo_if_needed()
        offers = talk.has_extn("starttls")
        if server.user:
            talk.login(server.user, server.password)
    return offers


def _reached(server: smtp.Server, *, offers: bool) -> Finding:
    if server.scheme != "smtp":
        return ok("tls", "tls_ok", host=server.host)
    if is_here(server.host):
        return ok("tls", "tls_here", host=server.host)
    return look("tls", "tls_offered", host=server.host) if offers else wrong("tls", "tls_none", host=server.host)


def _connect(server: smtp.Server) -> smtplib.SMTP:
    hello = "[127.0.0.1]"  # no look-up of our own name: it may hang
    if server.scheme == "smtps":
        secure = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, hello, timeout=PATIENCE, context=secure)
    talk = smtplib.SMTP(server.host, server.port, hello, timeout=PATIENCE)
    if server.scheme == "smtp+starttls":
        try:
            talk.starttls(context=ssl.create_default_context())
        except (OSError, smtplib.SMTPException) as error:
            talk.close()
            if isinstance(error, smtplib.SMTPException):
                raise ssl.SSLError(str(error)) from error
            raise
    return talk


def is_here(host: str) -> bool:
    """Whether it is this machine, where a line need not be encrypted.

    >>> is_here("127.0.0.1"), is_here("localhost"), is_here("mail.valmy.example")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


#: A code of ``imap.Trouble`` to ours.
_TROUBLE = {"unreachable": "in_unreachable", "tls": "in_tls", "login": "in_login", "busy": "in_busy", "odd": "in_odd"}


def try_way_in(url: str) -> Finding:
    """Connects to the mailbox, signs in, looks whether there is an inbox, and leaves."""
    try:
        place = imap.place_of(url)
    except RebondError:
        return wrong("inbox", "in_bad_url")
    try:
        with imap.Line(place) as line:
            line.open("INBOX")
    except imap.Trouble as trouble:
        return wrong("inbox", _TROUBLE.get(trouble.code, "in_odd"), host=place.host)
    return ok("inbox", "in_ok", host=place.host)


def fetch(url: str, message_id: str) -> bytes | None:
    """A mail of ours that arrived in the mailbox, from the inbox or the folder of junk; ``None`` when it has not.

    Raises:
        imap.Trouble: the mailbox could not be read.
        RebondError: ``bad_inbox_url``.
    """
    with imap.Line(imap.place_of(url)) as line:
        junk = line.folders().get("\\junk", "")
        for folder in ("INBOX", junk):
            if folder:
                line.open(folder)
                for uid in line.with_message_id(message_id):
                    if raw := line.text(uid):
                        return raw
    return None
