"""
docs/reference.md, made from the code: settings, commands, exit codes, outcomes, states, reasons, error codes, events, metrics.

Run: `make reference` (or `python -m tools.reference`). What the code has no words for stands in `reference_words` and
`reference_events`; a code without words ends the program. `tests/manual/test_reference.py` compares the page with the code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from typer.main import get_command

import connector
from connector.app import KINDS
from connector.cli import program
from connector.machine.verbs import VERBS
from connector.plan import findings, reason_words
from connector.plan.findings import Code, Gone, HoldReason
from connector.plan.report import EXIT_CODES
from connector.plan.state_words import COUNTS, EXPLAINED
from connector.settings import model_of
from connector.status.instruments import Instruments
from connector.target.replies import WORDS_OF_CODE, WORDS_OF_PERSON_CODE
from connector.text.reasons import Reason
from tools import reference_words as say
from tools.reference_events import EVENTS, LOOKS

PAGE = Path(__file__).parents[1] / "docs" / "reference.md"
TOP = """\
# Reference

`make reference` writes this page from the code; do not edit it. [Settings](settings.md) tells what each key does, and
[troubleshooting](troubleshooting.md) what to do about an outcome.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            TOP,
            _settings(),
            _commands(),
            _exit_codes(),
            _outcomes(),
            _reasons(),
            _states(),
            _counts(),
            _held(),
            _gone(),
            _quarantine(),
            _texts(),
            _error_codes(),
            _events(),
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
        for name, said_so in (
            ("ge", "at least"),
            ("gt", "more than"),
            ("le", "at most"),
            ("lt", "less than"),
        ):
            if (limit := getattr(one, name, None)) is not None:
                said.append(f"{said_so} {limit:,}".replace(",", " "))
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
    without = [
        f"`{name}`"
        for name, _, command in commands()
        if not any("--settings" in one.opts for one in command.params)
    ]
    parts = [
        "## Commands\n",
        f"Every command but {', '.join(without[:-1])} and {without[-1]}, which read none, takes `--settings PATH`, and every command that "
        "reports takes `--json`, before the command or after it.\n",
    ]
    for name, does, command in commands():
        parts.append(f"### connector {name}\n\n{does}\n")
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
    assert set(EXIT_CODES.values()) <= set(say.EXIT_CODES)
    return "## Exit codes\n\n" + _table(
        ("code", "meaning"), ((str(code), said) for code, said in say.EXIT_CODES.items())
    )


# -- outcomes, states, reasons ------------------------------------------------------------------------


def _outcomes() -> str:
    _worded(EXIT_CODES, say.OUTCOMES, "outcomes")
    rows = [(f"`{name}`", str(EXIT_CODES[name]), said) for name, said in say.OUTCOMES.items()]
    return (
        "## Outcomes of a run\n\nA run has the worst outcome that applies: failed, cancelled, braked, withheld, quarantined, succeeded.\n\n"
        + _table(("outcome", "exit code", "meaning"), rows)
    )


def _reasons() -> str:
    _worded(Code, {code.value: one for code, (one, _) in say.REASONS.items()}, "reasons of a run")
    rows = [(f"`{code}`", findings.EFFECTS[code], *say.REASONS[code]) for code in Code]
    return (
        "## Reasons of a run\n\nEach reason of a report has a code, in `connector runs RUN_ID --json`, and a sentence with its values. "
        "A `note` changes no outcome.\n\n"
        + _table(("code", "the run becomes", "meaning", "what to do"), rows)
    )


def _states() -> str:
    rows = [(f"`{code}`", said) for code, said in EXPLAINED.items()]
    rows.append(
        ("`quarantined`", "it was never in the intranet, or is as it was: its last change could not be sent")
    )
    return "## States of a document\n\nAs `connector explain` tells them.\n\n" + _table(
        ("state", "meaning"), rows
    )


def _counts() -> str:
    _worded(COUNTS, say.COUNTS, "counts of a run")
    rows = [(f"`{code}`", said, say.COUNTS[code]) for code, said in COUNTS.items()]
    return (
        "## Counts of a run\n\nUnder `documents` in the report, and with the same words on every screen and page.\n\n"
        + _table(("key", "words", "meaning"), rows)
    )


def _held() -> str:
    _worded(HoldReason, {code.value: said for code, said in say.HELD.items()}, "what is on hold")
    rows = [
        (
            f"`{code}`",
            reason_words.held(code),
            "braked" if code in say.BRAKING else "withheld",
            say.HELD[code],
        )
        for code in HoldReason
    ]
    return (
        "## Why something is on hold\n\nIt stays in the intranet as it is until you decide: `connector sync --approve RUN_ID` "
        "removes it (or shows it to more people), `connector sync --keep RUN_ID` leaves it.\n\n"
        + _table(("code", "meaning", "outcome", "what to do"), rows)
    )


def _coded(codes: type[StrEnum], words: Any) -> str:
    return _table(("code", "meaning"), ((f"`{code}`", words(code)) for code in codes))


def _gone() -> str:
    return "## Why a document was removed\n\n" + _coded(Gone, reason_words.gone)


def _quarantine() -> str:
    return (
        "## Why a document is in quarantine\n\nThe intranet keeps what it has of it. It is tried again with growing delays.\n\n"
        + _table(("code", "meaning"), ((f"`{code}`", said) for code, said in say.QUARANTINE.items()))
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
    rows = [(str(code), "document", said) for code, said in WORDS_OF_CODE.items()]
    rows += [(str(code), "person", said) for code, said in WORDS_OF_PERSON_CODE.items()]
    return "## Error codes of Interact\n\n" + _table(("code", "of a", "meaning"), rows)


# -- events of the log ----------------------------------------------------------------------------

LEVELS = ("info", "warning", "error")
_EVENT = re.compile(r"[a-z]+\.[a-z_]+")


def events() -> dict[str, str]:
    """Each event that is logged, with the gravest level that it has."""
    found = {"library.message": "warning", "run.finished": "error"}  # at the level that they are of
    for path in Path(connector.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                level = {"exception": "error"}.get(node.func.attr, node.func.attr)
                for event in _named(node.args[0]) if level in LEVELS else ():
                    found[event] = max(level, found.get(event, level), key=LEVELS.index)
    return dict(sorted(found.items()))


def _named(words: ast.expr) -> list[str]:
    """What an event is called; under each of their names what all looks beside the runs have."""
    match words:
        case ast.Constant(value=str(name)) if _EVENT.fullmatch(name):
            return [name]
        case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(rest))]) if rest[:1] == ".":
            return [f"{look}{rest}" for look in LOOKS]
        case _:
            return []


def _events() -> str:
    found = events()
    _worded(found, {name: one for name, (one, _) in EVENTS.items()}, "events of the log")
    rows = [(f"`{name}`", level, *EVENTS[name]) for name, level in found.items()]
    return (
        "## Events of the log\n\nEach line of the [log](service.md#logs) is one event, with the values that it speaks of. A run of which they "
        "tell is `run`, as in `connector runs RUN_ID`.\n\n"
        + _table(("event", "level", "meaning", "what to do"), rows)
    )


# -- metrics -------------------------------------------------------------------------------------


def metrics() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Each metric of ours: its name as it is scraped, its kind, its labels, its words."""
    for one in vars(Instruments()).values():
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
