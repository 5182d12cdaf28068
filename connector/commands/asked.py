"""What may be asked of every verb, before it and after it. Loads nothing: `connector --help` passes here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

SettingsPath = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="PATH",
        help="Settings file; else $CONNECTOR_SETTINGS, ./settings.toml, /etc/interact-connector/settings.toml.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
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


class Asked:
    """What was asked for before the verb."""

    settings: Path | None = None
    as_json: bool = False


asked = Asked()


def new_verb(*, add_completion: bool = False, **options: Any) -> typer.Typer:
    """A verb, or a group of them, as typer takes it; `-h` helps in plain text, and errors are ours to tell."""
    return typer.Typer(
        rich_markup_mode=None,  # frames and colours of a help page take as long to load as everything else of it
        add_completion=add_completion,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **options,
    )
