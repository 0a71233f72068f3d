"""An advocate's own page in a real Chromium, on a phone, in French, without a script: from the link to the reward."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.advocates import expire, introducing, kept
from tests.browser.conftest import Visit, Window
from tests.browser.product import Product, running
from tests.browser.test_survey import PHONE, too_small

pytestmark = pytest.mark.browser
NOBODY = "/i/" + "A" * 22
#: The line Chromium itself writes for a form that was refused.
REFUSED = "status of 400 (Bad Request)"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("advocate"), legal_name="Maintenance Valmy") as started:
        yield started


def name_karl(visit: Visit, path: str) -> None:
    visit.go(path)
    visit.submit("main .acts a")
    visit.page.fill("[name=name]", "Karl Dupré")
    visit.page.fill("[name=email]", "not an address")
    visit.page.fill("[name=why]", "Il planifie à la main.")
    visit.submit("button.go")


def test_introducing_somebody_takes_a_thumb_and_no_script(product: Product, window: Window) -> None:
    path = introducing(product)
    visit = window(product, language="en", width=PHONE, scripts=False)  # their language, not the browser's
    name_karl(visit, path)
    assert visit.page.get_attribute("html", "lang") == "fr"
    assert visit.page.is_visible("[role=alert]")
    assert visit.page.input_value("[name=name]") == "Karl Dupré"
    assert visit.page.input_value("[name=why]") == "Il planifie à la main."
    assert visit.page.get_attribute("[name=email]", "aria-invalid") == "true"
    visit.page.fill("[name=email]", "karl@dupre.example")
    visit.submit("button.go")
    assert visit.page.is_visible("[role=status]")
    assert "Karl" in visit.page.inner_text("h1")
    assert "Karl" in visit.page.input_value("#body")
    mailto = visit.page.get_attribute("main a.go", "href") or ""
    assert mailto.startswith("mailto:karl@dupre.example?subject=")
    visit.submit("form.after button")
    assert visit.page.url.rstrip("/").split("?")[0].endswith(path)
    assert "Karl Dupré introduced" in kept(product, path)
    assert visit.page.context.cookies() == []
    assert visit.foreign == []
    assert [error for error in visit.errors if not error.endswith(REFUSED)] == []


def test_a_reward_is_chosen_and_an_address_given_without_a_script(product: Product, window: Window) -> None:
    path = introducing(product)
    visit = window(product, width=PHONE, scripts=False)
    visit.go(path)
    visit.submit(".turn a.go")
    visit.page.fill("[name=email]", "helene@home.example")
    visit.submit("button.go")
    assert visit.page.locator(".turn").count() == 0
    visit.submit(".ways a >> nth=0")
    visit.page.check('[name=wants][value="donation"]')
    visit.page.check('[name=allows][value="no"]')
    visit.submit("button.go")
    assert kept(product, path).startswith("no donation True fr [")
    visit.submit(".ways a >> nth=1")
    assert visit.page.locator(".lines li").count() == 1
    visit.submit("footer a")
    visit.submit("footer p:last-child a")
    visit.submit("main button >> nth=0")
    visit.submit("main button")
    assert visit.page.locator("main button").count() == 0
    assert visit.page.context.cookies() == []


@pytest.mark.look
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("fr", "dark")])
def test_every_page_is_clean_in_both_themes_and_languages(
    product: Product, window: Window, language: str, theme: str
) -> None:
    path = introducing(product, language=language)
    visit = window(product, language=language, theme=theme, width=PHONE)
    visit.bring_axe()
    wrong: dict[tuple[str, int], list[str]] = {}

    def look(where: str, *, there: bool = False) -> None:
        if not there:
            visit.go(where)
        for width in (320, PHONE, 1440):
            visit.page.set_viewport_size({"width": width, "height": 800})
            if visit.scrolls_sideways():
                wrong[where, width] = ["sideways"]
        visit.page.set_viewport_size({"width": PHONE, "height": 800})
        if found := visit.axe() + too_small(visit):
            wrong[where, 0] = found
        if visit.page.get_attribute("html", "lang") != language:
            wrong[where, 1] = ["wrong language"]

    look(path)
    text = visit.page.get_attribute("a.on-with", "href") or ""
    for where in (text, f"{path}/introduce", f"{path}/reward", f"{path}/payee", f"{path}/statement", f"{path}/stop"):
        look(where)
    visit.go(f"{path}/introduce")
    visit.page.click("summary")
    look("the terms, opened", there=True)
    name_karl(visit, path)
    look("what is wrong", there=True)
    look(f"{NOBODY}?lang={language}")
    expire(product, path)
    look(path)
    assert wrong == {}
    allowed = ("400 (Bad Request)", "404 (Not Found)", "410 (Gone)")
    assert [error for error in visit.errors if not error.endswith(tuple(f"status of {one}" for one in allowed))] == []
    assert visit.foreign == []
