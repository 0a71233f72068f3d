"""What leaves of a leader's praise: a mail to the colleague alone, or a message in the team's chat.

Both are held against what the people of the win want at the moment they leave, not when they were written.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from rebond.celebrate.models import Praise, PraiseForm, PraiseStatus, Visibility
from rebond.celebrate.praising import by_line, manner_of, named_against_wish
from rebond.celebrate.telling import title
from rebond.celebrate.visibility import reaches
from rebond.channels import purposes as chat
from rebond.channels.models import Delivery
from rebond.mail.models import Message
from rebond.mail.purposes import Letter, Purpose, register

PURPOSE = "celebrate.praise"
REASONS = {
    "not_wanted": _l("they would rather hear nothing about it now"),
    "win_withdrawn": _l("the win was taken back"),
    "cannot_sign_in": _l("this person cannot sign in any more"),
    "kept_out": _l("it names what is to stay out of it now"),
}


def _praise(number: str) -> Praise | None:
    found = Praise.objects.select_related("win__deal__company", "win__owner", "leader").filter(
        pk=int(number) if number.isdigit() else 0, status=PraiseStatus.SENT, win__withdrawn_at=None
    )  # fmt: skip
    return found.first()


def guard(message: Message, now: datetime) -> str:  # noqa: ARG001 (a purpose's shape)
    """Looked at when the mail is about to go."""
    praise = _praise(message.key.rpartition(":")[2])
    if praise is None:
        return "win_withdrawn"
    owner = praise.win.owner
    if owner is None or not owner.is_active:
        return "cannot_sign_in"
    manner = manner_of(praise.win)
    return "" if manner.is_wanted and manner.form != PraiseForm.SPOKEN else "not_wanted"


def write(message: Message, now: datetime) -> Letter:  # noqa: ARG001 (a purpose's shape)
    """The mail as the leader wrote it; an answer goes to them. What stays in the outbox, which others read, names
    neither the customer nor what was said."""
    sender, praise = message.sender, _praise(message.key.rpartition(":")[2])
    name = sender.name if sender else ""
    return Letter(
        subject=_("A word from %(name)s") % {"name": name}, text=praise.text if praise else "",
        kept=_("A word to one person. It stands on their own page of wins, and nowhere else."),
        from_name=name, reply_to=(sender.email or "") if sender else "",
    )  # fmt: skip


def chat_guard(delivery: Delivery, now: datetime) -> str:  # noqa: ARG001 (a purpose's shape)
    """Looked at when the chat is about to be told: praise in public, as wide as they let it be now."""
    praise = _of(delivery)
    if praise is None:
        return "win_withdrawn"
    manner = manner_of(praise.win)
    near = delivery.channel.team_id is not None and delivery.channel.team_id == praise.win.team_id
    circle = Visibility.TEAM if near else Visibility.EVERYONE
    if manner.form != PraiseForm.PUBLIC or not reaches(manner.wish, circle):
        return "not_wanted"
    return "kept_out" if named_against_wish(praise.win, manner.wish, praise.text) else ""


def chat_write(delivery: Delivery, now: datetime) -> chat.Said:  # noqa: ARG001 (a purpose's shape)
    """The win as it may be named now, and the leader's words."""
    praise = _of(delivery)
    if praise is None:
        return chat.Said(delivery.title, delivery.body)
    with translation.override(delivery.channel.language):
        named, by = title(praise.win, manner_of(praise.win).wish), by_line(praise)
    return chat.Said(named, f"{by} {praise.text}")


def _of(delivery: Delivery) -> Praise | None:
    return _praise(delivery.key.removeprefix(f"{PURPOSE}:").partition(".")[0])


def register_praise() -> None:
    """Makes both known, when the program starts."""
    register(Purpose(PURPOSE, "", write, guard, title=_l("A leader’s word about a win"), reasons=REASONS))
    chat.register(
        PURPOSE, guard=chat_guard, write=chat_write, title=_l("A leader’s word about a win"), reasons=REASONS
    )  # fmt: skip
