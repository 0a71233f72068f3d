from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rebond.accounts.models import Team, User
from rebond.connect.csv.models import ImportRun, SavedMapping
from rebond.deals.models import Deal
from rebond.jobs import worker
from tests.connect.shapes import HUBSPOT
from tests.factories import make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status


def upload(client: Client, content: bytes, name: str = "deals.csv", kind: str = "deals") -> ImportRun:
    answer = client.post("/imports/new", {"kind": kind, "file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content
    work()
    return ImportRun.objects.latest("pk")


def work() -> None:
    worker.run(stop=Event(), name="test", once=True)


@pytest.fixture
def ready(as_nadia: Client, tmp_path: Path) -> ImportRun:
    return upload(as_nadia, HUBSPOT.write(tmp_path).read_bytes())


@pytest.mark.django_db(transaction=True)
def test_a_file_is_looked_at_confirmed_and_goes_in(as_nadia: Client, ready: ImportRun) -> None:
    page = as_nadia.get(f"/imports/{ready.pk}").content.decode()
    assert "<b>3</b> to create" in page
    assert "Closed Lost Reason" in page
    assert "12500.5 → <b>12500.5</b>" in page
    assert not Deal.objects.exists()
    as_nadia.post(f"/imports/{ready.pk}/start")
    assert as_nadia.get(f"/imports/{ready.pk}/state").json()["ended"] is False
    work()
    assert as_nadia.get(f"/imports/{ready.pk}/state").json() == {
        "read": 3, "total": 3, "ended": True, "words": "3 of 3 rows",
    }  # fmt: skip
    assert "<b>3</b> created" in as_nadia.get(f"/imports/{ready.pk}").content.decode()
    assert Deal.objects.count() == 3
    assert "deals.csv" in as_nadia.get("/imports").content.decode()
    assert status(as_nadia, "post", f"/imports/{ready.pk}/start") == 409
    assert status(as_nadia, "post", f"/imports/{ready.pk}/stop") == 409


@pytest.mark.django_db(transaction=True)
def test_a_column_is_corrected_and_remembered(as_nadia: Client, ready: ImportRun, tmp_path: Path) -> None:
    columns = ready.described["columns"]
    place = next(i for i, column in enumerate(columns) if column["header"] == "Pipeline")
    form = {f"column_{i}": column["ours"] for i, column in enumerate(columns)} | {f"column_{place}": "segment"}
    as_nadia.post(f"/imports/{ready.pk}/correct", form | {"zone": "Europe/Paris", "currency": "CHF"})
    assert SavedMapping.objects.count() == 1
    as_nadia.post(f"/imports/{ready.pk}/start")
    work()
    deal = Deal.objects.get(external_id="1")
    assert (deal.segment, deal.currency) == ("Sales", "CHF")
    again = upload(as_nadia, HUBSPOT.write(tmp_path).read_bytes())
    assert again.described["columns"][place]["ours"] == "segment"


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_no_table_says_so_in_the_readers_language(as_nadia: Client, nadia: User) -> None:
    nadia.language = "fr"
    nadia.save()
    run = upload(as_nadia, b"%PDF-1.7", name="deals.pdf")
    page = as_nadia.get(f"/imports/{run.pk}").content.decode()
    assert run.status == "failed"
    assert "Ce n’est pas un tableau." in page
    assert "Traceback" not in page


@pytest.mark.django_db(transaction=True)
def test_an_import_nobody_wants_is_left(as_nadia: Client, ready: ImportRun) -> None:
    as_nadia.post(f"/imports/{ready.pk}/stop")
    ready.refresh_from_db()
    assert ready.status == "cancelled"
    assert status(as_nadia, "post", f"/imports/{ready.pk}/start") == 409
    assert not Deal.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_rows_left_out_are_a_download(as_nadia: Client) -> None:
    run = upload(as_nadia, b"Deal ID,Deal Name,Stage,Amount\n1,A,Open,many\n2,B,Open,5\n")
    as_nadia.post(f"/imports/{run.pk}/start")
    work()
    answer = as_nadia.get(f"/imports/{run.pk}/errors.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert "many" in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_who_may_open_an_import(
    as_nadia: Client, as_yanis: Client, as_admin: Client, north: Team, ready: ImportRun
) -> None:
    teammate = Client()
    teammate.force_login(make_user("Thomas Girard", team=north))
    path = f"/imports/{ready.pk}"
    assert [status(c, "get", path) for c in (as_nadia, teammate, as_admin, as_yanis)] == [200, 200, 200, 404]
    for action in ("correct", "start", "stop"):
        assert_wrong_method(as_nadia, f"{path}/{action}", "post")
        assert status(as_yanis, "post", f"{path}/{action}") == 404
    for page in ("state", "errors.csv"):
        assert_wrong_method(as_nadia, f"{path}/{page}", "get")
        assert status(as_yanis, "get", f"{path}/{page}") == 404
    assert_wrong_method(as_nadia, "/imports", "get")
    assert_signed_out_is_sent_to_sign_in(path)
    assert_signed_out_is_sent_to_sign_in("/imports")
    assert_signed_out_is_sent_to_sign_in("/imports/new", "post")
    ready.refresh_from_db()
    assert ready.status == "ready"


def test_a_form_without_a_file_says_so(as_nadia: Client) -> None:
    answer = as_nadia.post("/imports/new", {"kind": "deals"})
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not ImportRun.objects.exists()
