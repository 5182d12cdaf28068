"""The screens of the terminal, each compared with how it looks at three widths; and what no title may do to them."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.core import TyperGroup
from typer.main import get_command

from connector.commands import screens
from connector.commands.line_wrapping import wrap
from connector.commands.progress import Counts, progress_line
from connector.commands.progress_bar import SPINNER, Bar
from connector.document.printable import called, printable, safe_json
from connector.machine.verbs import COMMAND, VERBS
from connector.plan.state_words import STATES
from tests.commands.shown import FOLDER, SHOWN, WIDTHS, counts, shown
from tests.commands.shown_names import ID, RUN, TITLES
from tests.commands.shown_runs import REPORT
from tests.commands.shown_standing import STATUS

MAY_PASS = re.compile(
    r"(connector [a-z ]+(--[a-z-]+ ?[\w-]*|\[ID\]\.\.\.)?|\S*[/@_=:.\d-]\S*|\d+\. [A-Z]+ \S+)\.?,?"
)
"""What may be wider than the terminal: a command, an id, a path or an address, on a line of its own."""
ODD_TITLES = [
    "[/]",
    "[/red] plan",
    "[red]x[/blue]",
    "[link=https://evil.example]plan[/link]",
    "plan [1/2] [A].pdf",
    ":warning: plan",
    "\x1b]0;owned\x07\x1b[2Jplan",
    "plan\nsucceeded  full run",
    "\u202efdp.exe",
    "\x9b2Jplan",
    "lone \ud83d",
]


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TERM", COMMAND):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SHOWN)
def test_each_screen_looks_as_it_should(name: str, width: int) -> None:
    golden = (FOLDER / str(width) / f"{name}.txt").read_text(encoding="utf-8")
    assert shown(name, width) == golden, "if it should look so now: make screens"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SHOWN)
def test_only_what_is_copied_passes_the_width(name: str, width: int) -> None:
    for line in shown(name, width).splitlines():
        assert cell_len(line) <= width or MAY_PASS.fullmatch(line.strip()), line


def test_of_more_removals_than_are_handed_over_the_number_is_of_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gone = [
        {"id": f"ix-{n}", "title": f"Plan {n}", "why": "gone", "code": "approved", "approved": True}
        for n in range(1_000)
    ]
    screens.show_report({**REPORT, "removed_documents": gone, "removed_more": 4_000})
    told = capsys.readouterr().out
    assert "removed by id: 5000 documents" in told
    assert "Plan 0: gone; approved" in told
    assert "and 4980 more: connector documents --state removed" in " ".join(told.split())


@pytest.mark.parametrize("columns", ["0", "00", "none", ""])
def test_a_terminal_that_tells_no_width_shows_everything(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    show, told = SHOWN["status"]
    monkeypatch.setenv("COLUMNS", columns)
    show(told)
    out = capsys.readouterr().out
    assert out == (FOLDER / "80" / "status.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("reasons", [[], STATUS["targets"]["intranet"]["texts"]["reasons"]])
def test_files_without_text_are_listed_only_where_there_are_any(
    reasons: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    target = STATUS["targets"]["intranet"]
    told = {**target, "texts": {**target["texts"], "with": 40, "reasons": reasons}}
    screens.show_status({**STATUS, "targets": {"intranet": told}})
    shown = capsys.readouterr().out
    assert "40 files have text." in shown
    assert ("--state without-text" in shown) is bool(reasons)


def test_no_golden_file_is_left_over() -> None:
    assert {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.txt")} == {
        f"{width}/{name}.txt" for width in WIDTHS for name in SHOWN
    }


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("outcome", screens.COLOURS)
@pytest.mark.parametrize("mode", ["backfill", "delta", "full"])
def test_a_list_of_runs_cuts_no_word_short(
    outcome: str, mode: str, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    reasons = [
        "The source answered 503 to every call for ten minutes, so it is left to the next run. " * 2,
        "more",
    ]
    run = {**REPORT, "mode": mode, "outcome": outcome, "dry_run": True, "reasons": reasons, "removed": 12_345}
    screens.show_runs([run], "Asia/Tokyo")
    told = capsys.readouterr().out
    _, line, *_ = told.splitlines()
    assert line.startswith(f"2026-11-21 11:30  {mode:<8}  {outcome}"), "the time of the schedule's zone"
    flat = " ".join(told.split())
    assert f"{RUN} {reasons[0].strip()} (and 1 more reason: connector runs {RUN})" in flat
    assert "dry run: 3 to add, 7 to update, 12345 to remove" in flat


def test_no_screen_is_without_a_golden_file() -> None:
    told = {name for name in vars(screens) if name.startswith("show_")}
    used = {name for name in told for show, _ in SHOWN.values() if uses(show, getattr(screens, name))}
    assert told == used


def uses(show: Any, screen: Any) -> bool:
    return show is screen or screen in [
        cell.cell_contents for cell in getattr(show, "__closure__", None) or ()
    ]


def with_title(value: Any, title: str) -> Any:
    """The same values, with every word that somebody else may have written replaced."""
    if isinstance(value, dict):
        return {
            key: title
            if key in {"title", "message", "text", "why", "person", "name", "words", "TextValue", "Key"}
            and isinstance(one, str)
            else with_title(one, title)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [title if isinstance(one, str) else with_title(one, title) for one in value]
    return value


OF_OTHERS = [name for name in SHOWN if not name.startswith(("demo", "progress", "error"))]
"""Screens that show what others wrote."""


@pytest.mark.parametrize("title", ODD_TITLES)
@pytest.mark.parametrize("name", OF_OTHERS)
def test_no_title_steers_a_terminal_or_ends_a_command(
    name: str, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show, told = SHOWN[name]
    before = json.dumps(told)
    show(with_title(told, title))
    out = capsys.readouterr().out
    assert json.dumps(told) == before
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", out)
    if "\n" in title:
        show(with_title(told, title.replace("\n", " ")))
        assert capsys.readouterr().out == out or "text" in told, "no title forges a line"


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        (["gone"], ["and 192 more"]),
        (["gone", "left out"], ["and 30 more", "and 112 more, for these reasons or others"]),
    ],
)
def test_what_waits_is_counted_beyond_the_hundred_that_a_report_names(
    reasons: list[str], told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    held = [
        {"id": f"x{n}", "title": "t", "reason": reasons[n % len(reasons)], "code": "brake"}
        for n in range(100)
    ]
    screens.show_report({**REPORT, "held": held, "documents": {**REPORT["documents"], "held": 211}})
    out = capsys.readouterr().out
    assert [line.strip() for line in out.splitlines() if line.strip().startswith("and ")][
        -len(told) :
    ] == told


@pytest.mark.parametrize("title", ODD_TITLES[:6])
def test_a_title_is_shown_as_it_is(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    screens.show_report(
        {**REPORT, "held": [{"id": "x", "title": title, "reason": "brake"}], "reasons": [title]}
    )
    screens.show_quarantine([{**SHOWN["quarantine"][1][0], "title": title}])
    screens.show_explanation({**SHOWN["explanation"][1], "title": title})
    assert capsys.readouterr().out.count(title) == 4


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "utf-8"])
def test_every_screen_can_be_written_in_any_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    from connector.machine import streams

    streams.prepare()
    for name in OF_OTHERS:
        show, told = SHOWN[name]
        show(with_title(told, "Plan “A” – Łódź 橋 \ud83d"))
    sys.stdout.flush()
    assert b"Plan " in raw.getvalue()


# -- lines -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_no_sign_is_lost_and_no_letter_parted_where_lines_break(title: str, width: int) -> None:
    plain = printable(title)
    lines = list(wrap(f"{plain} {plain}", width, first="- ", by=2))
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(f"-{plain}{plain}".split())
    assert not any(re.match("[\u0300-\u036f\u200d\U0001f3fb-\U0001f3ff]", line.strip()) for line in lines)


def test_a_command_is_never_broken_and_is_named_as_it_is_typed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    words = f"Twelve documents are on hold. To approve: connector sync --approve {RUN}. To see: connector check tells more"
    told = list(wrap(words, 60))
    assert told[1:] == [f"connector sync --approve {RUN}. To see:", "connector check tells more"]
    monkeypatch.setenv(COMMAND, "docker compose -f deploy/compose.yaml exec connector connector")
    told = list(wrap(words, 60))
    assert f"docker compose -f deploy/compose.yaml exec connector connector sync --approve {RUN}." in told


@pytest.mark.parametrize("verb", ["hide", "unhide", "forget", "explain"])
@pytest.mark.parametrize("named", [ID, "kari.nordmann@example.com", "https://example.com/a/1"])
def test_a_command_is_not_parted_from_what_it_names(verb: str, named: str) -> None:
    words = f"It is hidden with the folder above it. To see what can be done: connector {verb} {named}"
    assert list(wrap(words, 80))[-1] == f"connector {verb} {named}"


def below(verb: str) -> list[str]:
    """Verbs below one."""
    made = get_command(import_module(f"connector.commands.{verb}").verb)
    return [*made.commands] if isinstance(made, TyperGroup) else []


WORDED = [
    *(f"{verb} {one}" for verb in VERBS for one in below(verb)),
    *(f"documents --state {one}" for one in STATES),
    *("sync --mode full", "sync --mode delta", "documents --duplicates --csv", "ledger verify --all"),
]


@pytest.mark.parametrize("command", ["", "docker compose -f deploy/compose.yaml exec connector connector"])
@pytest.mark.parametrize("words", WORDED)
def test_a_command_is_not_parted_from_its_words(
    words: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(COMMAND, command)
    whole = f"{command or 'connector'} {words}"
    for before in range(80):
        lines = list(wrap(f"{'x' * before} connector {words}, and then", 80))
        assert any(whole in line for line in lines), lines


@pytest.mark.parametrize("file", ["/srv/intranet/settings.toml", "'/srv/our intranet/settings.toml'"])
def test_a_command_with_its_settings_is_never_broken_either(file: str) -> None:
    words = (
        f"Settings were written to a file of this machine. Try: connector --settings {file} backfill and see"
    )
    assert f"connector --settings {file} backfill and see" in list(wrap(words, 80))


def test_what_is_copied_stands_whole_on_a_line_of_its_own() -> None:
    address = f"https://interaxo.example.com/app/{ID}/{ID}"
    assert list(wrap(f"It is at {address} today", 60, by=4)) == ["It is at", f"    {address}", "    today"]


# -- the line of a run that somebody watches -----------------------------------------------------------


def line_of(how_far: Counts) -> Callable[[float, int], str]:
    return lambda seconds, width: progress_line(how_far, seconds, width)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize(
    ("items", "seconds", "expected"), [(0, 0.0, 0), (468, 65.0, 1_000_000), (990_000, 360_000.0, 1_000_000)]
)
def test_the_progress_line_is_one_line_at_any_width(
    items: int, seconds: float, expected: int, width: int
) -> None:
    out = io.StringIO()
    screen = Console(file=out, width=width, force_terminal=True, soft_wrap=True)
    clock = iter([0.0, *[seconds] * 1_000])
    with Bar(line_of(counts(items, items, expected)), console=screen, clock=lambda: next(clock)) as bar:
        bar._progress.refresh()
    lines = [re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", one) for one in re.split("[\r\n]+", out.getvalue())]
    shown = {line.rstrip()[SPINNER:] for line in lines if "items" in line}  # that turns as time passes
    assert len(shown) == 1
    (line,) = shown
    assert len(line) <= width - SPINNER
    assert f"{items}" in line
    assert ("rest not known yet" in line) is (seconds > 0 and width > 40)


def test_what_is_written_during_a_run_stands_above_its_line() -> None:
    out = io.StringIO()
    screen = Console(file=out, width=80, force_terminal=True, soft_wrap=True)
    with Bar(line_of(counts(1, 1, 0)), console=screen):
        sys.stderr.write("no answer from api.example.com, 2nd of 5 tries\n")
    (line,) = [one for one in out.getvalue().split("\n") if "no answer" in one]
    assert line.endswith("no answer from api.example.com, 2nd of 5 tries")


def test_json_escapes_what_a_terminal_would_obey() -> None:
    told = {"title": "a\x1b[2J\x9b2J\u202e\ud83d ø"}
    written = safe_json(json.dumps(told, ensure_ascii=False))
    assert json.loads(written) == told
    assert written.isprintable()
    assert "ø" in written


def test_printable_keeps_what_letters_need() -> None:
    assert printable("crème brûlée 👨‍👩‍👧 نمی‌خواهم") == "crème brûlée 👨‍👩‍👧 نمی‌خواهم"
    assert printable("a\r\nb\tc\u2028d") == "a b c d"
    assert printable("a\r\nb", lines=True) == "a \nb"


@pytest.mark.parametrize("title", ["", " ", "\u200b", "\u00a0\u200d\ufeff", "\n"])
def test_what_nobody_can_see_is_no_name(title: str) -> None:
    assert called(title, "ix-7") == "ix-7"
    assert called(f"{title}a", "ix-7") == f"{title}a"
