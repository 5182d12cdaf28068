"""What is listed next: depth first, narrow containers while enough rows are taken, nothing wide while enough are at work."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connector.crawl.frontier import LONG, ROWS_AT_WORK, ROWS_TAKEN, Frontier
from connector.document.document import NARROW, Container, Scope

SCOPE = Scope(key="r1", name="Room")


def make_container(name: str, expected: int | None = 3) -> Container:
    return Container(id=name, native=name, scope=SCOPE, path=f"/{name}/", expected=expected)


def taken(frontier: Frontier) -> str:
    container = frontier.take()
    return container.id if container else ""


def test_goes_depth_first_in_the_order_of_a_listing() -> None:
    frontier = Frontier()
    frontier.add([make_container("a"), make_container("b")])
    assert taken(frontier) == "a"
    frontier.add([make_container("a1"), make_container("a2")])
    assert [taken(frontier) for _ in range(4)] == ["a1", "a2", "b", ""]


def test_narrow_ones_go_on_while_enough_rows_are_taken() -> None:
    frontier = Frontier()
    wide = [make_container(f"wide{n}", ROWS_TAKEN // 2) for n in range(3)]
    frontier.add([*wide, make_container("narrow1"), make_container("narrow2")])
    assert [taken(frontier) for _ in range(3)] == ["wide0", "wide1", "narrow1"]
    frontier.done(wide[0])
    assert [taken(frontier) for _ in range(2)] == ["wide2", "narrow2"]


def test_a_wide_one_is_taken_rather_than_nothing() -> None:
    frontier = Frontier()
    frontier.add([make_container("wide1", 10 * ROWS_AT_WORK), make_container("wide2", 10 * ROWS_AT_WORK)])
    assert [taken(frontier), taken(frontier)] == ["wide1", "wide2"]


def test_no_wide_one_is_taken_while_the_rows_that_arrived_are_work_enough() -> None:
    frontier = Frontier()
    frontier.add([make_container("wide", NARROW + 1), make_container("narrow")])
    with frontier.at_work(ROWS_AT_WORK):
        assert [taken(frontier), taken(frontier)] == ["narrow", ""]
    assert taken(frontier) == "wide"


def test_a_container_of_unknown_length_counts_as_a_wide_one() -> None:
    frontier = Frontier()
    unknown = [make_container(f"unknown{n}", None) for n in range(3)]
    frontier.add([*unknown, make_container("narrow")])
    assert [taken(frontier) for _ in range(4)] == ["unknown0", "unknown1", "narrow", "unknown2"]


def test_another_scope_is_wanted_when_nothing_wide_is_left() -> None:
    frontier = Frontier()
    assert frontier.hungry
    wide = make_container("wide", 10 * ROWS_AT_WORK)
    frontier.add([wide])
    assert not frontier.hungry
    assert taken(frontier) == "wide"
    assert not frontier.hungry  # its rows are at work
    frontier.done(wide)
    assert frontier.hungry
    frontier.add([make_container(f"narrow{n}") for n in range(LONG)])
    assert not frontier.hungry  # it is long enough


def test_what_is_done_twice_counts_once() -> None:
    frontier = Frontier()
    wide = [make_container(f"wide{n}", ROWS_TAKEN // 2) for n in range(3)]
    frontier.add([*wide, make_container("narrow")])
    assert [taken(frontier), taken(frontier)] == ["wide0", "wide1"]
    frontier.done(wide[0])
    frontier.done(wide[0])
    assert [taken(frontier), taken(frontier)] == ["wide2", "narrow"]


def test_a_long_frontier_becomes_shorter_first() -> None:
    frontier = Frontier()
    frontier.add([make_container("wide", 50), *(make_container(f"narrow{n}") for n in range(LONG))])
    assert taken(frontier) == "narrow0"


@given(st.lists(st.lists(st.one_of(st.none(), st.integers(0, 2 * ROWS_AT_WORK)), max_size=6), max_size=20))
def test_every_container_is_taken_once_and_its_rows_are_given_back(listings: list[list[int | None]]) -> None:
    frontier = Frontier()
    added: list[str] = []
    seen: list[str] = []
    for number, lengths in enumerate(listings):
        containers = [make_container(f"{number}-{at}", length) for at, length in enumerate(lengths)]
        added += [one.id for one in containers]
        frontier.add(containers)
        container = frontier.take()
        if container is not None:
            seen.append(container.id)
            frontier.done(container)
    while (container := frontier.take()) is not None:
        seen.append(container.id)
        frontier.done(container)
    assert sorted(seen) == sorted(added)
    assert len(frontier) == 0
    assert frontier.hungry
