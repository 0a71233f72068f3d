"""Patterns at 100,000 deals and 1,000,000 touches: the page, each block from warm facts, and the way of one close.

The company of ``bench.lists`` with the voices of practice 1: sellers' reasons on seven noes in ten, finished debriefs
on half of what ended, open answers of buyers and answers given in confidence in pools. Asked by an administrator, who
sees all, and by a seller whose team has four fifths.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.company import SEED, TODAY, batches
from bench.lists import DEALS, TOUCHES
from bench.measure import ROOT, Figure, main, signed_in, timed, use_folder

TIMES = 5
MOST_MS, CLOSE_WITHIN = 300, 5
#: Sellers and buyers do not name the same reasons: weights by code.
SELLERS = {"price_vs_alternative": 30, "no_budget": 15, "timing": 14, "missing_capability": 10, "incumbent_kept": 9,
           "no_consensus": 8, "value_unclear": 6, "not_in_touch": 5, "wrong_people": 3}  # fmt: skip
BUYERS = {"value_unclear": 22, "not_in_touch": 18, "price_vs_alternative": 16, "no_consensus": 12, "timing": 12,
          "missing_capability": 10, "little_help_deciding": 6, "incumbent_kept": 4}  # fmt: skip
LETTERS = (("yes", 40), ("partly", 30), ("no", 20), ("do_not_know", 10))


def drawn(rng: random.Random, weights: dict[str, int], most: int) -> list[str]:
    """One to ``most`` different codes."""
    found = rng.choices(list(weights), list(weights.values()), k=rng.randint(1, most))
    return list(dict.fromkeys(found))


def fill_voices() -> None:
    """Reasons, debriefs and answers for what ended, straight into the tables."""
    from rebond.deals.models import CloseEvent

    rng = random.Random(SEED)
    events = CloseEvent.objects.exclude(outcome="unknown").select_related("deal").order_by("pk")
    for some in batches(events.iterator(chunk_size=5000)):
        _reasons(rng, some)
        _debriefs(rng, some)
        _answers(rng, some)


def _reasons(rng: random.Random, events: list[Any]) -> None:
    from rebond.learn.models import ReasonAssertion

    made = []
    for event in events:
        for source, weights, share in (("seller", SELLERS, 0.7), ("buyer", BUYERS, 0.05)):
            if rng.random() < share:
                made += [
                    ReasonAssertion(
                        close_event=event, source=source, code=code, role="contributing" if at else "primary",
                        could_act="" if at or source == "buyer" else rng.choice(("yes", "partly", "no", "")),
                        taxonomy_version=1, at=event.recorded_at,
                    )
                    for at, code in enumerate(drawn(rng, weights, 2))
                ]  # fmt: skip
    ReasonAssertion.objects.bulk_create(made, batch_size=500)


def _debriefs(rng: random.Random, events: list[Any]) -> None:
    from rebond.learn.models import Debrief, DebriefAnswer

    some = [event for event in events if rng.random() < 0.5]
    Debrief.objects.bulk_create(
        [
            Debrief(close_event=e, deal=e.deal, assignee_id=e.deal.owner_id, planned_at=e.recorded_at,
                    due_on=e.recorded_at.date(), finished_at=e.recorded_at)
            for e in some
        ],
        batch_size=500,
    )  # fmt: skip
    made = Debrief.objects.filter(close_event__in=[event.pk for event in some])
    words, weights = zip(*LETTERS, strict=True)
    DebriefAnswer.objects.bulk_create(
        [
            DebriefAnswer(debrief=debrief, question=number, answer=rng.choices(words, weights)[0])
            for debrief in made for number in range(1, 7)
        ],
        batch_size=500,
    )  # fmt: skip


def _answers(rng: random.Random, events: list[Any]) -> None:
    """Answers in confidence of 7 in 100, five and more to a pool, and their words."""
    from rebond.learn.models import FeedbackReason, Invitation, ReleasedPool, Response, Verbatim

    some = [event for event in events if rng.random() < 0.07]
    Invitation.objects.bulk_create(
        [
            Invitation(close_event=e, deal=e.deal, status="answered", planned_at=e.recorded_at, token_digest=f"{e.pk}")
            for e in some
        ],
        batch_size=500,
    )  # fmt: skip
    invited = {one.close_event_id: one for one in Invitation.objects.filter(close_event__in=[e.pk for e in some])}
    groups: dict[tuple[int, bool], list[Any]] = {}
    for event in some:
        groups.setdefault((event.deal.team_id, event.outcome == "won"), []).append(event)
    for (team, won), together in groups.items():
        for at in range(0, len(together) - 4, 5):
            five = together[at : at + 5]
            newest = max(event.closed_at.date() for event in five)
            pool = ReleasedPool.objects.create(
                team_id=team, won=won, closed_until=newest, released_on=newest, answers=len(five)
            )
            answers = [
                Response(
                    invitation=invited[event.pk], is_final=True, team_id=team, won=won, pool=pool, period=newest,
                    involved=rng.randint(1, 5), understood=rng.randint(1, 5), proposal=rng.randint(1, 5),
                    helped=rng.randint(1, 5),
                )
                for event in five
            ]  # fmt: skip
            Response.objects.bulk_create(answers)
            FeedbackReason.objects.bulk_create(
                FeedbackReason(response=answer, code=code, place=place + 1)
                for answer in answers for place, code in enumerate(drawn(rng, BUYERS, 3))
            )  # fmt: skip
            Verbatim.objects.bulk_create(
                Verbatim(response=answer, asked="one_thing", text="A date for the next step.", consent="anonymous")
                for answer in answers if rng.random() < 0.5
            )  # fmt: skip


def build(folder: Path, deals: int = DEALS, touches: int = TOUCHES) -> None:
    """The company, in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "bench.patterns", "--build", str(folder), str(deals), str(touches)], cwd=ROOT, check=True
    )


def blocks(who: str) -> list[Figure]:
    """Each block's answer from warm facts: the median, and for what is remembered the first time too."""
    from rebond.accounts.models import User
    from rebond.facts import warm
    from rebond.learn.patterns.answers import BLOCKS
    from rebond.learn.patterns.view import View
    from rebond.learn.patterns.warm import facts_for

    user = User.objects.get(email=f"{who}@rebond.example")
    view = View.of(user, {}, TODAY.date())
    facts_for(view)
    found = []
    for name, answer in BLOCKS.items():
        answer(view)
        warm.forget_answers()
        times = [timed(lambda answer=answer: (warm.forget_answers(), answer(view))) for _time in range(TIMES)]
        found.append(Figure(f"{name}, {who.rstrip('0')}", statistics.median(times), "ms", MOST_MS))
    return found


def pages(who: str) -> list[Figure]:
    """The page itself, and the slowest of the blocks as they are served."""
    client = signed_in(who)
    client.get("/patterns")
    first = statistics.median(timed(lambda: client.get("/patterns")) for _time in range(TIMES))
    return [Figure(f"page before any sum, {who.rstrip('0')}", first, "ms", MOST_MS)]


def _worked_off() -> None:
    """What a worker does with the queued refresh."""
    from rebond.facts import warm
    from rebond.jobs.models import Job

    warm.refresh()
    Job.objects.filter(name="rebond.facts.work.refresh_facts").delete()


def one_close() -> list[Figure]:
    """From a close to the facts that hold it: the refresh, and opening what it wrote."""
    from django.utils import timezone

    from rebond.accounts.models import User
    from rebond.deals.models import Deal
    from rebond.learn.actions import ReasonGiven
    from rebond.learn.patterns.answers import headcount
    from rebond.learn.patterns.view import View
    from rebond.loop.close import close

    admin = User.objects.get(email="admin@rebond.example")
    view = View.of(admin, {"period": "all"}, timezone.localdate())
    before = headcount(view).losses
    spent: list[list[float]] = []
    for deal in Deal.objects.filter(outcome="open").order_by("pk")[:3]:
        now = timezone.now()
        closing = timed(lambda deal=deal, now=now: close(
            deal=deal, outcome="lost", reasons=[ReasonGiven("timing")], actor=admin, source="command", now=now
        ))  # fmt: skip
        spent.append([closing, timed(_worked_off), timed(lambda: headcount(view))])
    if headcount(view).losses != before + len(spent):
        raise RuntimeError("a close is not in Patterns")
    close_, refresh, opened = (statistics.median(column) for column in zip(*spent, strict=True))
    return [
        Figure("closing a deal", close_, "ms"),
        Figure("refresh after one close, by the worker", refresh / 1000, "s", CLOSE_WITHIN),
        Figure("first block after it (opens the new files)", opened, "ms"),
    ]


def measured(folder: Path) -> Iterator[Figure]:
    """Everything, on a company that is there, one by one."""
    use_folder(folder)
    yield Figure("first refresh of all", timed(_worked_off) / 1000, "s")
    for who in ("admin", "seller0"):
        yield from blocks(who)
        yield from pages(who)
    yield from one_close()


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="rebond-bench-") as name:
        folder = Path(name, "full")
        build(folder)
        return list(measured(folder))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--build"]:
        from bench import company

        use_folder(Path(sys.argv[2]))
        company.fill(company.staff(), deals=int(sys.argv[3]), touches=int(sys.argv[4]))
        fill_voices()
    elif sys.argv[1:2] == ["--on"]:
        from bench.measure import print_table

        for one in measured(Path(sys.argv[2])):
            print_table([one])
            sys.stdout.flush()
    else:
        main(figures, __doc__)
