"""The command line, called as a person calls it: a process of its own, its own data folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.product import begun, environment

REBOND = Path(sys.executable).parent / "rebond"
CSV = """Deal ID;Deal name;Stage;Amount;Create date;Closed on;Deal owner;Lost reason
1;Maintenance;Negotiation;1 200,50;01/02/2026;;Moses Frase;
2;Audit;Closed Lost;800;03/02/2026;25/03/2026;Moses Frase;Pas de budget
3;Lifts;Closed Won;900;04/02/2026;26/03/2026;Anna Snelling;
"""


class House:
    """A data folder and the commands on it."""

    def __init__(self, folder: Path) -> None:
        self.env = begun(folder)
        self.folder = folder

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(REBOND), *words],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def json(self, *words: str, code: int = 0) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house with an administrator and three imported deals."""
    house = House(tmp_path_factory.mktemp("cli") / "data")
    file = house.folder.parent / "deals.csv"
    file.write_text(CSV)
    house.json("admin", "--email", "boss@x.example", "--password", "a few plain words")
    result = house.json("import", "deals", str(file), "--yes")
    assert {name: result[name] for name in ("read", "created", "updated", "rejected", "won", "lost", "open")} == {
        "read": 3, "created": 3, "updated": 0, "rejected": 0, "won": 1, "lost": 1, "open": 1,
    }  # fmt: skip
    assert house.json("import", "deals", str(file), "--yes")["created"] == 0
    return house


def test_close_reopen_close_leaves_two_events_each_with_its_reasons(house: House) -> None:
    pk = str(house.json("deals", "--outcome", "open", "--limit", "1")["deals"][0]["id"])
    house.json("close", pk, "lost", "--reason", "no_budget")
    house.run("reopen", pk)
    house.json("close", pk, "lost", "--reason", "timing", "--also", "wrong_people", "--competitor", "Acme")
    shown = house.json("show", pk)
    reasons = [[(r["code"], r["source"], r["role"]) for r in event["reasons"]] for event in shown["close_events"]]
    assert reasons == [
        [("no_budget", "seller", "primary")],
        [("timing", "seller", "primary"), ("wrong_people", "seller", "contributing")],
    ]
    assert shown["close_events"][0]["reopened_at"]
    assert shown["close_events"][1]["competitor"] == "Acme"
    today = house.json("today", "--as", "boss@x.example")
    assert [(item["kind"], item["deal_id"]) for item in today["items"]] == [("learn.debrief", int(pk))]


def test_an_import_keeps_historic_days_and_words_and_plans_nothing(house: House) -> None:
    shown = house.json("show", "2")
    event = shown["close_events"][0]
    assert event["closed_at"].startswith("2026-03-25")
    assert event["reasons"][0]["code"] == "no_budget"
    assert event["reasons"][0]["verbatim"] == "Pas de budget"
    assert shown["planned"] == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["show", "999999"], "unknown_deal"),
        (["close", "3", "lost", "--reason", "timing"], "already_closed"),
        (["close", "3", "eaten", "--reason", "timing"], "unknown_outcome"),
        (["reopen", "nope"], "unknown_deal"),
        (["today"], "person_missing"),
        (["today", "--as", "nobody@x.example"], "unknown_person"),
        (["import", "deals", "/no/such/file.csv", "--yes"], "no_file"),
        (["admin", "--email", "x", "--password", "a few plain words"], "bad_email"),
        (["admin", "--email", "a@x.example", "--password", "short"], "weak_password"),
    ],
)
def test_what_cannot_be_done_is_one_json_document_and_exit_code_2(house: House, words: list[str], error: str) -> None:
    answer = house.json(*words, code=2)
    assert answer["error"] == error
    assert answer["message"]


def test_without_json_the_sentence_goes_to_standard_error(house: House) -> None:
    done = house.run("show", "999999")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no deal" in done.stderr


def test_an_import_asks_first_and_without_a_terminal_writes_nothing(house: House) -> None:
    file = house.folder.parent / "more.csv"
    file.write_text(CSV.replace("1;", "91;"))
    done = house.run("import", "deals", str(file))
    assert done.returncode == 2
    assert "external_id" in done.stderr
    assert "--yes" in done.stderr
    assert house.json("deals", "--text", "91")["total"] == 0


def test_a_bare_rebond_says_what_there_is(house: House) -> None:
    done = house.run()
    assert done.returncode == 0
    assert "rebond demo" in done.stdout
    assert house.run("dance").returncode == 2


def test_text_output_is_for_people(house: House) -> None:
    assert "Audit" in house.run("deals").stdout
    assert "Audit" in house.run("show", "2").stdout
    assert house.run("today", "--as", "Boss").returncode == 0


def test_commands_that_start_at_once_on_an_empty_folder_share_one_database(tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    started = [
        subprocess.Popen([str(REBOND), "deals", "--json"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _one in range(4)
    ]
    for process in started:
        answer, problem = process.communicate(timeout=90)
        assert process.returncode == 0, problem.decode()
        assert json.loads(answer) == {"deals": [], "total": 0}
    assert len((tmp_path / "data" / "secret-key").read_text()) >= 40
    assert [path.name for path in (tmp_path / "data").glob("secret-key*")] == ["secret-key"]
