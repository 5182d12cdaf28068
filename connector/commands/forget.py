"""`connector forget`: a document or a person is erased, here and in the intranet, with a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from connector.app import App
from connector.commands import screens
from connector.commands.common_options import AsJson, SettingsPath, TargetName, Yes, new_verb
from connector.commands.orders import (
    Because,
    Fits,
    Who,
    meant,
    out_already,
    see_through,
    whoever,
)
from connector.commands.running import USAGE, WITHHELD, agree, read_settings, run_verb, tell
from connector.engine.batched import batched
from connector.engine.event_loop import run_program
from connector.engine.task_group import together
from connector.errors import LeaseHeld, SettingsError
from connector.ledger.erasing import Trace
from connector.ledger.orders import About, Order, OrderKind
from connector.ledger.part import EVERYTHING
from connector.ledger.store import Ledger
from connector.plan import order_words
from connector.plan.item import Mode
from connector.plan.report import stamp
from connector.ports.matching import key_id, record_id
from connector.status.document_lookup import tell_several
from connector.text.forgetting import forget_contents
from connector.wiring.matching import matching_of
from connector.wiring.orders import new_id, open_to_order, write

verb = new_verb()


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be forgotten, as far as it must be known to be found."""

    order: Order
    traces: list[Trace] = []
    keys: list[tuple[str, str]] = []
    """Of a person: source and its own key."""
    addresses: list[str] = []


@verb.command()
def forget(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID|PERSON", help="A document (id, link or title), or a person (address, id or identity)."
        ),
    ],
    because: Because = "",
    who: Who = "",
    yes: Yes = False,
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        app = App(read_settings(settings), with_lists=False)
        name = app.target_named(target)
        with open_to_order(app) as ledger:
            now = app.now()
            blank = Order(
                id=new_id(now),
                target=name,
                kind=OrderKind.FORGET,
                subject="",
                who=whoever(who),
                at=now,
                because=because.strip(),
            )
            try:
                subject = _document(ledger, blank, what, yes=yes) or _person(
                    app, ledger, blank, what, yes=yes
                )
            except Fits as fit:
                several = tell_several(ledger, name, what, fit.found, argument="ID|PERSON", done="forgotten")
                tell(several, screens.show_fitting, as_json)
                return USAGE
        if subject is None:
            raise SettingsError("ID|PERSON", f"the ledger has no document and no person called {what}")
        told = run_program(_forget(app, name, subject))
        tell(told, screens.show_certificate, as_json)
        return 0 if told["complete"] else WITHHELD

    run_verb(run, as_json)


def _document(ledger: Ledger, blank: Order, what: str, *, yes: bool) -> Subject | None:
    """Order that a document, and all below it, is forgotten; None where there is none."""
    orders = ledger.orders(blank.target)
    one = meant(ledger, blank.target, what)
    known = one or out_already(ledger, blank.target, what, argument="ID|PERSON")
    if known is None:
        return None
    identifier, called = known.id, known.title or known.id
    below = orders.count_below(identifier)
    agree(order_words.asks_to_forget(called, below), yes=yes)
    with orders.at_once():
        orders.enter(identifier, title="", now=blank.at)
        ids = [row.id for row in orders.of(identifier, limit=EVERYTHING)]
        traces = ledger.erasing(blank.target).traces(ids)
        texts = sorted(
            {trace.text_key for trace in traces if trace.text_key} | _texts_of(ledger, blank, identifier)
        )
        order = msgspec.structs.replace(
            blank, subject=identifier, told=msgspec.json.encode({"texts": texts}).decode()
        )
        write(ledger, order)
    return Subject(order=order, traces=traces)


def _texts_of(ledger: Ledger, blank: Order, identifier: str) -> set[str]:
    """Texts that an earlier order, which was cut off, was to erase."""
    found: set[str] = set()
    for one in ledger.orders(blank.target).about(identifier):
        found.update(msgspec.json.decode(one.told).get("texts", ()))
    return found


def _person(app: App, ledger: Ledger, blank: Order, what: str, *, yes: bool) -> Subject | None:
    """Order that a person is forgotten; None where nobody is called so."""
    people, orders = ledger.people(blank.target), ledger.orders(blank.target)
    matching = matching_of(app.settings.targets[blank.target].people)
    asked_for = what.strip().lower()
    address = matching.normalise(asked_for)
    shares = people.shares(address) or people.shares(asked_for)
    addresses = sorted(
        {share.address for share in shares if share.address} | ({address} if "@" in address else set())
    )
    if len({share.address for share in shares if share.address}) > 1:
        raise SettingsError(
            "ID|PERSON", f"{what} fits several people: {', '.join(addresses)}. Name one by the e-mail address"
        )
    record = record_id(addresses[0] if addresses else address)
    known = record in people.records([record]) or bool(orders.about(record))
    if (
        not shares
        and not known
        and not (addresses and ledger.erasing(blank.target).is_told_of(record, address))
    ):
        return None
    keys = sorted({(share.source, share.key) for share in shares} | _keys_of(ledger, blank, record))
    agree(order_words.asks_to_forget_person(addresses[0] if addresses else what), yes=yes)
    with orders.at_once():
        for source, key in keys:
            write(
                ledger,
                msgspec.structs.replace(
                    blank,
                    id=new_id(blank.at),
                    about=About.PERSON,
                    subject=key_id(source, key),
                    done_at=blank.at,
                ),
            )
        order = msgspec.structs.replace(
            blank, about=About.PERSON, subject=record, told=msgspec.json.encode({"keys": keys}).decode()
        )
        write(ledger, order)
    return Subject(order=order, keys=keys, addresses=addresses)


def _keys_of(ledger: Ledger, blank: Order, record: str) -> set[tuple[str, str]]:
    """Sources and their own keys of a person whom an earlier order, which was cut off, was to erase."""
    found: set[tuple[str, str]] = set()
    for one in ledger.orders(blank.target).about(record):
        found.update((source, key) for source, key in msgspec.json.decode(one.told).get("keys", ()))
    return found


async def _forget(app: App, target: str, subject: Subject) -> dict[str, Any]:
    """Have it removed from the intranet, ask whether it is gone, erase it here; gives the certificate."""
    seen = await see_through(app, target, subject.order)
    order = seen.order
    ids = sorted(
        {one.id for one in subject.traces} | ({order.subject} if order.about is About.DOCUMENT else set())
    )
    if order.done_at is None:
        told = _certificate(app, order, ids, there=None, erased={}, texts=(0, 0), anew=True)
        words = seen.replaced or order_words.not_forgotten_yet(order.subject, seen.why)
        return {**told, "words": words}
    there = await _still_there(app, target, ids) if order.about is About.DOCUMENT else []
    texts = (0, 0)
    with app.ledger() as ledger:
        erasing = ledger.erasing(target)
        if order.about is About.PERSON:
            erased = erasing.person(order.subject, subject.addresses, subject.keys)
        else:
            beside = partial(_erase_beside, app, ledger, subject.traces)
            erased = erasing.documents(subject.traces or [Trace(id=one) for one in ids], beside)
            wanted = msgspec.json.decode(order.told).get("texts", [])
            used = erasing.shared_texts(wanted)
            folder = Path(app.loaded.folder / app.settings.text.cache)
            alone = [one for one in wanted if one not in used]
            texts = forget_contents(folder, alone, shared=app.shared_ledger), len(used)
        orders = ledger.orders(target)
        orders.done(order.id, now=order.done_at, told={"hidden": len(ids), "erased": erased})
        for one in orders.about(order.subject):
            if one.id != order.id and one.about is About.PERSON:
                # it was cut off, and told by what she is called what is erased now
                orders.note(one.id, told={})
        app.orders_file().merge(ledger)
        anew = await _write_anew(app, target, ledger)
        others = [one for one in app.settings.targets if one != target and _is_known_to(ledger, one, subject)]
    told = _certificate(app, order, ids, there=there, erased=erased, texts=texts, anew=anew)
    return {**told, "not_reached": [*order_words.other_targets(others), *told["not_reached"]]}


def _is_known_to(ledger: Ledger, target: str, subject: Subject) -> bool:
    """Whether another target has what was forgotten: the person, or a document of the same id or the same item of a source."""
    if subject.order.about is About.PERSON:
        people = ledger.people(target)
        return any(map(people.shares, subject.addresses)) or bool(people.records([subject.order.subject]))
    named = {
        subject.order.subject,
        *(one.native for one in subject.traces if one.id == subject.order.subject),
    }
    return any(map(ledger.documents(target).find, sorted(named - {""})))


def _erase_beside(app: App, ledger: Ledger, traces: Sequence[Trace]) -> None:
    """Have sources leave nothing of documents in what they remember of others."""
    for source, native in sorted({(one.source, one.native) for one in traces if one.native}):
        if source in app.settings.sources:
            app.loaded.kind_of(source).erase(ledger.notes(source), native)


async def _write_anew(app: App, target: str, ledger: Ledger) -> bool:
    """Leave nothing in free pages of the ledger; False where a run works on it."""
    async with app.target(target) as intranet:
        try:
            with app.lock(intranet.key):
                ledger.write_anew()
        except LeaseHeld:
            return False
    return True


async def _still_there(app: App, target: str, ids: Sequence[str]) -> list[str]:
    """Which of some documents the intranet says it has."""
    there = []
    async with app.target(target) as intranet:
        for batch in batched(ids, app.options(target, Mode.DELTA).asked_at_once):
            states = await together(intranet.state(one) for one in batch)
            there += [one for one, state in zip(batch, states, strict=True) if state.exists]
    return there


def _certificate(
    app: App,
    order: Order,
    ids: Sequence[str],
    *,
    there: list[str] | None,
    erased: dict[str, int],
    texts: tuple[int, int],
    anew: bool,
) -> dict[str, Any]:
    """What was done, call by call and kind by kind, and what this cannot reach."""
    person = order.about is About.PERSON
    complete = there == []
    copies = app.copies_of_ledger()
    counts = {**erased, "texts_of_files": texts[0]}
    return {
        "certificate": order.id,
        "about": order.about.value,
        "id": order.subject,
        "ids": list(ids),
        "by": order.who,
        "at": stamp(order.at),
        "because": order.because or None,
        "complete": complete,
        "calls": [
            {"call": "PUT users/delete" if person else "PUT docs/delete", "ids": 1 if person else len(ids)},
            *([] if person else [{"call": "GET docs/{id}/state", "ids": len(ids)}]),
        ]
        if order.done_at is not None
        else [],
        "read_back": {
            "asked": 0 if person or there is None else len(ids),
            "DocExists": []
            if person or there is None
            else [{"id": one, "DocExists": one in there} for one in ids],
            "words": order_words.read_back(
                person=person, asked=len(ids), there=len(there or []), done=there is not None
            ),
        },
        "erased": counts,
        "erased_words": order_words.was_erased(counts),
        "kept_texts": texts[1],
        "kept_out": order_words.stays_out(person=person),
        "not_reached": [
            order_words.other_copies([copy.name for copy in copies]),
            *order_words.beyond_reach(person=person, kept_texts=texts[1], anew=anew),
        ],
        "logs": order_words.in_logs(person=person, names=app.settings.service.log_names),
        "words": order_words.was_forgotten(order.subject, complete=complete),
    }
