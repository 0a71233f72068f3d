"""Takes the README's picture anew from the demo company: ``python -m tools.picture`` (with the tests' browser)."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TARGET = ROOT / "docs" / "pictures" / "today.png"


def main() -> None:
    from tests.browser.product import running

    with tempfile.TemporaryDirectory() as folder:
        os.environ["REBOND_DATA"] = folder  # where the tests keep what they have made once
        with running(Path(folder) / "demo", command="demo") as product:
            take(product.url)
    sys.stdout.write(f"{TARGET.relative_to(ROOT)}, {TARGET.stat().st_size // 1024} KB\n")


def take(url: str) -> None:
    """Signs Camille in and photographs her Today with somebody to stay in touch with open."""
    with sync_playwright() as playwright:
        flags = ["--headless", "--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page(viewport={"width": 1440, "height": 860}, locale="en-GB", color_scheme="light")
        page.goto(f"{url}/account/login/")
        page.fill("[name=login]", "camille@rebond.example")
        page.fill("[name=password]", "nine noes and a yes")
        page.click("main button")
        page.wait_for_url("**/today")
        while page.locator(".worth b").count() < 2:  # "about €480": the worker has made the price lists
            page.wait_for_timeout(2_000)
            page.reload()
        page.click("a.row[href*='nurture.keep']")
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=TARGET)
        browser.close()


if __name__ == "__main__":
    main()
