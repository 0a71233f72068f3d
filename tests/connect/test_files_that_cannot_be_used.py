"""Whatever is dropped on us: a sentence with a code, never a traceback, and nothing written."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from rebond.base.errors import RebondError
from rebond.connect.csv.plan import Good, read_rows
from rebond.deals.records import DealRecord
from rebond.files.reading import Choices, inspect
from rebond.files.rows import Bad
from rebond.files.tables import MAX_BYTES, open_table

HEAD = b"Deal ID,Deal Name,Stage,Amount,Close Date\n"


def refusal(path: Path, content: bytes) -> RebondError:
    path.write_bytes(content)
    with pytest.raises(RebondError) as refused:
        inspect(path, "deals", Choices())
    return refused.value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"  \n \n", "empty_file"),
        (HEAD, "empty_file"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not_a_table"),
        (b'{"deals": []}', "not_a_table"),
        (b"<!DOCTYPE html><table><tr><td>a", "not_a_table"),
        (b"just a letter to somebody\n", "not_a_table"),
        (bytes(5000), "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old_excel"),
        (b"PK\x03\x04broken", "not_a_table"),
        ((",".join(f"c{i}" for i in range(10_000)) + "\n" + "," * 9_999 + "\n").encode(), "too_many_columns"),
        (b'Deal ID,Deal Name\n1,"never closed\n' + (b"x" * 999 + b"\n") * 1_200, "unreadable_row"),
        (b"colour,size\nred,4\nblue,5\n", "column_missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_says_what_is_wrong_with_it(tmp_path: Path, content: bytes, code: str) -> None:
    refused = refusal(tmp_path / "file", content)
    assert refused.code == code
    assert "Nothing was" in str(refused)


def test_over_200_mb_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(HEAD)
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(RebondError) as refused:
        open_table(path)
    assert refused.value.code == "too_large"


def test_an_archive_is_not_a_sheet(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("deals.csv", HEAD)
    refused = refusal(tmp_path / "deals.zip", packed.getvalue())
    assert refused.code == "not_a_table"
    assert "archive" in str(refused)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=300).map(lambda rest: HEAD + rest)))
def test_any_bytes_are_refused_in_words_or_read_row_by_row(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)
    try:
        rows = list(read_rows(inspect(path, "deals", Choices())))
    except RebondError as refused:
        rows = []
        path.write_text(str(refused))
    assert all(isinstance(row, Good | Bad) for row in rows)
    assert "Traceback" not in path.read_text(errors="replace")


def rows_of(path: Path, content: bytes, **choices: str) -> list[Good | Bad]:
    path.write_bytes(content)
    return list(read_rows(inspect(path, "deals", Choices(zone="UTC", **choices))))  # type: ignore[arg-type]


def test_bad_rows_say_row_column_value_and_what_was_expected_and_good_rows_go_in(tmp_path: Path) -> None:
    content = (
        HEAD + b"1,Fine,Closed Won,100.50,2026-03-25\n"
        b"1,Again,Closed Won,100.50,2026-03-25\n"
        b"2,Early,Closed Won,100.50,0000-01-01\n"
        b"3,Late,Closed Won,100.50,2999-12-31\n"
        b"4,Formula,Closed Won,=cmd|' /C calc'!A0,2026-03-25\n"
        b"5,Fine too,Open,,\n"
    )
    rows = rows_of(tmp_path / "deals.csv", content)
    bad = [(row.number, row.column, row.value) for row in rows if isinstance(row, Bad)]
    assert bad == [
        (3, "Deal ID", "1"),
        (4, "Close Date", "0000-01-01"),
        (5, "Close Date", "2999-12-31"),
        (6, "Amount", "=cmd|' /C calc'!A0"),
    ]
    assert all(str(row.expected) for row in rows if isinstance(row, Bad))
    assert [row.record.name for row in rows if isinstance(row, Good) and isinstance(row.record, DealRecord)] == [
        "Fine",
        "Fine too",
    ]


def test_wrong_letters_are_settled_by_hand(tmp_path: Path) -> None:
    content = "Deal ID,Deal Name,Stage\n1,Société Générale,Open\n".encode("mac_roman")
    read = rows_of(tmp_path / "mac.csv", content, encoding="mac_roman")[0]
    assert isinstance(read, Good)
    assert isinstance(read.record, DealRecord)
    assert read.record.name == "Société Générale"
    with pytest.raises(RebondError) as refused:
        rows_of(tmp_path / "mac.csv", content, encoding="rot13")
    assert refused.value.code == "unknown_encoding"


def test_nul_bytes_in_cells_are_dropped(tmp_path: Path) -> None:
    read = rows_of(tmp_path / "nul.csv", b"Deal ID,Deal Name,Stage\n1,A\x00B,Open\n" + b"2,C,Open\n" * 40)[0]
    assert isinstance(read, Good)
    assert isinstance(read.record, DealRecord)
    assert read.record.name == "AB"


def test_titles_and_merged_headers_above_the_table_are_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Pipeline of the year"])
    sheet.append(["Deal", None, "Money", None])
    sheet.append(["Deal ID", "Deal Name", "Amount", "Stage"])
    sheet.append([1, "Lifts", 1200.5, "Closed Won"])
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("A2:B2")
    sheet.merge_cells("C2:D2")
    book.save(tmp_path / "merged.xlsx")
    reading = inspect(tmp_path / "merged.xlsx", "deals", Choices())
    [row] = read_rows(reading)
    assert isinstance(row, Good)
    assert isinstance(row.record, DealRecord)
    assert (row.record.name, row.record.amount_minor, row.record.outcome) == ("Lifts", 120_050, "won")
    assert reading.described()["header_row"] == 3
