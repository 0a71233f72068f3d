"""The report in a real Chromium, opened from disk: accessible in both themes and languages, and alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from rebond.cli import main
from tests.browser.conftest import Visit
from tests.report.conftest import THREE

pytestmark = [pytest.mark.browser, pytest.mark.look]

#: Weight of a page without its typeface.
LIGHT = 600_000


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``demo-en.html``, ``demo-fr.html`` and the same of three deals."""
    folder = tmp_path_factory.mktemp("report-pages")
    (folder / "three.csv").write_text(THREE)
    goal = ["--goal", "25", "--goal-period", "Q3-2026"]
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("REBOND_SECRET_KEY", "the command would leave its own in this process")
        for language in ("en", "fr"):
            demo, three = (str(folder / f"{name}-{language}.html") for name in ("demo", "three"))
            assert main(["report", "--demo", "--lang", language, *goal, "-o", demo]) == 0
            assert main(["report", str(folder / "three.csv"), "--lang", language, "-o", three]) == 0
    return folder


@pytest.fixture
def opened(browser: Browser, pages: Path) -> Iterator[object]:
    """Opens a page from disk, without a network: ``opened("demo-en", theme="dark", width=390)``."""
    contexts = []

    def at(name: str, *, theme: str = "light", width: int = 1440, scripts: bool = True) -> Visit:
        context = browser.new_context(
            color_scheme=theme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
            java_script_enabled=scripts,
            offline=True,
        )
        contexts.append(context)
        visit = Visit(context.new_page(), pages.as_uri())
        visit.page.on("console", lambda line: visit.errors.append(line.text) if line.type == "error" else None)
        visit.page.on("request", lambda request: visit.foreign.append(request.url))
        visit.go(f"/{name}.html")
        return visit

    yield at
    for context in contexts:
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["demo-en", "demo-fr", "three-en", "three-fr"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_report_is_accessible_and_fits(opened, name: str, theme: str, width: int) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    visit = opened(name, theme=theme, width=width)
    assert visit.axe() == []
    assert not visit.scrolls_sideways()
    assert visit.errors == []
    assert [url for url in visit.foreign if not url.startswith(("file:", "data:"))] == []


def test_it_reflows_at_320_pixels_with_every_table_open(opened) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    visit = opened("demo-fr", width=320)
    visit.page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    assert not visit.scrolls_sideways()
    assert visit.axe() == []


def test_the_table_behind_a_picture_is_one_key_away(opened) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    visit = opened("demo-en", scripts=False)
    first = visit.page.locator(".finding details").first
    assert not first.locator("table").is_visible()
    first.locator("summary").focus()
    visit.page.keyboard.press("Enter")
    assert first.locator("table").is_visible()
    assert "won" in first.locator("table").inner_text()


def test_a_bet_leads_to_its_finding(opened) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    visit = opened("demo-en", scripts=False)
    link = visit.page.locator(".bets a").nth(3)
    said, target = link.inner_text(), str(link.get_attribute("href"))
    link.click()
    assert visit.page.locator(f"{target} h3").inner_text() == said
    assert visit.page.locator(target).is_visible()


def test_paper_holds_every_finding_and_the_tables_that_were_opened(opened) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    visit = opened("demo-en")
    visit.page.locator(".finding summary").first.click()
    visit.page.emulate_media(media="print")
    assert visit.page.locator(".finding h3").count() > 15
    assert not visit.page.locator("nav").is_visible()
    tables = visit.page.locator(".finding details table")
    assert tables.first.is_visible()
    assert not tables.nth(1).is_visible()
    assert visit.page.locator(".finding .picture").first.is_visible()


def test_the_page_is_light(pages: Path) -> None:
    for path in pages.glob("*.html"):
        assert path.stat().st_size < LIGHT, path.name
