"""`connector source`: begin a source of one's own."""

from __future__ import annotations

import keyword
import os
import re
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from connector.app import KINDS
from connector.commands import screens
from connector.commands.common_options import AsJson, new_verb
from connector.commands.running import run_verb, tell
from connector.errors import ConnectorError, SettingsError
from connector.sources.packages import GROUP

EXAMPLE = "connector.conformance.example"
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")

verb = new_verb(no_args_is_help=True)


@verb.callback()
def _source() -> None:
    """There is one verb below it so far."""


@verb.command("new")
def source_new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The kind of the source: a letter, then a-z, 0-9 and _.")
    ],
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="PATH", help="Where to write it; ./NAME by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a folder for a new source: a small source that works, with its settings and its tests."""

    def run() -> int:
        written = write_source(name, folder if folder is not None else Path(name))
        tell(written, lambda one: screens.say(one["words"]), as_json)
        return 0

    run_verb(run, as_json)


def write_source(name: str, folder: Path) -> dict[str, Any]:
    """
    Write a package that brings a kind of source, made of the example.

    Raises:
        SettingsError: a name that cannot be. ConnectorError: the folder cannot be written, or holds something.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise SettingsError(
            "NAME",
            f"the name of a source is a letter, then a-z, 0-9 and _, and no word of Python; not {name!r}",
        )
    if name in {kind.kind for kind in KINDS}:
        raise SettingsError("NAME", f"there already is a kind of source {name!r}; choose another name")
    texts = files_of(name)
    try:
        if folder.exists() and any(folder.iterdir()):
            raise ConnectorError(f"{folder} is not empty; name another folder with --folder")
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConnectorError(f"{folder} cannot be written: {error.strerror}") from error
    # a bare name would be looked for on the package index, where anybody may have published something of that name
    where = shlex.quote(str(folder) if len(folder.parts) > 1 else os.path.join(".", folder))
    words = (
        f"Written to {folder}: {', '.join(texts)}.\n"
        "Its tests pass as they are. They need pytest, which `make check` brings:\n"
        f"  cd {where} && python -m pytest\n"
        "To install it into the environment of the connector:\n"
        f"  pip install --no-deps --no-build-isolation {where}\n"
        f'Then settings can say kind = "{name}". How to go on: docs/sources.md'
    )
    return {"folder": str(folder), "files": [*texts], "words": words}


def files_of(name: str) -> dict[str, str]:
    """The files of a new source, by path below its folder."""
    package = f"interact_{name}"
    example = files(EXAMPLE)
    source = _named((example / "source.py").read_text("utf-8"), name, package)
    world = _named((example / "world.py").read_text("utf-8"), name, package)
    camel, kind = _camel(name), name.upper()
    return {
        "pyproject.toml": _PROJECT.format(
            name=name, package=package, group=GROUP, kind=kind, shown=name.replace("_", "-")
        ),
        "README.md": _README.format(name=name, package=package),
        f"{package}/__init__.py": f'"""Documents of {name} in the search of an Interact intranet."""\n',
        f"{package}/source.py": source,
        f"tests/{name}_world.py": world,
        f"tests/test_{name}.py": _TEST.format(name=name, package=package, camel=camel, kind=kind),
    }


def _named(text: str, name: str, package: str) -> str:
    """The example under another name: `notes` stands for the kind, `Notes` for its classes, `NOTES` for what brings it."""
    text = text.replace(f"{EXAMPLE}.source", f"{package}.source").replace(f"{EXAMPLE}.world", f"{name}_world")
    text = re.sub(r"\bNotes(?=Part\b|World\b|\b)", _camel(name), text)
    text = re.sub(r"\bNOTES\b", name.upper(), text)
    return re.sub(r"(?<![._])\bnotes(?=_world\b|\b)(?!\s*[:=] dict)", name, text)


def _camel(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


_PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "interact-source-{shown}"
version = "0.1.0"
description = "Brings documents of {name} into the search of an Interact intranet."
requires-python = ">=3.11"
dependencies = ["interact-connector"]

[project.entry-points."{group}"]
{name} = "{package}.source:{kind}"

[project.optional-dependencies]
dev = ["pytest"]

[tool.hatch.build.targets.wheel]
packages = ["{package}"]

[tool.pytest.ini_options]
pythonpath = [".", "tests"]
testpaths = ["tests"]
"""
_README = """\
# {name}

A source of the Interact connector. `{package}/source.py` is all of it: a folder of Markdown files, to begin with. Make it
read your system, method by method; `tests/{name}_world.py` is that system as the suite edits and breaks it. The tests tell whether
it is safe: `python -m pytest`. The connector's docs/sources.md explains each step.
"""
_TEST = '''\
"""The rules of the connector, played against this source."""

from connector.conformance.suite import Conformance
from {package}.source import {kind}
from {name}_world import {name}_world


class Test{camel}(Conformance):
    kinds = ({kind},)

    def world(self, folder, now):
        return {name}_world(folder)
'''
