from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from rebond.jobs.models import Job, Schedule
from rebond.loop.schedules import install
from rebond.nurture.actions.library import mark_checked
from rebond.nurture.library import links
from rebond.nurture.library.links import Checked, check
from rebond.nurture.library.picking import is_broken
from rebond.nurture.work.links import check_links
from tests.nurture.shelf import NOW, make_piece


class Site(BaseHTTPRequestHandler):
    """A small real web server: ``/404`` answers 404, ``/no-head`` refuses HEAD, ``/to?URL`` redirects."""

    seen: list[tuple[str, str]] = []

    def _answer(self) -> None:
        self.seen.append((self.command, self.path))
        path, _mark, target = self.path.partition("?")
        status = int(path[1:4]) if path[1:4].isdigit() else 200
        if path == "/no-head" and self.command == "HEAD":
            status = 405
        if path in ("/to", "/round"):
            status = 302
        self.send_response(status)
        if status == 302:
            self.send_header("Location", target or "/round")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = _answer

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Site.seen = []
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/", Checked(True, "answers")), ("/404", Checked(False, "status_404")), ("/410", Checked(False, "status_410")),
     ("/500", Checked(False, "status_500")), ("/403", Checked(True, "answers")), ("/429", Checked(True, "answers")),
     ("/no-head", Checked(True, "answers")), ("/to?/", Checked(True, "answers")),
     ("/to?/404", Checked(False, "status_404")), ("/round", Checked(False, "too_many_redirects"))],
)  # fmt: skip
def test_an_address_is_asked_by_head_and_by_get_where_head_says_no(site: str, path: str, expected: Checked) -> None:
    assert check(f"http://{site}{path}", ours=site) == expected
    assert Site.seen[0][0] == "HEAD"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.5", "192.168.1.1", "172.16.0.9", "169.254.169.254", "100.64.1.1", "0.0.0.0", "::1", "fe80::1",
     "fc00::1", "::ffff:10.0.0.5", "224.0.0.1", "255.255.255.255", "64:ff9b::a00:5"],
)  # fmt: skip
def test_nothing_in_our_own_network_is_asked(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda *_args: pytest.fail("connected"))
    assert check("http://intranet.example/x", find=lambda _host, _port: [address], ours="") == Checked(None, "refused")
    both = ["9.9.9.9", address]
    assert check("http://intranet.example/x", find=lambda _host, _port: both, ours="") == Checked(None, "refused")


@pytest.mark.parametrize("target", ["http://10.0.0.5/", "http://localhost:1/", "http://[::1]/", "http://2130706433/"])
def test_a_redirect_into_our_own_network_is_not_followed(site: str, target: str) -> None:
    assert check(f"http://{site}/to?{target}", ours=site) == Checked(None, "refused")


def test_another_port_of_this_machine_is_not_ours(site: str) -> None:
    assert check(f"http://{site}/", ours="127.0.0.1:1") == Checked(None, "refused")
    assert Site.seen == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://9.9.9.9/x", "gopher://9.9.9.9/", "http://", "nonsense"])
def test_other_schemes_are_never_opened(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda *_args: pytest.fail("connected"))
    assert check(url, ours="").ok is not True


def test_it_connects_to_the_address_it_looked_at_and_names_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, str]] = []

    def handle(_self: object, request: httpx.Request) -> httpx.Response:
        asked.append((request.url.host, request.headers["Host"], request.extensions["sni_hostname"]))
        return httpx.Response(200)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    once = iter([["9.9.9.9"], ["127.0.0.1"]])
    assert check("https://example.com/a", find=lambda _host, _port: next(once), ours="") == Checked(True, "answers")
    assert asked == [("9.9.9.9", "example.com", "example.com")]


def test_a_name_nobody_knows_and_a_silent_host_are_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_host: str, _port: int) -> list[str]:
        raise socket.gaierror

    assert check("http://gone.example/", find=nobody, ours="") == Checked(False, "no_name")

    def silent(_self: object, _request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("slow")

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", silent)
    assert check("http://slow.example/", find=lambda *_args: ["9.9.9.9"], ours="") == Checked(False, "no_answer")


def test_two_failures_on_two_days_break_a_link_and_one_answer_mends_it(db: None) -> None:
    piece = make_piece(url="https://example.com/x")
    mark_checked(piece=piece, ok=False, now=NOW)
    mark_checked(piece=piece, ok=False, now=NOW + timedelta(hours=2))
    assert not is_broken(piece)
    mark_checked(piece=piece, ok=None, now=NOW + timedelta(hours=3))
    assert piece.broken_since == NOW
    mark_checked(piece=piece, ok=False, now=NOW + timedelta(days=1))
    assert is_broken(piece)
    mark_checked(piece=piece, ok=True, now=NOW + timedelta(days=2))
    piece.refresh_from_db()
    assert (is_broken(piece), piece.broken_since) == (False, None)


def test_the_weekly_look_flags_what_failed_and_asks_it_again_a_day_later(
    db: None, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = make_piece("Good", url=f"http://{site}/"), make_piece("Bad", url=f"http://{site}/404")
    make_piece("A text"), make_piece("Old", url=f"http://{site}/500", retired_at=NOW)
    monkeypatch.setattr(links.settings.CONFIG, "public_url", f"http://{site}")
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    assert check_links.func() == 0
    again = Job.objects.get(name="rebond.nurture.work.links.check_links")
    assert (again.kwargs, again.run_at) == ({"only_failed": True}, NOW + timedelta(days=1))
    Site.seen.clear()
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(days=1))
    assert check_links.func(only_failed=True) == 1
    assert {path for _verb, path in Site.seen} == {"/404"}
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (is_broken(good), is_broken(bad)) == (False, True)


def test_it_comes_round_every_monday_night(db: None) -> None:
    install(now=NOW)
    kept = Schedule.objects.get(name="nurture.check_links")
    assert (kept.task, kept.cron) == ("rebond.nurture.work.links.check_links", "20 4 * * 1")
