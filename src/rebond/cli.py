"""``rebond …``: one word per job, each a module of ``rebond.commands``. This table is the whole command line."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from types import ModuleType

#: word: (module, what it does). Modules are loaded only when their word is used, so that starting stays quick.
WORDS: dict[str, tuple[str, str]] = {
    "demo": ("rebond.commands.demo", "a demo company, served: prints the address and the sign-in"),
    "serve": ("rebond.commands.serve", "the product: pages and background jobs"),
    "work": ("rebond.commands.work", "background jobs only"),
    "admin": ("rebond.commands.admin", "make an administrator who can sign in"),
    "import": ("rebond.commands.imports", "deals, people or touches from a CRM's export"),
    "close": ("rebond.commands.close", "close a deal"),
    "reopen": ("rebond.commands.reopen", "take a close back"),
    "show": ("rebond.commands.show", "one deal, with its close events and reasons"),
    "deals": ("rebond.commands.deals", "list deals"),
    "mail": ("rebond.commands.mail", "the outbox: what waits, what left, what nobody knows"),
    "inbox": ("rebond.commands.inbox", "what came in: answers, absences, what came back"),
    "person": ("rebond.commands.person", "somebody's rights: their copy, their erasure, their silence"),
    "doctor": ("rebond.commands.doctor", "whether the installation is well and its mail will arrive"),
    "survey": ("rebond.commands.survey", "asking buyers: who was asked, who answered, who stays unheard"),
    "library": ("rebond.commands.library", "helpful content: what may be sent, what is missing, a new piece"),
    "today": ("rebond.commands.today", "somebody's Today list"),
    "right": ("rebond.commands.right", "whether the list was right: what it promised beside what came"),
    "cheatsheet": ("rebond.commands.cheatsheet", "somebody's six lines, with their own numbers"),
    "keep": ("rebond.commands.keep", "staying in touch: who is due, who is next, log a contact, dates they gave"),
    "refer": ("rebond.commands.refer", "introductions: a name said, where each stands, a move, a statement"),
    "worth": ("rebond.commands.worth", "what an hour, a call and an email are worth, and where time leaks"),
    "patterns": ("rebond.commands.patterns", "why deals are lost, by voice, and what really moved"),
    "long": ("rebond.commands.long", "the long view: month, quarter, year; real change; the way to each goal"),
    "goals": ("rebond.commands.goals", "goals: list, set, take away"),
    "bell": ("rebond.commands.bell", "the bell: ring it once, to try it"),
    "channels": ("rebond.commands.channels", "chat channels where wins are told: list them, try one"),
    "contest": ("rebond.commands.contest", "the call of the month: names, votes, the count made again"),
    "report": ("rebond.commands.report", "why deals are lost and what they will bring, from any export"),
    "test": ("rebond.commands.test", "every check and test (in a checkout)"),
    "bench": ("rebond.commands.bench", "how fast and how small it is (in a checkout)"),
    "validate": ("rebond.commands.validate", "simulations with known truth (in a checkout)"),
    "manage": ("rebond.commands.manage", "Django's management commands, for developers"),
}
#: Words that hand everything after them to another program, and need no database of ours.
PASS_THROUGH = {"test", "bench", "validate", "manage"}
UNUSABLE = 2


def main(arguments: list[str] | None = None) -> int:
    """Runs one command.

    Returns:
        0 done; 2 the input cannot be used or was not found; 3 something must be installed first. Errors are a
        sentence on standard error, and with ``--json`` one JSON document on standard output; never a traceback.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if not given or given[0] in ("-h", "--help", "help"):
        sys.stdout.write(overview())
        return 0
    if given[0] == "--version":
        from rebond import __version__

        sys.stdout.write(f"rebond {__version__}\n")
        return 0
    if given[0] not in WORDS:
        sys.stderr.write(f"rebond: there is no command “{given[0]}”. Nothing was done.\n\n{overview()}")
        return UNUSABLE
    return _run(given[0], given[1:])


def overview() -> str:
    """What a bare ``rebond`` prints."""
    lines = [f"  rebond {word:8} {about}" for word, (_module, about) in WORDS.items()]
    return "Rebond makes each no count.\n\n" + "\n".join(lines) + "\n\nrebond WORD --help says more.\n"


def _run(word: str, rest: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rebond.web.settings")
    # Our matrices are small: threads that share one only wait for each other, and for the work beside them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    module = importlib.import_module(WORDS[word][0])
    if word in PASS_THROUGH:
        return int(module.run(argparse.Namespace(rest=rest)))
    parser = argparse.ArgumentParser(prog=f"rebond {word}", description=module.__doc__)
    module.add_arguments(parser)
    options = parser.parse_args(rest)
    if hasattr(module, "before_ready"):
        module.before_ready()
    return _guarded(module, options)


def _guarded(module: ModuleType, options: argparse.Namespace) -> int:
    """The process's edge: what goes wrong becomes a sentence and an exit code."""
    from rebond.commands.ready import make_ready, set_up

    try:
        (make_ready if getattr(module, "NEEDS_DATABASE", True) else set_up)()
        from rebond.base.errors import RebondError

        try:
            return int(module.run(options))
        except RebondError as error:
            return _say(error.code, str(error), error.detail, options)
    except KeyboardInterrupt:
        sys.stderr.write("\nrebond: stopped. What was saved before is kept.\n")
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:
        if os.environ.get("REBOND_DEBUG", "").lower() in ("1", "true", "yes"):
            raise
        sentence = f"Something broke: {type(error).__name__}: {error}. What was saved before is kept."
        return _say("unexpected", sentence, {}, options)


def _say(code: str, sentence: str, detail: dict[str, object], options: argparse.Namespace) -> int:
    sys.stderr.write(f"rebond: {sentence}\n")
    if getattr(options, "json", False):
        from rebond.commands.plain import print_json

        print_json({"error": code, "message": sentence} | detail)
    return UNUSABLE


if __name__ == "__main__":
    sys.exit(main())
