"""The shape of a finding: a sentence that could be wrong, what was measured, the picture, how sure, what to do.

Screens and the report show the same findings; ``templates/findings/finding.html`` is the one way one looks.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString

NOTHING = SafeString("")


@dataclass(frozen=True)
class Verdict:
    """A word beside the headline, with its shape: ``rise``, ``drop``, ``noise``, ``open`` (cannot tell) or ``stop``."""

    kind: str
    text: str
    worse: bool = False

    @property
    def tone(self) -> str:
        """The CSS class: what is ours, what is worse, what is noise."""
        if self.kind in ("noise", "open"):
            return "noise"
        return "bad" if self.worse else "signal"


@dataclass(frozen=True)
class Table:
    """The table behind a picture, as text.

    Attributes:
        caption: what the rows are.
        head: column names; the first names the rows.
        rows: cells as shown.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError(f"{self.caption}: a row has not as many cells as the head")


@dataclass(frozen=True)
class Link:
    """Where a finding leads: a link after "how sure", or the button of its act."""

    text: str
    href: str
    button: bool = False


@dataclass(frozen=True)
class Finding:
    """Something to read.

    Attributes:
        key: where it comes from, ``question.what``; stable, for links and tests.
        headline: a sentence that could be wrong, in words a person can bet on.
        measure: what was measured, of how many cases.
        picture: inline SVG, safe; empty where nothing can be drawn yet.
        table: what the picture shows, in figures; every drawn picture has one.
        sure: how sure we are.
        caveat: the one thing that would most mislead a hasty reader.
        act: what to do about it, as a verb; may be empty.
        verdict: a word beside the headline; may be none.
        known: whether there is anything to bet on; ``False`` for "too few".
        opens: where it leads, on screens; none in a report.
    """

    key: str
    headline: str
    measure: str
    picture: SafeString = NOTHING
    table: Table | None = None
    sure: str = ""
    caveat: str = ""
    act: str = ""
    verdict: Verdict | None = None
    known: bool = True
    opens: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        if "<svg" in self.picture and self.table is None:
            raise ValueError(f"{self.key}: a picture without its table")

    @property
    def luck(self) -> bool:
        """Whether it says that there is nothing to explain."""
        return self.verdict is not None and self.verdict.kind in ("noise", "open")

    @property
    def links(self) -> tuple[Link, ...]:
        """Those that follow how sure it is."""
        return tuple(link for link in self.opens if not link.button)

    @property
    def button(self) -> Link | None:
        """What the act begins with."""
        return next((link for link in self.opens if link.button), None)

    @property
    def height(self) -> int:
        """About how tall it is, in rows: for pages that set findings side by side."""
        return (
            7
            + self.picture.count("<li>")
            + 2 * self.picture.count("<tr>")
            + (6 if 'height="216"' in self.picture else 0)
        )

    @property
    def anchor(self) -> str:
        """The finding's address on its page."""
        return self.key.replace(".", "-").replace("_", "-")
