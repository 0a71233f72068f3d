"""Confidential answers are never visible, nor derivable, below five: not in any view, nor as the difference of two."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product

import ibis
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebond.accounts.models import AuditEntry, Team, User
from rebond.deals.models import CloseEvent, ReopenEvent
from rebond.facts import store, warm
from rebond.learn import taxonomy
from rebond.learn.actions.pools import POOL_FROM, release_pools
from rebond.learn.models import STATEMENTS, Mode, ReasonAssertion, ReleasedPool, Response, TaxonomyChange
from rebond.learn.patterns.answers import BLOCKS, headcount, profile, voices
from rebond.learn.patterns.pooled import pooled_reasons, pooled_statements, withheld
from rebond.learn.patterns.view import View
from rebond.learn.taxonomy import Taxonomy
from rebond.numbers.reasons import Pooled, reasons
from rebond.numbers.voices import SOURCES, parse_reasons
from tests.factories import make_closed_deal
from tests.learn.patterns_made import MAY, TODAY, answer, ended, view

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
CODES = ("timing", "no_budget", "terms", "value_unclear")


def send(event: CloseEvent, *codes: str, mode: str = Mode.CONFIDENTIAL, **fields: object) -> Response:
    """An answer as the survey sends it: in confidence to a pool, openly to the close event."""
    found = answer(event, *codes, mode=mode, **fields)  # type: ignore[arg-type]
    if mode == Mode.SHARED:
        last = event.reasons.filter(source="buyer").count()
        ReasonAssertion.objects.bulk_create(
            ReasonAssertion(close_event=event, source="buyer", code=code, role="contributing" if place else "primary",
                            edition=last + 1, taxonomy_version=1, at=MAY)
            for place, code in enumerate(codes)
        )  # fmt: skip
    else:
        release_pools(team_id=found.team_id, won=found.won, now=NOW)
    return found


def test_four_are_said_to_be_four_and_nothing_else(camille: User, nadia: User) -> None:
    for _place in range(4):
        send(ended(camille)[1], "timing", statements=(5, 5, 5, 5), quote="A secret")
    found = voices(view(nadia))
    assert (found.buyers, found.rows, found.withheld.noes, found.withheld.shown_from) == (0, (), 4, 5)
    assert pooled_reasons(view(nadia)) == Pooled()
    assert set(pooled_statements(view(nadia)).values()) == {(0, 0)}
    assert headcount(view(nadia)).buyer_answers == 0


def test_the_fifth_releases_all_five(camille: User, nadia: User) -> None:
    for place in range(5):
        send(
            ended(camille, at=MAY - timedelta(days=place))[1],
            "timing" if place < 4 else "terms",
            statements=(5, 2, 0, 4),
        )
    found = voices(view(nadia))
    assert (found.buyers, found.pooled, found.withheld.noes) == (5, 5, 0)
    assert {row.code: (row.buyer.k, row.buyer.n, row.buyer.value) for row in found.rows} == {
        "timing": (4, 5, None), "terms": (1, 5, None),
    }  # fmt: skip
    pool = ReleasedPool.objects.get()
    assert (pool.answers, pool.closed_until, pool.won, pool.team) == (5, MAY.date(), False, camille.team)
    rows = {row.statement: row.buyers_noes for row in profile(view(nadia)).rows if row.statement}
    assert {name: (one.k, one.n) for name, one in rows.items() if one} == {
        "involved": (5, 5), "understood": (0, 5), "proposal": (None, 0), "helped": (5, 5),
    }  # fmt: skip
    assert AuditEntry.objects.get(verb="learn.release_pool").detail == {"answers": 5}


def test_wins_noes_and_teams_never_share_a_pool(camille: User, yanis: User) -> None:
    for place in range(4):
        for owner, outcome in ((camille, "won"), (camille, "lost"), (yanis, "lost")):
            send(ended(owner, outcome)[1], CODES[place])
    assert not ReleasedPool.objects.exists()
    send(ended(camille, "no_decision")[1], "timing")
    assert [(pool.team, pool.won) for pool in ReleasedPool.objects.all()] == [(camille.team, False)]


def test_an_anonymous_answer_dates_a_pool_by_its_quarter_only(camille: User, north: Team) -> None:
    for _place in range(5):
        answer(None, "timing", mode=Mode.ANONYMOUS, team=north, period=date(2026, 4, 1))
    pool = release_pools(team_id=north.pk, won=False, now=NOW)
    assert pool is not None
    assert pool.closed_until == date(2026, 4, 1)


def test_an_answer_about_a_close_that_was_taken_back_waits_for_good(camille: User, nadia: User) -> None:
    _deal, event = ended(camille)
    ReopenEvent.objects.create(close_event=event, at=NOW)
    send(event, "timing")
    for _place in range(4):
        send(ended(camille)[1], "timing")
    assert not ReleasedPool.objects.exists()
    assert voices(view(nadia)).withheld.noes == 4


@pytest.mark.parametrize("part", [{"segment": "SMB"}, {"bulk": "without"}, {"from": "2026-01-01", "to": "2026-05-10"}])
def test_a_part_of_a_team_and_another_time_count_no_pool(camille: User, nadia: User, part: dict[str, str]) -> None:
    for _place in range(5):
        send(ended(camille, segment="SMB")[1], "timing", quote="A secret")
    assert voices(view(nadia)).buyers == 5
    assert voices(view(nadia, **part)).buyers == 0
    camille.team = None
    assert pooled_reasons(View.of(camille, {}, TODAY)) == Pooled()


def test_a_statement_few_speak_about_leaves_its_pool_out(camille: User, nadia: User) -> None:
    for place in range(6):
        send(ended(camille)[1], "timing", statements=(5, 5 if place < 5 else 0, None, 1 if place else None))
    for _place in range(4):
        send(ended(camille)[1], "timing", statements=(5, 5, 5, 5))
    found = pooled_statements(view(nadia))
    assert found["involved", False] == (10, 10)
    assert found["understood", False] == (5, 5)  # of the second five one has nothing to say: none of them counts
    assert found["proposal", False] == (0, 0)
    assert found["helped", False] == (4, 5)


# ---- a pool of five is as quick to count as a naive person would


def _naive(table: list[tuple[str, str | None]], pooled: Pooled, source: str, ends: tuple[str, ...]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for outcome, text in table:
        said = parse_reasons(text)
        if outcome in ends and source in said:
            counted["heard"] += 1
            counted.update(f"named {code}" for code in said[source])
            counted[f"first {said[source][0]}"] += 1
    heard, named = (pooled.heard, pooled.named) if "lost" in ends else (pooled.heard_won, pooled.among_wins)
    if source == "buyer":
        counted["heard"] += heard
        counted.update({f"named {code}": n for code, n in named.items()})
        counted.update({f"first {code}": n for code, n in pooled.primary.items()} if "lost" in ends else {})
    return counted


_CELLS = st.sampled_from(
    [None, "seller:timing", "seller:terms;seller:timing;buyer:timing", "buyer:no_budget;buyer:terms", "buyer:timing"]
)


@given(
    table=st.lists(st.tuples(st.sampled_from(["lost", "won", "no_decision"]), _CELLS), max_size=40),
    counts=st.lists(st.integers(0, 9), min_size=4, max_size=4),
)
@settings(max_examples=25, deadline=None)
def test_pooled_answers_are_added_as_a_naive_person_would(
    table: list[tuple[str, str | None]], counts: list[int]
) -> None:
    first = dict(zip(CODES, counts, strict=True))
    named = {code: n + 1 for code, n in first.items()}
    pooled = Pooled(sum(counts) + 4, named, first, 12, {"timing": 7})
    deals = ibis.memtable(
        {"outcome": [end for end, _text in table] or ["open"], "reasons": [text for _end, text in table] or [None]},
        schema={"outcome": "string", "reasons": "string"},
    ).mutate(opened_at=ibis.null("date"), closed_at=ibis.null("date"))
    found = reasons(deals, control={}, as_of=TODAY, pooled={"buyer": pooled}, split=False)
    lost = ("lost", "no_decision")
    for source in SOURCES:
        told, wins = _naive(table, pooled, source, lost), _naive(table, pooled, source, ("won",))
        rows = {row.code: row for row in found.rows if row.source == source}
        if told["heard"] < POOL_FROM:
            assert not rows
            continue
        assert {row.named.n for row in rows.values()} <= {told["heard"]}
        for code, row in rows.items():
            assert (row.named.k, row.primary.k) == (told[f"named {code}"], told[f"first {code}"])
            assert row.among_wins.k == (wins[f"named {code}"] if wins["heard"] >= POOL_FROM else None)
        assert {code for code in CODES if told[f"named {code}"]} <= set(rows)


# ---- whatever happens in whatever order: any two views differ by whole pools and openly given answers


@dataclass(frozen=True)
class Sent:
    """One answer on its way in."""

    team: int
    won: bool
    mode: str
    day: int
    codes: tuple[str, ...]
    statements: tuple[int | None, int | None, int | None, int | None] = (None, None, None, None)


_SENT = st.builds(
    Sent, team=st.integers(0, 1), won=st.booleans(), mode=st.sampled_from(list(Mode.values) + [Mode.CONFIDENTIAL] * 2),
    day=st.integers(0, 5), codes=st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True).map(tuple),
    statements=st.tuples(*[st.sampled_from([None, 0, 2, 5, 5])] * 4),
)  # fmt: skip
DAYS = [date(2026, 1, 15) + timedelta(days=25 * place) for place in range(6)]
PERIODS = [(DAYS[0], TODAY), (DAYS[2], TODAY), (DAYS[0], DAYS[3]), (DAYS[3], DAYS[3]), (date(1900, 1, 1), TODAY)]


@contextmanager
def undone() -> Iterator[None]:
    """What is written within is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def company(camille: User, yanis: User, admin_user: User) -> tuple[list[User], User]:
    """Two teams with their sellers, and who sees both; a list of reasons that was changed once."""
    TaxonomyChange.objects.create(version=2, kind="merge", code="terms", into="no_budget", at=MAY)
    return [camille, yanis], admin_user


def all_views(admin: User, sellers: list[User]) -> list[View]:
    """Teams, periods, segments, versions of the list, bulk closes: everything one can ask for."""
    teams, base = [None, *(seller.team_id for seller in sellers)], View.of(admin, {}, TODAY)
    return [
        replace(base, team_id=team, since=since, until=until, segment=segment,
                taxonomy_version=version, period="", bulk=bulk)
        for team, (since, until), segment, version, bulk in product(teams, PERIODS, ("", "SMB"), (1, 2), (True, False))
    ]  # fmt: skip


Counts = dict[tuple[str, bool], int]


def counted(found: Pooled) -> Counts:
    """Everything a view says of the reasons given in confidence."""
    said: Counts = {("heard", False): found.heard, ("heard", True): found.heard_won}
    said |= {(f"named {code}", False): n for code, n in found.named.items()}
    said |= {(f"first {code}", False): n for code, n in found.primary.items()}
    return said | {(f"named {code}", True): n for code, n in found.among_wins.items()}


def agreed(one: View) -> Counts:
    """And of the statements: how many they apply to."""
    return {(f"applies {name}", won): n for (name, won), (_k, n) in pooled_statements(one).items()}


def of_pools(pools: list[ReleasedPool], answers: dict[int, list[list[str]]], names: Taxonomy) -> Counts:
    """The same, of whole pools, answer by answer."""
    said: Counter[tuple[str, bool]] = Counter()
    for pool in pools:
        for reasons_ in answers[pool.pk]:
            codes = [names.counted_as(code) for code in reasons_]
            said["heard", pool.won] += 1
            said.update((f"named {code}", pool.won) for code in set(codes))
            if not pool.won:
                said[f"first {codes[0]}", False] += 1
    return said


def answers_of(pools: list[ReleasedPool]) -> dict[int, list[list[str]]]:
    """Per pool the reasons of each answer in it, the main one first."""
    return {
        pool.pk: [list(one.reasons.order_by("place").values_list("code", flat=True)) for one in pool.responses.all()]
        for pool in pools
    }


def receive(sent: Sent, sellers: list[User]) -> None:
    """The deal closes, and its buyer answers."""
    at = datetime.combine(DAYS[sent.day], datetime.min.time(), UTC) + timedelta(hours=9)
    _deal, event = make_closed_deal(
        "won" if sent.won else "lost", owner=sellers[sent.team], closed_at=at, opened_at=at - timedelta(days=9),
        segment="SMB" if sent.day % 2 else "",
    )  # fmt: skip
    quarter = date(2026, (DAYS[sent.day].month - 1) // 3 * 3 + 1, 1)
    if sent.mode == Mode.ANONYMOUS:
        answer(None, *sent.codes, mode=sent.mode, team=sellers[sent.team].team, won=sent.won, period=quarter,
               statements=sent.statements)  # fmt: skip
        release_pools(team_id=sellers[sent.team].team_id, won=sent.won, now=NOW)
    else:
        send(event, *sent.codes, mode=sent.mode, period=quarter, statements=sent.statements)


@given(answers=st.lists(_SENT, min_size=4, max_size=14))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_views_differ_by_whole_pools_and_never_by_fewer_than_five(
    company: tuple[list[User], User], answers: list[Sent]
) -> None:
    sellers, admin = company
    with undone():
        views = all_views(admin, sellers)
        before: dict[View, Counts] = {}
        for sent in answers:
            receive(sent, sellers)
            whole = [one for one in views if not one.is_split and one.taxonomy_version == 1]
            now = {one: counted(pooled_reasons(one)) | agreed(one) for one in whole}
            for one, said in now.items():
                moved = said["heard", sent.won] - before.get(one, {("heard", sent.won): 0})["heard", sent.won]
                assert moved == 0 or moved >= POOL_FROM
                for name in STATEMENTS:
                    key = (f"applies {name}", sent.won)
                    more = said[key] - before.get(one, {key: 0})[key]
                    assert more == 0 or more >= POOL_FROM
                if not moved:  # nothing was released: not one figure moves
                    assert {k: v for k, v in said.items() if v} == {k: v for k, v in before.get(one, {}).items() if v}
            before = now
        _every_view_is_made_of_whole_pools({one: counted(pooled_reasons(one)) for one in views})
        assert not Response.objects.filter(pool__isnull=False, mode=Mode.SHARED).exists()
        sizes = Counter(Response.objects.filter(pool__isnull=False).values_list("pool_id", flat=True))
        assert dict(ReleasedPool.objects.values_list("pk", "answers")) == dict(sizes)
        assert min(sizes.values(), default=POOL_FROM) >= POOL_FROM


def _every_view_is_made_of_whole_pools(found: dict[View, Counts]) -> None:
    """The pools of a view follow from its team and period alone; so the difference of any two is made of pools."""
    pools = list(ReleasedPool.objects.all())
    answers, lists = answers_of(pools), {version: taxonomy.as_of_version(version) for version in (1, 2)}
    made: dict[View, frozenset[int]] = {}
    for one, said in found.items():
        inside = [
            pool for pool in pools
            if not one.segment and one.bulk and one.team_id in (None, pool.team_id)
            and one.since <= pool.closed_until <= one.until
        ]  # fmt: skip
        made[one] = frozenset(pool.pk for pool in inside)
        naive = of_pools(inside, answers, lists[one.taxonomy_version or 2])
        assert {k: v for k, v in said.items() if v} == {k: v for k, v in naive.items() if v}
    for one, other in combinations(found, 2):
        for won in (False, True):
            apart = [pool for pool in pools if pool.won == won and pool.pk in made[one] ^ made[other]]
            difference = abs(found[one]["heard", won] - found[other]["heard", won])
            assert difference == 0 or sum(pool.answers for pool in apart) >= POOL_FROM
            if not apart and one.taxonomy_version == other.taxonomy_version:
                assert {k: v for k, v in found[one].items() if k[1] == won and v} == {
                    k: v for k, v in found[other].items() if k[1] == won and v
                }


@given(answers=st.lists(_SENT, min_size=6, max_size=16), chosen=st.lists(st.integers(0, 119), min_size=3, max_size=3))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_figures_on_the_page_are_open_answers_and_whole_pools(
    company: tuple[list[User], User], answers: list[Sent], chosen: list[int]
) -> None:
    sellers, admin = company
    with undone():
        for sent in answers:
            receive(sent, sellers)
        warm.forget()
        shutil.rmtree(store.folder(), ignore_errors=True)  # the database was taken back, too
        warm.refresh()
        views = all_views(admin, sellers)
        for one in (views[place] for place in chosen):
            found, pooled = voices(one), pooled_reasons(one)
            shared = [s for s in answers if s.mode == Mode.SHARED and not s.won and _is_in(one, s, sellers)]
            assert (found.buyers, found.pooled) == (len(shared) + pooled.heard, pooled.heard)
            first = Counter(one.names.counted_as(s.codes[0]) for s in shared) + Counter(pooled.primary)
            told = {row.code: row.buyer.k for row in found.rows if row.buyer.k}
            assert told == (dict(first) if found.buyers >= POOL_FROM else {})
    warm.forget()


def _is_in(one: View, sent: Sent, sellers: list[User]) -> bool:
    team = one.team_id in (None, sellers[sent.team].team_id)
    return team and one.since <= DAYS[sent.day] <= one.until and (not one.segment or sent.day % 2 == 1)


@given(order=st.permutations(range(7)))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_arrival_leaves_no_trace_but_who_is_in(company: tuple[list[User], User], order: list[int]) -> None:
    """Seven answers: the first five in, whichever they are, are one pool; the figures follow from who they are."""
    sellers, admin = company
    said = [Sent(0, False, Mode.CONFIDENTIAL, place % 6, (CODES[place % 4],)) for place in range(7)]
    with undone():
        for place in order:
            receive(said[place], sellers)
        one = View.of(admin, {"period": "all", "taxonomy": "1"}, TODAY)
        inside = Counter(said[place].codes[0] for place in order[:5])
        assert pooled_reasons(one).primary == inside
        assert ReleasedPool.objects.count() == 1
        assert voices_withheld(one) == 2


def voices_withheld(one: View) -> int:
    """How many wait, as the page says it."""
    return withheld(one).noes


def test_a_confidential_answer_is_in_no_list_pair_or_lever(camille: User, nadia: User) -> None:
    quiet = {
        name: BLOCKS[name](view(nadia)).as_json() for name in ("agreement", "competitors", "control", "no_decision")
    }
    assert quiet
    events = [ended(camille, seller="timing", competitor="Acme")[1] for _place in range(6)]
    before = {name: BLOCKS[name](view(nadia)).as_json() for name in quiet}
    for event in events:
        send(event, "terms", statements=(1, 1, 1, 1), quote="A secret", consent="no")
    assert ReleasedPool.objects.count() == 1
    assert {name: BLOCKS[name](view(nadia)).as_json() for name in quiet} == before
    assert "A secret" not in str([BLOCKS[name](view(nadia)).as_json() for name in BLOCKS])
