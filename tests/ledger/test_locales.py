"""A database on PostgreSQL of any locale: what is looked for is found as in a file, and what takes not every text is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.errors import LedgerError
from connector.ledger.database import trouble_with
from connector.ledger.orders import Hidden
from connector.ledger.store import Ledger
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW, make_push, push

TARGET = "intranet"
LOCALES = {
    "bytes": "LOCALE 'C'",
    "Norwegian": "LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'nb-NO'",
    "Turkish": "LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'",
}
TITLES = ["ÅRSRAPPORT Ø.pdf", "Istanbul I.pdf", "Æ_%\\.pdf", "Große Straße.pdf"]


@pytest.fixture(params=["in a file", *LOCALES])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    if request.param == "in a file":
        one = Ledger("sqlite://", now=NOW)
        yield one
        one.close()
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    url = cluster.new_database(empty=True, more=LOCALES[request.param])
    one = Ledger(url, now=NOW)
    yield one
    one.close()
    cluster.drop(url)


def test_what_was_removed_or_hidden_is_found_by_its_title(ledger: Ledger) -> None:
    documents, orders = ledger.documents(TARGET), ledger.orders(TARGET)
    for number, title in enumerate(TITLES):
        push(documents, make_push(f"ix-{number}", title=title))
        documents.confirm_deletions([f"ix-{number}"], run=1, now=NOW, settle_s=1.0, approved=False, why={})
        orders.meet([Hidden(id=f"ix-h{number}", root="ix-h", title=title, path=f"/ix-h{number}/")])
    for number, title in enumerate(TITLES):
        found = ledger.history(TARGET).last(title)
        assert found is not None
        assert found.id == f"ix-{number}"
        assert [one.id for one in orders.find(title)] == [f"ix-h{number}"]
        assert [one.id for one in orders.find(title.replace("PDF", "pdf"))] == [f"ix-h{number}"]


def test_a_room_is_found_by_its_name_in_any_letter_case(ledger: Ledger) -> None:
    rooms, catalogue = ledger.rooms(TARGET), ledger.catalogue(TARGET)
    for name in ("corp/Økonomi", "corp/ÅRSMØTE", "corp/Istanbul"):
        rooms.decide("interaxo", name, name=name, included=True, public=False, rules=b"")
        for word in (name, name.lower(), name.upper()):
            assert catalogue.rooms_called(word) == [name], word


def test_what_is_below_a_document_is_found_and_nothing_beside_it(ledger: Ledger) -> None:
    documents = ledger.documents(TARGET)
    for name, path in (
        ("ix-a", "/ix-a/"),
        ("ix-b", "/ix-a/ix-b/"),
        ("ix-a-b", "/ix-a-b/"),
        ("ix-a0", "/ix-a0/"),
    ):
        push(documents, make_push(name, container="", path=path))
    assert documents.blocked_by_children(["ix-a"], set()) == {"ix-a"}
    assert documents.blocked_by_children(["ix-a"], {"ix-b"}) == set()
    assert list(documents.confirmed_ids()) == ["ix-a", "ix-a-b", "ix-a0", "ix-b"]


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_takes_not_every_text_is_refused(cluster: Cluster, encoding: str) -> None:
    url = cluster.new_database(empty=True, more=f"ENCODING '{encoding}' LOCALE 'C'")
    assert f"has the encoding {encoding}" in trouble_with(url)
    with pytest.raises(LedgerError, match="CREATE DATABASE name ENCODING 'UTF8'"):
        Ledger(url, now=NOW)
    cluster.drop(url)
