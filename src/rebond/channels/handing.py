"""One request is handed over, to an address that was looked at, and what is known of it afterwards is said.

No redirect is followed, no proxy is asked; of an answer no more than its beginning is read, and not for long.
"""

from __future__ import annotations

import base64
import html
import http.client
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Timer
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings

from rebond.channels.fates import Answer, Fate, fate_of
from rebond.channels.forming import Post
from rebond.channels.networks import Forbidden, Unencrypted, Unresolved, addresses_of

#: Seconds to reach the service; for all of it, whatever it does. A claim's lease is much longer.
CONNECT, WHOLE = 3.0, 7.0
#: Bytes of an answer that are read at most: more than the longest address (``channels.addresses.LONGEST``) it repeats.
ENOUGH = 8000
#: So short a piece of an address is no secret, and may be a word of the answer.
WORD = 5


def hand_over(post: Post) -> Answer:
    """Sends it once; never raises."""
    parts, ends = urlsplit(post.url), time.monotonic() + WHOLE
    if parts.scheme != "https" and not settings.CONFIG.chat_private:
        return Answer(Fate.REFUSED, "not encrypted")
    try:
        line = _connected(parts, ends)
    except Unencrypted:
        return Answer(Fate.REFUSED, "not encrypted")
    except Forbidden:
        return Answer(Fate.REFUSED, "private network")
    except (OSError, ValueError) as error:
        return _not_reached(error)
    with line, _no_longer_than(line, ends):
        try:
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
        except (OSError, ValueError) as error:
            return _not_reached(error)
        return _told(line, parts, post)


def _not_reached(error: Exception) -> Answer:
    """Nothing has left yet."""
    known = isinstance(error, Unresolved | ssl.SSLError)
    return Answer(Fate.AGAIN, _short(error) if known else f"no connection: {_short(error)}")


def _connected(parts: SplitResult, ends: float) -> socket.socket:
    """A line to one of the addresses that the name has now, all of which were looked at."""
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    problem: OSError = Unresolved(f"{host}: no such name")
    for address in addresses_of(host, port, secure=secure):
        left = ends - time.monotonic()
        if left <= 0:
            break
        try:
            line = socket.create_connection((address, port), min(CONNECT, left))
        except OSError as error:
            problem = error
            continue
        return _encrypted(line, host) if secure else line
    raise problem


def _encrypted(line: socket.socket, host: str) -> socket.socket:
    """The address is the one looked at; the certificate must be the name's. Hands are shaken later, within the time."""
    try:
        context = ssl.create_default_context()
        return context.wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
    except (OSError, ValueError):
        line.close()
        raise


@contextmanager
def _no_longer_than(line: socket.socket, ends: float) -> Iterator[None]:
    """A service that answers a byte at a time is cut off."""

    def cut() -> None:
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)  # not SSLSocket's own, which would first forget to encrypt

    line.settimeout(max(0.1, ends - time.monotonic()))
    timer = Timer(max(0.1, ends - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _told(line: socket.socket, parts: SplitResult, post: Post) -> Answer:
    """From here on the service may have it, whatever happens, unless it says otherwise."""
    talk = http.client.HTTPConnection(parts.hostname or "")
    talk.sock = line
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    headers = {**post.headers, "Host": parts.netloc.rpartition("@")[2], "Connection": "close"}
    try:
        talk.request(post.method, target, body=post.body, headers=headers)
        return _understood(talk.getresponse(), post)
    except (http.client.HTTPException, OSError, ValueError) as error:
        return Answer(Fate.UNKNOWN, _short(error))


def _understood(reply: http.client.HTTPResponse, post: Post) -> Answer:
    """Its status is its word; the beginning of its text is kept for whoever looks."""
    text = b""
    with suppress(http.client.HTTPException, OSError, ValueError):  # the status is known; that is enough
        text = reply.read(ENOUGH)
    said = f"{reply.status} {_without_address(text.decode('utf-8', 'replace').strip(), post)}".strip()
    return Answer(fate_of(reply.status), said, _wait(reply.headers.get("Retry-After", "")))


def _without_address(said: str, post: Post) -> str:
    """The answer without whatever of the address it repeats ("Cannot POST /hook/…"): that is a secret.

    >>> post = Post("https://h.example/hook/s3cr3t?k=t%2Fok-en", {}, b"")
    >>> _without_address("Cannot POST /hook/s3cr3t?k=t%2Fok-en, t/ok-en", post)
    'Cannot POST /hook/…?k=…, …'
    """
    parts, basic = urlsplit(post.url), post.headers.get("Authorization", "").rpartition(" ")[2]
    pieces = {*parts.path.split("/"), *re.split("[&=]", parts.query), basic}
    with suppress(ValueError):
        pieces |= {*base64.b64decode(basic).decode().split(":")}
    forms = {form for one in pieces for form in (one, unquote(one), html.escape(unquote(one)))}
    secrets = "|".join(re.escape(one) for one in sorted(forms, key=len, reverse=True) if len(one) >= WORD)
    return re.sub(secrets, "…", said, flags=re.IGNORECASE) if secrets else said


def _wait(header: str) -> timedelta:
    """Seconds that a service asks us to wait; none where it says a date, or nothing.

    >>> _wait("30"), _wait("Wed, 21 Oct 2026 07:28:00 GMT")
    (datetime.timedelta(seconds=30), datetime.timedelta(0))
    """
    whole = header.partition(".")[0].strip()
    return timedelta(seconds=int(whole)) if whole.isascii() and whole.isdigit() and len(whole) < 8 else timedelta(0)


def _short(error: BaseException) -> str:
    """What went wrong, without the address, which is a secret."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate: {error.verify_message}"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
