"""Several real services with one ledger: each tick is one run of each target, whoever dies; `make cluster` does so at length."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from pathlib import Path

from connector.engine.queue import DbosQueue, engine_for
from connector.sandbox.faults import Call, Fault, Latency
from tests.engine.crew import Crew, until
from tests.ledger.cluster import Cluster

LONG_S = 120.0
"""No measure: a machine may be busy."""


def test_who_never_shared_a_ledger_has_nothing_to_forget(cluster: Cluster) -> None:
    with closing(DbosQueue(engine_for(cluster.new_database()))) as queue:
        assert queue.forget(before=time.time()) == 0


def test_each_tick_is_one_run_and_who_dies_is_taken_over_and_who_ends_hands_over(
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    crew = Crew(tmp_path, cluster.new_database(), 2, tick_s=2, beats=(0.5, 7.0))
    with crew.standing():
        one, two = crew.start(), crew.start()
        until(lambda: len(crew.working()) == 2, LONG_S, "two members")
        until(lambda: all(len(crew.done(target)) >= 2 for target in crew.places), LONG_S, "two runs each")
        for target in crew.places:
            crew.must_be_one_by_one(target)

        place = crew.places["t0"]
        killed: list[int] = []
        place.wire.add(Fault(match=lambda call: kill_holder(crew, "t0", call, killed), how=Latency(0)))
        until(lambda: killed, LONG_S, "somebody died")
        crew.ask("UPDATE leases SET expires_at=0 WHERE target='t0' RETURNING 1")  # 40 s are long for a test
        taken = until(lambda: crew.ask("SELECT work, member FROM takeovers"), LONG_S, "a takeover")
        assert taken[0][0].startswith("run/t0/delta/")
        before = len(crew.done("t0"))
        until(lambda: len(crew.done("t0")) > before, LONG_S, "runs after it")
        assert not place.intranet.deletions
        assert sorted(crew.members().values()) == ["silent", "working"]

        survivor = two if one.poll() is not None else one
        survivor.send_signal(signal.SIGTERM)
        assert survivor.wait(LONG_S) == 0
        assert sorted(crew.members().values()) == ["left", "silent"]

        kept = str(
            crew.ask("SELECT to_jsonb(s) FROM dbos.workflow_status s")
            + crew.ask("SELECT to_jsonb(o) FROM dbos.operation_outputs o")
        )
        assert "portable_json" in kept
        assert "py_pickle" not in kept
        for word in ("Tunnel", "Bridge", "Kari", "kari@example.com", "plan.pdf", "example-corp"):
            assert word not in kept
        with closing(DbosQueue(engine_for(crew.url))) as queue:
            asked = len(crew.work())
            assert queue.forget(before=time.time() - 60) == 0
            assert queue.forget(before=time.time() + 60, most=1) == 1
            assert queue.forget(before=time.time() + 60) >= asked - 3, "what was begun and not done stays"
            assert all(state in {"PENDING", "ENQUEUED"} for _, state, _ in crew.work())
        assert "Traceback" not in crew.logs()


def kill_holder(crew: Crew, target: str, call: Call, killed: list[int]) -> bool:
    """At some call of a run: whoever has the lease dies."""
    if killed or ("/children" not in call.path and "nodes" not in call.path):
        return False
    holder = crew.holder(target)
    if not holder:
        return False
    killed.append(holder)
    os.kill(holder, signal.SIGKILL)
    return True
