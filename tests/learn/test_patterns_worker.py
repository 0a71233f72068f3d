"""A close is in Patterns a moment later: the product as people run it, with its own worker process."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener
from zoneinfo import ZoneInfo

from rebond.facts.store import Store
from tests.browser.product import Product, running

PASSWORD = "nine noes and a yes"
#: Far above the 5 seconds it should take: machines that run tests are busy.
PATIENCE = 90


def test_a_close_is_in_patterns_within_seconds(tmp_path: Path) -> None:
    with running(tmp_path / "data") as product:
        _company(product, tmp_path)
        visitor = _signed_in(product)
        assert _losses(visitor, product) == 0
        before = Store(product.data / "facts").state()
        done = product.rebond("close", "D-1", "lost", "--reason", "timing")
        started = time.monotonic()
        assert done.returncode == 0, done.stderr
        while _losses(visitor, product) != 1 and time.monotonic() - started < PATIENCE:
            time.sleep(0.2)
        print(f"in Patterns after {time.monotonic() - started:.1f} s")
        assert _losses(visitor, product) == 1
        assert Store(product.data / "facts").state() != before


def _company(product: Product, folder: Path) -> None:
    opened = datetime.now(tz=ZoneInfo("Europe/Paris")).date() - timedelta(days=40)
    file = folder / "deals.csv"
    rows = [f"D-{place},Lift {place},Lumen,Negotiation,{opened.isoformat()}" for place in (1, 2)]
    file.write_text("\n".join(["Deal ID,Deal Name,Company,Deal Stage,Create Date", *rows]) + "\n")
    for words in (["admin", "--email", "alix@rebond.example", "--password", PASSWORD],
                  ["import", "deals", str(file), "--yes", "--as", "alix@rebond.example"]):  # fmt: skip
        done = product.rebond(*words)
        assert done.returncode == 0, done.stderr


def _signed_in(product: Product) -> OpenerDirector:
    visitor = build_opener(HTTPCookieProcessor(CookieJar()))
    address = f"{product.url}/account/login/"
    page = visitor.open(address, timeout=60).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    fields = {"csrfmiddlewaretoken": token[1], "login": "alix@rebond.example", "password": PASSWORD}
    visitor.open(Request(address, urlencode(fields).encode(), {"Referer": address}), timeout=60)
    return visitor


def _losses(visitor: OpenerDirector, product: Product) -> int:
    """The losses the head of the page counts."""
    text = visitor.open(f"{product.url}/patterns/headcount?part=1", timeout=60).read().decode()
    found = re.search(r"(\d+)\D{0,3} loss", re.sub(r"<[^>]+>", "", text))
    return int(found[1]) if found else 0
