"""Whatever happens in whatever order, a service has a message once at most, and what it has is never called untold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebond.channels import actions, outgoing
from rebond.channels.actions.claiming import LEASE
from rebond.channels.addresses import hide
from rebond.channels.fates import Answer, Fate
from rebond.channels.forming import Post
from rebond.channels.models import ChatChannel, Delivery
from tests.channels.making import ADDRESSES, plan, tell

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 6, 9, 8, tzinfo=UTC)
#: What the service does with a message, and what we hear of it.
ANSWERS = {
    "takes it": (1, Fate.ACCEPTED), "takes it, and the line goes dead": (1, Fate.UNKNOWN),
    "does not take it, and the line goes dead": (0, Fate.UNKNOWN), "is busy": (0, Fate.AGAIN),
    "refuses": (0, Fate.REFUSED),
}  # fmt: skip
OURS = ("dies before it begins", "dies after it began", "is taken back", "is planned again")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*ANSWERS, *OURS]), min_size=1, max_size=8))
def test_told_once_at_most(events: list[str]) -> None:
    Delivery.objects.all().delete()
    channel = ChatChannel.objects.create(
        name="#wins", kind="webhook", secret=hide(ADDRESSES["webhook"]), language="en", made_at=FIRST
    )
    plan(channel, FIRST, subject="tests:1")
    taken = sum(_happens(event, channel, FIRST + timedelta(hours=3 * number)) for number, event in enumerate(events))
    one = Delivery.objects.get()
    assert taken <= 1
    if taken:
        assert one.status in ("accepted", "unknown", "started")
    if one.status == "accepted":
        assert taken == 1


def _happens(event: str, channel: ChatChannel, now: datetime) -> int:
    """How many the service took by it."""
    taken = []

    def hand_over(_post: Post) -> Answer:
        count, fate = ANSWERS[event]
        taken.append(count)
        return Answer(fate)

    if event in ANSWERS:
        with patch.object(outgoing, "hand_over", hand_over):
            tell(now)
        return sum(taken)
    if event == "is taken back":
        actions.cancel_deliveries(subject="tests:1", actor=None, now=now)
    elif event == "is planned again":
        plan(channel, now, subject="tests:1")
    else:
        actions.recover(now=now)
        claimed = actions.claim(worker="a", now=now).deliveries
        if event == "dies after it began":
            return len(actions.begin(deliveries=claimed, now=now, lease=LEASE))
    return 0
