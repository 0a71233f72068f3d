"""What a person sees when something is wrong: words, a code, what to do; never a traceback."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import path

from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.deals.models import Deal
from rebond.web import urls as ours


def breaks(request: object) -> None:
    raise ZeroDivisionError("secret detail")


def refuses(request: object) -> None:
    raise RebondError("The door is closed. Nothing was changed. Knock.", code="door_closed")


urlpatterns = [path("breaks", breaks), path("refuses", refuses), *ours.urlpatterns]
handler400, handler403 = ours.handler400, ours.handler403
handler404, handler500 = ours.handler404, ours.handler500


@pytest.mark.parametrize(("language", "words"), [("en", "That did not work"), ("fr", "Cela n’a pas marché")])
def test_an_address_that_leads_nowhere_says_so_in_both_languages(
    as_camille: Client, camille: User, language: str, words: str
) -> None:
    camille.language = language
    camille.save()
    for address in ("/nowhere", "/deals/999999"):
        answer = as_camille.get(address)
        assert answer.status_code == 404
        assert words in answer.content.decode()


@pytest.mark.urls("tests.web.test_errors")
def test_an_error_of_ours_shows_its_sentence_and_code(as_camille: Client) -> None:
    answer = as_camille.get("/refuses")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "The door is closed. Nothing was changed. Knock." in page
    assert "door_closed" in page


@pytest.mark.urls("tests.web.test_errors")
def test_what_nobody_expected_shows_no_traceback(as_camille: Client) -> None:
    as_camille.raise_request_exception = False
    answer = as_camille.get("/breaks")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "Traceback" not in page
    assert "secret detail" not in page
    assert "ZeroDivisionError" not in page


def test_a_form_from_elsewhere_is_refused_and_changes_nothing(camille: User, deal: Deal) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(camille)
    answer = client.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "timing"})
    assert answer.status_code == 403
    assert "Traceback" not in answer.content.decode()
    deal.refresh_from_db()
    assert deal.outcome == "open"


def test_every_page_says_what_a_browser_may_do_with_it(as_camille: Client) -> None:
    answer = as_camille.get("/today")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_health_answers_without_a_sign_in(client: Client, db: None) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
