"""Confidential answers that come in at the same moment: each is in one pool at most, and no pool is below five."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection

from rebond.accounts.models import User
from rebond.learn.models import Invitation, ReleasedPool, Response
from tests.factories import make_stages
from tests.learn.surveys import asked, link, post, send


def sent_at_once(*invitations: Invitation) -> list[int]:
    """Every answer is sent by a browser of its own, all together."""
    together, statuses = threading.Barrier(len(invitations)), []

    def work(invitation: Invitation) -> None:
        try:
            together.wait(20)
            statuses.append(send(invitation).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(one,)) for one in invitations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("waiting", "at_once"), [(4, 2), (3, 4)])
def test_no_answer_is_in_two_pools_and_none_below_five(camille: User, waiting: int, at_once: int) -> None:
    make_stages()
    invitations = [asked(camille) for _one in range(waiting + at_once)]
    for invitation in invitations:
        post(invitation, 1, {"happened": "kept"})
    for invitation in invitations[:waiting]:
        send(invitation)
    assert not ReleasedPool.objects.exists()
    assert sent_at_once(*invitations[waiting:]) == [303] * at_once
    assert Response.objects.filter(is_final=True).count() == waiting + at_once
    found = Counter(Response.objects.exclude(pool=None).values_list("pool", flat=True))
    assert dict(found) == dict(ReleasedPool.objects.values_list("pk", "answers"))
    assert all(answers >= 5 for answers in found.values())
    left = Response.objects.filter(pool=None).count()
    assert left < 5
    late = asked(camille)  # whatever waits is released with the next ones
    post(late, 1, {"happened": "kept"})
    assert send(late).status_code == 303
    assert Response.objects.filter(pool=None).count() in (0, left + 1)


@pytest.mark.django_db(transaction=True)
def test_an_answer_opened_up_while_it_is_being_pooled_is_one_or_the_other(camille: User) -> None:
    from django.test import Client

    make_stages()
    invitations = [asked(camille) for _one in range(5)]
    for invitation in invitations:
        post(invitation, 1, {"happened": "kept"})
    for invitation in invitations[:4]:
        send(invitation)
    together = threading.Barrier(2)

    def open_up() -> None:
        try:
            together.wait(20)
            Client().post(link(invitations[0], "/done"))
        finally:
            connection.close()

    def send_fifth() -> None:
        try:
            together.wait(20)
            send(invitations[4])
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for work in (open_up, send_fifth)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first = Response.objects.get(invitation=invitations[0])
    pooled = Response.objects.exclude(pool=None)
    assert (first.mode, pooled.count()) in {("confidential", 5), ("shared", 0)}
    assert not pooled.filter(mode="shared").exists()
