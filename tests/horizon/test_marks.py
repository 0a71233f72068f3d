"""The journal of what was changed: written, drawn, taken back; and what the log says by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from rebond.accounts.actions import edit_person
from rebond.accounts.models import AuditEntry, Team, User
from rebond.base.errors import Conflict
from rebond.horizon.actions.marks import take_back_mark
from rebond.horizon.models import Mark
from tests.factories import make_user
from tests.horizon.made import NOW, mark, part, text, years

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert('x')</script> & more"


def test_a_line_is_kept_at_its_day_and_drawn_escaped(as_camille: Client, camille: User) -> None:
    years(camille, months=20)
    said = {"on": "2026-04-01", "text": f"  {SCRIPT}  "}
    assert as_camille.post("/long/marks", said).status_code == 302
    made = Mark.objects.get()
    assert (made.team, made.on.isoformat(), made.text, made.by) == (camille.team, "2026-04-01", SCRIPT, camille)
    for name in ("marks", "real"):
        html = part(as_camille, name)
        assert "<script>" not in html
        assert "&lt;script&gt;" in html
    assert SCRIPT not in str(AuditEntry.objects.get(verb="horizon.add_mark").detail)
    assert "1: 1 April 2026, <script>" in text(part(as_camille, "real"))


@pytest.mark.parametrize(
    ("day", "words", "code"),
    [("2026-06-10", "Tomorrow", "bad_day"), ("soon", "x", "bad_day"), ("", "x", "bad_day"),
     ("1066-10-14", "x", "bad_day"), ("2026-06-09", "   ", "text_missing")],
)  # fmt: skip
def test_what_cannot_be_noted_is_said(as_camille: Client, day: str, words: str, code: str) -> None:
    answer = as_camille.post("/long/marks", {"on": day, "text": words}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, code)
    assert not Mark.objects.exists()


def test_a_line_of_the_whole_length_is_cut_nowhere_and_a_longer_one_at_160(as_camille: Client) -> None:
    as_camille.post("/long/marks", {"on": "2026-06-01", "text": "é" * 500})
    assert Mark.objects.get().text == "é" * 160


def test_who_reads_and_who_takes_back(
    as_camille: Client, as_nadia: Client, as_yanis: Client, camille: User, north: Team
) -> None:
    thomas = Client()
    thomas.force_login(make_user("Thomas Girard", team=north))
    made, everybodys = mark(north, "Prices by the hour", by=camille), mark(None, "A new CRM")
    assert "Prices by the hour" in part(thomas, "marks")
    assert "Prices by the hour" not in part(as_yanis, "marks")
    assert "A new CRM" in part(as_yanis, "marks")
    assert thomas.post(f"/long/marks/{made.pk}/take-back").status_code == 403
    assert as_nadia.post(f"/long/marks/{everybodys.pk}/take-back").status_code == 403
    assert as_camille.post(f"/long/marks/{made.pk}/take-back").status_code == 302
    assert as_camille.post(f"/long/marks/{made.pk}/take-back").status_code == 409
    assert "Prices by the hour" not in part(as_camille, "marks")
    assert Mark.objects.get(pk=made.pk).taken_back_at == NOW


def test_an_administrator_writes_everybodys_or_one_teams(as_admin: Client, as_camille: Client, south: Team) -> None:
    as_admin.post("/long/marks", {"on": "2026-06-01", "text": "A new CRM"})
    as_admin.post("/long/marks", {"on": "2026-06-01", "text": "South only", "team": str(south.pk)})
    assert as_camille.post("/long/marks", {"on": "2026-06-01", "text": "x", "team": str(south.pk)}).status_code == 404
    assert list(Mark.objects.order_by("pk").values_list("team", "text")) == [
        (None, "A new CRM"),
        (south.pk, "South only"),
    ]


def test_somebody_without_a_team_has_no_journal_to_write(db: None) -> None:
    alone = Client()
    alone.force_login(make_user("Alone", team=None))
    assert alone.post("/long/marks", {"on": "2026-06-01", "text": "x"}).status_code == 403
    assert "Note what changed" not in part(alone, "marks")


def test_a_second_take_back_is_a_conflict(camille: User) -> None:
    made = mark(camille.team)
    take_back_mark(mark=made, actor=camille, now=NOW)
    with pytest.raises(Conflict):
        take_back_mark(mark=made, actor=camille, now=NOW)


def test_a_seller_who_changes_team_is_said_in_both(
    as_camille: Client, as_yanis: Client, as_nadia: Client, admin_user: User, camille: User, south: Team
) -> None:
    edit_person(user=camille, changes={"team": south}, actor=admin_user, now=NOW - timedelta(days=8))
    assert "A seller left the team; all their deals went along, past ones too" in text(part(as_nadia, "marks"))
    assert "A seller came to the team; all their deals came along" in text(part(as_yanis, "marks", "whose=team"))
    assert "Changed team; all their deals came along" in text(part(as_camille, "marks"))
    assert "team;" not in text(part(as_yanis, "marks"))
