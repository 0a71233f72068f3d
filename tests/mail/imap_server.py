"""A real IMAP server (Dovecot of Debian's package ``dovecot-imapd``) on loopback, with mail delivered to its folders.

It runs as root (then mail belongs to the user ``mail``: Dovecot serves none of root's) and as anybody else.
"""

from __future__ import annotations

import grp
import itertools
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from datetime import datetime
from pathlib import Path

DOVECOT = "/usr/sbin/dovecot"
PASSWORD = "sailing-otter"
INSTALL = "sudo apt-get install -y dovecot-imapd"
_CONFIG = """
protocols = imap
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
listen = 127.0.0.1
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{root}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secure_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
}}
"""


def usable() -> bool:
    """Whether this machine has the server, in the version whose settings we speak."""
    if not os.access(DOVECOT, os.X_OK):
        return False
    told = subprocess.run([DOVECOT, "--version"], capture_output=True, text=True, check=False).stdout
    return told.startswith("2.3.")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Dovecot:
    """The process. Anybody signs in with ``PASSWORD``; every name is a mailbox of its own."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="rebond-dovecot-"))
        self.root.chmod(0o755)
        self.port, self.secure_port = _free_port(), _free_port() if certificate else 0
        me = pwd.getpwuid(os.geteuid())
        self.as_root = me.pw_uid == 0
        owner = pwd.getpwnam("mail") if self.as_root else me
        self.uid, self.gid = owner.pw_uid, owner.pw_gid
        group = "dovecot" if self.as_root else grp.getgrgid(me.pw_gid).gr_name
        (self.root / "mail").mkdir()
        self.give(self.root / "mail")
        self._process: subprocess.Popen[bytes] | None = None
        text = _CONFIG.format(
            root=self.root, port=self.port, secure_port=self.secure_port, uid=self.uid, gid=self.gid, group=group,
            internal="dovecot" if self.as_root else me.pw_name, login="dovenull" if self.as_root else me.pw_name,
            password=PASSWORD, ssl="yes" if certificate else "no",
            certificate=f"ssl_cert = <{certificate}\nssl_key = <{certificate}" if certificate else "",
        )  # fmt: skip
        (self.root / "conf").write_text(text)

    def give(self, path: Path) -> None:
        """To whom the server serves mail."""
        if self.as_root:
            os.chown(path, self.uid, self.gid)

    def start(self) -> None:
        self._process = subprocess.Popen(
            [DOVECOT, "-F", "-c", str(self.root / "conf")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
                    if line.recv(200).startswith(b"* OK"):
                        return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"Dovecot did not start: {self.log()}")

    def log(self) -> str:
        path = self.root / "log"
        return path.read_text(errors="replace")[-2000:] if path.exists() else ""

    def kill(self) -> None:
        """At once, with every connection (SIGKILL to its process group)."""
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait()
            self._process = None
            (self.root / "run" / "master.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.root, ignore_errors=True)


_NAMES = itertools.count(1)


class ImapServer:
    """One mailbox on it: what a test sees."""

    host = "127.0.0.1"

    def __init__(self, dovecot: Dovecot) -> None:
        self.dovecot = dovecot
        self.user = f"box{os.getpid()}-{next(_NAMES)}"
        self.home = dovecot.root / "mail" / self.user
        self._numbers = itertools.count(1)
        self._folder("INBOX")

    @property
    def url(self) -> str:
        return f"imap://{self.user}:{PASSWORD}@{self.host}:{self.dovecot.port}"

    @property
    def secure_url(self) -> str:
        return f"imaps://{self.user}:{PASSWORD}@{self.host}:{self.dovecot.secure_port}"

    def _folder(self, name: str) -> Path:
        path = self.home if name == "INBOX" else self.home / f".{name}"
        for part in (self.home, path, *(path / one for one in ("cur", "new", "tmp"))):
            if not part.exists():
                part.mkdir()
                self.dovecot.give(part)
        return path

    def deliver(self, raw: bytes, *, at: datetime, folder: str = "INBOX") -> Path:
        """Puts a mail into a folder, as arrived at that moment."""
        number = next(self._numbers)
        path = self._folder(folder) / "new" / f"{1_700_000_000 + number}.M{number:06}P1.loopback"
        hidden = path.parent.parent / "tmp" / path.name
        hidden.write_bytes(raw.replace(b"\r\n", b"\n"))
        self.dovecot.give(hidden)
        os.utime(hidden, (at.timestamp(), at.timestamp()))
        hidden.rename(path)
        return path

    def files(self, folder: str = "INBOX") -> list[Path]:
        """Every mail file of a folder; its name ends in the flags it carries."""
        path = self._folder(folder)
        return sorted([*path.glob("new/*"), *path.glob("cur/*")])

    def begin_again(self, folder: str = "INBOX") -> None:
        """Every mail gone and every number void, as after a folder was made anew: another UIDVALIDITY."""
        path = self._folder(folder)
        for file in self.files(folder):
            file.unlink()
        for file in path.glob("dovecot*"):
            if file.name != "dovecot-uidlist":
                file.unlink()
        listed = path / "dovecot-uidlist"
        found = re.match(r"3 V(\d+) ", listed.read_text())
        assert found is not None
        listed.write_text(f"3 V{int(found[1]) + 7} N1 G{'1' * 32}\n")

    def kill(self) -> None:
        self.dovecot.kill()

    def start(self) -> None:
        self.dovecot.start()
