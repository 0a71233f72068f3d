"""Mail through a provider's HTTP interface: what it gets, and that its silence is never taken for a yes or a no."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from rebond.base.errors import RebondError
from rebond.mail.models import MessageStatus
from rebond.mail.outgoing import provider
from rebond.mail.purposes import Letter
from tests.mail import purposes
from tests.mail.provider_server import ProviderServer, providing
from tests.mail.purposes import SECRET, plan
from tests.mail.test_sending import row, sent

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)


@pytest.fixture
def postmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderServer]:
    with providing() as server:
        monkeypatch.setattr(settings.CONFIG, "mail_url", server.url)
        monkeypatch.setattr(settings.CONFIG, "mail_from", "Rebond <rebond@ours.example>")
        yield server


def test_a_mail_arrives_whole_under_our_message_id_and_the_providers_number_is_kept(
    postmark: ProviderServer, now: datetime
) -> None:
    plan("test:1", now)
    assert sent(now) == {"accepted": 1}
    (got,) = postmark.taken
    kept = row("test:1")
    headers = {one["Name"]: one["Value"] for one in got["Headers"]}
    assert (got["path"], postmark.tokens) == ("/email", ["token/1"])
    assert got["From"] == "Camille Aubry <rebond@ours.example>"
    assert got["To"] == "Hélène Marchetti <helene@valmy.example>"
    assert (got["Subject"], got["ReplyTo"]) == ("Email test:1", "camille@rebond.example")
    assert got["TextBody"] == f"Hello Hélène Marchetti,\n\n{SECRET}\n.\nBye\n"
    assert SECRET in got["HtmlBody"]
    assert headers["Message-ID"] == kept.message_id
    assert headers["X-PM-KeepID"] == "true"
    assert headers["List-Unsubscribe"] == f"<{SECRET}/{'x' * 120}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert (kept.status, kept.provider_id) == (MessageStatus.ACCEPTED, "b7bc2f4a-0001")
    assert purposes.told == [("accepted", "test:1")]


def test_a_plain_letter_goes_without_a_second_part(postmark: ProviderServer, now: datetime) -> None:
    purposes.letters["test:1"] = Letter("Bonjour à tous", "Ça va ?", reply_to="Équipe <a@b.example>, c@d.example")
    plan("test:1", now, recipient_name="")
    assert sent(now) == {"accepted": 1}
    (got,) = postmark.taken
    assert "HtmlBody" not in got
    assert (got["Subject"], got["TextBody"]) == ("Bonjour à tous", "Ça va ?\n")
    assert got["ReplyTo"] == "Équipe <a@b.example>, c@d.example"


@pytest.mark.parametrize(
    ("status", "code", "fate"),
    [
        (422, 406, "refused"),  # the address is inactive
        (422, 300, "refused"),  # it cannot be used
        (422, 400, "again"),  # our sender is not known there
        (401, 10, "again"), (429, 0, "again"), (500, 0, "again"), (503, 0, "again"),
        (502, 0, "unknown"), (504, 0, "unknown"),
    ],
)  # fmt: skip
def test_an_answer_says_what_became_of_it(
    postmark: ProviderServer, now: datetime, status: int, code: int, fate: str
) -> None:
    postmark.status, postmark.code = status, code
    plan("test:1", now)
    assert sent(now) == {fate: 1}
    answer = row("test:1").answer
    assert "token" not in answer
    assert answer.startswith((str(status), "AnymailRecipientsRefused"))
    postmark.status, postmark.code = 200, 0
    assert sent(now + QUARTER) == ({"accepted": 1} if fate == "again" else {})
    assert len(postmark.taken) == (fate == "again")


@pytest.mark.parametrize("manner", ["hang", "die"])
def test_silence_after_the_request_has_left_is_unknown_and_nothing_goes_twice(
    postmark: ProviderServer, now: datetime, monkeypatch: pytest.MonkeyPatch, manner: str
) -> None:
    monkeypatch.setattr(provider, "PATIENCE", 0.5)
    postmark.manner = manner
    plan("test:1", now)
    assert sent(now) == {"unknown": 1}
    assert len(postmark.taken) == 1
    postmark.manner = ""
    assert sent(now + timedelta(days=2)) == {}
    assert (len(postmark.taken), row("test:1").status) == (1, MessageStatus.UNKNOWN)


def test_a_provider_that_cannot_be_reached_is_tried_again_later(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    with providing() as server:
        url = server.url
    monkeypatch.setattr(settings.CONFIG, "mail_url", url)
    plan("test:1", now)
    plan("test:2", now)
    assert sent(now) == {"again": 2}
    assert row("test:1").status == MessageStatus.DEFERRED
    assert "token" not in row("test:1").answer


@pytest.mark.filterwarnings("ignore:django-anymail has dropped official support")
@pytest.mark.parametrize("name", sorted(provider.NAMES))
def test_every_provider_of_the_list_takes_the_credentials_of_its_address(name: str) -> None:
    read = provider.read(f"provider+{name}://one:two@mail.valmy.example")
    backend = importlib.import_module(f"anymail.backends.{name}").EmailBackend(timeout=1, **dict(read.credentials))
    assert {value for value in vars(backend).values() if isinstance(value, str)} & {"one", "two"}
    assert "one" not in repr(read)


@pytest.mark.parametrize(
    "url",
    ["provider+nobody://key@", "provider+postmark://", "provider+mailgun://key@", "provider+mailjet://key@", "x://"],
)
def test_an_address_of_no_provider_says_what_to_write(url: str) -> None:
    with pytest.raises(RebondError, match="provider") as error:
        provider.read(url)
    assert error.value.code == "bad_mail_url"
