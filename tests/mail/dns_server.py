"""A real name server on loopback, over UDP, that knows what a test tells it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.rrset

from rebond.mail.doctor.names import Names

Key = tuple[str, str]
OURS = "ours.example"
HOST = "mail.ours.example"
#: Public addresses that belong to nobody who would mind.
ONE, OTHER, SIX = "9.9.9.9", "8.8.8.8", "2620:fe::fe"


class DnsServer:
    """Answers from ``records``: (name without its last dot, type) to values as a zone file has them.

    ``silent``: names it says nothing about, as a name server that is down. ``asked`` is what it was asked.
    """

    def __init__(self) -> None:
        self.records: dict[Key, list[str]] = {}
        self.silent: set[str] = set()
        self.asked: list[Key] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])

    def add(self, name: str, kind: str, *values: str) -> None:
        self.records.setdefault((name.lower(), kind), []).extend(values)

    def txt(self, name: str, text: str) -> None:
        """A TXT record, cut into strings of 255 bytes as the wire has it."""
        cut = [text[at : at + 255] for at in range(0, len(text), 255)]
        self.add(name, "TXT", " ".join(f'"{part}"' for part in cut))

    def resolver(self) -> dns.resolver.Resolver:
        """One that asks this server, and gives up soon."""
        made = dns.resolver.Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], self.port
        made.timeout = made.lifetime = 0.3
        return made

    def run(self) -> None:
        while True:
            try:
                wire, peer = self._socket.recvfrom(4096)
            except OSError:
                return
            if not wire:
                return
            if answer := self._answer(dns.message.from_wire(wire)):
                self._socket.sendto(answer.to_wire(max_size=4096), peer)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if values := self.records.get((name, kind)):
            answer.answer.append(
                dns.rrset.from_text_list(question.name, 60, dns.rdataclass.IN, question.rdtype, values)
            )
        elif not any(known == name for known, _kind in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as goodbye:
            goodbye.sendto(b"", ("127.0.0.1", self.port))


@contextmanager
def naming() -> Iterator[DnsServer]:
    """A name server while the block runs."""
    server = DnsServer()
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()
        server._socket.close()


def ask(server: DnsServer) -> Names:
    """The DNS as that server tells it."""
    return Names(server.resolver())
