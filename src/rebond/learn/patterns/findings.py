"""Why we lose and what we can change, as findings: reasons by voice, and control with its levers.

Each figure opens its deals. Nothing is said of a voice heard fewer than five times, and no share below ten.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.base.periods import BEGINNING
from rebond.findings import parts, words
from rebond.findings.finding import Finding, Link, Table
from rebond.findings.pictures import Mark, Row, Squares, intervals, share_axis, waffle
from rebond.findings.unheard import squares_measure
from rebond.learn.patterns.levers import lever
from rebond.learn.patterns.opening import address
from rebond.learn.patterns.results import ControlBlock, VoiceRow, Voices, Withheld
from rebond.learn.patterns.view import View
from rebond.numbers.estimate import COUNTS_FROM, Estimate

#: Rows drawn; the table behind holds all.
DRAWN, LEVERS = 7, 4
#: Squares beside each other, so that the key has its place in a narrow column.
ACROSS, WIDER, MANY = 12, 16, 120


def figure(estimate: Estimate) -> str:
    """ "8 of 27", also where that is too few for a share; a dash where even the count is not told."""
    return "–" if estimate.k is None else words.of(estimate.k, estimate.n)


def linked(text: str, href: str) -> str:
    """A cell or a name that opens its deals."""
    return format_html('<a href="{}">{}</a>', href, text) if href else text


def withheld_words(withheld: Withheld, *, wins: bool = False) -> str:
    """Why confidential answers are not in a figure yet; empty where none wait."""
    waiting = withheld.noes + (withheld.wins if wins else 0)
    if not waiting:
        return ""
    return ngettext(
        "%(n)s confidential answer is not counted yet: they are shown together, from %(from)s on.",
        "%(n)s confidential answers are not counted yet: they are shown together, from %(from)s on.", waiting,
    ) % {"n": words.count(waiting), "from": words.count(withheld.shown_from)}  # fmt: skip


def needs_debriefs(key: str, so_far: int, *, sure: str = "") -> Finding:
    """ "5 debriefs needed, 2 so far. Ask for 3": the empty state of what sellers say."""
    missing = max(COUNTS_FROM - so_far, 1)
    ask = ngettext("Ask for %(n)s", "Ask for %(n)s", missing) % {"n": words.count(missing)}
    return Finding(
        key, _("%(needed)s debriefs needed, %(n)s so far") % {
            "needed": words.count(COUNTS_FROM), "n": words.count(so_far)},
        _("This part appears by itself once there are enough."), sure=sure, known=False,
        opens=(Link(ask, reverse("learn:list")),),
    )  # fmt: skip


# ---- (a) reasons by voice


def voices(block: Voices, view: View) -> Finding:
    """Who blames what: two marks a row, buyers solid, sellers hollow."""
    if max(block.sellers, block.buyers) < COUNTS_FROM or not block.rows:
        return needs_debriefs("patterns.voices", block.sellers, sure=withheld_words(block.withheld))
    shown = block.rows[:DRAWN]
    rows = [_voice_row(row, view) for row in shown]
    axis = share_axis(parts.ends(mark.estimate for row in rows for mark in row.marks))
    return Finding(
        "patterns.voices", voices_headline(block), _voices_measure(view),
        _voices_key(block) + intervals(rows, axis, keyed=False), _voices_table(block, view), gaps_words(block),
        _voices_caveat(block), opens=_unheard_link(block, view),
    )  # fmt: skip


def _voices_measure(view: View) -> str:
    if view.since == BEGINNING:
        return _("Main reason for the loss, share of answers")
    return _("Main reason for the loss, share of answers, %(first)s to %(last)s") % {
        "first": words.month(view.since), "last": words.month(view.until)}  # fmt: skip


def _voice_row(row: VoiceRow, view: View) -> Row:
    """Buyers first and solid; a voice that is not heard has no mark."""
    marks = []
    for voice, estimate, tone in (("buyer", row.buyer, "ours"), ("seller", row.seller, "noise")):
        if estimate.n:
            said = _("%(reason)s, buyers") if voice == "buyer" else _("%(reason)s, sellers")
            opens = address(view, "reason", code=row.code, voice=voice) if estimate.k else ""
            label = parts.said(said % {"reason": row.label}, estimate)
            marks.append(Mark(estimate, label, figure(estimate), voice == "seller", tone, opens))
    return Row(parts.name(row.label), tuple(marks))


def voices_headline(block: Voices) -> str:
    """A comparison of the two leading reasons, as far as it may be said."""
    sellers, buyers = _leading(block, "seller"), _leading(block, "buyer")
    said = {"seller": _quoted(sellers), "buyer": _quoted(buyers)}
    if not buyers:
        return _("Sellers name %(seller)s most; buyers are hardly heard") % said
    if not sellers:
        return _("Buyers name %(buyer)s most; sellers are hardly heard") % said
    if sellers == buyers:
        return _("Sellers and buyers both say %(seller)s most") % said
    if any(row.gap and row.gap.verdict == "probable" and row.label in (*sellers, *buyers) for row in block.rows):
        return _("Sellers say %(seller)s; buyers say %(buyer)s") % said
    return _("Sellers say %(seller)s, buyers %(buyer)s; the difference could be luck") % said


def _quoted(names: list[str]) -> str:
    """One name, or two that lead together; of more the first two."""
    if len(names) < 2:
        return _("“%(reason)s”") % {"reason": names[0]} if names else ""
    return _("“%(one)s” and “%(other)s”") % {"one": names[0], "other": names[1]}


def _leading(block: Voices, voice: str) -> list[str]:
    """The reasons a voice names most; none below five answers."""
    if getattr(block, f"{voice}s") < COUNTS_FROM:
        return []
    counts = {row.label: getattr(row, voice).k or 0 for row in block.rows}
    most = max(counts.values(), default=0)
    return [label for label, k in counts.items() if k == most] if most else []


def gaps_words(block: Voices) -> str:
    """Which gaps between the voices may be bet on, in chances."""
    if not block.looked_at:
        return _("Counts only: the two voices are compared from 10 answers each.")
    real = [row for row in block.rows if row.gap and row.gap.verdict == "probable"]
    if not real:
        return _("No gap between the voices is large enough to bet on: all of them could be luck.")
    least = min(row.gap.chance for row in real if row.gap)
    said = {"names": parts.listed([_quoted([row.label]) for row in real], 2), "chances": words.chances(least)}
    return ngettext(
        "The gap on %(names)s is probably real, about %(chances)s. The others could be luck.",
        "The gaps on %(names)s are probably real, at least %(chances)s each. The others could be luck.", len(real),
    ) % said  # fmt: skip


def _voices_caveat(block: Voices) -> str:
    pooled = ngettext(
        "%(n)s of the buyers’ answers is confidential: counted, never listed.",
        "%(n)s of the buyers’ answers are confidential: counted, never listed.", block.pooled,
    ) % {"n": words.count(block.pooled)} if block.pooled else ""  # fmt: skip
    return " ".join(sentence for sentence in (pooled, withheld_words(block.withheld)) if sentence)


def _unheard_link(block: Voices, view: View) -> tuple[Link, ...]:
    silent = block.unheard
    if not silent.k:
        return ()
    text = ngettext("%(cases)s loss has no open answer", "%(cases)s losses have no open answer", silent.n) % {
        "cases": words.of(silent.k, silent.n)}  # fmt: skip
    return (Link(text, address(view, "unheard")),)


def _voices_key(block: Voices) -> SafeString:
    """Who is who, and what thick and thin mean."""
    heard = [
        ("ours", "p-dot ours", 4.3, ngettext("buyers, %(n)s answer", "buyers, %(n)s answers", block.buyers)
         % {"n": words.count(block.buyers)}, block.buyers),
        ("noise", "p-hollow noise", 3.8, ngettext("sellers, %(n)s loss", "sellers, %(n)s losses", block.sellers)
         % {"n": words.count(block.sellers)}, block.sellers),
    ]  # fmt: skip
    items = format_html_join(
        "", '<li><svg width="26" height="10" aria-hidden="true"><line x1="2.5" x2="23.5" y1="5" y2="5" '
        'class="p-thick {}"/><circle cx="13" cy="5" r="{}" class="{}"/></svg>{}</li>',
        ((tone, radius, shape, text) for tone, shape, radius, text, n in heard if n),
    )  # fmt: skip
    return format_html(
        '<ul class="f-key">{}<li class="hide-s">{}</li></ul>', items, _("thick: 8 in 10 sure; thin: 19 in 20")
    )


def _voices_table(block: Voices, view: View) -> Table:
    head = (_("reason"), _("buyers"), _("8 in 10 sure"), _("sellers"), _("8 in 10 sure"), _("sellers name it at all"),
            _("gap"))  # fmt: skip
    return Table(_("Main reasons, by voice"), head, tuple(_voice_cells(row, view) for row in block.rows))


def _voice_cells(row: VoiceRow, view: View) -> tuple[str, ...]:
    def opens(estimate: Estimate, voice: str, **more: str) -> str:
        return linked(figure(estimate), address(view, "reason", code=row.code, voice=voice, **more)
                      if estimate.k else "")  # fmt: skip

    return (
        row.label, opens(row.buyer, "buyer"), parts.share_cells(row.buyer)[1], opens(row.seller, "seller"),
        parts.share_cells(row.seller)[1], opens(row.named_by_seller, "seller", role="named"), _gap_word(row),
    )  # fmt: skip


def _gap_word(row: VoiceRow) -> str:
    if row.gap is None or row.gap.verdict == "too_few":
        return _("too few")
    if row.gap.verdict == "probable":
        return _("probably real: %(chances)s") % {"chances": words.chances(row.gap.chance)}
    return _("could be luck")


# ---- (b) control


def control(block: ControlBlock, view: View) -> Finding:
    """One square one loss: solid ours, hatched outside, dashed not explained; then where we could act."""
    explained = block.losses - block.not_explained
    if explained < COUNTS_FROM:
        return needs_debriefs("patterns.control", explained)
    kinds = _kinds(block, view)
    across = ACROSS if min(block.losses, MANY + 1) <= MANY else WIDER
    label = "; ".join(f"{kind.count} {kind.text}" for kind in kinds)
    return Finding(
        "patterns.control", control_headline(block.share), squares_measure(block.losses),
        waffle(kinds, label, across=across) + _levers(block, view), _control_table(block), _control_sure(block),
        _judged_words(block), known=block.share.known, opens=_ask_for(block, view),
    )  # fmt: skip


def _kinds(block: ControlBlock, view: View) -> list[Squares]:
    named = (
        ("could_act", block.could_act, "solid", _("we could act on")),
        ("partly", block.partly, "dotted", _("we could partly act on")),
        ("outside", block.outside, "hatched", _("outside our control")),
        ("unclear", block.unclear, "dashed", _("in words of their own")),
        ("not_explained", block.not_explained, "dashed", _("not explained")),
    )
    return [Squares(n, fill, text, address(view, "control", control=name)) for name, n, fill, text in named if n]


def control_headline(ours: Estimate) -> str:
    """How much was in our hands, as far as the cases allow."""
    if ours.value is None:
        return _("%(cases)s explained losses had a cause we could act on: too few for a share") % {
            "cases": figure(ours)}  # fmt: skip
    tenths = round(10 * ours.value)
    if ours.grade != "percent" or not tenths:
        return _("%(cases)s explained losses had a cause we could act on") % {"cases": figure(ours)}
    return ngettext(
        "About %(tenths)s explained loss in 10 had a cause we could act on",
        "About %(tenths)s explained losses in 10 had a cause we could act on", tenths) % {
        "tenths": words.count(tenths)}  # fmt: skip


def _control_sure(block: ControlBlock) -> str:
    ours = block.share
    if ours.lo80 is None or ours.hi80 is None:
        return words.missing(ours)
    low, high = round(10 * ours.lo80), round(10 * ours.hi80)
    said = {"low": words.count(low), "high": words.count(high)}
    if low == high:
        return _("Likely close to %(high)s in 10, if those not explained are alike.") % said
    return _("Likely %(low)s to %(high)s in 10, if those not explained are alike.") % said


def _judged_words(block: ControlBlock) -> str:
    """What sellers judged beside what the list says by default, for the same losses."""
    judged, default = block.judged.get("could_act"), block.default.get("could_act")
    if judged is None or default is None or judged.value is None or default.value is None:
        return ""
    return _("Where sellers judged it themselves they could have acted in %(judged)s; the list by default says "
             "%(default)s.") % {"judged": figure(judged), "default": figure(default)}  # fmt: skip


def _ask_for(block: ControlBlock, view: View) -> tuple[Link, ...]:
    """Whoever leads sees whom to ask; a seller their own debriefs."""
    missing = block.not_debriefed
    if not missing:
        return ()
    leads = view.user is None or view.user.is_lead
    href = address(view, "not_debriefed") if leads else reverse("learn:list")
    text = ngettext("Ask for the %(n)s without a debrief", "Ask for the %(n)s without a debrief", missing)
    return (Link(text % {"n": words.count(missing)}, href),)


def _levers(block: ControlBlock, view: View) -> SafeString:
    shown = block.levers[:LEVERS]
    if not shown:
        return SafeString("")
    rows = format_html_join("", '<tr><th scope="row">{}</th><td class="r">{}</td><td>{}</td></tr>', (
        (one.label, linked(words.count(one.losses.k or 0), address(view, "reason", code=one.code, voice="seller")),
         lever(one.code) or "–") for one in shown))  # fmt: skip
    head = format_html('<tr><th scope="col">{}</th><th scope="col" class="r">{}</th><th scope="col">{}</th></tr>',
                       _("Where we could act"), _("Losses"), _("Lever"))  # fmt: skip
    return format_html('<table class="tbl levers"><thead>{}</thead><tbody>{}</tbody></table>', head, rows)


def _control_table(block: ControlBlock) -> Table:
    labels: Sequence[tuple[str, str]] = (
        ("could_act", _("we could act on")), ("partly", _("we could partly act on")),
        ("outside", _("outside our control")),
    )  # fmt: skip
    rows = [
        (label, words.count(getattr(block, name)), figure(block.judged[name]) if name in block.judged else "–",
         figure(block.default[name]) if name in block.default else "–")
        for name, label in labels
    ]  # fmt: skip
    rows += [(_("in words of their own"), words.count(block.unclear), "", ""),
             (_("not explained"), words.count(block.not_explained), "", "")]  # fmt: skip
    head = (_("control"), _("losses"), _("judged by the seller"), _("the same by default"))
    return Table(_("What we could have acted on"), head, tuple(rows))
