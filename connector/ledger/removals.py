"""What was removed, and what a lost call may bring back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.ledger.intents import Intended, Intents

_FORGET = (
    "removals.forget_grants",
    "removals.forget_body",
    "removals.remove",
    "removals.drop",
    "removals.wait_again",
    "removals.forget_container",
    "quarantine.drop_one",
    "removals.forget_unconfirmed",
)


class Removals(Intents):
    """Removals of one target."""

    def intend_deletions(self, ids: Sequence[str], *, run: int, now: float) -> int:
        """Record what is about to be deleted; the number is for `settle`."""
        return self._intend("delete", [Intended(id=identifier) for identifier in ids], run=run, now=now)

    def confirm_deletions(
        self,
        ids: Sequence[str],
        *,
        run: int,
        now: float,
        settle_s: float,
        approved: bool,
        why: dict[str, str],
        codes: Mapping[str, str] = {},
    ) -> None:
        """
        Remember what the target deleted; a row stays while a lost call may still bring the document back.

        After a lost call a removal is done twice more, `settle_s` apart, as a push is.
        """
        with self.at_once():
            self._each(
                "removals.count",
                [{"id": one, "why": why.get(one, ""), "code": codes.get(one, "")} for one in ids],
                run=run,
                now=now,
                approved=approved,
            )
            for statement in _FORGET:
                self._each_id(statement, ids, now=now, again=now + settle_s)

    def doubt_removals(self, *, since: int, run: int, now: float) -> None:
        """
        Take what was removed for still there, and missing: another target lost it, which says nothing of this one.

        It is a suspect as any other: gone once its source says so, live where it is listed. What was removed although it lives (it
        was open to too many, or is hidden) is due to be removed again.

        Args:
            since: the run from which on removals were done elsewhere; 0 when none is known to have been.
        """
        with self.at_once():
            self._run("removals.repeat_doubted", run=run)
            if since:
                self._run("removals.doubt", since=since, run=run, now=now)

    def gone_since(self, run: int, *, most: int) -> list[str]:
        """Ids of some documents that were removed since a run, and are not there again as far as the ledger knows."""
        return [row[0] for row in self._all("removals.gone_since", since=run, limit=most)]

    def due_again(self, *, now: float) -> list[str]:
        """Ids whose removal is to be repeated, because a lost call may have undone it."""
        return [row[0] for row in self._all("removals.due_again", now=now)]

    def note_end(self, count: int, *, run: int, now: float, approved: bool) -> None:
        """Note how many documents a session's end removes, which tells no ids; said again, the number is replaced."""
        with self.at_once():
            self._run("removals.forget_end", run=run)
            if count > 0:
                self._run("removals.note_end", count=count, run=run, now=now, approved=approved)

    def removed_since(self, since: float) -> dict[tuple[str, str], int]:
        """Count the removals since a time that no person approved, by source and room; an end names neither."""
        return {(row[0], row[1]): row[2] for row in self._all("removals.removed_since", since=since)}

    def hidden_after_run(self, source: str, run: int) -> int:
        """Count what people had hidden of a source since a run."""
        return int(self._one("removals.hidden_after_run", source=source, run=run))

    def removed_after_run(self, source: str, run: int) -> int:
        """Count a source's removals since a run, approved or not."""
        return int(self._one("removals.removed_after_run", source=source, run=run))

    def last_removal(self) -> int:
        """Number of the newest removal; 0 before the first."""
        return int(self._one("removals.last_removal") or 0)

    def count_hidden_as(self, source: str, *, run: int, up_to: int) -> None:
        """What people had hidden of a source, up to this removal, belongs to this run: its notes are without them."""
        self._run("removals.count_hidden_as", source=source, run=run, up_to=up_to)
