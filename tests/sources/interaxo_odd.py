"""Rows of Interaxo as no documentation has them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.builders import sample

ROWS: list[dict[str, Any]] = json.loads(sample("interaxo/children.json"))
ENTRY: dict[str, Any] = json.loads(sample("interaxo/entry.json"))
ROOM = {
    "id": "bridge",
    "name": "Bridge",
    "description": "",
    "content": {"root_id": "r1"},
    "workspace": {"id": "w", "name": "W"},
    "metadata": {"k": {"label": "L", "value": 3}},
}
ODD = [
    "",
    0,
    -1,
    1e308,
    10**30,
    True,
    None,
    [],
    {},
    [None],
    [[]],
    {"id": None},
    {"id": ""},
    {"id": 5},
    "\x00",
    "x" * 5_000,
]


def page(*rows: dict[str, Any]) -> bytes:
    return json.dumps(rows).encode()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "type", "value", "label", "root_id"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
