"""What a contact carried: a proposal, or something to help them decide, by its name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.deals.models import Deal, Touch
from tests.factories import make_deal


@pytest.fixture
def quiet(camille: User) -> Deal:
    """A deal of Camille's nobody has talked to for four weeks."""
    before = timezone.now() - timedelta(days=60)
    return make_deal("Quiet one", owner=camille, opened_at=before, last_touch_at=timezone.now() - timedelta(days=28))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({"material": "proposal", "material_name": "Offer v2"}, ("proposal", "Offer v2")),
        ({"material": "helpful"}, ("helpful", "")),
        ({"material_name": "Cost of doing nothing"}, ("helpful", "Cost of doing nothing")),
        ({"material": "<script>", "material_name": ""}, ("", "")),
        ({"material": "proposal", "material_name": "a\x00" + "é" * 200}, ("proposal", "a" + "é" * 159)),
        ({}, ("", "")),
    ],
)
def test_what_was_sent_is_kept_with_the_contact(
    as_camille: Client, deal: Deal, typed: dict[str, str], stored: tuple[str, str]
) -> None:
    as_camille.post(f"/deals/{deal.pk}/touch", {"channel": "email"} | typed)
    touch = Touch.objects.get()
    assert (touch.material, touch.material_name) == stored


def test_the_timeline_names_it_and_runs_nothing(as_camille: Client, deal: Deal) -> None:
    sent = {"channel": "email", "material": "proposal", "material_name": "<img src=x>Offer v2"}
    as_camille.post(f"/deals/{deal.pk}/touch", sent)
    page = as_camille.get(f"/deals/{deal.pk}").content.decode()
    assert "A proposal · &lt;img src=x&gt;Offer v2" in page
    assert "<img src=x>" not in page


def test_today_offers_the_same_with_the_same_buttons(as_camille: Client, quiet: Deal) -> None:
    page = as_camille.get(f"/today?item=loop.quiet:{quiet.pk}").content.decode()
    assert f'action="/today/touched/{quiet.pk}" id="touch-form"' in page
    assert page.count('form="touch-form" name="channel"') == 3
    sent = {"channel": "email", "material": "helpful", "material_name": "Reference visit"}
    assert as_camille.post(f"/today/touched/{quiet.pk}", sent).status_code == 302
    touch = Touch.objects.get()
    assert (touch.channel, touch.material, touch.material_name) == ("email", "helpful", "Reference visit")
