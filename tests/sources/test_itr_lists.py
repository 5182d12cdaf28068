"""Lists of ITR: pages to an end that is proven, trouble in one database, and lists that are as they were."""

from __future__ import annotations

from typing import Any

import pytest

from connector.errors import ListingIncomplete
from connector.sources.itr.account import Account
from connector.sources.itr.kinds import CLIENT, MASTER
from connector.sources.itr.listing import PAGE, Listing, Lists, Proof, key_of
from connector.sources.itr.wire import Session
from tests.sources.itr_bench import SESSION, Bench, answered, keys, read
from tests.sources.itr_samples import sample


async def test_a_list_is_read_over_short_pages_to_its_end(bench: Bench) -> None:
    bench.world.quirks.short_pages = 3
    account = await bench.opened()
    assert sorted(await keys(account)) == sorted(bench.world.tables[CLIENT]["sessions"])


async def test_pages_that_fail_in_sql_are_no_end(bench: Bench) -> None:
    bench.world.quirks.short_pages = 4
    bench.world.quirks.failing_from_page = 2
    account = await bench.opened()
    assert sorted(await keys(account)) == sorted(bench.world.tables[CLIENT]["sessions"])


async def test_an_end_that_cannot_be_proven_is_none(bench: Bench) -> None:
    account = await bench.opened()
    read = account.read

    async def failing(path: str, endpoint: str, reader: Any, headers: Any = None) -> Any:
        if "Filter" in (headers or {}):
            bench.world.quirks.failing.add("sessions")
        return await read(path, endpoint, reader, headers)

    account.read = failing  # type: ignore[method-assign]
    with pytest.raises(ListingIncomplete, match="may be cut off"):
        await keys(account)


async def test_an_empty_list_is_believed_while_the_database_is_well(bench: Bench) -> None:
    account = await bench.opened()
    bench.world.tables[CLIENT]["sessions"].clear()
    bench.world.tables[MASTER]["tests"].clear()
    assert await keys(account) == []
    assert await keys(account, "/tests", MASTER) == []
    assert bench.app.calls["POST /api/checktoken"] == 4


async def test_empty_lists_share_the_signs_between_them(bench: Bench) -> None:
    account = await bench.opened()
    lists = Lists(account)
    for kind in ("groups", "organisations", "batteries"):
        bench.world.tables[CLIENT][kind].clear()
        listings = {CLIENT: Listing(Session, began=0)}
        async for _ in lists.read(f"/{kind}", Session, listings):
            pass
        assert listings[CLIENT].proven
    assert bench.app.calls["POST /api/checktoken"] == 4


async def test_an_empty_list_is_not_believed_while_the_database_is_down(bench: Bench) -> None:
    account = await bench.opened()
    bench.world.quirks.database_down = True
    with pytest.raises(ListingIncomplete, match="not trusted"):
        await keys(account)


async def test_rows_of_another_database_are_not_taken(bench: Bench) -> None:
    account = await bench.opened()
    with pytest.raises(ListingIncomplete, match="another database"):
        await keys(account, "/sessions", MASTER)  # answered silently from the company's


async def test_a_list_without_an_end_is_noticed() -> None:
    account = await answered(200, sample("sessions_all_sorted_by_id").body)
    with pytest.raises(ListingIncomplete, match="repeats"):
        await keys(account)


async def test_both_databases_are_read_in_the_same_calls(bench: Bench) -> None:
    bench.world.quirks.short_pages = 2
    account = await bench.opened()
    listings = await read(account, "/tests", CLIENT, MASTER)
    for database, listing in listings.items():
        found = [key_of(one) for page in listing.pages() for one in page]
        assert sorted(found) == sorted(bench.world.tables[database]["tests"])
        assert listing.proven


async def test_trouble_in_one_database_leaves_the_others_list_alone(bench: Bench) -> None:
    account = await bench.opened()
    bench.world.tables[MASTER]["tests"].clear()
    bench.world.companies.clear()
    listings = await read(account, "/tests", CLIENT, MASTER)
    assert listings[CLIENT].proven
    assert isinstance(listings[MASTER].trouble, ListingIncomplete)


async def proven(account: Account) -> Proof:
    return (await read(account))[CLIENT].proof


async def calls_of(bench: Bench, account: Account, proof: Proof) -> tuple[int, Listing]:
    before = bench.app.calls["GET /api/sessions"]
    listing = (await read(account, trusted={CLIENT: proof}))[CLIENT]
    return bench.app.calls["GET /api/sessions"] - before, listing


async def test_the_rows_of_a_proven_list_need_no_second_proof(bench: Bench) -> None:
    account = await bench.opened()
    calls, listing = await calls_of(bench, account, await proven(account))
    assert (calls, listing.trusted, listing.proven, listing.count) == (1, True, False, 25)


@pytest.mark.parametrize("change", ["added", "removed", "exchanged"])
async def test_other_rows_than_the_proven_ones_prove_their_end(bench: Bench, change: str) -> None:
    account = await bench.opened()
    proof = await proven(account)
    if change != "removed":
        bench.world.add("sessions")
    if change != "added":
        bench.world.remove("sessions", SESSION)
    calls, listing = await calls_of(bench, account, proof)
    assert (calls, listing.trusted, listing.proven) == (2, False, True)


@pytest.mark.parametrize("cap", [None, 5])
async def test_a_full_page_ends_no_list_though_its_rows_are_the_proven_ones(
    bench: Bench, cap: int | None
) -> None:
    bench.world.quirks.short_pages = cap
    rows = bench.world.tables[CLIENT]["sessions"]
    for number in range(PAGE - len(rows)):
        bench.world.add("sessions", ID=f"10000000-0000-4000-8000-{number:012x}")
    account = await bench.opened()
    proof = await proven(account)
    bench.world.add("sessions", ID="ffffffff-0000-4000-8000-000000000000")
    _, listing = await calls_of(bench, account, proof)
    assert (listing.trusted, listing.proven, listing.count) == (False, True, PAGE + 1)


async def test_an_empty_list_that_was_empty_before_costs_one_call(bench: Bench) -> None:
    bench.world.tables[CLIENT]["sessions"].clear()
    account = await bench.opened()
    calls, listing = await calls_of(bench, account, await proven(account))
    assert (calls, listing.trusted) == (1, True)


async def test_a_list_of_one_row_is_not_cut_by_pages_of_one(bench: Bench) -> None:
    bench.world.quirks.short_pages = 1
    account = await bench.opened()
    assert len(await keys(account)) == 25
