"""What Patterns says of known answers: headlines that could be wrong, chances in words, figures that open deals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from rebond.accounts.models import User
from rebond.learn.patterns import blocks, findings, heard, matched, movement, profile
from rebond.learn.patterns.levers import LEVERS
from rebond.learn.patterns.view import View
from rebond.learn.taxonomy import BUILT_IN, Control, Stamp
from rebond.numbers.rates import share
from tests.learn import results
from tests.learn.losses import text

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 9)
VIEW = View.of(None, {}, DAY)
NAMES = [*blocks.BUILDERS]


def test_the_headline_compares_the_two_leading_reasons() -> None:
    apart = results.voices((("not_in_touch", 15, 2), ("no_budget", 2, 30), ("timing", 4, 8)))
    said = findings.voices(apart, VIEW)
    assert said.headline == "Sellers say “No budget, or budget cut”; buyers say “The conversation faded”"
    assert said.sure.startswith("The gaps on “The conversation faded”, “No budget, or budget cut” are probably real")
    assert "chances in" in said.sure
    same = findings.voices(results.voices((("timing", 15, 30), ("no_budget", 4, 9))), VIEW)
    assert same.headline == "Sellers and buyers both say “Wrong moment, on hold” most"
    assert same.sure == "No gap between the voices is large enough to bet on: all of them could be luck."


def test_a_gap_that_could_be_luck_is_called_so_in_the_headline() -> None:
    said = findings.voices(results.voices(), VIEW)
    assert said.headline.endswith("; the difference could be luck")


def test_a_tie_names_both() -> None:
    said = findings.voices(results.voices((("timing", 0, 9), ("no_budget", 0, 9))), VIEW)
    assert said.headline == (
        "Sellers name “Wrong moment, on hold” and “No budget, or budget cut” most; buyers are hardly heard"
    )


def test_buyers_are_solid_sellers_hollow_and_every_figure_opens_its_deals() -> None:
    picture = findings.voices(results.voices(), VIEW).picture
    assert picture.count("p-dot ours") == picture.count("p-hollow noise") == len(results.DESIGN) + 1  # and the key
    assert 'href="/patterns/deals?what=reason&amp;code=not_in_touch&amp;voice=buyer">8 of 27' in picture
    assert 'href="/patterns/deals?what=reason&amp;code=not_in_touch&amp;voice=seller">9 of 51' in picture


def test_a_figure_of_none_opens_nothing() -> None:
    picture = findings.voices(results.voices((("timing", 0, 9), ("no_budget", 12, 3))), VIEW).picture
    assert '<span class="ours">0 of 12</span>' in picture


def test_between_five_and_ten_answers_there_are_counts_and_no_dots() -> None:
    said = findings.voices(results.voices((("timing", 2, 4), ("no_budget", 3, 3))), VIEW)
    assert 'p-thick ours"/><circle' in said.picture  # the key alone
    assert said.picture.count("<circle") == 2
    assert "3 of 5" in said.picture
    assert said.sure == "Counts only: the two voices are compared from 10 answers each."


def test_confidential_answers_that_wait_say_why() -> None:
    said = findings.voices(results.voices(withheld=3, pooled=6), VIEW)
    assert "3 confidential answers are not counted yet: they are shown together, from 5 on." in said.caveat
    assert "6 of the buyers’ answers are confidential: counted, never listed." in said.caveat
    few = findings.voices(results.voices((), withheld=3), VIEW)
    assert "3 confidential answers are not counted yet" in few.sure


def test_the_waffle_is_one_square_a_loss_and_its_levers_are_named() -> None:
    said = findings.control(results.control(), VIEW)
    assert said.headline == "About 6 explained losses in 10 had a cause we could act on"
    assert said.sure == "Likely 5 to 7 in 10, if those not explained are alike."
    assert said.picture.count('class="p-solid"') == 30 + 1
    assert said.picture.count('class="p-dashed"') == 21 + 1
    assert "a date before hanging up" in said.picture
    assert "<td>–</td>" in said.picture  # a code of one's own has no lever
    assert said.links[0].text == "Ask for the 21 without a debrief"
    assert said.links[0].href == "/patterns/deals?what=not_debriefed"


def test_a_seller_is_sent_to_their_own_debriefs(camille: User) -> None:
    said = findings.control(results.control(), View.of(camille, {}, DAY))
    assert said.links[0].href == "/debriefs"


def test_many_losses_share_a_hundred_squares() -> None:
    said = findings.control(results.control(600, 0, 300, 100), VIEW)
    assert said.picture.count('class="p-solid"') == 60 + 1
    assert "<b>600</b>" in said.picture
    assert said.measure == "One square is about one loss in a hundred"


def test_few_explained_losses_have_counts_and_no_share() -> None:
    said = findings.control(results.control(3, 1, 2, 9), VIEW)
    assert said.headline == "3 of 6 explained losses had a cause we could act on: too few for a share"
    assert not said.known


def test_what_sellers_judged_stands_beside_the_default() -> None:
    made = results.control()
    shares = {"could_act": share(8, 20), "partly": share(2, 20), "outside": share(10, 20)}
    said = findings.control(replace(made, judged=shares, default=shares | {"could_act": share(14, 20)}), VIEW)
    assert said.caveat == (
        "Where sellers judged it themselves they could have acted in 8 of 20; the list by default says 14 of 20."
    )


def test_every_reason_in_our_hands_has_a_lever() -> None:
    ours = {code for code, reason in BUILT_IN.items() if reason.control != Control.UNCONTROLLABLE}
    assert set(LEVERS) == ours


def test_a_real_drop_leads_the_chart_with_its_chip_and_the_lists_changes_are_marked() -> None:
    stamp = Stamp(2, "merge", "timing", "no_budget", datetime(2025, 6, 3, tzinfo=UTC))
    moving = results.changes(results.measure("not_in_touch", "drop", before=0.33, after=0.04), stamps=(stamp,))
    said = movement.moved(moving, VIEW)
    assert said.headline == "The conversation faded: a real drop since October 2025, from 33% to 4%"
    assert said.verdict is not None
    assert (said.verdict.text, said.verdict.tone) == ("Real drop", "signal")
    assert said.picture.count("p-stamp") == 1
    assert "June 2025: “Wrong moment, on hold” is counted as “No budget, or budget cut”" in said.picture
    assert said.caveat.endswith("Small circles on the axis: the list of reasons changed (June 2025).")


def test_reason_by_reason_counts_real_changes_and_luck() -> None:
    moving = results.changes(
        results.measure("not_in_touch", "drop", before=0.33, after=0.04), results.measure("no_budget"),
        results.measure("value_unclear", after=0.2), results.measure("wrong_people", after=0.4),
    )  # fmt: skip
    said = movement.by_reason(moving, VIEW)
    assert said.headline == "Reason by reason: one real change, 3 within luck"
    assert text(said.picture).count("Noise") == 3
    assert "33% → 4%" in text(said.picture)


def test_what_is_worth_testing_is_a_lever_of_what_rose_or_else_of_what_is_named_most() -> None:
    named = results.changes(results.measure("value_unclear", after=0.2), results.measure("wrong_people", after=0.4))
    said = movement.by_reason(named, VIEW)
    assert text(said.act) == "Worth testing: ask who signs, first call, against “Right people involved too late”"
    assert said.button is not None
    assert said.button.href == "/tests/new?reason=wrong_people&pattern=patterns.reasons"
    risen = results.changes(results.measure("value_unclear", "rise"), results.measure("wrong_people", after=0.4))
    assert "value_unclear" in (movement.by_reason(risen, VIEW).button or said.button).href
    assert movement.by_reason(results.changes(results.measure("no_budget")), VIEW).button is None


def test_sellers_and_buyers_who_see_a_question_differently_make_the_headline() -> None:
    said = profile.profile(results.profile(buyers=30, agree=8), VIEW)
    assert said.headline.startswith("“Did you talk to the right decision-makers?” 30 of 40 sellers say yes, 8 of 30")
    alike = profile.profile(results.profile(buyers=30, agree=22), VIEW)
    assert alike.headline.startswith("Fewest sellers say yes to")


def test_only_who_coaches_opens_an_answer_and_only_where_there_are_five(camille: User, nadia: User) -> None:
    made = results.profile(40, yes=37)
    for user, opens in ((camille, 0), (nadia, 6)):
        table = profile.profile(made, View.of(user, {}, DAY)).table
        assert table is not None
        cells = [cell for row in table.rows for cell in row if "<a " in cell]
        assert len(cells) == opens  # 37 say yes, 3 partly: too few to open


def test_deals_without_a_decision_say_where_they_stopped_and_how_long_nobody_spoke() -> None:
    said = matched.no_decision(results.no_decision(), VIEW)
    assert said.headline == "18 of 72 losses ended without any decision"
    assert said.sure == "The middle one had been silent for 34 days before it ended; half of them 12 to 80."
    assert "what=no_decision&amp;stage=Proposal" in said.picture
    none = matched.no_decision(results.no_decision(0), VIEW)
    assert none.headline == "No deal ended without a decision"
    few = matched.no_decision(results.no_decision(3), VIEW)
    assert few.headline == "3 deals ended without a decision: too few to say why"
    assert not few.known


def test_the_lede_is_one_message_per_period() -> None:
    said = {
        period: text(heard.lede(results.headcount(), View.of(None, {"period": period}, DAY)))
        for period in ("3m", "6m", "12m", "all")
    }
    assert said["6m"] == "72 losses in six months : 51 debriefed by sellers, 27 explained by buyers, 21 silent ."
    assert len(set(said.values())) == 4


@pytest.mark.parametrize("language", ["en", "fr"])
def test_hostile_labels_are_escaped(language: str) -> None:
    nasty = '"><script>alert(1)</script>'
    made = results.voices()
    rows = tuple(replace(row, label=nasty) for row in made.rows)
    with translation.override(language):
        said = findings.voices(replace(made, rows=rows), VIEW)
    assert "<script" not in said.picture
    assert said.table is not None
    assert all("<script" not in cell for row in said.table.rows for cell in row if "<a " in cell)
