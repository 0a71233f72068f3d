"""How much a reward is, against arithmetic that cannot be wrong: fractions, and one euro taken at a time."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.refer.amounts import CAPS, clamp, earned, why_unknown
from rebond.refer.models import Basis, RewardRule

AMOUNTS = st.integers(0, 10**15)
ROOM = st.dictionaries(st.sampled_from(CAPS), st.none() | st.integers(-10, 60))


def share(basis_points: int) -> RewardRule:
    return RewardRule(basis=Basis.SHARE, basis_points=basis_points)


@given(AMOUNTS, st.integers(1, 10_000))
def test_a_share_is_the_fraction_rounded_half_to_even_once(amount: int, points: int) -> None:
    given_ = earned(share(points), deal_amount_minor=amount, deal_currency="EUR", currency="EUR")
    assert given_ == round(Fraction(amount * points, 10_000))  # Python rounds a Fraction half to even
    assert isinstance(given_, int)


@given(st.integers(0, 10**9), st.integers(1, 10_000))
def test_a_share_never_shrinks_when_the_deal_grows(amount: int, points: int) -> None:
    sizes = [
        earned(share(points), deal_amount_minor=n, deal_currency="EUR", currency="EUR") for n in (amount, amount + 1)
    ]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize(
    ("amount", "currency", "why"),
    [(None, "EUR", "no_amount"), (None, "", "no_amount"), (500, "USD", "other_currency"), (500, "", "other_currency")],
)
def test_a_share_of_what_is_not_known_is_not_guessed(amount: int | None, currency: str, why: str) -> None:
    assert earned(share(100), deal_amount_minor=amount, deal_currency=currency, currency="EUR") is None
    assert why_unknown(share(100), deal_amount_minor=amount, deal_currency=currency, currency="EUR") == why


def test_a_fixed_reward_needs_no_amount_of_the_deal() -> None:
    fixed = RewardRule(basis=Basis.FIXED, amount_minor=2_500)
    assert earned(fixed, deal_amount_minor=None, deal_currency="USD", currency="EUR") == 2_500
    assert why_unknown(fixed, deal_amount_minor=None, deal_currency="USD", currency="EUR") == ""


@pytest.mark.parametrize("amount", [0, -1, -10_000])
def test_a_share_of_nothing_or_less_is_nothing(amount: int) -> None:
    assert earned(share(10_000), deal_amount_minor=amount, deal_currency="EUR", currency="EUR") == 0


@given(st.integers(0, 50), ROOM)
def test_what_the_caps_leave_is_what_fits_into_each(given_: int, room: dict[str, int | None]) -> None:
    """Against a twin that hands out one by one while every cap has room."""
    left, handed = dict(room), 0
    while handed < given_ and all(most is None or most > 0 for most in left.values()):
        left = {cap: most if most is None else most - 1 for cap, most in left.items()}
        handed += 1

    found = clamp(given_, room)

    assert found.amount_minor == handed
    assert found.amount_minor + sum(one["taken_minor"] for one in found.clamps) == given_
    assert all(one["taken_minor"] > 0 for one in found.clamps)
    assert [one["cap"] for one in found.clamps] == [cap for cap in CAPS if cap in {one["cap"] for one in found.clamps}]


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(0, 100))
def test_one_after_another_never_get_more_than_the_cap(rewards: list[int], most: int) -> None:
    given_ = 0
    for one in rewards:
        given_ += clamp(one, {"per_year": most - given_}).amount_minor
    assert given_ == min(sum(rewards), most)
