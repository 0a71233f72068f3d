"""Shares of reasons, what cannot be told apart, the unheard, and agreement: do the ranges hold the truth?"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from rebond.numbers.raters import alpha_estimate, cohen_kappa, kappa_estimate
from rebond.numbers.rates import rate, share
from rebond.numbers.reasons import reasons, told_apart
from validation.study import Line, Study

Numbers = np.ndarray[Any, Any]
Z95 = 1.959964


def shares(worlds: int, seed: int) -> list[Line]:
    """Coverage of Wilson's range, averaged over true shares from 2 to 60 %, and of the textbook's p +- 2 errors."""
    rng = np.random.default_rng(seed)
    lines = []
    for n in (5, 10, 30, 100, 1000, 5000):
        truth = rng.uniform(0.02, 0.6, worlds)
        k = rng.binomial(n, truth)
        found = [rate(int(one), n) for one in k]
        inside = np.mean([f.lo95 <= p <= f.hi95 for f, p in zip(found, truth, strict=True) if f.lo95 is not None])
        lines.append(Line(f"{n} deals: coverage of the 95 % range", float(inside), at_least=0.93, worlds=worlds))
        if n == 10:
            error = np.sqrt(k / n * (1 - k / n) / n)
            naive = float(np.mean(np.abs(k / n - truth) <= Z95 * error))
            what = f"{n} deals: coverage of share +- 2 standard errors"
            lines.append(Line(what, naive, at_least=0.93, worlds=worlds, control=True))
    return lines


def apart(worlds: int, seed: int) -> list[Line]:
    """Five reasons that are equally frequent: how often any two are told apart."""
    rng = np.random.default_rng(seed)
    lines = []
    for n in (15, 60, 300, 5000):
        counts = np.sort(rng.multinomial(n, [0.2] * 5, worlds), axis=1)[:, ::-1]
        wrong = np.mean([told_apart([share(int(k), n) for k in row])[0][-1] > 1 for row in counts])
        lines.append(Line(f"{n} losses: any two told apart", float(wrong), at_most=0.05, worlds=worlds))
        ranked = np.mean(counts[:, 0] > counts[:, 1])
        what = f"{n} losses: one named as the first by its count alone"
        lines.append(Line(what, float(ranked), at_most=0.05, worlds=worlds, control=True))
    counts = np.sort(rng.multinomial(600, [0.4, 0.2, 0.2, 0.1, 0.1], worlds), axis=1)[:, ::-1]
    seen = np.mean([sum(told_apart([share(int(k), 600) for k in row])[1]) == 1 for row in counts])
    return [*lines, Line("600 losses, one reason twice as frequent: it leads alone", float(seen), at_least=0.9)]


def unheard(worlds: int, seed: int) -> list[Line]:
    """Losses on price are half as likely to be given a reason: do the bounds hold, does the share of the heard?"""
    import ibis

    rng = np.random.default_rng(seed)
    bounded = naive = 0
    for _world in range(worlds):
        price = rng.random(300) < 0.4
        told = rng.random(300) < np.where(price, 0.3, 0.6)
        said = [("price" if one else "timing") if heard else None for one, heard in zip(price, told, strict=True)]
        none = {name: ibis.null("string") for name in ("owner", "segment")}
        none |= {name: ibis.null("date") for name in ("opened_at", "closed_at")}
        table = ibis.memtable({"reasons": said, "outcome": ["lost"] * 300}).mutate(**none)
        found = next(r for r in reasons(table, control={}, as_of=date(2026, 1, 1)).rows if r.code == "price")
        truth = float(price.mean())
        bounded += (found.lowest or 0) <= truth <= (found.highest or 0)
        naive += (found.named.lo95 or 0) <= truth <= (found.named.hi95 or 0)
    return [
        Line("the bounds hold the share among all losses", bounded / worlds, at_least=1.0, worlds=worlds),
        Line(
            "Wilson's range of the heard holds it", naive / worlds, at_least=0.93, worlds=worlds, control=True,
            beside="which is why both are printed",
        ),
    ]  # fmt: skip


def _pairs(rng: np.random.Generator, truth: Numbers, n: int) -> tuple[Numbers, Numbers, Numbers]:
    counts = rng.multinomial(n, truth.ravel())
    seller, buyer = np.divmod(np.arange(truth.size), len(truth))
    return seller[counts > 0], buyer[counts > 0], counts[counts > 0]


def _table(agreed: float) -> tuple[Numbers, float]:
    """A table of three reasons that both sides use unequally, and its true kappa."""
    seller, buyer = np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.3, 0.3])
    truth = (1 - agreed) * np.outer(seller, buyer) + agreed * np.diag((seller + buyer) / 2)
    chance = float(truth.sum(axis=1) @ truth.sum(axis=0))
    return truth, (float(np.trace(truth)) - chance) / (1 - chance)


def kappas(worlds: int, seed: int) -> list[Line]:
    """Coverage of kappa's range from weak to strong agreement, and of kappa +- 2 errors on few pairs."""
    lines = []
    for n in (50, 100, 1000, 5000):
        for agreed in (0.1, 0.4, 0.8):
            rng = np.random.default_rng(seed + n)
            truth, kappa = _table(agreed)
            found = [kappa_estimate(*_pairs(rng, truth, n)) for _world in range(worlds)]
            inside = np.mean([f.lo95 <= kappa <= f.hi95 for f in found if f.lo95 is not None and f.hi95 is not None])
            what = f"{n} pairs, kappa {kappa:.2f}: coverage of the 95 % range"
            lines.append(Line(what, float(inside), at_least=0.93, worlds=worlds))
    return [*lines, _wald(worlds, seed)]


def _wald(worlds: int, seed: int) -> Line:
    rng = np.random.default_rng(seed)
    truth, kappa = _table(0.9)
    inside, times = 0, 5 * worlds
    for _world in range(times):
        found = cohen_kappa(*_pairs(rng, truth, 20))
        inside += found is not None and abs(found[0] - kappa) <= Z95 * found[1]
    what = f"20 pairs, kappa {kappa:.2f}: coverage of kappa +- 2 standard errors"
    return Line(what, inside / times, at_least=0.93, worlds=times, control=True)


def alphas(worlds: int, seed: int) -> list[Line]:
    """Coverage of alpha's range: three voices, a third of them silent, each says the truth or draws at random."""
    lines = []
    for n in (50, 200, 1000):
        rng = np.random.default_rng(seed + n)
        truth = _alpha(rng, 200_000)[0]
        inside = 0
        for _world in range(worlds):
            found = _alpha(rng, n)[1]
            inside += found.lo95 is not None and found.hi95 is not None and found.lo95 <= truth <= found.hi95
        what = f"{n} deals with up to three voices: coverage of alpha's 95 % range"
        lines.append(Line(what, inside / worlds, at_least=0.93, worlds=worlds))
    return lines


def _alpha(rng: np.random.Generator, n: int) -> tuple[float, Any]:
    base = np.array([0.5, 0.3, 0.2])
    real = rng.choice(3, n, p=base)[:, None]
    said = np.where(rng.random((n, 3)) < 0.6, real, rng.choice(3, (n, 3), p=base))
    said = np.where(rng.random((n, 3)) < 1 / 3, -1, said)
    found = alpha_estimate(said, np.ones(n, dtype=np.int64))
    return found.value or 0.0, found


STUDIES = (
    Study(
        "reason_shares",
        "Deals that are won (or name a reason) with a known chance, between 2 and 60 %: how often the range of the "
        "share holds it.",
        shares,
        smoke=400,
        full=4000,
    ),
    Study(
        "reasons_told_apart",
        "Five reasons that are equally frequent: how often any two are said to differ; and whether one that is twice "
        "as frequent is seen. Naming the first by its count must be caught.",
        apart,
        smoke=200,
        full=3000,
    ),
    Study(
        "reasons_unheard",
        "300 losses, 40 % of them on price, whose reasons are told half as often as the others': whether the bounds "
        "hold the share among all losses.",
        unheard,
        smoke=8,
        full=100,
    ),
    Study(
        "agreement_kappa",
        "Sellers and buyers who choose among three reasons with a known agreement: how often kappa's range holds it. "
        "The textbook's kappa +- 2 errors on 20 pairs must be caught.",
        kappas,
        smoke=300,
        full=3000,
    ),
    Study(
        "agreement_alpha",
        "Up to three voices per deal, a third of them silent, with a known agreement: how often alpha's range holds "
        "it.",
        alphas,
        smoke=100,
        full=1000,
    ),
)
