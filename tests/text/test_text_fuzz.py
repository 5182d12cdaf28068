"""Damaged files of every kind end in text or in a reason: our own readers raise nothing else, and end."""

from __future__ import annotations

import os
from pathlib import Path

import file_makers as make
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.text.extract import Limits, extract

CASES = Path(__file__).parent / "samples" / "cases"
# Not those that a library's own code reads: what it makes of damage may end the process, which is the pool's business.
OTHERS = {".pdf"}
SMALL = sorted(
    path.name for path in CASES.iterdir() if path.suffix not in OTHERS and path.stat().st_size < 60_000
)
EXAMPLES = int(os.environ.get("CONNECTOR_SOAK", "0")) or 4


def read(path: Path, content: bytes, name: str) -> None:
    path.write_bytes(content)
    result = extract(path, name, "", Limits(max_text_bytes=200_000))
    assert (result.text is None) == (result.reason is not None)


damage = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.one_of(st.binary(min_size=1, max_size=4), st.sampled_from([b"\xff" * 4, b"\0" * 4, b"{" * 40])),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("name", SMALL)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=damage, keep=st.floats(0.05, 1))
def test_damage_ends_in_text_or_a_reason(
    tmp_path: Path, name: str, changes: list[tuple[float, bytes]], keep: float
) -> None:
    content = bytearray((CASES / name).read_bytes())
    for place, odd in changes:
        at = int(place * len(content))
        content[at : at + len(odd)] = odd
    read(tmp_path / "file", bytes(content), name)
    read(tmp_path / "file", bytes(content[: int(keep * len(content))]), name)


@pytest.mark.parametrize("stream", ["WordDocument", "Workbook", "PowerPoint Document"])
@settings(
    max_examples=10 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=3_000), table=st.binary(max_size=2_000))
def test_any_stream_of_old_office_ends(tmp_path: Path, stream: str, content: bytes, table: bytes) -> None:
    head = (
        b"\xec\xa5\xc1\x00" + bytes(6) + b"\x00\x02"
        if stream == "WordDocument"
        else b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(12)
    )
    streams = {stream: head + content, "1Table": table, "Current User": table}
    read(tmp_path / "file", make.make_ole(streams), "a.doc")
