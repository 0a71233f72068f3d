"""The words of an HTML mail, line by line: nothing is run, nothing is fetched; what it quotes is marked as quoted."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: Characters of HTML looked at.
_AT_MOST = 240_000
_SILENT = frozenset({"script", "style", "head", "title", "template"})
_BREAKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr", "pre"})
#: What Outlook and Yahoo call what they copy below; Gmail, Thunderbird and Apple use block quotes, and people write
#: below those too.
_QUOTE = re.compile(r"\b(yahoo_quoted|divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION)\b")
#: A line that ``quoted`` knows as the beginning of a quote.
QUOTE_LINE = "-----Original Message-----"

#: The parser takes time in the square of such a run.
_NO_TAG = re.compile(r"<(?![a-zA-Z/!?])")


class _Words(HTMLParser):
    """Collects text; ``depth`` counts the block quotes around, ``silent`` the elements that are not for reading."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.depth = 0
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        if tag == "body":
            self.silent = 0  # a head that nobody closed
        if tag == "blockquote":
            self.depth += 1
        if tag == "br":
            self.new_line()
        elif tag in _BREAKS or tag == "blockquote":
            self.fresh_line()
        if tag == "p" and len(self.lines) > 1:
            self.new_line()
        if tag == "li":
            self.lines[-1] += "- "
        if any(name in {"class", "id"} and value and _QUOTE.search(value) for name, value in attrs):
            self.lines += [QUOTE_LINE, ""]

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        if tag == "blockquote":
            self.depth = max(0, self.depth - 1)
        if tag in _BREAKS or tag == "blockquote":
            self.fresh_line()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.lines[-1] += re.sub(r"\s+", " ", data)

    def fresh_line(self) -> None:
        """A line of its own, unless this one is still empty; marked as quoted or not by where it stands."""
        if self.lines[-1].strip(" >"):
            self.new_line()
        else:
            self.lines[-1] = "> " if self.depth else ""

    def new_line(self) -> None:
        """A line of its own, marked as quoted inside a block quote."""
        self.lines.append("> " if self.depth else "")


def text_of_html(html: str) -> str:
    """Plain text; never raises, takes the first 240,000 characters.

    >>> text_of_html("<p>Yes<script>x()</script></p><blockquote>old</blockquote>").split("\\n")
    ['Yes', '> old']
    """
    words = _Words()
    try:
        words.feed(_without_comments(html[:_AT_MOST]))
    except (AssertionError, ValueError, RecursionError):
        pass  # what was collected so far
    text = "\n".join(line.strip() for line in words.lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _without_comments(html: str) -> str:
    """Office writes whole style sheets into comments; taking them out first also spares the parser its slow cases."""
    for opening, closing in (("<!--", "-->"), ("<![", "]>")):
        kept, here = list[str](), 0
        while (start := html.find(opening, here)) >= 0:
            kept.append(html[here:start])
            end = html.find(closing, start)
            here = end + len(closing) if end >= 0 else len(html)
        html = "".join(kept) + html[here:]
    return _NO_TAG.sub("&lt;", html)
