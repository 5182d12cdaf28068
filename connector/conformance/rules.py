"""What the suite plays: every rule of it stands in docs/safety.md. `suite` is its door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from connector.commands.inspection import inspect
from connector.conformance.answer_checks import changes, faults
from connector.conformance.blocking_calls import watched
from connector.conformance.harness import NAME, Clock, Harness
from connector.conformance.world import NotPlayable, Now, Trouble, World
from connector.document.ids import MAX_ID
from connector.sandbox.run import open_sandbox
from connector.sources.kind import AnyKind
from connector.status.exchanges import tell_exchanges

WORDS = ("anchovies", "barnacles", "cuttlefish")
MANY = tuple(f"herring{letter}" for letter in "abcdefghijklmnopqrst")
NEW = "dogfish"
PATIENCE = 4
"""Rounds within which a real removal of one item reaches the intranet; some sources want a second listing, an hour later."""
FIRST = 5
"""Faults that are told at once."""
CUTS = 6
"""Pushes after which the connection is cut, one after the other."""


def played(test: Callable[[Any, Harness], Awaitable[None]]) -> Callable[[Any, Path], None]:
    """Make a test of pytest of what is played on a harness; needs no plugin."""

    def run(self: Conformance, tmp_path: Path) -> None:
        try:
            asyncio.run(self._play(test, tmp_path))
        except NotPlayable as why:
            pytest.skip(f"the world cannot play it: {why}")

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


class Conformance:
    """What every source has to pass."""

    kinds: Sequence[AnyKind] = ()
    """The kind that is tested, where it is none of the connector's own."""

    def world(self, folder: Path, now: Now) -> AbstractAsyncContextManager[World]:
        """
        Open a world with no item of the suite in it.

        Args:
            folder: empty; where the settings file stands, too.
        """
        raise NotImplementedError

    async def _play(self, test: Callable[[Any, Harness], Awaitable[None]], folder: Path) -> None:
        clock = Clock()
        async with open_sandbox() as neighbours, self.world(folder, clock) as world:
            await test(self, Harness(folder, neighbours, world, clock, self.kinds))

    # -- what is there is found -----------------------------------------------------------------

    @played
    async def test_what_it_tells_is_of_the_promised_form_and_the_same_when_read_again(
        self, harness: Harness
    ) -> None:
        """Ids, versions, identities, times; no row twice."""
        harness.add(*WORDS)
        told = await harness.told()
        assert told.rows, "nothing is listed"
        wrong = [*faults(told, harness.prefixes), *changes(told, await harness.told())]
        assert not wrong, "; ".join(wrong[:FIRST])

    @played
    async def test_what_is_there_is_found_once_by_whoever_may_see_it(self, harness: Harness) -> None:
        """Every document has a title, a link, an id of the promised form, and is nobody else's and never public."""
        harness.add(*WORDS)
        report = await harness.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert report.session.ended, "the end of the session was withheld"
        for word in WORDS:
            (identifier,) = harness.ids(word)
            document = harness.intranet.documents[identifier].document
            assert len(identifier) <= MAX_ID
            assert document["Url"].startswith(("https://", "http://")), document["Url"]
            assert document["MaterializedPath"].endswith(f"/{identifier}/")
            assert document["IsPublic"] is False, "everybody may see it, and no setting says so"
            assert harness.sees(harness.world.insider, word), "the insider does not find it"
            assert harness.sees(harness.world.outsider, word), "the outsider does not find it"

    @played
    async def test_nothing_is_pushed_when_nothing_has_changed(self, harness: Harness) -> None:
        """Versions and documents are the same in every run."""
        harness.add(*WORDS)
        await harness.run("full")
        mark = harness.intranet.mark()
        for report in await harness.rounds(2):
            assert (report.documents.added, report.documents.updated) == (0, 0)
            assert report.outcome == "succeeded", report.reasons
        assert not harness.intranet.pushed_since(mark)
        assert (await harness.run("full")).outcome == "succeeded"
        assert not harness.removed()

    @played
    async def test_a_new_item_is_found_by_the_next_delta(self, harness: Harness) -> None:
        harness.add(*WORDS)
        await harness.run("full")
        harness.add(NEW)
        await harness.run()
        assert harness.sees(harness.world.outsider, NEW)

    @played
    async def test_an_item_with_another_title_is_the_same_document(self, harness: Harness) -> None:
        harness.add(*WORDS)
        await harness.run("full")
        before = harness.ids(WORDS[0])
        harness.world.rename(harness.items[WORDS[0]], NEW)
        await harness.run()
        assert harness.ids(NEW) == before
        assert not harness.ids(WORDS[0])

    @played
    async def test_an_item_that_moves_is_the_same_document(self, harness: Harness) -> None:
        harness.add(*WORDS)
        await harness.run("full")
        before = harness.ids(WORDS[0])
        harness.world.move(harness.items[WORDS[0]])
        await harness.rounds(PATIENCE)
        assert harness.ids(WORDS[0]) == before
        assert before[0] not in harness.removed()

    @played
    async def test_nothing_of_it_keeps_the_event_loop_waiting(self, harness: Harness) -> None:
        """While it opens files or waits for hosts, nothing else of the service goes on: asyncio.to_thread, or a client that awaits."""
        harness.add(*WORDS)
        with watched(await harness.package(), world=type(harness.world).__module__) as blocking:
            await harness.run("full")
            harness.add(NEW)
            harness.remove(WORDS[0])
            await harness.rounds(2)
        assert not blocking, (
            f"everything else waits meanwhile, so do it in a thread: {'; '.join(sorted(blocking))}"
        )

    # -- what is gone goes, and nothing else ------------------------------------------------------

    @played
    async def test_what_is_removed_goes_and_nothing_else(self, harness: Harness) -> None:
        harness.add(*WORDS)
        await harness.run("full")
        (going,) = harness.ids(WORDS[0])
        harness.remove(WORDS[0])
        await harness.rounds(PATIENCE)
        assert not harness.ids(WORDS[0]), "it is still found"
        assert going in harness.removed()
        assert not harness.lacks(WORDS[1:])

    @played
    async def test_what_is_removed_in_large_numbers_waits_for_a_person(self, harness: Harness) -> None:
        """The brake: nothing of it goes, and exactly that once it is approved."""
        harness.add(*WORDS, *MANY)
        await harness.run("full")
        harness.remove(*MANY)
        report = (await harness.rounds(PATIENCE))[-1]
        assert not harness.lacks([*WORDS, *MANY])
        assert report.outcome in {"braked", "withheld"}, report.outcome
        if report.outcome == "braked":
            await harness.run(approve=report.run_id)
            assert harness.lacks(MANY) == [*MANY]
        assert not harness.lacks(WORDS)

    @played
    async def test_a_lost_ledger_removes_nothing(self, harness: Harness) -> None:
        harness.add(*WORDS, NEW)
        await harness.run("full")
        harness.lose_ledger()
        harness.remove(NEW)
        await harness.run("full")
        assert not harness.removed()
        assert not harness.lacks(WORDS)

    # -- trouble ----------------------------------------------------------------------------------

    @pytest.mark.parametrize("trouble", [one for one in Trouble if one is not Trouble.NO_RIGHTS])
    def test_trouble_removes_nothing_and_passes(self, trouble: Trouble, tmp_path: Path) -> None:
        """A source that is down, empty, half or strange is told, is no success, and is no bug."""

        async def play(_: Conformance, harness: Harness) -> None:
            harness.add(*WORDS)
            await harness.run("full")
            harness.world.break_by(trouble)
            for mode in ("delta", "full", "delta", "full"):
                (report,) = await harness.rounds(1, mode)
                assert not harness.removed(), f"{trouble}, {mode}: {report.reasons}"
                assert report.outcome != "succeeded", f"{trouble}, {mode}"
                assert not any("bug" in reason for reason in report.reasons), report.reasons
                assert report.reasons, "nothing is said of it"
            harness.world.mend()
            reports = await harness.rounds(PATIENCE, "full")
            assert reports[-1].outcome == "succeeded", reports[-1].reasons
            assert not harness.lacks(WORDS)
            assert not harness.removed()

        played(play)(self, tmp_path)

    @pytest.mark.parametrize("trouble", [Trouble.EMPTY, Trouble.HALF, Trouble.DOWN])
    def test_what_is_removed_during_trouble_is_all_that_goes(self, trouble: Trouble, tmp_path: Path) -> None:
        async def play(_: Conformance, harness: Harness) -> None:
            harness.add(*WORDS)
            await harness.run("full")
            staying = {*harness.intranet.documents}
            harness.add(NEW)
            await harness.run()
            harness.world.break_by(trouble)
            harness.remove(NEW)
            await harness.rounds(2)
            assert not staying & set(harness.removed())
            harness.world.mend()
            await harness.rounds(PATIENCE)
            assert not harness.ids(NEW)
            assert not staying & set(harness.removed())

        played(play)(self, tmp_path)

    @pytest.mark.parametrize("trouble", [one for one in Trouble if one is not Trouble.NO_RIGHTS])
    def test_nothing_that_is_there_is_told_to_be_gone_in_trouble(
        self, trouble: Trouble, tmp_path: Path
    ) -> None:
        """Whoever is asked for by itself: in doubt the answer is doubt."""

        async def play(_: Conformance, harness: Harness) -> None:
            harness.add(*WORDS)
            await harness.run("full")
            rows = await harness.listed()
            assert rows
            harness.world.break_by(trouble)
            for _round in range(2):
                for row, verdict in await harness.ask(rows):
                    assert not verdict.gone, f"{trouble}: {row.name}"

        played(play)(self, tmp_path)

    @played
    async def test_one_odd_item_costs_itself_only(self, harness: Harness) -> None:
        harness.add(*WORDS)
        harness.world.add_odd()
        for mode in ("full", "delta", "full"):
            report = await harness.run(mode)
            assert not harness.lacks(WORDS), report.reasons
            assert not any("bug" in reason for reason in report.reasons), report.reasons
        assert not harness.removed()

    @played
    async def test_a_connection_that_is_lost_at_any_push_costs_nothing(self, harness: Harness) -> None:
        harness.add(*WORDS, *MANY)
        for count in range(CUTS):
            async with harness.only_pushes(count):
                await harness.run("full" if count % 2 else "delta")
            assert not harness.removed()
        await harness.rounds(2)
        assert not harness.lacks([*WORDS, *MANY])
        assert not harness.removed()

    # -- rights -----------------------------------------------------------------------------------

    @played
    async def test_a_right_that_is_taken_reaches_the_intranet_first(self, harness: Harness) -> None:
        """Whatever else is to be pushed, and before it: even where nothing but the first push arrives."""
        harness.add(*MANY, *WORDS)
        await harness.run("full")
        harness.world.hide(harness.items[WORDS[0]])
        for word in (*MANY, *WORDS[1:]):
            harness.world.rename(harness.items[word], f"{word}anew")
        harness.add(NEW)
        async with harness.only_pushes(1):
            await harness.run()
        assert not harness.sees(harness.world.outsider, WORDS[0])
        await harness.rounds(2)
        assert not harness.sees(harness.world.outsider, WORDS[0])
        assert harness.sees(harness.world.insider, WORDS[0])
        assert harness.sees(harness.world.outsider, NEW)
        assert not harness.removed()

    @played
    async def test_a_right_that_is_taken_does_not_wait_for_a_whole_listing(self, harness: Harness) -> None:
        if harness.world.rights_in_listing:
            raise NotPlayable("who may see an item stands in the listing")
        harness.add(*WORDS)
        await harness.run("full")
        harness.world.hide(harness.items[WORDS[0]])
        harness.world.publish()
        harness.world.break_by(Trouble.HALF)
        await harness.rounds(1)
        assert not harness.sees(harness.world.outsider, WORDS[0])

    @played
    async def test_what_nobody_tells_the_rights_of_is_shown_to_nobody_new(self, harness: Harness) -> None:
        harness.add(*WORDS)
        await harness.run("full")
        harness.world.hide(harness.items[WORDS[0]])
        await harness.run()
        harness.world.break_by(Trouble.NO_RIGHTS)
        harness.add(NEW)
        for mode in ("delta", "full"):
            report = await harness.run(mode)
            assert report.outcome != "succeeded"
            assert not harness.sees(harness.world.outsider, NEW)
            assert not harness.sees(harness.world.outsider, WORDS[0])
            assert not harness.lacks(WORDS)
            for word in WORDS:
                assert harness.sees(harness.world.insider, word), (
                    f"{mode}: who could see it lost it: not known is not nobody"
                )
        harness.world.mend()
        await harness.rounds(2)
        assert harness.sees(harness.world.outsider, NEW)
        assert not harness.sees(harness.world.outsider, WORDS[0])

    # -- words --------------------------------------------------------------------------------------

    @played
    async def test_every_exchange_is_told_to_auditors(self, harness: Harness) -> None:
        told = [one for one in (await tell_exchanges(harness.app()))["exchanges"] if one["party"] == NAME]
        assert told
        for one in told:
            assert all(one[key] for key in ("purpose", "sends", "receives")), one

    @played
    async def test_check_finds_a_sound_source_sound_and_tells_of_a_broken_one(self, harness: Harness) -> None:
        harness.add(*WORDS)
        harness.world.publish()
        told = (await inspect(harness.app(), now=harness.clock.now))["sources"][NAME]
        assert told["ok"], told["message"]
        harness.world.break_by(Trouble.DOWN)
        harness.world.publish()
        told = (await inspect(harness.app(), now=harness.clock.now))["sources"][NAME]
        assert not told["ok"]
        assert told["message"]
