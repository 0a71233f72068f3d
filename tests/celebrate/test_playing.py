"""Sound is played in parts: by ranges, with a ticket, for as long as everybody who is heard agrees; notes and clips."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.celebrate.actions.consents import withdraw_consent
from rebond.celebrate.models import Access, Mark, Recording
from rebond.celebrate.sound import folder, playing
from rebond.celebrate.sound.tickets import BREAK, PATH, address_of, sound_ticket
from rebond.celebrate.work.sound import make_quiet
from tests.browser.product import Product, running
from tests.celebrate.asked import SESSION, ask
from tests.celebrate.calls import hears, recorded, theirs
from tests.celebrate.sounds import sound
from tests.factories import PASSWORD, make_user
from tests.live.streams import Browser

ALIX = "alix@rebond.example"


@pytest.fixture
def kept() -> Iterator[tuple[str, bytes]]:
    """A file of a thousand known bytes, and where it is played."""
    name, content = folder.new_name(), bytes(range(250)) * 4
    folder.append(name, 0, content)
    yield address_of(stored=name, kind="mp3", length_ms=0, session=SESSION, now=timezone.now()), content
    folder.drop(name)


def test_without_a_range_all_of_it_is_sent(kept: tuple[str, bytes]) -> None:
    address, content = kept
    heard = ask(address)
    assert (heard.status, heard.body, heard.ended) == (200, content, True)
    assert heard.headers["content-type"] == "audio/mpeg"
    assert heard.headers["accept-ranges"] == "bytes"
    assert heard.headers["content-length"] == "1000"
    assert "no-store" in heard.headers["cache-control"]


@pytest.mark.parametrize(
    ("wanted", "begins", "ends"),
    [("bytes=0-", 0, 1000), ("bytes=100-199", 100, 200), ("bytes=-50", 950, 1000), ("bytes=990-5000", 990, 1000),
     ("bytes=0-0", 0, 1)],
)  # fmt: skip
def test_a_range_is_answered_with_just_that_part(kept: tuple[str, bytes], wanted: str, begins: int, ends: int) -> None:
    address, content = kept
    heard = ask(address, range=wanted)
    assert (heard.status, heard.body) == (206, content[begins:ends])
    assert heard.headers["content-range"] == f"bytes {begins}-{ends - 1}/1000"
    assert heard.headers["content-length"] == str(ends - begins)


def test_a_range_behind_the_end_and_several_ranges(kept: tuple[str, bytes]) -> None:
    address, content = kept
    behind = ask(address, range="bytes=1000-")
    assert (behind.status, behind.headers["content-range"], behind.body) == (416, "bytes */1000", b"")
    assert ask(address, range="bytes=0-9,20-29").body == content


def test_a_part_of_another_state_of_the_file_is_not_put_together_with_this(kept: tuple[str, bytes]) -> None:
    address, content = kept
    mark = ask(address).headers["etag"]
    assert ask(address, range="bytes=10-19", if_range=mark).body == content[10:20]
    assert ask(address, range="bytes=10-19", if_range='"another"').body == content


def test_the_head_alone_and_other_methods(kept: tuple[str, bytes]) -> None:
    for wanted in ("bytes=0-9", "bytes=5000-"):  # ranges are of GET alone (RFC 9110, 14.2)
        head = ask(kept[0], method="HEAD", range=wanted)
        assert (head.status, head.headers["content-length"], head.body, head.ended) == (200, "1000", b"", True)
    assert ask(kept[0], method="POST").status == 405


def test_only_a_good_ticket_opens_it_and_only_as_long_as_it_says(kept: tuple[str, bytes]) -> None:
    stored, now = folder.new_name(), timezone.now()
    old = sound_ticket(stored=stored, kind="mp3", length_ms=0, session=SESSION, now=now - BREAK)
    for wrong in ("", "x", kept[0].partition("=")[2][:-1], old):
        assert ask(f"{PATH}?ticket={wrong}").status == 401
    good = sound_ticket(stored=stored, kind="mp3", length_ms=0, session=SESSION, now=now)
    assert ask(f"{PATH}?ticket={good}").status == 404


def test_a_ticket_is_of_the_browser_it_was_given_to_alone(kept: tuple[str, bytes]) -> None:
    for other in ("the-session-of-another", "", SESSION[:-1]):
        answer = ask(kept[0], of=other)
        assert (answer.status, answer.body) == (401, b""), other
    assert SESSION not in kept[0]


def test_sound_that_is_removed_stops_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    name = folder.new_name()
    folder.append(name, 0, bytes(3_000))
    monkeypatch.setattr(playing, "PIECE", 1_000)
    read = playing._piece

    def removed_after_the_first(path: Path, at: int, length: int) -> bytes:
        if at:
            folder.drop(name)
        return read(path, at, length)

    monkeypatch.setattr(playing, "_piece", removed_after_the_first)
    heard = ask(address_of(stored=name, kind="mp3", length_ms=0, session=SESSION, now=timezone.now()))
    assert (len(heard.body), heard.ended) == (1_000, False)  # the server hangs up, short of what was announced


def test_nothing_more_is_read_for_a_player_that_is_gone(
    kept: tuple[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "PIECE", 1)
    assert len(ask(kept[0], hang_up=True).body) < 1_000


# ---- through the doors of the product


@pytest.mark.django_db
def test_the_door_sends_a_player_on_and_says_once_a_day_who_listened(
    as_camille: Client, as_nadia: Client, camille: User, nadia: User
) -> None:
    recording = recorded(camille, agreed=["coaching"])
    answer = as_nadia.get(f"/calls/{recording.pk}/sound")
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, PATH)
    assert ask(answer["Location"], of=as_nadia).body == sound("mp3")
    assert ask(answer["Location"], of=as_camille).status == 401
    as_nadia.get(f"/calls/{recording.pk}/sound")
    as_nadia.get(f"/calls/{recording.pk}/sound?again=1")  # a ticket ran out: no second listening
    as_nadia.head(f"/calls/{recording.pk}/sound")
    assert [(one.by, one.times) for one in Access.objects.all()] == [(nadia, 2)]
    assert "Nadia Belkacem" in as_camille.get(f"/calls/{recording.pk}").text


@pytest.mark.django_db
@pytest.mark.parametrize("door", ["get", "head", "again"])
def test_no_way_to_the_sound_leaves_it_unsaid_who_listened(
    as_nadia: Client, camille: User, nadia: User, door: str
) -> None:
    """The redirect carries a ticket, whatever it was asked with."""
    recording = recorded(camille, agreed=["coaching"])
    path = f"/calls/{recording.pk}/sound"
    answer = as_nadia.get(f"{path}?again=1") if door == "again" else getattr(as_nadia, door)(path)
    assert ask(answer["Location"], of=as_nadia).body == sound("mp3")
    assert [(one.by, one.times) for one in Access.objects.all()] == [(nadia, 1)]


@pytest.mark.django_db
def test_its_outline_comes_as_two_rows_and_its_length(as_camille: Client, camille: User) -> None:
    recording = recorded(camille)
    found = as_camille.get(f"/calls/{recording.pk}/peaks").json()
    high, low = found["peaks"]
    assert len(high) == len(low) == len(recording.peaks) // 2
    assert 0 <= min(high) < max(high) <= 1
    assert (round(found["duration"]), found["ended"]) == (2, True)


@pytest.mark.django_db
def test_a_withdrawal_ends_every_ticket_at_once(camille: User, as_yanis: Client) -> None:
    recording = recorded(camille, agreed=["coaching", "library"])
    address = as_yanis.get(f"/calls/{recording.pk}/sound?for=library")["Location"]
    assert ask(address, of=as_yanis).status == 200
    before = folder.path_of(recording.stored)
    withdraw_consent(voice=theirs(recording), purpose="library", actor=camille, now=timezone.now())
    folder.drop(before.name)  # as the commit does
    assert ask(address, of=as_yanis).status == 404
    assert hears(as_yanis, recording, "library") == 404
    assert folder.path_of(Recording.objects.get().stored).read_bytes() == sound("mp3")  # its team hears it still


@pytest.mark.django_db
def test_notes_clips_and_stretches_that_are_skipped(as_camille: Client, as_nadia: Client, camille: User) -> None:
    recording = recorded(camille, content=sound("mp3", 90.0), agreed=["coaching"])
    marks = f"/calls/{recording.pk}/marks"
    assert as_nadia.post(marks, {"at": "1:05", "text": "She answers <b>herself</b>"}).status_code == 302
    as_camille.post(marks, {"at": "10", "until": "0:40,5", "text": "The turn"})
    as_camille.post(marks, {"at": "0:50", "until": "0:52", "muted": "on"})
    found = [(one.at_ms, one.until_ms, one.muted) for one in Mark.objects.order_by("at_ms")]
    assert found == [(10_000, 40_500, False), (50_000, 52_000, True), (65_000, None, False)]
    make_quiet.func(recording.pk)
    page = as_camille.get(f"/calls/{recording.pk}").text
    assert "She answers &lt;b&gt;herself&lt;/b&gt;" in page
    assert 'data-mute-from="50000" data-mute-until="52000"' in page
    for wrong in ({"at": "1:31"}, {"at": "x"}, {"at": "5", "until": "5"}, {"at": "5", "until": "2:00"}, {"at": "5"},
                  {"at": "nan", "text": "a"}, {"at": "-1", "text": "a"}):  # fmt: skip
        assert as_camille.post(marks, wrong).status_code == 400, wrong
    mine = Mark.objects.get(at_ms=65_000)
    assert as_nadia.post(f"/calls/marks/{mine.pk}/drop").status_code == 302
    assert Mark.objects.count() == 2


@pytest.mark.django_db
def test_a_teammate_notes_but_mutes_nothing_and_drops_nobodys(camille: User, as_camille: Client) -> None:
    recording = recorded(camille, agreed=["coaching"])
    thomas = Client()
    thomas.force_login(make_user("Thomas Girard", team=camille.team))
    marks = f"/calls/{recording.pk}/marks"
    assert thomas.post(marks, {"at": "0", "until": "1", "muted": "on"}).status_code == 403
    assert thomas.post(marks, {"at": "0", "text": "Good"}).status_code == 302
    as_camille.post(marks, {"at": "1", "text": "Mine"})
    assert thomas.post(f"/calls/marks/{Mark.objects.get(text='Mine').pk}/drop").status_code == 403


# ---- through the server as people run it


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("sound")) as product:
        made = product.rebond("admin", "--name", "Alix", "--email", ALIX, "--password", PASSWORD)
        assert made.returncode == 0, made.stderr
        yield product


def uploaded(alix: Browser, content: bytes, piece: int = 400_000) -> str:
    """The page of a call that went up in pieces and was prepared by the product's own worker."""
    token = next(cookie.value for cookie in alix.jar if cookie.name == "csrftoken")
    usual = {"Accept": "application/json", "Referer": alix.url, "X-CSRFToken": token}
    said = {"title": "A call", "alone": "on", "size": len(content), "file_name": "call.mp3"}
    begun = urllib.request.Request(f"{alix.url}/calls/new", urlencode(said).encode(), usual)
    place: dict[str, str] = json.loads(alix.opener.open(begun, timeout=20).read())
    for at in range(0, len(content), piece):
        headers = usual | {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        one = urllib.request.Request(alix.url + place["upload"], content[at : at + piece], headers, method="PATCH")
        answer = alix.opener.open(one, timeout=20)
        assert answer.headers["Upload-Offset"] == str(min(at + piece, len(content)))
    until = time.monotonic() + 40
    while not json.loads(alix.get(f"{place['page']}/peaks"))["ended"]:
        assert time.monotonic() < until
        time.sleep(0.1)
    return place["page"]


def test_through_the_server_it_goes_up_in_pieces_and_comes_down_in_parts(product: Product) -> None:
    alix, content = Browser(product.url, ALIX), sound("wav", 80.0)  # over a megabyte
    page = uploaded(alix, content)
    assert round(json.loads(alix.get(f"{page}/peaks"))["duration"]) == 80

    def part(wanted: str) -> Any:
        return alix.opener.open(
            urllib.request.Request(f"{product.url}{page}/sound", headers={"Range": wanted}), timeout=20
        )

    middle = part("bytes=500000-599999")
    assert (middle.status, middle.read()) == (206, content[500_000:600_000])
    assert middle.headers["Content-Range"] == f"bytes 500000-599999/{len(content)}"
    assert middle.headers.get("Content-Encoding") is None
    assert part("bytes=0-").read() == content
    address = urlsplit(middle.url)
    assert address.path == PATH
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(f"{product.url}{PATH}?{address.query[:-3]}", timeout=20)
    assert refused.value.code == 401


def test_players_that_read_slowly_hold_up_no_page(product: Product) -> None:
    """More of them than there are threads for pages, each with most of its file still to come."""
    alix = Browser(product.url, ALIX)
    page = uploaded(alix, sound("wav", 600.0), 1024 * 1024)
    held = [alix.opener.open(f"{product.url}{page}/sound", timeout=20) for _number in range(8)]
    assert [one.read(1_000)[:4] for one in held] == [b"RIFF"] * 8
    assert "Calls" in alix.get("/calls")
    for one in held:
        one.close()
