"""The one entry of a server process: everything goes to Django's WSGI side, in two threads.

More threads than that only fight over the interpreter; ``web.server`` starts two processes instead.

Django's own ASGI side opens a database connection per request; measured, it writes a quarter as fast
(docs/decisions.md). Streams will get a path of their own here, before the rest.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rebond.web.settings")

from django.core.wsgi import get_wsgi_application

from rebond.web.bridge import Bridge

_django: Any = get_wsgi_application()
_pages = Bridge(_django, threads=2)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers the server's start and stop itself (a2wsgi does not) and hands on the rest."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        await _pages(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
