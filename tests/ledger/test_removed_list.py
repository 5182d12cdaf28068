"""What was removed is listed however much of it is there again: so much is looked at for a page, and the next one goes on there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.ledger import history
from connector.ledger.catalogue import Wanted
from connector.ledger.store import Ledger
from connector.status import removed
from tests.ledger_pushes import NOW, make_push, push

GONE = Wanted(state="removed")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """Three that are gone, then forty that came back, then two that are gone."""
    one = Ledger("sqlite://", now=NOW)
    documents = one.documents("intranet")
    names = [*(f"ix-old-{n}" for n in range(3)), *(f"ix-back-{n}" for n in range(40)), "ix-new-0", "ix-new-1"]
    push(documents, *(make_push(name, title=f"Plan {name}") for name in names))
    for name in names:
        documents.confirm_deletions([name], run=1, now=NOW, settle_s=0.0, approved=False, why={})
    push(documents, *(make_push(name) for name in names if "back" in name))
    yield one
    one.close()


def test_a_page_looks_at_so_many_and_says_where_it_goes_on(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "AT_ONCE", 8)
    monkeypatch.setattr(history, "LOOKED_AT", 16)
    pages, after = [], ""
    for _ in range(9):
        rows, after = removed.page_of(ledger, "intranet", GONE, after=after)
        pages.append([row["id"] for row in rows])
        if not after:
            break
    assert len(pages) > 2, "not all of it is looked at for one"
    assert [one for page in pages for one in page] == [
        "ix-new-1",
        "ix-new-0",
        "ix-old-2",
        "ix-old-1",
        "ix-old-0",
    ]
    told = removed.tell_page(ledger, "intranet", GONE, page=1)
    assert (told["count"], told["at_least"], bool(told["next"])) == (2, True, True)
    assert [one["id"] for one in removed.walk(ledger, "intranet", GONE)] == [
        one for page in pages for one in page
    ]


@pytest.mark.parametrize("most", [1, 2, 3, 5, 6])
def test_pages_of_any_length_have_all_of_it_once(ledger: Ledger, most: int) -> None:
    found: list[str] = []
    before = history.EVERYTHING
    while before:
        rows, before = ledger.history("intranet").removed(GONE, before=before, most=most)
        found += [one.id for one in rows]
    assert found == ["ix-new-1", "ix-new-0", "ix-old-2", "ix-old-1", "ix-old-0"]
    narrowed = Wanted(state="removed", words="plan ix-old")
    assert [one.id for one in ledger.history("intranet").removed(narrowed, most=9)[0]] == found[2:]
    assert removed.tell_page(ledger, "intranet", narrowed, page=1)["count"] == 3
