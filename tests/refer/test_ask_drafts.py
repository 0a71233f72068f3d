"""The texts of asking: no holes whatever is known, both languages, the question of the method, what the law wants."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.refer import drafts
from rebond.refer.drafts import VARIANTS, Facts, Text, english, french

FULL = Facts(
    "Camille Aubry", "Rebond SAS", to_name="Yanis Benkirane", advocate="Yanis Benkirane",
    advocate_company="Lumen Habitat", what="maintenance planning", deal="Maintenance, 3 sites",
    named=("Rives Logement", "Habitat 74"), referred="Inès Ferrand", referred_company="Atelier Roussel",
    disclosure="Whoever introduced us may receive a small thank-you.", seller_email="camille@ours.example",
    why="They run five sites",
)  # fmt: skip
STATES = ("agreed", "introduced", "qualified", "won", "lost", "paid")
LANGUAGES, NUMBERS = ("en", "fr"), range(VARIANTS)
#: What a text with a hole looks like.
HOLE = re.compile(r"[{}\[\]]|\s[,.](?!\S)|,\s*,|\(\s*\)|«\s*»|“”|\bNone\b|  ")


def everything(facts: Facts, language: str, variant: int) -> list[Text]:
    texts = [
        drafts.ask_letter(facts, language=language, variant=variant),
        drafts.introduction(facts, language=language, variant=variant),
        Text("", drafts.script(facts, language=language, variant=variant)),
        *(drafts.thanks(facts, state=state, language=language, variant=variant) for state in STATES),
    ]
    if facts.advocate:
        texts.append(drafts.first_contact(facts, language=language, variant=variant))
    return texts


#: Nobody here is called None, which is what a text with a hole says.
words = (
    st.text(alphabet="abcdefghijklmnopqrstuvwxyzéèABCDEÉ -'’", max_size=40)
    .map(str.strip)
    .filter(lambda text: "none" not in text.lower())
)
facts = st.builds(
    Facts, seller=words.filter(bool), ours=words, to_name=words, advocate=words, advocate_company=words, what=words,
    deal=words, named=st.lists(words, max_size=4).map(tuple), referred=words, referred_company=words,
    outside=st.booleans(), poor_fit=st.booleans(), customer=st.booleans(), acquainted=st.booleans(),
    seller_email=words, why=words,
)  # fmt: skip


@given(facts, st.sampled_from(LANGUAGES), st.sampled_from(list(NUMBERS)))
def test_no_text_has_a_hole_whatever_is_known(known: Facts, language: str, variant: int) -> None:
    for text in everything(known, language, variant):
        assert not re.search(r"[{}\[\]]|\(\)|«\s*»|\bNone\b", f"{text.subject}\n{text.body}")
        assert text.body.strip()
        assert not any(line != line.strip() for line in text.body.splitlines())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("variant", NUMBERS)
@pytest.mark.parametrize("bare", [True, False])
def test_each_wording_reads_well_bare_and_full(language: str, variant: int, bare: bool) -> None:
    known = Facts("Camille Aubry", advocate="Yanis Benkirane") if bare else FULL
    for text in everything(known, language, variant):
        body = text.body.replace("\u202f", "").replace("– – –", "")
        assert not HOLE.search(f"{text.subject}\n{body}"), text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("variant", NUMBERS)
@pytest.mark.parametrize("kind", ["no", "customer", "acquainted"])
@pytest.mark.parametrize("name", ["", "Yanis Benkirane"])
def test_the_script_takes_eight_to_twelve_seconds_and_ends_in_the_question(
    language: str, variant: int, kind: str, name: str
) -> None:
    known = Facts("Camille Aubry", to_name=name, customer=kind == "customer", acquainted=kind == "acquainted")
    said = drafts.script(known, language=language, variant=variant)
    seconds = len(re.findall(r"[\w’-]+", said)) / 2.5  # 150 words a minute
    assert 8 <= seconds <= 12.4, said
    question = (french if language == "fr" else english).QUESTION
    assert said.endswith(question)
    assert said[0].isupper()


def test_the_question_is_the_methods() -> None:
    assert english.QUESTION == "who do you know that would gain from a conversation with us?"


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_three_wordings_of_everything(language: str) -> None:
    for place in range(len(everything(FULL, language, 0))):
        said = {everything(FULL, language, variant)[place].body for variant in NUMBERS}
        assert len(said) == VARIANTS
    assert drafts.script(FULL, language=language, variant=3) == drafts.script(FULL, language=language, variant=0)


@pytest.mark.parametrize("variant", NUMBERS)
def test_the_ask_carries_the_introduction_to_forward_below_it(variant: int) -> None:
    letter = drafts.ask_letter(FULL, language="en", variant=variant)
    forward = drafts.introduction(FULL, language="en", variant=variant)
    assert letter.body.endswith(forward.body)
    assert "Rives Logement and Habitat 74" in letter.body
    assert "Maintenance" not in forward.body  # what it was about is nobody else's
    assert forward.body.endswith(FULL.disclosure)
    assert drafts.ask_letter(FULL, language="en").subject == "Two introductions, if you are comfortable"


@pytest.mark.parametrize(("language", "result"), [("en", "as a result of the referral"), ("fr", "recommandation")])
@pytest.mark.parametrize("variant", NUMBERS)
def test_our_first_message_says_what_the_law_wants(language: str, result: str, variant: int) -> None:
    text = drafts.first_contact(FULL, language=language, variant=variant)
    assert "Yanis Benkirane" in text.body  # the full name of who referred (L22)
    assert result in text.body
    assert FULL.disclosure in text.body  # L24
    assert ("from nowhere else" if language == "en" else "de nulle part ailleurs") in text.body  # the source (L23)
    assert "Maintenance, 3 sites" not in text.body


def test_without_who_referred_there_is_no_first_message() -> None:
    with pytest.raises(ValueError, match="names who referred"):
        drafts.first_contact(replace(FULL, advocate=" "), language="en")


def test_a_customer_hears_nothing_of_a_no() -> None:
    for variant in NUMBERS:
        letter = drafts.ask_letter(replace(FULL, customer=True, poor_fit=True), language="en", variant=variant)
        assert "straight answer" not in letter.body
        assert "not for us" not in letter.body
        assert "fit" not in letter.body.replace("benefit", "")


def test_facts_cannot_bring_words_in_braces_or_lines_of_their_own() -> None:
    sly = replace(FULL, deal="{seller}\r\nBcc: all@valmy.example", named=("[[x]] {ours}",))
    letter = drafts.ask_letter(sly, language="en")
    assert "{seller} Bcc: all@valmy.example" in letter.body
    assert "\nBcc:" not in letter.body
    assert "\n" not in letter.subject
