"""A recording of an hour: how soon it plays, how soon it goes on elsewhere, and what preparing it takes.

The server is the product as people run it. Each time is from the click (the page that gives the ticket, then the sound
itself, on new connections) to the first 64 KB, beside the same number of bytes of a plain file of the same server.
"""

from __future__ import annotations

import http.client
import io
import resource
import time
from urllib.parse import urlsplit

from bench.measure import Figure, Server, main, own_folder, serving

TIMES, FIRST, SECOND = 60, 64 * 1024, 1_000.0
PLAIN = "/static/web/vendor/inter/inter.woff2"


def ten_seconds() -> bytes:
    """Of mp3, without a head: its frames stand alone, so an hour is these behind each other."""
    import av
    import numpy as np

    file = io.BytesIO()
    with av.open(file, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as container:
        stream = container.add_stream("libmp3lame", rate=16_000)
        stream.layout, stream.bit_rate = "mono", 32_000
        tone = (np.sin(np.arange(160_000) / 8) * np.linspace(2_000, 20_000, 160_000)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(tone.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = 16_000, 0
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return file.getvalue()


def recorded(minutes: int) -> tuple[int, int, float]:
    """A call of that length: its number, its bytes, and the seconds it took to prepare."""
    from django.utils import timezone

    from rebond.accounts.models import User
    from rebond.celebrate.actions.recordings import receive_all, start_upload
    from rebond.celebrate.work.sound import prepare

    piece, now, user = ten_seconds(), timezone.now(), User.objects.get()
    size = len(piece) * minutes * 6
    call = start_upload(title="An hour", file_name="call.mp3", size=size, actor=user, now=now)
    receive_all(recording=call, pieces=(piece for _ten in range(minutes * 6)), actor=user, now=now)
    started = time.perf_counter()
    assert prepare.func(call.pk) == "ready"
    return call.pk, size, time.perf_counter() - started


def cookie() -> str:
    """Somebody signed in."""
    from django.conf import settings
    from django.test import Client

    from rebond.accounts.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(User.objects.get())
    return f"sessionid={client.cookies['sessionid'].value}"


def first_bytes(server: Server, path: str, headers: dict[str, str]) -> float:
    """Milliseconds until the first 64 KB are here, over the page's 302 if there is one; the rest is not waited for."""
    started = time.perf_counter()
    for _hop in range(2):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        if answer.status == 302:
            place = urlsplit(answer.headers["Location"])
            path = f"{place.path}?{place.query}"
            connection.close()
            continue
        assert answer.status in (200, 206), answer.status
        assert len(answer.read(FIRST)) == FIRST
        connection.close()
        break
    return (time.perf_counter() - started) * 1000


def at_95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def figures() -> list[Figure]:
    with own_folder() as folder:
        from rebond.accounts.models import Role, User

        User.objects.create_user("alix@rebond.example", "x", name="Alix", role=Role.ADMIN)
        _pk, _size, six = recorded(6)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        pk, size, sixty = recorded(60)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        with serving(folder) as server:
            mine = {"Cookie": cookie()}
            first_bytes(server, PLAIN, mine)
            begin, seek, plain = [], [], []
            for number in range(TIMES):
                begin.append(first_bytes(server, f"/calls/{pk}/sound", mine | {"Range": "bytes=0-"}))
                part = {"Range": f"bytes={size * (number + 1) // (TIMES + 2)}-"}
                seek.append(first_bytes(server, f"/calls/{pk}/sound?again=1", mine | part))
                plain.append(first_bytes(server, PLAIN, mine))
    beside = f"a plain file: {at_95(plain):.1f} ms"
    return [
        Figure("an hour begins to play: first 64 KB, 95 of 100", at_95(begin), "ms", SECOND, beside=beside),
        Figure("it goes on elsewhere: first 64 KB, 95 of 100", at_95(seek), "ms", SECOND, beside=beside),
        Figure("preparing an hour", sixty, "s", beside=f"six minutes: {six:.1f} s"),
        Figure("memory that an hour takes more than six minutes", grown, "MB", 40),
    ]


if __name__ == "__main__":
    main(figures, __doc__)
