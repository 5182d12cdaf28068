"""The search test: sent after each run, looked for as two people, and what a stranger's find puts on hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.canary.canary import Canary, Desk
from connector.canary.own_document import IDENTITY
from connector.canary.stored_state import CanaryState, read_canary_state
from connector.commands.inspection import inspect
from connector.ledger.on_hold import read_hold
from connector.plan.findings import Code
from connector.ports.search import NotSearched, Searcher
from connector.sandbox.faults import Status
from connector.status.exchanges import tell_exchanges
from connector.status.target_status import tell_status
from connector.wiring.after_runs import look_at_the_end
from connector.wiring.canary import canary_of, plan_of
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import (
    ALL,
    ALL_AND_FEW,
    FEW,
    ONLY_FEW,
    audience_of,
    break_all,
    copy_ledger,
    files_of,
    lose_ledger,
    plain_world,
    restore_ledger,
)

PERSON, STRANGER = "canary@example.com", "stranger@example.com"


def with_canary(near: Neighbourhood) -> str:
    """Switch it on; gives the id of the document."""
    near.values |= {"canary.reader": "sandbox", "canary.person": PERSON, "canary.stranger": STRANGER}
    near.intranet.seed_person(PERSON, "The canary's person")
    near.intranet.seed_person(STRANGER, "The stranger")
    return f"zz-canary-{near.intranet.app_id}"


async def look(near: Neighbourhood) -> None:
    await look_at_the_end(near.app())


def state_of(near: Neighbourhood) -> CanaryState:
    with near.app().ledger() as ledger:
        found = read_canary_state(ledger.notes(""), "intranet")
    assert found is not None
    return found


def on_hold(near: Neighbourhood) -> bool:
    with near.app().ledger() as ledger:
        return read_hold(ledger.notes(""), "intranet") is not None


def told(near: Neighbourhood) -> dict[str, Any]:
    app = near.app()
    with app.ledger() as ledger:
        status = tell_status(app, ledger, now=near.clock())["targets"]["intranet"]["search"]
    assert isinstance(status, dict)
    return status


async def test_it_is_renewed_after_each_run_found_by_its_person_and_counts_as_no_document(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=3) as (near, _):
        canary = with_canary(near)
        words = set()
        for mode in ("full", "delta", "full"):
            report = await near.run(mode)
            assert report.outcome == "succeeded", report.reasons
            assert report.documents.live == 4
            assert report.session.reported_removals == 0
            await look(near)
            assert near.found() == near.expected() | {canary}
            words.add(near.intranet.documents[canary].document["FileContents"])
            assert near.intranet.can_see(PERSON, canary)
            assert not near.intranet.can_see(STRANGER, canary)
        assert len(words) == 3
        assert len(state_of(near).lags) == 3
        assert told(near)["found_minutes"] == 0
        assert told(near)["words"] == ["Search finds what is sent after less than a minute."]
        near.wire.clear()
        await near.run("delta", dry_run=True)
        await look(near)
        assert not near.wire.calls or all("addupdate" not in call.path for call in near.wire.calls)


async def test_what_a_stranger_finds_stops_what_is_new_or_wider_and_nothing_else(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=4, beta=2, gamma=2) as (near, roots):
        canary = with_canary(near)
        near.rooms.set_authorities(roots["beta"], ALL_AND_FEW)
        near.rooms.set_authorities(roots["gamma"], FEW)
        await near.run("full")
        await look(near)
        near.intranet.seed_person(STRANGER, "The stranger", [IDENTITY])
        await near.run("delta")
        await look(near)
        assert on_hold(near)
        before = near.found()
        gone, changed, *_ = files_of(near, roots["alpha"])
        near.rooms.remove(gone)
        near.rooms.rename(changed, "Another name.txt")
        new = near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        near.rooms.set_authorities(roots["beta"], FEW)
        near.rooms.set_authorities(roots["gamma"], ALL_AND_FEW)
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert report.outcome == "withheld"
            assert Code.ON_HOLD in report.codes
            assert near.found() == before - {f"ix-{gone}"}
            assert near.document(changed)["Title"] != "Another name.txt"
            assert not report.session.opened
            assert audience_of(near, roots["beta"]) == [ONLY_FEW]
            assert audience_of(near, roots["gamma"]) == [ONLY_FEW]
        assert f"ix-{new}" not in near.found()
        assert "stranger" in " ".join(report.reasons)
        assert "on hold" in " ".join(told(near)["words"])
        await look(near)
        checked = await inspect(near.app(), now=near.clock())
        assert not checked["canary"]["ok"]
        near.intranet.seed_person(STRANGER, "The stranger")
        checked = await inspect(near.app(), now=near.clock())
        assert checked["canary"] == {"ok": True, "message": checked["canary"]["message"]}
        assert not on_hold(near)
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected() | {canary}
        assert near.document(changed)["Title"] == "Another name.txt"
        assert audience_of(near, roots["gamma"]) == [ALL, ONLY_FEW]


async def test_a_hold_outlives_a_lost_ledger_and_a_restored_one(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, roots):
        with_canary(near)
        await near.run("full")
        await look(near)
        copy = tmp_path / "copy.db"
        copy_ledger(near, copy)
        near.intranet.seed_person(STRANGER, "The stranger", [IDENTITY])
        await near.run("full")
        await look(near)
        assert on_hold(near)
        new = near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        for lose in (lambda: restore_ledger(near, copy), lambda: lose_ledger(near)):
            lose()
            assert not on_hold(near)
            report = await near.run("full")
            assert Code.ON_HOLD in report.codes
            assert on_hold(near)
            assert f"ix-{new}" not in near.found()


async def test_it_is_taken_away_when_it_is_turned_off_and_lifts_what_it_held(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, _):
        canary = with_canary(near)
        near.intranet.seed_person(STRANGER, "The stranger", [IDENTITY])
        await near.run("full")
        await look(near)
        assert on_hold(near)
        for key in ("reader", "person", "stranger"):
            near.values.pop(f"canary.{key}")
        fault = break_all(near, "PUT *docs/delete", Status(503))
        await look(near)
        assert canary in near.found()
        near.wire.faults.remove(fault)
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        await look(near)
        assert near.found() == near.expected()
        assert canary not in near.intranet.users
        assert not on_hold(near)
        near.wire.clear()
        await look(near)
        assert not near.wire.calls


async def test_trouble_with_it_is_told_and_no_run_hears_of_it(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, _):
        with_canary(near)
        fault = break_all(near, "GET /search*", Status(500))
        report = await near.run("full")
        await look(near)
        assert "answered 500" in told(near)["trouble"]
        near.wire.faults.remove(fault)
        near.clock.pass_seconds(100)
        await look(near)
        assert not told(near)["trouble"]
        near.intranet.remove_person(PERSON)
        near.intranet.switches.people_exist = False
        near.clock.pass_seconds(100)
        report = await near.run("delta")
        await look(near)
        assert report.outcome == "succeeded"
        assert "canary.person" in told(near)["trouble"]


class Index:
    """A search that knows what it was given, when a test says so."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.broken = False
        self.shown = False
        """The stranger finds it by the word that every renewal has."""

    async def finds(self, who: Searcher, words: str, mark: str) -> bool:
        if self.shown and who.name == STRANGER and words == mark:
            return True
        if self.broken:
            raise NotSearched("It is down")
        return who.name == PERSON and words in self.words

    def parties(self) -> list[Any]:
        return []


def slow(near: Neighbourhood, index: Index) -> Canary:
    """A canary whose search is this one."""
    app = near.app()
    desk: Desk = canary_of(lambda: app)._desk
    plan = plan_of(app)
    assert plan is not None
    return Canary(msgspec.structs.replace(desk, plan=lambda: msgspec.structs.replace(plan, search=index)))


async def test_what_a_stranger_found_is_known_whatever_becomes_of_the_next_search(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=1) as (near, _):
        with_canary(near)
        await near.run("full")
        index = Index()
        canary = slow(near, index)
        await canary.look()
        index.shown, index.broken = True, True
        near.clock.pass_seconds(100)
        await canary.look()
        assert on_hold(near)


@pytest.mark.parametrize("of_text", [True, False])
async def test_a_search_that_is_slower_than_the_runs_is_measured_and_told_after_all_patience(
    tmp_path: Path, of_text: bool
) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, _):
        canary, index = with_canary(near), Index()
        for _ in range(3):
            await near.run("delta")
            await slow(near, index).look()
            near.clock.pass_seconds(900)
        assert len(state_of(near).waiting) == 3
        first = state_of(near).waiting[0].word
        assert first in near.intranet.documents[canary].document["FileContents"]
        near.clock.pass_seconds(900)
        if of_text:
            index.words.add(first)
        else:
            index.words.add("t" + state_of(near).waiting[-1].word[1:])
        await slow(near, index).look()
        if of_text:
            assert told(near)["found_minutes"] == pytest.approx(60, abs=1)
            assert len(state_of(near).waiting) == 2
            index.words.add(state_of(near).waiting[-1].word)
            near.clock.pass_seconds(900)
            await slow(near, index).look()
            assert not state_of(near).waiting
        else:
            near.clock.pass_seconds(10)
            assert "text.encoding" in " ".join(told(near)["words"])


async def test_every_host_that_it_asks_is_listed_for_auditors(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=1) as (near, _):
        with_canary(near)
        near.values |= {
            "canary.reader": "web",
            "canary.search_url": "https://intranet.example.com/api/search?searchTerm={words}&limit=9",
            "canary.token_url": "https://login.example.com/token",
            "canary.password": "one-password",
            "canary.stranger_password": "other-password",
        }
        listed = await tell_exchanges(near.app())
        hosts = {one["host"] for one in listed["hosts"]}
        assert {"intranet.example.com", "login.example.com"} <= hosts
