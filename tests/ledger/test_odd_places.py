"""Where a page of a list begins is told by whoever asks: what is no place of that list is refused in words, in any ledger."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connector.errors import NoSuchPage
from connector.ledger.catalogue import Wanted, read_place
from connector.ledger.store import Ledger
from connector.status import removed
from tests.ledger_pushes import make_push, push

WANTED = [Wanted(), Wanted(source="interaxo"), Wanted(room=("r1",)), Wanted(words="of"), Wanted(state="held")]
NUL = r'"\u0000"'
ODD = [
    "[" * 7_999,
    "[" * 3_000 + "]" * 3_000,
    '{"a":' * 1_500,
    f"[{NUL}, {NUL}]",
    f"[{NUL}, {NUL}, {NUL}, {NUL}, {NUL}]",
        *(f"[0, {rest}]" for rest in (NUL, f"{NUL}, {NUL}", f"{NUL}, 1", f"1, {NUL}", f"{NUL}, {NUL}, 1")),
]  # fmt: skip
ASKED: dict[str, Callable[[Ledger, str], object]] = {
    "documents": lambda ledger, place: [
        ledger.catalogue("intranet").page(one, after=place).rows for one in WANTED
    ],
    "what waits": lambda ledger, place: ledger.waiting("intranet").rows(after=place)[0],
    "duplicates": lambda ledger, place: ledger.duplicates("intranet").page("", (), after=place)[0],
    "removed": lambda ledger, place: [
        removed.tell_page(ledger, "intranet", Wanted(state=state), page=1, after=place)["documents"]
        for state in ("removed", "hidden")
    ],
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_what_is_no_place_is_refused(ledger: Ledger, asked: Callable[[Ledger, str], object]) -> None:
    documents = ledger.documents("intranet")
    push(documents, *(make_push(name, text_key="k") for name in ("ix-1", "ix-2", "ix-3")))
    documents.hold([("ix-3", "absent")], run=1)
    assert asked(ledger, "")
    for place in ODD:
        with pytest.raises(NoSuchPage):
            asked(ledger, place)


def test_a_place_holds_what_any_ledger_takes() -> None:
    assert read_place('["a", 1]', ("", 0)) == ("a", 1)
    assert read_place("", ("", 0)) == ("", 0)
    with pytest.raises(NoSuchPage):
        read_place(f"[{NUL}, 1]", ("", 0))
