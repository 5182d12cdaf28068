"""
Cut the wire at call n of a run, for every n: run again, and source and target are in step, with no live document ever gone.

Whether a call was carried out before it was cut matters for calls that have an effect only: of the others nobody can tell.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count, cycle
from pathlib import Path

import pytest

from connector.sandbox.faults import RESET_AFTER, RESET_BEFORE, Call, Fault, How, Status
from tests.estates import Small, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.rules.ground import live_gone


def any_call(_: Call) -> bool:
    """Every call of a run."""
    return True


def has_effect(call: Call) -> bool:
    """Whether the intranet or a session in it is another one after the call."""
    return call.server == "interact" and call.method != "GET"


FAULTS: dict[str, tuple[tuple[How, ...], Callable[[Call], bool], int]] = {
    "reset-before, 503": ((RESET_BEFORE, Status(503)), any_call, 20),
    "503, reset-before": ((Status(503), RESET_BEFORE), any_call, 20),
    "reset-after": ((RESET_AFTER,), has_effect, 3),
}
"""How calls are cut, one after the other in turns; which calls, and more of them than so many are in every run."""
PLAYED = [
    ("delta", "reset-before, 503"),
    ("full", "503, reset-before"),
    ("delta", "reset-after"),
    ("full", "reset-after"),
]
LONG = (
    [("delta", "503, reset-before"), ("full", "reset-before, 503")]
    if os.environ.get("CONNECTOR_SOAK")
    else []
)
"""What `make soak` plays besides: then every call of every run is cut in every way."""


def the(n: int, which: Callable[[Call], bool]) -> Callable[[Call], bool]:
    """A match for call n of some."""
    met = count(1)
    return lambda call: which(call) and next(met) == n


class Edits:
    """A change of every sort, again and again: each time as many, and of the same things."""

    def __init__(self, near: Neighbourhood, small: Small) -> None:
        self._near, self._small = near, small
        self._places = cycle([small.drawings, small.details])
        self._goes = small.site

    def make(self, n: int) -> None:
        """Rename, remove, add, move and edit something; what is added now is removed the next time."""
        rooms, small = self._near.rooms, self._small
        rooms.rename(small.drawings, f"Drawings of the bridge, {n}")
        rooms.remove(self._goes)
        self._goes = rooms.add_file(small.details, f"new {n}.txt", content=b"new")
        rooms.move(small.section, next(self._places))
        rooms.edit_entry(small.rfi, {"Title": f"Which nuts, {n}?"})


@pytest.mark.parametrize(("mode", "how"), [*PLAYED, *LONG])
async def test_a_cut_run_is_made_good_by_the_next(tmp_path: Path, mode: str, how: str) -> None:
    faults, which, least = FAULTS[how]
    small: list[Small] = []
    async with neighbourhood(tmp_path, lambda world: small.append(furnish_small(world))) as near:
        await near.run("backfill")
        edits = Edits(near, small[0])
        for n in count(1):
            near.clock.pass_seconds(86_400)  # what goes on one day counts towards the brake
            edits.make(n)
            cut = near.wire.add(Fault(the(n, which), faults[n % len(faults)]))
            await near.run(mode)
            assert not live_gone(near), f"call {n}"
            near.wire.clear()
            report = await near.run(mode)
            assert not live_gone(near), f"call {n}"
            assert near.found() == near.expected(), f"call {n}: {report.reasons}"
            if (
                not report.session.ended or report.outcome != "succeeded"
            ):  # a delta, or soon after a lost begin or end
                near.clock.pass_seconds(200)
                report = await near.run("full")
                assert near.found() == near.expected(), f"call {n}"
                assert not live_gone(near), f"call {n}"
            assert (report.outcome, report.session.ended) == ("succeeded", True), (
                f"call {n}: {report.reasons}"
            )
            if not cut.hits:
                break
        assert n > least, "it was cut nowhere"
