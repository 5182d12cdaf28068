"""Documents keep their names: what is compared, and what is remembered."""

from __future__ import annotations

import pytest

from connector.document.ids import ID_SCHEME
from connector.errors import LedgerError, SettingsError
from connector.runs import names as naming
from connector.runs.names import KIND, check_names
from tests.desk import SOURCE, Desk


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    check_names(blank_desk.ledger, "intranet", {SOURCE: "ix"})
    blank_desk.add("ix-r1", "")
    return blank_desk


def noted(desk: Desk, source: str = SOURCE) -> bytes | None:
    note = desk.ledger.notes(source).get(KIND, "")
    return note[0] if note else None


def test_the_same_names_pass_and_are_remembered(desk: Desk) -> None:
    assert noted(desk) == f"{ID_SCHEME}:ix".encode()
    check_names(desk.ledger, "intranet", {SOURCE: "ix", "itr": "itr"})
    assert noted(desk, "itr") == f"{ID_SCHEME}:itr".encode()


def test_another_prefix_is_refused_and_not_remembered(desk: Desk) -> None:
    with pytest.raises(SettingsError, match=r"were sent with 'ix'; with 'ox' .*Put 'ix' back") as caught:
        check_names(desk.ledger, "intranet", {SOURCE: "ox"})
    assert caught.value.key == f"sources.{SOURCE}.id_prefix"
    assert noted(desk) == f"{ID_SCHEME}:ix".encode()


def test_another_name_with_the_same_prefix_is_refused(desk: Desk) -> None:
    with pytest.raises(
        SettingsError, match="documents of the source 'interaxo' with the prefix 'ix'"
    ) as caught:
        check_names(desk.ledger, "intranet", {"rooms": "ix"})
    assert caught.value.key == "sources.rooms.id_prefix"
    assert noted(desk, "rooms") is None
    check_names(desk.ledger, "intranet", {"rooms": "ox"})
    assert noted(desk, "rooms") == f"{ID_SCHEME}:ox".encode()


def test_another_scheme_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "ID_SCHEME", "later")
    with pytest.raises(
        LedgerError, match=rf"another scheme \({ID_SCHEME}\) than this release uses \(later\)"
    ):
        check_names(desk.ledger, "intranet", {SOURCE: "ix"})


def test_a_source_without_documents_may_be_named_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.documents.confirm_deletions(["ix-r1"], run=2, now=0, settle_s=120.0, approved=True, why={})
    monkeypatch.setattr(naming, "ID_SCHEME", "later")
    check_names(desk.ledger, "intranet", {SOURCE: "ox"})
    assert noted(desk) == b"later:ox"
    check_names(desk.ledger, "intranet", {"rooms": "ix"})


def test_a_ledger_that_noted_nothing_yet_is_taken_as_it_is() -> None:
    desk = Desk()
    desk.add("ix-r1", "")
    check_names(desk.ledger, "intranet", {SOURCE: "ix"})
    assert noted(desk) == f"{ID_SCHEME}:ix".encode()
    desk.close()


def test_documents_of_another_target_are_its_own_matter(desk: Desk) -> None:
    check_names(desk.ledger, "extranet", {"rooms": "ix"})
    assert noted(desk, "rooms") == f"{ID_SCHEME}:ix".encode()
