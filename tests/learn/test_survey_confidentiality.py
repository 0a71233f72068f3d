"""Who may read an answer is what the page promised: three modes, and nothing joins an anonymous one to a person."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import serializers
from django.db import models
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import Outcome
from rebond.learn.models import FeedbackReason, Invitation, ReasonAssertion, ReleasedPool, Response, Verbatim
from tests.learn.surveys import answer_all, asked, link, post, programme, send, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation(camille: User, nadia: User, admin_user: User) -> Invitation:
    return asked(camille, sender=nadia, reader=admin_user, programme=programme())


def buyers_said(invitation: Invitation) -> list[tuple[str, str, str]]:
    said = ReasonAssertion.objects.filter(close_event=invitation.close_event, source="buyer").order_by("-role", "code")
    return list(said.values_list("code", "role", "verbatim"))


def test_a_shared_answer_stands_on_the_close_event_main_reason_first(invitation: Invitation) -> None:
    answer_all(invitation)
    send(invitation, "shared")
    assert buyers_said(invitation) == [
        ("slow_response", "primary", ""), ("price_vs_alternative", "contributing", ""),
    ]  # fmt: skip


def test_own_words_alone_are_something_else_in_words_and_silence_asserts_nothing(
    camille: User, invitation: Invitation
) -> None:
    answer_all(invitation, {1: {"happened": "kept"}, 2: {"words": "My brother works there", "shown": "0"}})
    send(invitation, "shared")
    assert buyers_said(invitation) == [("other", "primary", "(…)")]  # the words stay where their consent is
    silent = asked(camille)
    answer_all(silent, {1: {"happened": "kept"}})
    send(silent, "shared")
    assert buyers_said(silent) == []


@pytest.mark.parametrize("mode", ["confidential", "anonymous"])
def test_what_is_not_shared_is_never_asserted(invitation: Invitation, mode: str) -> None:
    answer_all(invitation)
    send(invitation, mode)
    assert not ReasonAssertion.objects.exists()
    assert (Response.objects.get().mode, FeedbackReason.objects.count()) == (mode, 2)


def test_five_answers_of_one_team_make_a_pool_four_do_not(camille: User, yanis: User) -> None:
    for owner, modes in (
        (yanis, ["confidential"]),
        (camille, ["confidential", "anonymous", "confidential", "shared", "anonymous"]),
    ):
        for mode in modes:
            one = asked(owner)
            answer_all(one)
            send(one, mode)
    assert not ReleasedPool.objects.exists()
    won = asked(camille, outcome=Outcome.WON)
    answer_all(won)
    send(won)
    assert not ReleasedPool.objects.exists()
    fifth = asked(camille)
    answer_all(fifth)
    send(fifth)
    assert ReleasedPool.objects.get().answers == 5


def test_the_buyer_may_open_up_until_it_is_counted_with_others(
    client: Client, camille: User, invitation: Invitation
) -> None:
    answer_all(invitation)
    send(invitation)
    page = client.get(link(invitation, "/done")).content.decode()
    assert "Share it with Camille Aubry" in page
    assert client.post(link(invitation, "/done")).status_code == 303
    assert stored(invitation).mode == "shared"
    assert [code for code, _role, _words in buyers_said(invitation)] == ["slow_response", "price_vs_alternative"]
    assert "Share it with" not in client.get(link(invitation, "/done")).content.decode()
    client.post(link(invitation, "/done"))
    assert ReasonAssertion.objects.count() == 2
    others = [asked(camille) for _one in range(5)]
    for other in others:
        answer_all(other)
        send(other)
    assert ReleasedPool.objects.get().answers == 5
    pooled = client.post(link(others[0], "/done"))
    assert pooled.status_code == 409
    assert stored(others[0]).mode == "confidential"
    assert buyers_said(others[0]) == []
    assert "Share it with" not in client.get(link(others[0], "/done")).content.decode()


def test_nothing_is_opened_up_before_it_is_sent_after_its_time_or_when_anonymous(
    client: Client, camille: User, invitation: Invitation
) -> None:
    post(invitation, 1, {"happened": "kept"})
    assert client.post(link(invitation, "/done")).status_code == 404
    send(invitation)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert client.post(link(invitation, "/done")).status_code == 410
    assert "Share it with" not in client.get(link(invitation, "/done")).content.decode()
    nameless = asked(camille)
    post(nameless, 1, {"happened": "kept"})
    send(nameless, "anonymous")
    assert client.post(link(nameless, "/done")).status_code == 404
    assert not ReasonAssertion.objects.exists()


def test_an_anonymous_answer_keeps_what_was_said_and_loses_whose_it_was(client: Client, invitation: Invitation) -> None:
    answer_all(invitation)
    draft = stored(invitation)
    old = {str(draft.pk), draft.pk.hex}
    keys = set(FeedbackReason.objects.values_list("pk", flat=True)) | set(Verbatim.objects.values_list("pk", flat=True))
    answer = send(invitation, "anonymous", own_words="named", one_thing="ask", may_contact="1")
    assert answer.status_code == 303
    sent = Response.objects.get()
    assert {str(sent.pk), sent.pk.hex} & old == set()
    assert (sent.invitation_id, sent.started_at, sent.submitted_at) == (None, None, None)
    assert (sent.option_order, sent.saves, sent.step, sent.may_contact) == ([], 0, 1, False)
    assert (sent.is_final, sent.team, str(sent.period), sent.happened) == (
        True,
        invitation.deal.team,
        "2025-10-01",
        "another",
    )
    assert list(sent.reasons.order_by("place").values_list("code", flat=True)) == [
        "slow_response",
        "price_vs_alternative",
    ]
    # nobody's name can stand under a quote, and nobody can be asked first
    assert dict(sent.verbatims.values_list("asked", "consent")) == {"own_words": "anonymous", "one_thing": "no"}
    new = set(sent.reasons.values_list("pk", flat=True)) | set(sent.verbatims.values_list("pk", flat=True))
    assert not new & keys
    assert all(key < 0 for key in new)
    invitation.refresh_from_db()
    assert (invitation.status, invitation.answered_on) == ("answered", timezone.localdate())
    page = client.get(link(invitation, "/done")).content.decode()
    assert "We keep no link to you" in page
    assert "Share it with" not in page


def test_nothing_stored_joins_an_anonymous_answer_to_its_invitation(invitation: Invitation) -> None:
    """Every value of the answer's rows is looked for in every other row of the database, and the other way round."""
    answer_all(invitation)
    send(invitation, "anonymous")
    ours = [*Response.objects.all(), *FeedbackReason.objects.all(), *Verbatim.objects.all()]
    keys = {str(row.pk) for row in ours} | {row.pk.hex for row in ours if isinstance(row, Response)}
    told = [
        row for model in apps.get_models() if model not in (Response, FeedbackReason, Verbatim)
        for row in json.loads(serializers.serialize("json", model._default_manager.all()))
    ]  # fmt: skip
    assert len(told) > 10
    for row in told:
        assert not [key for key in keys if key in json.dumps(row)], row["model"]
    moments = {
        field.name for row in ours for field in row._meta.fields
        if isinstance(field, models.DateTimeField) and getattr(row, field.name) is not None
    }  # fmt: skip
    assert moments == set()
    words = json.dumps(json.loads(serializers.serialize("json", ours)))
    secret = (invitation.nonce, invitation.token_digest, "helene", "Hélène", f'"invitation": {invitation.pk}')
    assert [one for one in secret if str(one) in words] == []


def test_the_order_of_keys_tells_nothing_about_who_answered_when(camille: User) -> None:
    came_in = []
    for number in range(12):
        one = asked(camille)
        answer_all(one, {1: {"happened": "kept"}, 2: {"code": "timing", "words": f"I am {number:02}", "shown": "0"}})
        came_in.append(f"I am {number:02}")
        send(one, "anonymous")
    for rows, name in ((Verbatim.objects.order_by("pk"), "text"), (Verbatim.objects.order_by("response"), "text")):
        assert list(rows.values_list(name, flat=True)) != came_in
        assert set(rows.values_list(name, flat=True)) == set(came_in)


def test_the_audit_log_tells_of_a_beginning_and_a_sending_and_never_what_was_said(
    camille: User, invitation: Invitation
) -> None:
    answer_all(invitation)
    send(invitation, "confidential")
    nameless = asked(camille)
    answer_all(nameless)
    send(nameless, "anonymous")
    Client().post(link(nameless, "/stop"), {"scope": "feedback"})
    entries = AuditEntry.objects.filter(subject_type="learn.invitation").order_by("pk")
    assert [(e.verb, e.subject_id, e.detail) for e in entries] == [
        ("learn.begin_answer", str(invitation.pk), {}),
        ("learn.send_answer", str(invitation.pk), {}),
        ("learn.begin_answer", str(nameless.pk), {}),
        ("learn.stop_asking", str(nameless.pk), {"scope": "feedback"}),
    ]
    log = json.dumps(json.loads(serializers.serialize("json", AuditEntry.objects.all())))
    assert [word for word in ("slow_response", "same day", "summer", "Nordvik", "anonymous") if word in log] == []
    assert not AuditEntry.objects.filter(subject_type="learn.response").exists()


def test_a_reason_taken_off_the_list_meanwhile_does_not_stop_the_answer(
    invitation: Invitation, admin_user: User
) -> None:
    from rebond.learn.models import TaxonomyChange

    answer_all(invitation)
    TaxonomyChange.objects.create(version=2, kind="retire", code="slow_response", at=timezone.now(), by=admin_user)
    assert send(invitation, "shared").status_code == 303
    assert [code for code, _role, _words in buyers_said(invitation)] == ["price_vs_alternative"]
    assert set(stored(invitation).reasons.values_list("code", flat=True)) == {"slow_response", "price_vs_alternative"}


@pytest.mark.parametrize(("mode", "ticked"), [("shared", []), ("confidential", ["confidential"])])
def test_sharing_is_never_ticked_beforehand(client: Client, camille: User, mode: str, ticked: list[str]) -> None:
    invitation = asked(camille, mode=mode)
    answer_all(invitation)
    modes = client.get(link(invitation, "/5")).context["modes"]
    assert [choice.value for choice in modes if choice.checked] == ticked
