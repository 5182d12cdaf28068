"""How often a run speaks to its ledger: each time is a round trip where the ledger stands in a database elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector.ledger.engines.sqlite import Sqlite
from connector.sandbox.interaxo import InteraxoWorld
from tests.neighbourhood import neighbourhood

COMMUNITY = "example-corp"
FEW, MANY, FILES = 2, 120, 9
PER_HUNDRED = {"full": 9.0, "delta": 2.0}
"""
At most so many statements for a hundred documents more; five are those of a batch that is pushed. How many listings meet in one
question differs a little by Python's release.
"""


def furnish(world: InteraxoWorld, folders: int = MANY) -> None:
    world.add_community(COMMUNITY, "Example Corp")
    world.add_group(COMMUNITY, "all", "All")
    root = world.add_room(COMMUNITY, "archive", "Archive", authorities=[("group", "all")])
    for folder in range(folders):
        below = world.add_folder(root, f"Folder {folder}")
        for file in range(FILES):
            world.add_file(below, f"{folder}-{file}.txt", content=b"x")


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Statements by name; one call of the driver is one, whatever the number of rows."""
    counts: Counter[str] = Counter()
    with monkeypatch.context() as patch:
        # what is asked each few seconds, however many documents there are
        patch.setattr("connector.machine.cached_check.uptime", lambda: 0.0)
        patch.setattr("connector.http.host_pause.LOOK_S", 3_600.0)
        patch.setattr("connector.removal.hiding.REST_S", 3_600.0)
        for way in ("all", "named", "run", "each"):
            spoken = getattr(Sqlite, way)

            def count(self: Sqlite, name: str, *rest: object, spoken: object = spoken) -> object:
                counts[name] += 1
                return spoken(self, name, *rest)  # type: ignore[operator]

            patch.setattr(Sqlite, way, count)
        yield counts


async def statements(
    folder: Path, monkeypatch: pytest.MonkeyPatch, folders: int
) -> dict[str, tuple[int, int]]:
    """By mode how many statements a run sent, and how many documents there are."""
    told = {}
    async with neighbourhood(folder, lambda world: furnish(world, folders)) as near:
        near.values["targets.intranet.batch_documents"] = 100
        near.values["sources.interaxo.concurrency"] = 16
        for mode in PER_HUNDRED:
            with counted(monkeypatch) as counts:
                report = await near.run(mode)
            assert report.outcome == "succeeded", report.reasons
            assert report.documents.live == len(near.found()) > folders * FILES
            told[mode] = counts.total(), report.documents.live
            near.clock.pass_seconds(900)
    return told


async def test_a_run_speaks_to_its_ledger_a_few_times_for_a_hundred_documents(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = await statements(tmp_path_factory.mktemp("few"), monkeypatch, FEW)
    many = await statements(tmp_path_factory.mktemp("many"), monkeypatch, MANY)
    for mode, most in PER_HUNDRED.items():
        more, documents = (b - a for a, b in zip(few[mode], many[mode], strict=True))
        assert 100 * more / documents <= most, mode


async def test_a_full_run_hands_over_no_document_that_is_kept_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with neighbourhood(tmp_path, furnish) as near:
        await near.run("full")
        with counted(monkeypatch) as counts:
            await near.run("full")
        assert counts["pushes.confirm_again"] > 0
        assert counts["pushes.confirm"] + counts["pushes.confirm_altered"] == 0
        assert counts["pushes.confirm_body"] == 0
        file = next(one for one in near.rooms.items() if one.name == "0-0.txt")
        near.rooms.rename(file.id, "another.txt")
        with counted(monkeypatch) as counts:
            await near.run("full")
        assert counts["pushes.confirm_body"] == 1


async def test_what_is_asked_ahead_is_asked_anew_once_something_was_written(tmp_path: Path) -> None:
    """A file that moves while a run walks is neither lost nor missed."""
    async with neighbourhood(tmp_path, furnish) as near:
        await near.run("full")
        folders = [one for one in near.rooms.items() if one.name.startswith("Folder ")]
        moved = [one for one in near.rooms.items() if one.name.endswith("-0.txt")]
        for number, one in enumerate(moved):
            near.rooms.move(one.id, folders[-1 - number].id)
        for _ in range(2):
            near.clock.pass_seconds(900)
            report = await near.run("delta")
            assert report.outcome == "succeeded", report.reasons
            assert near.found() == near.expected()
        assert not near.intranet.deletions
