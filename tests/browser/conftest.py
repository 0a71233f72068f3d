"""A real Chromium, and the product running as people run it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from rebond.demo.company import PASSWORD
from tests.browser.product import Product, running

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe" / "axe.min.js"
#: Without its copies of the style sheets, which a page with a player refuses (its styles carry a mark): they serve one
#: rule alone, that nothing is locked to a way of holding the screen, which ``tests/documents`` looks after.
AXE_RUN = """async () => {
  const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const result = await axe.run(document, {runOnly: rules, preload: false, resultTypes: ['violations']});
  return result.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '));
}"""
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(autouse=True, scope="session")
def _no_test_database() -> None:
    """These tests talk to a server of their own; nothing here touches the suite's database."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("no chromium on this machine; ./rebond test installs it (root) or says how")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
        # While Playwright's loop runs, Django keeps other connections than before and after it; nobody would find
        # these again, and the test database could not be dropped.
        connections.close_all()


@dataclass
class Visit:
    """One browser window, with everything that went wrong in it."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        self.go("/account/login/")
        self.page.fill("[name=login]", email)
        self.page.fill("[name=password]", password)
        self.page.click("main button, .sheet button")
        self.page.wait_for_url("**/today")

    def submit(self, selector: str) -> None:
        """Presses a button that leads to another page (or the same one anew), and waits for it."""
        with self.page.expect_navigation():
            self.page.click(selector)

    def press(self, key: str) -> None:
        """A key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def speak(self, language: str) -> None:
        """The language switch of the frame, when the page speaks another one."""
        if self.page.get_attribute("html", "lang") != language:
            self.submit(f"button[lang={language}]:visible")

    def first_link(self, path: str, prefix: str) -> str:
        """The address of the first link on ``path`` that begins with ``prefix`` and leads to one record."""
        self.go(path)
        links = self.page.eval_on_selector_all("main a", "links => links.map(link => link.getAttribute('href'))")
        return next(link for link in links if re.fullmatch(prefix + r"/\d+", link))

    def axe(self) -> list[str]:
        """What axe-core finds against WCAG 2.0 to 2.2 A and AA and its best practices, one line each."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        return list(self.page.evaluate(AXE_RUN))

    def bring_axe(self) -> None:
        """Every page from here on has axe-core already: handing half a megabyte to each takes longer than looking."""
        self.page.add_init_script(path=AXE)

    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


Window = Callable[..., Visit]


@pytest.fixture
def window(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens windows: ``window(product, language="fr", theme="dark", width=390)``."""
    contexts = []

    def opened(
        product: Product, *, language: str = "en", theme: str = "light", width: int = 1440, scripts: bool = True
    ) -> Visit:
        context = browser.new_context(
            locale={"en": "en-GB", "fr": "fr-FR"}[language],
            color_scheme=theme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900 if width > 600 else 844},
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        visit = Visit(context.new_page(), product.url)
        visit.page.on("console", lambda line: visit.errors.append(line.text) if line.type == "error" else None)
        visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
        visit.page.on(
            "request",
            lambda request: (
                None if request.url.startswith((product.url, "data:", "blob:")) else visit.foreign.append(request.url)
            ),
        )
        return visit

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """``rebond demo``, once for all tests of a process that only look."""
    with running(tmp_path_factory.mktemp("demo"), command="demo") as product:
        yield product


@pytest.fixture(scope="module")
def own_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """``rebond demo`` for the tests of one file that change it."""
    with running(tmp_path_factory.mktemp("own-demo"), command="demo") as product:
        yield product


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """``rebond serve`` on an empty folder, for tests that only look at the first start."""
    with running(tmp_path_factory.mktemp("empty")) as product:
        yield product


@pytest.fixture
def empty_product(tmp_path: Path) -> Iterator[Product]:
    """``rebond serve`` on an empty folder: nobody has ever signed in."""
    with running(tmp_path / "data", new=True) as product:
        yield product
