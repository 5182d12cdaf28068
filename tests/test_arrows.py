"""The import arrows: who may know whom, read from the source by ast."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

import connector
from connector.app import KINDS

ROOT = Path(connector.__file__).parent


def _modules() -> dict[str, Path]:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = ["connector", *path.relative_to(ROOT).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()


def _imports(path: Path) -> set[str]:
    """Full names of what a file imports, also inside functions and under TYPE_CHECKING."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it points"
            assert node.module
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return found


@cache  # read by whoever asks: two workers collect these tests, and one does most of them
def arrows() -> dict[str, set[str]]:
    """What each module imports."""
    return {name: _imports(path) for name, path in MODULES.items()}


@cache
def ours() -> dict[str, set[str]]:
    """What of it is ours."""
    return {
        name: {one for one in to if one in MODULES and one != "connector"} for name, to in arrows().items()
    }


ROOMS = """
    conformance
    __main__
    cli
    commands
    daemon
    pages
    status
    app
    wiring
    settings
    configuration
    clock
    runs  notify
    removal  people
    crawl
    session
    access
    push
    canary
    plan
    ledger  sources  target
    text  engine
    ports  values
    http
    document  machine
    errors
    secrets
""".strip().splitlines()
"""
The house, floor by floor: whoever stands on one knows only what stands below. `clock` is what the daemon knows of time, `values` what
every table of the settings is made of.
"""

FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms.split()}
CLOCK = {f"connector.daemon.{one}" for one in ("schedule", "trigger", "progress")}


VALUES = "connector.configuration.values"


def room_of(name: str) -> str:
    if name == VALUES:
        return "values"
    return "clock" if name in CLOCK else name.split(".")[1]


@pytest.mark.parametrize("name", [one for one in MODULES if one != "connector" and room_of(one) != "sandbox"])
def test_arrows_point_down(name: str) -> None:
    for other in ours()[name] - {"connector"}:
        room, under = room_of(name), room_of(other)
        if under == "sandbox":
            assert room in {"commands", "conformance"}, f"{name} plays with {other}"
        else:
            assert room == under or FLOOR[room] < FLOOR[under], f"{name} knows {other}"


def test_the_drawing_for_newcomers_names_every_room() -> None:
    drawing = (ROOT.parent / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Habits")[0]
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert {room for room in rooms if f"{room}/" not in drawing} == set()


def test_the_drawing_for_newcomers_has_the_floors_in_this_order() -> None:
    drawing = (ROOT.parent / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Habits")[0]
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    lines = [
        [FLOOR[room] for room in re.findall(r"(?<![\w/])(\w+)/(?!\w)", line) if room in rooms & FLOOR.keys()]
        for line in drawing.partition("    connector/")[2].splitlines()
    ]
    drawn = [floors for floors in lines if floors]
    assert all(max(above) <= min(below) for above, below in pairwise(drawn)), drawn


PURE_STDLIB = {
    "__future__", "base64", "collections", "csv", "datetime", "decimal", "email", "enum", "fnmatch", "functools", "hashlib", "html",
    "io", "itertools", "json", "math", "operator", "re", "typing", "types", "unicodedata", "urllib", "uuid", "zoneinfo",
}  # fmt: skip
PURE_PACKAGES = {"msgspec", "jinja2", "selectolax"}
PURE = [
    name
    for name in MODULES
    if name.startswith("connector.document.")
    or name
    in {f"connector.plan.{one}" for one in ("item", "step", "brake", "findings", "words", "tally", "report")}
    or name
    in {
        "connector.session.gate",
        "connector.people.plan",
        "connector.http.json_rows",
    }
    or name in {"connector.errors", "connector.secrets.hiding"}
]
"""What decides, or what everybody says: neither touches the world."""


OF_EVERY_SOURCE = {
    f"connector.sources.{one}"
    for one in ("kind", "part", "quiet_hours", "packages", "guarded", "answers", "addresses_in_file")
}
"""What each folder of a source fills in, or works with."""


def closure(name: str) -> set[str]:
    """A module and everything of ours that it loads."""
    found, pending = set(), [name]
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += ours()[one]
    return found


def pure_by_name() -> list[str]:
    return [
        *PURE,
        *(
            name
            for name in MODULES
            if name.startswith(("connector.sources.", "connector.target."))
            and name.rpartition(".")[2] in {"wire", "mapping", "format", "replies"}
        ),
    ]


@pytest.mark.parametrize("name", pure_by_name())
def test_pure_modules_load_nothing_that_touches_the_world(name: str) -> None:
    for one in closure(name):
        strangers = {to.partition(".")[0] for to in arrows()[one]} - {"connector"}
        assert strangers <= PURE_STDLIB | PURE_PACKAGES, one


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_read_neither_clock_nor_environment_nor_files(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not called & {"open", "print", "datetime.now", "date.today", "datetime.today", "datetime.utcnow"}
    assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree))


@pytest.mark.parametrize(
    "name", [n for n in MODULES if n.startswith(("connector.sources", "connector.target"))]
)
def test_sources_and_target_never_meet(name: str) -> None:
    folder = name.split(".")[:3] if name.startswith("connector.sources") else ["connector", "target"]
    for one in ours()[name] - OF_EVERY_SOURCE:
        if one.startswith(("connector.sources.", "connector.target.")):
            assert one.split(".")[: len(folder)] == folder, one


def test_a_run_knows_no_source_and_no_target_by_name() -> None:
    for name in MODULES:
        if name.startswith("connector.runs."):
            assert not {
                one
                for one in closure(name)
                if one.startswith(("connector.sources", "connector.target", "connector.sandbox"))
            }, name


def test_only_the_wiring_knows_the_kinds_of_sources() -> None:
    knowing = {
        name
        for name, to in ours().items()
        if not name.startswith("connector.sources.")
        and any(one.startswith("connector.sources.") for one in to - OF_EVERY_SOURCE)
    }
    assert knowing == {"connector.app"}
    assert {
        one for one in ours()["connector.app"] - OF_EVERY_SOURCE if one.startswith("connector.sources")
    } == {f"connector.sources.{kind.kind}.open" for kind in KINDS}


OF_THE_WEB_SERVER = {"starlette", "uvicorn", "h11", "jinja2", "markupsafe"}


def test_what_is_told_needs_no_web_server_and_two_modules_alone_know_the_pages() -> None:
    for name, to in arrows().items():
        if name.startswith("connector.status."):
            assert not {one.partition(".")[0] for one in to} & OF_THE_WEB_SERVER, name
    knowing = {
        name
        for name, to in ours().items()
        if not name.startswith("connector.pages.") and any(one.startswith("connector.pages.") for one in to)
    }
    assert knowing == {"connector.daemon.service", "connector.commands.audience"}


def test_the_sandbox_imports_nothing_of_the_connector() -> None:
    for name in MODULES:
        if name.startswith("connector.sandbox"):
            assert all(one.startswith("connector.sandbox") for one in ours()[name]), name


def test_only_the_wiring_reads_settings() -> None:
    kept_in = {"connector.settings", "connector.configuration.tables"}
    readers = {name for name, to in ours().items() if kept_in & to} - kept_in
    assert readers == {
        "connector.app",
        "connector.wiring.offline",
        "connector.wiring.opening",
        "connector.wiring.file_readers",
        "connector.wiring.matching",
        "connector.commands.tour",
        "connector.conformance.harness",
        "connector.commands.init",
        "connector.commands.running",
    }


def test_what_serves_everybody_knows_no_ledger() -> None:
    for name, to in ours().items():
        if name.split(".")[1:2] and room_of(name) in {
            "sources",
            "target",
            "text",
            "sandbox",
            "http",
            "ports",
            "document",
        }:
            assert not {one for one in to if one.startswith("connector.ledger")}, name


def test_no_import_goes_in_circles() -> None:
    TopologicalSorter(ours()).prepare()  # raises CycleError


BROAD = {
    "connector.access.accepted": "one odd document keeps no other from being narrowed",
    "connector.access.comparing": "raised again, once all others were narrowed",
    "connector.access.moved_away": "a bug of one answer, raised again once the narrowings were sent",
    "connector.commands.running": "a verb",
    "connector.crawl.new_items": "raised again by every page that waits for it",
    "connector.daemon.lane": "a run, or a turn of people",
    "connector.daemon.ocr_lane": "a night",
    "connector.daemon.service": "settings that are read again",
    "connector.document.templates": "raised again, as the item's",
    "connector.engine.members": "a thread of which nobody would hear; ends the process",
    "connector.ledger.engines.postgres_connection": "raised again by whoever asked",
    "connector.push.outbox": "raised again by whoever adds or flushes",
    "connector.sources.packages": "another package's code",
    "connector.sources.guarded": "another package's code",
    "connector.wiring.after_runs": "what is looked at beside runs",
}
"""Where a bug in one thing must not end the others; whoever tidies up and raises on is not meant."""


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = (
        {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
        if handler.type
        else {"all"}
    )
    raises_on = isinstance(last := handler.body[-1], ast.Raise) and last.exc is None
    return bool(caught & {"Exception", "BaseException", "all"}) and not raises_on


def test_whoever_catches_everything_is_named_with_the_reason() -> None:
    found = {
        name
        for name, path in MODULES.items()
        if name.split(".")[1:2] not in ([], ["sandbox"])
        and any(
            isinstance(node, ast.ExceptHandler) and _is_broad(node)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    assert found == set(BROAD)


def test_package_files_hold_a_docstring_and_nothing_else() -> None:
    packages = [path for path in ROOT.rglob("__init__.py") if "migrations" not in path.parts]
    assert len(packages) > 5
    for path in packages:
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert [type(node) for node in body] == [ast.Expr], path
        assert isinstance(body[0], ast.Expr)
        assert isinstance(body[0].value, ast.Constant), path


def test_every_module_says_what_it_is() -> None:
    for name, path in MODULES.items():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), name


def test_names_from_outside_are_the_standard_library_or_declared() -> None:
    used = {to.partition(".")[0] for imports in arrows().values() for to in imports}
    declared = (ROOT.parent / "pyproject.toml").read_text(encoding="utf-8").replace("-", "_")
    called = {"markupsafe": "jinja2", "sqlalchemy": "sqlmodel", "PIL": "pillow"}
    for one in used - set(sys.stdlib_module_names) - {"connector"}:
        assert f'"{called.get(one, one)}' in declared, one
