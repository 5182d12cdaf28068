"""The logs: no secret and no content, whatever happens; names only where a setting allows them."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import logging
import os
import re
import sys
from pathlib import Path

import msgspec
import pytest
import structlog

from connector.daemon import logs
from connector.ports.matching import record_id
from connector.sandbox.faults import RESET_BEFORE, Fault, Instead, Redirect, Status
from tests.estates import Small, furnish_small
from tests.neighbourhood import neighbourhood, write_settings
from tests.people.estate import address, estate

PLANTED = "planted-9c41-in-every-secret"


@pytest.fixture(autouse=True)
def restored() -> object:
    """Leave the standard library's logging as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_secrets_are_hidden_in_values_lists_and_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(style="json", secrets=[PLANTED])
    log = structlog.get_logger()
    try:
        int(f"Bearer {PLANTED}")
    except ValueError:
        log.exception("bug", key=PLANTED, inner={"deep": [f"x{PLANTED}y"]})
    told = capsys.readouterr().err
    assert PLANTED not in told
    assert events(told)[0]["inner"] == {"deep": ["x***y"]}


def test_what_libraries_log_is_hidden_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(style="json", secrets=[PLANTED])
    logging.getLogger("some.library").warning("sent %s", PLANTED)
    logging.getLogger("some.library").info("chatter")
    told = events(capsys.readouterr().err)
    assert [(one["event"], one["library"], one["message"]) for one in told] == [
        ("library.message", "some.library", "sent ***")
    ]


@pytest.mark.parametrize(("names", "shown"), [(False, "***"), (True, "Salary review")])
def test_names_are_told_only_where_a_setting_allows_it(
    capsys: pytest.CaptureFixture[str], names: bool, shown: str
) -> None:
    logs.set_up(style="json", secrets=[], names=names)
    structlog.get_logger().info("document.parked", title="Salary review", document="ix-1")
    told = events(capsys.readouterr().err)[0]
    assert told["title"] == shown
    assert told["document"] == "ix-1"


async def test_no_output_of_a_whole_scenario_holds_a_secret_or_a_text(tmp_path: Path) -> None:
    """Runs that succeed, are refused, redirected, broken and braked; every command; standard output and error."""
    small: list[Small] = []
    async with neighbourhood(tmp_path, lambda world: small.append(furnish_small(world))) as near:
        near.values["service.token"] = f"{PLANTED}-token"
        near.values["sources.interaxo.content"] = True
        near.values["http.attempts"] = 2
        near.values["http.backoff_max_s"] = 0.1
        near.values["safety.max_deletes"] = 0
        file = await asyncio.to_thread(write_settings, near)
        said = ""

        async def command(*verb: str) -> None:
            nonlocal said
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "connector",
                "--settings",
                str(file),
                *verb,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            out, _ = await asyncio.wait_for(process.communicate(), 60)
            said += out.decode()

        await command("sync", "--mode", "full")
        near.rooms.remove(small[0].site)
        near.wire.add(Fault("* *addupdate", Status(401)))
        near.wire.add(Fault("* *children*", Redirect("https://evil.example.com/")))
        near.wire.add(Fault("* *mentionable*", Status(503, page=True)))
        await command("sync")
        near.wire.clear()
        near.wire.add(Fault("* /oauth/token", Status(401), times=None))
        await command("sync")
        near.wire.clear()
        for verb in (["sync", "--json"], ["status"], ["runs", "--json"], ["exchanges"], ["check"]):
            await command(*verb)
        secrets = [*near.app().settings.secrets(), f"{PLANTED}-token"]
    assert said.count("run.finished") == 4
    assert "braked" in said
    for secret in secrets:
        assert secret not in said
    for content in ("Which bolts", "goes into the flange", "a section", "kari@example.com", "Kari Nordmann"):
        assert content not in said


async def test_a_call_about_somebody_that_fails_names_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An id of a person may be an address."""
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, _):
        near.values |= {"http.attempts": 2, "http.backoff_max_s": 0.01}
        logs.set_up(style="json", secrets=[])
        for match in ("GET */people/kari*", "GET */people/ola*/groups"):
            near.wire.add(Fault(match, Status(503)))
            near.wire.add(Fault(match, RESET_BEFORE, times=3))
        await near.run("full")
    told = capsys.readouterr().err
    assert "people/{person}" in told
    assert "example.com" not in told.replace("ix.example.com", "")
    assert "kari" not in told.lower()


@pytest.mark.parametrize("code", [2, 99])
async def test_whom_and_what_interact_names_in_a_refusal_no_log_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: int
) -> None:
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.rename(small.report, "Merger.txt")
        for path, identifier, words in (
            ("users", record_id(address("kari")), f"{address('kari')} is of two people"),
            ("docs", f"ix-{small.report}", "The title Merger.txt is taken"),
        ):
            problem = {"ErrorCode": code, "ErrorMessage": words}
            errors = [{"HasError": True, "GloballyUniqueId": identifier, "Errors": [problem]}]
            answer = {"HasErrors": True, "Errors": errors, "AddedUpdated": [], "Added": [], "Updated": []}
            body = msgspec.json.encode({**answer, "NotFound": []})
            near.wire.add(Fault(f"PUT *{path}/addupdate", Instead(body), times=None))
        logs.set_up(style="json", secrets=[])
        report = await near.run("full")
        told = capsys.readouterr().err
    assert "document.quarantined" in told
    assert (code == 99) == any(address("kari") in one for one in report.reasons)
    assert address("kari") not in told
    assert "Merger" not in told


# -- where they cannot be written -----------------------------------------------------------------


class Broken(io.StringIO):
    """A stream whose reader is gone, or whose disk is full."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code

    def write(self, _text: str) -> int:
        raise OSError(self.code, os.strerror(self.code))


@pytest.mark.parametrize("code", [errno.EPIPE, errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("style", ["json", "console"])
def test_a_line_that_cannot_be_written_is_lost_and_nothing_else(
    style: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(style=style, secrets=[])
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", Broken(code))
        for log in (
            structlog.get_logger().warning,
            structlog.get_logger().exception,
            logging.getLogger("x").error,
        ):
            log("lost")
    structlog.get_logger().warning("told")
    assert "told" in capsys.readouterr().err


@pytest.mark.parametrize("stream", [None, io.StringIO()])
def test_without_a_standard_error_nothing_ends(
    stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.set_up(style="json", secrets=[])
    if stream is not None:
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    structlog.get_logger().warning("lost")


def test_a_record_of_a_library_that_cannot_be_formatted_is_still_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up(style="json", secrets=[])
    logging.getLogger("some.library").warning("sent %d", "x")
    assert events(capsys.readouterr().err)[0]["message"] == "sent %d"


def test_what_a_library_says_again_and_again_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(style="json", secrets=[])
    (handler,) = logging.getLogger().handlers
    now = [0.0]
    handler._clock = lambda: now[0]  # type: ignore[attr-defined]
    library = logging.getLogger("some.library")
    for second in range(300):
        now[0] = float(second)
        library.warning("Exception in the thread for runs: no answer, try %d", second)
        library.warning("Exception in the thread for rooms: no answer, try %d", second)
        library.error("odd: %d", second)
    now[0] = logs.AGAIN_S
    library.warning("Exception in the thread for runs: still no answer")
    told = events(capsys.readouterr().err)
    assert [one["message"] for one in told if one["level"] == "warning"] == [
        "Exception in the thread for runs: no answer, try 0",
        "Exception in the thread for rooms: no answer, try 0",
        "Exception in the thread for runs: still no answer",
    ]
    assert [one.get("repeated") for one in (told[0], told[-1])] == [None, 299]
    assert len([one for one in told if one["level"] == "error"]) == 300, "they differ"


def test_each_traceback_of_a_library_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(style="json", secrets=[])
    for number in range(2):
        try:
            int(f"x{number}")
        except ValueError:
            logging.getLogger("some.library").exception("Exception in an application")
    told = events(capsys.readouterr().err)
    assert ["x0" in str(told[0]["exception"]), "x1" in str(told[1]["exception"])] == [True, True]


def test_the_console_shows_one_line_and_no_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(style="console", secrets=[])
    for odd in ("x\x1b[2J", "bad\n2026-01-01 [info] run.finished\x1b[2J", "\x9b2J", "\u202efdp"):
        structlog.get_logger().warning("document.quarantined", why=odd, inner=[{"deep": odd}])
    err = capsys.readouterr().err
    assert err.count("\n") == 4
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", err)
