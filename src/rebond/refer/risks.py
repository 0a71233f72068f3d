"""What makes a referral look like one's own: each rule finds, a person decides. Pure: no database, no clock.

The rules are those of Dub's fraud rules and of ReferralHero (see the specification), less strict where an honest
introduction looks the same: a colleague in another division is one flag and never a refusal, people at a free mail
provider have nothing in common, and the switchboard of one office adds nothing to working there.

Whose domain is whose: the Public Suffix List (Mozilla), its private part too, so that ``a.github.io`` and
``b.github.io`` are two. Throw-away domains: the list of ``disposable-email-domains``. Telephone numbers: ITU-T E.164,
by Google's ``phonenumbers``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rebond.base.text import fold
from rebond.mail.addresses import normalised

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

#: Google's mailboxes ignore dots; both domains are one.
_GOOGLE = frozenset({"gmail.com", "googlemail.com"})
#: Fewer digits than this are an extension or a typing error, and no number.
_DIGITS = 7


@dataclass(frozen=True)
class Party:
    """One of the two people, as far as we know them.

    Attributes:
        entities: what names their company's legal person: a record of ours, an id of another system, a tax number.
        region: ISO code of their country, which a number without "+" is read in; empty for not known.
    """

    email: str = ""
    phone: str = ""
    name: str = ""
    entities: frozenset[str] = frozenset()
    region: str = ""


@dataclass(frozen=True)
class Around:
    """What else is known of a referral.

    Attributes:
        our_mailboxes: our people's addresses, as ``one_mailbox`` writes them; ``our_domains``: as ``firm_of``.
        payee: what a payee has in common with somebody else: ``bank``, ``email``, ``name``, ``referred`` (the reward
            would go to who was introduced); empty for nothing.
        decides: the advocate decides on the deal it led to.
        older_deal: that deal was there before anybody was named.
        this_week: names the advocate gave in the seven days that end with this one; ``week_limit``: how many are usual.
        ring: the referred introduced the advocate, too.
    """

    our_mailboxes: frozenset[str] = frozenset()
    our_domains: frozenset[str] = frozenset()
    payee: str = ""
    decides: bool = False
    older_deal: bool = False
    this_week: int = 0
    week_limit: int = 5
    ring: bool = False


@dataclass(frozen=True)
class Doubt:
    """One thing that was found; ``detail`` makes the words exact and holds no address."""

    code: str
    detail: str = ""


def found(advocate: Party, referred: Party, around: Around) -> list[Doubt]:
    """Everything that raises a doubt, each code once, in the order of the rules."""
    doubts = (rule(advocate, referred, around) for rule in RULES)
    return [doubt for doubt in doubts if doubt is not None]


# ---- how two spellings of one thing meet


def one_mailbox(address: str) -> str:
    """An address as its mailbox has it: without what stands behind a plus, at Google without dots.

    >>> one_mailbox("H.Marchetti+rebond@GoogleMail.com"), one_mailbox("h.marchetti+x@valmy.example")
    ('hmarchetti@gmail.com', 'h.marchetti@valmy.example')
    >>> one_mailbox("nobody")
    ''
    """
    local, at, domain = normalised(address).rpartition("@")
    if not at or not local or not domain:
        return ""
    local = local.partition("+")[0] or local
    if domain in _GOOGLE:
        return f"{local.replace('.', '') or local}@gmail.com"
    return f"{local}@{domain}"


def firm_of(address: str) -> str:
    """The registrable domain of an address that says where somebody works; empty for one that anybody can have.

    >>> firm_of("a@paris.valmy.co.uk"), firm_of("a@gmail.com"), firm_of("a@co.uk"), firm_of("a@alice.github.io")
    ('valmy.co.uk', '', '', 'alice.github.io')
    """
    domain = normalised(address).rpartition("@")[2].rstrip(".")
    own = _suffixes().privatesuffix(domain) if domain else None
    return "" if not own or own in free_domains() or domain in free_domains() or is_disposable(address) else str(own)


def is_disposable(address: str) -> bool:
    """Whether it is a mailbox to throw away.

    >>> is_disposable("a@mailinator.com"), is_disposable("a@x.mailinator.com"), is_disposable("a@valmy.example")
    (True, True, False)
    """
    labels = normalised(address).rpartition("@")[2].split(".")
    return any(".".join(labels[place:]) in _throw_away() for place in range(len(labels) - 1))


def one_number(text: str, region: str = "") -> tuple[str, str, bool]:
    """A number as one writes it (E.164), its extension, and whether it is a mobile's; empty for no number.

    What cannot be read in any country stands as its digits without the first noughts.

    >>> one_number("01 42 68 53 00", "FR"), one_number("+33 6 12 34 56 78")
    (('+33142685300', '', False), ('+33612345678', '', True))
    >>> one_number("0142685300"), one_number("12")
    (('142685300', '', False), ('', '', False))
    """
    import phonenumbers  # a megabyte of numbering plans: loaded where a doubt is looked for

    try:
        read = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        read = None
    if read is not None and phonenumbers.is_possible_number(read):
        shown = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)
        mobile = phonenumbers.number_type(read) == phonenumbers.PhoneNumberType.MOBILE
        return str(shown), str(read.extension or ""), mobile
    digits = "".join(char for char in text if char.isdecimal()).lstrip("0")
    return (digits if len(digits) >= _DIGITS else ""), "", False


def same_number(first: tuple[str, str, bool], second: tuple[str, str, bool]) -> bool:
    """Whether two numbers ring in one place; one without its country is compared by its end.

    >>> same_number(one_number("+33 1 42 68 53 00"), one_number("01 42 68 53 00"))
    True
    >>> same_number(one_number("+33 1 42 68 53 00 ext. 12"), one_number("+33 1 42 68 53 00 ext. 13"))
    False
    """
    (one, its, _mobile), (other, theirs, _other_mobile) = first, second
    if not one or not other or (its and theirs and its != theirs):
        return False
    if one.startswith("+") == other.startswith("+"):
        return one == other
    whole, end = (one, other) if one.startswith("+") else (other, one)
    return len(end) > _DIGITS and whole.endswith(end)


@lru_cache(maxsize=1)
def free_domains() -> frozenset[str]:
    """Domains where anybody can open a mailbox (``data/free_mail.txt``)."""
    text = resources.files("rebond.refer").joinpath("data/free_mail.txt").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@lru_cache(maxsize=1)
def _throw_away() -> frozenset[str]:
    from disposable_email_domains import blocklist

    return frozenset(blocklist)


# ---- the rules


def _same_email(advocate: Party, referred: Party, _around: Around) -> Doubt | None:
    mailbox = one_mailbox(advocate.email)
    return Doubt("same_email") if mailbox and mailbox == one_mailbox(referred.email) else None


def _same_firm(advocate: Party, referred: Party, _around: Around) -> Doubt | None:
    """A flag only: a colleague in another division can be a true introduction."""
    if advocate.entities & referred.entities:
        return Doubt("same_firm", "entity")
    firm = firm_of(advocate.email)
    return Doubt("same_firm", "domain") if firm and firm == firm_of(referred.email) else None


def _same_phone(advocate: Party, referred: Party, around: Around) -> Doubt | None:
    """The same office number says no more of two colleagues than that they are colleagues."""
    theirs, other = one_number(advocate.phone, advocate.region), one_number(referred.phone, referred.region)
    if not same_number(theirs, other):
        return None
    mobile = theirs[2] or other[2]
    office = not mobile and _same_firm(advocate, referred, around) is not None
    return None if office else Doubt("same_phone")


def _same_name(advocate: Party, referred: Party, _around: Around) -> Doubt | None:
    """First and last name, in either order; a family name alone is no sign."""
    one, other = sorted(_names(advocate.name)), sorted(_names(referred.name))
    return Doubt("same_name") if len(one) > 1 and one == other else None


def _names(text: str) -> list[str]:
    return [word for word in fold(text).replace(",", " ").replace("-", " ").split() if len(word) > 1]


def _same_payee(_advocate: Party, _referred: Party, around: Around) -> Doubt | None:
    return Doubt("same_payee", around.payee) if around.payee else None


def _ours(advocate: Party, _referred: Party, around: Around) -> Doubt | None:
    one_of_us = one_mailbox(advocate.email) in around.our_mailboxes or firm_of(advocate.email) in around.our_domains
    return Doubt("ours") if advocate.email and one_of_us else None


def _decides(_advocate: Party, _referred: Party, around: Around) -> Doubt | None:
    return Doubt("decides") if around.decides else None


def _older_deal(_advocate: Party, _referred: Party, around: Around) -> Doubt | None:
    return Doubt("older_deal") if around.older_deal else None


def _disposable(advocate: Party, referred: Party, _around: Around) -> Doubt | None:
    if is_disposable(referred.email):
        return Doubt("disposable", "referred")
    return Doubt("disposable", "advocate") if is_disposable(advocate.email) else None


def _too_many(_advocate: Party, _referred: Party, around: Around) -> Doubt | None:
    return Doubt("too_many", str(around.this_week)) if around.this_week > around.week_limit else None


def _ring(_advocate: Party, _referred: Party, around: Around) -> Doubt | None:
    return Doubt("ring") if around.ring else None


Rule = Callable[[Party, Party, Around], Doubt | None]
RULES: tuple[Rule, ...] = (
    _same_email, _same_firm, _same_phone, _same_name, _same_payee, _ours, _decides, _older_deal, _disposable, _too_many,
    _ring,
)  # fmt: skip

# ---- in words

#: What was found, by code and detail; a code without that detail has its own words under "".
WORDS: dict[tuple[str, str], str | Promise] = {
    ("same_email", ""): gettext_lazy("Both addresses lead to one mailbox."),
    ("same_firm", "domain"): gettext_lazy(
        "Both write from the domain of one company. A colleague in another division can be a true introduction."
    ),
    ("same_firm", "entity"): gettext_lazy(
        "Both are at the same company in our records. A colleague in another division can be a true introduction."
    ),
    ("same_phone", ""): gettext_lazy("Both have the same phone number."),
    ("same_name", ""): gettext_lazy("Both have the same first and last name."),
    ("same_payee", "bank"): gettext_lazy("Another advocate gave the same bank account."),
    ("same_payee", "email"): gettext_lazy("Another advocate gave the same address for vouchers."),
    ("same_payee", "name"): gettext_lazy("Another advocate gave the same legal name for rewards."),
    ("same_payee", "referred"): gettext_lazy("The reward would go to the person who was introduced."),
    ("ours", ""): gettext_lazy("The person who introduced works with us."),
    ("decides", ""): gettext_lazy("The person who introduced decides on this deal."),
    ("older_deal", ""): gettext_lazy("The deal was there before anybody was named."),
    ("disposable", "referred"): gettext_lazy("The address of who was introduced belongs to a throw-away service."),
    ("disposable", "advocate"): gettext_lazy("The address of who introduced belongs to a throw-away service."),
    ("ring", ""): gettext_lazy("Each of the two introduced the other."),
    ("reopened_after_payment", ""): gettext_lazy("The reward was given, and the deal is open again since."),
}


def words(code: str, detail: str = "") -> str:
    """What was found, as a sentence in the reader's language; never an address. The code, where nobody named it.

    >>> words("too_many", "7"), words("same_phone")
    ('7 people were named within one week, more than usual.', 'Both have the same phone number.')
    """
    if code == "too_many":
        return _("%(count)s people were named within one week, more than usual.") % {"count": detail}
    return str(WORDS.get((code, detail)) or WORDS.get((code, "")) or code)
