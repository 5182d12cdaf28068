"""
What an intranet has again that was put back from a backup, or that was left for another one meanwhile: what was removed from it since,
and who could find what.

All of it is written down as the intranet has it, so that whoever lost something loses it again before anything else is sent, also
where the sources cannot be asked now, and while the target is on hold.
"""

from __future__ import annotations

from connector.document.audience import NOBODY, Audience
from connector.engine.batched import batched
from connector.people.plan import groups_of
from connector.plan.context import Books, Run
from connector.plan.step import How

AT_ONCE = 500


def has_again(run: Run, books: Books, *, since: int) -> set[str]:
    """
    Write down what an intranet has again.

    Args:
        since: the first run that it may lack; 0: nothing is known to be lacking.

    Returns:
        Ids of the people's records that had lost all but a person's own identity: they lose nothing new.
    """
    books.orders.doubt()
    books.documents.doubt_removals(since=since, run=run.number, now=run.now())
    if not since:
        return set()
    books.people.doubt_removals(since=since)
    for some in batched(books.audience_history.before("document", since=since), AT_ONCE):
        _open_again(books, dict(some))
    had_lost = set[str]()
    for some in batched(books.audience_history.before("person", since=since), AT_ONCE):
        had_lost |= _given_again(books, dict(some))
    return had_lost


def _open_again(books: Books, had: dict[str, list[Audience]]) -> None:
    """Documents that fewer people may see now: all of these found them."""
    shown = books.shown
    closed: list[tuple[str, bytes, str]] = []
    again: list[tuple[str, bytes]] = []
    for identifier, digest in shown.confirmed(list(had)).items():
        has = shown.audience(digest)
        if has is None or has == NOBODY or all(one.within(has) for one in had[identifier]):
            continue
        wide = [has, *had[identifier]]
        audience = Audience(
            tuple(sorted({one for each in wide for one in each.identities})),
            public=any(each.public for each in wide),
        )
        closed.append((identifier, digest, How.NARROW))
        again.append((identifier, shown.remember(audience)))
    shown.note_unless_narrowed(closed)
    shown.have_again(again)


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
