"""Which listings every ledger takes for the one that was read last."""

from __future__ import annotations

import pytest

from connector.ledger.documents import Documents
from connector.ledger.quarantine import Quarantine
from connector.ledger.store import Ledger
from tests.ledger.some_documents import park, told, tree


@pytest.mark.parametrize(
    "change",
    [
        "",
        "state='held'",
        "state='new'",
        "fingerprint=NULL",
        "version=NULL",
        "version=CAST('' AS {bytes})",
        "redo_after=9e9",
        "missing_run=2",
        "also='ix-d2'",
        "kept={true}",
        "pushed_run=2",
        "pushed_run=0",
        "container='ix-d2'",
        "source='another'",
        "state='removed'",
    ],
)
def test_a_listing_is_recognised_only_where_every_document_is_as_it_left_it(
    ledger: Ledger, documents: Documents, url: str, change: str
) -> None:
    tree(documents)
    told(documents)
    if change:
        on_file = url.startswith("sqlite")
        change = change.format(bytes="BLOB" if on_file else "BYTEA", true="1" if on_file else "true")
        driver = ledger._database.driver  # type: ignore[attr-defined]
        driver.execute(f"UPDATE documents SET {change} WHERE id='ix-f1'")
    found = documents.told_of(["ix-d1", "ix-d2"], "interaxo")[0]
    assert found == ({} if change else {"ix-d1": b"marks"})


def test_a_listing_is_not_recognised_where_a_document_is_in_quarantine_or_one_more_stands_there(
    documents: Documents, quarantine: Quarantine
) -> None:
    tree(documents)
    told(documents)
    told(documents, told_count=2)
    assert documents.told_of(["ix-d1"], "interaxo")[0] == {}
    told(documents)
    park(quarantine, "ix-f1")
    assert documents.told_of(["ix-d1"], "interaxo")[0] == {}
