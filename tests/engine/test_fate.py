"""Whatever befalls services with one ledger, nothing is lost and nobody sees too much: `make cluster`, `tools/soak-cluster`."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.engine.crew import Crew, Place, is_as_expected, until
from tests.engine.fate import SETTLE_S, Fate, wrong_readers
from tests.engine.test_shared_walk import CALLS, LONG_S, Busiest, furnish
from tests.ledger.cluster import Cluster
from tests.runs.test_kills import expected, lost

pytestmark = pytest.mark.skipif("CONNECTOR_CLUSTER" not in os.environ, reason="long: make cluster")
FATE_S = float(os.environ.get("CONNECTOR_FATE_S", "100"))
SEED = int(os.environ.get("CONNECTOR_SEED", random.randrange(10**6)))


@contextmanager
def fate_of(cluster: Cluster, folder: Path, targets: int, tick_s: float) -> Iterator[tuple[Crew, Fate]]:
    """Three services that have loaded everything once."""
    print(f"CONNECTOR_SEED={SEED}")
    several = {
        key: value
        for n in range(targets)
        for key, value in ((f"sources__st{n}__concurrency", CALLS), (f"targets__t{n}__concurrency", 4))
    }
    crew = Crew(
        folder,
        cluster.new_database(),
        targets,
        tick_s=tick_s,
        beats=(0.5, 6.0),
        http__settle_s=SETTLE_S,
        http__timeout_s=5,
        safety__max_deletes=1_000,
        safety__max_delete_ratio=1.0,
        **several,
    )
    for place in crew.places.values():
        furnish(place)
    with crew.standing(), closing(Fate(crew, cluster, SEED)) as fate:
        for _ in range(3):
            fate.start()
        until(lambda: len(crew.working()) == 3, LONG_S, "three members")
        until(lambda: all(crew.done(name) for name in crew.places), LONG_S, "everything is loaded")
        yield crew, fate


def ends_well(crew: Crew, name: str, place: Place) -> None:
    """After a full run that nobody disturbs all is found, by whom it may be."""
    ended = len(crew.done(name))
    crew.ask_for("full", name)
    until(lambda: "full" in {one[0] for one in crew.done(name)[ended:]}, LONG_S, f"{name}: a full run")
    until(lambda: set(place.intranet.documents) == expected(place), LONG_S, f"{name}: all is found")  # type: ignore[arg-type]
    with suppress(AssertionError):
        until(lambda: not wrong_readers(place), LONG_S, f"{name}: by whom it may be")
    assert not wrong_readers(place)
    is_as_expected(place)
    crew.must_be_one_by_one(name)


@pytest.mark.parametrize(("targets", "tick_s"), [(1, 15.0), (3, 4.0)], ids=["rooms", "targets"])
def test_whatever_befalls_them_at_random_nothing_is_lost(
    cluster: Cluster,
    tmp_path: Path,
    targets: int,
    tick_s: float,
) -> None:
    with fate_of(cluster, tmp_path, targets, tick_s) as (crew, fate):
        busiest = {name: Busiest(place) for name, place in crew.places.items()}
        over = time.monotonic() + FATE_S
        while time.monotonic() < over:
            fate.befall()
            time.sleep(fate.dice.uniform(0.2, 3))
            for place in crew.places.values():
                assert not lost(place), fate.told  # type: ignore[arg-type]
        print(*fate.told, sep="\n")
        until(lambda: (fate.tidy(at_last=True), len(crew.working()) == 3)[1], LONG_S, "three members again")
        for name, place in crew.places.items():
            ends_well(crew, name, place)
            assert busiest[name].most <= CALLS
        if targets == 1:
            assert "walk.shared" in crew.logs()
        assert "Another run on this machine" not in crew.logs(), "all know that they share a ledger"
        assert '.bug"' not in crew.logs()
