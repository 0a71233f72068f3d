"""A colleague's own mailbox, as they type it; the stored password is never shown, and stays when nothing is typed."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError
from rebond.mail.boxes import secrets
from rebond.mail.doctor.relays import SERVICES, Service
from rebond.mail.models import Mailbox

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z|\[?[0-9A-Fa-f:]{2,39}\]?\Z")
OUT = [("smtps", _("Encrypted (SSL/TLS)")), ("smtp+starttls", _("STARTTLS")), ("smtp", _("None"))]
INTO = [("imaps", _("Encrypted (SSL/TLS)")), ("imap+starttls", _("STARTTLS")), ("imap", _("None"))]


class MailboxForm(forms.Form):
    """One mailbox: its address, how mail leaves, where answers are read, how much."""

    address = forms.EmailField(label=_("Mail address"), max_length=254)
    name = forms.CharField(label=_("Name shown to readers"), max_length=120, required=False)
    out_host = forms.CharField(label=_("Outgoing server (SMTP)"), max_length=253)
    out_port = forms.IntegerField(label=_("Port, outgoing"), min_value=1, max_value=65535)
    out_kind = forms.ChoiceField(label=_("Encryption, outgoing"), choices=OUT)
    user = forms.CharField(
        label=_("User"), max_length=254, required=False, help_text=_("When it is not the mail address.")
    )
    password = forms.CharField(
        label=_("Password"), max_length=500, required=False, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept encrypted and never shown again. Leave it empty to keep the one that is stored."),
    )  # fmt: skip
    in_host = forms.CharField(
        label=_("Incoming server (IMAP)"), max_length=253, required=False,
        help_text=_("Without one, answers and bounces are not seen."),
    )  # fmt: skip
    in_port = forms.IntegerField(label=_("Port, incoming"), min_value=1, max_value=65535, required=False)
    in_kind = forms.ChoiceField(label=_("Encryption, incoming"), choices=INTO)
    per_minute = forms.IntegerField(label=_("At most so many notes a minute"), min_value=0, max_value=10_000)
    per_day = forms.IntegerField(
        label=_("At most so many notes a day"), min_value=0, max_value=1_000_000, help_text=_("0 for no limit.")
    )
    is_on = forms.BooleanField(label=_("Notes leave from it"), required=False)

    def clean_out_host(self) -> str:
        return _host(self.cleaned_data["out_host"])

    def clean_in_host(self) -> str:
        given = self.cleaned_data["in_host"]
        return _host(given) if given else ""

    def ways(self, mailbox: Mailbox | None) -> tuple[str, str]:
        """Way out and way in with their passwords; the stored one where none was typed."""
        given = self.cleaned_data
        user = given["user"] or given["address"]
        out_before, in_before = _stored(mailbox, "way_out"), _stored(mailbox, "way_in")
        password = given["password"] or out_before.password
        out = _url(given["out_kind"], user, password, given["out_host"], given["out_port"])
        if not given["in_host"]:
            return out, ""
        password = given["password"] or in_before.password or password
        port = given["in_port"] or (993 if given["in_kind"] == "imaps" else 143)
        return out, _url(given["in_kind"], user, password, given["in_host"], port)


class _Parts:
    """An address taken apart; empty for none, or one that cannot be read any more."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.kind, self.host, self.port = parts.scheme, parts.hostname or "", parts.port
        self.user, self.password = unquote(parts.username or ""), unquote(parts.password or "")


def _stored(mailbox: Mailbox | None, which: str) -> _Parts:
    try:
        return _Parts(secrets.show(getattr(mailbox, which)) if mailbox else "")
    except RebondError:
        return _Parts("")


def _host(text: str) -> str:
    text = text.strip().lower()
    if not _HOST.match(text) or ".." in text:
        raise forms.ValidationError(_("This is no name of a server."))
    return text


def _url(kind: str, user: str, password: str, host: str, port: int) -> str:
    name = f"[{host.strip('[]')}]" if ":" in host else host
    return f"{kind}://{quote(user, safe='')}:{quote(password, safe='')}@{name}:{port}"


def initial_for(mailbox: Mailbox | None, service: str, address: str, name: str) -> dict[str, Any]:
    """What the form shows first: what is stored, and a chosen service's servers over it. Never a password."""
    out, into = _stored(mailbox, "way_out"), _stored(mailbox, "way_in")
    shown: dict[str, Any] = {
        "address": mailbox.address if mailbox else address, "name": mailbox.name if mailbox else name,
        "out_host": out.host, "out_port": out.port or 465, "out_kind": out.kind or "smtps",
        "user": "" if mailbox is None or out.user == mailbox.address else out.user,
        "in_host": into.host, "in_port": into.port or 993, "in_kind": into.kind or "imaps",
        "per_minute": mailbox.per_minute if mailbox else 10, "per_day": mailbox.per_day if mailbox else 200,
        "is_on": mailbox.is_on if mailbox else True,
    }  # fmt: skip
    if chosen := service_named(service):
        out, into = _Parts(chosen.out), _Parts(chosen.into)
        shown |= {"out_host": out.host, "out_port": out.port, "out_kind": out.kind}
        shown |= {"in_host": into.host, "in_port": into.port, "in_kind": into.kind}
    return shown


def service_named(code: str) -> Service | None:
    """The mail service of that code."""
    return next((one for one in SERVICES if one.code == code), None)
