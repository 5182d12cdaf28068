"""The documents of an Interact connector: what a push stores, and what a removal or the end of a session takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from connector.sandbox.interact_calls import Calls
from connector.sandbox.interact_checks import decode_contents, error_entry, find_document_errors
from connector.sandbox.interact_rows import Deletion, Push, Row


class Documents(Calls):
    """Rows of documents, and the calls about them but for those of sessions."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self.documents: dict[str, Row] = {}
        self.deletions: list[Deletion] = []
        self._stale: dict[str, None] = {}
        """Ids of what changed or went since the last search, in the order of it."""
        self._began: int | None = None
        """Number of the call that began the last session, until one ended."""

    def push_documents(self, documents: Any) -> dict[str, Any]:
        """
        docs/addupdate; returns the answer's object.

        Raises:
            BadRequest: the call as a whole is refused.
        """
        self.calls += 1
        items = self._array(documents)
        if self.switches.file_contents == "base64":
            for item in items:
                decode_contents(item.get("FileContents") or "")
        found = [(item, find_document_errors(item, self.switches.refuse)) for item in items]
        self._need_good_batch(errors for _, errors in found)
        accepted: list[str] = []
        errors: list[dict[str, Any]] = []
        for item, problems in found:
            sent = item.get("GloballyUniqueId") or ""
            self.pushes.append(Push(self._key(sent), self.calls, not problems))
            if problems:
                errors.append(error_entry(sent, problems))
                continue
            key = self._store(item)
            if key not in self.switches.lose:
                accepted.append(key)
                errors += self._no_error(key)
        has_errors = any(one["HasError"] for one in errors)
        return {"HasErrors": has_errors, "Errors": errors, "AddedUpdated": accepted}

    def delete_documents(self, ids: Any) -> None:
        """
        docs/delete; unknown ids are fine.

        Raises:
            BadRequest: not an array of strings, or too long.
        """
        self.calls += 1
        for sent in self._ids(ids):
            key = self._key(sent)
            if key in self.documents:
                below = self._below(key) if self.switches.cascade_on_delete else []
                self._remove(key, "delete")
                for child in below:
                    self._remove(child, "cascade")

    def document_state(self, document_id: str) -> dict[str, Any]:
        """docs/state; see `has_documents` for ids that do not exist."""
        self.calls += 1
        row = self.documents.get(self._key(document_id))
        if row is None:
            return {"DocExists": False, "DateLastUpdated": None, "SynchroniseState": None}
        updated = row.updated.isoformat().replace("+00:00", "Z") if row.updated else None
        return {"DocExists": True, "DateLastUpdated": updated, "SynchroniseState": row.state}

    def reset_document(self, document_id: str) -> bool:
        """docs/resetstate for a document and its children; False when there is none."""
        self.calls += 1
        key = self._key(document_id)
        if key not in self.documents:
            return False
        for one in [key, *self._below(key)]:
            row = self.documents[one]
            row.updated, row.mode, row.state, row.candidate = None, "Session", None, True
            row.pushed_call = 0
        return True

    def has_documents(self, ids: Any) -> bool:
        """
        Whether there is a document for each of these ids.

        Raises:
            BadRequest: not an array of strings, or too long.
        """
        return all(self._key(sent) in self.documents for sent in self._ids(ids))

    def _flag_documents(self) -> None:
        self._began = self.calls
        for row in self.documents.values():
            row.candidate = row.candidate or row.mode == "Session"

    def _sweep_documents(self) -> int:
        before = len(self.documents)
        flagged = [key for key, row in self.documents.items() if row.mode == "Session" and self._is_left(row)]
        self._began = None
        below = (
            [child for key in flagged for child in self._below(key)] if self.switches.cascade_on_end else []
        )
        for key in flagged:
            self._remove(key, "end")
        for key in below:
            if key in self.documents:
                self._remove(key, "cascade")
        return before - len(self.documents)

    def _key(self, sent: str) -> str:
        key = sent.lower() if self.switches.fold_id_case else sent
        return key[: self.switches.id_length]

    def _is_left(self, row: Row) -> bool:
        """Whether the session that ends now has not seen a document again."""
        if self.switches.swept_by == "flag":
            return row.candidate
        return self._began is not None and row.pushed_call < self._began

    def _store(self, document: dict[str, Any]) -> str:
        key = self._key(document["GloballyUniqueId"])
        mode = document.get("DeletionMode") or "Session"
        row = self.documents.get(key)
        if row is None:
            row = self.documents[key] = Row({}, mode)
        elif self.switches.modified_date_gate and not _is_newer(document, row.document):
            row.mode, row.candidate = mode, False
            row.pushed_count += 1
            row.pushed_call = self.calls
            return key
        kept = row.document if self.switches.omitted_fields == "kept" else {}
        row.document = kept | document
        row.mode, row.candidate, row.updated = mode, False, self.clock()
        row.pushed_count += 1
        row.pushed_call = self.calls
        if document.get("ShouldSaveSynchroniseState"):
            row.state = (document.get("SynchroniseState") or "")[: self.switches.state_length] or None
        self._stale[key] = None
        return key

    def _below(self, key: str) -> list[str]:
        """The children of a document, at any depth, as `path_match` reads them."""
        path = (self.documents[key].document.get("MaterializedPath") or "").rstrip("/")
        if self.switches.path_match == "segment":
            mark = f"/{key}/"
            return [one for one, other in self._paths() if one != key and mark in f"/{other}/"]
        if not path:
            return []
        start = path if self.switches.path_match == "prefix" else path + "/"
        return [one for one, other in self._paths() if one != key and other.startswith(start)]

    def _paths(self) -> list[tuple[str, str]]:
        return [(key, row.document.get("MaterializedPath") or "") for key, row in self.documents.items()]

    def _remove(self, key: str, cause: Any) -> None:
        if self.documents.pop(key, None) is not None:
            self.deletions.append(Deletion(key, cause, self.calls))
            self._stale[key] = None


def _is_newer(document: dict[str, Any], stored: dict[str, Any]) -> bool:
    return _moment(document.get("ModifiedDate")) > _moment(stored.get("ModifiedDate"))


def _moment(date: str | None) -> datetime:
    return datetime.fromisoformat(date) if date else datetime.min.replace(tzinfo=UTC)
