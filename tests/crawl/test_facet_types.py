"""One name of a facet has one type, over all sources of a target and all runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.crawl.facet_types import MOST, FacetTypes
from connector.document.document import Facet
from connector.document.labels import LONGEST
from connector.ports.source import Note
from connector.sandbox.interaxo import FieldDefinition, InteraxoWorld
from tests.desk import Desk
from tests.estates import EVERYONE
from tests.neighbourhood import neighbourhood

DAY = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    return blank_desk


def types(desk: Desk, target: str = "intranet") -> FacetTypes:
    return FacetTypes(desk.ledger.notes(""), target)


def test_the_first_type_keeps_the_name_in_later_runs_too(desk: Desk) -> None:
    assert types(desk).settled((Facet("Length", 1.5),)) == (Facet("Length", 1.5),)
    for one in (types(desk), types(desk)):
        assert one.settled((Facet("Length", "long"), Facet("Length", 2), Facet("Length", DAY))) == (
            Facet("Length (text)", "long"),
            Facet("Length", 2),
            Facet("Length (date)", DAY),
        )
    assert types(desk, "another").settled((Facet("Length", "long"),)) == (Facet("Length", "long"),)


def test_a_name_that_looks_like_one_of_ours_has_one_type_as_well(desk: Desk) -> None:
    one = types(desk)
    one.settled((Facet("Length (text)", 3), Facet("Length", 1)))
    assert one.settled((Facet("Length", "long"),)) == (Facet("Length (text) (text)", "long"),)


def test_a_document_has_so_many_facets(desk: Desk) -> None:
    facets = tuple(Facet(f"F{number}", number) for number in range(MOST + 1))
    assert types(desk).settled(facets) == facets[:MOST]


def test_a_name_that_is_looked_at_no_further_has_room_for_its_type(desk: Desk) -> None:
    one, name = types(desk), "x" * LONGEST
    one.settled((Facet(name, 1), Facet(name[:-7] + " (text)", 1)))
    for longer in (name, name + "y"):
        assert one.settled((Facet(longer, "long"),)) == (Facet(name[:-14] + " (text) (text)", "long"),)


def test_names_that_look_alike_are_one(desk: Desk) -> None:
    types(desk).settled((Facet("Läge", 1),))
    assert types(desk).settled((Facet("La\u0308ge", "x"),)) == (Facet("Läge (text)", "x"),)


def test_nothing_is_made_anew_where_every_type_fits(desk: Desk) -> None:
    facets = (Facet("Kind", "File"), Facet("Length", 1))
    assert types(desk).settled(facets) is facets


@pytest.mark.parametrize("value", ["1,5", "NaN", "Infinity", True, "about three", [1, 2]])
async def test_a_number_that_is_none_is_found_by_its_words_and_is_no_facet(
    tmp_path: Path, value: Any
) -> None:
    entries: list[str] = []

    def furnish(world: InteraxoWorld) -> None:
        world.add_community("example-corp", "Example Corp")
        world.add_group("example-corp", "all", "All")
        root = world.add_room("example-corp", "r", "R", authorities=EVERYONE)
        folder = world.add_active_folder(
            root, "Register", [FieldDefinition("Amount", "numeric"), FieldDefinition("Due", "date")]
        )
        for number in (150, 250):
            entries.append(world.add_entry(folder, f"e{number}", {"Amount": number}))
        item = world._items[entries[1]]
        [amount] = [one.id for one in world._items[folder].definitions if one.name == "Amount"]
        [due] = [one.id for one in world._items[folder].definitions if one.name == "Due"]
        item.values |= {amount: value, due: "next week"}

    async with neighbourhood(tmp_path, furnish) as near:
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        by_name: dict[str, set[str]] = {}
        for row in near.intranet.documents.values():
            for facet in row.document["Taxonomy"]:
                by_name.setdefault(facet["Name"], set()).add(facet["Type"])
        assert by_name["Amount"] == {"Number"}
        assert "Due" not in by_name
        text = near.document(entries[1])["FileContents"]
        assert "Due: next week" in text
        assert "Amount: " in text


NAMES = st.sampled_from(["Length", " Length", "Length (text)", "Due", "\u200b", ""])
VALUES = st.sampled_from(["long", "", 1, 2.5, True, DAY])


@given(st.lists(st.lists(st.builds(Facet, NAMES, VALUES), max_size=4).map(tuple), max_size=6))
def test_what_fitted_once_is_told_as_if_it_were_asked_again(documents: list[tuple[Facet, ...]]) -> None:
    noted: dict[tuple[str, str], Note] = {}

    class Notes:
        def get(self, kind: str, key: str) -> Note | None:
            return noted.get((kind, key))

        def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
            noted[kind, key] = Note(value, mark, run)

        def put_first(self, kind: str, key: str, value: bytes) -> bytes:
            return noted.setdefault((kind, key), Note(value, b"", 0)).value

    remembers: Any = Notes()
    types = FacetTypes(remembers, "intranet")
    for facets in documents:
        assert types.settled(facets) == FacetTypes(remembers, "intranet").settled(facets)
