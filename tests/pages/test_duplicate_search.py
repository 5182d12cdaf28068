"""Looking for files in several places beside a page: only for what has documents, whatever an address names."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from connector.ledger.store import Ledger
from connector.pages.duplicate_search import Finding
from connector.status.duplicates import read_kept
from tests.ledger_pushes import NOW, make_push, push


def test_an_address_that_names_no_source_has_nothing_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger("sqlite://", now=NOW)
    push(ledger.documents("intranet"), *(make_push(name, text_key="k") for name in ("ix-1", "ix-2")))
    behind: Any = SimpleNamespace(clock=lambda: NOW)
    finding = Finding(behind)
    begun: list[str] = []
    monkeypatch.setattr(finding, "_begin", lambda _, source: begun.append(source))
    for source in ("none", "interaxo/", "'", "x" * 200):
        told = finding.tell(ledger, "intranet", source, "", page=1, after="")
        assert (told["duplicates"], told["finding"], told["more"]) == ([], False, False)
        assert told["at"]
        assert read_kept(ledger, "intranet", source) is None
    assert begun == []
    for source in ("", "interaxo"):
        assert finding.tell(ledger, "intranet", source, "", page=1, after="")["finding"]
    assert begun == ["", "interaxo"]
    ledger.close()
