"""What is usual where nobody has cases yet: stated beforehand, with where each comes from. Plain Python.

The chances of the next contact of an open deal are our own guess, shaped so that a fresh deal is won one time in five
(the middle of the win rates that sales surveys report, 15 to 30 in 100) after some seven contacts, and each silent
contact takes a quarter of what is left. A team's own cases replace all of it; until then a price says that it rests on
what is usual.
"""

from __future__ import annotations

from functools import cache
from math import exp

from rebond.loop.prices.codes import MOST_MADE, MOST_SILENT, ever_code, follows_code
from rebond.numbers.going_on import NextContact, pays, until
from rebond.numbers.leaning import Usual
from rebond.numbers.pricing import Prices, Rate
from rebond.nurture.prices import USUAL as USUAL_OF_KEEPING
from rebond.refer.prices import USUAL as USUAL_OF_ASKING

#: Contacts looked ahead.
AHEAD = 30
#: The next contact of a fresh deal sells, brings the buyer's no, is answered; and what one more silent one leaves.
WINS, ENDS, ANSWERED = 0.034, 0.04, 0.45
LEFT_BY_SILENCE, LEFT_BY_CONTACT = 0.75, 0.97
#: What a contact costs, in sales: about what it brings on average.
COST = 0.012
#: Minutes of a contact, all kinds together, until somebody says or measures.
MINUTES = 8.0
#: The likely range of a stated chance, as parts of it: right 8 times in 10 for a Beta of 20 cases at one in six.
LOW, HIGH = 0.45, 1.65


@cache
def usual_contact() -> NextContact:
    """The chances of the next contact, by contacts made and silent ones."""
    cells = [
        [LEFT_BY_CONTACT**made * LEFT_BY_SILENCE**silent for silent in range(MOST_SILENT + 1)] for made in range(AHEAD)
    ]
    return NextContact(
        [[WINS * left for left in row] for row in cells],
        [[ENDS] * (MOST_SILENT + 1) for _row in cells],
        [[ANSWERED * exp(-0.25 * silent) for silent in range(MOST_SILENT + 1)] for _row in cells],
    )


def usual_prices(
    currency: str = "", *, gain: Rate | None = None, share: float | None = None, minute: float = 0.0,
    minutes: dict[str, float] | None = None, counts_as: str = "commission",
) -> Prices:  # fmt: skip
    """A price list of what is usual alone; what a sale brings and a minute costs are the company's own."""
    chances = USUAL_OF_KEEPING | USUAL_OF_ASKING
    rates = {code: stated(usual) for code, usual in chances.items()} | _of_deals()
    return Prices(currency, gain, share, minute, minutes or {}, {}, None, rates, counts_as)


def stated(usual: Usual) -> Rate:
    """A stated chance with its likely range.

    >>> stated(Usual(0.2, 20)).leans
    'usual'
    """
    return Rate(usual.mean, usual.mean * LOW, min(usual.mean * HIGH, 1.0))


@cache
def _of_deals() -> dict[str, Rate]:
    contact = usual_contact()
    going = until(contact, pays(contact, cost=COST))
    found = {}
    for made in range(MOST_MADE + 1):
        for silent in range(min(made, MOST_SILENT) + 1):
            chance, takes = going.ever[made][silent], going.contacts[made][silent] * MINUTES
            found[ever_code(made, silent)] = Rate(chance, chance * LOW, min(chance * HIGH, 1.0))
            found[follows_code(made, silent)] = Rate(takes, takes * 0.7, takes * 1.4)
    return found
