"""The way out: one conversation with the mail server, many mails, and for each what is known of its fate."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError
from rebond.base.text import clean
from rebond.mail.outgoing.compose import our_domain

#: Scheme of ``REBOND_MAIL_URL`` to the port taken when it names none.
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
#: Seconds to wait for any one answer of the server.
PATIENCE = 30.0
#: Seconds to wait for the answer to the text itself: servers look at it before they take it.
PATIENCE_AFTER_TEXT = 120.0
#: Seconds to wait for a goodbye.
PATIENCE_AT_THE_END = 2.0


class Fate(Enum):
    """What became of one try."""

    ACCEPTED = "accepted"
    #: Not taken, and nobody has it: it may be tried again.
    AGAIN = "again"
    #: Refused for good.
    REFUSED = "refused"
    #: The text was on its way when the line went dead: nobody but the server knows.
    UNKNOWN = "unknown"
    #: Not begun: between the claim and the text it was taken back.
    LET_GO = "let_go"


@dataclass(frozen=True)
class Answer:
    """How one try ended; ``said`` in the server's words, at most 300 characters; ``number`` is a provider's own."""

    fate: Fate
    said: str = ""
    number: str = ""


@dataclass(frozen=True)
class Server:
    """Where mail leaves: made from ``REBOND_MAIL_URL``. ``scheme`` is a key of ``PORTS``."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    def line(self) -> Line:
        """A connection to it, not open yet."""
        return Line(self)


def server() -> Server | None:
    """The mail server of this installation; ``None`` when none is set.

    Raises:
        RebondError: ``bad_mail_url`` when the setting is no address of a mail server.
    """
    url = settings.CONFIG.mail_url.strip()
    return read(url) if url else None


def read(url: str) -> Server:
    """A mail server's address taken apart.

    >>> read("smtps://us%40er:p%2Fw@mail.valmy.example")
    Server(scheme='smtps', host='mail.valmy.example', port=465, user='us@er')
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname:
        raise RebondError(
            _(
                "REBOND_MAIL_URL is not the address of a mail server. No mail is sent, and none is lost. "
                "Write smtp://, smtps:// or smtp+starttls://, then user:password@host:port."
            ),
            code="bad_mail_url",
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(parts.scheme, parts.hostname, port or PORTS[parts.scheme], user, password)


class Line:
    """One connection to the server, opened when the first mail goes; a context manager.

    ``down`` says why, once the server could not be reached or did not let us in; the next mails are not tried then.
    """

    def __init__(self, where: Server) -> None:
        self.where = where
        self.down = ""
        self._open: smtplib.SMTP | None = None
        self._clean = False

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_what: object) -> None:
        if self._open is not None:
            try:
                if self._open.sock is not None:
                    self._open.sock.settimeout(PATIENCE_AT_THE_END)
                self._open.quit()
            except (OSError, smtplib.SMTPException):
                self._hang_up()

    def send(self, *, sender: str, recipient: str, raw: bytes, begin: Callable[[], bool]) -> Answer:
        """One try.

        Args:
            raw: the mail as ``compose`` made it.
            begin: called just before the text is handed over, when the server has agreed to sender and recipient;
                when it says ``False`` nothing is handed over.
        """
        used = self._open is not None
        answer = self._offer(sender, recipient)
        if used and self._open is None and not self.down:
            answer = self._offer(sender, recipient)  # the server had hung up on a line that waited: a new one
        if answer is not None or self._open is None:
            return answer or Answer(Fate.AGAIN, self.down)
        return self._hand_over(self._open, raw) if begin() else Answer(Fate.LET_GO)

    def _offer(self, sender: str, recipient: str) -> Answer | None:
        """Says from whom and to whom; the answer when the server cannot be reached or does not agree."""
        talk = None if self.down else self._ready()
        if talk is None:
            return Answer(Fate.AGAIN, self.down)
        self._clean = False
        try:
            refused = _envelope(talk, sender, recipient)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self._hang_up()
            return Answer(Fate.AGAIN, _said(error))
        if refused and refused.said.startswith("421"):  # closing the line (RFC 5321, 4.2.1)
            self._hang_up()
        return refused

    def _ready(self) -> smtplib.SMTP | None:
        """The open connection, wiped (RSET) unless its last mail went well; a new one when there is none."""
        if self._open is not None and not self._clean:
            try:
                self._clean = self._open.rset()[0] == 250
            except (OSError, smtplib.SMTPException):
                pass
            if not self._clean:
                self._hang_up()
        if self._open is None:
            try:
                self._open = _connect(self.where)
            except (OSError, smtplib.SMTPException) as error:
                self.down = _said(error)
        return self._open

    def _hand_over(self, talk: smtplib.SMTP, raw: bytes) -> Answer:
        try:
            code, words = talk.docmd("DATA")
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return Answer(Fate.AGAIN, _said(error))  # no byte of the text has left
        if code != 354:
            return _verdict(code, words)
        try:
            code, words = _text(talk, raw)
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return Answer(Fate.UNKNOWN, _said(error))
        if 400 <= code < 600:
            return _verdict(code, words)
        self._clean = 200 <= code < 300
        return Answer(Fate.ACCEPTED if 200 <= code < 300 else Fate.UNKNOWN, _words(code, words))

    def _hang_up(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open, self._clean = None, False


def _connect(where: Server) -> smtplib.SMTP:
    """Connected, encrypted if so asked (the certificate is checked), signed in."""
    domain = our_domain()
    hello = domain if "." in domain and domain.isascii() else "[127.0.0.1]"  # no look-up of our own name: it may hang
    if where.scheme == "smtps":
        secure = ssl.create_default_context()
        talk: smtplib.SMTP = smtplib.SMTP_SSL(where.host, where.port, hello, timeout=PATIENCE, context=secure)
    else:
        talk = smtplib.SMTP(where.host, where.port, hello, timeout=PATIENCE)
    try:
        if where.scheme == "smtp+starttls":
            talk.starttls(context=ssl.create_default_context())
        talk.ehlo_or_helo_if_needed()
        if where.user:
            talk.login(where.user, where.password)
    except (OSError, smtplib.SMTPException):
        talk.close()
        raise
    return talk


def _envelope(talk: smtplib.SMTP, sender: str, recipient: str) -> Answer | None:
    """Says from whom and to whom; the answer when the server does not agree.

    A refused sender is about us and not about the recipient: tried again later, even after a 5xx, so that a slip in
    the settings does not write off everybody's mail.
    """
    code, words = talk.mail(sender)
    if code != 250:
        return Answer(Fate.AGAIN, _words(code, words))
    code, words = talk.rcpt(recipient)
    return None if code in (250, 251, 252) else _verdict(code, words)


def _text(talk: smtplib.SMTP, raw: bytes) -> tuple[int, bytes]:
    """Hands the text over, dots doubled (RFC 5321, 4.5.2), and waits for the one answer that counts."""
    body = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
    talk.send(body.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    if talk.sock is not None:
        talk.sock.settimeout(PATIENCE_AFTER_TEXT)
    code, words = talk.getreply()
    if talk.sock is not None:
        talk.sock.settimeout(PATIENCE)
    return code, words


def _verdict(code: int, words: bytes) -> Answer:
    return Answer(Fate.REFUSED if 500 <= code < 600 else Fate.AGAIN, _words(code, words))


def _words(code: int, words: bytes) -> str:
    return clean(f"{code} {words.decode('utf-8', 'replace')}".replace("\n", " "), 300)


def _said(error: Exception) -> str:
    """An error as the outbox shows it: the server's own words where it said some."""
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return _words(error.smtp_code, words if isinstance(words, bytes) else str(words).encode())
    return clean(f"{type(error).__name__}: {error}", 300)
