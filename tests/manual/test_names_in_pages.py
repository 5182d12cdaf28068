"""What a page names is there (files, settings, events, metrics, fields of templates): whoever looks one up finds it."""

from __future__ import annotations

import pkgutil
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

import connector
from connector.plan.report import People
from connector.sources.interaxo.views import ATTRIBUTES as OF_INTERAXO
from connector.sources.interject.mapping import ATTRIBUTES as OF_INTERJECT
from connector.sources.itr.mapping import ATTRIBUTES as OF_ITR
from tools import reference

ROOT = Path(connector.__file__).parent.parent
PAGES = [*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
NOT_THERE = {
    "tests/birds_world.py": "the reader's own, in docs/sources.md",
    "ports/ledger.py": "ADR 10 says why there is none",
}


def test_each_page_of_the_manual_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in ROOT.glob("docs/*.md") if f"(docs/{page.name}" not in readme] == []


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


def test_each_setting_and_event_that_a_page_names_is_there() -> None:
    """By table and key, `text.cache`; of sources and targets without their names, too: `people.match`."""
    keys = {(re.sub(r"^\[|].*", "", table), key) for table, key, *_ in reference.settings()}
    whole = {f"{table}.{key}" for table, key in keys} | {table for table, _ in keys}
    known = whole | {re.sub(r"^\w+\.NAME\.", "", one) for one in whole} | set(reference.events())
    known |= {f"people.{field}" for field in People.__struct_fields__}  # of a report
    known |= {"fields.generatedreports", "settings.model_of"}
    tables = {one.partition(".")[0] for one in known}
    named = {
        (page.name, re.sub(r"^(targets|sources)\.\w+", r"\1.NAME", quoted))
        for page in PAGES
        for quoted in re.findall(r"`([a-z_]+(?:\.\w+)+)`", page.read_text(encoding="utf-8"))
        if quoted.partition(".")[0] in tables and not quoted.endswith((".py", ".toml", ".db"))
    }
    assert len(named) > 50
    assert {one for one in named if one[1] not in known} == set()


def test_each_metric_that_a_page_names_is_there() -> None:
    known = set(
        re.findall(r"`interact_connector_(\w+)`", (ROOT / "docs/reference.md").read_text(encoding="utf-8"))
    )
    named = {
        (page.name, name)
        for page in PAGES
        for several in re.findall(r"\bmetrics? ((?:`\w+`(?:, | and )?)+)", page.read_text(encoding="utf-8"))
        for name in re.findall(r"`(?:interact_connector_)?(\w+)`", several)
    }
    assert len(named) > 2
    assert {one for one in named if one[1] not in known} == set()


@pytest.mark.parametrize(
    ("page", "begins", "attributes"),
    [
        ("settings.md", "They see `item` with", OF_INTERAXO),
        ("interject.md", "`item` has", OF_INTERJECT),
        ("itr.md", "A template may ask `item` for", OF_ITR),
    ],
)
def test_a_page_names_all_that_a_template_may_ask_for(
    page: str, begins: str, attributes: frozenset[str]
) -> None:
    told = (ROOT / "docs" / page).read_text(encoding="utf-8").partition(begins)[2]
    assert set(re.findall(r"`(\w+)`", re.split(r"\.\s", told)[0])) == attributes
