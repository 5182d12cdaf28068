"""What a run frees goes back to the system: the heap of its process does not keep the room of large buffers."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import re
from connector.engine.event_loop import run_program

def heap():
    told = open("/proc/self/maps", encoding="ascii").read()
    begin, end = re.search(r"^(\\w+)-(\\w+) .*\\[heap\\]$", told, re.MULTILINE).groups()
    return int(end, 16) - int(begin, 16)

async def work():
    page = bytes(16_000_000)  # the largest that was freed is what glibc would take out of its heap from then on
    del page
    before = heap()
    pages = [bytes(1_000_000) for _ in range(8)]
    return heap() - before

print(run_program(work()))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries decide otherwise")
def test_large_buffers_stay_out_of_the_heap() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert int(told) < 1_000_000
