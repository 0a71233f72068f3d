"""The development mail server: takes a mail and prints it."""

from __future__ import annotations

import re
import smtplib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_sink_prints_what_it_is_sent() -> None:
    sink = subprocess.Popen([sys.executable, "-m", "tools.smtp_sink", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert sink.stdout is not None
    try:
        port = re.search(r":(\d+),", sink.stdout.readline())
        assert port is not None
        with smtplib.SMTP("127.0.0.1", int(port[1]), "[127.0.0.1]", timeout=20) as talk:
            talk.sendmail("a@ours.example", ["b@valmy.example"], "Subject: Bonjour\r\n\r\nAll is well.\r\n")
        printed = [sink.stdout.readline().strip() for _line in range(5)]
    finally:
        sink.terminate()
        sink.wait(20)
    assert printed == ["", "=== a@ours.example -> b@valmy.example", "Subject: Bonjour", "", "All is well."]
