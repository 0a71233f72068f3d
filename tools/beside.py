"""Draws the mock's three screens beside the product's: both widths, themes and languages, in docs/pictures/beside/.

python tools/beside.py MOCK_FOLDER http://127.0.0.1:8000

The folder holds ``rebond-mock.html`` with its ``vendor``; the address is that of a running demo. One picture a
screen, width, theme and language: the mock on the left, the product on the right, each as a reader first sees it.
"""

from __future__ import annotations

import base64
import sys
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "pictures" / "beside"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SCREENS = {"today": "/today", "time": "/time", "patterns": "/patterns"}
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
EMAIL, PASSWORD = "camille@rebond.example", "nine noes and a yes"
QUALITY, GAP = 78, 24


def main(mock: str, address: str) -> None:
    """Every picture, anew."""
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for (size, box), theme, language in product(SIZES.items(), ("light", "dark"), ("en", "fr")):
            ours = of_the_product(browser, address, box, theme, language)
            for screen in SCREENS:
                theirs = of_the_mock(browser, mock, screen, box, theme, language)
                name = f"{screen}-{size}-{theme}-{language}.jpg"
                (OUT / name).write_bytes(side_by_side(browser, theirs, ours[screen], box))
                sys.stdout.write(f"{name}\n")


def of_the_mock(browser: Browser, mock: str, screen: str, box: tuple[int, int], theme: str, language: str) -> bytes:
    page = browser.new_page(viewport={"width": box[0], "height": box[1]})
    page.goto(f"{Path(mock).resolve().as_uri()}/rebond-mock.html?still&lang={language}&theme={theme}#{screen}")
    page.wait_for_timeout(600)
    found = page.screenshot()
    page.close()
    return found


def of_the_product(browser: Browser, address: str, box: tuple[int, int], theme: str, language: str) -> dict[str, bytes]:
    """Each screen as Camille sees it, once its figures have come."""
    context = browser.new_context(viewport={"width": box[0], "height": box[1]})
    page = context.new_page()
    page.goto(f"{address}/account/login/")
    page.fill("input[name=login]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/today*")
    prefer(page, address, theme, language)
    found = {}
    for screen, path in SCREENS.items():
        page.goto(address + path)
        if screen == "today" and box[0] > 1000:
            page.click("a.row.ready")  # as in the mock, something with a price is open
        page.wait_for_function("() => !document.querySelector('[data-block] .later, [aria-busy]')", timeout=60_000)
        page.wait_for_timeout(700)
        found[screen] = page.screenshot()
    context.close()
    return found


def prefer(page: Page, address: str, theme: str, language: str) -> None:
    """Through the settings, as a person would."""
    page.goto(f"{address}/settings")
    page.select_option("select[name=theme]", theme)
    page.select_option("select[name=language]", language)
    page.click("form.form button.go")
    page.wait_for_load_state()


def side_by_side(browser: Browser, left: bytes, right: bytes, box: tuple[int, int]) -> bytes:
    width = 2 * box[0] + GAP
    page = browser.new_page(viewport={"width": width, "height": box[1]})
    images = "".join(
        f'<img width="{box[0]}" src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
        for picture in (left, right)
    )
    page.set_content(f'<body style="margin:0;display:flex;gap:{GAP}px;background:#888">{images}</body>')
    page.wait_for_timeout(200)
    found = page.screenshot(type="jpeg", quality=QUALITY)
    page.close()
    return found


if __name__ == "__main__":
    main(*sys.argv[1:3])
