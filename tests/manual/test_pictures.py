"""The manual's pictures are of what the program shows."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import pytest

from tests.manual.blocks import DOCS
from tests.pages.browser import CHROMIUM
from tools.pictures import WIDTH, take_all


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_pictures_can_be_taken_anew(tmp_path: Path) -> None:
    asyncio.run(take_all(tmp_path))
    taken = {picture.name: sizes(picture) for picture in tmp_path.glob("*.png")}
    assert set(taken) == {picture.name for picture in (DOCS / "pictures").iterdir()}
    assert all(width == WIDTH and height > 300 for width, height in taken.values())


def sizes(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG file."""
    width, height = struct.unpack(">II", picture.read_bytes()[16:24])
    return width, height
