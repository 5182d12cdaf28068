"""The suite that every source passes tells what is wrong with one that does not, in words for whoever writes it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.conformance.blocking_calls import watched
from connector.conformance.example.source import NOTES, Notes
from connector.conformance.example.world import notes_world
from connector.conformance.suite import Conformance
from connector.conformance.world import Now, World
from connector.document.audience import NOBODY, make_audience
from connector.document.document import Document, Listed
from connector.ports.source import Page


class Suite(Conformance):
    """Of the example; called `Suite`, so that pytest plays it only here."""

    kinds = (NOTES,)

    def world(self, folder: Path, now: Now) -> AbstractAsyncContextManager[World]:
        return notes_world(folder)


FORM = Suite.test_what_it_tells_is_of_the_promised_form_and_the_same_when_read_again
LOOP = Suite.test_nothing_of_it_keeps_the_event_loop_waiting
RIGHTS = Suite.test_what_nobody_tells_the_rights_of_is_shown_to_nobody_new
FOUND = Suite.test_what_is_there_is_found_once_by_whoever_may_see_it
LISTED, MADE = Notes._listed, Notes.document


async def read_at_once(self: Notes, _: object) -> None:
    self._read()


async def twice(self: Notes, *_: Any, **__: Any) -> Any:
    yield Page(rows=2 * [self._listed(note) for note in self._notes.values()], proof=b"whole")


async def no_proof(self: Notes, *_: Any, **__: Any) -> Any:
    yield Page(rows=[self._listed(note) for note in self._notes.values()])


def row_with(**changes: Any) -> Callable[[Notes, Any], Listed]:
    return lambda self, note: msgspec.structs.replace(LISTED(self, note), **changes)


def made_with(make: Callable[[], Any], key: str = "modified") -> Callable[[Notes, Listed], Any]:
    async def document(self: Notes, listed: Listed) -> Document:
        return msgspec.structs.replace(await MADE(self, listed), **{key: make()})

    return document


@pytest.mark.parametrize(
    ("name", "what", "test", "words"),
    [
        ("open", read_at_once, LOOP, r"do it in a thread: source\.py, line \d+, in _read: lists a folder"),
        ("children", twice, FORM, r"the listing of tested/notes names nt-note-0-anchovies 2 times"),
        ("children", no_proof, FOUND, r"the listing of tested/notes has no proof of its end"),
        ("_id", lambda self, name: "nt-same", FORM, r"nt-same is the id of 'note-0-anchovies' and of"),
        ("_id", lambda self, name: f"ix-{name}", FORM, r"ix-note-0-anchovies does not begin with nt-"),
        ("_id", lambda self, name: f"nt-{name}.md", FORM, r"is not made by document_id"),
        ("_listed", row_with(version=b""), FORM, r"nt-note-0-anchovies has no version"),
        ("_listed", row_with(audience=make_audience(["notes:user:Anna"])), FORM, r"'notes:user:Anna' is not made by user_identity"),
        ("_listed", row_with(audience=make_audience(["a"], public=True)), FORM, r"is for everybody, and no setting"),
        ("document", made_with(lambda: datetime(2026, 11, 1)), FORM, r"modified has no time zone"),  # noqa: DTZ001
        ("document", made_with(iter("abcdefgh").__next__, "author"), FORM, r"has another author when it is read again"),
        ("document", made_with(lambda: None, "title"), FORM, r"title is NoneType"),
        ("_audience", staticmethod(lambda note: make_audience(note.readers) if note.readers else NOBODY), RIGHTS, r"not known is not nobody"),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_words(
    name: str, what: Any, test: Any, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Notes, name, what)
    with pytest.raises(AssertionError, match=words):
        test(Suite(), tmp_path)


def connected_to_nobody() -> None:
    with suppress(OSError), socket.socket() as door:
        door.connect(("127.0.0.1", 0))


async def test_what_keeps_the_loop_waiting_is_found_where_it_does() -> None:
    with watched(__name__, world="") as found:
        time.sleep(0)  # noqa: ASYNC251 - that is the fault
        await asyncio.to_thread(time.sleep, 0)
        connected_to_nobody()
        await asyncio.to_thread(connected_to_nobody)
    assert sorted(one.partition(", in ")[2] for one in found) == [
        "connected_to_nobody: waits for a connection",
        "test_what_keeps_the_loop_waiting_is_found_where_it_does: sleeps",
    ]
    time.sleep(0)  # noqa: ASYNC251 - nobody looks any more
    assert len(found) == 2
