"""What a room was to walk: its documents, and the listings that found them."""

from __future__ import annotations

from connector.ledger.documents import Documents
from tests.ledger.some_documents import tree


def test_rooms_are_counted_by_documents_and_by_what_was_listed(documents: Documents) -> None:
    tree(documents)
    seen = {"source": "interaxo", "run": 1, "unsteady": False}
    kept = {"told": b"", "told_count": 0, "told_from": 0, "told_to": 0}
    for identifier, room, proven in [
        ("ix-r1", "r1", b"proof"),
        ("ix-d1", "r1", b"proof"),
        ("ix-e1", "r1", b""),  # nothing stood in it, and nobody asked
        ("ix-x1", "r2", b"proof"),
    ]:
        documents.see_containers([{**seen, **kept, "id": identifier, "room": room, "proven": proven}])
    documents.see_containers(
        [{**seen, **kept, "id": "ir-1", "room": "r1", "proven": b"proof", "source": "itr"}]
    )
    assert documents.counts_of_rooms("interaxo") == ({"r1": 3, "r2": 1}, {"r1": 2, "r2": 1})
    assert documents.counts_of_rooms("itr") == ({}, {"r1": 1})
