"""
The verbs of the command line in words, and how a command is typed on this machine. Loads nothing.

Messages name commands as the README does: `connector sync --approve RUN_ID`. Beside a service that is not what works:
its user, ledger and secrets are its own. So whoever starts the service says in $CONNECTOR_COMMAND what stands in for
`connector` there (`sudo connector-ctl`, `docker compose ... exec connector connector`), and whatever is printed, logged
or shown passes `as_typed_here` last. Elsewhere whoever named the settings by hand has to do so again. Where the settings have
several targets, a command that acts on one names that of which is spoken.
"""

from __future__ import annotations

import os
import re
import shlex
from typing import Any

COMMAND = "CONNECTOR_COMMAND"
VERBS = {
    "demo": "Take a two-minute tour. Sample rooms are indexed, edited and indexed again, all on this machine; it needs no settings.",
    "init": "Write the first settings from a few questions. It then says where each secret goes, and checks everything.",
    "check": "Sign in everywhere and say who will see what. It reads one thing from each source and target, and changes nothing.",
    "preview": "Show what people would find, before anything leaves. It loads the real sources into a simulated intranet here, with its search page.",
    "sync": "Start one run now. It also carries out what you decide about documents on hold.",
    "backfill": "Load everything for the first time, or again. It continues where it was stopped; name sources or rooms to load only those.",
    "status": "Show the current state, and the last and next runs.",
    "runs": "Show the history of runs, or one run in full.",
    "documents": "List what is searchable and what is not. It names folders, and says why a file has no text and what helps.",
    "explain": "Explain one document. Where it comes from, what was sent and when, who may see it, and why it did or did not change.",
    "hide": "Take a document out of search now. It and all below it stay out until they are shown again; name it by id, link or title.",
    "unhide": "Show again what was hidden. It is found from the next run on.",
    "forget": "Erase a document or a person. Here and in the intranet; it reads back that it is gone and prints a certificate.",
    "hidden": "List what people hid. By whom, since when and why.",
    "audience": "Tell who can find what. By room, person and group; what many find, and what widened and narrowed, with the run.",
    "serve": "Run the service. It starts scheduled runs and serves health, metrics and the status page; SIGTERM ends it, SIGHUP reloads the settings.",
    "workers": "Show who works, on what, since when. Services that share a ledger, and what was taken over from those that fell silent.",
    "exchanges": "List every call that can be made, for auditors. Hosts, calls, what data passes and what is kept; it calls nobody.",
    "sandbox": "Simulate Interaxo, ITR and Interact, to try things on. They answer over real HTTP until Ctrl-C.",
    "quarantine": "List what could not be synchronised, and why. It can be tried again at once, or no more.",
    "source": "Begin a source of your own. It writes a folder with a small source that works, its settings and its tests.",
    "ledger": "Verify, back up, restore, copy or rebuild the ledger. Or clear its old history.",
}
"""Each verb, in the order of the help, whose list shows first sentences; its module in `connector/commands` has the same name."""

_OF_A_TARGET = re.compile(
    r"(?<![\w@./-])connector (?>sync|backfill|runs|documents|explain|hide|unhide|forget|hidden|preview|audience report"
    r"|quarantine(?: (?:list|retry|drop)\b)?|ledger (?:verify|rebuild))\b(?! --target\b)"
)
"""A command that acts on one target, as far as the name of one may follow."""
_LAST_COMMAND = re.compile(rf"(?<![\w@./-])connector (?:{'|'.join(VERBS)})\b(?:[^.:;]|[.:;]\S)*$")
TYPED = re.compile(
    rf"(?<![\w@./-])connector (?:--settings (?:'[^']*'|\S+) )?(?:{'|'.join(VERBS)})\b"
    r"(?: (?:list|retry|drop|verify|rebuild|prune|backup|restore|copy|new|report)\b| --target [a-z][a-z0-9_-]*| --(?:state|mode) [a-z][a-z-]*| --[a-z][a-z-]*| \[?[A-Z0-9][A-Z0-9_/]+\b\]?(?:\.\.\.)?)*"
    r"(?:(?:(?<=hide)|(?<=explain)|(?<=forget)) [^\s\[]*[-@\d]\S*)?"
)
"""A command within a text, with its words: what somebody copies."""
_COPIED = re.compile(r"[/@_=\\]\S*$")
_PLAIN = re.compile(r"[\w@./:=+' -]+")
"""What may stand in a page and in JSON as it is."""
_NAMED = re.compile(rf"(?<![\w@./-])connector (?=(?:{'|'.join(VERBS)})\b)")

THEIRS = frozenset({"title", "titles", "folders", "text", "document", "asked"})
"""Keys under which stands what others wrote, or somebody typed: no command is named in it."""


class Theirs(str):
    """Words of others: a title that reads like a command of ours is shown as it is, and as no command."""

    __slots__ = ()


def _no_command(words: str) -> str:
    return _NAMED.sub("connector\u00a0", words)


def told_by_others(told: Any, made: type[Theirs] | None = None, *, theirs: bool = False) -> Any:
    """
    Make a table in which words of others stand apart from ours.

    Args:
        made: `Theirs`; else what reads like a command keeps a space that no command of ours has.
    """
    if isinstance(told, str):
        return (made or _no_command)(told) if theirs and "connector " in told else told
    if type(told) is dict:
        return {key: told_by_others(one, made, theirs=theirs or key in THEIRS) for key, one in told.items()}
    if type(told) in (list, tuple):
        return [told_by_others(one, made, theirs=theirs) for one in told]
    return told


def typed_in(told: Any) -> Any:
    """Name each command of a table as it is typed on this machine; what others wrote stays to the letter."""
    if isinstance(told, str):
        return as_typed_here(told)
    if isinstance(told, dict):
        return {key: one if key in THEIRS else typed_in(one) for key, one in told.items()}
    return [typed_in(one) for one in told] if isinstance(told, list | tuple) else told


def ended(words: str) -> str:
    """A sentence with its full stop; one that ends in what somebody copies, a command, a path or an address, has none."""
    if not words or words[-1] in ".:?!" or _LAST_COMMAND.search(words) or _COPIED.search(words):
        return words
    return f"{words}."


def aimed(text: str, target: str) -> str:
    """Name the target in each command of a text that acts on one: so it is typed where the settings have several."""
    return _OF_A_TARGET.sub(lambda found: f"{found[0]} --target {target}", text)


class _Named:
    settings = ""
    """The settings file that was named at the command line; empty where none was."""
    target = ""
    """Of several the one that is spoken of; empty: none."""


def name_settings(file: str) -> None:
    """Have commands that are named from here on name these settings; empty: none."""
    _Named.settings = file


def name_target(target: str) -> None:
    """Have commands that are named from here on name this target of several; empty: none."""
    _Named.target = target


def as_typed_here(text: str) -> str:
    """Name each command of a text as it is typed on this machine."""
    if _Named.target:
        text = aimed(text, _Named.target)
    command = os.environ.get(COMMAND, "").strip()
    if not command and _Named.settings:
        command = f"connector --settings {shlex.quote(_Named.settings)}"
    return _NAMED.sub(lambda _: f"{command} ", text) if _PLAIN.fullmatch(command) else text
