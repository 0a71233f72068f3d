"""An advocate names somebody on their own page: what is noted, what is refused, the text they send on."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import Outcome
from rebond.mail.actions import suppress
from rebond.mail.models import Scope, Why
from rebond.refer.actions import advocates as acts
from rebond.refer.models import Advocate, Move, Programme, Referral
from tests.factories import make_company, make_deal, make_person
from tests.refer.own_pages import KARIM, advocate, everything, introduce, link, names, programme, said, words

pytestmark = pytest.mark.django_db
LONG = "x" * 10_000


@pytest.fixture
def helene_introduces(camille: User) -> Advocate:
    programme()
    return advocate(camille)


def test_a_name_is_noted_once_without_a_cookie_and_the_text_to_send_follows(helene_introduces: Advocate) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = introduce(helene_introduces, strict)
    made = Referral.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        303, link(helene_introduces, f"/introduce?for={made.pk}&said=named"),
    )  # fmt: skip
    assert (made.state, made.name, made.company_name, made.email, made.why) == (
        "agreed", "Karim Benali", "Atelier Benali", "karim@atelier.example", "They plan by hand.",
    )  # fmt: skip
    assert (made.advocate, made.ask, made.owner, made.programme) == (
        helene_introduces, None, helene_introduces.owner, Programme.objects.get(),
    )  # fmt: skip
    assert made.terms_shown_at is not None
    assert [(one.to_state, one.reason, one.by) for one in made.moves.all()] == [("agreed", "own_page", None)]
    helene_introduces.refresh_from_db()
    assert (helene_introduces.seen_at is None, helene_introduces.language) == (False, "en")
    page = said(strict, answer["Location"])
    assert "Thank you. It is noted" in page
    assert "A mail to Karim Benali, from you" in page
    again = introduce(helene_introduces, strict)
    assert again["Location"] == answer["Location"]
    assert Referral.objects.count() == Move.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_four_presses_at_the_same_moment_are_one_introduction(helene_introduces: Advocate) -> None:
    answers: list[int] = []

    def press() -> None:
        try:
            answers.append(introduce(helene_introduces).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _press in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303] * 4
    assert Referral.objects.count() == Move.objects.count() == 1


def test_the_same_name_another_day_is_told_and_kept_as_typed(client: Client, helene_introduces: Advocate) -> None:
    names(helene_introduces)
    Referral.objects.update(created_at=timezone.now() - timedelta(days=3))
    answer = introduce(helene_introduces, client, why="Again")
    assert answer.status_code == 409
    assert "the first time counts" in words(answer)
    assert "Again" in answer.content.decode()
    assert Referral.objects.count() == 1


def test_the_mail_to_send_names_nobodys_deal_and_opens_in_their_mail_program(
    client: Client, helene_introduces: Advocate, camille: User
) -> None:
    make_deal("The secret roof", owner=camille, people={helene_introduces.person: "decision_maker"})
    karim = names(helene_introduces)
    body = unescape(client.get(link(helene_introduces, f"/introduce?for={karim.pk}")).content.decode())
    assert "secret roof" not in body
    [mailto] = re.findall(r'href="(mailto:[^"]+)"', body)
    assert mailto.startswith("mailto:karim@atelier.example?subject=")
    assert "%0D%0A" in mailto
    assert " " not in mailto
    assert "Karim" in re.findall(r"<textarea[^>]*>([^<]+)", body)[0]


@pytest.mark.parametrize(("outcome", "no"), [(Outcome.WON, False), (Outcome.LOST, True), (None, False)])
def test_the_mail_speaks_of_a_no_only_where_there_was_one(
    client: Client, helene_introduces: Advocate, camille: User, outcome: str | None, no: bool
) -> None:
    if outcome is not None:
        make_deal(owner=camille, people={helene_introduces.person: "decision_maker"}, outcome=outcome)
    found = set()
    for number in range(3):
        made = names(helene_introduces, f"Ada Firm{number}", email=f"ada@firm{number}.example")
        body = unescape(client.get(link(helene_introduces, f"/introduce?for={made.pk}")).content.decode())
        found |= {text for text in re.findall(r"<textarea[^>]*>([^<]+)", body) if "not for us" in text}
    assert bool(found) is no


def test_saying_that_the_mail_was_sent_is_an_introduction_once(client: Client, helene_introduces: Advocate) -> None:
    karim = names(helene_introduces)
    for _press in range(3):
        answer = client.post(link(helene_introduces, f"/introduce?for={karim.pk}"))
        assert answer.status_code == 303
    karim.refresh_from_db()
    assert (karim.state, karim.mode) == ("introduced", "forward")
    assert list(karim.moves.values_list("to_state", flat=True)) == ["agreed", "introduced"]


def test_ten_thousand_characters_are_refused_and_kept_in_the_field(helene_introduces: Advocate, client: Client) -> None:
    before = everything()
    for field in ("name", "company_name", "email", "phone", "why"):
        answer = introduce(helene_introduces, client, **{field: LONG})
        body = answer.content.decode()
        assert answer.status_code == 400
        assert 'role="alert"' in body
        assert LONG in body
        assert field == "name" or "Karim Benali" in body
    assert everything() == before


def test_a_form_larger_than_can_be_read_is_a_calm_page(client: Client, helene_introduces: Advocate) -> None:
    before = everything()
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100_000):
        answer = introduce(helene_introduces, client, why="x" * 200_000)
    assert answer.status_code == 400
    assert "more than this page can read" in words(answer)
    many = {f"field{number}": "x" for number in range(2000)}
    assert client.post(link(helene_introduces, "/introduce"), many).status_code == 400
    assert everything() == before


def test_a_file_that_is_sent_along_is_kept_nowhere(client: Client, helene_introduces: Advocate) -> None:
    sent = KARIM | {"cv": SimpleUploadedFile("cv.pdf", b"x" * 100)}
    assert client.post(link(helene_introduces, "/introduce"), sent).status_code == 303


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": " "}, "name"),
        ({"email": "", "phone": "", "company_name": ""}, "reach"),
        ({"email": "not an address"}, "address"),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    client: Client, helene_introduces: Advocate, typed: dict[str, str], sentence: str
) -> None:
    answer = introduce(helene_introduces, client, **typed)
    body = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in re.findall(r'role="alert">([^<]+)', body)[0].lower()
    assert "They plan by hand." in body
    assert not Referral.objects.exists()


def _oneself(helene: Advocate, _camille: User) -> dict[str, str]:
    return {"name": "Hélène Marchetti", "email": "helene@groupe-valmy.example"}


def _customer(_helene: Advocate, camille: User) -> dict[str, str]:
    karim = make_person("Karim Benali", email="karim@atelier.example", company=make_company("Atelier Benali"))
    make_deal("Roof", owner=camille, company=karim.company, people={karim: "decision_maker"}, outcome=Outcome.WON)
    return {}


def _suppressed(_helene: Advocate, _camille: User) -> dict[str, str]:
    suppress(
        address="karim@atelier.example", scope=Scope.REFERRAL, why=Why.ASKED, source="test", actor=None,
        now=timezone.now(),
    )  # fmt: skip
    return {}


def _closed(_helene: Advocate, _camille: User) -> dict[str, str]:
    programme(version=2, is_open=False)
    return {}


def _over(_helene: Advocate, _camille: User) -> dict[str, str]:
    programme(version=2, ends_on=timezone.localdate() - timedelta(days=1))
    return {}


@pytest.mark.parametrize("case", [_oneself, _customer, _suppressed, _closed, _over])
def test_who_cannot_be_introduced_is_one_clear_sentence_and_nothing_is_stored(
    client: Client, helene_introduces: Advocate, camille: User, case: Callable[[Advocate, User], dict[str, str]]
) -> None:
    typed = case(helene_introduces, camille)
    before = everything(log=False)
    answer = introduce(helene_introduces, client, **typed)
    body = answer.content.decode()
    assert answer.status_code == 409
    [sentence] = re.findall(r'role="alert">([^<]+)', body)
    assert sentence.endswith(".")
    assert (KARIM | typed)["name"] in body
    assert "They plan by hand." in body
    assert everything(log=False) == before
    told = AuditEntry.objects.filter(verb=acts.NOT_NAMED).values_list("subject_id", "detail")
    expected: list[tuple[str, object]] = [(str(helene_introduces.pk), {})] if case in (_customer, _suppressed) else []
    assert list(told) == expected  # what we know of somebody counts as a name of the day; whose it was is kept nowhere


def test_a_closed_programme_says_so_kindly_and_thanks_stay(client: Client, helene_introduces: Advocate) -> None:
    names(helene_introduces)
    programme(version=2, is_open=False)
    page = said(client, link(helene_introduces))
    assert "Thank you, Hélène Marchetti" in page
    assert "We take no new introductions at the moment." in page
    assert "Introduce someone else" not in page
    form = client.get(link(helene_introduces, "/introduce"))
    assert "No new introductions at the moment" in words(form)
    assert "<form" not in form.content.decode()
    assert "These terms still hold" in said(client, link(helene_introduces, "/reward"))


def test_ten_names_in_a_day_are_enough(client: Client, helene_introduces: Advocate) -> None:
    for number in range(acts.NAMES_A_DAY):
        firm = f"Firm {number}"
        typed = {"name": f"Ada {number}", "email": f"ada@firm{number}.example", "company_name": firm}
        assert introduce(helene_introduces, client, **typed).status_code == 303
    answer = introduce(helene_introduces, client, name="One More", email="one@more.example")
    assert answer.status_code == 429
    assert "come back tomorrow" in words(answer)
    assert "One More" in answer.content.decode()
    assert Referral.objects.count() == acts.NAMES_A_DAY
