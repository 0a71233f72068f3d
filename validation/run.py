"""Runs the simulations with known truth, and writes docs/validation.md.

./rebond validate                     all of them, with their full number of worlds
./rebond validate coverage_of_shares  one or some; the page keeps what it says about the others
./rebond validate --smoke             as few worlds as the tests take; writes nothing
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import platform
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import validation
from validation.study import Line, Study

PAGE = Path(__file__).resolve().parent.parent / "docs" / "validation.md"
SEED = 20_261
NO_STUDIES = {"run", "study"}
HEAD = """# Are the statistics right?

Made by `./rebond validate` (one of them: `./rebond validate NAME`), which writes this page. Each study draws worlds
whose truth it knows, asks `rebond.numbers`, and counts how often the answer was right. A negative control is the naive
method: it must miss its gate, or the study could not see a mistake. The tests run the same studies with fewer worlds.
A share found in S worlds may miss its gate by 3.1 standard errors before it counts as broken.
"""


def studies() -> dict[str, Study]:
    """Every study of this folder, by name, in the order of the modules."""
    names = sorted(module.name for module in pkgutil.iter_modules(validation.__path__) if module.name not in NO_STUDIES)
    modules = [importlib.import_module(f"validation.{name}") for name in names]
    found = [study for module in modules for study in (*module.STUDIES, *real_files(module))]
    return {study.name: study for study in found}


def real_files(module: ModuleType) -> tuple[Study, ...]:
    """What a module asks of the real data, where that is on this machine."""
    return tuple(module.on_real_files()) if hasattr(module, "on_real_files") else ()


def section(study: Study, lines: list[Line], worlds: int, seconds: float) -> str:
    """What the page says about one study."""
    told = f"`./rebond validate {study.name}`: {machine()}, {worlds:,} worlds, {seconds:.0f} s."
    table = ["| figure | found | wanted | | beside it |", "|---|---:|---|---|---|", *map(row, lines)]
    return f"## {study.name}\n\n{study.about}\n\n{told}\n\n" + "\n".join(table) + "\n"


def row(line: Line) -> str:
    verdict = "kept" if line.kept else "NOT KEPT"
    if line.control:
        verdict = "fails, as it should" if line.kept else "NOT SEEN"
    if line.at_least is None and line.at_most is None:
        verdict = ""
    return f"| {line.what} | {line.figure:.4g} | {wanted(line)} | {verdict} | {line.beside} |"


def wanted(line: Line) -> str:
    """The gate, in words.

    >>> wanted(Line("coverage", 0.95, at_least=0.93)), wanted(Line("bias", 0.01, at_least=-0.03, at_most=0.03))
    ('at least 0.93', '-0.03 to 0.03')
    """
    if line.at_least is not None and line.at_most is not None:
        return f"{line.at_least:g} to {line.at_most:g}"
    if line.at_least is not None:
        return f"at least {line.at_least:g}"
    return "" if line.at_most is None else f"at most {line.at_most:g}"


def machine() -> str:
    """What it ran on, and when."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()} ({platform.machine()})"


def sections(page: str) -> dict[str, str]:
    """What an earlier page says, by study."""
    parts = re.split(r"^## (\w+)\n", page, flags=re.MULTILINE)
    return {name: f"## {name}\n{text.rstrip()}\n" for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def main(arguments: list[str]) -> int:
    known = studies()
    parser = argparse.ArgumentParser(
        prog="rebond validate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; all when none is named")
    parser.add_argument("--smoke", action="store_true", help="as few worlds as the tests take; writes nothing")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(known):
        parser.error(f"there is no study {', '.join(sorted(unknown))}")
    written = sections(PAGE.read_text()) if PAGE.exists() else {}
    kept = True
    for name in options.names or known:
        study = known[name]
        worlds, started = study.smoke if options.smoke else study.full, time.monotonic()
        lines = study.run(worlds, SEED)
        written[name] = section(study, lines, worlds, time.monotonic() - started)
        print(written[name], flush=True)
        kept &= all(line.kept for line in lines)
        if not options.smoke:
            PAGE.write_text("\n".join([HEAD, *(written[one] for one in known if one in written)]))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
