"""
docs/reference.md, made from the code: settings, commands, exit codes, outcomes, states, reasons, error codes, metrics.

Run: `make reference` (or `python -m tools.reference`). What the code has no words for stands here by its code; a code
without words ends the program. `tests/manual/test_reference.py` compares the page with the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from typer.main import get_command

from connector.app import KINDS
from connector.cli import program
from connector.machine.verbs import VERBS
from connector.plan import findings
from connector.plan.findings import BRAKED, Gone, HoldReason
from connector.plan.report import EXIT_CODES
from connector.settings import model_of
from connector.status.account import WORDS_OF_STATE
from connector.status.metrics import Metrics
from connector.target.wire import WORDS_OF_CODE, WORDS_OF_PERSON_CODE
from connector.text.reasons import Reason

PAGE = Path(__file__).parents[1] / "docs" / "reference.md"
TOP = """\
# Reference

`make reference` writes this page from the code; do not edit it. [Settings](settings.md) tells what each key does, and
[troubleshooting](troubleshooting.md) what to do about an outcome.
"""
OUTCOMES = {
    "succeeded": "The run did everything. Search is as its sources are.",
    "quarantined": "The run did everything else. Some documents could not be read or were refused; see `connector quarantine`.",
    "withheld": "The run did what was safe and left the rest: a source or room was not read to its end, something is missing "
    "without proof, or a session was left open. Nothing was removed that is not proven gone. The reasons say what to do, and often the "
    "next run does it.",
    "braked": "Documents or people wait for your decision; see `connector runs RUN_ID`. Everything else was done.",
    "cancelled": "Somebody ended the run, or the service stopped. What was confirmed stays; the next run goes on.",
    "failed": "The run could not do its work: every source was incomplete, or Interact refused it. Search is as it was.",
}
"""The six outcomes, from the best to the worst but for `cancelled`."""
CODES = {
    0: "done",
    1: "failed or cancelled; also what a command could not do, with words",
    2: "usage or settings: nothing was called, and starting again does not help",
    3: "done, but documents are in quarantine or something is withheld",
    4: "braked: removals or wider audiences wait for a decision",
    75: "another run is at work on the same target",
}
DECIDED = {
    HoldReason.BRAKE: "approve it if the documents really went; else keep them and look at the source",
    HoldReason.ABSENT: "look into the source; approve or keep it",
    HoldReason.SOURCE_MOVED: "read the source once to its end at its new address; what is still missing then goes by itself",
    HoldReason.MAY_HAVE_MOVED: "nothing: it is settled as soon as the named room can be read; or decide",
    HoldReason.ROOM_VANISHED: "give the connector's account its room back; or approve or keep it",
    HoldReason.ROOM_EXCLUDED: "approve it, if you meant the setting",
    HoldReason.SOURCE_REMOVED: "approve it, if you meant to take the source out",
    HoldReason.SETTINGS: "approve it, if you meant the setting",
    HoldReason.EXPIRED: "let `connector check` say why the list of readers cannot be read; or decide",
    HoldReason.LOST: "look at its rights in the source; approve it if nobody is to find it",
    HoldReason.REFUSED: "look at `connector quarantine`; approve the removal, or wait until Interact takes it",
    HoldReason.WIDER: "approve it, if so many documents were really opened to more people",
    HoldReason.PERSON: "look whether the source lost people or groups; then approve or keep it",
    HoldReason.PERSON_REFUSED: "approve it, if the record may be removed",
    HoldReason.UNCONFIRMED: "mend why it is in quarantine, or keep it: then it is sent with its title, link and readers only",
}
"""What a person does about something that is held."""
BRAKING = BRAKED | {HoldReason.WIDER, HoldReason.PERSON, HoldReason.PERSON_REFUSED}
"""What makes a run `braked`: documents that seem to go, those that more people may see, and people's records."""
QUARANTINE = {
    "record-invalid": "The source gave something that cannot be read as a record, or a template of the mapping failed.",
    "audience-unknown": "The list of those who may see it could not be read, so it is not shown to anybody new.",
    "refused": "Interact refused the document in every form that was tried.",
}
"""Why a document is in quarantine; the reasons are written where a document is parked."""


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            TOP,
            _settings(),
            _commands(),
            _exit_codes(),
            _outcomes(),
            _states(),
            _held(),
            _gone(),
            _quarantine(),
            _texts(),
            _error_codes(),
            _metrics(),
        ]
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _worded(codes: Iterable[str], words: Mapping[str, str], where: str) -> None:
    """End the program where a code has no words, or words have no code."""
    strange = set(codes) ^ set(words)
    if strange:
        raise SystemExit(f"tools/reference.py, {where}: {', '.join(sorted(strange))}")


# -- settings ------------------------------------------------------------------------------------


def settings() -> Iterator[tuple[str, str, str, str]]:
    """Every key: its table, name, what it takes, and its default; `-` where it must be given."""
    for name, field in model_of(KINDS).model_fields.items():
        yield from _keys_of(f"[{name}]", field.annotation)


def _keys_of(table: str, annotation: Any) -> Iterator[tuple[str, str, str, str]]:
    """What stands in the tables that an annotation stands for."""
    for model, heading in _tables_in(table, annotation):
        for key, field in model.model_fields.items():
            below = heading.replace("]", f".{key}]", 1)
            if any(_tables_in(below, field.annotation)):
                yield from _keys_of(below, field.annotation)
            else:
                yield heading, key, _takes(field), _default(field)


def _tables_in(table: str, annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """The tables that an annotation stands for, with the heading of each."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _tables_in(table, inner[0])
    elif origin in (Union, UnionType):
        for one in inner:
            yield from _tables_in(table, one)
    elif origin is dict:
        name = "KIND" if get_origin(inner[0]) is Literal else "NAME"
        yield from _tables_in(table.replace("]", f".{name}]", 1), inner[1])
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        kind = annotation.model_fields.get("kind")
        said = f' with kind = "{get_args(kind.annotation)[0]}"' if kind else ""
        yield annotation, table + said


def _takes(field: FieldInfo) -> str:
    """What a key takes, in words."""
    return _type(field.annotation) + _limits(field.metadata)


def _type(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0])
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in inner)
    if origin in (Union, UnionType):
        return _type(next(one for one in inner if one is not type(None)))
    if origin is list:
        return (
            f"list of: {_type(inner[0])}"
            if get_origin(inner[0]) is Literal
            else f"list of {_type(inner[0])}s"
        )
    if origin is dict:
        return "table"
    return {str: "text", int: "number", float: "number", bool: "true or false", SecretStr: "secret"}[
        annotation
    ]


def _limits(metadata: Iterable[Any]) -> str:
    said = []
    for one in metadata:
        for name, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
            if (limit := getattr(one, name, None)) is not None:
                said.append(f"{words} {limit:,}".replace(",", " "))
    return f", {', '.join(said)}" if said else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "-"
    value = field.default
    if value is None or isinstance(value, SecretStr):
        return "none"
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case int():
            return f"{value:,}".replace(",", " ")
        case float():
            return f"{value:g}"
        case str():
            return f"`{value}`" if value else "empty"
        case _:
            return f"`{value!r}`".replace("'", '"')


def _settings() -> str:
    parts = [
        "## Settings\n",
        "A key that must be given has `-` for its default. A secret never stands in the file: give it as an environment variable or as "
        "a file that is named after its key.\n",
    ]
    by_table: dict[str, list[tuple[str, str, str]]] = {}
    for table, key, takes, default in settings():
        by_table.setdefault(table, []).append((f"`{key}`", takes, default))
    for table, rows in by_table.items():
        parts.append(f"### {table}\n\n{_table(('key', 'takes', 'default'), rows)}")
    return "\n".join(parts)


# -- commands ------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, str, Any]]:
    """Every command: how it is typed, what it does, and how it is read."""
    group: Any = get_command(program)
    for name in VERBS:
        verb = group.get_command(None, name).real()
        inner = getattr(verb, "commands", None)
        if not inner or getattr(verb, "invoke_without_command", False):
            yield name, VERBS[name], verb
        for below, command in (inner or {}).items():
            yield f"{name} {below}", (command.help or "").strip(), command


def _commands() -> str:
    parts = [
        "## Commands\n",
        "Every command takes `--settings PATH`, and every command that reports takes `--json`, before the command or after it.\n",
    ]
    for name, words, command in commands():
        parts.append(f"### connector {name}\n\n{words}\n")
        rows = [
            (f"`{_typed(one)}`", getattr(one, "help", "") or "")
            for one in command.params
            if not {"--settings", "--json", "--help"} & set(one.opts)
        ]
        if rows:
            parts.append(_table(("option", "effect"), rows))
    return "\n".join(parts)


def _typed(one: Any) -> str:
    """How a parameter is typed."""
    if one.param_type_name == "argument":
        several = "..." if one.nargs == -1 else ""
        return f"{one.metavar}{several}" if one.required else f"[{one.metavar}]{several}"
    if one.is_flag:
        return str(one.opts[0])
    kind = one.type_descriptor.annotation
    values = "|".join(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else ""
    value = one.metavar or values or {int: "NUMBER", str: "TEXT", Path: "PATH"}[kind]
    return f"{one.opts[0]} {value}"


def _exit_codes() -> str:
    assert set(EXIT_CODES.values()) <= set(CODES)
    return "## Exit codes\n\n" + _table(
        ("code", "meaning"), ((str(code), words) for code, words in CODES.items())
    )


# -- outcomes, states, reasons ------------------------------------------------------------------------


def _outcomes() -> str:
    _worded(EXIT_CODES, OUTCOMES, "outcomes")
    rows = [(f"`{name}`", str(EXIT_CODES[name]), words) for name, words in OUTCOMES.items()]
    return (
        "## Outcomes of a run\n\nA run has the worst outcome that applies: failed, cancelled, braked, withheld, quarantined, succeeded.\n\n"
        + _table(("outcome", "exit code", "meaning"), rows)
    )


def _states() -> str:
    rows = [(f"`{code}`", words) for code, words in WORDS_OF_STATE.items()]
    rows.append(
        ("`quarantined`", "it was never in the intranet, or is as it was: its last change could not be sent")
    )
    return "## States of a document\n\nAs `connector explain` tells them.\n\n" + _table(
        ("state", "meaning"), rows
    )


def _held() -> str:
    _worded(HoldReason, {code.value: words for code, words in DECIDED.items()}, "what is held")
    rows = [
        (f"`{code}`", findings.held(code), "braked" if code in BRAKING else "withheld", DECIDED[code])
        for code in HoldReason
    ]
    return (
        "## Why something is held\n\nIt stays in the intranet as it is until you decide: `connector sync --approve RUN_ID` "
        "removes it (or shows it to more people), `connector sync --keep RUN_ID` leaves it.\n\n"
        + _table(("code", "meaning", "outcome", "what to do"), rows)
    )


def _coded(codes: type[StrEnum], words: Any) -> str:
    return _table(("code", "meaning"), ((f"`{code}`", words(code)) for code in codes))


def _gone() -> str:
    return "## Why a document was removed\n\n" + _coded(Gone, findings.gone)


def _quarantine() -> str:
    return (
        "## Why a document is in quarantine\n\nThe intranet keeps what it has of it. It is tried again with growing delays.\n\n"
        + _table(("code", "meaning"), ((f"`{code}`", words) for code, words in QUARANTINE.items()))
    )


def _texts() -> str:
    rows = [
        (
            f"`{one.value}`",
            one.sentence,
            one.remedy,
            "when the file or a setting changes" if one.lasting else "in the next run",
        )
        for one in Reason
    ]
    return (
        "## Why a file has no text\n\nThe file is found by its name, folder and facets all the same.\n\n"
        + _table(("code", "meaning", "what to do", "read again"), rows)
    )


def _error_codes() -> str:
    rows = [(str(code), "document", words) for code, words in WORDS_OF_CODE.items()]
    rows += [(str(code), "person", words) for code, words in WORDS_OF_PERSON_CODE.items()]
    return "## Error codes of Interact\n\n" + _table(("code", "of a", "meaning"), rows)


# -- metrics -------------------------------------------------------------------------------------


def metrics() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Each metric of ours: its name as it is scraped, its kind, its labels, its words."""
    for one in vars(Metrics()).values():
        if hasattr(one, "_labelnames"):
            name = f"{one._name}_total" if one._type == "counter" else one._name
            yield name, one._type, tuple(one._labelnames), one._documentation


def _metrics() -> str:
    rows = [(f"`{name}`", kind, ", ".join(labels), words) for name, kind, labels, words in metrics()]
    return (
        "## Metrics\n\nAt `/metrics`, in the format of Prometheus; besides these, those of the process and of Python. No label holds "
        "a title, a name or an id.\n\n" + _table(("metric", "kind", "labels", "meaning"), rows)
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
