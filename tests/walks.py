"""The walk every screen takes: works, wrong method, teammate, outsider, signed out."""

from __future__ import annotations

from django.test import Client

OTHER = {"get": "post", "post": "get"}


def status(client: Client, method: str, path: str) -> int:
    """What ``client`` is answered."""
    return int(getattr(client, method)(path).status_code)


def assert_signed_out_is_sent_to_sign_in(path: str, method: str = "get") -> None:
    answer = getattr(Client(), method)(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith(("/account/login/", "/start"))


def assert_wrong_method(client: Client, path: str, right: str) -> None:
    assert status(client, OTHER[right], path) == 405
