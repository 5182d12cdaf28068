"""Which of the rules `make test` plays on PostgreSQL, too."""

from __future__ import annotations

import re
from pathlib import Path

from tests.rules.conftest import ON_POSTGRESQL

RULES = Path(__file__).parents[1] / "rules"
TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def test_every_one_of_them_is_there_and_none_stands_for_two() -> None:
    tests = [name for file in RULES.glob("test_*.py") for name in TEST.findall(file.read_text("utf-8"))]
    assert sorted(one for one in tests if one in ON_POSTGRESQL) == sorted(ON_POSTGRESQL)
