"""Carries out what people ordered while no run works on the target; a run does so itself."""

from __future__ import annotations

from connector.plan.options import Options
from connector.runs import ordering
from connector.wiring.opening import Opening


async def carry_out(opening: Opening, target_name: str, options: Options) -> bool:
    """
    Carry out what waits; False where the intranet did not answer for all of it.

    Raises:
        LeaseHeld: a run works on the target; it does so itself, between two batches.
        TargetRefused: a person must act.
    """
    with opening.ledger() as ledger:
        async with opening.target(target_name, ledger) as target:
            with opening.lock(target.key):
                return await ordering.carry_out(ledger, target, options, clock=opening.clock)
