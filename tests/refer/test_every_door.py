"""Every address of advocates: right method, wrong method, teammate, outsider, signed out; none is forgotten.

The advocate's own page is apart: its link is the key, whoever holds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import User
from rebond.refer.models import AskStatus, Payout, Programme, ReferralAsk, Reward, RewardRule, RiskFlag
from rebond.refer.tokens import token_of
from rebond.refer.urls import urlpatterns
from tests.factories import make_user
from tests.refer.own_pages import advocate, names, programme
from tests.walks import assert_signed_out_is_sent_to_sign_in, status

pytestmark = pytest.mark.django_db
FINE, BAD, NOT_YOURS, NOTHING, WRONG = (200, 302, 303), 400, 403, 404, 405
METHODS = ("get", "post", "put", "delete")


@dataclass(frozen=True)
class Door:
    """How an address answers: its methods, whose key it takes, a teammate, somebody of another team."""

    methods: tuple[str, ...]
    of: str = ""
    teammate: int = 200
    outsider: int = 200


def _mine(of: str) -> Door:
    """The person in charge writes, and who leads."""
    return Door(("post",), of, NOT_YOURS, NOTHING)


def _led(of: str = "", outsider: int = NOTHING) -> Door:
    """Who leads writes."""
    return Door(("post",), of, NOT_YOURS, outsider)


DOORS = {
    "advocates": Door(("get",)),
    "funnel": Door(("get",)),
    "new_ask": Door(("get", "post")),
    "ask": Door(("get",), "ask", 200, NOTHING),
    "advocate": Door(("get",), "advocate", 200, NOTHING),
    "payee": _led("advocate"),
    "referral": Door(("get",), "referral", 200, NOTHING),
    "settle_flag": _led("flag"),
    "programme": Door(("get",)),
    "publish": _led(outsider=NOT_YOURS),
    "thresholds": _led(outsider=NOT_YOURS),
    "rewards": Door(("get",), "", NOT_YOURS, NOT_YOURS),
    "approve": _led("payout"),
    "forfeit": _led("reward"),
    "proof": _led("payout"),
    "run": _led(outsider=NOT_YOURS),
    "write_off": _led("advocate", outsider=NOT_YOURS),  # who leads, before whose
    "export": Door(("get", "post"), "", NOT_YOURS, NOT_YOURS),
}
DOORS |= {name: _mine("ask") for name in ("asked", "named", "send_ask", "take_back", "pass")}
DOORS |= {name: _mine("advocate") for name in ("advocate_named", "link", "permission")}
DOORS |= {
    name: _mine("referral") for name in ("move", "details", "introduce", "deal", "payment", "refund", "thank")
}  # fmt: skip
#: By the link: who holds it may.
BY_LINK = {
    "own_page": ("get",), "own_introduce": ("get", "post"), "own_reward": ("get", "post"), "own_payee": ("get", "post"),
    "own_statement": ("get",), "own_stop": ("get", "post"),
}  # fmt: skip


@pytest.fixture
def keys(camille: User) -> dict[str, int]:
    """One of each thing of Camille's that an address may name."""
    made, now = programme(), timezone.now()
    who = advocate(camille)
    one = names(who)
    ask = ReferralAsk.objects.create(
        person=who.person, owner=camille, team=camille.team, moment="by_hand", status=AskStatus.PLANNED, planned_at=now,
        due_on=timezone.localdate(), until_on=timezone.localdate(),
    )  # fmt: skip
    flag = RiskFlag.objects.create(referral=one, code="same_phone", raised_at=now)
    reward, payout = _reward(one.pk, who.pk, made)
    return {
        "ask": ask.pk, "advocate": who.pk, "referral": one.pk, "flag": flag.pk, "reward": reward, "payout": payout,
    }  # fmt: skip


def _reward(referral: int, who: int, made: Programme) -> tuple[int, int]:
    now, rule = timezone.now(), RewardRule.objects.filter(programme=made).order_by("pk")[0]
    reward = Reward.objects.create(
        referral_id=referral, advocate_id=who, programme=made, rule=rule, kind=rule.kind, earned_minor=5000,
        amount_minor=5000, currency="EUR", at=now,
    )  # fmt: skip
    payout = Payout.objects.create(
        reward=reward, advocate_id=who, amount_minor=5000, currency="EUR", kind=rule.kind, made_at=now
    )
    return reward.pk, payout.pk


def path_of(name: str, keys: dict[str, int]) -> str:
    of = DOORS[name].of
    return reverse(f"refer:{name}", args=[keys[of]] if of else [])


def test_no_address_is_forgotten() -> None:
    ours = {route.name for route in urlpatterns if str(route.pattern).startswith("advocates")}
    theirs = {route.name for route in urlpatterns if str(route.pattern).startswith("i/")}
    assert ours == set(DOORS)
    assert theirs == set(BY_LINK)
    assert len(ours) + len(theirs) == len(urlpatterns)


@pytest.mark.parametrize("name", sorted(DOORS))
def test_it_takes_the_right_method_alone_and_asks_who_comes(
    as_camille: Client, keys: dict[str, int], name: str
) -> None:
    path = path_of(name, keys)
    for method in METHODS:
        if method not in DOORS[name].methods:
            assert status(as_camille, method, path) == WRONG
    for method in DOORS[name].methods:
        assert_signed_out_is_sent_to_sign_in(path, method)


@pytest.mark.parametrize("name", sorted(DOORS))
def test_a_teammate_and_an_outsider(camille: User, as_yanis: Client, keys: dict[str, int], name: str) -> None:
    thomas = Client()
    thomas.force_login(make_user("Thomas Girard", team=camille.team))
    door, path = DOORS[name], path_of(name, keys)
    assert status(thomas, door.methods[0], path) == door.teammate
    assert status(as_yanis, door.methods[0], path) == door.outsider


@pytest.mark.parametrize("name", sorted(name for name in DOORS if "get" in DOORS[name].methods))
def test_every_page_opens_for_who_may(as_nadia: Client, keys: dict[str, int], name: str) -> None:
    assert status(as_nadia, "get", path_of(name, keys)) in FINE


def test_what_is_not_there_is_not_found(as_admin: Client, keys: dict[str, int]) -> None:
    missing = dict.fromkeys(keys, 999_999)
    answered = {
        name: status(as_admin, door.methods[0], path_of(name, missing)) for name, door in DOORS.items() if door.of
    }
    assert set(answered.values()) == {NOTHING}, answered


@pytest.mark.parametrize("name", sorted(BY_LINK))
def test_their_own_page_takes_the_right_method_and_no_other_key(camille: User, name: str) -> None:
    who, stranger = advocate(camille), Client()
    path = reverse(f"refer:{name}", args=[token_of(who.nonce)])
    for method in METHODS:
        if method not in BY_LINK[name]:
            assert status(stranger, method, path) == WRONG
    for method in BY_LINK[name]:
        assert status(stranger, method, path) in (*FINE, BAD)
        for token in ("x", "a" * 22, token_of("00" * 16)):
            assert status(stranger, method, reverse(f"refer:{name}", args=[token])) == NOTHING
