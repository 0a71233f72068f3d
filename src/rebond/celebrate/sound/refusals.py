"""Why a recording cannot be used, in words: what happened, what was kept, what to do. By code, as the row keeps it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError

WORDS: dict[str, str | Promise] = {
    "too_large": _("The file is over 200 MB. Nothing was kept. Save it as mp3 or m4a: that takes a tenth of the room."),
    "empty_file": _("There is nothing in this file. Nothing was kept. Choose the recording itself."),
    "not_sound": _(
        "This file is no sound that we can play, whatever its name says. Nothing was kept of it. "
        "Choose an mp3, m4a, ogg, wav or webm file."
    ),
    "broken_sound": _(
        "The sound in this file is damaged. Nothing was kept of it. Save it once more where it was recorded, "
        "and upload that."
    ),
    "film": _("There is a film in this file. Nothing was kept of it. Save its sound alone, and upload that."),
    "too_long": _(
        "This recording is longer than three hours. Nothing was kept of it. Cut out the part that matters, "
        "and upload that."
    ),
    "too_much_sound": _(
        "The sound in this file is finer than any call needs. Nothing was kept of it. Save it as mp3 or m4a, "
        "and upload that."
    ),
    "disk_full": _(
        "There is no room left on the server. What was uploaded so far is kept for two days. "
        "Tell your administrator, then go on from here."
    ),
    "other_place": _(
        "The upload stands at another place than this piece. Nothing was lost. Reload the page, and it goes on."
    ),
    "other_file": _(
        "This is another file than the one that was begun. Nothing was changed. Choose the same one, and it goes on."
    ),
    "piece_too_large": _(
        "This piece of the file is too large. Nothing of it was kept. Reload the page, and it goes on."
    ),
    "not_uploading": _("This recording is not being uploaded any more. Nothing was changed. Reload the page."),
}
#: HTTP statuses where it is another than 400 (RFC 9110; 507: RFC 4918).
STATUS = {"too_large": 413, "piece_too_large": 413, "not_sound": 415, "disk_full": 507, "other_place": 409,
          "not_uploading": 409}  # fmt: skip


class SoundRefused(Exception):
    """A file that cannot be used; ``args[0]`` is a code of ``WORDS``."""

    @property
    def code(self) -> str:
        """Why."""
        return str(self.args[0])


def refusal(code: str) -> RebondError:
    """The error a person sees.

    >>> refusal("too_large").status
    413
    """
    return RebondError(WORDS[code], code=code, status=STATUS.get(code, 400))
