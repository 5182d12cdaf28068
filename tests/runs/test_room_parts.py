"""Rooms are parted evenly: as many for each who walks them, and no part larger than another by more than one room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connector.runs.room_parts import RoomSizes


def by_listings(sizes: list[int]) -> RoomSizes:
    return RoomSizes(documents={}, listings={f"room-{n}": size for n, size in enumerate(sizes)})


def parts_of(sizes: RoomSizes, seats: int) -> list[list[int]]:
    placed = sizes.in_even_parts(list(sizes.listings), seats)
    return [[sizes.listings[key] for place, key in placed if place % seats == seat] for seat in range(seats)]


def test_parts_are_even_though_rooms_are_not() -> None:
    parts = parts_of(by_listings([9, 84, 16, 79, 28, 78, 32, 77]), 2)
    assert parts == [[84, 77, 28, 16], [79, 78, 32, 9]]
    assert [sum(part) for part in parts] == [205, 198]  # every second one as they come: 85 and 318


def test_a_room_of_many_short_listings_is_more_to_walk_than_one_of_few_long_ones() -> None:
    sizes = RoomSizes(
        documents={"deep": 500, "flat": 500, "small": 100}, listings={"deep": 84, "flat": 9, "small": 9}
    )
    assert sizes.to_walk("deep") > sizes.to_walk("flat") > sizes.to_walk("small") > sizes.to_walk("new") == 0


@given(st.lists(st.integers(0, 1_000), max_size=60), st.integers(1, 7))
def test_each_seat_has_as_many_rooms_and_no_part_is_larger_by_more_than_a_room(
    sizes: list[int], seats: int
) -> None:
    rooms = by_listings(sizes)
    placed = rooms.in_even_parts(list(rooms.listings), seats)
    assert sorted(key for _, key in placed) == sorted(rooms.listings)
    assert len({place for place, _ in placed}) == len(sizes)
    parts = parts_of(rooms, seats)
    counts = [len(part) for part in parts]
    assert max(counts) - min(counts) <= 1
    assert max(map(sum, parts)) - min(map(sum, parts)) <= max(sizes, default=0)
