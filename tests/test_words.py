"""What the program says: rules that hold for each of its sentences."""

from __future__ import annotations

import ast
from pathlib import Path

import connector

ROOT = Path(connector.__file__).parent


def texts() -> list[tuple[str, str]]:
    """Every text in the code with its file, and every page."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(ROOT).as_posix()
        found += [
            (name, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    pages = [*ROOT.rglob("*.html"), *(ROOT.parent / "docs").glob("*.md"), ROOT.parent / "README.md"]
    return found + [(path.name, path.read_text(encoding="utf-8")) for path in pages]


def test_nothing_counts_with_a_plural_in_brackets() -> None:
    """`document(s)` is what `counted` and `Number` are for."""
    assert [(name, text[:80]) for name, text in texts() if "(s)" in text] == []
