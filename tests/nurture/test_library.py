from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, User
from rebond.cli import main
from rebond.deals.models import Person
from rebond.nurture.actions.library import ensure_starters, mark_checked
from rebond.nurture.models import ContentWish, Piece, PieceTag
from tests.nurture.shelf import NOW, TODAY, give, make_piece
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

TYPED = {
    "title": "What Lumen measured", "summary": "Figures before and after.", "kind": "case", "language": "fr",
    "url": "https://example.com/lumen", "review_on": "2027-06-09", "reasons": ["value_unclear"], "topics": ["proof"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def test_an_empty_shelf_offers_six_starter_pieces_and_stores_nothing_until_asked(as_camille: Client) -> None:
    page = as_camille.get("/library").content.decode()
    assert page.count("<li><b>") == 6
    assert "Ten questions that settle a decision" in page
    assert Piece.objects.count() == 0
    assert as_camille.post("/library/starters").status_code == 302
    assert Piece.objects.filter(is_starter=True).count() == 12
    assert set(Piece.objects.values_list("language", flat=True)) == {"en", "fr"}
    assert "12 pieces" in as_camille.get("/library").content.decode()


def test_the_starter_pieces_come_once_even_when_they_were_retired(admin_user: User) -> None:
    assert ensure_starters(actor=admin_user, now=NOW) == 12
    Piece.objects.update(retired_at=NOW)
    assert ensure_starters(actor=admin_user, now=NOW) == 0
    assert Piece.objects.count() == 12


def test_every_starter_piece_names_reasons_of_the_list_and_topics_of_ours(admin_user: User) -> None:
    from rebond.learn import taxonomy
    from rebond.nurture.library.topics import TOPICS

    ensure_starters(actor=admin_user, now=NOW)
    tags = PieceTag.objects.values_list("kind", "value")
    assert {value for kind, value in tags if kind == "reason"} <= set(taxonomy.BUILT_IN)
    assert {value for kind, value in tags if kind == "topic"} <= set(TOPICS)


def test_a_seller_puts_a_piece_on_the_shelf(as_camille: Client, camille: User) -> None:
    answer = as_camille.post("/library/new", TYPED | {"owner": camille.pk})
    piece = Piece.objects.get()
    assert answer["Location"] == f"/library/{piece.pk}"
    assert (piece.title, piece.url, piece.owner, piece.version) == (TYPED["title"], TYPED["url"], camille, 1)
    assert set(piece.tags.values_list("kind", "value")) == {("reason", "value_unclear"), ("topic", "proof")}
    assert AuditEntry.objects.filter(verb="nurture.add_piece", subject_id=str(piece.pk), actor=camille).count() == 1
    page = as_camille.get(f"/library/{piece.pk}").content.decode()
    assert "Figures before and after." in page
    assert "Not sent to anybody yet." in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"url": ""}, "url"), ({"title": ""}, "title"), ({"summary": " "}, "summary"),
     ({"url": "javascript:alert(1)"}, "url"),
     ({"url": "ftp://example.com/x"}, "url"), ({"kind": "newsletter"}, "kind"), ({"language": "xx"}, "language"),
     ({"reasons": ["no_such_reason"]}, "reasons"), ({"review_on": "soon"}, "review_on")],
)  # fmt: skip
def test_what_cannot_be_used_is_kept_in_the_form_and_nothing_is_stored(
    as_camille: Client, typed: dict[str, object], field: str
) -> None:
    answer = as_camille.post("/library/new", TYPED | typed)
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert Piece.objects.count() == 0
    kept = "summary" if field == "title" else "title"
    assert str(TYPED[kept]) in answer.content.decode()


def test_changing_it_makes_another_edition_and_asks_its_address_anew(as_camille: Client, camille: User) -> None:
    piece = make_piece("Old", url="https://example.com/old", owner=camille, reasons=("timing", "terms"))
    mark_checked(piece=piece, ok=False, now=NOW - timedelta(days=7))
    mark_checked(piece=piece, ok=False, now=NOW)
    assert "has not answered since 2 June" in as_camille.get(f"/library/{piece.pk}").content.decode()
    assert as_camille.get(f"/library/{piece.pk}/edit").status_code == 200
    answer = as_camille.post(f"/library/{piece.pk}/edit", TYPED | {"reasons": ["terms"], "topics": []})
    assert answer.status_code == 302
    piece.refresh_from_db()
    assert (piece.version, piece.title, piece.broken_since, piece.checked_at) == (2, TYPED["title"], None, None)
    assert list(piece.tags.values_list("value", flat=True)) == ["terms"]


def test_a_broken_link_is_flagged_in_the_list_and_waits_for_somebody(as_camille: Client) -> None:
    make_piece("Fine", url="https://example.com/a")
    make_piece("Gone", url="https://example.com/b", broken_since=NOW - timedelta(days=7), checked_at=NOW)
    page = as_camille.get("/library").content.decode()
    assert "its address does not answer" in page
    assert "1 waits for somebody" in page
    waiting = as_camille.get("/library?state=waiting")
    assert [row.piece.title for row in waiting.context["rows"]] == ["Gone"]


def test_looked_at_again_it_holds_for_twelve_months_more(as_nadia: Client) -> None:
    piece = make_piece("Old", review_on=TODAY - timedelta(days=10))
    assert "to be looked at again" in as_nadia.get("/library").content.decode()
    as_nadia.post(f"/library/{piece.pk}/reviewed")
    piece.refresh_from_db()
    assert piece.review_on == TODAY + timedelta(days=365)
    assert "to be looked at again" not in as_nadia.get("/library").content.decode()


def test_retired_it_leaves_the_list_and_comes_back(as_nadia: Client) -> None:
    piece = make_piece("Here")
    as_nadia.post(f"/library/{piece.pk}/retire")
    assert list(as_nadia.get("/library").context["rows"]) == []
    assert [row.piece.title for row in as_nadia.get("/library?state=retired").context["rows"]] == ["Here"]
    assert as_nadia.post(f"/library/{piece.pk}/reviewed").status_code == 409
    as_nadia.post(f"/library/{piece.pk}/retire", {"back": "1"})
    assert [row.piece.title for row in as_nadia.get("/library").context["rows"]] == ["Here"]
    assert AuditEntry.objects.filter(verb__startswith="nurture.").count() == 2


def test_it_is_narrowed_by_reason_language_kind_and_words(as_camille: Client) -> None:
    make_piece("Alpha", reasons=("timing",), kind="case")
    make_piece("Beta", language="en", also_for="de")

    def shown(query: str) -> list[str]:
        return [row.piece.title for row in as_camille.get(f"/library?{query}").context["rows"]]

    assert shown("reason=timing") == ["Alpha"]
    assert shown("language=de") == ["Beta"]
    assert shown("kind=case") == ["Alpha"]
    assert shown("q=bet") == ["Beta"]
    assert shown("reason=x&language=y&kind=z&state=w") == ["Beta", "Alpha"]
    assert "No piece like this" in as_camille.get("/library?q=nothing").content.decode()


def test_what_a_colleague_typed_is_shown_and_not_run(as_camille: Client) -> None:
    piece = make_piece("<script>alert(1)</script>", summary="<b>x</b>", text="</pre><script>x</script>")
    for path in ("/library", f"/library/{piece.pk}"):
        page = as_camille.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<b>x</b>" not in page
        assert "</pre><script>" not in page


def test_a_thousand_pieces_take_as_few_queries_as_one(
    as_camille: Client, camille: User, helene: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    made = Piece.objects.bulk_create(
        Piece(title=f"Piece {n}", language="fr", kind="article", summary="x", text="x", owner=camille,
              review_on=TODAY, created_at=NOW, updated_at=NOW) for n in range(1000)
    )  # fmt: skip
    PieceTag.objects.bulk_create(PieceTag(piece=one, kind="reason", value="timing") for one in made)
    for one in made[:5]:
        give(one, helene, days_ago=3)
    with django_assert_max_num_queries(16):
        page = as_camille.get("/library")
    assert len(page.context["rows"]) == 50
    assert len(page.content) < 150_000
    with django_assert_max_num_queries(16):
        as_camille.get(f"/library/{made[0].pk}")


def test_the_doors(
    as_camille: Client, as_yanis: Client, as_nadia: Client, as_admin: Client, camille: User, yanis: User
) -> None:
    hers, nobodys = make_piece("Hers", owner=camille), make_piece("Nobody's")
    for path in ("/library", "/library/new", f"/library/{hers.pk}"):
        assert_signed_out_is_sent_to_sign_in(path)
        assert [status(one, "get", path) for one in (as_camille, as_yanis, as_nadia, as_admin)] == [200] * 4
    assert_wrong_method(as_camille, "/library", "get")
    for verb in ("retire", "reviewed"):
        assert_wrong_method(as_camille, f"/library/{hers.pk}/{verb}", "post")
        assert_signed_out_is_sent_to_sign_in(f"/library/{hers.pk}/{verb}", "post")
        assert status(as_yanis, "post", f"/library/{hers.pk}/{verb}") == 403
        assert status(as_camille, "post", f"/library/{nobodys.pk}/{verb}") == 403
    assert status(as_yanis, "get", f"/library/{hers.pk}/edit") == 403
    assert status(as_camille, "get", f"/library/{hers.pk}/edit") == 200
    assert status(as_nadia, "get", f"/library/{hers.pk}/edit") == 200
    assert status(as_camille, "get", "/library/999999") == 404
    assert status(as_camille, "post", "/library/999999/retire") == 404
    assert_wrong_method(as_camille, "/library/starters", "post")
    assert_signed_out_is_sent_to_sign_in("/library/starters", "post")
    hers.refresh_from_db()
    assert hers.retired_at is None


def test_the_command_lists_adds_and_says_what_is_missing(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["library", "list"]) == 0
    assert "No such piece." in capsys.readouterr().out
    words = ["library", "add", "Our terms", "--summary", "In plain words.", "--language", "en", "--json"]
    assert main([*words, "--url", "https://example.com/terms", "--reason", "terms", "--topic", "total_cost"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert Piece.objects.get(pk=made["id"]).tags.count() == 2
    assert main(["library", "list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["title"], listed["standing"], listed["results"]["sent"]) == ("Our terms", "live", 0)
    assert main(["library", "gaps"]) == 0
    assert "Nothing is missing" in capsys.readouterr().out
    assert main([*words, "--url", "file:///etc/passwd"]) == 2
    assert main([*words, "--url", "https://example.com", "--reason", "nonsense"]) == 2
    assert main(words) == 2
    assert Piece.objects.count() == 1
    assert ContentWish.objects.count() == 0
