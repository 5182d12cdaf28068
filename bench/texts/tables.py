"""Measurements as tables: sums by format, and what changed between two of them. PURE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from bench.texts.reading import Measured, Measurement

NAMED = 30
"""Files that are named in a comparison, of each kind."""
WORDS_LOST = 0.02
"""Share of a file's words from which their loss is told."""


def tell(measurement: Measurement) -> Iterator[str]:
    """A line for each format: files, texts, reasons, seconds, memory, and the words of second opinions that we have."""
    yield f"{'format':<9}{'files':>6}{'text':>6}{'cpu s':>8}{'max s':>8}{'MB':>6}{'top MB':>8}  without text; words of others"
    for name, files in by_format(measurement.files):
        seconds = [one.seconds for one in files]
        peaks = [one.peak_mb for one in files if one.peak_mb is not None]
        texts = sum(1 for one in files if not one.reason)
        more = [", ".join(f"{reason} {count}" for reason, count in _reasons(files)), *_recalls(files)]
        yield (
            f"{name:<9}{len(files):>6}{texts:>6}{sum(one.cpu_seconds for one in files):>8.1f}{max(seconds):>8.2f}"
            f"{median(peaks) if peaks else 0:>6.0f}{max(peaks, default=0):>8.0f}  {'; '.join(part for part in more if part)}"
        )


def compare(before: Measurement, after: Measurement) -> Iterator[str]:
    """What changed: sums of the files that both have, then each file that lost a text, words, time or memory."""
    earlier = {one.path: one for one in before.files}
    pairs = [(earlier[one.path], one) for one in after.files if one.path in earlier]
    yield f"{len(pairs)} files in both; readers before: {before.extractor}; after: {after.extractor}"
    yield f"{'format':<9}{'files':>6}{'texts':>14}{'words':>20}{'cpu s':>16}{'top MB':>12}"
    formats: defaultdict[str, list[tuple[Measured, Measured]]] = defaultdict(list)
    for pair in pairs:
        formats[pair[1].format].append(pair)
    for name in sorted(formats):
        some = formats[name]
        yield (
            f"{name:<9}{len(some):>6}{_both(some, lambda one: not one.reason, 14)}{_both(some, lambda one: len(one.words), 20)}"
            f"{_both(some, lambda one: one.cpu_seconds, 16)}{_both(some, lambda one: one.peak_mb or 0, 12, largest=True)}"
        )
    yield from _named("text gained", [new.path for old, new in pairs if old.reason and not new.reason])
    yield from _named(
        "TEXT LOST", [f"{new.path} ({new.reason})" for old, new in pairs if new.reason and not old.reason]
    )
    yield from _named(
        "another reason",
        [
            f"{new.path} ({old.reason} -> {new.reason})"
            for old, new in pairs
            if old.reason and new.reason and old.reason != new.reason
        ],
    )
    lost = [(sorted({*old.words} - {*new.words}), old, new) for old, new in pairs if not new.reason]
    yield from _named(
        "words lost",
        [
            f"{new.path}: {len(gone)} of {len(old.words)}: {' '.join(gone[:8])}"
            for gone, old, new in lost
            if len(gone) > WORDS_LOST * len(old.words)
        ],
    )
    yield from _named(
        "slower",
        [
            f"{new.path}: {old.cpu_seconds} s -> {new.cpu_seconds} s"
            for old, new in pairs
            if new.cpu_seconds > 2 * old.cpu_seconds + 0.2
        ],
    )
    yield from _named(
        "more memory",
        [
            f"{new.path}: {old.grown_mb:.0f} MB -> {new.grown_mb:.0f} MB"
            for old, new in pairs
            if old.grown_mb is not None
            and new.grown_mb is not None
            and new.grown_mb > 1.3 * old.grown_mb + 10
        ],
    )


def by_format(files: Sequence[Measured]) -> list[tuple[str, list[Measured]]]:
    """Files by the ending of their name, in its order."""
    found: defaultdict[str, list[Measured]] = defaultdict(list)
    for one in files:
        found[one.format].append(one)
    return sorted(found.items())


def _reasons(files: Sequence[Measured]) -> list[tuple[str, int]]:
    counts: defaultdict[str, int] = defaultdict(int)
    for one in files:
        if one.reason:
            counts[one.reason] += 1
    return sorted(counts.items(), key=lambda pair: -pair[1])


def _recalls(files: Sequence[Measured]) -> Iterator[str]:
    """Of the words that a second opinion found, how many we have: over the files in which both found any."""
    for name in sorted({name for one in files for name in one.opinions}):
        both = [one.opinions[name] for one in files if name in one.opinions and not one.reason]
        alone = sum(1 for one in files if name in one.opinions and one.reason)
        if both:
            share = sum(ours for _, ours in both) / sum(theirs for theirs, _ in both)
            yield f"{name} {share:.3f} of {len(both)}" + (f" ({alone} it alone)" if alone else "")


def _both(
    pairs: Sequence[tuple[Measured, Measured]],
    number: Callable[[Measured], float],
    width: int,
    *,
    largest: bool = False,
) -> str:
    fold: Callable[[list[float]], float] = max if largest else sum
    old, new = (fold([number(pair[side]) for pair in pairs]) for side in (0, 1))
    return f"{f'{old:.4g} -> {new:.4g}' if max(old, new) < 1e4 else f'{old:.0f} -> {new:.0f}':>{width}}"


def _named(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"\n{title}: {len(lines)}"
        yield from (f"  {line}" for line in lines[:NAMED])
        if len(lines) > NAMED:
            yield f"  ... and {len(lines) - NAMED} more"
