"""The link of an advocate's own page: made of a nonce and the secret key, renewed, revoked, and found nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import NotFound
from rebond.deals.models import Person
from rebond.learn.feedback import tokens as of_buyers
from rebond.refer import tokens
from rebond.refer.access import get_linked_advocate
from rebond.refer.actions.advocates import advocate_of, new_link, revoke_link
from rebond.refer.models import Advocate
from rebond.refer.own_page.links import LinkClosed, check_open, is_open, link_of
from tests.factories import THEN

NOBODY_KNOWS = "00" * 16


@given(st.binary(min_size=16, max_size=16))
def test_a_token_is_one_of_ours_in_shape_and_no_buyers(nonce: bytes) -> None:
    token = tokens.token_of(nonce.hex())
    assert tokens.digest_of(token) not in ("", token)
    assert token != of_buyers.token_of(nonce.hex())


@given(st.text())
def test_whatever_is_typed_is_looked_up_as_a_digest_or_not_at_all(text: str) -> None:
    digest = tokens.digest_of(text)
    assert digest == "" or len(digest) == 64


def test_another_secret_key_makes_another_link() -> None:
    here = tokens.token_of(NOBODY_KNOWS)
    with override_settings(SECRET_KEY="another"):
        assert tokens.token_of(NOBODY_KNOWS) != here


def test_whoever_becomes_an_advocate_has_a_link_for_a_year_and_is_one_once(helene: Person, camille: User) -> None:
    made = advocate_of(person=helene, owner=camille, actor=camille, now=THEN)
    again = advocate_of(person=helene, owner=None, actor=None, now=THEN + timedelta(days=9))
    assert (again.pk, again.owner, again.team) == (made.pk, camille, camille.team)
    assert Advocate.objects.count() == 1
    token = link_of(made).rsplit("/", 1)[1]
    assert get_linked_advocate(token) == made
    assert is_open(made, THEN + timedelta(days=364))
    assert not is_open(made, THEN + timedelta(days=365))
    assert list(AuditEntry.objects.values_list("verb", "detail")) == [("refer.advocate", {})]
    stored = Advocate.objects.filter(pk=made.pk).values_list()[0]
    assert token not in [str(value) for value in stored]


def test_a_new_link_is_the_same_one_renewed_and_a_revoked_one_never_opens_again(helene: Person, camille: User) -> None:
    made = advocate_of(person=helene, owner=camille, actor=camille, now=THEN)
    first, later = link_of(made), THEN + timedelta(days=400)
    with pytest.raises(LinkClosed) as expired:
        check_open(made, later)
    assert (expired.value.code, expired.value.status) == ("link_expired", 410)
    assert new_link(advocate=made, actor=camille, now=later) == first
    check_open(made, later + timedelta(days=364))
    revoke_link(advocate=made, actor=camille, now=later)
    revoke_link(advocate=made, actor=camille, now=later)
    assert (made.nonce, made.token_digest, link_of(made)) == ("", None, "")
    with pytest.raises(NotFound):
        get_linked_advocate(first.rsplit("/", 1)[1])
    second = new_link(advocate=made, actor=camille, now=later)
    assert second != first
    assert get_linked_advocate(second.rsplit("/", 1)[1]) == made
    verbs = AuditEntry.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["refer.advocate", "refer.new_link", "refer.revoke_link", "refer.new_link"]


def test_two_revoked_links_do_not_collide(helene: Person, camille: User) -> None:
    other = Person.objects.create(name="Karim", created_at=THEN, updated_at=THEN)
    for person in (helene, other):
        revoke_link(
            advocate=advocate_of(person=person, owner=camille, actor=camille, now=THEN), actor=camille, now=THEN
        )  # fmt: skip
    assert Advocate.objects.filter(token_digest=None).count() == 2
