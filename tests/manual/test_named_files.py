"""Files of the program that a page names are there, and what it names in them: whoever looks one up finds it."""

from __future__ import annotations

import pkgutil
import re
from fnmatch import fnmatch
from pathlib import Path

import connector

ROOT = Path(connector.__file__).parent.parent
PAGES = [*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
NOT_THERE = {
    "tests/birds_world.py": "the reader's own, in docs/sources.md",
    "ports/ledger.py": "ADR 10 says why there is none",
}


def test_each_file_of_the_program_that_a_page_names_is_there() -> None:
    there = [
        path.relative_to(ROOT).as_posix()
        for folder in ("connector", "tests", "tools", "bench")
        for path in (ROOT / folder).rglob("*.*")
    ]
    named = {
        (page.name, name)
        for page in PAGES
        for quoted in re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))
        for name in re.findall(r"(?<![\w/.*-])[\w/-]+\.(?:py|sql)\b", quoted)
    }
    assert len(named) > 100
    ends = {name for _, name in named} - NOT_THERE.keys()
    lacking = {
        name
        for name in ends
        if not any(fnmatch(f"/{one}", f"*/{name.replace('NAME', '*')}") for one in there)
    }
    assert {one for one in named if one[1] in lacking} == set()


def test_each_name_of_the_program_that_a_page_names_can_be_imported() -> None:
    """As a module says it, `connector.document.document.Document`, or as a path does: `ports/engine.Engine`."""
    named = {
        (page.name, quoted)
        for page in PAGES
        for quoted in re.findall(r"`([\w./]+)`", page.read_text(encoding="utf-8"))
        if re.fullmatch(r"connector(?:\.\w+)+|(?:\w+/)+\w+(?:\.[A-Z]\w*)(?:\.\w+)*", quoted)
    }
    assert len(named) > 5
    lacking = set()
    for page, name in named:
        try:
            pkgutil.resolve_name(f"connector.{name.removeprefix('connector.').replace('/', '.')}")
        except (ImportError, AttributeError):
            lacking.add((page, name))
    assert lacking == set()
