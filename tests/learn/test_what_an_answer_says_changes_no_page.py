"""Two worlds that differ only in what one buyer said are the same on every page, for everybody who may not know it.

Stronger than looking for words: no figure, order, address or sentence may depend on it, so no difference of two views
does either.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.facts import warm
from rebond.learn.models import FeedbackReason, Invitation, Mode, ReasonAssertion, Response, Verbatim
from rebond.learn.patterns.blocks import BUILDERS
from rebond.learn.patterns.opening import KINDS
from tests.learn.losses import answered, debriefed, lost

CODES = ("timing", "no_budget")
VIEWS = ("period=3m", "from={day}&to={day}")


def addresses(invitation: Invitation) -> list[str]:
    """Every page there is about it, and every list, in several views."""
    day = timezone.localdate(invitation.close_event.closed_at).isoformat()
    views = [view.format(day=day) for view in VIEWS]
    more = [
        *(f"what=reason&code={code}&voice={voice}{role}" for code, voice, role in
          product(CODES, ("seller", "buyer"), ("", "&role=named"))),
        "what=control&control=outside", "what=competitor&name=Kéops", "what=answer&question=1&answer=no",
        *(f"what={kind}" for kind in KINDS if kind not in ("reason", "control", "competitor", "answer")),
    ]  # fmt: skip
    return [
        *(f"/patterns/{name}?{view}" for name, view in product(BUILDERS, views)),
        *(f"/patterns/deals?{what}&{views[0]}" for what in more),
        "/today", "/patterns", "/patterns/digest", "/feedback", "/feedback?show=answered", "/feedback?show=asked",
        f"/feedback/{invitation.pk}", f"/feedback/answers/{invitation.pk}", "/feedback/answers", "/reasons",
        "/reasons/phrases", "/reveals", f"/reveals/{invitation.pk}", "/debriefs", "/actions", "/tests", "/outbox",
        f"/deals/{invitation.deal_id}", "/deals", f"/debriefs/{invitation.close_event.debrief.pk}",
    ]  # fmt: skip


def read(client: Client, path: str) -> str:
    page = client.get(path)
    text = page.content.decode() if not page.streaming else ""
    return f"{page.status_code} {page.get('Location', '')} " + re.sub(r'(csrf\w+" value|nonce)="[^"]+"', "", text)


@pytest.fixture
def both_worlds(facts_folder: Path) -> Callable[[User, list[str]], Iterator[tuple[str, str, str]]]:
    """Each page in the one world and in the other."""

    def pages(user: User, paths: list[str], response: Response) -> Iterator[tuple[str, str, str]]:
        client = Client()
        client.force_login(user)
        worlds = []
        for number in (0, 1):
            said_instead(response, number)
            shutil.rmtree(facts_folder, ignore_errors=True)
            warm.forget()
            warm.refresh()
            worlds.append([read(client, path) for path in paths])
        yield from zip(paths, *worlds, strict=True)

    return pages  # type: ignore[return-value]


def said_instead(response: Response, number: int) -> None:
    """The same answer with other contents."""
    FeedbackReason.objects.filter(response=response).update(code=CODES[number])
    values = {"involved": (1, 5), "understood": (5, 1), "happened": ("kept", "another"), "competitor": ("", "Kéops")}
    Response.objects.filter(pk=response.pk).update(**{name: both[number] for name, both in values.items()})
    Verbatim.objects.filter(response=response).update(text=("Too early", "Too dear")[number])
    table = ReasonAssertion._meta.db_table
    with connection.cursor() as cursor:  # append-only for the program; a world of its own for this test
        cursor.execute(
            f"UPDATE {table} SET code = %s WHERE source = 'buyer' AND close_event_id = %s",
            [CODES[number], response.invitation.close_event_id],  # type: ignore[union-attr]
        )


def company(owner: User, helene: Person) -> None:
    """Ten noes with open answers and a pool's worth of others, so that every figure is told."""
    for place in range(10):
        closed = timezone.now() - timedelta(days=place + 3)
        event = lost(owner, seller=CODES[place % 2], buyer=CODES[place // 5], closed_at=closed, segment="Lifts")
        debriefed(event)


def answer(owner: User, helene: Person, mode: str, *, debrief_done: bool, **fields: Any) -> Response:
    event = lost(owner, seller="timing", buyer=CODES[0] if mode == Mode.SHARED else "", segment="Lifts",
                 closed_at=timezone.now() - timedelta(days=2))  # fmt: skip
    debriefed(event, done=debrief_done)
    found = (
        Response.objects.get(invitation__close_event=event) if mode == Mode.SHARED else answered(event, CODES[0], mode)
    )
    Invitation.objects.filter(pk=found.invitation_id).update(person=helene, **fields)
    Verbatim.objects.create(response=found, asked="one_thing", text="Too early", consent="anonymous")
    found.refresh_from_db()
    return found


def test_a_waiting_confidential_answer_moves_nothing_for_anybody(
    camille: User, admin_user: User, helene: Person, both_worlds: Any
) -> None:
    company(camille, helene)
    response = answer(camille, helene, Mode.CONFIDENTIAL, debrief_done=True)
    for user in (camille, admin_user):
        for path, one, other in both_worlds(user, addresses(response.invitation), response):
            assert one == other, (user.name, path)


def test_a_shared_answer_moves_nothing_for_the_seller_before_the_debrief(
    camille: User, helene: Person, both_worlds: Any
) -> None:
    company(camille, helene)
    response = answer(camille, helene, Mode.SHARED, debrief_done=False)
    for path, one, other in both_worlds(camille, addresses(response.invitation), response):
        assert one == other, path


def test_the_comparison_sees_a_difference_where_there_is_one(
    camille: User, nadia: User, helene: Person, both_worlds: Any
) -> None:
    company(camille, helene)
    response = answer(camille, helene, Mode.SHARED, debrief_done=False)
    paths = ["/patterns/voices?period=3m", "/reasons", f"/deals/{response.invitation.deal_id}"]
    assert all(one != other for _path, one, other in both_worlds(nadia, paths, response))
