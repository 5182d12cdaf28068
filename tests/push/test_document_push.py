"""What the ledger is told of an accepted document: what it is found by only where that may be another than it has."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connector.ledger.store import Ledger
from connector.ports.target import Stamp
from connector.push.document_push import DocumentPush
from tests.builders import make_known, make_listed, make_rendered
from tests.ledger_pushes import NOW, make_push, push

PATH = "/ix-r1/ix-d1/ix-f1/"


def altered(known: dict[str, Any], container: str = "ix-d1", **rendered: Any) -> bool:
    """Whether it is told of a document that the ledger has with the title “Plan”."""
    before = make_rendered(id="ix-f1", path=PATH, title="Plan").fingerprint
    push = DocumentPush(
        source="interaxo",
        listed=make_listed(),
        rendered=make_rendered(**{"id": "ix-f1", "path": PATH, "title": "Plan", **rendered}),
        room="r1",
        container=container,
        rules=b"rules",
        stamp=Stamp(),
        known=make_known(**{"fingerprint": before, "path": PATH, "state": "live", **known}),
        why="full-run",
    )
    return push.altered


def test_what_is_pushed_again_as_it_is_leaves_alone_what_it_is_found_by() -> None:
    assert not altered({})
    assert not altered({"audience": b"another", "pushed_run": 7})


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Plan B"},
        {"url": "https://ix.example/2"},
        {"path": "/ix-r1/ix-d2/ix-f1/"},
        {"type_name": "Sheet"},
    ],
)
def test_another_title_address_path_or_kind_is_told(changed: dict[str, Any]) -> None:
    assert altered({}, **changed)


def test_so_is_what_the_ledger_has_elsewhere_or_not_as_confirmed() -> None:
    assert altered({"container": "ix-d2"})
    assert altered({"fingerprint": None})
    assert altered({"version": b"another"})
    assert altered({"state": "new"})
    assert altered({"state": "removed"})


def test_what_is_told_is_what_a_document_is_found_by() -> None:
    ledger = Ledger("sqlite://", now=NOW)
    documents = ledger.documents("intranet")
    push(documents, make_push(title="Plan", url="https://ix.example/1"))
    push(documents, msgspec.structs.replace(make_push(title="Not told"), altered=False), run=2)
    assert [one.title for one in documents.find_link("https://ix.example/1")] == ["Plan"]
    push(documents, make_push(title="Plan B", url="https://ix.example/2"), run=3)
    assert documents.find_link("https://ix.example/1") == []
    assert [one.title for one in documents.find_link("https://ix.example/2")] == ["Plan B"]
    ledger.close()
