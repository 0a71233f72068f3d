"""Drivers of winning: are the ranges right, do zeros stay zeros, and is noise left alone?

The worlds have six answers (yes, partly, no) that go together, three of them with an effect and three without, the size
of the deal, and where it matters sellers whose skill and habits go together. Studies on real files run where those
files are (``REBOND_SHARED_DATA``).
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit
from scipy.stats import rankdata

from rebond.numbers.drivers.ask import answered
from rebond.numbers.drivers.design import Term, term
from rebond.numbers.drivers.fetch import Cases, Column, taken
from rebond.numbers.drivers.firth import Data, firth
from rebond.numbers.drivers.model import Model, plan
from rebond.numbers.drivers.permutation import anything
from validation.study import Line, Study

#: Effects of yes against no, in log odds: three real ones, three zeros.
EFFECTS = np.array([1.0, 0.8, 0.5, 0.0, 0.0, 0.0])
ANSWERS = ("no", "partly", "yes")
TODAY = date(2026, 1, 1)


def column(name: str, codes: Any, levels: tuple[str, ...]) -> Column:
    """A text column."""
    return Column(name, "text", np.asarray(codes, dtype=np.int64), levels)


def cases(won: Any, columns: list[Column], owner: Any = None, month: Any = None) -> Cases:
    """Decided deals as the question sees them."""
    n = len(won)
    owner, month = (np.full(n, -1) if x is None else np.asarray(x, dtype=np.int64) for x in (owner, month))
    order = np.lexsort([month, owner])
    sorted_columns = [taken(c, order) for c in columns]
    return Cases(won[order], owner[order], month[order], np.full(n, np.nan), tuple(sorted_columns), 0)


def answers(draw: np.random.Generator, n: int, shift: Any = 0.0) -> Any:
    """n deals by six answers, 0 no, 1 partly, 2 yes; correlated 0.3; ``shift`` moves all of a deal's answers."""
    common = draw.normal(size=(n, 1)) * np.sqrt(0.3) + np.reshape(shift, (-1, 1))
    latent = common + draw.normal(size=(n, 6)) * np.sqrt(0.7)
    return (latent > -0.4).astype(int) + (latent > 0.4)


def world(draw: np.random.Generator, n: int, sellers: int = 0, skill: float = 0.0, habit: float = 0.0) -> Cases:
    """Decided deals with known effects; redrawn until 8 are won and 8 lost.

    ``skill`` is the spread of sellers in log odds; ``habit`` how much better sellers tend to say yes.
    """
    while True:
        owner = draw.integers(0, sellers, n) if sellers else np.full(n, -1)
        level = draw.normal(size=max(sellers, 1))
        said = answers(draw, n, habit * level[owner] if sellers else 0.0)
        size = draw.normal(size=n)
        eta = -1.1 + (said / 2) @ EFFECTS - 0.3 * size + (skill * level[owner] if sellers else 0.0)
        won = draw.random(n) < expit(eta)
        if min(won.sum(), n - won.sum()) >= 8:
            break
    columns = [column(f"answer {j}", said[:, j], ANSWERS) for j in range(6)]
    columns.append(Column("amount", "number", values=np.exp(size + 8), ours=True))
    return cases(won, columns, owner if sellers else None)


def terms_of(found: Cases) -> list[Term]:
    """The columns of the model."""
    made = [term(c) for c in found.columns]
    return [t for t in made if isinstance(t, Term)]


def caught(found: Cases, owner: str | None = None) -> tuple[Any, Any]:
    """Per answer, whether its 95 % range holds the truth, and whether it excludes 0."""
    planned = plan(found, terms_of(found))
    model = Model(found, planned.together, planned.owner if owner is None else owner)
    held, claimed = np.full(6, np.nan), np.full(6, np.nan)
    for which, one in enumerate(planned.together):
        if one.name.startswith("answer"):
            told = model.told(which)[0]
            if told is not None:
                j = int(one.name[-1])
                _, _, _, low, high = told.log_odds
                held[j], claimed[j] = low <= EFFECTS[j] <= high, not low <= 0 <= high
    return held, claimed


def coverage(worlds: int, seed: int, sizes: tuple[int, ...] = (30, 60, 120, 300)) -> list[Line]:
    """Coverage per effect and false claims of zeros; plain maximum likelihood must fail at n = 30."""
    lines = []
    for n in sizes:
        draw = np.random.default_rng([seed, n])
        found = [caught(world(draw, n)) for _ in range(worlds)]
        held, claimed = (np.nanmean([f[i] for f in found], axis=0) for i in (0, 1))
        lines += [
            Line(f"95 % range holds the truth, all six effects, n = {n}", float(held.mean()), 0.93, 0.985, worlds),
            Line(f"95 % range holds the truth, worst of six effects, n = {n}", float(held.min()), 0.93, None, worlds),
            Line(f"an effect of zero is called one, n = {n}", float(claimed[3:].mean()), None, 0.07, worlds),
        ]  # fmt: skip
    draw, crowds = np.random.default_rng([seed, 0]), max(worlds, 100)
    settled = np.mean([settles(crowded(draw)) for _ in range(crowds)])
    what = "plain maximum likelihood has a finite answer, n = 30, 12 columns"
    return [*lines, Line(what, float(settled), 0.95, None, crowds, control=True, beside="Firth's always has")]


def crowded(draw: np.random.Generator) -> Cases:
    """Thirty deals with five more columns that say nothing."""
    found = world(draw, 30)
    more = [column(f"more {j}", draw.random(30) < 0.33, ("no", "yes")) for j in range(5)]
    return replace(found, columns=(*found.columns, *more))


def settles(found: Cases) -> bool:
    """Whether plain maximum likelihood comes to rest; it runs away when a mixture of answers separates the outcomes."""
    x = np.hstack([np.ones((len(found.won), 1)), *(t.x for t in terms_of(found))])
    beta = np.zeros(x.shape[1])
    for _ in range(60):
        chance = expit(np.clip(x @ beta, -30, 30))
        information = x.T @ (x * (chance * (1 - chance))[:, None])
        if np.linalg.cond(information) > 1e10:
            return False
        step = np.linalg.solve(information, x.T @ (found.won - chance))
        beta = beta + step * min(1.0, 5 / np.abs(step).max())
        if np.abs(step).max() < 1e-6:
            return bool(np.abs(beta).max() < 15)
    return False


def sellers(worlds: int, seed: int) -> list[Line]:
    """Good sellers also say yes more often: with the seller's term the ranges hold, without they do not."""
    lines = []
    for n, count in ((400, 15), (1_500, 25)):
        draw = np.random.default_rng([seed, n])
        drawn = [world(draw, n, count, skill=0.8, habit=0.5) for _ in range(worlds)]
        for owner, control in ((None, False), ("none", True)):
            held = np.nanmean([caught(found, owner)[0] for found in drawn], axis=0)
            what = (
                f"95 % range holds the truth, {n} deals, {count} sellers, {'without' if control else 'with'} their term"
            )
            if not control or n > 1_000:
                lines.append(Line(what, float(held.mean()), 0.93, None, worlds, control=control))
    return lines


def noise_file(draw: np.random.Generator, n: int) -> Cases:
    """Sellers and months win differently and have their own mixes of factors, but no factor matters."""
    count = max(2, n // 40)
    owner, month = draw.integers(0, count, n), 600 + draw.integers(0, 12, n)
    skill, season = draw.normal(size=count) * 0.7, draw.normal(size=12) * 0.4
    won = draw.random(n) < expit(-0.8 + skill[owner] + season[month - 600])
    tilt = 0.4 * skill[owner] + 0.4 * season[month - 600]
    said = answers(draw, n, tilt)
    columns = [column(f"answer {j}", said[:, j], ANSWERS) for j in range(6)]
    for j in range(4):
        codes = np.clip(np.floor(draw.exponential(size=n) * 2 + tilt), 0, 5)
        columns.append(column(f"kind {j}", codes, tuple("abcdef")))
    columns += [Column(f"number {j}", "number", values=draw.normal(size=n) + tilt) for j in range(2)]
    return cases(won, columns, owner, month)


def named(found: Cases, seed: int) -> list[str]:
    """The factors said to matter."""
    return [factor.name for factor in answered(found, as_of=TODAY, seed=seed).matters]


def gate(found: Cases, seed: int) -> bool:
    """Whether the strongest look is stronger than that of shuffled outcomes: no driver is named without."""
    return anything(found, [one.x for one in terms_of(found)], seed).matters


def noise(worlds: int, seed: int, sizes: tuple[int, ...] = (60, 300, 1_000)) -> list[Line]:
    """Files in which nothing matters: how many name a driver all the same; reading each range alone must fail."""
    lines: list[Line] = []
    alone: list[bool] = []
    for n in sizes:
        draw = np.random.default_rng([seed, n])
        gates = 5 * worlds
        opened = np.mean([gate(noise_file(draw, n), i) for i in range(gates)])
        lines.append(Line(f"something is said to matter in pure noise, n = {n}", float(opened), None, 0.05, gates))
        said = [answered(noise_file(draw, n), as_of=TODAY, seed=i) for i in range(worlds)]
        figure = np.mean([bool(one.matters) for one in said])
        lines.append(Line(f"a file of pure noise names a driver, n = {n}", float(figure), None, 0.05, worlds))
        alone += [any(e.p is not None and e.p < 0.05 for f in one.factors for e in f.effects) for one in said]
    what = "a file of pure noise has a 95 % range that excludes no effect"
    return [*lines, Line(what, float(np.mean(alone)), None, 0.05, len(alone), control=True)]


def claims(worlds: int, seed: int) -> list[Line]:
    """Three real effects among six answers: the share of claims that are false, and the strong effect's being found."""
    draw = np.random.default_rng(seed)
    said = [named(world(draw, 600, 12, skill=0.5, habit=0.3), i) for i in range(worlds)]
    false = [sum(name in {"answer 3", "answer 4", "answer 5"} for name in names) / max(len(names), 1) for names in said]
    found = ["answer 0" in names for names in said]
    return [
        Line("false claims among claims, n = 600", float(np.mean(false)), None, 0.10, worlds),
        Line("odds x2.7 is found, n = 600", float(np.mean(found)), 0.80, None, worlds),
    ]


def leaking(worlds: int, seed: int) -> list[Line]:
    """A column written at the close is named a leak; a strong honest factor is not."""
    draw = np.random.default_rng(seed)
    told, spared = [], []
    for i in range(worlds):
        found = world(draw, 200)
        strong = np.where(draw.random(200) < 0.85, found.won, ~found.won).astype(int)
        written = np.where(found.won, draw.exponential(size=200) + 0.1, 0.0)
        lost_only = np.where(found.won | (draw.random(200) < 0.5), -1, draw.integers(0, 4, 200))
        extra = (
            column("strong", strong, ("no", "yes")), Column("written", "number", values=written),
            column("why", lost_only, tuple("abcd")),
        )  # fmt: skip
        full = replace(found, columns=(*found.columns, *extra))
        names = {factor.name for factor in answered(full, as_of=TODAY, seed=i).leaks}
        told.append({"written", "why"} <= names)
        spared.append(not names - {"written", "why"})
    return [
        Line("a column written at the close is called leaking, n = 200", float(np.mean(told)), 0.99, None, worlds),
        Line("a factor right 85 times in 100 is not called leaking", float(np.mean(spared)), 0.99, None, worlds),
    ]


STUDIES = (
    Study(
        "drivers_coverage",
        "Six answers that go together, three with effects (odds x2.7, x2.2, x1.6) and three without, and the deal's "
        "size. The whole choice of the model is made by the rules, then each effect's 95 % range is held to the truth.",
        coverage, 12, 400,
    ),
    Study(
        "drivers_sellers",
        "Sellers differ, and good sellers also answer yes more often. The seller's random intercept with the seller's "
        "means against a model without a term per seller.",
        sellers, 20, 300,
    ),
    Study(
        "drivers_noise",
        "Twelve factors, none of which matters; sellers and months differ in wins and in their mixes of factors. How "
        "many files name a driver.",
        noise, 6, 80,
    ),
    Study(
        "drivers_claims",
        "Three real effects among six answers, 600 deals of 12 sellers: how many claims are false, how often the "
        "strongest effect is found.",
        claims, 16, 200,
    ),
    Study("drivers_leaks", "Columns written at the close among honest ones.", leaking, 20, 200),
)  # fmt: skip


# Real files -------------------------------------------------------------------------------------------------------


def shared_data() -> Path | None:
    """The folder of real files, if there is one."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("REBOND_SHARED_DATA", beside))
    return folder if folder.is_dir() else None


def _file(path: Path, outcome: str, won: str, owner: str = "") -> Cases:
    """A semicolon-separated file as decided deals; columns whose every value is a number are numbers."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    result = np.array([row[outcome] == won for row in rows])
    columns = [_read(name, [row[name] for row in rows]) for name in rows[0] if name not in {outcome, owner}]
    sellers_of = _read(owner, [row[owner] for row in rows]).codes if owner else None
    return cases(result, columns, sellers_of)


def _read(name: str, texts: list[str]) -> Column:
    try:
        return Column(name, "number", values=np.array([float(text) for text in texts]))
    except ValueError:
        levels, codes = np.unique(np.array(texts), return_inverse=True)
        return column(name, codes, tuple(str(level) for level in levels))


def salvirt_cases(folder: Path) -> Cases:
    """The 448 real deals."""
    return _file(folder / "salvirt" / "Salvirt_B2B_ML_dataset.csv", "Status", "Won", "Seller")


def bank_cases(folder: Path) -> Cases:
    """The 31,647 clients, without the number of calls."""
    found = _file(folder / "bank" / "bank-first-70pct.csv.gz", "y", "yes")
    return replace(found, columns=tuple(c for c in found.columns if c.name != "campaign"))


def maven_cases(folder: Path) -> Cases:
    """The 6,711 decided deals of the fictional hardware company; product and company's sector are the factors."""
    with (folder / "maven" / "accounts.csv").open(encoding="utf-8") as lines:
        sector = {row["account"]: row["sector"] for row in csv.DictReader(lines)}
    with (folder / "maven" / "sales_pipeline.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["deal_stage"] in {"Won", "Lost"}]
    texts = {
        "product": [row["product"] for row in rows], "company": [row["account"] for row in rows],
        "sector": [sector.get(row["account"], "none") for row in rows],
    }  # fmt: skip
    month = [12 * int(row["close_date"][:4]) + int(row["close_date"][5:7]) for row in rows]
    won = np.array([row["deal_stage"] == "Won" for row in rows])
    owner = _read("owner", [row["sales_agent"] for row in rows]).codes
    return cases(won, [_read(name, values) for name, values in texts.items()], owner, np.array(month))


def area(score: Any, won: Any) -> float:
    """Area under the curve: the chance that a won deal has the higher score, ties half.

    >>> area(np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    ranks, k = rankdata(score), int(won.sum())
    return float((ranks[won].sum() - k * (k + 1) / 2) / (k * (len(won) - k)))


def salvirt_areas(folder: Path, splits: int = 30, seed: int = 2_017) -> tuple[list[float], list[float]]:
    """Areas under the curve on the 20 % left out, over random 80/20 splits; plain Firth, and with a weak prior.

    The model is the drivers' one: every factor with its levels, and the sellers as levels. The prior (normal on every
    effect, its spread chosen by five-fold cross-validation inside the 80 %) is no part of the drivers: it shows what
    shrinking adds to prediction alone.
    """
    found = salvirt_cases(folder)
    blocks = terms_of(replace(found, columns=(*found.columns, _sellers(found))))
    x = np.hstack([np.ones((len(found.won), 1)), *(t.x for t in blocks)])
    draw = np.random.default_rng(seed)
    plain, weak = [], []
    for _ in range(splits):
        order = draw.permutation(len(x))
        test, train = order[: len(x) // 5], order[len(x) // 5 :]
        keep = _varies(x[train])
        data = Data(x[train][:, keep], found.won[train].astype(float), np.ones(len(train)))
        plain.append(area(x[test][:, keep] @ firth(data).beta, found.won[test]))
        weak.append(area(x[test][:, keep] @ _shrunk(data, _precision(data)), found.won[test]))
    return plain, weak


def _sellers(found: Cases) -> Column:
    return column("seller", found.owner, tuple(f"seller {i}" for i in range(int(found.owner.max()) + 1)))


def _varies(x: Any) -> Any:
    from rebond.numbers.drivers.model import independent

    return independent(x)


def _precision(data: Data) -> float:
    """The prior's precision that predicts the left-out fifths of the training deals best."""
    fold = np.arange(len(data.x)) % 5

    def left_out(precision: float) -> float:
        total = 0.0
        for part in range(5):
            seen, rest = fold != part, fold == part
            eta = data.x[rest] @ _shrunk(Data(data.x[seen], data.won[seen], data.deals[seen]), precision)
            total += float(data.won[rest] @ eta - np.logaddexp(0, eta).sum())
        return total

    return max((0.25, 1.0, 4.0, 16.0), key=left_out)


def _shrunk(data: Data, precision: float) -> Any:
    """Logistic regression with a normal prior on all but the constant."""
    penalty = np.full(data.x.shape[1], precision)
    penalty[0] = 0.0
    beta = np.zeros(len(penalty))
    for _ in range(25):
        chance = expit(data.x @ beta)
        information = data.x.T @ (data.x * (chance * (1 - chance))[:, None]) + np.diag(penalty)
        beta = beta + np.linalg.solve(information, data.x.T @ (data.won - chance) - penalty * beta)
    return beta


def salvirt(folder: Path, worlds: int, seed: int) -> list[Line]:
    """The published protocol. Published: 0.85 (random forest)."""
    plain, weak = salvirt_areas(folder, worlds, seed)
    spread = "spread {:.3f} over {} splits; published 0.85"
    return [
        Line("area under the curve, the drivers' model", float(np.mean(plain)), 0.75, 0.90,
             beside=spread.format(np.std(plain, ddof=1), worlds)),
        Line("area under the curve, with a weak prior", float(np.mean(weak)), 0.75, 0.90,
             beside=spread.format(np.std(weak, ddof=1), worlds)),
    ]  # fmt: skip


def bank(folder: Path, worlds: int, seed: int) -> list[Line]:
    """Real factors, shuffled outcomes: no driver may be named."""
    found = bank_cases(folder)
    leaks = {factor.name for factor in answered(found, as_of=TODAY, seed=seed).leaks}
    return [
        Line("duration is called leaking", float("duration" in leaks), 1.0),
        *shuffled(bank_cases, folder, worlds, seed),
    ]


def shuffled(read: Callable[[Path], Cases], folder: Path, worlds: int, seed: int) -> list[Line]:
    """Real factors, sellers and months with shuffled outcomes: no driver may be named."""
    found, draw = read(folder), np.random.default_rng(seed)
    figure = np.mean([bool(named(_permuted(found, draw), i)) for i in range(worlds)])
    return [Line("a file with shuffled outcomes names a driver", float(figure), None, 0.05, worlds)]


def _permuted(found: Cases, draw: np.random.Generator) -> Cases:
    """Outcomes shuffled within seller and month."""
    stratum = (found.owner + 1) * 100_000 + found.month + 1
    from_, to = np.lexsort([draw.random(len(stratum)), stratum]), np.lexsort([draw.random(len(stratum)), stratum])
    won = np.empty_like(found.won)
    won[to] = found.won[from_]
    return replace(found, won=won)


def on_real_files() -> tuple[Study, ...]:
    """The studies on real files; none where the files are not."""
    folder = shared_data()
    if folder is None:
        return ()
    return (
        Study(
            "drivers_salvirt",
            "448 real deals with 22 answers (Bohanec, Kljajić Borštnar, Robnik-Šikonja 2017): 30 random 80/20 splits.",
            partial(salvirt, folder), 30, 30,
        ),
        Study(
            "drivers_bank",
            "31,647 real telephone sales (Moro, Cortez, Rita 2014): the length of the last call leaks, and shuffled "
            "outcomes name no driver.",
            partial(bank, folder), 4, 100,
        ),
        Study(
            "drivers_maven",
            "6,711 deals of a fictional hardware company by product, company and sector: outcomes shuffled within "
            "seller and month name no driver.",
            partial(shuffled, maven_cases, folder), 10, 200,
        ),
        Study(
            "drivers_salvirt_shuffled", "The Salvirt deals, outcomes shuffled within seller.",
            partial(shuffled, salvirt_cases, folder), 5, 100,
        ),
    )  # fmt: skip
