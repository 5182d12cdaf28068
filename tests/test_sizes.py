"""Nothing grows into several things at once: files, classes and constructors have a size that a reader can hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import connector

ROOT = Path(connector.__file__).parent
LINES_OF_A_FILE = 500
LINES_OF_A_CLASS = 300
ARGUMENTS = 6
"""Of a constructor, `self` not counted."""
LEFT_ALONE = ("ledger/migrations",)
"""History that is never edited."""


def _files() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(LEFT_ALONE):
            yield name, path.read_text(encoding="utf-8")


def _constructor(of: ast.ClassDef) -> int:
    for one in of.body:
        if isinstance(one, ast.FunctionDef) and one.name == "__init__":
            given = one.args
            return len(given.posonlyargs) + len(given.args) + len(given.kwonlyargs) - 1
    return 0


def sizes() -> dict[str, tuple[int, int]]:
    """Every file, class and constructor: its size, and what it may be."""
    found: dict[str, tuple[int, int]] = {}
    for name, text in _files():
        found[name] = (text.count("\n"), LINES_OF_A_FILE)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                assert node.end_lineno is not None
                found[f"{name}: {node.name}"] = (node.end_lineno - node.lineno + 1, LINES_OF_A_CLASS)
                found[f"{name}: {node.name}()"] = (_constructor(node), ARGUMENTS)
    return found


def test_a_file_of_tests_or_of_the_bench_is_no_longer_than_one_of_the_program() -> None:
    files = [path for name in ("tests", "bench", "tools") for path in (ROOT.parent / name).rglob("*.py")]
    lines = {path.name: path.read_text(encoding="utf-8").count("\n") for path in files}
    assert len(files) > 100
    assert not {name: count for name, count in lines.items() if count > LINES_OF_A_FILE}


def test_nothing_is_larger_than_it_may_be() -> None:
    several_things = {name: size for name, (size, most) in sizes().items() if size > most}
    assert not several_things, (
        f"at most {LINES_OF_A_FILE} lines, {LINES_OF_A_CLASS} of a class, {ARGUMENTS} arguments"
    )
