"""The week's mail to the owners of rooms: when it goes out, to whom, once each, and lists of owners that say nothing."""

from __future__ import annotations

import asyncio
import contextlib
import csv
from email import message_from_string, policy
from pathlib import Path

import pytest

from connector.errors import SettingsError
from connector.ledger.store import Ledger
from connector.notify import weekly as module
from connector.notify.digest import read_owners
from connector.notify.message_words import RoomDigest
from connector.ports.matching import Matching
from connector.sandbox.interact_rows import Refusal
from connector.wiring.notifications import digest_of, notifier_of
from tests.estates import Small, furnish_small
from tests.neighbourhood import neighbourhood
from tests.notify.postoffice import PostOffice
from tests.notify.telling import DAY, by_mail, end_a_run, look, own, told_both_ways


async def test_the_week_s_mail_comes_after_a_clock_that_was_ahead_was_set_right(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, PostOffice().open() as office:
        by_mail(near, office)
        own(near, "example-corp/bridge,kari@example.com")
        await near.run("full")
        near.clock.pass_seconds(60 * DAY)
        await look(near)
        near.clock.pass_seconds(-60 * DAY)
        await look(near)
        assert not office.mails
        near.clock.pass_seconds(7 * DAY)
        await look(near)
        assert len(office.mails) == 1


async def test_owners_get_the_week_s_mail_once(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, PostOffice().open() as office:
        by_mail(near, office)
        (tmp_path / "owners.csv").write_text(
            "room;e-mail\nexample-corp/bridge;Owner@example.com\nexample-corp/none;owner@example.com\n",
            encoding="utf-8",
        )
        near.values["notify.owners"] = "owners.csv"
        await near.run("full")
        await look(near)
        assert not office.mails, "the first week begins with the Monday that comes"
        near.clock.pass_seconds(7 * DAY)
        await near.run("delta")
        for _ in range(2):
            await look(near)
        (mail,) = office.mails
        assert "To: owner@example.com" in mail
        assert "documents can be found" in mail
        assert "No room is called example-corp/none" in mail


async def test_what_others_wrote_forges_no_line_of_a_mail_and_steers_no_eye(tmp_path: Path) -> None:
    """What Interact says of a document it refuses, say: a line break, an escape sequence, a direction mark."""
    small: list[Small] = []
    async with (
        neighbourhood(tmp_path, lambda world: small.append(furnish_small(world))) as near,
        PostOffice().open() as office,
    ):
        by_mail(near, office)
        own(near, "example-corp/bridge,kari@example.com")
        await near.run("full")
        await look(near)
        near.intranet.switches.refuse.append(
            Refusal(match=small[0].plan, message="no\nNothing is lacking.\x1b[2J\u202efdp")
        )
        near.rooms.new_version(small[0].plan, b"%PDF-1.4 anew")
        near.clock.pass_seconds(7 * DAY)
        report = await near.run("delta")
        assert report.outcome == "quarantined"
        await look(near)
    text = message_from_string(office.mails[-1], policy=policy.default).get_content()
    assert "plan.pdf" in text
    assert "no Nothing is lacking.[2Jfdp" in text
    assert "Nothing is lacking." not in [line.strip() for line in text.splitlines()]


async def test_a_list_of_owners_that_cannot_be_read_keeps_nobody_from_hearing_of_a_run(
    tmp_path: Path,
) -> None:
    async with told_both_ways(tmp_path) as (near, hook, office):
        file = own(near, "example-corp/bridge,kari@example.com")
        app = near.app()
        telling, weekly = notifier_of(lambda: app), digest_of(lambda: app)
        await weekly.look()
        near.clock.pass_seconds(7 * DAY)
        whole = file.read_text(encoding="utf-8")
        file.write_text(whole + "half a row", encoding="utf-8")
        end_a_run(near, "failed", app)
        await telling.look()
        with pytest.raises(SettingsError, match="owners"):
            await weekly.look()
        assert [one["event"] for one in hook.bodies] == ["failed"]
        assert len(office.mails) == 1
        file.write_text(whole, encoding="utf-8")
        await weekly.look()
        assert len(office.mails) == 2


async def test_of_the_week_s_mails_none_goes_out_twice_and_none_keeps_another_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the look is cut off amid them, and where one of them cannot be written."""
    async with neighbourhood(tmp_path, furnish_small) as near, PostOffice().open() as office:
        by_mail(near, office)
        own(near, *(f"example-corp/bridge,{name}@example.com" for name in ("ann", "bad", "cut", "dan")))
        await near.run("full")
        await look(near)
        near.clock.pass_seconds(7 * DAY)
        real = module.read_room

        def read(
            ledger: Ledger, target: str, room: str, *, owner: str, matching: Matching
        ) -> RoomDigest | None:
            if owner.startswith("bad"):
                raise RuntimeError("a bug")
            if owner.startswith("cut") and not cut:
                cut.append(owner)
                raise asyncio.CancelledError
            return real(ledger, target, room, owner=owner, matching=matching)

        cut: list[str] = []
        monkeypatch.setattr(module, "read_room", read)
        for _ in range(4):
            with contextlib.suppress(RuntimeError, asyncio.CancelledError):
                await digest_of(near.app).look()
            near.clock.pass_seconds(3_600)
        assert sorted(mail.partition("To: ")[2][:3] for mail in office.mails) == ["ann", "cut", "dan"]


@pytest.mark.parametrize(
    "text",
    [
        "name,mail\na,b\n",
        "room,email\nbridge,nobody\n",
        "room,email\n,x@example.com\n",
        "room,email\nbridge,x@\n",
        "room,email\nbridge,x@[\n",
        f'room,email\n"{"x" * 200_000}",x@example.com\n',
    ],
    ids=["other columns", "no address", "no room", "no host", "half a host", "a cell without end"],
)
def test_a_list_of_owners_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "owners.csv").write_text(text, encoding="utf-8")
    csv.field_size_limit(2**31 - 1)  # as a process has it that reads exports of Interject
    with pytest.raises(SettingsError, match="owners"):
        read_owners(tmp_path / "owners.csv", "notify.owners")
