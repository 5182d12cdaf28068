"""The reference is what the code says, and settings.md explains just the keys that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import connector
from connector.plan.findings import Aside
from tools import reference, reference_events, reference_words

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_the_reference_is_what_the_code_says() -> None:
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == reference.page(), "run: make reference"


def test_the_log_has_the_events_that_the_code_logs_at_their_gravest_level() -> None:
    found = reference.events()
    assert (found["run.skipped"], found["run.bug"], found["orders.failed"]) == ("error", "error", "error")
    assert (found["call.repeated"], found["service.started"]) == ("warning", "info"), (
        "also on a line of its own"
    )
    assert set(found) == set(reference_events.EVENTS)


def test_each_reason_for_quarantine_is_explained() -> None:
    """Each code that a document is parked with, wherever the code parks one."""
    found: set[str] = set()
    for path in Path(connector.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "park":
                values = [*node.args, *(word.value for word in node.keywords if word.arg == "reason")]
                found |= {ast.unparse(one) for one in values if ast.unparse(one).startswith("Aside.")}
    assert found == {f"Aside.{one.name}" for one in Aside}
    assert set(reference_words.QUARANTINE) == set(Aside)


def rows_of_settings() -> dict[tuple[str, str], str]:
    """Keys of settings.md with the cell of their default, by table; a row may tell several keys."""
    rows: dict[tuple[str, str], str] = {}
    table, below = "", ""
    for line in (DOCS / "settings.md").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"## \[(.+?)\](.*)", line):
            table, below = heading[1], heading[2]
        elif line.startswith("## Mapping"):
            table, below = "sources.NAME.mapping.KIND", ""
        elif line.startswith("## "):
            table = ""
        elif table and (row := re.match(r"\| (`[^|]+`) \| ([^|]*) \|", line)):
            names = re.findall(r"`([^`]+)`", row[1])
            defaults = row[2].split(", ") if len(names) > 1 else [row[2]]
            for name, default in zip(
                names, defaults if len(defaults) == len(names) else [row[2]] * len(names), strict=True
            ):
                where, _, leaf = f"{table}.{name}".rpartition(".")
                rows[where + below, leaf] = default.strip()
    return rows


def of_the_code() -> dict[tuple[str, str], str]:
    """Keys of the code with their defaults, by table."""
    return {
        (re.sub(r"^\[(.+?)\]", r"\1", table), key): default for table, key, _, default in reference.settings()
    }


def plain(default: str) -> str:
    """A default without what only makes it readable."""
    bare = re.sub(r"[`\" \[\]]", "", default).lower()
    return f"{float(bare):g}" if re.fullmatch(r"\d+\.\d+", bare) else bare


def test_settings_md_explains_each_key_and_no_other() -> None:
    told, real = set(rows_of_settings()), set(of_the_code())
    mapping = {(re.sub(" with .*", "", table), key) for table, key in real if ".mapping." in table}
    real = {one for one in real if ".mapping." not in one[0] and one[1] != "kind"} | mapping
    assert real - told == set(), "settings.md lacks them"
    assert told - real == set(), "settings.md tells keys that there are not"


def test_settings_md_tells_the_defaults_of_the_code() -> None:
    told = rows_of_settings()
    differing = {
        where: (told[where], default)
        for where, default in of_the_code().items()
        if where in told
        and told[where] != "as above"
        and default not in {"-", "none", "empty"}
        and not told[where].startswith("Interaxo")
        and plain(told[where]) != plain(default)
    }
    assert not differing


@pytest.mark.parametrize(
    "page", sorted(path.relative_to(ROOT).as_posix() for path in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", path.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in anchors(file), f"{page}: {target}"


def anchors(page: Path) -> set[str]:
    """What headings of a page are called in its address."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", one.lower())).strip("-") for one in headings}
