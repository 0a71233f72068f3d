"""What became of a message to a channel, in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from rebond.channels import purposes
from rebond.channels.models import ChatChannel, ChatKind, Delivery, DeliveryStatus

#: The room's own reasons; those of a guard come from its purpose.
REASONS: dict[str, str | Promise] = {
    "channel_off": gettext_lazy("The channel was off."),
    "channel_ended": gettext_lazy("The channel had ended."),
    "could_not_be_written": gettext_lazy("Rebond could not write it, several times over. The log says why."),
    "withdrawn": gettext_lazy("It was withdrawn before it left."),
    "gave_up": gettext_lazy("The service did not take it for a whole day."),
    "by_hand": gettext_lazy("One of us looked: it is there."),
    "left_unsaid": gettext_lazy("One of us let it be."),
    "restored": gettext_lazy(
        "It was due when the database was restored or moved, and may have been told before. Look in the channel, "
        "then say."
    ),
    "may_be_told_twice": gettext_lazy("Told again by one of us; it may be there twice."),
}
#: Where each service shows the address it wants to be told at.
WHERE: dict[str, str | Promise] = {
    ChatKind.SLACK: gettext_lazy(
        "Your app, “Incoming webhooks”, “Add new webhook”, choose the channel, copy the webhook’s address."
    ),
    ChatKind.TEAMS: gettext_lazy(
        "The channel’s menu, “Workflows”, “Send webhook alerts to a channel”, copy the address at the end."
    ),
    ChatKind.MATTERMOST: gettext_lazy(
        "“Integrations”, “Incoming webhooks”, add one for the channel, copy its address."
    ),
    ChatKind.DISCORD: gettext_lazy(
        "The channel’s settings, “Integrations”, “Webhooks”, new webhook, “Copy webhook URL”."
    ),
    ChatKind.WEBHOOK: gettext_lazy(
        "Any server of yours that takes JSON by POST: it gets “title” and “message”, and answers with 200."
    ),
}


def title_of(delivery: Delivery) -> str:
    """What kind of message this is; never its text, which was for the people of that channel."""
    purpose = purposes.get(delivery.purpose)
    return str(purpose.title) if purpose.title else delivery.purpose


def reason_of(delivery: Delivery) -> str:
    """Why it was not told, or how it stands; empty where there is nothing to say."""
    if delivery.status == DeliveryStatus.DEFERRED:
        return _tried(delivery)
    if delivery.status == DeliveryStatus.UNKNOWN and delivery.reason != "restored":
        return _("The line went dead while it was handed over. Look in the channel, then say.")
    known = dict(purposes.get(delivery.purpose).reasons) | REASONS
    said = str(known.get(delivery.reason, delivery.reason))
    if delivery.status == DeliveryStatus.REJECTED and not said:
        return refusal_of(delivery)
    return said


def _tried(delivery: Delivery) -> str:
    said = ngettext(
        "Tried %(count)d time. The service was down or busy.", "Tried %(count)d times. The service was down or busy.",
        delivery.attempts,
    )  # fmt: skip
    return said % {"count": delivery.attempts}


def refusal_of(delivery: Delivery) -> str:
    """What a service's refusal means, and what to do."""
    code = delivery.answer[:3]
    if delivery.answer == "private network":
        return _("The address leads into a private network, where Rebond does not connect.")
    if delivery.answer in ("the address cannot be used", "not encrypted"):
        return _("Its address cannot be used. End the channel and add it again.")
    if code in ("401", "403", "404", "410"):
        return _("The service does not know this address (any more). End the channel and add it again with a new one.")
    return _("The service refused it.")


def answer_of(delivery: Delivery) -> str:
    """The service's own words, where they help: not those of one that took it."""
    return "" if delivery.status in (DeliveryStatus.ACCEPTED, DeliveryStatus.PLANNED) else delivery.answer


def state_of(channel: ChatChannel, last: Delivery | None) -> tuple[str, str]:
    """How a channel stands, as (code, words)."""
    if channel.ended_at is not None:
        return "ended", pgettext("chat", "Ended")
    if not channel.is_on:
        return "off", pgettext("chat", "Off")
    if last is None:
        return "new", pgettext("chat", "Nothing told yet")
    if last.status in (DeliveryStatus.REJECTED, DeliveryStatus.UNKNOWN, DeliveryStatus.DEFERRED):
        return "trouble", str(last.get_status_display())
    return "on", pgettext("chat", "On")
