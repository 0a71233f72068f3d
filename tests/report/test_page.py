"""The page stands alone, says how sure, shows a table behind every picture, and escapes what is not ours."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rebond.report.build import Report
from rebond.report.page import page
from tests.report.conftest import THREE, of_file

LANGUAGES = ("en", "fr")


def body(html: str) -> str:
    """The page without its styles."""
    return re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)


def text(html: str) -> str:
    return re.sub(r"[ \n]+", " ", unescape(re.sub(r"<[^>]+>", " ", body(html))))


class Tags(HTMLParser):
    """Start and end tags in order, to see that all that is opened is closed."""

    EMPTY = frozenset({"meta", "line", "circle", "rect", "path", "polyline", "polygon"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if known.get("id"):
            self.ids.append(str(known["id"]))
        if str(known.get("href", "")).startswith("#"):
            self.targets.append(str(known["href"])[1:])
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_no_address_and_runs_no_script(demo: Report, language: str) -> None:
    html = page(demo, language)
    assert re.findall(r"https?:|//[a-z]|@import|<script|<link|<img|\son\w+=", body(html)) == []
    assert re.findall(r"url\((?!\"data:font/woff2;base64,)", html) == []
    assert "default-src 'none'" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_and_its_links_lead_somewhere(demo: Report, language: str) -> None:
    tags = Tags()
    tags.feed(page(demo, language))
    assert (tags.open, tags.wrong) == ([], [])
    assert len(tags.ids) == len(set(tags.ids))
    assert set(tags.targets) <= set(tags.ids)
    assert f'<html lang="{language}"' in page(demo, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_labelled_and_has_a_table_behind_it(demo: Report, language: str) -> None:
    sections = re.findall(r'<section class="finding".*?</section>', body(page(demo, language)), flags=re.DOTALL)
    drawn = [section for section in sections if '<div class="drawn">' in section]
    assert len(drawn) > 12
    for section in drawn:
        assert "<table>" in section
        images = section.count('<svg class="picture')
        labels = re.findall(r'role="img" aria-label="([^"]*)"', section)
        assert labels or '<table class="spans">' in section  # what is a table already needs no label
        assert images >= len(labels)
        assert all(label.strip() for label in labels)


def test_colour_is_never_alone(demo: Report) -> None:
    """Each kind of mark has its own shape or fill; a page in black and white loses nothing."""
    html = body(page(demo, "en"))
    shapes = (
        "p-solid",
        "p-hatched",
        "p-dashed",
        "p-dot ours",
        "p-hollow noise",
        "p-thick",
        "p-thin",
        "p-band",
        "p-cost",
    )
    assert [shape for shape in shapes if shape not in html] == []
    assert re.findall(r"#[0-9a-fA-F]{6}\b|rgb\(|\sstyle=", html) == []


def test_every_share_shown_stands_beside_its_cases(demo: Report) -> None:
    said = text(page(demo, "en"))
    assert "About 28 decided deals in 100 are won, likely 26 to 30" in said
    assert "Won of won and lost, 217 of 777" in said
    assert "because" not in said
    assert "significant" not in said


def test_the_french_page_is_french_to_the_last_space(demo: Report) -> None:
    said = text(page(demo, "fr").split('id="rests-on"')[0])  # below stand examples of the file, as they are
    assert "Environ 28 affaires décidées sur 100 sont gagnées, sans doute 26 à 30" in said
    assert "217 sur 777" in said
    assert re.findall(r"[^\u202f][;!?»](?= )", said) == []
    assert re.findall(r"[^\xa0]:(?= )", said) == []
    assert re.findall(r"\d %", said) == []
    for english in ("likely", " won ", " lost ", "meeting", "deals", "losses", "Too few", "chance in"):
        assert english not in said


def test_three_deals_say_too_few_everywhere_and_show_no_rate(three: Report) -> None:
    said = text(page(three, "en"))
    assert "Nothing to bet on yet" in said
    assert said.count("Too few") + said.count("too few") > 15
    assert re.findall(r"\d%|\d in 100|likely \d", said) == []
    assert [one.key for chapter in three.chapters() for one in chapter.findings if one.known] == []


def test_what_the_page_rests_on_is_said_with_row_and_column(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text(THREE + "3,lost,2026-01-01,2026-02-01,5,Camille,\n4,lost,2026-05-01,2026-04-01,5,Camille,\n")
    said = text(page(of_file(path), "en"))
    assert "3 of 5 deals used" in said
    assert "1 left out: an id that stood in the file before" in said
    assert "1 left out: closed before it was opened" in said


def test_text_of_the_file_is_escaped_wherever_it_stands(tmp_path: Path) -> None:
    nasty = "<script>alert(1)</script>&\"'"
    quoted = '"' + nasty.replace('"', '""') + '"'
    names = ",".join([quoted] * 4)
    rows = [f"{n},{'won' if n % 3 else 'lost'},2025-0{1 + n % 9}-01,2025-1{n % 3}-01,{n},{names}" for n in range(1, 80)]
    path = tmp_path / "deals.csv"
    path.write_text("id,outcome,opened_at,closed_at,amount,owner,segment,competitor,reasons\n" + "\n".join(rows) + "\n")
    html = page(of_file(path), "en")
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("1,open,2026-01-01,\n", "Too few decided deals to speak of a win rate"),
        ("1,won,,\n2,lost,,\n", "Too few decided deals"),
        ("".join(f"{n},lost,2026-01-01,2026-01-01\n" for n in range(40)), "About 0 decided deals in 100 are won"),
        ("".join(f"{n},won,2026-01-01,2026-01-01\n" for n in range(40)), "decided deals in 100 are won"),
    ],
    ids=["only-open", "no-dates", "only-lost-on-one-day", "only-won-on-one-day"],
)
def test_poor_files_still_give_a_page_in_both_languages(tmp_path: Path, rows: str, said: str) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("id,outcome,opened_at,closed_at\n" + rows)
    report = of_file(path)
    assert said in text(page(report, "en"))
    assert re.findall(r"\bnan\b|\binf\b", text(page(report, "fr"))) == []
