"""Imports that run: twice, half-way, killed, cancelled; what is stored and what is never planned."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.connect.csv import actions
from rebond.connect.csv.models import ImportRun
from rebond.connect.csv.queries import errors_csv
from rebond.deals.models import CloseEvent, Deal
from rebond.learn.models import Debrief, ReasonAssertion
from rebond.loop.queries import today_for
from tests.browser.product import REBOND, asked, begun
from tests.connect.shapes import PIPEDRIVE, SHAPES, Shape

MAVEN = Path(__file__).resolve().parents[3] / "shared" / "data" / "maven" / "sales_pipeline.csv"

#: Several times what goes in at once, so that a process can be killed in between.
ROWS = 6_000


def started(path: Path, user: User, kind: str = "deals") -> ImportRun:
    with path.open("rb") as file:
        stored = actions.keep_file(iter(lambda: file.read(1 << 16), b""))
    now = timezone.now()
    run = actions.begin(
        kind=kind, file_name=path.name, stored_as=stored, choices={}, team=user.team, actor=user, now=now
    )
    actions.check(run=run)
    assert run.failure == ""
    actions.start(run=run, actor=user, now=now)
    return run


def imported(path: Path, user: User, kind: str = "deals") -> ImportRun:
    run = started(path, user, kind)
    actions.carry_out(run=run, clock=timezone.now)
    return run


def many(folder: Path, count: int) -> Path:
    path = folder / "many.csv"
    lines = (f"{n},Deal {n},Closed Lost,{n}.50,2026-01-{n % 28 + 1:02d},No budget\n" for n in range(count))
    path.write_text("Deal ID,Deal Name,Stage,Amount,Close Date,Lost Reason\n" + "".join(lines))
    return path


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_the_same_file_twice_changes_nothing(nadia: User, tmp_path: Path, shape: Shape) -> None:
    first = imported(shape.write(tmp_path), nadia)
    assert (first.created, first.updated, first.rejected) == (3, 0, 0)
    before = list(Deal.objects.order_by("pk").values())
    second = imported(shape.write(tmp_path), nadia)
    assert (second.created, second.updated, second.unchanged) == (0, 0, 3)
    assert list(Deal.objects.order_by("pk").values()) == before
    assert CloseEvent.objects.count() == 2


def test_history_keeps_its_day_and_its_words_and_asks_for_nothing(nadia: User, tmp_path: Path) -> None:
    imported(PIPEDRIVE.write(tmp_path), nadia)
    event = CloseEvent.objects.get(deal__external_id="2")
    assert event.closed_at is not None
    assert event.closed_at.date().isoformat() == "2026-04-30"
    reason = ReasonAssertion.objects.get(close_event=event)
    assert (reason.verbatim, reason.code, reason.source) == ("No budget", "no_budget", "seller")
    assert not Debrief.objects.exists()
    owner = Deal.objects.get(external_id="2").owner
    assert owner is not None
    kinds = {item.key.split(":")[0] for item in today_for(owner, now=timezone.now()).items}
    assert kinds <= {"loop.quiet"}  # an open deal may be quiet; nothing follows from an end of the past


def test_a_stop_half_way_keeps_whole_batches_and_says_so(
    nadia: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "BATCH", 100)
    run = started(many(tmp_path, 1_000), nadia)

    def stop_after_three(current: ImportRun) -> None:
        if current.read == 300:
            actions.ask_to_stop(run=current, actor=nadia, now=timezone.now())

    actions.carry_out(run=run, clock=timezone.now, progress=stop_after_three)
    run.refresh_from_db()
    assert (run.status, run.created, Deal.objects.count()) == ("cancelled", 300, 300)
    assert CloseEvent.objects.count() == 300
    again = imported(many(tmp_path, 1_000), nadia)
    assert (again.created, again.unchanged, Deal.objects.count()) == (700, 300, 1_000)


def test_a_crash_between_batches_goes_on_behind_the_last_whole_one(
    nadia: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "BATCH", 100)
    run = started(many(tmp_path, 1_000), nadia)

    def die(current: ImportRun) -> None:
        if current.read == 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        actions.carry_out(run=run, clock=timezone.now, progress=die)
    fresh = ImportRun.objects.get(pk=run.pk)
    assert (fresh.status, fresh.checkpoint, Deal.objects.count()) == ("running", 501, 500)
    actions.carry_out(run=fresh, clock=timezone.now)
    assert (fresh.read, fresh.created, fresh.rejected) == (1_000, 1_000, 0)
    assert Deal.objects.count() == CloseEvent.objects.count() == 1_000


def test_two_workers_on_one_import_store_each_row_once(
    nadia: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "BATCH", 100)
    run = started(many(tmp_path, 500), nadia)
    slow = ImportRun.objects.get(pk=run.pk)
    actions.carry_out(run=run, clock=timezone.now)
    actions.carry_out(run=slow, clock=timezone.now)
    run.refresh_from_db()
    assert (run.status, run.created, Deal.objects.count(), CloseEvent.objects.count()) == ("done", 500, 500, 500)


def test_rows_left_out_come_back_as_a_safe_file(nadia: User, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("Deal ID,Deal Name,Stage,Amount\n1,Fine,Open,10\n2,Formula,Open,=cmd|' /C calc'!A0\n")
    run = imported(path, nadia)
    assert (run.created, run.rejected) == (1, 1)
    rows = list(csv.reader(io.StringIO("".join(errors_csv(run)).lstrip("\ufeff"))))
    assert len(rows) == 2
    assert rows[1][:2] == ["3", "Amount"]
    assert rows[1][2].startswith("'=cmd")
    assert rows[1][3]


def test_people_then_deals_then_contacts(nadia: User, as_nadia: Client, tmp_path: Path) -> None:
    imported(PIPEDRIVE.write(tmp_path), nadia)
    people, touches = tmp_path / "people.csv", tmp_path / "touches.csv"
    people.write_text("Record ID,First Name,Last Name,Email,Company\n9,Hélène,Marchetti,h@valmy.example,Valmy\n")
    touches.write_text(
        "id,deal,at,channel,direction,minutes,note\n7,1,2026-03-01 10:00,call,out,5,Hello\n8,none,x,call,,,\n"
    )
    assert imported(people, nadia, "people").rejected == 0
    run = imported(touches, nadia, "touches")
    assert (run.created, run.rejected) == (1, 1)
    touch = Deal.objects.get(external_id="1").touches.get()
    assert (touch.channel, touch.minutes, touch.note) == ("call", 5, "Hello")


@pytest.mark.skipif(not MAVEN.exists(), reason="the Maven sample is not beside this checkout")
def test_a_real_export_of_8800_deals(nadia: User) -> None:
    run = imported(MAVEN, nadia)
    assert (run.read, run.created, run.rejected) == (8_800, 8_800, 0)
    assert run.outcomes == {"won": 4_238, "lost": 2_473, "open": 2_089}
    assert imported(MAVEN, nadia).created == 0


def test_a_process_killed_in_the_middle_is_taken_up_by_the_next(tmp_path: Path) -> None:
    """A real ``rebond work``, killed -9 while rows go in, then another one."""
    env = begun(tmp_path / "data")
    script = (
        "import django; django.setup()\n"
        "from django.utils import timezone\n"
        "from rebond.connect.csv import actions\n"
        "from rebond.connect.csv.work import run_import\n"
        "from rebond.jobs.actions import enqueue\n"
        f"path = {str(many(tmp_path, ROWS))!r}\n"
        "now = timezone.now()\n"
        "stored = actions.keep_file(iter([open(path, 'rb').read()]))\n"
        "run = actions.begin(kind='deals', file_name='m.csv', stored_as=stored, choices={}, team=None,\n"
        "                    actor=None, now=now)\n"
        "actions.check(run=run)\n"
        "actions.start(run=run, actor=None, now=now)\n"
        "enqueue(task=run_import, kwargs={'run_id': run.pk}, now=now, max_attempts=20)\n"
    )
    rebond = [str(REBOND)]
    subprocess.run([*rebond, "manage", "shell", "-c", script], env=env, check=True, capture_output=True, timeout=90)

    def state() -> tuple[object, ...]:
        [found] = asked(env, "SELECT status, read, created FROM connect_csv_importrun")
        return found

    first = subprocess.Popen([*rebond, "work"], env=env, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while state()[1] == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert state()[1] in range(1, ROWS)
    lease_over = (
        "from django.utils import timezone\n"
        "from rebond.jobs.models import Job\n"
        "Job.objects.update(lease_until=timezone.now())"
    )
    subprocess.run([*rebond, "manage", "shell", "-c", lease_over], env=env, check=True, capture_output=True, timeout=90)
    second = subprocess.Popen([*rebond, "work"], env=env, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while state()[0] != "done" and time.monotonic() < deadline:
        time.sleep(0.2)
    second.terminate()
    second.wait(30)
    assert state() == ("done", ROWS, ROWS)
