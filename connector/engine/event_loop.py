"""The event loop in which a whole process works. Who only waits for something in it needs none of this (`task_group`)."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

from connector.machine.allocator import give_back_large_buffers

T = TypeVar("T")
COLLECT_AFTER = 5_000
"""Objects made before the collector looks at the young ones; a run makes and drops millions that hold no circles."""


def run_program(work: Coroutine[Any, Any, T]) -> T:
    """Run the whole work of a process: imports are out of the collector's sight, and large buffers go back to the system."""
    give_back_large_buffers()
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
