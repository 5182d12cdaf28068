"""
A ledger that the first release made (schema 0001): it is migrated by itself, and nothing that did not change is pushed.

The sample was made by that release against its own sandbox: a full run of the small world, a delta with a renamed file,
and a delta whose settings exclude a room; one file cannot be mapped. `intranet.json` is what the intranet had then.
"""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector.errors import LedgerError
from connector.ledger import database
from connector.ledger.engines import sqlite
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import ledger_file, small_world

THEN = datetime(2026, 9, 1, 8, tzinfo=UTC)
SAMPLE = Path(__file__).parents[1] / "samples" / "ledger_of_0001"


def put_back(near: Neighbourhood, small: Any) -> dict[str, Any]:
    """The ledger, the intranet, the settings and the rooms as that release left them; says what the intranet had."""
    had: dict[str, Any] = json.loads((SAMPLE / "intranet.json").read_text(encoding="utf-8"))
    near.rooms.rename(small.section, "Section through pier 2.txt")
    for item in near.rooms._items.values():
        item.created = item.last_modified = THEN
    near.values["sources.interaxo.mapping.file.title"] = (
        "{{ 1 / 0 if item.name == 'plan.pdf' else item.name }}"
    )
    near.values["sources.interaxo.rooms"] = ["*", "!tunnel"]
    near.clock.now = had["clock"]
    near.intranet.push_documents(had["documents"])
    near.intranet.push_users(had["users"])
    file = ledger_file(near)
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as db:
        db.executescript((SAMPLE / "ledger.sql").read_text(encoding="utf-8"))
    return had


async def test_the_first_releases_ledger_pushes_nothing_that_has_not_changed(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        had = put_back(near, small)
        before = near.found()
        assert before == near.expected() - {f"ix-{small.plan}"}, "the world is the one of the sample"
        # the entry that names somebody in a field stands there by that name now (docs/changes.md); nothing else changed
        for changed in ([f"ix-{small.rfi}"], []):
            near.clock.pass_seconds(900)
            mark = near.intranet.mark()
            report = await near.run("delta")
            assert near.intranet.pushed_since(mark) == changed, report.reasons
            assert sorted(one.id for one in report.held) == had["held"]
            assert report.documents.quarantined == 1
        near.clock.pass_seconds(900)
        report = await near.run("full")
        assert near.found() == before
        assert not near.intranet.deletions
        assert report.documents.updated == 0, report.reasons
        report = await near.run("delta", approve=report.run_id)
        assert near.found() == before - set(had["held"])


async def test_a_copy_of_the_ledger_stands_beside_it_before_it_is_migrated(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        put_back(near, small)
        await near.run("delta")
        copy = ledger_file(near).with_name(f"ledger.db.before-{database.revisions()[-1]}")
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        with closing(sqlite3.connect(copy)) as db:
            assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            (documents,) = db.execute("SELECT count(*) FROM documents").fetchone()
        assert documents == len(near.found())
        assert not list(copy.parent.glob("*.half"))


async def test_a_ledger_without_room_for_its_copy_is_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    async with small_world(tmp_path) as (near, small):
        put_back(near, small)
        monkeypatch.setattr(sqlite, "make_file", full)
        with pytest.raises(LedgerError, match=r"could not copy it first.*Free up to \d+ MB there") as told:
            near.app().ledger().__enter__()
        assert "earlier try" not in str(told.value)
        copy = ledger_file(near).with_name(f"ledger.db.before-{database.revisions()[-1]}")
        copy.write_bytes(b"of one that was killed")
        with pytest.raises(LedgerError, match=rf"{copy.name} is there from an earlier try.* may be deleted"):
            near.app().ledger().__enter__()
        assert copy.exists()
        with closing(sqlite3.connect(ledger_file(near))) as db:
            assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


async def test_what_is_kept_beside_a_document_tells_which_mapping_made_it(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        first = json.loads(near.document(small.plan)["SynchroniseState"])["m"]
        near.values["sources.interaxo.mapping.file.title"] = "{{ item.name }}, a file"
        await near.run("delta")
        assert first
        assert json.loads(near.document(small.plan)["SynchroniseState"])["m"] != first
