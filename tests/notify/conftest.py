"""Who looks, and what is heard of it."""

from __future__ import annotations

import pytest

from tests.desk import Desk
from tests.notify.looking import Looking


@pytest.fixture
def one(blank_desk: Desk) -> Looking:
    return Looking(blank_desk)
