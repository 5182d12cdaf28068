"""What the program says: rules that hold for each of its sentences."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import msgspec
import pytest

import connector
from connector.commands import screens_runs
from connector.plan import reason_words, state_words, words
from connector.plan.findings import Code, Gone, HoldReason, Why
from connector.plan.report import EXIT_CODES, DocumentCounts
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
WORDS = {"plan/findings.py", "plan/words.py", "plan/reason_words.py", "session/gate.py", "text/reasons.py"}
"""Where codes are made and get their words; used are they elsewhere."""


@cache
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
    assert reason_words.held(code) != code
    assert reference_words.HELD[code]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_nothing_stands_behind_a_command_that_ends_what_is_said_of_a_hold(count: int) -> None:
    assert words.on_hold("intranet", count).endswith("Find out why in Interact; then: connector check")
    assert ("kept back by this run" in words.on_hold("intranet", count)) is (count > 0)


@pytest.mark.parametrize("code", HoldReason)
def test_what_is_said_of_several_that_are_on_hold_speaks_of_several(code: HoldReason) -> None:
    assert not re.search(r"\b(it|its|it is)\b", reason_words.held(code, of=600))


FORMER = re.compile(
    r"\b(held|suspects?|without proof|acknowledged?|quarantined|deleted)\b"
    r"(?<!not confirmed as deleted)(?<!outcome quarantined)",
    re.IGNORECASE,
)
"""What states were called beside their words in `state_words`."""


def seen(page: str) -> str:
    """What a page shows: no markup, nothing that the template computes, and nothing that is typed."""
    bare = re.sub(r"(?s)<code>.*?</code>|<pre.*?</pre>|<style>.*?</style>|\{%.*?%\}|<[^>]*>", " ", page)
    return re.sub(r"\{\{(.*?)\}\}", lambda found: " ".join(re.findall(r'"[^"]* [^"]*"', found[1])), bare)


@pytest.mark.parametrize(
    "page", sorted((ROOT / "pages" / "templates").glob("*.html")), ids=lambda one: one.stem
)
def test_pages_call_states_as_the_screens_and_the_manual_do(page: Path) -> None:
    assert FORMER.findall(seen(page.read_text(encoding="utf-8"))) == []


MANUAL = [
    *sorted((ROOT.parent / "docs").glob("*.md")),
    ROOT.parent / "README.md",
]
FOR_DEVELOPERS = {"mutants.md", "performance.md", "glossary.md", "reference.md"}


@pytest.mark.parametrize(
    "page", [one for one in MANUAL if one.name not in FOR_DEVELOPERS], ids=lambda one: one.name
)
def test_the_manual_calls_what_waits_for_a_decision_on_hold(page: Path) -> None:
    prose = re.sub(r"(?s)```.*?```|`[^`]*`|\]\([^)]*\)", " ", page.read_text(encoding="utf-8"))
    assert (
        re.findall(r"(?i).{0,40}\b(?:held|(?<!removed )without proof|acknowledge[sd]?)\b.{0,20}", prose) == []
    )


def test_each_count_of_a_report_has_its_words_on_every_screen_and_page() -> None:
    counts = {one.name for one in msgspec.structs.fields(DocumentCounts)}
    assert counts == set(state_words.COUNTS) == set(reference_words.COUNTS)
    assert {"live", *state_words.CHANGES, *state_words.WAITING} == counts
    told = (ROOT.parent / "docs" / "reference.md").read_text(encoding="utf-8")
    for code, said in state_words.COUNTS.items():
        assert f"| `{code}` | {said} |" in told
    for code, said in state_words.EXPLAINED.items():
        assert f"| `{code}` | {said} |" in told
        assert state_words.STATES[code] in said


def test_outcomes_are_the_same_six_everywhere() -> None:
    six = set(EXIT_CODES)
    assert six == set(reference_words.OUTCOMES)
    assert {*six, "running"} == set(screens_runs.COLOURS)
    assert six == set(
        re.findall(
            r"^\| `([a-z]+)` \|", (ROOT.parent / "docs" / "every-day.md").read_text("utf-8"), re.MULTILINE
        )
    )


def test_no_page_needs_a_script_to_show_its_diagrams() -> None:
    for page in (ROOT.parent / "docs").rglob("*.md"):
        assert "```mermaid" not in page.read_text(encoding="utf-8"), page.name
