"""The other way out: a mail provider's HTTP interface, through django-anymail; its fates are those of ``smtp``.

An HTTP answer says what became of the mail; silence after the request has left says nothing, and that is ``unknown``.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError
from rebond.base.text import clean
from rebond.mail.outgoing.smtp import PATIENCE, Answer, Fate

#: Provider to what stands in its address, user, password and host in turn, as anymail names it.
NAMES: dict[str, tuple[str, str, str]] = {
    "brevo": ("api_key", "", ""),
    "mailersend": ("api_token", "", ""),
    "mailgun": ("api_key", "", "sender_domain"),
    "mailjet": ("api_key", "secret_key", ""),
    "mailtrap": ("api_token", "", ""),
    "mandrill": ("api_key", "", ""),
    "postmark": ("server_token", "", ""),
    "resend": ("api_key", "", ""),
    "scaleway": ("secret_key", "project_id", ""),
    "sendgrid": ("api_key", "", ""),
    "sparkpost": ("api_key", "", ""),
}
#: Those that let a Message-ID of ours stand; with the others an answer is matched by its sender's address.
KEEP_OUR_ID = {"mailgun", "mandrill", "postmark", "sendgrid"}
#: Headers of the mail itself; every other one is passed on.
_OWN = {"from", "to", "subject", "reply-to", "date", "mime-version", "content-type", "content-transfer-encoding"}
#: A gateway that got no answer itself: whoever stands behind it may have the mail.
_NOBODY_KNOWS = {http.HTTPStatus.BAD_GATEWAY, http.HTTPStatus.GATEWAY_TIMEOUT}
SCHEME = "provider+"


@dataclass(frozen=True)
class Provider:
    """Whose interface, and how it knows us."""

    name: str
    credentials: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def line(self) -> Line:
        """A connection to it, not open yet."""
        return Line(self)


def read(url: str) -> Provider:
    """A provider's address taken apart.

    ``provider+NAME://KEY@``; ``KEY@DOMAIN`` for Mailgun, ``KEY:SECRET@`` for Mailjet and Scaleway; with
    ``?api_url=https://...`` another address of the provider's, e.g. its European one.

    >>> read("provider+mailgun://key@mail.valmy.example").name
    'mailgun'
    """
    parts = urlsplit(url)
    name = parts.scheme.removeprefix(SCHEME)
    given = (unquote(parts.username or ""), unquote(parts.password or ""), parts.hostname or "")
    wanted = NAMES.get(name)
    if (
        not parts.scheme.startswith(SCHEME)
        or wanted is None
        or any(w and not g for w, g in zip(wanted, given, strict=True))
    ):
        raise RebondError(
            _(
                "This is not the address of a mail provider we know. No mail is sent, and none is lost. "
                "Write provider+postmark://TOKEN@ or another one of the list in docs/operations.md."
            ),
            code="bad_mail_url",
        )
    credentials = {what: value for what, value in zip(wanted, given, strict=True) if what}
    if other := parse_qs(parts.query).get("api_url"):
        credentials["api_url"] = other[0]
    return Provider(name, tuple(sorted(credentials.items())))


class Line:
    """Requests to the provider over one connection; used as ``smtp.Line`` is."""

    def __init__(self, where: Provider) -> None:
        self.where = where
        self.down = ""
        self._open: Any = None

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_what: object) -> None:
        if self._open is not None:
            self._open.close()

    def send(self, *, sender: str, recipient: str, raw: bytes, begin: Callable[[], bool]) -> Answer:  # noqa: ARG002
        """One try. ``sender`` is the provider's to choose, which takes undeliverable mail back itself."""
        if self.down:
            return Answer(Fate.AGAIN, self.down)
        mail = self._as_django_has_it(raw, recipient)
        if self._open is None:
            more: dict[str, Any] = {"timeout": PATIENCE, **dict(self.where.credentials)}
            self._open = get_connection(f"anymail.backends.{self.where.name}.EmailBackend", **more)
            self._open.open()
        return self._hand_over(mail, recipient) if begin() else Answer(Fate.LET_GO)

    def _as_django_has_it(self, raw: bytes, recipient: str) -> EmailMultiAlternatives:
        read = message_from_bytes(raw, policy=policy.default)
        assert isinstance(read, EmailMessage)  # the policy makes them
        headers = {name: str(value) for name, value in read.items() if name.lower() not in _OWN}
        if self.where.name not in KEEP_OUR_ID:
            headers.pop("Message-ID")
        elif self.where.name == "postmark":
            headers["X-PM-KeepID"] = "true"
        plain, html = read.get_body(("plain",)), read.get_body(("html",))
        mail = EmailMultiAlternatives(
            subject=str(read["Subject"]), body=_said_by(plain) if plain else "", from_email=str(read["From"]),
            to=[str(read["To"]) or recipient], headers=headers,
            reply_to=[str(one) for one in read["Reply-To"].addresses] if read["Reply-To"] else None,
        )  # fmt: skip
        if html:
            mail.attach_alternative(_said_by(html), "text/html")
        return mail

    def _hand_over(self, mail: EmailMultiAlternatives, recipient: str) -> Answer:
        """One request, and what its answer means."""
        import requests
        from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused

        try:
            self._open.send_messages([mail])
        except AnymailRecipientsRefused as error:
            return Answer(Fate.REFUSED, _said(error))
        except AnymailAPIError as error:
            if getattr(error, "status_code", None) is None and isinstance(error, requests.RequestException):
                return self._unheard(error)
            return _by_code(error)
        except (AnymailError, ValueError) as error:  # nothing has left: it cannot be asked for so
            return Answer(Fate.AGAIN, _said(error))
        return _accepted(mail, recipient)

    def _unheard(self, error: Exception) -> Answer:
        """No answer: nobody has the mail if there was no connection; nobody knows if there was."""
        import requests
        from urllib3.exceptions import NewConnectionError

        cause = error.__cause__
        never = isinstance(error, requests.ConnectTimeout) or isinstance(
            getattr(cause.args[0] if cause and cause.args else None, "reason", None), NewConnectionError
        )
        if never:
            self.down = _said(error)
        return Answer(Fate.AGAIN if never else Fate.UNKNOWN, _said(error))


def _by_code(error: Any) -> Answer:
    """What an HTTP code says (RFC 9110, 15): about us, mostly, and then it is tried again as after a refused sender."""
    code, said = int(error.status_code or 0), _said(error)
    if code in _NOBODY_KNOWS or not 400 <= code < 600:
        return Answer(Fate.UNKNOWN, said)
    return Answer(Fate.REFUSED if code == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE else Fate.AGAIN, said)


def _said_by(part: Any) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


#: What anymail calls a recipient's state, and what it means for the mail; anything else is not known.
_STATES = {"sent": Fate.ACCEPTED, "queued": Fate.ACCEPTED}
_STATES |= dict.fromkeys(("invalid", "rejected", "failed"), Fate.REFUSED)


def _accepted(mail: Any, recipient: str) -> Answer:
    status = mail.anymail_status
    one = status.recipients.get(recipient)
    fate = _STATES.get(one.status, Fate.UNKNOWN) if one is not None else Fate.UNKNOWN
    number = (one.message_id if one is not None else "") or ""
    said = f"{', '.join(sorted(status.status or []))} {number}"
    return Answer(fate, clean(said, 300), clean(str(number), 200))


def _said(error: Exception) -> str:
    """In the provider's words, the code first."""
    code = getattr(error, "status_code", None)
    words = " ".join(str(error).split())
    return clean(f"{code} {words}" if code else f"{type(error).__name__}: {words}", 300)
