"""The numbers of documents: 2,147,483,647 of them are enough for as long as there are not so many documents."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from connector.ledger.engines.postgres import Postgres
from connector.ledger.store import Ledger
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW, make_push, push

LAST = 2**31 - 1


@pytest.fixture
def shared(cluster: Cluster) -> Iterator[Ledger]:
    """A ledger on PostgreSQL that has given its last number but one."""
    url = cluster.new_database()
    one = Ledger(url, now=NOW)
    database = one._database
    assert isinstance(database, Postgres)
    database.driver.execute(f"SELECT setval(pg_get_serial_sequence('documents', 'number'), {LAST - 1})")
    yield one
    one.close()
    cluster.drop(url)


def number_of(ledger: Ledger, name: str) -> object:
    facts = ledger.documents("intranet").facts(name)
    return facts and facts["number"]


def test_what_is_sent_again_takes_no_number(ledger: Ledger) -> None:
    documents = ledger.documents("intranet")
    unseen = msgspec.structs.replace(make_push("ix-2"), present=False)
    unaltered = msgspec.structs.replace(make_push("ix-3"), altered=False)
    for _ in range(3):
        push(documents, make_push("ix-1"), unseen, unaltered)
        documents.lose_pushes([make_push("ix-1")], until=NOW)
    push(documents, make_push("ix-4"))
    assert [number_of(ledger, f"ix-{one}") for one in (1, 2, 3, 4)] == [1, 2, 3, 4]


def test_full_runs_go_on_when_the_numbers_are_all_given(shared: Ledger) -> None:
    documents = shared.documents("intranet")
    for title in ("one", "another"):
        push(documents, make_push("ix-1", title=title))
    assert number_of(shared, "ix-1") == LAST
    facts = documents.facts("ix-1")
    assert facts is not None
    assert facts["title"] == "another"
