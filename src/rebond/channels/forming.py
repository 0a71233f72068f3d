"""How each service wants to be told: `apprise` knows, and forms the request; it hands nothing over itself.

Its plugins send by ``requests`` as soon as they have formed something, and say afterwards that it went well or not.
That is too little to keep the promise that nobody is told twice. So they are given a ``requests`` that only writes down
what they would send; ``channels.handing`` sends that.
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from rebond.channels.models import ChatKind

#: Which of apprise's plugins (by module) forms each kind; the address of one service is no address of another.
_PLUGINS = {
    ChatKind.SLACK: "slack", ChatKind.TEAMS: "workflows", ChatKind.MATTERMOST: "mattermost",
    ChatKind.DISCORD: "discord", ChatKind.WEBHOOK: "custom_json",
}  # fmt: skip
#: Where a chat would call people up or hide where a link leads: "@channel", "<!here>", "[here](https://…)".
_CALLS = re.compile(r"([@<\]])(?=[\w!@#&(])")
#: Separates without being seen.
_UNSEEN = "\u200b"


class Misunderstood(ValueError):
    """The address is none of that service."""


@dataclass(frozen=True)
class Post:
    """One HTTP request, whole."""

    url: str
    headers: dict[str, str]
    body: bytes = field(repr=False)
    method: str = "POST"


_written: ContextVar[list[Post] | None] = ContextVar("written", default=None)


def formed(kind: str, address: str, title: str, body: str) -> Post:
    """The request that tells ``title`` and ``body`` (plain text) to the channel of that address.

    Raises:
        Misunderstood: the address is none of that service, or more than one request would be needed.
    """
    plugin = _plugin(kind, address)
    posts: list[Post] = []
    if kind != ChatKind.WEBHOOK:
        title, body = harmless(title), harmless(body)
    token = _written.set(posts)
    try:
        went = plugin.notify(body=body or title, title=title if body else "", body_format="text", overflow="truncate")
    finally:
        _written.reset(token)
    if not went or len(posts) != 1:
        raise Misunderstood(kind)
    return posts[0]


def harmless(text: str) -> str:
    """Names that a buyer or a CRM chose call nobody up in a chat, and hide no link.

    >>> harmless("@channel <!here> a@b.example [x](y) 3 < 4").replace(_UNSEEN, "|")
    '@|channel <|!here> a@|b.example [x]|(y) 3 < 4'
    """
    return _CALLS.sub(rf"\1{_UNSEEN}", text)


def _plugin(kind: str, address: str) -> Any:
    apprise, asset = _apprise()
    with suppress(ValueError, TypeError, AttributeError):
        given: Any = address if kind in (ChatKind.SLACK, ChatKind.TEAMS, ChatKind.DISCORD) else _own(kind, address)
        plugin = apprise.Apprise.instantiate(given, asset=asset)
        if plugin is not None and type(plugin).__module__ == f"apprise.plugins.{_PLUGINS[ChatKind(kind)]}":
            plugin.include_image, plugin.include_footer, plugin.avatar = False, False, False
            return plugin
    raise Misunderstood(kind)


def _own(kind: str, address: str) -> dict[str, Any]:
    """What apprise wants to know of a server of one's own: Mattermost, or any that takes JSON."""
    parts = urlsplit(address)
    secure = parts.scheme == "https"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    known = {
        "host": host, "port": parts.port, "user": unquote(parts.username or "") or None,
        "password": unquote(parts.password or "") if parts.username else None, "secure": secure,
    }  # fmt: skip
    if kind == ChatKind.WEBHOOK:
        schema, params = "jsons" if secure else "json", dict(parse_qsl(parts.query, keep_blank_values=True))
        return known | {"schema": schema, "fullpath": unquote(parts.path) or "/", "params": params}
    before, hooks, token = parts.path.rstrip("/").rpartition("/hooks/")
    if not hooks or not token:
        raise ValueError(address)
    return {**known, "user": None, "password": None, "schema": "mmosts" if secure else "mmost",
            "fullpath": before, "token": token}  # fmt: skip


@lru_cache(1)
def _apprise() -> tuple[Any, Any]:
    """The library (it takes a tenth of a second), its plugins with our ``requests``, and who we are."""
    import apprise
    import requests

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # what it says stands beside the delivery
    ours = SimpleNamespace(
        codes=requests.codes, RequestException=requests.RequestException, request=_write,
        post=lambda url, **more: _write("POST", url, **more), get=lambda url, **more: _write("GET", url, **more),
    )  # fmt: skip
    for name in _PLUGINS.values():
        import_module(f"apprise.plugins.{name}").requests = ours  # type: ignore[attr-defined]
    asset = apprise.AppriseAsset(
        app_id="Rebond", app_desc="Rebond", app_url="", image_url_mask="", image_url_logo="", image_path_mask="",
        plugin_paths=[], secure_logging=True,
    )  # fmt: skip
    return apprise, asset


def _write(method: str, url: str, **more: Any) -> Any:
    """In place of ``requests.request``: writes down, and says that it went well."""
    import requests

    posts = _written.get()
    if posts is None:
        raise RuntimeError("nothing is sent this way")
    known = {name: more.get(name) for name in ("data", "params", "headers", "auth")}
    ready = requests.Request(method.upper(), url, **known).prepare()
    body = ready.body.encode() if isinstance(ready.body, str) else bytes(cast("bytes", ready.body or b""))
    headers = {name: str(value) for name, value in ready.headers.items() if name.lower() != "content-length"}
    posts.append(Post(str(ready.url), headers, body, str(ready.method)))
    return SimpleNamespace(status_code=200, content=b"ok", text="ok", headers={})
