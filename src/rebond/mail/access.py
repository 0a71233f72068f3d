"""The only way from what a person typed to a message of the outbox."""

from __future__ import annotations

from rebond.accounts.access import require_admin
from rebond.accounts.models import User
from rebond.base.errors import NotFound
from rebond.deals.access import get_person
from rebond.mail.models import Basis, Halt, Mailbox, Message, Received, Suppression, Wish
from rebond.mail.queries.inbox import WITH, received_for
from rebond.mail.rights import tokens
from rebond.mail.rights.tokens import Holder


def get_message(user: User | None, pk: int) -> Message:
    """A message of the outbox; administrators only, and the program itself (``None``)."""
    if user is not None:
        require_admin(user)
    found = Message.objects.select_related("sender", "mailbox").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def get_holder(token: str) -> Holder:
    """Whom a sealed link belongs to; ``NotFound`` for what we did not make. No database is asked."""
    holder = tokens.read(token)
    if holder is None:
        raise NotFound
    return holder


def get_silence(user: User, pk: int) -> Suppression:
    """A silence in force or lifted; managers see them, only an administrator may change one (``NotAllowed``)."""
    if not user.is_lead:
        raise NotFound
    require_admin(user)
    found = Suppression.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def get_basis(user: User, pk: int) -> Basis:
    """A basis of somebody ``user`` may open; one whose person is gone is an administrator's to see."""
    found = Basis.objects.select_related("person").filter(pk=pk).first()
    if found is None or (found.person is None and not user.is_admin):
        raise NotFound
    if found.person is not None:
        get_person(user, found.person.pk)
    return found


def get_wish(user: User, pk: int) -> Wish:
    """What an address chose or asked for, for an administrator."""
    require_admin(user)
    found = Wish.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def get_received(user: User | None, pk: int) -> Received:
    """A mail that came in and that ``user`` may know of; its words are another matter (``queries_inbox.may_read``)."""
    found = received_for(user).select_related(*WITH).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def get_mailbox(user: User, pk: int) -> Mailbox:
    """A mailbox: one's own, or any for an administrator."""
    found = Mailbox.objects.select_related("owner").filter(pk=pk).first()
    if found is None or not (user.is_admin or found.owner_id == user.pk):
        raise NotFound
    return found


def get_mailbox_at(user: User | None, address: str) -> Mailbox:
    """The mailbox with that address, as ``get_mailbox``; the program itself (``None``) may open any."""
    found = Mailbox.objects.filter(address__iexact=address.strip()).first()
    if found is None:
        raise NotFound
    return found if user is None else get_mailbox(user, found.pk)


def get_halt(user: User | None, pk: int) -> Halt:
    """A halt, for an administrator or the program itself (``None``)."""
    if user is not None:
        require_admin(user)
    found = Halt.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
