from __future__ import annotations

import re
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.deals.models import Person
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Basis
from rebond.nurture.actions.templates import save_template
from rebond.nurture.drafts import draft_for, drafts_for, points_for
from rebond.nurture.drafts.placeholders import ALWAYS, KNOWN, check, fill
from rebond.nurture.drafts.sample import SAMPLES
from rebond.nurture.drafts.templates import KEYS, LANGUAGES, built_in
from rebond.nurture.models import Enrolment, Given, NamedDate
from tests.factories import THEN, make_company, make_person
from tests.nurture.shelf import NOW, TODAY, make_enrolment, make_no, make_piece

EVERY = [(key, language, n) for key, language in product(KEYS, LANGUAGES) for n in range(len(built_in(key, language)))]
HOLES = re.compile(r"[{}]|\[\[|\]\]|“”|« ?»|  |\(\)| ,| \.|None")


@pytest.fixture
def french(helene: Person) -> Person:
    helene.language = "fr"
    helene.save()
    return helene


@pytest.mark.parametrize(("key", "language", "place"), EVERY)
def test_every_built_in_note_reads_well_with_all_facts_and_with_none(key: str, language: str, place: int) -> None:
    one = built_in(key, language)[place]
    check(one.subject), check(one.body)
    always = {"hello": SAMPLES[language]["hello"], "seller": "Camille Aubry", "seller_first": "Camille"}
    for facts in (SAMPLES[language] | always, always):
        body = fill(one.body, facts)
        assert not HOLES.search(body), body
        assert body.startswith(always["hello"])
        assert body.endswith("Camille")
        assert "!" not in body
        assert 60 < len(body) < 900
        for sentence in re.split(r"(?<=[.?])\s+|\n+", body)[1:]:
            assert not sentence or sentence[0].isupper() or not sentence[0].isalpha() or "http" in sentence, sentence


@pytest.mark.parametrize("key", KEYS)
def test_another_draft_is_another_text(key: str) -> None:
    for language in LANGUAGES:
        bodies = [one.body for one in built_in(key, language)]
        assert 2 <= len(bodies) == len(set(bodies)) <= 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_french_notes_carry_french_spaces_and_english_ones_do_not(language: str) -> None:
    for key in KEYS:
        for one in built_in(key, language):
            if language == "fr":
                assert not re.search(r"(?<![\u202f\u00a0])[;?!](?![\w=])|« (?!\u202f)| »", one.body), one.body
            else:
                assert "\u202f" not in one.body


facts_st = st.dictionaries(st.sampled_from(sorted(KNOWN)), st.text(max_size=300), max_size=8)


@settings(max_examples=200, deadline=None)
@given(facts_st, st.sampled_from(EVERY))
def test_no_fact_breaks_out_of_its_line_or_opens_another_placeholder(
    facts: dict[str, str], which: tuple[str, str, int]
) -> None:
    one = built_in(which[0], which[1])[which[2]]
    always = {"hello": "Hello,", "seller": "C A", "seller_first": "C"}
    evil = {name: f"x{fact}\r\nBcc: x@y.example {{seller}} [[x]]" for name, fact in facts.items() if name not in ALWAYS}
    subject = fill(one.subject, evil | always)
    body = fill(one.body, evil | always)
    assert "\n" not in subject
    assert "\r" not in body
    assert not re.search(r"^Bcc:", body, re.MULTILINE)
    assert len(body) < 900 + 170 * len(KNOWN)


def refusal_of(text: str) -> RebondError | None:
    try:
        check(text)
    except RebondError as error:
        return error
    return None


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}[]abc_ hello", max_size=60))
def test_any_typed_template_is_either_refused_with_a_sentence_or_filled_without_a_hole(text: str) -> None:
    refused = refusal_of(text)
    if refused is not None:
        assert refused.code in ("unknown_placeholder", "stray_brace", "open_block", "may_be_missing")
        assert "Nothing was saved." in str(refused)
        return
    filled = fill(text, {"hello": "H", "seller": "S", "seller_first": "F"})
    assert "{" not in filled
    assert "[[" not in filled


@pytest.mark.parametrize(
    ("text", "code"),
    [("Hi {firstname}", "unknown_placeholder"), ("Hi {first_name}", "may_be_missing"), ("Hi { x", "stray_brace"),
     ("[[{company}", "open_block"), ("[[a [[{company}]] b]]", "open_block"), ("]] x [[", "open_block"),
     ("{hello.__class__}", "stray_brace"), ("{0}", "stray_brace")],
)  # fmt: skip
def test_what_is_wrong_with_a_template_is_said(text: str, code: str) -> None:
    with pytest.raises(RebondError) as refused:
        check(text)
    assert refused.value.code == code


def test_the_note_after_no_decision_in_her_language_with_her_facts_and_the_piece(camille: User, french: Person) -> None:
    piece = make_piece("Dix questions", reasons=("value_unclear",), url="https://example.com/dix", text="")
    written = draft_for(make_no(french, camille), now=NOW)
    assert (written.key, written.language, written.piece) == ("no_decision", "fr", piece)
    assert written.body.startswith("Bonjour Hélène,\n\nQuand nous nous sommes parlé en mars")
    assert "Maintenance, 3 sites" in written.body
    assert "https://example.com/dix" in written.body
    assert written.body.endswith("\n\nCamille")
    assert written.piece_why == "Answers “Benefit not clear or not proven”, in French, not sent to them yet."


def test_without_a_piece_nothing_limps_and_the_gap_is_said(camille: User, french: Person) -> None:
    written = draft_for(make_no(french, camille), now=NOW)
    assert written.piece is None
    assert "Ceci peut vous servir" not in written.body
    assert written.piece_why == "Nothing in the library answers “Benefit not clear or not proven” in French yet."


def test_a_text_of_ones_own_stands_below_the_name(camille: User, french: Person) -> None:
    make_piece("Dix questions", reasons=("value_unclear",), text="1. Qu’est-ce qui coince ?")
    body = draft_for(make_no(french, camille), now=NOW).body
    assert "sous ma signature" in body
    assert body.index("\n\nCamille") < body.index("1. Qu’est-ce qui coince")


def test_the_third_note_does_not_read_like_the_second_nor_another_draft_like_the_first(
    camille: User, french: Person
) -> None:
    enrolment = make_no(french, camille)
    bodies = []
    for step in range(1, 6):
        enrolment.step = step
        bodies.append(draft_for(enrolment, now=NOW).body)
    assert len(set(bodies)) == 5
    turned = [draft_for(enrolment, now=NOW, variant=n) for n in range(5)]
    assert len({one.body for one in turned}) == 5 == turned[0].variants
    assert draft_for(enrolment, now=NOW, variant=5).body == turned[0].body


@pytest.mark.parametrize(
    ("fields", "key"),
    [({"due_because": "date"}, "date_reached"), ({"due_because": "return"}, "after_return"),
     ({"due_because": "successor"}, "champion_left"), ({"due_because": "shipped"}, "shipped"),
     ({"cadence": "competitor"}, "competitor"), ({"cadence": "price"}, "price"), ({"cadence": "silent"}, "silent"),
     ({"cadence": "budget_timing"}, "budget"), ({"cadence": "rest"}, "check_in"), ({"cadence": "gone"}, "check_in"),
     ({"cadence": "rest", "unanswered": 2}, "goodbye"), ({"cadence": "rest", "unanswered": 1}, "check_in"),
     ({"cadence": "silent", "unanswered": 1}, "silent"), ({"due_because": "date", "unanswered": 2}, "date_reached")],
)  # fmt: skip
def test_the_template_follows_from_why_the_touch_is_due(
    camille: User, helene: Person, fields: dict[str, object], key: str
) -> None:
    assert draft_for(make_enrolment(helene, camille, **fields), now=NOW).key == key  # type: ignore[arg-type]


def test_a_date_is_spoken_of_as_they_gave_it(camille: User, french: Person) -> None:
    NamedDate.objects.create(person=french, kind="budget", on=TODAY.replace(month=7, day=1), whole_month=True,
                             words="budget en juillet", said_at=THEN)  # fmt: skip
    written = draft_for(make_no(french, camille, due_because="date"), now=NOW)
    assert "Vous m’aviez dit que votre budget s’ouvre en juillet, et je l’ai gardé en tête." in written.body
    assert "budget en juillet" in written.body
    NamedDate.objects.update(whole_month=False)
    assert "votre budget s’ouvre le 1er juillet," in draft_for(Enrolment.objects.get(), now=NOW).body
    NamedDate.objects.update(settled_at=NOW)
    assert "budget" not in draft_for(Enrolment.objects.get(), now=NOW).body


def test_a_successor_is_told_who_was_there_before(camille: User, helene: Person) -> None:
    before = make_person("Paul Okafor", company=helene.company)
    enrolment = make_no(helene, camille, due_because="successor")
    make_enrolment(before, camille, deal=enrolment.deal, status="ended", ended_because="left", ended_at=NOW)
    assert "Until recently I spoke with Paul Okafor about Maintenance, 3 sites." in draft_for(enrolment, now=NOW).body


def test_what_they_missed_and_whom_they_chose_are_named(camille: User, helene: Person) -> None:
    shipped = make_no(helene, camille, due_because="shipped", waits_for="an export")
    assert "this was missing: an export." in draft_for(shipped, now=NOW).body
    marc = make_person("Marc Delvaux")
    chose = make_no(marc, camille, competitor="Norda", cadence="competitor")
    assert "You chose Norda in March." in draft_for(chose, now=NOW).body


@pytest.mark.parametrize(
    ("ground", "days", "key"),
    [("legitimate_interest", 30, "ask_once"), ("legitimate_interest", 90, "no_decision"),
     ("casl_enquiry", 20, "ask_once"), ("consent", 30, "no_decision")],
)  # fmt: skip
def test_a_ground_that_runs_out_makes_the_next_note_ask(
    camille: User, helene: Person, ground: str, days: int, key: str
) -> None:
    Basis.objects.create(
        fingerprint=fingerprint(helene.email), use="keep_in_touch", ground=ground, source="test", evidence="a no",
        obtained_at=THEN, at=THEN, expires_at=NOW + timedelta(days=days),
    )  # fmt: skip
    assert draft_for(make_no(helene, camille), now=NOW).key == key


def test_a_piece_somebody_chose_goes_along_even_with_a_note_that_names_none(camille: User, helene: Person) -> None:
    piece = make_piece("Our terms", language="en", url="https://example.com/terms", text="")
    written = draft_for(make_no(helene, camille, cadence="silent"), now=NOW, piece=piece)
    assert written.piece == piece
    assert "“Our terms”" in written.body
    assert "https://example.com/terms" in written.body
    assert draft_for(Enrolment.objects.get(), now=NOW).piece is None


def test_a_seller_of_nobody_and_a_person_without_a_name_we_can_use(camille: User, helene: Person) -> None:
    helene.name = "info@valmy.example"
    helene.save()
    body = draft_for(make_no(helene, camille), now=NOW).body
    assert body.startswith("Hello,\n\n")
    enrolment = Enrolment.objects.get()
    enrolment.owner = None
    enrolment.save()
    assert draft_for(Enrolment.objects.get(), now=NOW).body


def test_the_sellers_own_words_come_first_and_the_others_after(camille: User, nadia: User, helene: Person) -> None:
    enrolment = make_no(helene, camille)
    save_template(
        key="no_decision", language="en", owner=None, subject="House", body="{hello}\n\nHouse.", actor=nadia, now=NOW
    )
    assert draft_for(enrolment, now=NOW).subject == "House"
    save_template(
        key="no_decision", language="en", owner=camille, subject="Mine", body="{hello}\n\nMine.", actor=camille, now=NOW
    )
    assert draft_for(enrolment, now=NOW).body == "Hello Hélène,\n\nMine."
    assert draft_for(enrolment, now=NOW, variant=1).subject == "One thing that helps to decide"


def test_a_list_of_drafts_takes_as_few_queries_as_one(
    camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_piece("Ten questions", language="fr", reasons=("value_unclear",))
    for n in range(60):
        company = make_company(f"Firm {n}", country="France")
        make_no(make_person(f"Anne Petit{'e' * (n % 3)}", company=company, email=f"a{n}@f.example"), camille)
    due = list(Enrolment.objects.all())
    with django_assert_max_num_queries(14):
        drafts = drafts_for(due, now=NOW)
    assert len(drafts) == 60
    assert {one.piece.title for one in drafts.values() if one.piece} == {"Ten questions"}
    assert drafts[due[0].pk] == draft_for(due[0], now=NOW)
    assert drafts_for([], now=NOW) == {}


def test_a_draft_stores_nothing(camille: User, french: Person) -> None:
    make_piece("Dix questions", reasons=("value_unclear",))
    enrolment = make_no(french, camille)
    before = Enrolment.objects.values().get()
    draft_for(enrolment, now=NOW)
    assert Enrolment.objects.values().get() == before
    assert Given.objects.count() == 0


def test_three_lines_for_a_call(camille: User, french: Person) -> None:
    make_piece("Dix questions", reasons=("value_unclear",))
    assert points_for(make_no(french, camille), now=NOW) == [
        "They said no on 2 March: “Benefit not clear or not proven”.",
        "You can offer them “Dix questions”.",
        "Ask: did the problem go away, or does it still cost them time?",
    ]


def test_three_lines_for_a_call_when_nothing_is_known(camille: User, helene: Person) -> None:
    assert points_for(make_enrolment(helene, camille, reason="", cadence="rest"), now=NOW) == [
        "Begin with them: what takes most of their time at the moment?",
        "Offer nothing yet; listen.",
        "Ask: what has changed on their side since?",
    ]
