# ruff: noqa: DTZ001 - clocks of a file have no zone
from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebond.base.errors import RebondError
from rebond.facts import words
from rebond.facts.from_files import read
from rebond.facts.model import Facts, Options
from rebond.numbers.tables import DEALS, OUTCOMES, TOUCHES
from tests.connect.shapes import EXPECTED, SHAPES, Shape

TODAY = date(2026, 6, 9)
OURS = """id,opened_at,closed_at,outcome,amount,currency,owner,reasons,touch_count,commission,Size,Score,industry
a,2026-01-05,2026-03-01,won,1000.50,EUR,Camille,,3,100,big,7,steel
b,2026-01-06,2026-03-02,lost,200,EUR,Camille,buyer:price;budget,,,small,007,wood
c,2026-01-07,,open,,,Yanis,,1,,,9,
d,2026-01-08,2026-03-04,no_decision,50,EUR,Yanis,seller: no time,2,5,big,8.5,wood
"""


def facts(folder: Path, deals: str | bytes, touches: str = "", **options: Any) -> Facts:
    path = folder / "deals.csv"
    path.write_bytes(deals if isinstance(deals, bytes) else deals.encode())
    contacts = None
    if touches:
        contacts = folder / "touches.csv"
        contacts.write_text(touches)
    return read(path, contacts, today=TODAY, options=Options(**options))


def rows(table: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return sorted(found, key=lambda row: str(row.get("id", row.get("deal_id"))))


def column(table: Any, name: str) -> list[Any]:
    return [row[name] for row in rows(table)]


def left(found: Facts) -> dict[tuple[str, str], int]:
    return {(row.table, row.code): row.count for row in found.left_out}


def test_our_own_columns_are_taken_at_their_word(tmp_path: Path) -> None:
    found = facts(tmp_path, OURS)
    assert {name: str(kind).lower() for name, kind in found.deals.schema().items() if name in DEALS} == DEALS
    assert [name for name in found.deals.columns if name not in DEALS] == ["Size", "Score", "industry"]
    assert column(found.deals, "outcome") == ["won", "lost", "open", "no_decision"]
    assert column(found.deals, "amount_minor") == [100050, 20000, None, 5000]
    assert column(found.deals, "commission_minor") == [10000, None, None, 500]
    assert column(found.deals, "touch_count") == [3, None, 1, 2]
    assert column(found.deals, "closed_at") == [date(2026, 3, 1), date(2026, 3, 2), None, date(2026, 3, 4)]
    assert column(found.deals, "reasons") == [None, "buyer:price;budget", None, "seller:no time"]
    assert (found.as_of, found.currency, found.minor_per_major) == (date(2026, 3, 4), "EUR", 100)
    assert (found.rows_read, found.rows_used, found.left_out) == (4, 4, ())
    assert "2026-03-04" in found.notes[0].says
    assert set(found.missing) == {"team", "segment", "source", "stage", "competitor", "name", "company"}


def test_numbers_stay_numbers_and_codes_with_a_leading_zero_stay_text(tmp_path: Path) -> None:
    found = facts(tmp_path, OURS)
    assert str(found.deals.schema()["Score"]) == "string"
    clean = facts(tmp_path, OURS.replace("007", "7"))
    assert column(clean.deals, "Score") == [7.0, 7.0, 9.0, 8.5]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_any_crms_export_is_read_as_it_comes(shape: Shape, tmp_path: Path) -> None:
    found = read(shape.write(tmp_path), today=TODAY, options=Options(zone="Europe/Paris"))
    table = found.deals.order_by("opened_at").to_pyarrow().to_pylist() if "opened_at" not in found.missing else None
    table = table or sorted(found.deals.to_pyarrow().to_pylist(), key=lambda row: -(row["amount_minor"] or 0))
    read_ = [(r["outcome"], r["amount_minor"], r["closed_at"] and r["closed_at"].isoformat()) for r in table]
    assert read_ == [(outcome, amount, closed) for outcome, amount, closed, _reason in EXPECTED]
    assert [row["reasons"] for row in table] == [reason or None for *_others, reason in EXPECTED]


def test_a_persons_word_wins_over_what_was_recognised(tmp_path: Path) -> None:
    text = "Deal ID,Stage,Product,Industry,Amount\n1,Won,Lift,Steel,10\n2,Lost,Boiler,Wood,20\n"
    plain = {c.header: c.ours for c in facts(tmp_path, text).columns}
    assert plain == {"Deal ID": "id", "Stage": "stage", "Product": "segment", "Industry": "factor", "Amount": "amount"}
    chosen = facts(tmp_path, text, mapping={"industry": "segment", "Amount": ""})
    assert {c.header: c.ours for c in chosen.columns}["Product"] == "factor"
    assert column(chosen.deals, "segment") == ["Steel", "Wood"]
    assert "amount" in chosen.missing
    factor = facts(tmp_path, text, mapping={"Product": "factor"})
    assert column(factor.deals, "Product") == ["Lift", "Boiler"]


def test_only_the_factors_asked_for_are_kept(tmp_path: Path) -> None:
    found = facts(tmp_path, OURS, factors=("Size",))
    assert [name for name in found.deals.columns if name not in DEALS] == ["Size"]


def test_questions_with_yes_and_no_are_factors_whatever_they_are_called(tmp_path: Path) -> None:
    found = facts(tmp_path, "Status,Competitors,Product\nWon,Yes,A\nLost,No,B\nLost,Unknown,A\n")
    assert {c.header: c.ours for c in found.columns} == {
        "Status": "outcome", "Competitors": "factor", "Product": "segment",
    }  # fmt: skip
    assert column(found.deals, "id") == ["row 2", "row 3", "row 4"]
    assert [note.code for note in found.notes] == ["as_of_today", "ids_from_rows"]


def test_a_handful_of_words_for_many_deals_are_no_companies(tmp_path: Path) -> None:
    text = "Status,Client,Contact\n" + "".join(f"Won,{'New' if n % 2 else 'Past'},phone\n" for n in range(60))
    assert {c.header: c.ours for c in facts(tmp_path, text).columns} == {
        "Status": "outcome", "Client": "factor", "Contact": "factor",
    }  # fmt: skip


NOES = [
    ("id,y\n1,yes\n2,no\n", {"y": "outcome"}, ["won", "lost"]),
    ("id,outcome\n1,True\n2,False\n", {}, ["won", "lost"]),
    ("id,outcome,closed_at\n1,1,2026-01-05\n2,0,2026-01-05\n3,0,\n", {}, ["won", "lost", "open"]),
    ("id,outcome,stage\n1,yes,Won\n2,no,Lost\n3,no,Talks\n", {}, ["won", "lost", "open"]),
    ("Deal ID,Is won\n1,True\n2,False\n", {}, ["won", "open"]),
]


@pytest.mark.parametrize(("text", "mapping", "outcomes"), NOES)
def test_a_mere_no_is_a_loss_only_where_the_column_is_said_to_be_the_outcome(
    text: str, mapping: dict[str, str], outcomes: list[str], tmp_path: Path
) -> None:
    assert column(facts(tmp_path, text, mapping=mapping).deals, "outcome") == outcomes
    head, *lines = (line.split(",") for line in text.splitlines())
    if "Is won" not in head:
        typed = {name: [line[place] or None for line in lines] for place, name in enumerate(head)}
        table = pa.table(typed | ({"outcome": typed.pop("y")} if "y" in typed else {}))
        if "closed_at" in typed:
            days = pa.array([day and date.fromisoformat(day) for day in typed["closed_at"]], pa.date32())
            table = table.set_column(head.index("closed_at"), "closed_at", days)
        pq.write_table(table, tmp_path / "same.parquet")
        assert column(read(tmp_path / "same.parquet", today=TODAY).deals, "outcome") == outcomes


def test_a_factor_called_like_a_column_of_ours_gets_a_number(tmp_path: Path) -> None:
    found = facts(tmp_path, "id,outcome,Owner,owner,OWNER\n1,won,x,Ann,z\n2,lost,y,Bob,\n")
    assert column(found.deals, "owner") == ["Ann", "Bob"]
    assert [name for name in found.deals.columns if name not in DEALS] == ["Owner (2)", "OWNER (3)"]


BAD = [
    ("unreadable", "id,outcome\na,won\nb,perhaps\n", 3, "outcome", "perhaps"),
    ("unreadable", "id,outcome,closed_at\na,won,2026-01-05\nb,lost,soon\n", 3, "closed_at", "soon"),
    ("unreadable", "id,outcome,amount\na,won,5\nb,lost,12k\n", 3, "amount", "12k"),
    ("unreadable", "id,outcome,amount,currency\na,won,5,EUR\nb,lost,5,euros\n", 3, "currency", "euros"),
    ("unreadable", "id,outcome,touch_count\na,won,5\nb,lost,-2\n", 3, "touch_count", "-2"),
    ("duplicate_id", "id,outcome\na,won\n a ,lost\n", 3, "id", "a"),
    ("closed_before_opened", "id,outcome,opened_at,closed_at\na,won,2026-01-05,2026-01-05\n"
     "b,lost,2026-01-05,2026-01-04\n", 3, "closed_at", "2026-01-04"),
    ("opened_later", "id,outcome,opened_at\na,won,2026-01-05\nb,open,2027-01-05\n", 3, "opened_at", "2027-01-05"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "row", "header", "value"), BAD)
def test_a_row_that_cannot_be_used_is_left_out_counted_and_shown(
    code: str, text: str, row: int, header: str, value: str, tmp_path: Path
) -> None:
    found = facts(tmp_path, text)
    assert column(found.deals, "id") == ["a"]
    [gone] = found.left_out
    assert gone.example is not None
    assert (gone.code, gone.count, found.rows_read, found.rows_used) == (code, 1, 2, 1)
    assert (gone.example.row, gone.example.column, gone.example.value) == (row, header, value)
    assert gone.says
    assert gone.as_json()["example"]["row"] == row


def test_money_that_cannot_be_added_is_nothing_and_its_deal_stays(tmp_path: Path) -> None:
    text = "id,outcome,amount,currency\na,won,10,EUR\nb,won,20,EUR\nc,won,30,USD\nd,lost,-5,EUR\ne,won,7,GBP\nf,won,,\n"
    found = facts(tmp_path, text)
    assert column(found.deals, "amount_minor") == [1000, 2000, None, None, None, None]
    assert (found.currency, found.rows_used) == ("EUR", 6)
    assert {row.code: row.count for row in found.blanked} == {"other_currency": 2, "negative_amount": 1}


def test_yen_have_no_minor_units(tmp_path: Path) -> None:
    found = facts(tmp_path, "id,outcome,amount,currency\na,won,1200,JPY\n")
    assert (column(found.deals, "amount_minor"), found.minor_per_major) == ([1200], 1)


def test_what_closed_after_the_day_of_the_report_is_open_on_it(tmp_path: Path) -> None:
    found = facts(tmp_path, OURS, as_of=date(2026, 3, 1))
    assert column(found.deals, "outcome") == ["won", "open", "open", "open"]
    assert column(found.deals, "reasons") == [None, None, None, None]
    assert column(found.deals, "closed_at") == [date(2026, 3, 1), None, None, None]
    assert {row.code: row.count for row in found.blanked} == {"closed_later": 2}


def test_a_day_to_come_is_never_the_day_of_the_report(tmp_path: Path) -> None:
    assert facts(tmp_path, "id,outcome,closed_at\na,won,2026-01-05\nb,won,2031-01-05\n").as_of == TODAY


TOUCHED = """deal_id,at,channel,direction,owner,minutes,result
a,2026-01-05 09:00,call,out,Camille,5,no_answer
a,2026-01-05 09:04,call,,Camille,,reached
a,2026-01-05 10:00,phone call,in,,,
b,2026-01-06T10:00:00Z,smoke signal,out,,x,
zz,2026-01-06 10:00,email,out,,,
b,soon,email,out,,,
,2026-01-06 10:00,email,out,,,
b,2027-01-06 10:00,email,out,,,
"""


def test_touches_of_the_deals_there_are_until_that_day(tmp_path: Path) -> None:
    found = facts(tmp_path, OURS, TOUCHED, as_of=date(2026, 3, 4))
    assert found.touches is not None
    assert {name: str(kind) for name, kind in found.touches.schema().items()} == {
        **TOUCHES, "at": "timestamp(6)",
    }  # fmt: skip
    said = [(r["deal_id"], r["at"].hour, r["channel"], r["direction"], r["minutes"]) for r in rows(found.touches)]
    assert sorted(said, key=str) == [
        ("a", 10, "call", "in", None), ("a", 9, "call", "out", 5.0), ("a", 9, "call", "out", None),
        ("b", 10, "other", "out", None),
    ]  # fmt: skip
    assert [(row.code, row.count, row.example and row.example.row) for row in found.left_out] == [
        ("unreadable", 1, 8), ("unreadable", 1, 7), ("later", 1, 9), ("unknown_deal", 1, 6),
    ]  # fmt: skip
    assert (found.touches_read, found.touches_used) == (8, 4)


def test_touches_close_together_count_as_one_when_asked(tmp_path: Path) -> None:
    found = facts(tmp_path, OURS, TOUCHED, as_of=date(2026, 3, 4), merge_touches=5)
    assert found.touches is not None
    assert (found.touches_used, found.touches.count().to_pyarrow().as_py()) == (3, 3)
    assert left(found)[("touches", "merged")] == 1


def test_reasons_become_codes_of_a_list_of_reasons(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("id,outcome,reasons\na,lost,Trop cher; buyer: rien\nb,won,\n")
    found = read(path, today=TODAY, reason_codes={"Trop cher": "price"}.get)
    assert column(found.deals, "reasons") == ["price;buyer:rien", None]


@pytest.mark.parametrize(
    ("rule", "commissions"),
    [("10%", [10005, 2000, None, 500]), ("250", [25000] * 4), ("12,5 %", [12506, 2500, None, 625])],
)
def test_a_commission_by_rule(rule: str, commissions: list[int | None], tmp_path: Path) -> None:
    text = "\n".join(",".join(line.split(",")[:6]) for line in OURS.splitlines())
    found = facts(tmp_path, text, commission=rule)
    assert column(found.deals, "commission_minor") == commissions
    assert rule in found.notes[-1].says


REFUSED: list[tuple[str, str | bytes, dict[str, Any]]] = [
    ("empty_file", "", {}),
    ("empty_file", "id,outcome\n", {}),
    ("not_a_table", b"\x00\x01" * 500, {}),
    ("not_a_table", b"PAR1 but no more", {}),
    ("not_a_table", "hello\nworld\n", {}),
    ("column_missing", "id,owner\n1,x\n", {}),
    ("no_usable_row", "id,outcome\n1,x\n2,y\n", {}),
    ("no_usable_row", "id,outcome,opened_at\n1,won,2026-01-05\n", {"as_of": date(2020, 1, 1)}),
    ("bad_map", "id,outcome\n1,won\n", {"mapping": {"nowhere": "owner"}}),
    ("bad_map", "id,outcome\n1,won\n", {"mapping": {"id": "nothing_of_ours"}}),
    ("bad_commission", "id,outcome\n1,won\n", {"commission": "a lot"}),
    ("bad_currency", "id,outcome\n1,won\n", {"currency": "euros"}),
    ("bad_zone", "id,outcome\n1,won\n", {"zone": "Paris"}),
    ("unreadable_row", 'id,outcome\n1,won\n2,"won\n3,lost\n', {}),
]


@pytest.mark.parametrize(("code", "text", "options"), REFUSED)
def test_a_file_that_cannot_be_used_says_which_and_why(
    code: str, text: str | bytes, options: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(RebondError) as raised:
        facts(tmp_path, text, **options)
    assert raised.value.code == code
    assert str(raised.value).endswith(".")
    if not code.startswith("bad_"):
        assert raised.value.detail["file"].endswith("deals.csv")
        assert "deals.csv" in str(raised.value)


def test_the_first_wrong_cell_is_named_when_no_row_can_be_used(tmp_path: Path) -> None:
    with pytest.raises(RebondError) as raised:
        facts(tmp_path, "id,outcome\n1,maybe\n2,perhaps\n")
    detail = raised.value.detail
    assert (detail["row"], detail["column"], detail["value"]) == (2, "outcome", "maybe")
    assert "maybe" in str(raised.value)
    assert "--map" in str(raised.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(RebondError) as raised:
        read(tmp_path / "none.csv", today=TODAY)
    assert raised.value.code == "no_file"


def test_every_reason_and_note_has_its_words() -> None:
    code = "".join(path.read_text() for path in Path(words.__file__).parent.glob("*.py"))
    left_out = re.findall(r"""(?:\.leave\(|\.blank\(|LeftOut\("\w+", )\s*"(\w+)\"""", code)
    notes = re.findall(r"""Note\("(\w+)\"""", code)
    assert set(left_out) | {"negative_amount", "other_currency"} == set(words.REASONS)
    assert set(notes) | {"month_first"} == set(words.NOTES)


def test_progress_is_told_up_to_the_last_row(tmp_path: Path) -> None:
    path, told = tmp_path / "deals.csv", []
    path.write_text("id,outcome\n" + "".join(f"{n},won\n" for n in range(25_001)))
    read(path, today=TODAY, progress=lambda table, rows: told.append((table, rows)))
    assert told == [("deals", 10_000), ("deals", 20_000), ("deals", 25_001)]


@pytest.mark.parametrize(("header", "code"), [("Created on", "month_first"), ("Créée le", "day_first")])
def test_days_that_could_be_read_both_ways_are_said_and_can_be_settled(header: str, code: str, tmp_path: Path) -> None:
    text = f"Stage,{header},Propriétaire\nWon,03/04/2026,x\n" if "é" in header else f"Stage,{header}\nWon,03/04/2026\n"
    found = facts(tmp_path, text)
    assert code in [note.code for note in found.notes]
    settled = facts(tmp_path, text, order="dmy")
    assert column(settled.deals, "opened_at") == [date(2026, 4, 3)]
    assert code not in [note.code for note in settled.notes]


def test_what_is_said_is_said_in_french_too(tmp_path: Path) -> None:
    found = facts(tmp_path, "id,outcome,amount,closed_at\na,won,-5,2026-01-05\na,won,,\n")
    with translation.override("fr"):
        assert found.notes[0].says == "Tout est arrêté au 2026-01-05, le dernier jour du fichier."
        assert [row.says for row in (*found.left_out, *found.blanked)] == [
            "un identifiant déjà rencontré dans le fichier",
            "un montant négatif : l’affaire compte, pas son montant",
        ]
        with pytest.raises(RebondError, match="Aucune affaire n’est utilisable"):
            facts(tmp_path, "id,outcome\n1,maybe\n")


def test_bytes_that_say_nothing_change_nothing(tmp_path: Path) -> None:
    found = facts(tmp_path, OURS.encode().replace(b"Camille", b"Cam\x00ille"))
    assert column(found.deals, "owner") == ["Camille", "Camille", "Yanis", "Yanis"]


def test_fifty_thousand_segments_are_fifty_thousand_segments(tmp_path: Path) -> None:
    text = "id,outcome,segment\n" + "".join(f"{n},won,s{n}\n" for n in range(50_000))
    found = facts(tmp_path, text)
    assert found.deals.segment.nunique().to_pyarrow().as_py() == 50_000


def test_parquet_with_their_columns_is_read_like_their_csv(tmp_path: Path) -> None:
    table = pa.table(
        {
            "Record ID": pa.array([1, 2, 3]), "Deal Stage": pa.array(["Closed Won", "Closed Lost", None]),
            "Close Date": pa.array([datetime(2026, 3, 1, 10), datetime(2026, 3, 2), None], pa.timestamp("us")),
            "Amount": pa.array([10.5, None, 7.0]), "Tags": pa.array([["a"], [], None]),
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "theirs.parquet")
    found = read(tmp_path / "theirs.parquet", today=TODAY)
    assert column(found.deals, "id") == ["1", "2", "3"]
    assert column(found.deals, "outcome") == ["won", "lost", "open"]
    assert column(found.deals, "closed_at") == [date(2026, 3, 1), date(2026, 3, 2), None]
    assert column(found.deals, "amount_minor") == [1050, None, 700]


def read_or_refused(folder: Path, content: bytes) -> Facts | str:
    try:
        return facts(folder, content)
    except RebondError as refused:
        return str(refused)


NAMES = ["id", "outcome", "opened_at", "amount", "currency", "reasons", "Stage", "Won time", "x", "", "\x00"]
HEADERS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=7)
CELLS = st.one_of(
    st.sampled_from(
        ["won", "lost", "2026-01-05", "05/01/2026 10:00", "12.5", "1e400", "=1+1", "€", "-", '"', ";", "\x00"]
    ),
    st.text(max_size=8),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HEADERS, st.lists(st.lists(CELLS, max_size=8), max_size=6), st.sampled_from([",", ";", "\t"]))
def test_whatever_is_in_a_file_it_is_read_or_refused_in_words(
    tmp_path: Path, headers: list[str], lines: list[list[str]], mark: str
) -> None:
    text = "\n".join(mark.join(cells) for cells in (headers, *lines))
    found = read_or_refused(tmp_path, text.encode(errors="replace"))
    if isinstance(found, str):
        assert found.endswith(".")
        return
    assert found.rows_used + sum(row.count for row in found.left_out) == found.rows_read
    assert found.deals.count().to_pyarrow().as_py() == found.rows_used > 0
    assert found.deals.id.nunique().to_pyarrow().as_py() == found.rows_used
    assert set(column(found.deals, "outcome")) <= set(OUTCOMES)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=80).map(lambda tail: b"PAR1" + tail)))
def test_no_bytes_at_all_break_reading(tmp_path: Path, content: bytes) -> None:
    found = read_or_refused(tmp_path, content)
    assert found.endswith(".") if isinstance(found, str) else found.rows_used
