"""
What people look up, in a small ledger and in a large one: `explain`, `documents`, the page's lists and what waits.

Both ledgers are made by the ledger's own writing, with the same share of everything: in each hundred documents one is on
hold, one hidden, one removed, and a half is in quarantine besides. Told is the processor time of each question in the large
one, in milliseconds, and over that in the small one; of the first look after a run that changed something, once.

Run: `python -m bench.lists [--small N] [--large N]`; a million documents take some minutes and 2.5 GB.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from connector.document.audience import Audience
from connector.document.document import Listed, Rendered
from connector.ledger.catalogue import Wanted
from connector.ledger.orders import Hidden
from connector.ledger.store import Ledger
from connector.status import explaining, removed, searchable
from connector.status.target_status import tell_standing
from tests.ledger_pushes import Pushed

TARGET, SOURCE, NOW = "intranet", "interaxo", 1_800_000_000.0
WORDS = [
    "Tegning",
    "Plan",
    "Rapport",
    "Møte",
    "Brann",
    "Elektro",
    "Betong",
    "Avvik",
    "Kontroll",
    "Ändring",
    "Åtgärd",
    "Snitt",
    "Fasade",
    "Notat",
    "Bilde",
]
FACETS = [{"Name": "Kind", "Type": "text", "TextValue": "Drawing"}]
EDITED = datetime.fromtimestamp(NOW - 60, UTC).isoformat()
ENDINGS = ("pdf", "pdf", "pdf", "docx", "xlsx", "dwg")
IN_A_ROOM, IN_A_FOLDER, AT_ONCE, ROUNDS = 2_000, 40, 500, 5
CHANGED = 50
"""Documents that the last delta sent."""


def native(number: int) -> str:
    """The source's own id: in another order than they come."""
    return f"f{1_000_000 + number * 7_919 % 9_000_000}"


def push(number: int) -> Pushed:
    """One document as it was accepted."""
    room, folder, identifier = number // IN_A_ROOM, f"ix-d{number // IN_A_FOLDER}", f"ix-{native(number)}"
    kind = "folder" if number % IN_A_FOLDER == 0 else "file"
    words = (WORDS[number * 7 % 15], WORDS[number * 11 % 13].lower(), f"{number % 977:03}")
    title = " ".join(words) + (f".{ENDINGS[number % 6]}" if kind == "file" else "")
    if number % 1_000 == 5:
        title = f"Kvartalsrapport {number // 1_000}"
    audience = Audience((f"{SOURCE}:group:example-corp/g{room % 40}",))
    url = f"https://ix.example.com/example-corp/room-{room}/documentLibrary/{native(number)}"
    crumbs = [{"Key": "Example Corp"}, {"Key": f"Room {room}"}, {"Key": f"Folder {number // IN_A_FOLDER}"}]
    lacks = "broken" if number % 20 == 3 else ""
    return Pushed(
        source=SOURCE,
        reshown=False,
        listed=Listed(
            id=identifier, native=native(number), kind=kind, name=title, version=b"v", audience=audience
        ),
        rendered=Rendered(
            id=identifier,
            body=msgspec.json.encode(
                {
                    "Title": title,
                    "Url": url,
                    "CrumbLinks": crumbs,
                    "Taxonomy": FACETS,
                    "Summary": "x" * 900,
                    "ModifiedDate": EDITED,
                }
            ),
            text=b'"' + b"word " * 40 + b'"',
            fingerprint=identifier.encode(),
            audience=audience,
            path=f"/ix-r{room}/{folder}/{identifier}/",
            title=title,
            url=url,
            text_missing=lacks,
            text_key="" if lacks or kind != "file" else _content(number - (number % 100 == 57)),
        ),
        room=f"r{room}",
        container=folder,
        rules=b"rules",
    )


def _content(number: int) -> str:
    """Hash of a file's bytes: one of each hundred is a copy of the one before."""
    return blake2b(str(number).encode(), digest_size=32).hexdigest()


def fill(ledger: Ledger, count: int) -> None:
    """Push so many documents, and do to some what people and runs do."""
    documents, quarantine, orders = (
        ledger.documents(TARGET),
        ledger.quarantine(TARGET),
        ledger.orders(TARGET),
    )
    runs = ledger.runs(TARGET)
    run = runs.start(mode="full", dry_run=False, now=NOW)
    numbers = iter(range(count))
    while part := list(islice(numbers, AT_ONCE)):
        documents.confirm_pushes(
            [push(one) for one in part],
            run=run.number,
            session_run=run.number,
            backfill=0,
            now=NOW,
            settle_s=120.0,
        )
        documents.hold([(f"ix-{native(one)}", "brake") for one in part if one % 100 == 0], run=run.number)
        gone = [f"ix-{native(one)}" for one in part if one % 100 == 1]
        documents.confirm_deletions(gone, run=run.number, now=NOW, settle_s=120.0, approved=False, why={})
        orders.meet([_hidden(one) for one in part if one % 100 == 2])
        with quarantine.at_once():
            for one in part[::200]:
                quarantine.park(
                    f"ix-q{one}", source=SOURCE, native=f"q{one}", room="r1", title=f"Aldri {one}.pdf",
                    reason="refused", values={"why": "code 7"}, version=None, now=NOW,
                )  # fmt: skip
    _end(ledger, run.number, count, added=count, held=count // 100, deleted=count // 100)
    delta = runs.start(mode="delta", dry_run=False, now=NOW)
    changed = [push(one * 100 + 50) for one in range(CHANGED)]
    documents.confirm_pushes(changed, run=delta.number, session_run=0, backfill=0, now=NOW, settle_s=120.0)
    _end(ledger, delta.number, count, updated=CHANGED)
    ledger.catch_up()


def _end(ledger: Ledger, run: int, live: int, **documents: int) -> None:
    read = {SOURCE: {"complete": True, "items": live}}
    told = {"outcome": "succeeded", "documents": {"live": live, **documents}, "sources": read}
    report = msgspec.json.encode(told).decode()
    ledger.runs(TARGET).finish(run, outcome="succeeded", report=report, now=NOW, next_mode="")


def _hidden(number: int) -> Hidden:
    one = f"ix-h{number}"
    return Hidden(
        id=one, root="ix-d1", source=SOURCE, native=one, title=f"Skjult {number}", path=f"/{one}/", at=NOW
    )


def questions(ledger: Ledger) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What is asked."""
    one = ledger.catalogue(TARGET).page(Wanted(kind="file")).rows[3]
    for name, asked in (
        ("by id", one.id),
        ("by the source's id", one.id.removeprefix("ix-")),
        ("by link", one.url),
        ("by title", "kvartalsrapport 3"),
        ("of nothing", "xyzzy quux"),
    ):
        yield f"explain {name}", lambda asked=asked: explaining.explain(ledger, TARGET, asked)

    def documents(page: int = 1, **wanted: Any) -> tuple[str, Callable[[], Any]]:
        name = "documents " + ", ".join(f"{key} {value}" for key, value in wanted.items())
        asked = Wanted(**wanted)
        if wanted.get("state") in {"removed", "hidden"}:
            return name, lambda: removed.tell_page(ledger, TARGET, asked, page=page)
        return f"{name} (page {page})", lambda: searchable.tell_documents(ledger, TARGET, asked, page=page)

    yield documents()
    yield documents(150)
    for words in ("a", "ø", "qx", "rapport", "kvartalsrapport 7", "ÅTGÄRD", "xyzzy"):
        yield documents(words=words)
    yield documents(7, words="rapport")
    for state in ("live", "held", "new", "without-text", "quarantined", "removed", "hidden"):
        yield documents(state=state)
    yield from (documents(kind="folder"), documents(source=SOURCE), documents(room=("r1",)))
    yield from (documents(format="pdf"), documents(format="zip"), documents(reason="broken"))
    yield documents(words="rapport", room=("r1",))
    yield "status, counted before", lambda: tell_standing(ledger, TARGET)
    yield "what waits", ledger.waiting(TARGET).counts


def spent(ask: Callable[[], Any]) -> float:
    """Milliseconds of processor time."""
    began = time.process_time()
    ask()
    return (time.process_time() - began) * 1_000


def parser(called: str, words: str) -> argparse.ArgumentParser:
    """What both benches of ledgers are told."""
    told = argparse.ArgumentParser(prog=called, description=words)
    told.add_argument("--small", type=int, default=10_000)
    told.add_argument("--large", type=int, default=1_000_000)
    told.add_argument("--folder", help="keeps the ledgers there, and takes those that are there")
    return told


@contextmanager
def made(told: argparse.Namespace) -> Iterator[list[Path]]:
    """Both ledgers, the small one first."""
    with tempfile.TemporaryDirectory(prefix="connector-lists-") as folder:
        home = Path(told.folder or folder)
        files = [home / f"{count}.db" for count in (told.small, told.large)]
        for file, count in zip(files, (told.small, told.large), strict=True):
            if not file.exists():
                with closing(Ledger(f"sqlite:///{file}", now=NOW)) as ledger:
                    fill(ledger, count)
        yield files


def main() -> None:
    """Make both ledgers, ask, and print a table."""
    told = parser("python -m bench.lists", __doc__ or "").parse_args()
    with ExitStack() as stack:
        files = stack.enter_context(made(told))
        ledgers = [stack.enter_context(closing(Ledger(f"sqlite:///{file}", now=NOW))) for file in files]
        first = [
            spent(lambda ledger=ledger: tell_standing(ledger, TARGET))  # type: ignore[misc]
            for ledger in ledgers
        ]
        print(f"| question | of {told.small:,}, ms | of {told.large:,}, ms | ratio |\n|---|--:|--:|--:|")
        print(f"| status, first after a run | {first[0]:.1f} | {first[1]:.1f} | {first[1] / first[0]:.1f} |")
        for (name, here), (_, there) in zip(*(questions(ledger) for ledger in ledgers), strict=True):
            times = [(spent(here), spent(there)) for _ in range(ROUNDS)]
            small, large = (median(pair[at] for pair in times) for at in (0, 1))
            print(f"| {name} | {small:.1f} | {large:.1f} | {large / small:.1f} |", flush=True)


if __name__ == "__main__":
    main()
