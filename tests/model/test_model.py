"""The model, for a bounded time in every test run, and long in `make soak` (CONNECTOR_SOAK=examples)."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests import ledgers
from tests.model.losing import LosingMachine
from tests.model.machine import Machine
from tests.model.people import PeopleMachine
from tests.model.places import PlacesMachine
from tests.model.sharing import SharedMachine

SOAK = int(os.environ.get("CONNECTOR_SOAK", "0"))

TestEverythingThatCanHappen = Machine.TestCase
TestEverythingThatCanHappen.settings = settings(
    max_examples=SOAK or 8,
    stateful_step_count=40 if SOAK else 15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)

TestWhoeverMaySee = PeopleMachine.TestCase
TestWhoeverMaySee.settings = settings(
    TestEverythingThatCanHappen.settings,
    max_examples=SOAK or 5,
)

TestWhoeverMustLoseNothing = LosingMachine.TestCase
TestWhoeverMustLoseNothing.settings = settings(
    TestEverythingThatCanHappen.settings,
    max_examples=SOAK or 5,
)

TestWhateverChangesItsPlace = PlacesMachine.TestCase
TestWhateverChangesItsPlace.settings = settings(
    TestEverythingThatCanHappen.settings,
    max_examples=SOAK or 5,
)

if ledgers.ON_POSTGRES:
    TestWhateverHappensToSeveral = SharedMachine.TestCase
    TestWhateverHappensToSeveral.settings = settings(
        TestEverythingThatCanHappen.settings,
        max_examples=SOAK or 5,
    )
