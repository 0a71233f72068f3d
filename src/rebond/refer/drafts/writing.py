"""The texts of ``refer.drafts``, filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from rebond.base.blocks import fill_blocks, first_name, one_line
from rebond.base.text import clean
from rebond.refer.drafts import english, french

#: How many wordings there are of each.
VARIANTS = 3
#: Names put into one letter at most; longest line about a reward or a source.
MOST_NAMES, LONGEST_LINE = 3, 600
#: Between a letter and what is to be forwarded.
RULE = "– – –"


@dataclass(frozen=True)
class Facts:
    """What is known; whatever is empty is left out of the text, with its sentence.

    Attributes:
        to_name: whom the text is written to, whole name.
        advocate: whole name of who introduces us; ``advocate_company``: where they work.
        seller: whole name of who asks; ``seller_email``: where to reach them; ``ours``: our company.
        what: what we do, in a few words of the company ("maintenance planning").
        deal: what it was about. Never used in a text that goes to somebody else.
        named: people or companies they mentioned.
        referred: whole name of who is introduced; ``referred_company``.
        why: what the referred might gain, in a few words of the advocate.
        outside: the reason lay outside our control.
        poor_fit: we did not fit.
        customer: they bought: nobody speaks of a no.
        acquainted: they know us, and neither bought nor said no.
        disclosure: the line about a reward, to the referred person, in the voice of the text it stands in; empty for
            none.
        source: where our data about the referred come from, one sentence; empty for the usual one.
    """

    seller: str
    ours: str = ""
    to_name: str = ""
    advocate: str = ""
    advocate_company: str = ""
    what: str = ""
    deal: str = ""
    named: tuple[str, ...] = ()
    referred: str = ""
    referred_company: str = ""
    outside: bool = False
    poor_fit: bool = False
    disclosure: str = ""
    source: str = ""
    seller_email: str = ""
    why: str = ""
    customer: bool = False
    acquainted: bool = False


@dataclass(frozen=True)
class Text:
    """A draft: subject and body, plain text."""

    subject: str
    body: str


def script(facts: Facts, *, language: str, variant: int = 0) -> str:
    """What to say in the talk: 8 to 12 seconds, ending in the question.

    >>> script(Facts("Camille Aubry", to_name="Yanis Benkirane"), language="en")[:38]
    'Yanis, thank you for being straight wi'
    >>> script(Facts("Camille Aubry"), language="en").endswith("that would gain from a conversation with us?")
    True
    """
    words = _language(language)
    among = {"customer": words.SCRIPTS_YES, "acquainted": words.SCRIPTS_KNOWN}.get(_about(facts), words.SCRIPTS)
    said = _filled(among[variant % VARIANTS], facts, words)
    return said[:1].upper() + said[1:]


def ask_letter(facts: Facts, *, language: str, variant: int = 0) -> Text:
    """The ask, with the introduction to forward below it."""
    words = _language(language)
    among = words.ASKS_KNOWN if facts.customer or facts.acquainted else words.ASKS
    subject, body = among[variant % VARIANTS]
    names = min(len(_names(facts)), 2)
    own = {
        "{subject_of_ask}": words.SUBJECTS[variant % VARIANTS][names],
        "{question}": words.PHRASES["named" if names else "not_named"],
        "{about_no}": words.PHRASES.get(_about(facts), ""),
    }
    letter = _text((_put(subject, own), _put(body, own)), facts, words)
    below = introduction(facts, language=language, variant=variant)
    return Text(letter.subject, f"{letter.body}\n\n{RULE}\n{words.PHRASES['forward']}\n\n{below.body}")


def introduction(facts: Facts, *, language: str, variant: int = 0) -> Text:
    """What the advocate forwards, in their own voice (first person is the advocate); says nothing of the deal."""
    words = _language(language)
    about = {"poor_fit": "for_us_fit", "customer": "for_us_customer", "acquainted": "for_us_acquainted"}
    subject, body = words.FORWARDS[variant % VARIANTS]
    own = {"{for_us}": words.PHRASES[about.get(_about(facts), "for_us")], "{advocate_signs}": "[[{advocate}]]"}
    text = _text((subject, _put(body, own)), facts, words)
    return Text(text.subject, _with_lines(text.body, facts.disclosure))


def first_contact(facts: Facts, *, language: str, variant: int = 0) -> Text:
    """Our one first message to the referred: full name of the referrer, "as a result of the referral" (L22), where the
    data come from (L23), and the reward (L24). The rights and who we are stand in the foot that ``letters`` adds.

    Raises:
        ValueError: without the referrer's name no such message may be written.
    """
    if not facts.advocate.strip():
        raise ValueError("a first contact names who referred")
    words = _language(language)
    text = _text(words.FIRSTS[variant % VARIANTS], facts, words)
    source = facts.source or _filled(words.PHRASES["source"], facts, words)
    return Text(text.subject, _with_lines(text.body, source, facts.disclosure))


def thanks(facts: Facts, *, state: str, language: str, variant: int = 0) -> Text:
    """The thank-you for one move: ``agreed``, ``introduced``, ``qualified``, ``won``, ``lost``; else a general one."""
    words = _language(language)
    among = words.THANKS.get(state, words.THANKS[""])
    return _text(among[variant % VARIANTS], facts, words)


# ---- how they are filled


def _language(language: str) -> ModuleType:
    return french if language.lower().startswith("fr") else english


def _about(facts: Facts) -> str:
    """The one thing that is said about the end; who bought, or was never asked to, hears nothing of a no."""
    if facts.customer or facts.acquainted:
        return "customer" if facts.customer else "acquainted"
    return "poor_fit" if facts.poor_fit else "outside" if facts.outside else ""


def _put(text: str, phrases: Mapping[str, str]) -> str:
    """Sentences of ours put into a text of ours, before any fact is."""
    for place, phrase in phrases.items():
        text = text.replace(place, phrase)
    return text


def _text(letter: tuple[str, str], facts: Facts, words: ModuleType) -> Text:
    subject, body = letter
    return Text(" ".join(_filled(subject, facts, words).split()), _filled(body, facts, words))


def _filled(text: str, facts: Facts, words: ModuleType) -> str:
    return fill_blocks(text, words_of(facts, words))


def words_of(facts: Facts, words: ModuleType) -> dict[str, str]:
    """Every fact by its word in braces; what is not known is absent. Braces of a fact are none of ours."""
    phrases: Mapping[str, str] = words.PHRASES
    to_first, referred_first = first_name(facts.to_name), first_name(facts.referred)
    known = {
        "hello": phrases["hello_name"] % to_first if to_first else phrases["hello"],
        "hello_referred": phrases["hello_name"] % referred_first if referred_first else phrases["hello"],
        "to_first": to_first, "seller": facts.seller, "seller_first": facts.seller.split(" ")[0],
        "seller_email": facts.seller_email, "ours": facts.ours, "advocate": facts.advocate,
        "advocate_company": facts.advocate_company, "what": facts.what, "deal": facts.deal,
        "named": _listed(_names(facts), phrases["and"]), "referred": facts.referred,
        "referred_company": facts.referred_company, "why": facts.why.strip(" ."),
    }  # fmt: skip
    return {name: fact for name, fact in known.items() if fact.strip()}


def _names(facts: Facts) -> list[str]:
    return [one_line(name) for name in facts.named if name.strip()][:MOST_NAMES]


def _listed(names: list[str], joined: str) -> str:
    """ "A, B and C".

    >>> _listed(["A", "B", "C"], " and "), _listed(["A"], " and "), _listed([], " and ")
    ('A, B and C', 'A', '')
    """
    return joined.join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _with_lines(body: str, *lines: str) -> str:
    """Whole sentences below a letter, each a paragraph of its own."""
    clear = [" ".join(clean(line, LONGEST_LINE).split()) for line in lines]
    return "\n\n".join([body, *[line for line in clear if line]])
