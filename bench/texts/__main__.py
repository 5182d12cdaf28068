"""
`make text-bench`: reads every file of some folders, or a corpus of its own, and tells time, memory and words.

    python -m bench.texts [FOLDER...] [--out FILE] [--opinions all|none|NAMES]     measure
    python -m bench.texts --compare BEFORE AFTER                                   what changed

The words of every file stand in FILE: of folders with real documents keep it as the documents themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import msgspec

from bench.texts.corpus import SAMPLES, files_below, make_corpus
from bench.texts.opinions import Opinion, installed
from bench.texts.reading import Measured, Measurement, measure, new_measurement
from bench.texts.tables import compare, tell

MISSED = 12


def main() -> int:
    """Measure, or compare two measurements."""
    parser = argparse.ArgumentParser(prog="python -m bench.texts", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep the measurement, as JSON")
    parser.add_argument(
        "--opinions", default="all", help="all that are installed, none, or names with commas"
    )
    parser.add_argument(
        "--memory-mb", type=int, default=350, help="of the reader, as text.memory_mb shares it"
    )
    parser.add_argument("--timeout-s", type=float, default=60)
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("BEFORE", "AFTER"))
    asked = parser.parse_args()
    if asked.compare:
        before, after = (msgspec.json.decode(path.read_bytes(), type=Measurement) for path in asked.compare)
        print("\n".join(compare(before, after)))
        return 0
    try:
        opinions = installed(asked.opinions)
    except ValueError as error:
        parser.error(str(error))
    with tempfile.TemporaryDirectory() as made:
        folders = asked.folders
        if not folders:
            make_corpus(Path(made))
            folders = [SAMPLES, Path(made)]
        found = asyncio.run(_measure(folders, opinions, asked.memory_mb, asked.timeout_s))
    if asked.out:
        asked.out.write_bytes(msgspec.json.encode(found))
    print("\n".join(tell(found)))
    return 0


async def _measure(
    folders: list[Path], opinions: list[Opinion], memory_mb: int, timeout_s: float
) -> Measurement:
    done: list[Measured] = []
    for folder in folders:
        paths = dict(files_below(folder))
        async for one in measure(paths.items(), memory_mb=memory_mb, timeout_s=timeout_s):
            done.append(_with_opinions(one, paths[one.path], opinions))
            print(f"\r{len(done)} files  ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return new_measurement(done)


def _with_opinions(one: Measured, path: Path, opinions: list[Opinion]) -> Measured:
    found: dict[str, tuple[int, int]] = {}
    missed: dict[str, list[str]] = {}
    ours = set(one.words)
    for opinion in opinions:
        if one.format in opinion.formats and (theirs := opinion.words(path)):
            found[opinion.name] = (len(theirs), len(theirs & ours))
            missed[opinion.name] = sorted(theirs - ours)[:MISSED]
    return msgspec.structs.replace(one, opinions=found, missed=missed)


if __name__ == "__main__":
    sys.exit(main())
