"""The address that a chat service gave: looked at when it is typed, kept encrypted, never shown again."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rebond.base import hidden
from rebond.base.errors import RebondError
from rebond.channels.forming import Misunderstood, formed
from rebond.channels.models import ChatChannel
from rebond.channels.networks import Forbidden, Unencrypted, Unresolved, addresses_of

_USE = "chat addresses"
#: Longer than any service's.
LONGEST = 2000


def looked_at(kind: str, address: str) -> str:
    """The address as it may be kept.

    Raises:
        RebondError: ``chat_address`` (none of that service), ``chat_not_encrypted``, ``chat_private_network``.
    """
    address = address.strip()
    parts = _parts(address)
    if parts.scheme == "http" and not settings.CONFIG.chat_private:
        raise _not_encrypted()
    try:
        goes_to = urlsplit(formed(kind, address, "x", "x").url)
    except Misunderstood as error:
        raise _no_address() from error
    _may_be_reached(goes_to.hostname or "", goes_to.port or 443, secure=goes_to.scheme == "https")
    return address


class _Parts:
    """An address taken apart; what cannot be is empty."""

    def __init__(self, address: str) -> None:
        try:
            parts = urlsplit(address if len(address) <= LONGEST and address.isprintable() else "")
            self.scheme, self.hostname, self.port = parts.scheme, parts.hostname, parts.port
        except ValueError:
            self.scheme, self.hostname, self.port = "", None, None


def _parts(address: str) -> _Parts:
    parts = _Parts(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _no_address()
    return parts


def _no_address() -> RebondError:
    return RebondError(
        _("This is no address of that service. Nothing was kept. Copy the whole address that the service shows, and "
          "choose the service it is of."),
        code="chat_address",
    )  # fmt: skip


def _not_encrypted() -> RebondError:
    return RebondError(
        _("This address is not encrypted, so anybody on the way could read and use it. Nothing was kept. Use one "
          "that begins with https."),
        code="chat_not_encrypted",
    )  # fmt: skip


def _may_be_reached(host: str, port: int, *, secure: bool) -> None:
    """A name that leads nowhere at present may be kept; one that leads into our own network may not."""
    try:
        addresses_of(host, port, secure=secure)
    except Unresolved:
        return
    except Unencrypted as error:
        raise _not_encrypted() from error
    except Forbidden as error:
        raise RebondError(
            _("This address leads into a private network, where Rebond does not connect. Nothing was kept. If your "
              "chat server stands there, an administrator may allow it (REBOND_CHAT_PRIVATE)."),
            code="chat_private_network",
        ) from error  # fmt: skip


def hide(address: str) -> str:
    """As the database keeps it."""
    return hidden.hide(address, _USE)


def address_of(channel: ChatChannel) -> str:
    """What was hidden; for whoever hands over, never for a screen.

    Raises:
        RebondError: ``secret_key_changed`` when it was hidden under another secret key.
    """
    try:
        return hidden.show(channel.secret, _USE)
    except hidden.Unreadable as error:
        raise RebondError(
            _("The address of this channel was stored under another secret key, and cannot be read. Nothing else is "
              "lost. End the channel and add it again, or put the old secret key back."),
            code="secret_key_changed",
        ) from error  # fmt: skip
