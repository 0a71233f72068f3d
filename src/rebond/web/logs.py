"""What never stands in a log: a personal link opens a survey, somebody's preferences or an advocate's page, whoever
reads it there."""

from __future__ import annotations

import logging
import re

_LINK = re.compile(r"/([smli])/[^/?\s\"']+")


class WithoutPersonalLinks(logging.Filter):
    """Shortens the link in every line; a refused request is still told, whose it was is not.

    >>> line = logging.LogRecord("django.request", 30, "", 0, "%s: %s", ("Gone", "/s/abcdefghijklmnopqrstuv/2"), None)
    >>> WithoutPersonalLinks().filter(line), line.getMessage()
    (True, 'Gone: /s/…/2')
    >>> line = logging.LogRecord("django.request", 30, "", 0, "GET /m/abc/stop?lang=fr", (), None)
    >>> WithoutPersonalLinks().filter(line), line.getMessage()
    (True, 'GET /m/…/stop?lang=fr')
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_LINK.sub(r"/\1/…", one) if isinstance(one, str) else one for one in record.args)
        if isinstance(record.msg, str):
            record.msg = _LINK.sub(r"/\1/…", record.msg)
        return True
