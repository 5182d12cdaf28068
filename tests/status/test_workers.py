"""Who works is told on the terminal, on a page and to Prometheus: who, on what, since when, and what was taken over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.ledger.store import Ledger
from connector.ports.engine import Doing, Work
from connector.status.metrics import Metrics
from connector.status.workers import tell_workers
from tests.ledger_pushes import NOW
from tests.office import DONE, Office

DUE = Work("full", "intranet", NOW - 60).name


def furnish(ledger: Ledger, now: float) -> None:
    """One works, one fell silent, one left."""
    members = ledger.members()
    for name, host, since in (("a-1", "alfa", 900.0), ("b-1", "beta", 800.0), ("c-1", "gamma", 700.0)):
        members.join(name, host, "runs-1", now=now - since)
    members.beat("b-1", [Doing("full", "intranet", now - 300)], 0, now=now - 200)
    members.beat("a-1", [Doing("delta", "intranet", now - 30)], 3, now=now - 2)
    members.leave("c-1", now=now - 100)
    members.give_up("b-1", now - 200)
    members.take(DUE, "b-1", now=now - 150)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    one = Ledger("sqlite://", now=NOW)
    furnish(one, NOW)
    yield one
    one.close()


def test_everybody_is_told_with_what_is_in_hand(ledger: Ledger) -> None:
    told = tell_workers(ledger, ["intranet"], shared=True, now=NOW)
    assert [(one["host"], one["state"], one["silent_s"]) for one in told["workers"]] == [
        ("alfa", "working", 2.0),
        ("beta", "silent", 200.0),
        ("gamma", "left", 100.0),
    ]
    doing = [[work["what"] for work in one["doing"]] for one in told["workers"]]
    assert doing == [["delta"], [], []], "what was taken from somebody is under takeovers"
    assert [one["heard"] for one in told["workers"]] == ["2 s ago", "3 min 20 s ago", "1 min 40 s ago"]
    assert told["waiting"] == 3
    assert [(one["what"], one["target"], one["host"]) for one in told["takeovers"]] == [
        ("full", "intranet", "beta")
    ]
    assert told["runs"] == []


def test_who_is_gone_for_a_day_is_told_no_more(ledger: Ledger) -> None:
    told = tell_workers(ledger, [], shared=True, now=NOW + 90_000)
    assert [one["host"] for one in told["workers"]] == ["alfa"]
    assert told["takeovers"] == []
    ledger.members().forget(now=NOW + 8 * 86_400)
    assert [one.host for one in ledger.members().everyone(now=NOW)] == ["alfa"]


def test_who_died_with_all_others_works_no_more_though_nobody_gave_it_up(ledger: Ledger) -> None:
    """The whole site was without power for an hour: it was told as working on its run."""
    (alfa, *_) = tell_workers(ledger, [], shared=True, now=NOW + 3_600)["workers"]
    assert (alfa["state"], alfa["doing"], alfa["heard"]) == ("silent", [], "1 h ago")
    assert "nobody is there" in alfa["words"]


def test_a_run_under_way_is_told_whoever_began_it(ledger: Ledger) -> None:
    runs = ledger.runs("intranet")
    runs.take_lease(now=NOW)
    assert tell_workers(ledger, ["intranet"], shared=False, now=NOW)["runs"] == [], "it has begun nothing yet"
    run = runs.start(mode="backfill", dry_run=False, now=NOW)
    (told,) = tell_workers(ledger, ["intranet"], shared=False, now=NOW)["runs"]
    assert (told["target"], told["run_id"], told["mode"]) == ("intranet", run.id, "backfill")
    assert told["by"].startswith("process ")
    assert tell_workers(ledger, ["intranet"], shared=False, now=NOW + 3_600)["runs"] == [], "it died"


def test_rooms_of_a_run_that_several_walk_are_told_as_long_as_it_lives(ledger: Ledger) -> None:
    ledger.runs("intranet").take_lease(now=NOW)
    rooms = [(0, "a", "{}"), (1, "b", "{}")]
    ledger.shards("intranet").open(1, "interaxo", seats=2, terms="{}", rooms=rooms)
    (told,) = tell_workers(ledger, ["intranet"], shared=True, now=NOW)["walks"]
    assert (told["source"], told["rooms"], told["done"], len(told["seats"])) == ("interaxo", 2, 0, 2)
    assert 'rooms_shared{state="waiting",target="intranet"} 2.0' in metrics(ledger, now=NOW)
    assert tell_workers(ledger, ["intranet"], shared=True, now=NOW + 3_600)["walks"] == [], "it died"
    assert "rooms_shared{" not in metrics(ledger, now=NOW + 3_600)


def metrics(ledger: Ledger, *, now: float) -> str:
    one = Metrics()
    one.start(ledger, ["intranet"])
    return one.render(ledger, {"intranet": set()}, now=now).decode()


def test_prometheus_hears_of_workers_takeovers_and_the_queue(ledger: Ledger) -> None:
    told = Metrics().render(ledger, {}, now=NOW).decode()
    assert 'interact_connector_workers{state="working"} 1.0' in told
    assert 'interact_connector_workers{state="silent"} 1.0' in told
    assert "interact_connector_takeovers_day 1.0" in told
    assert "interact_connector_queue_waiting 3.0" in told


def test_the_verb_tells_it_without_secrets(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.write_settings(["https://api.example.com", "https://intranet.example.com"])
    office.secrets = {}
    assert office.ask("workers", "--json").json["workers"] == []
    assert "One service alone" in office.ask("workers").out
    now = time.time()
    ledger = Ledger(f"sqlite:///{tmp_path}/var/ledger.db", now=now)
    furnish(ledger, now)
    ledger.close()
    told = office.ask("workers")
    assert told.code == DONE
    for words in ("alfa works", "beta fell silent", "gamma ended", "delta run of intranet", "1 takeover"):
        assert words in told.out
    assert office.ask("workers", "--json").json["takeovers"][0]["member"] == "b-1"
