"""What stands below every note, and in its headers: who we are, why they get it, and how it ends.

Plain text in the person's language, without anything that tells us whether it was read (L28). Who we are and where:
CAN-SPAM, 15 U.S.C. 7704(a)(5); LCEN art. 22. The right to object stands apart from everything else: GDPR 21(4).
"""

from __future__ import annotations

from email.utils import parseaddr
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from rebond.mail.models import Message, Scope
from rebond.mail.rights.tokens import token_for


def link(address: str, scope: str = Scope.KEEP_IN_TOUCH.value) -> str:
    """The address of this person's preference page."""
    return _address("mail:preferences", token_for(address, scope))


def footer(address: str, language: str, name_of_sender: str, why: str, scope: str = Scope.KEEP_IN_TOUCH.value) -> str:
    """The lines below a note, without a newline before or behind.

    Args:
        address: whom it goes to.
        language: ``en`` or ``fr``.
        name_of_sender: the person who writes.
        why: a whole sentence in that language ("You talked with Camille Aubry about maintenance in March.").
        scope: the list it belongs to.
    """
    with translation.override(language):
        parts = [
            "\n".join(["-- ", *_who(name_of_sender)]),
            why.strip(),
            _("You may object to these notes at any time, without a reason, and they end at once:")
            + "\n"
            + link(address, scope),
        ]
        return "\n\n".join(part for part in parts if part)


def headers(address: str, scope: str = Scope.KEEP_IN_TOUCH.value) -> dict[str, str]:
    """``List-Unsubscribe`` with one web address and one for mail, one click for the first (RFC 8058), ``List-Id``
    (RFC 2919)."""
    token = token_for(address, scope)
    mailto = f"mailto:{stop_address()}?subject={quote(f'stop {token}')}"
    return {
        "List-Unsubscribe": f"<{_address('mail:stop', token)}>, <{mailto}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<{scope.replace('_', '-')}.{_domain()}>",
    }


def stop_address() -> str:
    """Where a mail means "stop": ``REBOND_UNSUBSCRIBE_MAILTO``, else the house's own address."""
    return settings.CONFIG.unsubscribe_mailto.strip() or parseaddr(settings.CONFIG.mail_from)[1]


def answers_to(message: Message) -> str:
    """Where an answer goes: to the colleague it was sent for, and to us; from their own mailbox it comes back by
    itself."""
    if message.mailbox is not None and not message.mailbox.is_house:
        return ""
    colleague = message.sender.email if message.sender and message.sender.email else ""
    house = stop_address() if colleague else ""
    return ", ".join(dict.fromkeys(address for address in (colleague, house) if address))


def who_we_are() -> tuple[str, str]:
    """The company's name and postal address; either may be empty."""
    return _line(settings.CONFIG.legal_name), settings.CONFIG.postal_address.strip()


def _who(name_of_sender: str) -> list[str]:
    company, postal = who_we_are()
    name = ", ".join(part for part in (_line(name_of_sender), company) if part)
    return [line for line in (name, *postal.splitlines()) if line.strip()]


def _line(text: str) -> str:
    return " ".join(text.split())


def _domain() -> str:
    return parseaddr(settings.CONFIG.mail_from)[1].rpartition("@")[2] or "localhost"


def _address(view: str, token: str) -> str:
    return settings.CONFIG.public_url.rstrip("/") + reverse(view, args=[token])
