"""Where the remembered texts cannot be used, or fail amid the run, nothing stops a narrowing (rule 7), and no run fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.errors import CacheError
from connector.text.cache_file import SqliteTexts
from connector.text.shared_texts import PostgresTexts
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import ALL_AND_FEW, FEW, small_world


def found_by_kari(near: Neighbourhood) -> set[str]:
    return set(near.intranet.visible_to("kari@example.com"))


def fail(*_: Any) -> Any:
    raise CacheError("The disk of the text cache is full")


def take_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a disk that is not mounted, or somebody else's folder."""
    folder.rename(folder.with_name("away"))
    folder.write_text("")


def fail_amid(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a disk that fills up."""
    for texts in (SqliteTexts, PostgresTexts):
        for what in ("find_text", "find_file"):
            monkeypatch.setattr(texts, what, fail)


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("trouble", [take_away, fail_amid])
async def test_who_lost_a_room_loses_it_while_texts_cannot_be_used(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    trouble: Callable[[Path, pytest.MonkeyPatch], None],
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.content"] = True
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        assert (await near.run("full")).outcome == "succeeded"
        before, folder = near.found(), tmp_path / "var" / "text"
        assert near.document(small.section)["FileContents"]
        near.rooms.set_authorities(small.bridge, FEW)
        near.rooms.add_file(small.tunnel, "new.txt", content=b"new")
        with monkeypatch.context() as patched:
            trouble(folder, patched)
            report = await near.run(mode)
        assert {f"ix-{small.tunnel}", f"ix-{small.report}"} <= found_by_kari(near)
        assert f"ix-{small.section}" not in found_by_kari(near)
        assert report.outcome in {"succeeded", "withheld"}, report.reasons
        assert near.found() == near.expected(), (
            "nothing vanished, and what is new is found at least by its name"
        )
        assert before < near.found()
        assert near.document(small.report)["FileContents"], "what stayed as it was kept its words"
        if folder.is_file():
            folder.unlink()
            folder.with_name("away").rename(folder)
        assert (await near.run("delta")).outcome == "succeeded"
        assert near.found() == near.expected()
        assert near.document(small.section)["FileContents"], "its words are back"
        assert f"ix-{small.section}" not in found_by_kari(near)
