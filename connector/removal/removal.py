"""
Takes documents out of the search: only with proof, only past the brake, children before parents.

Read together with `brake`: nothing here removes before every proven removal of the run was counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
import structlog

from connector.document.ids import path_ids
from connector.engine.batched import batched
from connector.errors import RemovalsRefused, TargetUnavailable
from connector.ledger.documents import Documents
from connector.plan.context import Run
from connector.plan.findings import Code
from connector.plan.tally import Change, Counted, Sheet
from connector.ports.target import LostAttempts, Target
from connector.removal.suspects import Proven


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of removals."""

    done: int = 0
    blocked: int = 0
    """Gone, but something live still stands below them: they count as suspect and are tried again by the next run."""
    refused: frozenset[str] = frozenset()
    """Ids that the target does not remove."""


async def remove(
    run: Run,
    target: Target,
    documents: Documents,
    going: Sequence[Proven],
    *,
    approved: bool,
    sheet: Sheet,
) -> Removed:
    """
    Delete by id, deepest first; a parent stays while a live document's confirmed path runs through it.

    Raises:
        LeaseLost: before anything further is removed.
        TargetRefused: a person must act.
    """
    ids = {one.document.id for one in going}
    blocked = documents.blocked_by_children(sorted(ids), ids)
    levels: dict[int, list[Proven]] = {}
    for one in going:
        if one.document.id in blocked:
            sheet.count(Counted.SUSPECT)
            sheet.tell(Code.LIVE_BELOW, title=one.document.title, id=one.document.id)
        else:
            levels.setdefault(len(path_ids(one.document.path)), []).append(one)
    held_back = len(going) - sum(map(len, levels.values()))
    removed = 0
    refused: set[str] = set()
    for depth in sorted(levels, reverse=True):
        for part in batched(levels[depth], run.options.batch_documents):
            if run.dry_run:
                _foretell(part, sheet)
                continue
            gone = await remove_part(
                run,
                target,
                documents,
                [one.document.id for one in part],
                why={one.document.id: one.words for one in part},
                codes={one.document.id: one.reason for one in part},
                approved=approved,
                sheet=sheet,
            )
            if gone is None:
                return Removed(done=removed, blocked=held_back, refused=frozenset(refused))
            refused |= {one.document.id for one in part} - {*gone}
            removed += len(gone)
            sheet.count(Counted.DELETED, len(gone))
    return Removed(done=removed, blocked=held_back, refused=frozenset(refused))


def _foretell(part: Sequence[Proven], sheet: Sheet) -> None:
    """What a dry run would remove."""
    for one in part:
        sheet.foretell(
            Change(
                id=one.document.id,
                change="delete",
                title=one.document.title,
                why=one.words,
                code=one.reason,
            )
        )
    sheet.count(Counted.DELETED, len(part))


async def remove_part(
    run: Run,
    target: Target,
    documents: Documents,
    part: list[str],
    *,
    why: dict[str, str],
    codes: Mapping[str, str],
    approved: bool,
    sheet: Sheet,
    counted_in: int = 0,
) -> list[str] | None:
    """
    Delete one batch; gives what of it is gone, None where no answer came, and nothing more is to be removed.

    Args:
        counted_in: the run to which the removals belong, where it is not this one.
    """

    def confirm(gone: Sequence[str]) -> None:
        documents.confirm_deletions(
            gone,
            run=counted_in or run.effects,
            now=run.now(),
            settle_s=run.options.settle_s,
            approved=approved,
            why=why,
            codes=codes,
        )

    gone, trouble = await delete_by_id(run, target, documents, part, confirm)
    if isinstance(trouble, RemovalsRefused):
        sheet.tell(Code.REMOVALS_REFUSED, count=len(trouble.refused), why=trouble.why)
    elif trouble is not None:
        sheet.tell(Code.REMOVALS_UNANSWERED, count=len(part), why=str(trouble))
        return None
    structlog.get_logger().info("documents.removed", documents=gone, approved=approved)
    return gone


async def delete_by_id(
    run: Run,
    target: Target,
    documents: Documents,
    ids: Sequence[str],
    confirm: Callable[[Sequence[str]], None],
) -> tuple[list[str], TargetUnavailable | None]:
    """
    Delete ids in one call, and write down what became of it.

    An attempt without an answer may arrive after the same document came back, also where a later attempt was answered: that is
    remembered of all of them.

    Args:
        confirm: writes down which of them are gone.

    Returns:
        What is gone, and why the rest may not be: `RemovalsRefused`, or no answer came.

    Raises:
        LeaseLost: before anything is removed. TargetRefused: a person must act.
    """
    run.still_ours()
    intent = documents.intend_deletions(ids, run=run.number, now=run.now())
    gone, lost = list(ids), LostAttempts()
    trouble: TargetUnavailable | None = None
    try:
        await target.delete(ids, lost=lost)
    except RemovalsRefused as error:
        gone, trouble = [one for one in ids if one not in error.refused], error
    except TargetUnavailable as error:
        gone, trouble = [], error
        lost()
    with documents.at_once():
        if lost.count:
            documents.lose(ids, until=run.settles_at(), fingerprints={})
        confirm(gone)
        documents.settle(intent)
    return gone, trouble
