"""
What is tried when the target refuses a document: without its text, then bare, then as it was accepted before.

What is refused even so goes to quarantine with the target's own words.
"""

from __future__ import annotations

from functools import partial

import msgspec
import structlog

from connector.document.audience import NOBODY, Audience
from connector.ledger.quarantine import Quarantine
from connector.ledger.rows import Body, Standing, described
from connector.ledger.unconfirmed import UnconfirmedDocument
from connector.plan.context import Books, Run
from connector.plan.findings import Aside, Fewer
from connector.ports.format import Format
from connector.ports.target import Target
from connector.push.document_push import DocumentPush


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the lighter ones."""

    accepted: DocumentPush | None = None
    """The one that was taken."""
    is_earlier: bool = False
    """It is the one that was accepted before: what changed is not in the intranet."""
    late: DocumentPush | None = None
    """One of which an attempt went unanswered before another one was: it may still take effect."""
    silent: bool = False
    """One of them got no clear answer: nothing further was tried."""
    words: str = ""
    """Why it got none."""


async def try_lighter(target: Target, push: DocumentPush, last: Body | None, had: Audience | None) -> Tried:
    """
    Try a refused document with less and less of it.

    Args:
        last: as it was accepted before.
        had: by whom it is found so.
    """
    variants = [msgspec.structs.replace(push, rendered=one) for one in target.format.lighter(push.rendered)]
    earlier = _as_before(target.format, push, last, had)
    if earlier is not None:
        variants.append(earlier)
    lost: list[DocumentPush] = []
    for variant in variants:
        result = await target.push([(variant.rendered, variant.stamp)], lost=partial(lost.append, variant))
        if result.accepted:
            return Tried(accepted=variant, is_earlier=variant is earlier, late=lost[-1] if lost else None)
        if result.unanswered:
            return Tried(silent=True, words=result.words)
    return Tried()


def _as_before(
    form: Format, push: DocumentPush, last: Body | None, had: Audience | None
) -> DocumentPush | None:
    """The document as it was accepted before, for those who found it so and may see it now: an earlier version is for nobody else."""
    if last is None or had is None or push.known is None:
        return None
    audience, others_wait = push.rendered.audience, False
    if push.known.version != push.listed.version:
        audience = had.common(audience)
        others_wait = audience == NOBODY
    rendered = form.with_audience(
        last.body,
        last.text,
        audience,
        hidden=last.hidden,
        closed=form.left_out(push.rendered.hidden) | form.left_out(last.hidden),
        text_missing=last.text_missing,
        text_key=last.text_key,
    )
    return msgspec.structs.replace(
        push,
        rendered=rendered,
        others_wait=others_wait,
        listed=msgspec.structs.replace(push.listed, version=push.known.version or b""),
        rules=push.known.rules or push.rules,
    )


def set_aside(run: Run, books: Books, push: DocumentPush, words: str) -> None:
    """Put a refused document into quarantine; one that this ledger never confirmed may stand in the intranet even so."""
    rendered = push.rendered
    structlog.get_logger().warning(
        "document.quarantined", document=rendered.id, source=push.source, why=words, hiding=[rendered.title]
    )
    if push.known is None or not push.known.is_confirmed:
        books.quarantine.unconfirmed.note(
            UnconfirmedDocument(**described(push), audience=rendered.audience), run=run.number
        )
    books.quarantine.park(
        rendered.id,
        source=push.source,
        native=push.listed.native,
        room=push.room,
        title=rendered.title,
        reason=Aside.REFUSED,
        values={"why": words},
        version=push.listed.version,
        now=run.now(),
    )


def set_aside_standing(
    quarantine: Quarantine, standing: Standing, fewer: Fewer, *, version: bytes | None, now: float
) -> None:
    """
    Put a document into quarantine that cannot stay in the target with the fewer people who may see it.

    Args:
        fewer: what becomes of it.
        version: that was refused; the same one is tried again after a pause that grows.
    """
    quarantine.park(
        standing.id,
        source=standing.source,
        native=standing.native,
        room=standing.room,
        title=standing.title,
        reason=Aside.REFUSED,
        values={"fewer": fewer},
        version=version,
        now=now,
    )
