from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, User
from rebond.nurture.drafts.templates import KEYS, built_in, in_force, newest_for
from rebond.nurture.models import NoteTemplate
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

PATH = "/library/templates/check_in/fr"
TYPED = {"subject": "Des nouvelles ?", "body": "{hello}\n\n[[Et {company} ?]]\n\n{seller_first}", "whose": "mine"}


def in_use(user: User, key: str = "check_in", language: str = "fr") -> str:
    found = in_force(newest_for([user.pk]), key, language, user.pk)
    return found.subject if found else built_in(key, language)[0].subject


def test_every_note_is_listed_with_whose_words_are_in_force(as_camille: Client, camille: User) -> None:
    page = as_camille.get("/library/templates").content.decode()
    assert page.count("built in") == 2 * len(KEYS)
    as_camille.post(PATH, TYPED)
    page = as_camille.get("/library/templates").content.decode()
    assert page.count("built in") == 2 * len(KEYS) - 1
    assert page.count("your words") == 1


def test_a_seller_saves_words_of_their_own_and_sees_them_with_a_sample_person(
    as_camille: Client, camille: User, yanis: User
) -> None:
    assert as_camille.post(PATH, TYPED)["Location"] == f"{PATH}?whose=mine"
    kept = NoteTemplate.objects.get()
    assert (kept.owner, kept.version, kept.body, kept.by) == (camille, 1, TYPED["body"], camille)
    page = as_camille.get(PATH)
    assert page.context["preview"].body == "Bonjour Hélène,\n\nEt Groupe Valmy ?\n\nCamille"
    assert page.context["preview"].bare == "Bonjour,\n\nCamille"
    assert in_use(camille) == "Des nouvelles ?"
    assert in_use(yanis) == built_in("check_in", "fr")[0].subject
    assert AuditEntry.objects.filter(verb="nurture.save_template", actor=camille).count() == 1


def test_a_manager_changes_everybodys_and_a_sellers_own_goes_before(
    as_nadia: Client, as_camille: Client, camille: User, yanis: User
) -> None:
    as_nadia.post(PATH, TYPED | {"subject": "Maison", "whose": "everybody"})
    assert [in_use(one) for one in (camille, yanis)] == ["Maison", "Maison"]
    as_camille.post(PATH, TYPED)
    assert [in_use(one) for one in (camille, yanis)] == ["Des nouvelles ?", "Maison"]


def test_back_to_the_built_in_words_keeps_every_edition(as_camille: Client, camille: User) -> None:
    as_camille.post(PATH, TYPED)
    as_camille.post(PATH, TYPED | {"subject": "Autre"})
    as_camille.post(PATH, {"whose": "mine", "built_in": "1"})
    assert in_use(camille) == built_in("check_in", "fr")[0].subject
    assert list(NoteTemplate.objects.order_by("version").values_list("version", "subject")) == [
        (1, "Des nouvelles ?"),
        (2, "Autre"),
        (3, ""),
    ]
    page = as_camille.get(PATH).content.decode()
    assert "3 editions" in page
    assert "Autre" in page


@pytest.mark.parametrize(
    ("body", "said"),
    [("{hello} {firstname}", "{firstname} is none of the words in braces we know."),
     ("{hello} {company}", "{company} is not known for everybody."), ("{hello} [[{company}", "has no ]] of its own"),
     ("{hello} {", "A brace stands alone."), (" ", "A note needs a subject and a text."), ("x" * 5000, "too long")],
)  # fmt: skip
def test_what_cannot_be_filled_is_refused_says_why_and_keeps_what_was_typed(
    as_camille: Client, body: str, said: str
) -> None:
    answer = as_camille.post(PATH, TYPED | {"body": body})
    assert answer.status_code == 400
    page = answer.content.decode().replace("&#x27;", "'")
    assert said in page
    assert body.strip() in page
    assert NoteTemplate.objects.count() == 0


def test_looking_first_stores_nothing(as_camille: Client) -> None:
    answer = as_camille.post(PATH, TYPED | {"look": "1"})
    assert answer.context["preview"].subject == "Des nouvelles ?"
    assert NoteTemplate.objects.count() == 0


def test_markup_in_a_template_is_shown_and_not_run(as_camille: Client) -> None:
    as_camille.post(PATH, TYPED | {"body": "{hello} <script>alert(1)</script></textarea>"})
    page = as_camille.get(PATH).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_list_takes_few_queries_with_a_thousand_editions(
    as_camille: Client, camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    NoteTemplate.objects.bulk_create(
        NoteTemplate(key=list(KEYS)[n % len(KEYS)], language="fr", owner=camille, version=n, subject="x", body="x",
                     at=camille.joined_at, by=camille) for n in range(1000)
    )  # fmt: skip
    with django_assert_max_num_queries(12):
        assert as_camille.get("/library/templates").status_code == 200
    with django_assert_max_num_queries(12):
        assert as_camille.get(PATH).status_code == 200


def test_the_doors(as_camille: Client, as_yanis: Client, as_nadia: Client, as_admin: Client) -> None:
    for path in ("/library/templates", PATH):
        assert_signed_out_is_sent_to_sign_in(path)
        assert [status(one, "get", path) for one in (as_camille, as_yanis, as_nadia, as_admin)] == [200] * 4
    assert_wrong_method(as_camille, "/library/templates", "get")
    assert as_camille.put(PATH).status_code == 405
    assert_signed_out_is_sent_to_sign_in(PATH, "post")
    for wrong in ("/library/templates/nothing/fr", "/library/templates/check_in/de"):
        assert status(as_camille, "get", wrong) == 404
        assert as_camille.post(wrong, TYPED).status_code == 404
    assert as_camille.post(PATH, TYPED | {"whose": "everybody"}).status_code == 403
    assert as_camille.post(PATH, {"whose": "everybody", "built_in": "1"}).status_code == 403
    assert NoteTemplate.objects.count() == 0
