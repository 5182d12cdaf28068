"""
After an intranet was put back from a backup, or is used again after another one, it shows removed documents and former audiences again.

This writes them into the ledger as the intranet has them, so that whoever lost something since loses it again before anything else is
sent: also where the sources cannot be asked now, and while the target is on hold.
"""

from __future__ import annotations

import msgspec

from connector.document.audience import NOBODY, Audience
from connector.engine.batched import batched
from connector.engine.task_group import together
from connector.people.plan import groups_of
from connector.plan.context import Books, Run
from connector.plan.step import How
from connector.ports.target import Target

READ_AT_ONCE = 500


class Reappeared(msgspec.Struct, frozen=True):
    """What an intranet may have again."""

    since: int
    """The first run that it may lack; 0: nothing is known to be lacking."""
    had_lost: frozenset[str]
    """Ids of the people's records that had lost all but a person's own identity: they lose nothing new."""


def has_again(run: Run, books: Books, *, since: int) -> Reappeared:
    """
    Write down what is removed again, and what people have again.

    Args:
        since: the first run that the intranet may lack; 0: nothing is known to be lacking.
    """
    books.orders.doubt()
    books.documents.doubt_removals(since=since, run=run.number, now=run.now())
    had_lost = set[str]()
    if since:
        books.people.doubt_removals(since=since)
        for some in batched(books.audience_history.before("person", since=since), READ_AT_ONCE):
            had_lost |= _given_again(books, dict(some))
    return Reappeared(since, frozenset(had_lost))


async def open_again(run: Run, target: Target, books: Books, again: Reappeared) -> None:
    """
    Write down which documents more people find again; what the intranet lacks goes out as anything new, below what it stands in.

    Raises:
        TargetUnavailable, TargetRefused: nothing is known of the rest: they go out as they are met.
    """
    if not again.since:
        return
    for some in batched(books.audience_history.before("document", since=again.since), READ_AT_ONCE):
        wide = _wider(books, dict(some))
        for ids in batched(wide, run.options.asked_at_once):
            states = await together(target.state(one) for one in ids)
            there = [one for one, state in zip(ids, states, strict=True) if state.exists]
            with books.documents.at_once():
                books.pending_audiences.note_unless_narrowed(
                    [(one, wide[one][0], How.NARROW) for one in there]
                )
                books.pending_audiences.have_again(
                    [(one, books.pending_audiences.remember(wide[one][1])) for one in there]
                )


def _wider(books: Books, had: dict[str, list[Audience]]) -> dict[str, tuple[bytes, Audience]]:
    """Of some documents those that fewer people may see now: digest of who may, and all who could."""
    pending = books.pending_audiences
    found: dict[str, tuple[bytes, Audience]] = {}
    for identifier, digest in pending.confirmed(list(had)).items():
        has = pending.audience(digest)
        if has is None or has == NOBODY or all(one.within(has) for one in had[identifier]):
            continue
        every = [has, *had[identifier]]
        found[identifier] = (
            digest,
            Audience(
                tuple(sorted({one for each in every for one in each.identities})),
                public=any(each.public for each in every),
            ),
        )
    return found


def _given_again(books: Books, had: dict[str, list[Audience]]) -> set[str]:
    """
    People who belong to less now: their records have what they had, without what they were given since.

    Returns:
        Ids of those who had lost all but their own identity.
    """
    again: list[tuple[str, list[str]]] = []
    had_lost = set[str]()
    for identifier, record in books.people.records(list(had)).items():
        before = {one for audience in had[identifier] for one in audience.identities}
        if not record.may or before <= {*record.may}:
            continue
        again.append((identifier, sorted(before)))
        if not groups_of(record.may):
            had_lost.add(identifier)
    books.people.have_again(again)
    return had_lost
