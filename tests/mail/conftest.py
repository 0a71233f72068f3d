from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings

from rebond.mail import doctor
from rebond.mail.doctor.names import Names
from tests.mail import purposes
from tests.mail.dns_server import HOST, ONE, OURS, SIX, DnsServer, naming
from tests.mail.imap_server import INSTALL, Dovecot, ImapServer, usable


@pytest.fixture(autouse=True)
def _nothing_told_yet() -> Iterator[None]:
    yield
    purposes.told.clear()
    purposes.guards.clear()
    purposes.letters.clear()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One process for all tests; each has a mailbox of its own."""
    if not usable():
        pytest.skip(f"no Dovecot 2.3 on this machine: {INSTALL}")
    process = Dovecot()
    process.start()
    yield process
    process.stop()


@pytest.fixture
def imap_server(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> ImapServer:
    """A real mailbox on loopback, which is the installation's own; see ``tests.mail.imap_server``."""
    server = ImapServer(dovecot)
    monkeypatch.setattr(settings.CONFIG, "inbox_url", server.url)
    return server


@pytest.fixture
def dns_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DnsServer]:
    with naming() as server:
        monkeypatch.setattr(doctor, "names", lambda: Names(server.resolver()))
        yield server


@pytest.fixture
def good(dns_server: DnsServer) -> DnsServer:
    """A domain on which everything is in order."""
    dns_server.txt(OURS, f"v=spf1 ip4:{ONE} ip6:{SIX} -all")
    dns_server.txt(f"_dmarc.{OURS}", "v=DMARC1; p=reject; rua=mailto:d@ours.example")
    dns_server.add(OURS, "MX", "10 mx1.ours.example.", "20 mx2.ours.example.")
    dns_server.add(HOST, "A", ONE)
    dns_server.add("9.9.9.9.in-addr.arpa", "PTR", "mail.ours.example.")
    return dns_server
