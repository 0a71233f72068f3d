"""The one entry of a server process: everything goes to Django's WSGI side, in two threads.

More threads than that only fight over the interpreter; ``web.server`` starts two processes instead.

Django's own ASGI side opens a database connection per request; measured, it writes a quarter as fast
(docs/decisions.md). Live events and recorded sound have paths of their own here, before the rest (``live.stream``,
``celebrate.sound.playing``).
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rebond.web.settings")

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

_django: Any = get_wsgi_application()  # before what needs its tables, so that any ASGI server can load this file

from rebond.celebrate.sound import playing  # noqa: E402
from rebond.live.stream import PATH, Streams  # noqa: E402
from rebond.web.bridge import Bridge  # noqa: E402


def _may_win(scope: dict[str, Any]) -> bool:
    """Whether a form closes a deal: every screen waits for its bell."""
    path: str = scope["path"]
    return scope["method"] == "POST" and path.startswith("/deals/") and path.endswith("/close")


#: Every view with what it needs, now: else the first page of each process waits for it, and each holds its own copy.
_every_view = get_resolver().url_patterns
_pages = Bridge(_django, threads=2, first=_may_win)
streams = Streams(alone=_pages.turns.alone)
sounds = playing.Sounds()
#: Paths that are no pages: each lasts as long as somebody listens, and takes no thread of a page.
_beside: dict[str, Any] = {PATH: streams, playing.PATH: sounds}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers the server's start and stop itself (a2wsgi does not) and hands on the rest."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        await _beside.get(scope["path"], _pages)(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            streams.stop()
            return
