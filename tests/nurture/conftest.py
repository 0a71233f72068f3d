"""Somebody who said no on 2 March 2026, and whoever stays in touch with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from rebond.accounts.models import User
from rebond.deals.models import Deal, Person
from rebond.learn.actions import ReasonGiven
from rebond.loop import close as closing
from rebond.mail.actions import sign_off
from rebond.mail.boxes import mailbox
from rebond.mail.work.sending import send
from rebond.nurture.models import Enrolment, Standing
from tests.mail.server import SmtpServer

#: A Monday.
NO_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SayNo = Callable[..., Enrolment]


@pytest.fixture
def said_no(deal: Deal, camille: User, helene: Person) -> SayNo:
    """Closes the deal as the product does and gives back how we stay in touch with Hélène."""

    def say_no(
        code: str = "price_vs_alternative", outcome: str = "lost", at: datetime = NO_AT, **rest: Any
    ) -> Enrolment:
        helene.company.country = rest.pop("country", "France")
        helene.company.save()
        closing.close(
            deal=deal, outcome=outcome, reasons=[ReasonGiven(code)], actor=camille, source="screen", now=at, **rest
        )
        return Enrolment.objects.exclude(status=Standing.ENDED).get(person=helene)

    return say_no


@pytest.fixture
def post(smtp_server: SmtpServer, now: datetime, camille: User) -> SmtpServer:
    """A mail server that notes may leave by: an administrator signed the house's mailbox off."""
    sign_off(mailbox=mailbox.house(now=NO_AT), words="a test without DNS", actor=None, now=NO_AT)
    return smtp_server


def deliver(at: datetime) -> None:
    """What is due leaves."""
    send(clock=lambda: at)
