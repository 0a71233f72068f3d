"""A database that was restored or moved sends nothing until a person says so, and then nothing twice."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from rebond.accounts.models import AuditEntry, User
from rebond.mail import actions
from rebond.mail.models import Halt, Mark, Message, MessageStatus
from rebond.mail.outgoing import restored
from tests.mail import purposes
from tests.mail.purposes import plan
from tests.mail.server import SmtpServer
from tests.mail.test_sending import row, sent

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.CONFIG, "data", tmp_path)


@pytest.fixture
def backup(smtp_server: SmtpServer, now: datetime) -> dict[str, object]:
    """An installation that has sent one mail and been backed up; then it sends two more, and one goes unknown."""
    plan("before", now)
    assert sent(now) == {"accepted": 1}
    for key in ("sent since", "deferred since"):
        plan(key, now, send_at=now + HOUR)
    plan("next week", now, send_at=now + timedelta(days=7))
    return {"mark": Mark.objects.values().get(), "messages": list(Message.objects.values())}


def put_back(backup: dict[str, object]) -> None:
    """The database as it was at the backup; the folder stays."""
    Mark.objects.all().delete()
    Mark.objects.create(**backup["mark"])  # type: ignore[arg-type]
    for values in backup["messages"]:  # type: ignore[attr-defined]
        Message.objects.filter(pk=values["id"]).update(**{k: v for k, v in values.items() if k != "id"})


def test_a_restored_database_sends_nothing_and_what_was_due_is_decided_by_a_person(
    smtp_server: SmtpServer, admin_user: User, backup: dict[str, object], now: datetime
) -> None:
    assert sent(now + HOUR) == {"accepted": 2}
    put_back(backup)
    later = now + 3 * HOUR
    assert sent(later) == {}
    assert sent(later + timedelta(days=30)) == {}  # however long nobody looks
    assert len(smtp_server.received) == 3
    halt = Halt.objects.get()
    assert (halt.covers, halt.because, halt.since, halt.by) == ("everything", "restored", now, None)
    assert row("sent since").status == MessageStatus.PLANNED

    actions.lift_halt(halt=halt, actor=admin_user, now=later + HOUR)
    doubtful = Message.objects.filter(status=MessageStatus.UNKNOWN).order_by("pk")
    assert [(one.key, one.reason) for one in doubtful] == [("sent since", "restored"), ("deferred since", "restored")]
    assert AuditEntry.objects.filter(verb="mail.doubt", actor=admin_user).count() == 2
    assert sent(later + 2 * HOUR) == {}
    actions.resolve_unknown(message=row("sent since"), delivered=True, actor=admin_user, now=later)
    actions.resolve_unknown(message=row("deferred since"), delivered=False, actor=admin_user, now=later)
    assert sent(later + 2 * HOUR) == {"accepted": 1}  # this one twice, as a person wished
    assert sent(now + timedelta(days=7)) == {"accepted": 1}
    print("restored: 3 sent before, 0 sent while halted, 2 listed and decided, 0 sent twice by itself")


def test_nothing_is_taken_as_sent_while_such_a_halt_stands(
    smtp_server: SmtpServer, backup: dict[str, object], now: datetime
) -> None:
    smtp_server.take_and_hang_up()
    assert sent(now + HOUR) == {"unknown": 2}
    halt = actions.halt(covers="everything", because="restored", actor=None, now=now + HOUR)
    assert actions.assume_sent(now=now + timedelta(days=9)) == 0
    actions.lift_halt(halt=halt, actor=None, now=now + HOUR)
    assert actions.assume_sent(now=now + timedelta(days=4)) == 2
    assert (row("sent since").status, row("sent since").reason) == ("assumed_sent", "assumed_after_72_hours")
    assert ("accepted", "sent since") in purposes.told
    assert AuditEntry.objects.filter(verb="mail.assume").count() == 2


def test_a_database_beside_another_folder_asks_once(
    smtp_server: SmtpServer, backup: dict[str, object], now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.CONFIG, "data", tmp_path / "new")
    assert sent(now + HOUR) == {}
    actions.lift_halt(halt=Halt.objects.get(), actor=None, now=now + HOUR)
    plan("after", now + HOUR)
    assert sent(now + 2 * HOUR) == {"accepted": 1}
    assert Halt.objects.count() == 1


def test_a_folder_that_was_written_on_another_machine_asks_once(
    smtp_server: SmtpServer, backup: dict[str, object], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restored, "machine", lambda: "another")
    assert sent(now + HOUR) == {}
    assert Halt.objects.get().note == "the data folder was written on another machine"
    actions.lift_halt(halt=Halt.objects.get(), actor=None, now=now + HOUR)
    plan("after", now + HOUR)
    assert sent(now + 2 * HOUR) == {"accepted": 1}


def test_a_machine_without_a_name_is_not_told_apart(
    smtp_server: SmtpServer, backup: dict[str, object], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restored, "machine", lambda: "")  # a container that is made anew with each version
    assert sent(now + HOUR) == {"accepted": 2}
    assert not Halt.objects.exists()


COPIES = {
    "cp": ["cp", "-a", "{here}", "{there}"],
    "tar": ["sh", "-c", "mkdir {there} && tar -C {here} -cf - . | tar -C {there} -xf -"],
    "rsync": ["rsync", "-a", "{here}/", "{there}/"],
}


def started(smtp_server: SmtpServer, now: datetime, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with a folder of its own that has sent one mail."""
    monkeypatch.setattr(settings.CONFIG, "data", folder)
    plan("one", now)
    assert sent(now) == {"accepted": 1}
    return folder


@pytest.mark.parametrize("way", COPIES)
def test_a_whole_folder_that_was_copied_sends_nothing_until_a_person_says_so(
    smtp_server: SmtpServer, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if shutil.which(way) is None:
        pytest.skip(f"{way} is not installed here")
    here, there = started(smtp_server, now, tmp_path / "here", monkeypatch), tmp_path / "there"
    subprocess.run([word.format(here=here, there=there) for word in COPIES[way]], check=True)
    monkeypatch.setattr(settings.CONFIG, "data", there)
    plan("two", now)
    assert (sent(now), row("two").status) == ({}, MessageStatus.PLANNED)
    halt = Halt.objects.get()
    assert (halt.because, halt.note) == ("restored", "the data folder was copied or restored")
    actions.lift_halt(halt=halt, actor=None, now=now + HOUR)
    plan("three", now + HOUR)
    assert sent(now + 2 * HOUR) == {"accepted": 1}  # and it is known by itself from now on
    assert (row("two").status, Halt.objects.count()) == (MessageStatus.UNKNOWN, 1)


def test_a_backup_of_the_whole_folder_put_back_in_its_place_sends_nothing_until_a_person_says_so(
    smtp_server: SmtpServer, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = started(smtp_server, now, tmp_path / "here", monkeypatch)
    shutil.copytree(here, tmp_path / "backup")
    shutil.rmtree(here)  # the file system may give its inode number out again
    shutil.copytree(tmp_path / "backup", here)
    plan("two", now)
    assert (sent(now), Halt.objects.get().because) == ({}, "restored")


def test_a_folder_that_was_moved_is_no_copy(
    smtp_server: SmtpServer, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = started(smtp_server, now, tmp_path / "here", monkeypatch)
    here.rename(tmp_path / "there")
    monkeypatch.setattr(settings.CONFIG, "data", tmp_path / "there")
    plan("two", now)
    assert (sent(now), Halt.objects.count()) == ({"accepted": 1}, 0)


def test_a_file_of_before_it_knew_itself_is_taken_as_it_is_and_knows_itself_after_the_next_mail(
    smtp_server: SmtpServer, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = started(smtp_server, now, tmp_path / "here", monkeypatch)
    mark = Mark.objects.get()
    file = here / restored.FOLDER / mark.host
    file.write_text(f"{mark.number:020d} {restored.machine():<32}\n")
    plan("two", now)
    assert (sent(now), Halt.objects.count()) == ({"accepted": 1}, 0)
    shutil.copytree(here, tmp_path / "there")
    monkeypatch.setattr(settings.CONFIG, "data", tmp_path / "there")
    assert not restored.check(now=now)


def test_a_disk_without_generations_of_files_tells_a_copy_by_its_number(
    smtp_server: SmtpServer, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restored, "GET_GENERATION", 0)  # no such question
    here = started(smtp_server, now, tmp_path / "here", monkeypatch)
    assert restored.check(now=now)
    shutil.copytree(here, tmp_path / "there")
    monkeypatch.setattr(settings.CONFIG, "data", tmp_path / "there")
    assert not restored.check(now=now)


def test_the_file_never_goes_back_and_is_read_again_when_another_process_went_on(now: datetime) -> None:
    mark = restored.check(now=now) and Mark.objects.get()
    assert isinstance(mark, Mark)
    for number in (5, 3, 7, 6):
        restored.keep(Mark(number=number, host=mark.host, at=now))
    kept = restored.read(mark)
    assert kept is not None
    assert kept.number == 7
    Mark.objects.update(number=7)
    assert restored.check(now=now)
    assert not Halt.objects.exists()


def test_where_the_mark_cannot_be_kept_nothing_leaves(
    smtp_server: SmtpServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan("one", now)
    restored.check(now=now)

    def full(*_what: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restored, "keep", full)
    with pytest.raises(OSError, match="No space"):
        sent(now)
    assert smtp_server.received == []
    assert row("one").status == MessageStatus.CLAIMED  # its lease runs out, and then it is planned again
    monkeypatch.undo()


@pytest.mark.parametrize("stands", [True, False])
def test_a_halt_of_everything_leaves_what_is_due_as_it_is(smtp_server: SmtpServer, now: datetime, stands: bool) -> None:
    plan("one", now)
    halt = actions.halt(covers="everything", because="operator", actor=None, now=now)
    if stands:
        assert sent(now + HOUR) == {}
        assert (row("one").status, row("one").send_at) == (MessageStatus.PLANNED, now)
    else:
        actions.lift_halt(halt=halt, actor=None, now=now)
        assert sent(now + HOUR) == {"accepted": 1}
