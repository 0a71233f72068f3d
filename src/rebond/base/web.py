"""Small things every room's views share."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def back_to(request: HttpRequest, fallback: str) -> str:
    """Where the form wants to return to, if that is a page of ours; else ``fallback``."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else fallback


#: Of a page whose key is in its address: kept nowhere, handed to nobody, found by no search engine.
PAGE_BY_LINK = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


class NoFiles(FileUploadHandler):
    """For forms that send no file: one that is sent along is read past and kept nowhere."""

    def new_file(self, *_args: Any, **_more: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 (Django's signature)
        return None

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002
        return None
