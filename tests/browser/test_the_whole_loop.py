"""A new user walks the whole loop in a real browser: first start, import, close, debrief, perspective, Today."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.browser.conftest import Visit, Window
from tests.browser.product import Product

pytestmark = pytest.mark.browser
TODAY = datetime.now(tz=ZoneInfo("Europe/Paris")).date()
DAYS = {"opened": 80, "closed": 25, "recent": 5}

ROWS = {
    "en": """Deal ID,Deal Name,Company,Deal Stage,Amount,Create Date,Close Date,Deal Owner,Closed Lost Reason
D-1,Lift monitoring,Lumen Habitat,Negotiation,"12,000.00",{recent},,Camille Aubry,
D-2,Energy audit,Harbour Systems,Closed Lost,"8,600.00",{opened},{closed},Camille Aubry,No budget
D-3,Boiler care,Maison Bois,Closed Won,"3,450.50",{opened},{closed},Camille Aubry,
""",
    "fr": """N° affaire;Nom de l'affaire;Société;Étape;Montant;Date de création;Date de clôture;Propriétaire;Motif
D-1;Suivi des ascenseurs;Lumen Habitat;Négociation;12 000,00;{recent};;Camille Aubry;
D-2;Audit énergétique;Groupe Bois;Perdu;8 600,00;{opened};{closed};Camille Aubry;Pas de budget
D-3;Entretien chaufferie;Maison Bois;Gagné;3 450,50;{opened};{closed};Camille Aubry;
""",
}
SAYS = {
    "en": {"empty": "Nothing worth your time right now", "read": "What we understood", "created": "3 created",
           "one_no": "One no, and the line it stands in", "due": "1 deal has taught us nothing yet"},
    "fr": {"empty": "Rien qui vaille votre temps en ce moment", "read": "Ce que nous avons compris",
           "created": "3 créées", "one_no": "Un non, et la ligne où il s’inscrit",
           "due": "1 affaire ne nous a encore rien appris"},
}  # fmt: skip


def export(folder: Path, language: str) -> Path:
    """A CRM's own export, in its language's way of writing days and amounts."""
    day = {"en": "%m/%d/%Y", "fr": "%d/%m/%Y"}[language]
    days = {name: (TODAY - timedelta(days=ago)).strftime(day) for name, ago in DAYS.items()}
    text = ROWS[language].format(**days)
    path = folder / f"export-{language}.csv"
    path.write_bytes(text.encode("cp1252" if language == "fr" else "utf-8"))
    return path


def begins(visit: Visit, language: str) -> None:
    visit.go("/")
    assert visit.page.url.endswith("/start")
    assert visit.page.get_attribute("html", "lang") == language
    visit.page.fill("[name=name]", "Camille Aubry")
    visit.page.fill("[name=email]", "camille@atelier.example")
    visit.page.fill("[name=password]", "nine noes and a yes")
    visit.submit(".btn.go")
    assert visit.page.url.endswith("/today")
    assert SAYS[language]["empty"] in visit.page.inner_text("main")


def imports(visit: Visit, language: str, file: Path) -> None:
    visit.page.keyboard.press("g")
    visit.press("i")
    visit.submit("main a[href='/imports/new'] >> nth=0")
    visit.page.set_input_files("[type=file]", file)
    visit.submit(".btn.go")
    visit.page.wait_for_selector(f"h2:has-text('{SAYS[language]['read']}')", timeout=30_000)
    assert visit.axe() == []
    visit.page.wait_for_selector(".btn.go")
    visit.submit(".btn.go")
    visit.page.wait_for_selector("main a[href='/deals']", timeout=30_000)
    assert SAYS[language]["created"] in visit.page.inner_text("main")
    assert visit.axe() == []
    visit.go("/today")
    assert SAYS[language]["empty"] in visit.page.inner_text("main")  # history never asks for anything


def closes_as_lost(visit: Visit) -> None:
    visit.go("/deals?outcome=open")
    visit.page.keyboard.press("j")
    visit.press("Enter")
    visit.page.keyboard.press("w")
    assert visit.page.locator("[name=outcome]").input_value() == "won"
    visit.page.locator("[name=outcome]").blur()
    visit.page.keyboard.press("l")
    assert visit.page.locator("[name=outcome]").input_value() == "lost"
    visit.page.select_option("[name=reason]", "no_budget")
    visit.page.select_option("[name=competitor]", "none")
    visit.submit("#close .btn.go")


def debriefs(visit: Visit, language: str) -> None:
    visit.go("/debriefs")
    assert SAYS[language]["due"] in visit.page.inner_text("h1")
    visit.submit("main .btn.go")
    for number, key in enumerate("131241", start=1):
        assert visit.page.inner_text("legend").startswith(f"{number}.")
        visit.page.keyboard.press(key)
        visit.submit(".btn.go")
        if number == 3:  # resumable: leaving half-way loses nothing
            visit.go("/debriefs")
            visit.submit("main .btn.go")
    assert visit.page.locator("[name=reason_1]").input_value() == "no_budget"
    visit.page.select_option("[name=acted_1]", index=1)
    visit.submit(".btn.go")
    visit.page.fill("[name=keep]", "Came with numbers")
    visit.page.fill("[name=change]", "Ask who signs")
    visit.page.fill("[name=due_on]", TODAY.isoformat())
    visit.submit(".btn.go")
    assert visit.page.inner_text("h1") == SAYS[language]["one_no"]
    assert visit.page.inner_text(".say >> nth=0").startswith("3 ")  # three decided: too few to say more


def works_today_by_keyboard(visit: Visit, language: str) -> None:
    visit.submit("main .btn.go")
    assert "Ask who signs" in visit.page.inner_text("main")
    visit.press("d")
    assert SAYS[language]["empty"] in visit.page.inner_text("main")
    visit.press("z")
    assert visit.page.locator("a.row").count() == 1
    visit.press("d")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_new_user_walks_the_whole_loop(empty_product: Product, window: Window, tmp_path: Path, language: str) -> None:
    visit = window(empty_product, language=language)
    begins(visit, language)
    imports(visit, language, export(tmp_path, language))
    closes_as_lost(visit)
    debriefs(visit, language)
    works_today_by_keyboard(visit, language)
    assert (visit.errors, visit.foreign) == ([], [])
    shown = json.loads(empty_product.rebond("show", "D-1", "--json").stdout)
    [event] = shown["close_events"]
    assert (event["outcome"], event["competitor"]) == ("lost", "none")
    assert [(r["code"], r["source"], r["role"]) for r in event["reasons"]] == [("no_budget", "seller", "primary")]
    past = json.loads(empty_product.rebond("show", "D-2", "--json").stdout)["close_events"][0]
    assert past["closed_at"].startswith((TODAY - timedelta(days=25)).isoformat())
    assert [(r["code"], r["verbatim"]) for r in past["reasons"]] == [
        ("no_budget", {"en": "No budget", "fr": "Pas de budget"}[language])
    ]
