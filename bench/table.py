"""
What the bench found, as it stands in docs/performance.md between two markers. PURE.

Seconds of a machine say little; each table tells ratios of one run of the bench.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from bench.results import ByHandFound, CompanyFound, Grown, Results, Row, SeveralFound, StartFound

BEGIN = "<!-- what follows is written by `python -m bench --write` -->"
END = "<!-- written until here -->"
SPEED = (
    "estate",
    "items",
    "run",
    "latency",
    "calls at once",
    "turns",
    "connector items/s",
    "bare items/s",
    "connector / bare",
    "CPU connector / bare",
)
GROWTH = ("items", "peak memory of a full run", "processor time for each item")
COMPANY = ("run", "processor time for each document, ITR / Interaxo")
SEVERAL = ("run", "time", "processor time")
BY_HAND = ("run", "latency", "connector / loop by hand", "CPU connector / loop by hand")
START = ("start", "ratio", "at most")
COLUMNS = (START, SPEED, GROWTH, COMPANY, SEVERAL, BY_HAND)


def text(results: Results) -> str:
    """All of it, between the markers and without them."""
    at, programme = results.surroundings, results.programme
    quick = " **With `--quick`: few items, one turn; it says little.**" if programme.name == "quick" else ""
    parts = [
        f"{at.day}; {at.machine}; {at.versions}.\nIt took {at.minutes:.1f} minutes and began at a load of {at.load:.1f}.{quick}",
        starts(results.starts),
        speed(results),
        growth(results.grown, results.programme.growth.beside),
        company(results.company),
        several(results.several),
        by_hand(results.by_hand, results.programme.by_hand.items),
        dropped(results.dropped),
    ]
    return "\n\n".join(part for part in parts if part)


def starts(found: Sequence[StartFound]) -> str:
    """How soon the program is at work."""
    if not found:
        return ""
    rows = [
        (f"{one.name}", f"{one.ratio:.2f}{f' ({one.note})' if one.note else ''}", f"{one.at_most:.1f}")
        for one in found
    ]
    return f"The start, over that of bare imports:\n\n{_table(START, rows, words=1)}"


def speed(results: Results) -> str:
    """Both sides, row by row."""
    if not results.rows:
        return ""
    work = "; ".join(
        f"{one.name}, {one.items:,} items: {one.gets:,} GETs, {one.puts:,} PUTs, {one.put_bytes / 1e6:.0f} MB sent"
        for one in results.work
    )
    rows = [speed_cells(row) for row in results.rows]
    return f"The connector beside the bare loop. A full run of {work}.\n\n{_table(SPEED, rows, words=3)}"


def speed_cells(row: Row) -> tuple[str, ...]:
    """One line of the table of speeds."""
    case = row.case
    return (
        case.name,
        f"{case.estate.items:,}",
        row.round.words,
        f"{case.latency_ms} ms",
        str(case.calls),
        str(len(row.pairs)),
        f"{row.speed:,.0f}",
        f"{row.bare_speed:,.0f}",
        f"{row.ratio:.2f}",
        f"{row.cpu_ratio:.1f}",
    )


def growth(found: Sequence[Grown], beside: int) -> str:
    """Memory and processor time by size."""
    if not found:
        return ""
    per_item = {one.items: one.cpu_s / one.items for one in found}
    rows = [
        (
            f"{one.items:,}",
            f"{one.peak_mb:.0f} MB",
            f"{per_item[one.items] / per_item[beside]:.2f}" if beside in per_item else "",
        )
        for one in found
    ]
    return (
        f"Full runs by size, without latency; processor time for each item over that at {beside:,} items:\n\n"
        f"{_table(GROWTH, rows)}"
    )


def company(found: CompanyFound | None) -> str:
    """ITR beside Interaxo."""
    if found is None:
        return ""
    rows = [
        (each.words, _middle([itr / rooms for itr, rooms in turns])) for each, turns in found.turns.items()
    ]
    return (
        f"ITR with {found.documents:,} documents beside Interaxo with {found.company.items:,}, without latency:\n\n"
        f"{_table(COMPANY, rows, words=1)}"
    )


def several(found: SeveralFound | None) -> str:
    """Targets of one ledger."""
    if found is None:
        return ""
    times = found.several.targets
    rows = [
        (each.words, _middle([time for time, _ in turns]), _middle([cpu for _, cpu in turns]))
        for each, turns in found.turns.items()
    ]
    return (
        f"{times} targets of one ledger, one after the other in one process, each with {found.several.items:,} items; over {times} times what one takes:\n\n"
        f"{_table(SEVERAL, rows, words=1)}"
    )


def by_hand(found: Sequence[ByHandFound], items: int) -> str:
    """The loop that is written by hand."""
    if not found:
        return ""
    rows = [
        (
            one.round.words,
            f"{one.latency_ms} ms",
            _middle([speed for speed, _ in one.turns]),
            f"{median(cpu for _, cpu in one.turns):.1f}",
        )
        for one in found
    ]
    return (
        f"The connector beside a loop that is written by hand, {items:,} items, whole processes with their starts:\n\n"
        f"{_table(BY_HAND, rows, words=2)}"
    )


def dropped(found: Sequence[str]) -> str:
    """What was no measure."""
    return (
        "\n".join(["Dropped, since not all of the work was done:", "", *(f"* {one}" for one in found)])
        if found
        else ""
    )


def written(page: str, new: str) -> str:
    """
    A page with another text between the markers.

    Raises:
        ValueError: the page has not each marker once.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"the page has not each of these once: {BEGIN} {END}")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{new}\n\n{END}{after}"


def between(page: str) -> str:
    """What stands between the markers of a page."""
    return page.partition(BEGIN)[2].partition(END)[0].strip("\n")


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 0) -> str:
    """Markdown; the first `words` columns are words, the others figures."""
    marks = ["---" if at < words else "--:" for at in range(len(columns))]
    lines = [columns, *rows]
    head, *body = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join([head, f"|{'|'.join(marks)}|", *body])


def _middle(figures: Sequence[float]) -> str:
    return f"{median(figures):.2f}"
