"""Known mail services: the servers to enter for a mailbox, and what a domain's SPF record includes for them.

From the services' own help pages, as of mid-2026. Host and port only: the way to sign in is each person's.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Hint codes to sentences.
HINTS: dict[str, str | Promise] = {
    "google": _(
        "Google wants an app password here (Google account, Security, 2-Step Verification, App passwords). "
        "Signing in with Google itself is not built yet."
    ),
    "microsoft": _(
        "Microsoft 365 has switched off passwords for most mailboxes, and signing in with Microsoft itself is not "
        "built yet. It works only where your administrator allows SMTP AUTH and app passwords, or by a relay of your "
        "company."
    ),
    "app": _("This service wants an app password, made in its security settings, not the one you sign in with."),
    "": _("The password of the mailbox itself."),
}


@dataclass(frozen=True)
class Service:
    """One mail service; ``out`` and ``into`` without user and password."""

    code: str
    name: str
    out: str
    into: str
    includes: str = ""
    hint: str = ""


SERVICES = (
    Service("gmail", "Gmail, Google Workspace", "smtps://smtp.gmail.com:465", "imaps://imap.gmail.com:993",
            "_spf.google.com", "google"),
    Service("microsoft", "Microsoft 365", "smtp+starttls://smtp.office365.com:587",
            "imaps://outlook.office365.com:993", "spf.protection.outlook.com", "microsoft"),
    Service("ovh", "OVHcloud", "smtps://ssl0.ovh.net:465", "imaps://ssl0.ovh.net:993", "mx.ovh.com"),
    Service("infomaniak", "Infomaniak", "smtps://mail.infomaniak.com:465", "imaps://mail.infomaniak.com:993",
            "spf.infomaniak.ch", "app"),
    Service("ionos", "IONOS", "smtps://smtp.ionos.com:465", "imaps://imap.ionos.com:993", "_spf-us.ionos.com"),
    Service("ionos_fr", "IONOS France", "smtps://smtp.ionos.fr:465", "imaps://imap.ionos.fr:993",
            "_spf-eu.ionos.com"),
    Service("gandi", "Gandi", "smtps://mail.gandi.net:465", "imaps://mail.gandi.net:993", "_mailcust.gandi.net"),
    Service("fastmail", "Fastmail", "smtps://smtp.fastmail.com:465", "imaps://imap.fastmail.com:993",
            "spf.messagingengine.com", "app"),
    Service("zoho", "Zoho Mail", "smtps://smtppro.zoho.eu:465", "imaps://imappro.zoho.eu:993", "zohomail.eu", "app"),
    Service("yahoo", "Yahoo", "smtps://smtp.mail.yahoo.com:465", "imaps://imap.mail.yahoo.com:993", "", "app"),
    Service("orange", "Orange", "smtps://smtp.orange.fr:465", "imaps://imap.orange.fr:993"),
)  # fmt: skip

#: Ends of host names of services that only send.
ONLY_SENDING = {
    "mailgun.org": "mailgun.org",
    "sendgrid.net": "sendgrid.net",
    "amazonaws.com": "amazonses.com",
    "postmarkapp.com": "spf.mtasv.net",
    "mailjet.com": "spf.mailjet.com",
    "brevo.com": "spf.brevo.com",
    "sparkpostmail.com": "sparkpostmail.com",
}


def include_for(host: str) -> str:
    """What the SPF record of a domain that sends through ``host`` includes; empty when we do not know the service.

    >>> [include_for(host) for host in ("smtp.gmail.com", "email-smtp.eu-west-3.amazonaws.com", "mail.valmy.example")]
    ['_spf.google.com', 'amazonses.com', '']
    """
    host = host.lower().rstrip(".")
    for service in SERVICES:
        if service.includes and host == service.out.partition("://")[2].rpartition(":")[0]:
            return service.includes
    return next((name for end, name in ONLY_SENDING.items() if host == end or host.endswith(f".{end}")), "")
