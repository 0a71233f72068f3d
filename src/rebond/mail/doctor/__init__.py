"""Whether mail of ours will arrive: the installation, the servers, the domain's records, the signature (L02, L07)."""

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr

from django.conf import settings

from rebond.base.errors import RebondError
from rebond.mail.boxes import mailbox as mailboxes
from rebond.mail.doctor import domain, house, servers
from rebond.mail.doctor.finding import Finding, Level, from_json, look, ok, wrong
from rebond.mail.doctor.names import Names
from rebond.mail.models import Mailbox
from rebond.mail.outgoing import smtp

__all__ = ["Finding", "Level", "Names", "examine", "examine_house", "from_json", "kept", "names"]


def names() -> Names:
    """The DNS as this machine sees it; tests put another in its place."""
    return Names()


def examine_house(now: datetime) -> list[Finding]:
    """Data folder, database, worker."""
    return house.examine(now)


def examine(mailbox: Mailbox, asking: Names) -> list[Finding]:
    """Everything about the mail of one mailbox: its servers, its domain, its signature. Connects, and sends nothing."""
    found = []
    try:
        out = mailboxes.way_out_of(mailbox)
    except RebondError as error:
        return [wrong("tls", _code_of(error))]
    host = out.host if isinstance(out, smtp.Server) else ""
    if out is None:
        found.append(look("tls", "out_none"))
    elif isinstance(out, smtp.Server):
        found.append(servers.try_way_out(out))
    else:
        found.append(ok("tls", "out_provider"))
    found.append(_inbox(mailbox))
    ours = mailbox.address.rpartition("@")[2]
    if "." not in ours or ours.endswith((".localhost", ".local", ".internal")):
        return [*found, look("spf", "domain_private", domain=ours or mailbox.address), signature_of(mailbox)]
    return [*found, *domain.examine(asking, ours, host, _envelope(mailbox)), signature_of(mailbox)]


def _code_of(error: RebondError) -> str:
    return "secret_key_changed" if error.code == "secret_key_changed" else "out_bad_url"


def _envelope(mailbox: Mailbox) -> str:
    """The domain that undeliverable mail comes back to."""
    if not mailbox.is_house:
        return ""
    return parseaddr(settings.CONFIG.bounce_address.replace("{token}", ""))[1].rpartition("@")[2]


def _inbox(mailbox: Mailbox) -> Finding:
    try:
        url = mailboxes.way_in_of(mailbox)
    except RebondError:
        return wrong("inbox", "secret_key_changed")
    return servers.try_way_in(url) if url else look("inbox", "in_none")


def signature_of(mailbox: Mailbox) -> Finding:
    """How the last self-check mail was signed."""
    if signed := mailbox.found.get("signed_off"):
        return look("dkim", "signed_off", by=str(signed.get("by") or "Rebond"), words=str(signed.get("words", "")))
    if found := mailbox.found.get("signature"):
        return from_json(found)
    return look("dkim", "dkim_unchecked")


def kept(mailbox: Mailbox) -> list[Finding]:
    """What the last examination of this mailbox found, as stored; the signature as it stands now."""
    stored = [from_json(one) for one in mailbox.found.get("findings", [])]
    return [signature_of(mailbox) if one.about == "dkim" else one for one in stored]
