"""`make text-bench`: what is measured of each file, and what a comparison of two measurements tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import file_makers as make
import pytest

from bench.texts import opinions
from bench.texts.corpus import files_below
from bench.texts.reading import Measured, Measurement, measure, words_of
from bench.texts.tables import compare, tell


def measured(path: str, **more: Any) -> Measured:
    return Measured(**{"path": path, "format": path.rpartition(".")[2], "size": 1, "seconds": 0.1, "cpu_seconds": 0.1, "peak_mb": 50.0, "grown_mb": 50.0, **more})  # fmt: skip


async def test_each_file_is_told_with_its_words_time_and_memory_or_a_reason(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.docx").write_bytes(make.make_docx())
    (tmp_path / "b.pdf").write_bytes(make.make_scanned_pdf())
    (tmp_path / "c").write_bytes(b"")
    found = [one async for one in measure(files_below(tmp_path), memory_mb=350, timeout_s=60)]
    assert [(one.path, one.format, one.reason) for one in found] == [
        ("b.pdf", "pdf", "empty"),
        ("c", "-", "empty"),
        ("in/a.docx", "docx", ""),
    ]
    assert {make.WORD, "header"} <= {*found[2].words}
    assert all(one.peak_mb and one.peak_mb > 1 for one in found)


def test_a_comparison_names_what_was_lost_and_what_was_gained() -> None:
    words = [f"word{n}" for n in range(100)]
    before = Measurement(
        extractor="text=1",
        files=[
            measured("lost.pdf", words=words),
            measured("gained.doc", reason="broken"),
            measured("renamed.doc", reason="broken"),
            measured("fewer.txt", words=words),
            measured("nearly.txt", words=words),
            measured("slow.xls", words=words),
            measured("gone.txt"),
        ],
    )
    after = Measurement(
        extractor="text=2",
        files=[
            measured("lost.pdf", reason="crashed", peak_mb=None),
            measured("gained.doc", words=words),
            measured("renamed.doc", reason="too-old"),
            measured("fewer.txt", words=words[:90]),
            measured("nearly.txt", words=words[:99]),
            measured("slow.xls", words=words, cpu_seconds=0.9, peak_mb=350.0, grown_mb=300.0),
            measured("new.txt"),
        ],
    )
    told = "\n".join(compare(before, after))
    assert "6 files in both; readers before: text=1; after: text=2" in told
    for line in (
        "text gained: 1\n  gained.doc",
        "TEXT LOST: 1\n  lost.pdf (crashed)",
        "another reason: 1\n  renamed.doc (broken -> too-old)",
        "words lost: 1\n  fewer.txt: 10 of 100: word90",
        "slower: 1\n  slow.xls: 0.1 s -> 0.9 s",
        "more memory: 1\n  slow.xls: 50 MB -> 300 MB",
    ):
        assert line in told


def test_second_opinions_count_what_they_have_and_we_have() -> None:
    files = [
        measured("a.pdf", words=["akse"], opinions={"other": (4, 3)}),
        measured("b.pdf", words=["akse"], opinions={"other": (6, 6)}),
        measured("c.pdf", reason="empty", opinions={"other": (2, 0)}),
        measured("d.txt", reason="broken"),
    ]
    pdf, txt = list(tell(Measurement(extractor="", files=files)))[1:]
    assert "other 0.900 of 2 (1 it alone)" in pdf
    assert "empty 1" in pdf
    assert "broken 1" in txt
    assert words_of("Akse A10, støping; 3 m") == {"akse", "støping"}


def test_only_what_is_installed_is_asked() -> None:
    assert opinions.installed("none") == []
    assert {one.name for one in opinions.installed("all")} >= {"pypdf", "kreuzberg"}
    assert {one.name for one in opinions.installed("pypdf")} == {"pypdf"}
    with pytest.raises(ValueError, match="abacus"):
        opinions.installed("pypdf,abacus")


def test_a_second_opinion_that_fails_or_finds_nothing_is_none(tmp_path: Path) -> None:
    (opinion,) = opinions.installed("pypdf")
    (tmp_path / "a.pdf").write_bytes(make.make_pdf())
    (tmp_path / "b.pdf").write_bytes(b"no pdf")
    assert make.WORD in (opinion.words(tmp_path / "a.pdf") or set())
    assert opinion.words(tmp_path / "b.pdf") is None
