"""What a person hid, through `ledger backup`, `restore` and `rebuild`, with and without the file beside the ledger; and orders that were left."""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connector.daemon.service import Pace, Service
from connector.errors import SettingsError
from connector.ledger.orders import Order, OrderKind
from connector.ledger.orders_file import NAME
from connector.ledger.store import Ledger
from connector.plan.item import Mode
from connector.sandbox.faults import RESET_BEFORE
from connector.wiring.orders import carry_out_waiting
from tests import ledgers
from tests.combinations import in_turn
from tests.daemon.serving import serving, until
from tests.estates import furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.office import DONE, Office
from tests.rules.ground import DELETE, break_all, files_of, plain_world
from tests.rules.hiding import hide
from tests.rules.hiding import order as write_order


@pytest.mark.parametrize(("file", "how"), in_turn(["kept", "lost", "older"], ["restore", "rebuild"]))
def test_what_is_hidden_stays_out_through_restore_and_rebuild(office: Office, how: str, file: str) -> None:
    plan, report = f"ix-{office.small.plan}", f"ix-{office.small.report}"
    orders, copy = office.folder / "var" / "hidden.json", office.folder / "copy.db"
    office.ask("sync", "--mode", "full")
    office.ask("hide", report, "--as", "kari")
    older = orders.read_bytes()
    if how == "restore":
        if ledgers.ON_POSTGRES:
            pytest.skip("the database's own programs back it up and restore it")
        assert office.ask("ledger", "backup", str(copy)).code == DONE
    office.ask("hide", plan, "--as", "ola", "--because", "wrong version")
    office.ask("unhide", report)
    office.ask("sync")
    assert report in office.intranet.documents
    if file == "lost":
        orders.unlink()
    elif file == "older":
        orders.write_bytes(older)
    arguments = ["restore", str(copy)] if how == "restore" else ["rebuild"]
    assert office.ask("ledger", *arguments, "--yes").code == DONE
    for mode in ("full", "delta", "full"):
        office.ask("sync", "--mode", mode)
        assert plan not in office.intranet.documents
        assert report in office.intranet.documents
    (hidden,) = office.ask("hidden", "--json").json["hidden"]
    assert (hidden["id"], hidden["by"], hidden["because"]) == (plan, "ola", "wrong version")


def test_a_file_that_is_older_than_what_the_ledger_forgot_hides_nothing_again(office: Office) -> None:
    plan, orders = f"ix-{office.small.plan}", office.folder / "var" / "hidden.json"
    office.ask("sync", "--mode", "full")
    office.ask("hide", plan)
    older = orders.read_bytes()
    office.ask("unhide", plan)
    ledger = Ledger(f"sqlite:///{office.folder}/var/ledger.db", now=2e9)
    ledger.prune(before=2e9)
    assert not ledger.every_order()
    ledger.close()
    orders.write_bytes(older)
    office.ask("sync", "--mode", "full")
    assert plan in office.intranet.documents


def test_a_preview_shows_nothing_that_is_hidden(office: Office) -> None:
    before = office.ask("preview", "--json").json["documents"]
    office.ask("sync", "--mode", "full")
    office.ask("hide", f"ix-{office.small.drawings}")
    below = before - len(office.intranet.documents)
    assert below > 1
    assert office.ask("preview", "--json").json["documents"] == before - below
    for file in (office.folder / "var").glob("ledger.db*"):
        file.unlink()
    assert office.ask("preview", "--json").json["documents"] == before - below, "by hidden.json alone"


def waiting(near: Neighbourhood) -> list[Order]:
    with near.app().ledger() as ledger:
        return ledger.orders("intranet").waiting()


async def test_a_service_carries_out_what_a_killed_command_left(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=3) as (near, roots):
        await near.run("full")
        near.values |= {
            "schedule.delta": "",
            "schedule.full": "",
            "people.every": "",
            "service.listen": "127.0.0.1:0",
        }
        service = Service(near.app, clock=near.clock, pace=Pace(beat_s=0.02, jitter_s=0, news_s=0.02))
        async with serving(service):
            write_order(near, roots["alpha"])
            await until(lambda: not near.found())
            await until(lambda: not waiting(near))  # it is noted after the intranet answered


async def test_what_the_intranet_did_not_answer_waits_for_the_next_look(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=3) as (near, roots):
        await near.run("full")
        write_order(near, roots["alpha"])
        app = near.app()
        fault = break_all(near, DELETE, RESET_BEFORE)
        await carry_out_waiting(app, lambda name: app.options(name, Mode.DELTA))
        assert len(waiting(near)) == 1
        near.wire.faults.remove(fault)
        await carry_out_waiting(app, lambda name: app.options(name, Mode.DELTA))
        assert not waiting(near)
        assert not near.found()


async def test_several_may_write_down_what_is_hidden_at_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run, the page and a command that waits; what a killed one left half written is taken away."""
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        app, sync, others = near.app(), os.fsync, ThreadPoolExecutor(1)
        file = tmp_path / "var" / NAME

        def order(number: int) -> None:
            with app.ledger() as ledger:
                one = Order(
                    id=f"O{number}",
                    target="intranet",
                    kind=OrderKind.HIDE,
                    subject=f"ix-{number}",
                    at=near.clock(),
                )
                ledger.orders("intranet").write(one)
                app.orders_file().merge(ledger)

        def meanwhile(descriptor: int) -> None:
            monkeypatch.setattr(os, "fsync", sync)
            sync(descriptor)
            others.submit(order, 2).result()

        file.parent.mkdir(exist_ok=True)  # a ledger on PostgreSQL has made none
        left = file.with_name(f"{NAME}.half")
        left.write_text("{", encoding="utf-8")
        os.utime(left, (0, 0))
        monkeypatch.setattr(os, "fsync", meanwhile)
        await asyncio.to_thread(order, 1)
        await asyncio.to_thread(order, 3)
        others.shutdown()
        assert [one.name for one in file.parent.glob(f"{NAME}*")] == [NAME]
        assert {one["id"] for one in json.loads(file.read_text(encoding="utf-8"))["orders"]} == {
            "O1",
            "O2",
            "O3",
        }


async def test_another_name_for_the_target_shows_nothing_again(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=5) as (near, roots):
        await near.run("full")
        one, *_ = files_of(near, roots["alpha"])
        await hide(near, one)
        before = near.values
        near.values = {key.replace("targets.intranet.", "targets.other."): v for key, v in before.items()}
        app = near.app()
        for mode in (Mode.DELTA, Mode.FULL, Mode.BACKFILL):
            with pytest.raises(SettingsError, match="Call it 'intranet' again") as caught:
                await app.run("other", app.options("other", mode))
            assert caught.value.key == "targets.other"
        assert near.found() == near.expected() - {f"ix-{one}"}
        near.values = before
        assert (await near.run("full")).session.ended
        assert near.found() == near.expected() - {f"ix-{one}"}
