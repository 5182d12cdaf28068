"""A people file that cannot be read any more: runs go on by its rows as they were read last, and nobody gets more by them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connector.app import App
from connector.commands.local_inspection import look_here
from connector.errors import SettingsError
from connector.plan.findings import Code
from connector.plan.options import Watch
from connector.ports.matching import record_id
from tests import ledgers
from tests.builders import make_settings
from tests.estates import Small
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL_AND_FEW, COMMUNITY, estate
from tests.rules.ground import copy_ledger
from tests.rules.test_ledger_restore import restore

NILS, OTHER = "nils@example.net", "other@example.com"
ROWS = f"id,email\nu-77,{NILS}\n"
SOUND = ROWS.encode()
BROKEN = {
    "not UTF-8": f"id,email\nu-77,{OTHER}\nu-78,jørn@example.com\n".encode("cp1252"),
    "no columns": f"name;mail\nu-77;{OTHER}\n".encode(),
    "a quote without an end": b'id,email\nu-77,"' + b"x\n" * 6_000,
    "empty": b"",
}


@asynccontextmanager
async def named(folder: Path, **values: object) -> AsyncIterator[tuple[Neighbourhood, Small]]:
    """One whom the file alone names, and what she finds after a full run."""
    async with estate(folder, "room", **values) as (near, small):
        near.rooms.add_person(COMMUNITY, "u-77", "Nils", "", groups=["few"])
        near.intranet.seed_person(NILS, "Nils")
        near.intranet.seed_person(OTHER, "Other")
        write(near, SOUND)
        near.values["sources.interaxo.people"] = "people.csv"
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        await near.run("full")
        assert f"ix-{small.report}" in found_by(near)
        yield near, small


def write(near: Neighbourhood, content: bytes) -> None:
    (near.folder / "people.csv").write_bytes(content)


def found_by(near: Neighbourhood, address: str = NILS) -> set[str]:
    return near.intranet.visible_to(address)


def identities(near: Neighbourhood, address: str = NILS) -> list[str]:
    row = near.intranet.users.get(record_id(address))
    return sorted(row.record["ExternalIdentities"]) if row is not None else []


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("content", [None, *BROKEN.values()], ids=["missing", *BROKEN])
async def test_runs_go_on_and_say_what_is_wrong_with_it(
    tmp_path: Path, content: bytes | None, mode: str
) -> None:
    async with named(tmp_path) as (near, small):
        before = found_by(near)
        if content is None:
            (tmp_path / "people.csv").unlink()
        else:
            write(near, content)
        new = near.rooms.add_file(small.tunnel, "new.txt", content=b"x")
        report = await near.run(mode)
        assert report.outcome == "withheld"
        assert Code.PEOPLE_FILE_UNREAD in report.codes
        (told,) = [one for one in report.reasons if "people file" in one and "cannot be used" in one]
        assert str(tmp_path / "people.csv") in told
        assert told.endswith("connector check")
        assert found_by(near) == before | {f"ix-{new}"}
        assert found_by(near, OTHER) == set()
        if mode == "full":
            assert any("people files was not read to the end" in one for one in report.reasons), (
                report.reasons
            )


async def test_the_line_is_told_in_which_a_letter_cannot_be_read(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, _):
        write(near, BROKEN["not UTF-8"])
        report = await near.run("delta")
        assert any("line 3" in one for one in report.reasons), report.reasons


async def test_nobody_gets_more_by_it_and_gets_that_once_it_is_mended(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, _):
        before = identities(near)
        write(near, BROKEN["not UTF-8"])
        near.rooms.add_person(COMMUNITY, "u-77", "Nils", "", groups=["few", "all"])
        for mode in ("delta", "full", "delta"):
            await near.run(mode)
            assert identities(near) == before, mode
        write(near, SOUND)
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert len(identities(near)) == len(before) + 1


async def test_what_the_source_takes_away_goes_at_once(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, _):
        write(near, BROKEN["no columns"])
        near.rooms.add_person(COMMUNITY, "u-77", "Nils", "", groups=[])
        await near.run("delta")
        assert found_by(near) == set()


async def test_who_was_taken_out_of_it_loses_it_once_it_is_mended(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, _):
        write(near, f"id,email\nu-77,{OTHER}\nu-78,jørn@example.com\n".encode("cp1252"))
        await near.run("delta")
        assert found_by(near)
        write(near, f"id,email\nu-77,{OTHER}\nu-78,jørn@example.com\n".encode())
        await near.run("delta")
        assert found_by(near) == set()
        assert found_by(near, OTHER)


async def test_after_days_it_counts_as_if_it_named_nobody(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, _):
        write(near, b"")
        await near.run("full")
        for _ in range(2):
            near.clock.pass_seconds(8 * 86_400)
            await near.run("full")
        assert found_by(near) == set()
        write(near, SOUND)
        await near.run("delta")
        assert found_by(near)


async def test_another_domain_gives_her_access_to_nobody(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, _):
        near.intranet.seed_person("nils@example.org", "Another Nils")
        write(near, b"")
        near.values["targets.intranet.people.domains"] = {"example.net": "example.org"}
        for mode in ("delta", "full"):
            await near.run(mode)
            assert found_by(near, "nils@example.org") == set()
            assert found_by(near) == set()


async def test_while_other_domains_are_replaced_she_keeps_what_she_has_and_loses_what_she_loses(
    tmp_path: Path,
) -> None:
    async with named(tmp_path) as (near, _):
        write(near, b"")
        near.values["targets.intranet.people.domains"] = {"example.se": "example.org"}
        before = found_by(near)
        await near.run("delta")
        assert found_by(near) == before
        near.rooms.add_person(COMMUNITY, "u-77", "Nils", "", groups=[])
        await near.run("delta")
        assert found_by(near) == set()


@pytest.mark.skipif(ledgers.ON_POSTGRES, reason="a copy is put back into a file")
async def test_rows_of_a_ledger_that_was_put_back_give_nothing_again(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, _):
        copy = tmp_path / "copy.db"
        copy_ledger(near, copy)
        write(near, b"id,email\n")
        await near.run("full")
        assert found_by(near) == set()
        write(near, b"")
        restore(near, copy)
        for mode in ("delta", "full", "delta"):
            near.clock.pass_seconds(200)
            await near.run(mode)
            assert found_by(near) == set(), mode


async def test_one_that_was_never_read_is_refused(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, _):
        near.values["sources.interaxo.people"] = "others.csv"
        (tmp_path / "others.csv").write_bytes(b"")
        with pytest.raises(SettingsError, match=r"sources\.interaxo\.people"):
            near.app()
        near.values["sources.interaxo.people"] = "people.csv"
        (tmp_path / "elsewhere").mkdir()
        write(near, b"")
        with pytest.raises(SettingsError, match=r"sources\.interaxo\.people"):
            App(make_settings(tmp_path / "elsewhere", sources__interaxo__people="../people.csv"))


async def test_a_ledger_is_not_made_anew_without_it(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, _):
        write(near, b"")
        with pytest.raises(SettingsError, match=r"sources\.interaxo\.people"):
            await near.app().rebuild("intranet")
        assert near.app().has_ledger()


async def test_turns_between_runs_give_nobody_more_by_it(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, _):
        before = identities(near)
        write(near, b"")
        near.rooms.add_person(COMMUNITY, "u-77", "Nils", "", groups=["few", "all"])
        for _ in range(8):
            near.clock.pass_seconds(900)
            assert await near.app().take_turn("intranet") is not None
            assert identities(near) == before
        write(near, SOUND)
        for _ in range(8):
            near.clock.pass_seconds(900)
            await near.app().take_turn("intranet")
        assert len(identities(near)) == len(before) + 1


async def test_what_she_was_to_get_when_it_was_read_last_waits_too(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, _):
        before = identities(near)
        near.rooms.add_person(COMMUNITY, "u-77", "Nils", "", groups=["few", "all"])
        report = await near.run("full", watch=Watch(stopping=lambda: True))
        assert (report.outcome, identities(near)) == ("cancelled", before)
        write(near, b"")
        for mode in ("delta", "full"):
            await near.run(mode)
            assert identities(near) == before


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("rows", [(NILS, OTHER), (OTHER, NILS), (OTHER, "third@example.com")])
async def test_an_id_with_two_addresses_stays_with_the_one_that_it_had(
    tmp_path: Path, rows: tuple[str, str], mode: str
) -> None:
    async with named(tmp_path, sources__interaxo__audience_share=1.0) as (near, _):
        seen = found_by(near)
        write(near, f"id,email\nu-77,{rows[0]}\nU-77,{rows[1]}\n".encode())
        for _ in range(2):
            await near.run(mode)
            assert found_by(near) == seen
            assert not found_by(near, OTHER)
        near.rooms.add_person(COMMUNITY, "u-77", "Nils", "", groups=[])
        await near.run(mode)
        assert not found_by(near)
        write(near, f"id,email\nu-77,{OTHER}\n".encode())
        near.rooms.add_person(COMMUNITY, "u-77", "Nils", "", groups=["few"])
        await near.run(mode)
        assert not found_by(near)
        assert found_by(near, OTHER) == seen


async def test_an_id_that_comes_with_two_addresses_has_neither(tmp_path: Path) -> None:
    async with named(tmp_path) as (near, small):
        near.rooms.add_person(COMMUNITY, "u-78", "Eva", "", groups=["few"])
        near.rooms.add_file(small.details, "eva.txt", content=b"x", author="u-78")
        near.intranet.seed_person("eva@example.net", "Eva")
        write(near, f"{ROWS}u-78,eva@example.net\nu-78,{OTHER}\nu-78,eva@example.net\n".encode())
        for mode in ("delta", "full"):
            await near.run(mode)
            assert found_by(near)
            assert not found_by(near, "eva@example.net")
            assert not found_by(near, OTHER)


PEOPLE = ("u-77", "u-78", "u-79", "u-80")


def rows(*addresses: str) -> bytes:
    told = "".join(f"{one},{address}\n" for one, address in zip(PEOPLE, addresses, strict=True))
    return f"id,email\n{told}".encode()


@asynccontextmanager
async def four(folder: Path) -> AsyncIterator[tuple[Neighbourhood, tuple[str, ...]]]:
    """Nils may see a folder that three others, whom the file names too, may not."""
    async with named(folder) as (near, _):
        addresses = (NILS, *(f"{one}@example.net" for one in PEOPLE[1:]))
        for person, address in zip(PEOPLE[1:], addresses[1:], strict=True):
            near.rooms.add_person(COMMUNITY, person, person, "", groups=["all"])
            near.intranet.seed_person(address, person)
        write(near, rows(*addresses))
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        yield near, addresses


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_a_file_that_was_sorted_by_one_column_gives_nobody_what_another_one_finds(
    tmp_path: Path, mode: str
) -> None:
    async with four(tmp_path) as (near, addresses):
        before = {one: found_by(near, one) for one in addresses}
        write(near, rows(*addresses[1:], addresses[0]))
        report = await near.run(mode)
        assert {one: found_by(near, one) for one in addresses} == before
        assert Code.PEOPLE_FILE_UNREAD in report.codes
        assert any("4 people (u-77, u-78, u-79, u-80)" in one for one in report.reasons), report.reasons
        assert any("sorted by one column" in one for one in look_here(near.app())), "so `check` says"
        write(near, rows(*addresses))
        report = await near.run(mode)
        assert report.outcome == "succeeded", report.reasons
        assert {one: found_by(near, one) for one in addresses} == before


async def test_addresses_that_really_changed_hands_count_once_they_were_left_out(tmp_path: Path) -> None:
    async with four(tmp_path) as (near, addresses):
        nils = found_by(near)
        others = found_by(near, addresses[1])
        assert nils != others
        write(near, b"id,email\n")
        await near.run("delta")
        write(near, rows(*addresses[1:], addresses[0]))
        report = await near.run("delta")
        assert Code.PEOPLE_FILE_UNREAD not in report.codes, report.reasons
        assert [found_by(near, one) for one in addresses] == [others, nils, others, others]


async def test_two_rows_that_are_put_right_and_an_address_that_somebody_left_are_no_mistake(
    tmp_path: Path,
) -> None:
    async with four(tmp_path) as (near, (nils, second, third, _)):
        write(near, rows(second, nils, third, "new@example.net"))
        assert Code.PEOPLE_FILE_UNREAD not in (await near.run("delta")).codes
        write(
            near, f"id,email\nu-78,{second}\nu-79,{nils}\nu-80,{third}\n".encode()
        )  # of whom u-77 had the first
        assert Code.PEOPLE_FILE_UNREAD not in (await near.run("delta")).codes
