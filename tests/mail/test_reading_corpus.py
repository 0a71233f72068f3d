"""The corpus in four languages: the page in the docs says what the reader does, and the reader gets no worse."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from rebond.mail.reading import phrases, read
from tests.mail import corpus
from tools import reading as tool

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
#: The one mail that is misread and listed as known.
KNOWN = {"en_human_held-07"}


def test_there_are_at_least_thirty_mails_of_each_group_in_each_language() -> None:
    counts = Counter((case.language, case.group) for case in corpus.cases())
    assert {pair: counts[pair] for pair in counts if counts[pair] < 30} == {}
    assert len(counts) == 12


def test_every_mail_is_a_different_one() -> None:
    texts = Counter(re.sub(rb"<[^>]*>|\d", b"", case.raw) for case in corpus.cases())
    assert max(texts.values()) == 1


def test_every_address_is_an_invented_one() -> None:
    hosts = {host.lower() for case in corpus.cases() for host in re.findall(rb"[\w.]@([\w.-]+\.[a-z]{2,})", case.raw)}
    assert {host for host in hosts if not host.endswith(b".example")} == set()


def test_the_corpus_is_read_as_a_person_reads_it() -> None:
    wrong = {case.name: tool.mistakes(case, got) for case, got in tool.outcomes()}
    assert {name: lines for name, lines in wrong.items() if lines and name not in KNOWN} == {}


def test_the_known_miss_is_still_one() -> None:
    wrong = {case.name for case, got in tool.outcomes() if tool.mistakes(case, got)}
    assert wrong == KNOWN, "say so in docs/reading-replies.md"


def test_misleading_sentences_mislead_no_longer() -> None:
    read_as = {one.text: read(one.raw, received_at=MONDAY).kind for one in corpus.misleading()}
    assert len(read_as) > 120
    assert [one for one in corpus.misleading() if read_as[one.text] != one.kind] == []


@pytest.mark.parametrize("language", corpus.LANGUAGES)
def test_every_phrase_is_a_pattern_that_asks_for_something(language: str) -> None:
    lists = phrases.lists(language)
    assert set(lists) == set(phrases.lists("en"))
    for key, patterns in lists.items():
        assert patterns, key
        assert phrases.pattern(key, language).search("") is None, key


def test_nobody_is_silenced_by_mistake() -> None:
    """The costly mistakes: a person or a soft report read as a stop, a complaint or a hard report."""
    grave = {"stop", "complaint", "bounce_hard"}
    assert [case.name for case, got in tool.outcomes() if got.kind in grave and case.kind not in grave] == []


def test_the_page_in_the_docs_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main(["--check"]) == 0, capsys.readouterr().out
