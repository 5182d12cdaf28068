"""The manual's pages in the order of its menu, and what their blocks say."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"(?ms)^(?P<indent> *)```(?P<kind>\w+)\n(?P<body>.*?)^(?P=indent)```")


class Line(NamedTuple):
    """One command of the manual."""

    page: str
    command: str


def _in_menu(menu: Any) -> Iterator[str]:
    match menu:
        case str():
            yield menu
        case dict():
            for below in menu.values():
                yield from _in_menu(below)
        case list():
            for one in menu:
                yield from _in_menu(one)


def pages() -> list[Path]:
    """The README, the manual in the order of its menu, and what the menu leaves out."""
    menu = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    named = [DOCS / name for name in _in_menu(menu)]
    others = [path for path in sorted(DOCS.rglob("*.md")) if path not in named]
    return [ROOT / "README.md", *named, *others, ROOT / "CONTRIBUTING.md"]


def blocks(page: Path, kind: str) -> list[str]:
    """The blocks of one kind."""
    text = page.read_text(encoding="utf-8")
    return [textwrap.dedent(found["body"]) for found in BLOCK.finditer(text) if found["kind"] == kind]


def commands() -> list[Line]:
    """Each command that the manual says to type: a line of a console block, without prompt and comment."""
    found = []
    for page in pages():
        for block in blocks(page, "console"):
            for line in block.splitlines():
                command = re.sub(r"\s+#.*", "", line.strip().removeprefix("$ ")).strip()
                if command and not command.startswith("#"):
                    found.append(Line(page.relative_to(ROOT).as_posix(), command))
    return found
