"""What may be asked of every verb, before it and after it. Loads nothing: `connector --help` passes here."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

FREE = frozenset({"because", "who"})
"""What may be given as nothing: words that are only kept."""

MOST = 1_000_000_000
"""The highest number that is taken for how many of something: more than any ledger has, and no more than a database counts."""

WHOLE = 1_000
"""Letters of a first sentence in the list of verbs: more than any has, so none is cut."""

SettingsPath = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="PATH",
        help="Settings file; else $CONNECTOR_SETTINGS, settings.toml here or in /etc/interact-connector.",
    ),
]


def _or_before_the_verb(given: bool) -> bool:
    return given or asked.as_json


_PRINT_JSON = "Print one JSON object instead of text."
AsJsonFirst = Annotated[bool, typer.Option("--json", help=_PRINT_JSON)]
"""The same before the verb."""
AsJson = Annotated[bool, typer.Option("--json", help=_PRINT_JSON, callback=_or_before_the_verb)]
"""Whether JSON is printed: asked for behind the verb, or before it."""
TargetName = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="NAME", help="Which target; needed only where the settings have several."
    ),
]
SourceNames = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="Read only this source. May be repeated.")
]

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before doing it; for scripts.")]


class CommonOptions:
    """What was asked for before the verb."""

    settings: Path | None = None
    as_json: bool = False
    target: str | None = None
    """Of a verb that has others below it, named before those."""


asked = CommonOptions()


def composed(given: Any) -> Any:
    """
    What was given with its letters as they are kept (NFC): a Mac tells names of files with letters and marks apart.

    Addresses, of ledgers too, stay as they are.
    """
    if isinstance(given, list | tuple):
        return type(given)(map(composed, given))
    return unicodedata.normalize("NFC", given) if isinstance(given, str) and "://" not in given else given


_BOUNDS = re.compile(r"(\d+)<=x<=(\d+)|x>=(\d+)")
_UNPARTED = "\u2011"
"""A hyphen at which no line ends, until the help is laid out: else it parts paths and the names of states."""


def _in_words(one: Any, ctx: Any) -> tuple[str, str] | None:
    """What the help says of an option: its bounds in words, and what is typed on one line."""
    told = type(one).get_help_record(one, ctx)
    if told is None:
        return None
    name, text = told
    return name, _BOUNDS.sub(_bounds, text).replace("-", _UNPARTED)


def _bounds(found: re.Match[str]) -> str:
    least, most, only = found.groups()
    return f"{only or least} or more" if only or int(most) == MOST else f"{least} to {most}"


class _Helping:
    """Helps in words that can be copied."""

    params: Any

    def get_help(self, ctx: Any) -> str:
        """The help, laid out for this terminal."""
        for one in self.params:
            one.get_help_record = partial(_in_words, one)
        text: str = super().get_help(ctx)  # type: ignore[misc]
        return text.replace(_UNPARTED, "-")


class VerbGroup(_Helping, TyperGroup):
    """A verb that has others below it."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the verbs with their first sentences, each to its end however narrow the terminal is."""
        verbs = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        told = [
            (name, verb.get_short_help_str(limit=WHOLE))
            for name, verb in verbs.items()
            if verb and not verb.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(told)


class Verb(_Helping, TyperCommand):
    """A verb that refuses an argument of no letters: a script's variable that is not set names nothing, and must not be taken for "all"."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write what it takes; an argument has a word of its own, and needs no type behind that, such as `<str>`."""
        for one in self.params:
            if isinstance(one, TyperArgument) and one.metavar:
                one.display_type_rich = lambda *_, **__: None  # type: ignore[method-assign]
        super().format_options(ctx, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what was given."""
        ctx.allow_extra_args = True  # told below, in our words
        try:
            rest: list[str] = super().parse_args(ctx, args)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise
        if rest and not ctx.resilient_parsing:
            ctx.fail(f"“{' '.join(rest)}” is too much here. What has spaces in it stands in quotation marks.")
        for one in self.params:
            value = composed(ctx.params.get(one.name))
            words = value if isinstance(value, list | tuple) else [value]
            source = ctx.get_parameter_source(one.name)
            is_typed = source is not None and source.name == "COMMANDLINE"
            if (
                is_typed
                and one.name not in FREE
                and any(isinstance(word, str) and not word.strip() for word in words)
            ):
                raise typer.BadParameter("it is empty. Is a variable not set?", ctx=ctx, param=one)
            if one.name in ctx.params:
                ctx.params[one.name] = value
        return rest


class _Verbs(typer.Typer):
    """A verb, or a group of them, each of our kind."""

    def command(self, *given: Any, **options: Any) -> Any:
        """Take a function as a verb."""
        return super().command(*given, **{"cls": Verb, **options})


def new_verb(
    *, add_completion: bool = False, cls: type[VerbGroup] = VerbGroup, **options: Any
) -> typer.Typer:
    """A verb, or a group of them, as typer takes it; `-h` helps in plain text, and errors are ours to tell."""
    return _Verbs(
        cls=cls,
        rich_markup_mode=None,  # frames and colours of a help page take as long to load as everything else of it
        add_completion=add_completion,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **options,
    )
