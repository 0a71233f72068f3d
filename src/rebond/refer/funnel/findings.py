"""The funnel in words and pictures."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts, words
from rebond.findings.finding import NOTHING, Finding, Table
from rebond.findings.pictures import Mark, Row, intervals, share_axis
from rebond.numbers.estimate import PERCENT_FROM, RANGE_FROM, Estimate
from rebond.refer.funnel.answers import Answer, Group, Groups, Step
from rebond.refer.models import Mode
from rebond.refer.reason_names import current


def findings(answer: Answer) -> tuple[Finding, ...]:
    """The steps; then by mode, by reason, and the cost, where there is anything to count."""
    if answer.is_empty:
        return (_nothing(),)
    return (steps(answer), modes(answer.modes), reasons(answer.reasons), cost(answer))


def _nothing() -> Finding:
    return Finding(
        "refer.steps", _("Nobody was asked yet, so there is nothing to count"), "", known=False,
        sure=_("From the first ask on, each step stands here with its number of cases: asked, named, introduced, in "
               "conversation, won."),
    )  # fmt: skip


# ---- the steps


def step_labels() -> dict[str, str]:
    """Each step by what is counted of what."""
    return {
        "asked": _("Noes that somebody was asked after"),
        "agreed": _("People asked who named somebody"),
        "introduced": _("Names that were introduced"),
        "qualified": _("Introductions that became a conversation"),
        "won": _("Conversations that were won"),
    }


def steps(answer: Answer) -> Finding:
    """Where introductions come about, and where they do not."""
    told = [step for step in answer.steps if step.told]
    drawn = [step for step in told if step.share.known or (step.own is not None and step.own.known)]
    return Finding(
        "refer.steps", _headline(told), _measure(answer), _picture(drawn, answer) if drawn else NOTHING,
        _table(answer), _sure(answer), _caveat(answer), known=bool(drawn),
    )  # fmt: skip


def _headline(told: Sequence[Step]) -> str:
    known = [step for step in told if step.share.known]
    if not known:
        return _("Too few asks to say how they go on")
    if len(known) > 1 and (narrow := narrow_place(known)) is not None:
        return _narrow(narrow) % {"cases": parts.k_of_n(narrow.share)}
    firm = [step for step in known if step.share.n >= RANGE_FROM] or known
    return _far(firm[-1]) % {"cases": parts.k_of_n(firm[-1].share)}


def narrow_place(known: Sequence[Step]) -> Step | None:
    """The step whose wide range lies below those of all others; ``None`` where none does."""
    lowest = min(known, key=lambda step: step.share.value or 0)
    others = [step for step in known if step is not lowest]
    apart = all((lowest.share.hi95 or 1) < (step.share.lo95 or 0) for step in others)
    return lowest if apart else None


def _narrow(step: Step) -> str:
    return {
        "asked": _("The narrow place is the ask itself: after %(cases)s noes somebody was asked"),
        "agreed": _("The narrow place is the name: %(cases)s people asked gave one"),
        "introduced": _("The narrow place is the introduction: %(cases)s names were introduced"),
        "qualified": _("The narrow place is the first conversation: %(cases)s introductions led to one"),
        "won": _("The narrow place is the sale: %(cases)s conversations were won"),
    }[step.name]


def _far(step: Step) -> str:
    """The step furthest along of which something may be said with a range that holds a sentence."""
    return {
        "asked": _("After %(cases)s noes somebody was asked"),
        "agreed": _("%(cases)s people asked named somebody"),
        "introduced": _("%(cases)s names were introduced"),
        "qualified": _("%(cases)s introductions became a conversation"),
        "won": _("%(cases)s conversations that began with an introduction were won"),
    }[step.name]


def _measure(answer: Answer) -> str:
    if answer.view.period == "all":
        return _("Each step of the cases that entered it, all the time")
    return _("Each step of the cases that entered it since %(day)s") % {"day": words.day(answer.view.since)}


def _picture(drawn: Sequence[Step], answer: Answer) -> SafeString:
    has_own = answer.view.has_own
    rows = [_row(step, has_own=has_own) for step in drawn]
    axis = share_axis([*parts.ends(mark.estimate for row in rows for mark in row.marks), 1.0])
    return (_key() if has_own else NOTHING) + intervals(rows, axis)


def _key() -> SafeString:
    items = format_html_join(
        "", '<li><svg width="14" height="12" aria-hidden="true"><circle cx="6" cy="6" r="4" class="{}"/></svg>{}</li>',
        (("p-dot ours", _("your whole team")), ("p-dot noise", _("yours"))),
    )  # fmt: skip
    return format_html('<ul class="f-key">{}</ul>', items)


def _row(step: Step, *, has_own: bool) -> Row:
    label = step_labels()[step.name]
    marks = [_mark(label, step.share, "ours")]
    if has_own and step.own is not None:
        marks.append(_mark(_("%(step)s, yours") % {"step": label}, step.own, "noise"))
    return Row(label, tuple(marks))


def _mark(label: str, share: Estimate, tone: str) -> Mark:
    return Mark(share, parts.said(label, share), parts.k_of_n(share), tone=tone)


def _table(answer: Answer) -> Table:
    head = (_("step"), _("share"), _("8 in 10 sure"), _("19 in 20 sure"), _("of how many"), _("left out"),
            _("half within"), _("8 in 10 sure"))  # fmt: skip
    cells = [_cells(step) for step in answer.steps]
    return Table(_("Steps, with the days until half of those who take one have taken it"), head, tuple(cells))


def _cells(step: Step) -> tuple[str, ...]:
    name = step_labels()[step.name]
    if not step.told:
        return (name, _("not told"), "", "", "", "", "", "")
    figure, likely, wide = parts.share_cells(step.share)
    days = words.short(step.days) if step.days.value is None else words.days(step.days.value)
    return (name, figure, likely, wide, _so_far(step.share), words.count(step.waiting), days,
            parts.range_of(step.days.lo80, step.days.hi80, words.count))  # fmt: skip


def _so_far(share: Estimate) -> str:
    return words.of(share.k, share.n) if share.k is not None else words.count(share.n)


def _sure(answer: Answer) -> str:
    known = [step.share for step in answer.steps if step.told and step.share.known]
    if not known:
        few = next((step.share for step in answer.steps if step.told and step.share.n), answer.steps[1].share)
        return words.missing(few)
    if min(share.n for share in known) < PERCENT_FROM:
        return _("Some steps rest on fewer than 30 cases: read their range, not their dot.")
    return _("Each range is right 8 times in 10, the thin line 19 times in 20.")


def _caveat(answer: Answer) -> str:
    waiting = sum(step.waiting for step in answer.steps if step.told)
    said = [ngettext(
        "%(n)s case is too young to have failed, or still open, and in no number.",
        "%(n)s cases are too young to have failed, or still open, and in no number.", waiting,
    ) % {"n": words.count(waiting)}] if waiting else []  # fmt: skip
    if not answer.steps[0].told:
        said.append(
            _("How many noes were asked after is shown from three sellers on: with fewer it would tell on one.")
        )
    elif answer.nobody:
        said.append(ngettext(
            "After %(n)s no nobody could be asked: nobody was met, or they wished for silence.",
            "After %(n)s noes nobody could be asked: nobody was met, or they wished for silence.", answer.nobody,
        ) % {"n": words.count(answer.nobody)})  # fmt: skip
    return " ".join(said)


# ---- by mode, by reason


def modes(found: Groups) -> Finding:
    """Whether how they are introduced makes a difference."""
    labels = dict(Mode.choices)
    named = [(str(labels[group.name]), group) for group in found.groups if group.share.n]
    measure = _("Introductions that became a conversation, by how they came about")
    said = (_("Too few introductions to compare the ways"), _("No way of introducing can be told apart yet"))
    return _compared("refer.modes", measure, found, named, said)


def reasons(found: Groups) -> Finding:
    """Whether some noes give more introductions than others."""
    names = current()
    named = [(names.label(group.name), group) for group in found.groups]
    measure = _("People asked who named somebody, by the main reason of the no")
    said = (_("Too few asks to compare reasons"), _("No reason for a no can be told apart by the names that follow"))
    return _compared("refer.reasons", measure, found, named, said)


def _compared(
    key: str, measure: str, found: Groups, named: Sequence[tuple[str, Group]], said: tuple[str, str]
) -> Finding:
    """Groups over one axis, grey where it could be luck; ``said``: the headline of too few, and of no difference."""
    known = [(name, group) for name, group in named if group.share.known][: parts.DRAWN]
    table = _group_table(measure, named)
    if len(known) < 2:
        return Finding(key, said[0], measure, table=table, sure=words.missing(found.whole) if not found.whole.known
                       else _("Two of them need 5 cases each."), known=False)  # fmt: skip
    apart = [(name, group) for name, group in known if group.standing]
    rows = [_group_row(name, group, pooled=found.pooled) for name, group in known]
    axis = share_axis([*parts.ends(row.marks[0].estimate for row in rows), found.whole.value])
    return Finding(
        key, _apart_headline(apart) if apart else said[1], measure, intervals(rows, axis, reference=found.whole.value),
        table, _how_sure(apart), _("Who is introduced how, and after which no, is not by chance: look there, do not "
                                   "conclude a cause."),
        verdict=None if apart else parts.cannot_tell(),
    )  # fmt: skip


def _apart_headline(apart: Sequence[tuple[str, Group]]) -> str:
    above = parts.listed([_quoted(name) for name, group in apart if group.standing == "above"])
    below = parts.listed([_quoted(name) for name, group in apart if group.standing == "below"])
    if above and below:
        return _("More than the others: %(above)s; fewer: %(below)s") % {"above": above, "below": below}
    return _("More than the others: %(above)s") % {"above": above} if above else (
        _("Fewer than the others: %(below)s") % {"below": below}
    )  # fmt: skip


def _quoted(name: str) -> str:
    return _("“%(name)s”") % {"name": name}


def _how_sure(apart: Sequence[tuple[str, Group]]) -> str:
    if apart:
        return _("Apart means beyond luck, with all these looks at once taken into account.")
    return parts.could_be_luck()


def _group_row(name: str, group: Group, *, pooled: bool) -> Row:
    tone = {"above": "ours", "below": "worse"}.get(group.standing, "noise")
    mark = Mark(group.share, parts.said(name, group.share), parts.k_of_n(group.share),
                hollow=pooled and group.share.n < PERCENT_FROM, tone=tone)  # fmt: skip
    return Row(parts.name(name), (mark,))


def _group_table(caption: str, named: Sequence[tuple[str, Group]]) -> Table:
    head = (_("group"), _("of how many"), _("share"), _("8 in 10 sure"), _("19 in 20 sure"))
    rows = [(parts.name(name), _so_far(group.share), *parts.share_cells(group.share)) for name, group in named]
    return Table(caption, head, tuple(rows[: parts.TABLED]))


# ---- what it costs


def cost(answer: Answer) -> Finding:
    """What rewards cost per won introduction."""
    first, each = answer.costs[0], answer.per_deal
    won = len(first.each)
    measure = _("Rewards due or given, by introduction that was won; those without a reward count as 0")
    if not won:
        return Finding("refer.cost", _("No introduction was won yet, so no reward either"), measure, known=False)
    total = words.money(first.total, first.currency) if first.total else _("nothing")
    so_far = ngettext(
        "%(total)s of rewards for %(won)s won introduction; %(rewarded)s brought one",
        "%(total)s of rewards for %(won)s won introductions; %(rewarded)s brought one", won,
    ) % {"total": total, "won": words.count(won), "rewarded": words.count(first.rewarded)}  # fmt: skip
    if each.value is None:
        return Finding("refer.cost", so_far, measure, sure=words.missing(each) if each.need else "", known=False,
                       caveat=_others(answer))  # fmt: skip
    headline = _("A won introduction costs %(each)s in rewards") % {"each": words.money(each.value, first.currency)}
    likely = words.likely(*(words.money(end, first.currency) for end in (each.lo80, each.hi80))) if (
        each.lo80 is not None and each.hi80 is not None) else ""  # fmt: skip
    sure = _("%(so_far)s (%(likely)s each).") % {"so_far": so_far, "likely": likely} if likely else _(
        "%(so_far)s.") % {"so_far": so_far}  # fmt: skip
    return Finding("refer.cost", headline, measure, sure=sure, caveat=_others(answer))


def _others(answer: Answer) -> str:
    """Rewards in further currencies, which are in no sum."""
    rest = [words.money(cost.total, cost.currency) for cost in answer.costs[1:]]
    return _("Not in it, since it is another currency: %(sums)s.") % {"sums": parts.listed(rest)} if rest else ""
