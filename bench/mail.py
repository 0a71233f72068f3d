"""Mail leaves: one worker process on the embedded database as shipped (``synchronous=FULL``), four on PostgreSQL.

Each mail is a letter of 1.5 KB with a personal link to unsubscribe, claimed, begun and settled in the database as
always. The server is a process of its own that takes each mail two milliseconds late. Beside it plain ``smtplib``
hands over the same mails, made beforehand, by as many connections, and keeps nothing: what the way itself allows.
PostgreSQL is one of our own, as it comes (it waits for the disk, too), where its programs are installed. What a sender
and a reader killed with ``kill -9`` leave behind is counted by tests: see docs/operations.md.
"""

from __future__ import annotations

import json
import os
import re
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import ROOT, Figure, main, use_folder
from tools.postgresql import binaries, server

MAILS = 3000
ROUNDS = 3
DELAY_MS = 2
TARGET = 300
WORKERS = 4
BODY = """Bonjour {name},

en mars, vous nous aviez dit que le budget de la maintenance ne serait décidé qu’en juin. Nous y sommes, et je
voulais prendre de vos nouvelles : où en êtes-vous ? Pour vous aider à préparer cette décision, je vous joins un
modèle de dossier que plusieurs responsables de sites de votre taille ont utilisé cette année. Il tient en deux pages.

{filler}
Si ce n’est toujours pas le moment, dites-le-moi simplement, et je reviendrai vers vous quand vous le souhaiterez.

Bien à vous,
Camille Aubry

--
Vous recevez ce mot parce que nous avons parlé de vos sites en mars. Ne plus rien recevoir :
https://rebond.example/m/{token}
"""
FILLER = "Ce que l’on y trouve : le coût de l’attente, poste par poste, et la façon dont il a été calculé.\n" * 7


def note(number: int) -> Any:
    """The letter of one mail."""
    from rebond.mail.purposes import Letter

    token = f"{number:08d}" + "k" * 40
    link = f"https://rebond.example/m/{token}"
    return Letter(
        subject="Votre budget de maintenance : où en êtes-vous ?",
        text=BODY.format(name=f"Hélène {number}", filler=FILLER, token=token),
        from_name="Camille Aubry", reply_to="camille@rebond.example",
        headers={
            "List-Unsubscribe": f"<{link}/stop>, <mailto:stop@rebond.example?subject={token}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "List-Id": "<notes.rebond.example>",
        },
    )  # fmt: skip


def register() -> None:
    """The purpose of these mails, in whichever process sends them."""
    from rebond.mail.purposes import Purpose, find
    from rebond.mail.purposes import register as made_known

    if find("bench.note") is None:
        made_known(
            Purpose(
                "bench.note", "keep_in_touch", lambda message, _now: note(message.pk), use="keep_in_touch", cadence=True
            )
        )  # fmt: skip


def plan(count: int) -> None:
    """So many notes, due, to as many people we may write to; in bulk, since planning is not measured here."""
    from django.utils import timezone

    from rebond.mail.addresses import fingerprint
    from rebond.mail.boxes.mailbox import house
    from rebond.mail.models import Basis, Ground, Mailbox, Message, Use
    from rebond.mail.outgoing.compose import message_id

    now = timezone.now()
    Message.objects.all().delete()
    Basis.objects.all().delete()
    Mailbox.objects.filter(pk=house(now=now).pk).update(found={"signed_off": True})
    Basis.objects.bulk_create(
        Basis(
            fingerprint=fingerprint(f"buyer{number}@valmy.example"), use=Use.KEEP_IN_TOUCH,
            ground=Ground.LEGITIMATE_INTEREST, source="bench", obtained_at=now, at=now,
        )
        for number in range(count)
    )  # fmt: skip
    Message.objects.bulk_create(
        Message(
            key=f"bench:{number}", purpose="bench.note", recipient=f"buyer{number}@valmy.example", language="fr",
            recipient_name=f"Hélène {number}", fingerprint=fingerprint(f"buyer{number}@valmy.example"),
            planned_at=now, send_at=now, message_id=message_id(f"bench:{number}"),
        )
        for number in range(count)
    )  # fmt: skip


def ready_made(count: int) -> list[tuple[str, bytes]]:
    """The same mails as bytes, for the plain way."""
    from django.utils import timezone

    from rebond.mail.models import Message
    from rebond.mail.outgoing.compose import compose

    rows = Message.objects.order_by("pk")[:count]
    return [(row.recipient, compose(row, note(row.pk), timezone.now())) for row in rows]


@dataclass(frozen=True)
class Sink:
    """The counting server: its port, and the Message-IDs it has."""

    port: int
    file: Path

    def seen(self) -> Counter[str]:
        return Counter(self.file.read_text().split()) if self.file.exists() else Counter()


@contextmanager
def sink(folder: Path, delay: float = DELAY_MS) -> Iterator[Sink]:
    """The server in a process of its own."""
    file = folder / f"ids-{time.monotonic_ns()}"
    command = [sys.executable, "-m", "tools.smtp_sink", "0", "--ids", str(file), "--delay", str(delay)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        port = re.search(r":(\d+),", process.stdout.readline())
        assert port is not None
        yield Sink(int(port[1]), file)
    finally:
        process.terminate()
        process.wait(20)


def plain(port: int, mails: list[tuple[str, bytes]], lines: int) -> float:
    """Seconds that ``smtplib`` takes for the same mails over so many connections, begun together."""
    start = threading.Barrier(lines + 1)

    def one(mine: list[tuple[str, bytes]]) -> None:
        with smtplib.SMTP("127.0.0.1", port, "[127.0.0.1]") as talk:
            start.wait()
            for recipient, raw in mine:
                talk.sendmail("rebond@rebond.example", [recipient], raw)

    threads = [threading.Thread(target=one, args=(mails[number::lines],)) for number in range(lines)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def workers(port: int, count: int, planned: int) -> tuple[float, float, int]:
    """So many worker processes empty the outbox; seconds, their processor seconds, how many mails they say."""
    plan(planned)
    env = os.environ | {"REBOND_MAIL_URL": f"smtp://127.0.0.1:{port}"}
    command = [sys.executable, "-m", "bench.mail", "--work"]
    each = [
        subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _one in range(count)
    ]
    for process in each:
        assert process.stdout is not None
        process.stdout.readline()  # it is set up
    for process in each:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [json.loads(process.communicate(timeout=600)[0]) for process in each]
    took = max(one["until"] for one in told) - min(one["since"] for one in told)
    return took, sum(one["cpu"] for one in told), sum(one["done"].get("accepted", 0) for one in told)


def work() -> None:
    """One worker process: says that it is ready, waits for the word, sends until nothing is due."""
    import django

    django.setup()
    register()
    from django.utils import timezone

    from rebond.mail.work.sending import send

    print("ready", flush=True)
    sys.stdin.readline()
    since, cpu = time.monotonic(), time.process_time()
    done = send(clock=timezone.now)
    print(json.dumps(
        {"since": since, "until": time.monotonic(), "cpu": time.process_time() - cpu, "done": dict(done)}
    ))  # fmt: skip


@dataclass
class Rounds:
    """What some rounds brought."""

    rates: list[float]
    plain: list[float]
    per_cpu: list[float]
    lost: int
    doubled: int

    @property
    def best(self) -> float:
        return max(self.rates)

    @property
    def ratio(self) -> float:
        pairs = sorted(ours / theirs for ours, theirs in zip(self.rates, self.plain, strict=True))
        return pairs[len(pairs) // 2]


def rounds(folder: Path, count: int) -> Rounds:
    """The product and plain ``smtplib`` in turns."""
    from rebond.mail.outgoing.ways import LINES

    found = Rounds([], [], [], 0, 0)
    for _round in range(ROUNDS):
        with sink(folder) as there:
            took, cpu, accepted = workers(there.port, count, MAILS)
            seen = there.seen()
        found.lost += MAILS - len(seen) + abs(MAILS - accepted)
        found.doubled += sum(times - 1 for times in seen.values())
        found.rates.append(MAILS / took)
        found.per_cpu.append(MAILS / cpu)
        with sink(folder) as there:
            found.plain.append(MAILS / plain(there.port, ready_made(MAILS), LINES * count))
    return found


def told(found: Rounds, who: str, target: float) -> list[Figure]:
    return [
        Figure(f"{who}: mails not arrived, or arrived twice", found.lost + found.doubled, "mails", 0,
               beside=f"of {MAILS * ROUNDS:,}"),
        Figure(f"{who}: mails a second, the best round", found.best, "a second", target, True,
               "all rounds: " + ", ".join(f"{rate:.0f}" for rate in found.rates)),
        Figure(f"{who}: against plain smtplib over as many connections", found.ratio, "x", None,
               beside="that, a second: " + ", ".join(f"{rate:.0f}" for rate in found.plain)),
        Figure(f"{who}: mails per processor second of the workers", max(found.per_cpu), "mails"),
    ]  # fmt: skip


def on(database: str, count: int) -> dict[str, Any]:
    """One database's rounds, in a process of its own: settings are read once."""
    env = os.environ | {"REBOND_DATABASE_URL": database}
    command = [sys.executable, "-m", "bench.mail", "--rounds", str(count)]
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def inside(count: int) -> None:
    database = os.environ.get("REBOND_DATABASE_URL", "")
    with tempfile.TemporaryDirectory(prefix="rebond-bench-") as name:
        use_folder(Path(name), REBOND_DATABASE_URL=database, REBOND_MAIL_FROM="Rebond <rebond@rebond.example>")
        register()
        print(json.dumps(vars(rounds(Path(name), count))))


def figures() -> list[Figure]:
    found = told(Rounds(**on("", 1)), "SQLite, one worker", TARGET)
    if programs := binaries():
        with server(programs, "max_connections=60\n") as database:
            found += told(Rounds(**on(database, WORKERS)), f"PostgreSQL, {WORKERS} workers", TARGET)
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["--work"]:
        work()
    elif sys.argv[1:2] == ["--rounds"]:
        inside(int(sys.argv[2]))
    else:
        main(figures, __doc__)
