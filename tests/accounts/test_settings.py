from __future__ import annotations

from django.test import Client

from rebond.accounts.models import User
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method

GOOD = {
    "name": "Camille A.", "language": "fr", "time_zone": "America/Montreal", "theme": "dark", "day_minutes": "30",
}  # fmt: skip


def test_a_persons_choices_are_stored_and_used(as_camille: Client, camille: User) -> None:
    assert as_camille.post("/settings", GOOD)["Location"] == "/settings"
    camille.refresh_from_db()
    assert (camille.language, camille.time_zone, camille.theme, camille.letter_keys) == (
        "fr", "America/Montreal", "dark", False,
    )  # fmt: skip
    page = as_camille.get("/today").content.decode()
    assert 'lang="fr"' in page
    assert 'data-theme="dark"' in page
    assert 'data-keys="off"' in page


def test_a_time_zone_that_does_not_exist_is_refused(as_camille: Client, camille: User) -> None:
    assert as_camille.post("/settings", GOOD | {"time_zone": "Mars/Olympus"}).status_code == 200
    camille.refresh_from_db()
    assert camille.time_zone == "Europe/Paris"


def test_the_language_button_switches_and_returns(as_camille: Client, camille: User) -> None:
    answer = as_camille.post("/language", {"language": "fr", "next": "/deals?outcome=lost"})
    camille.refresh_from_db()
    assert (answer["Location"], camille.language) == ("/deals?outcome=lost", "fr")


def test_the_language_button_never_leads_elsewhere(as_camille: Client) -> None:
    assert as_camille.post("/language", {"language": "fr", "next": "https://evil.example/"})["Location"] == "/today"


def test_an_unknown_language_is_refused_with_a_sentence(as_camille: Client, camille: User) -> None:
    answer = as_camille.post("/language", {"language": "xx"})
    assert answer.status_code == 400
    assert b"Nothing was changed" in answer.content


def test_the_theme_button_stores_the_theme(as_camille: Client, camille: User) -> None:
    as_camille.post("/theme", {"theme": "dark"})
    camille.refresh_from_db()
    assert camille.theme == "dark"


def test_the_doors(as_camille: Client) -> None:
    assert_wrong_method(as_camille, "/language", "post")
    assert_wrong_method(as_camille, "/theme", "post")
    assert_signed_out_is_sent_to_sign_in("/settings")
