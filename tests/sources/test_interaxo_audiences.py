"""Who may find a room of Interaxo: its root's list, the lists below it, and lists that lie or cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from connector.errors import RecordHidden, SourceUnavailable
from connector.sandbox.faults import HTML_200, Fault, Status
from tests.estates import Small
from tests.sources.interaxo_desk import Desk, scope_of

AUTHORITIES = "GET *mentionable-authorities"


async def audience_now(here: Desk, **settings: Any) -> Any:
    async with here.source(**settings) as source:
        found = await scope_of(source)
        return await source.audience(found.scope, None, [])


async def test_a_rooms_audience_is_its_roots_groups_and_users(here: Desk, small: list[Small]) -> None:
    here.rooms.set_authorities(small[0].bridge, [("group", "All"), ("user", "Kari@Example.com")])
    audience, witnesses = await audience_now(here)
    assert audience.identities == ("interaxo:group:example-corp/all", "interaxo:user:kari@example.com")
    assert not audience.public
    assert witnesses == []


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [("user", f"u{n}") for n in range(100)],
        [("user", f"u{n}") for n in range(1_000)],
        [("user", f"u{n}") for n in range(1_200)],
        [("user", "kari"), ("user", "KARI")],
    ],
    ids=["empty", "default limit", "asked limit", "more", "two that case tells apart"],
)
async def test_a_list_that_may_lie_is_an_unknown_audience(
    here: Desk, small: list[Small], listed: list[tuple[str, str]]
) -> None:
    here.rooms.set_authorities(small[0].bridge, listed)
    assert (await audience_now(here))[0] is None


async def test_a_long_list_that_is_whole_is_believed(here: Desk, small: list[Small]) -> None:
    here.rooms.set_authorities(small[0].bridge, [("user", f"u{n}") for n in range(999)])
    assert len((await audience_now(here))[0].identities) == 999


async def test_fixed_identities_need_no_request(here: Desk) -> None:
    audience, _ = await audience_now(here, permissions="fixed", identities=["interaxo:group:all/all"])
    assert audience.identities == ("interaxo:group:all/all",)
    assert not here.calls("authorities")


@pytest.mark.parametrize("how", [Status(403), Status(503), HTML_200], ids=str)
async def test_a_list_that_cannot_be_read_is_an_error_and_not_an_audience(here: Desk, how: Any) -> None:
    here.wire.add(Fault(AUTHORITIES, how, times=None))
    with pytest.raises((RecordHidden, SourceUnavailable)):
        await audience_now(here)


@pytest.mark.parametrize("refusal", [404, 422])
async def test_a_root_without_a_list_has_what_the_items_below_it_share(
    here: Desk, small: list[Small], refusal: int
) -> None:
    here.rooms.quirks.authorities_on_simple_folders = False
    here.rooms.quirks.authorities_refusal = refusal
    here.rooms.set_authorities(
        small[0].plan, [("group", "all"), ("group", "few"), ("user", "kari@example.com")]
    )
    here.rooms.set_authorities(small[0].rfis, [("group", "all"), ("group", "few")])
    here.rooms.set_authorities(small[0].reviews, [("group", "few"), ("group", "all")])
    audience, witnesses = await audience_now(here)
    assert audience.identities == ("interaxo:group:example-corp/all",)  # section.txt has only this one
    assert {small[0].plan, small[0].rfis, small[0].reviews, small[0].section} <= set(witnesses)


async def test_an_audience_put_together_is_only_ever_narrowed(here: Desk, small: list[Small]) -> None:
    here.rooms.quirks.authorities_on_simple_folders = False
    audience, witnesses = await audience_now(here)
    both = [("group", "all"), ("group", "few")]
    for one in witnesses:
        here.rooms.set_authorities(one, both)
    async with here.source(thorough=True) as source:
        found = await scope_of(source)
        assert (await source.audience(found.scope, audience, witnesses))[0] == audience
    here.rooms.set_authorities(witnesses[0], [("group", "few")])
    async with here.source(thorough=True) as source:
        found = await scope_of(source)
        narrowed, _ = await source.audience(found.scope, audience, witnesses)
    assert narrowed is not None
    assert narrowed.identities == ()


async def test_one_unknown_witness_makes_the_whole_audience_unknown(here: Desk, small: list[Small]) -> None:
    here.rooms.quirks.authorities_on_simple_folders = False
    here.rooms.set_authorities(small[0].rfis, [])
    assert (await audience_now(here))[0] is None


async def test_a_room_without_any_list_is_unknown(here: Desk) -> None:
    here.wire.add(Fault(AUTHORITIES, Status(422), times=None))
    assert (await audience_now(here))[0] is None
