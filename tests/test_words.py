"""What the program says: rules that hold for each of its sentences."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import connector
from connector.commands import run_screens
from connector.plan import words
from connector.plan.findings import Code, Gone, HoldReason, Why
from connector.plan.report import EXIT_CODES
from connector.session.gate import ShutBy
from connector.text.reasons import Reason
from tools import reference_words

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


CODES = {"Code": Code, "HoldReason": HoldReason, "Gone": Gone, "Why": Why, "ShutBy": ShutBy, "Reason": Reason}
WORDS = {"plan/findings.py", "plan/words.py", "session/gate.py", "text/reasons.py"}
"""Where codes are made and get their words; used are they elsewhere."""


def used() -> dict[str, set[str]]:
    """Members of each kind of code that the program names besides giving it words."""
    found: dict[str, set[str]] = {name: set() for name in CODES}
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).as_posix() not in WORDS - {"session/gate.py"}:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id in found
                ):
                    found[node.value.id].add(node.attr)
    return found


@pytest.mark.parametrize("name", CODES)
def test_no_words_stand_for_what_is_never_told(name: str) -> None:
    told = used()[name]
    assert [one.name for one in CODES[name] if one.name not in told] == []


def test_each_cause_of_an_open_session_has_words_for_documents_and_people() -> None:
    for kind in ("document", "person"):
        for code in ShutBy:
            (said,) = words.shut([{"code": code.value, "count": 1, "allowed": 5}], kind)
            assert said
            assert "{" not in said


@pytest.mark.parametrize("code", HoldReason)
def test_each_hold_has_words_and_the_manual_says_what_to_do(code: HoldReason) -> None:
    assert words.held(code) != code
    assert reference_words.HELD[code]


def test_outcomes_are_the_same_six_everywhere() -> None:
    six = set(EXIT_CODES)
    assert six == set(reference_words.OUTCOMES)
    assert {*six, "running"} == set(run_screens.COLOURS)
    assert six == set(
        re.findall(
            r"^\| `([a-z]+)` \|", (ROOT.parent / "docs" / "every-day.md").read_text("utf-8"), re.MULTILINE
        )
    )


def test_no_page_needs_a_script_to_show_its_diagrams() -> None:
    for page in (ROOT.parent / "docs").rglob("*.md"):
        assert "```mermaid" not in page.read_text(encoding="utf-8"), page.name
