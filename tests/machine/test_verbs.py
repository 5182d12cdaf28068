"""Commands are named as they are typed on this machine, wherever they are told."""

from __future__ import annotations

import json

import pytest
import structlog

from connector.commands import screens
from connector.commands.csv_lines import line_of
from connector.commands.line_wrapping import wrap
from connector.commands.running import print_json
from connector.daemon import logs
from connector.machine.verbs import COMMAND, Theirs, as_typed_here, name_settings
from connector.notify.message_words import Lacking, RoomDigest, digest_letter
from connector.pages.rendering import commands
from connector.plan import order_words, words
from connector.plan.findings import Code, found

HERE = "sudo connector-ctl @north"


@pytest.fixture(autouse=True)
def beside_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMMAND, HERE)


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        ("Run: connector sync --approve 7", f"Run: {HERE} sync --approve 7"),
        ("<code>connector explain ix-1</code>", f"<code>{HERE} explain ix-1</code>"),
        ("connector runs 7; then: connector status", f"{HERE} runs 7; then: {HERE} status"),
        ("systemctl status interact-connector", "systemctl status interact-connector"),
        ("the connector syncs, and the connector is sure", "the connector syncs, and the connector is sure"),
        ("interact-connector sync", "interact-connector sync"),
        (f"{HERE} sync", f"{HERE} sync"),
    ],
)
def test_commands_are_named_as_they_are_typed_here(words: str, typed: str) -> None:
    assert as_typed_here(words) == typed
    assert as_typed_here(typed) == typed


@pytest.mark.parametrize("command", ["", '"; rm', "<b>", "a\nb", "\\"])
def test_what_could_not_stand_in_a_page_is_passed_over(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMMAND, command)
    assert as_typed_here("connector sync") == "connector sync"


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("north.toml", "north.toml"),
        ("/srv/settings of north.toml", "'/srv/settings of north.toml'"),
        ('odd".toml', None),
    ],
)
def test_who_named_the_settings_finds_them_in_each_command(
    file: str, named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(COMMAND)
    name_settings(file)
    try:
        words = "Run: connector sync --approve 01NOSUCHRUN"
        typed = as_typed_here(words)
        assert as_typed_here(typed) == typed
        assert list(wrap(words, 60)) == (["Run:", typed.removeprefix("Run: ")] if named else [typed])
        monkeypatch.setenv(COMMAND, HERE)
        assert as_typed_here("connector sync") == f"{HERE} sync", "beside a service its own are meant"
    finally:
        name_settings("")
    assert typed == (words.replace("connector", f"connector --settings {named}") if named else words)


def test_screens_json_and_logs_name_them_alike(capsys: pytest.CaptureFixture[str]) -> None:
    screens.console().print("Run: connector check")
    screens.say("connector check, please")
    print_json({"reasons": ["Run: connector check"]})
    told = capsys.readouterr().out
    assert told.count(f"{HERE} check") == 3
    logs.set_up(style="json", secrets=[])

    structlog.get_logger().info("run.finished", reasons=["Run: connector check"])
    assert json.loads(capsys.readouterr().err)["reasons"] == [f"Run: {HERE} check"]


TITLE = "connector hide ix-1 now.txt"
SHOWN = TITLE.replace("connector ", "connector\u00a0")
"""A document that is called like a command: in a sentence of ours its space is one that no command has."""


def test_a_title_that_reads_like_a_command_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    for words_of_ours in (
        order_words.was_hidden(TITLE, 1, done=True),
        order_words.was_shown(TITLE, 1, above=""),
        order_words.asks_to_forget(TITLE, 1),
        words.say(found(Code.UNREADABLE, title=TITLE, id="ix-2", why="no answer"), run_id="01R"),
    ):
        assert as_typed_here(words_of_ours).startswith(SHOWN)
        assert "hide" not in "".join(str(commands(words_of_ours)).split("<code>")[1:]), "told as one to copy"
    print_json({"title": TITLE, "folders": [TITLE], "reasons": ["Run: connector check"]})
    assert json.loads(capsys.readouterr().out) == {
        "title": TITLE, "folders": [TITLE], "reasons": [f"Run: {HERE} check"],
    }  # fmt: skip
    lacking = Lacking(words="It is broken.", remedy="Run: connector check", count=1, titles=(TITLE,))
    mail = digest_letter(
        [RoomDigest(room="R", findable=1, without_text=(lacking,))], [], shown_as=as_typed_here
    )
    assert (SHOWN in mail.text, f"{HERE} check" in mail.text) == (True, True)
    assert line_of((Theirs(TITLE), "connector check")) == f"{TITLE},{HERE} check\r\n"
    one = {"title": TITLE, "id": "ix-1", "message": "refused. Run: connector check", "attempts": 1}
    screens.show_quarantine([one | {"first_seen": "2026-11-21T03:30:00Z", "next_try": "next run"}])
    told = capsys.readouterr().out
    assert (TITLE in told, f"{HERE} check" in told) == (True, True)
