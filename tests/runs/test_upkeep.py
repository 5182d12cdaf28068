"""`ledger verify | rebuild | prune`: drift is noticed and mended, a lost ledger made anew, history cleared."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from connector.ledger.compared import LastCompared, read_compared
from connector.plan.compared_words import NO_NOTES
from connector.plan.findings import Code
from connector.runs import comparing
from connector.sandbox.faults import Call, Fault, Status
from tests import ledgers
from tests.estates import Small, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.rules.ground import files_of, plain_world

DAY = 86_400.0


async def test_all_is_well_is_said_only_when_it_is(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        nothing = await near.app().verify("intranet", sample=None)
        assert "nothing was checked" in nothing.words()
        await near.run("full")
        told = await near.app().verify("intranet", sample=None)
        assert (told.asked, told.right, told.drift) == (14, 14, {})
        assert told.words() == "14 documents checked, and all are in the intranet as the ledger says."
        one = (await near.app().verify("intranet", sample=1)).words()
        assert one.startswith("1 document of 14 checked, and this one is in the intranet as the ledger says.")


async def test_a_document_that_the_intranet_lost_is_named_and_pushed_again(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        lost = sorted(near.found())[3]
        del near.intranet.documents[lost]
        told = await near.app().verify("intranet", sample=None)
        assert told.drift == {"missing": 1}
        assert [one.id for one in told.found] == [lost]
        mark = near.intranet.mark()
        await near.run("delta")
        assert near.intranet.pushed_since(mark) == [lost]


async def test_a_document_that_somebody_changed_is_pushed_again(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        changed = sorted(near.found())[3]
        near.intranet.documents[changed].state = None  # as resetstate leaves it
        told = await near.app().verify("intranet", sample=None)
        assert told.drift == {"without our note": 1}
        mark = near.intranet.mark()
        await near.run("delta")
        assert near.intranet.pushed_since(mark) == [changed]


def without_notes(near: Neighbourhood) -> None:
    """The intranet keeps nothing beside documents."""
    for one in near.intranet.documents.values():
        one.state = None


async def test_an_intranet_that_keeps_no_notes_is_asked_only_whether_it_has_the_documents(
    tmp_path: Path,
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        for before in ("nobody looked yet", "a run met none"):
            without_notes(near)
            told = await near.app().verify("intranet", sample=None)
            assert (told.asked, told.right, told.drift) == (14, 14, {}), before
            assert (told.notes_are_kept, told.everything_is_pushed_again) == (False, False)
            assert told.words().endswith(NO_NOTES)
            mark = near.intranet.mark()
            await near.run("delta")
            assert not near.intranet.pushed_since(mark), before
        lost = sorted(near.found())[3]
        del near.intranet.documents[lost]
        told = await near.app().verify("intranet", sample=None)
        assert (told.drift, [one.id for one in told.found]) == ({"missing": 1}, [lost])


async def test_notes_that_were_reset_in_an_intranet_that_keeps_them_are_sent_again(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        for _ in range(2):
            await near.run("full")
        without_notes(near)
        told = await near.app().verify("intranet", sample=None)
        assert (told.drift, told.everything_is_pushed_again) == ({"without our note": 14}, True)
        await near.run("delta")
        assert (await near.app().verify("intranet", sample=None)).drift == {}


async def test_the_last_comparison_is_kept_of_a_full_run_and_of_the_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:

        def last() -> LastCompared | None:
            with near.app().ledger() as ledger:
                return read_compared(ledger.notes(""), "intranet")

        await near.run("full")
        assert last() is None
        with a_slice_of(monkeypatch, 7):
            report = await near.run("full")
        one = last()
        assert one is not None
        assert one == LastCompared(at=one.at, run_id=report.run_id, asked=7)
        assert report.started <= one.at <= near.clock()
        await near.app().verify("intranet", sample=5)
        other = last()
        assert other is not None
        assert other == LastCompared(at=other.at, asked=5)
        assert other.at > one.at


async def test_an_emptied_intranet_gets_everything_again(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        near.intranet.documents.clear()
        told = await near.app().verify("intranet", sample=12)
        assert told.everything_is_pushed_again
        await near.run("delta")
        assert near.found() == near.expected()


async def test_a_sample_asks_no_more_than_it_was_told(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        before = len(near.wire.calls)
        told = await near.app().verify("intranet", sample=5)
        assert told.asked == len(near.wire.calls) - before == 5


@ledgers.IN_A_FILE
async def test_a_rebuilt_ledger_pushes_only_what_is_not_right(tmp_path: Path) -> None:
    small: list[Small] = []
    async with neighbourhood(tmp_path, lambda world: small.append(furnish_small(world))) as near:
        await near.run("full")
        near.rooms.rename(small[0].plan, "renamed.pdf")
        (ledger_of(near)).unlink()
        mark = near.intranet.mark()
        report, aside = await near.app().rebuild("intranet")
        assert aside == ""
        assert report.outcome == "succeeded"
        rooms = {f"ix-{small[0].bridge}", f"ix-{small[0].tunnel}"}  # they carry the new ledger's name
        assert set(near.intranet.pushed_since(mark)) - rooms == {f"ix-{small[0].plan}"}
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert not near.intranet.pushed_since(mark)
        assert near.found() == near.expected()


@ledgers.IN_A_FILE
async def test_rebuilding_sets_the_old_ledger_aside(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        _, aside = await near.app().rebuild("intranet")
        assert aside
        with closing(sqlite3.connect(aside)) as old:
            assert old.execute("SELECT count(*) FROM documents").fetchone() == (14,)


async def test_pruning_touches_no_document_and_keeps_what_counts(tmp_path: Path) -> None:
    small: list[Small] = []
    async with neighbourhood(tmp_path, lambda world: small.append(furnish_small(world))) as near:
        for _ in range(3):
            await near.run("full")
        near.rooms.remove(small[0].plan)
        await near.run("delta")
        near.clock.pass_seconds(100 * DAY)
        await near.run("full")
        app = near.app()
        with app.ledger() as ledger:
            cleared = ledger.prune(before=near.clock() - 90 * DAY)
            assert (cleared["runs"], cleared["removals"]) == (3, 1)
            assert [run.mode for run in ledger.runs("intranet").recent(10)] == ["full", "delta"]
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert report.outcome == "succeeded"
        assert not near.intranet.pushed_since(mark)


def ledger_of(near: Neighbourhood) -> Path:
    return near.folder / "var" / "ledger.db"


@contextmanager
def a_slice_of(monkeypatch: pytest.MonkeyPatch, documents: int) -> Iterator[None]:
    """Fourteen documents have their turn in so many at once."""
    with monkeypatch.context() as patch:
        patch.setattr(comparing, "TURNS", 14 // documents)
        yield


def asked_states(near: Neighbourhood) -> list[str]:
    """Ids whose state was asked for since the wire was last cleared, before anything was pushed."""
    paths = [call.path for call in near.wire.calls]
    pushed = next(at for at, path in enumerate(paths) if path.endswith("docs/addupdate"))
    return [
        dict(parse_qsl(call.query))["docId"]
        for call in near.wire.calls[:pushed]
        if call.path.endswith("docs/state")
    ]


async def test_full_runs_look_for_a_slice_of_the_documents_until_each_had_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        rooms = {f"ix-{one}" for one in near.rooms.rooms}
        looked: list[str] = []
        with a_slice_of(monkeypatch, 7):
            for _ in range(2):
                near.wire.clear()
                await near.run("full")
                looked += asked_states(near)
            near.wire.clear()
            await near.run()
        assert set(looked) == near.found()
        assert len([one for one in looked if one not in rooms]) <= 14, "beside the notes of rooms"
        assert not [
            call
            for call in near.wire.calls
            if call.path.endswith("docs/state") and dict(parse_qsl(call.query))["docId"] not in rooms
        ]


async def test_a_full_run_asks_for_its_slice_while_it_lists_rooms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        near.wire.clear()
        with a_slice_of(monkeypatch, 14):
            await near.run("full")
        paths = [call.path for call in near.wire.calls]
        listed = max(at for at, path in enumerate(paths) if path.endswith("/rooms"))
        assert any(path.endswith("docs/state") for path in paths[:listed])


async def test_a_full_run_tells_of_a_document_that_the_intranet_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        rooms = {f"ix-{one}" for one in near.rooms.rooms}
        lost = sorted(near.found() - rooms)[3]
        del near.intranet.documents[lost]
        with a_slice_of(monkeypatch, 14):
            report = await near.run("full")
        assert Code.NOT_AS_NOTED in {one.code for one in report.findings}
        assert report.outcome == "succeeded"
        assert near.found() == near.expected()
        assert (await near.app().verify("intranet", sample=None)).drift == {}


async def test_a_full_run_does_without_what_the_intranet_does_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        rooms = {f"ix-{one}" for one in near.rooms.rooms}

        def of_another(call: Call) -> bool:
            return call.path.endswith("docs/state") and dict(parse_qsl(call.query))["docId"] not in rooms

        near.wire.add(Fault(of_another, Status(403), times=None))
        with a_slice_of(monkeypatch, 14):
            report = await near.run("full")
        assert (report.outcome, report.reasons) == ("succeeded", [])


async def test_what_was_removed_before_the_history_was_cleared_pulls_no_brake(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=60, omega=60) as (near, roots):
        await near.run("full")
        for one in files_of(near, roots["alpha"])[:20]:
            near.rooms.remove(one)
        report = await near.run("delta")
        if report.outcome == "braked":
            report = await near.run("delta", approve=report.run_id)
        assert near.found() == near.expected()
        near.clock.pass_seconds(3 * DAY)
        with near.app().ledger() as ledger:
            ledger.prune(before=near.clock() - 2 * DAY)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert report.session.ended
