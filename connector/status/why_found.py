"""Why a person can, or cannot, find a document: room, role or group, identity, document. Reads the ledger only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from shlex import quote
from typing import Any

import msgspec

from connector.document.audience import Audience, is_group, is_user
from connector.document.counting import counted
from connector.document.states import IN_TARGET, DocumentState
from connector.ledger.orders import About, Order, OrderKind
from connector.ledger.people import Record, Share
from connector.ledger.rows import Standing
from connector.ledger.store import Ledger
from connector.plan import order_words
from connector.plan.reason_words import held
from connector.plan.report import stamp
from connector.ports.matching import Matching, key_id, record_id


def tell_why(
    ledger: Ledger, target: str, document: str, person: str, matching: Matching
) -> dict[str, Any] | None:
    """
    Say why a person finds a document, or what is missing.

    Args:
        document: a GloballyUniqueId or the source's own id.
        person: an address or user name, a source's own id of a person, or an external identity.

    Returns:
        {"person", "finds", "identities", "through", "steps", "missing"}; None when the ledger knows no such document.
    """
    found = ledger.documents(target).find(document)
    if not found:
        return None
    one = found[0]
    who = look_up(ledger, target, person, matching)
    audience = ledger.documents(target).audience_of(one.id)
    through = sorted(set(who.carried) & set(audience.identities)) if audience is not None else []
    public = audience is not None and audience.public
    steps = [
        *_steps_of_source(ledger, target, one),
        *([] if who.alone else _steps_of_person(who.shares, who.record, ledger.runs(target).id_of)),
        _step_of_document(one, audience),
    ]
    missing = _missing(ledger, target, one, audience, who, through)
    return {
        "person": person,
        "address": who.address or None,
        "finds": not missing and (public or bool(through)),
        "identities": list(who.carried),
        "through": through,
        "steps": steps,
        "missing": missing,
    }


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of a person."""

    shares: list[Share]
    """What each source says of her."""
    address: str
    record: Record | None
    alone: bool
    """The words were an identity, which may be of nobody."""
    carried: tuple[str, ...]
    """The identities by which she finds something."""
    forgotten: str = ""
    """By whom she was forgotten and is kept out, and how that ends; empty where she was not."""


def look_up(ledger: Ledger, target: str, person: str, matching: Matching) -> Who:
    """
    Find a person.

    Args:
        person: an address or user name, a source's own id of a person, or an external identity.
    """
    people = ledger.people(target)
    words = person.strip().lower()
    shares = people.shares(matching.normalise(words)) or people.shares(words)
    addresses = sorted({share.address for share in shares if share.address})
    identifier = record_id(addresses[0] if addresses else matching.normalise(words))
    record = people.records([identifier]).get(identifier)
    alone = is_user(words) or is_group(words)
    carried = (words,) if alone else (record.sent or record.may) if record is not None else ()
    return Who(
        shares=shares,
        address=addresses[0] if addresses else "",
        record=record,
        alone=alone,
        carried=carried,
        forgotten="" if alone or shares else _forgotten(ledger, target, person, matching),
    )


def orders_to_forget(
    ledger: Ledger, target: str, person: str, matching: Matching, sources: Collection[str] = ()
) -> list[Order]:
    """
    The orders by which a person is kept out: hashes of her address and of her sources' ids are all that is known of her.

    Args:
        person: an address or user name, or a source's own id of her.
        sources: names that the settings have, besides those of which the ledger has documents.
    """
    holding = [
        one
        for one in ledger.orders(target).holding()
        if one.kind is OrderKind.FORGET and one.about is About.PERSON
    ]
    if not holding:
        return []
    words = person.strip()
    known = {*ledger.documents(target).sources(), *sources}
    called = {record_id(matching.normalise(words)), *(key_id(one, words) for one in known)}
    return [one for one in holding if one.subject in called]


def _forgotten(ledger: Ledger, target: str, person: str, matching: Matching) -> str:
    """Say by whose order a person is kept out; empty where none does so."""
    order = next(iter(orders_to_forget(ledger, target, person, matching)), None)
    if order is None:
        return ""
    said = order_words.kept_out(
        forgotten=True, who=order.who, since=stamp(order.at), because=order.because, until=""
    )
    return f"the person was {said}, and is kept out. Should the person come back: connector unhide {quote(person.strip())}"


def _steps_of_source(ledger: Ledger, target: str, one: Standing) -> list[str]:
    room = ledger.rooms(target).all(one.source).get(one.room)
    steps = []
    if room is not None:
        seen = _in_words(room.audience) if room.audience is not None else "unknown"
        steps.append(f"{room.name}: its readers are {seen}")
    grant = ledger.grants(one.source).get([one.native]).get(one.native)
    if grant is not None and grant.trouble:
        steps.append(f"the item in {one.source}: its own list could not be read last time ({grant.trouble})")
    elif grant is not None and grant.listless:
        steps.append(
            f"the item in {one.source}: it has no list of its own, so the lists of the items in it decide; nobody sees it who cannot see its folder"
        )
    elif grant is not None and grant.told is not None:
        steps.append(f"the item in {one.source}: its own list, as last read, is {_in_words(grant.told)}")
    elif grant is not None:
        steps.append(
            f"the item in {one.source}: it has the readers of its folder; its own list was not read yet"
        )
    return steps


def _steps_of_person(shares: list[Share], record: Record | None, run_of: Callable[[int], str]) -> list[str]:
    steps = []
    for share in shares:
        groups = [one for one in share.identities if is_group(one)]
        count = counted(len(groups), "group")
        member = f"in {count}: {', '.join(groups)}" if groups else "in no group"
        run = run_of(share.read_run)
        read = f" (read in run {run})" if run else ""
        steps.append(f"the person in {share.source} is {share.key}, {member}{read}")
    if record is not None:
        state = "known to the intranet" if record.found else "not known to the intranet"
        steps.append(
            f"the person's record {record.id} is {state}, with {counted(len(record.sent or record.may), 'identity', 'identities')}"
        )
    if record is not None and record.held_run is not None:
        steps.append(f"the person is on hold, and keeps them: {held(record.held_why, kept=record.kept)}")
    return steps


def _step_of_document(one: Standing, audience: Audience | None) -> str:
    return (
        f"the document {one.id} is shown to {_in_words(audience) if audience is not None else 'nobody yet'}"
    )


def _missing(
    ledger: Ledger, target: str, one: Standing, audience: Audience | None, who: Who, through: Sequence[str]
) -> str:
    """What stands in the way, the first thing first; empty: nothing does."""
    if one.state == DocumentState.REMOVED:
        return "the document was removed from the search, so nobody finds it"
    if one.state not in IN_TARGET or audience is None:
        return "the intranet has not confirmed the document"
    if audience.public:
        return ""
    if who.forgotten:
        return who.forgotten
    if not who.alone and (words := _missing_of_person(target, who.shares, who.record, one.source)):
        return words
    return "" if through else _missing_of_document(ledger, target, one, audience, who)


def _missing_of_person(target: str, shares: Sequence[Share], record: Record | None, source: str) -> str:
    """Why the intranet does not know who somebody is, or what she has; empty: it does."""
    if record is None:
        if not shares:
            return (
                "no source names this person: not as author, not as member, and not in a list of readers. Add the person to the people file, "
                f"sources.{source}.people"
            )
        if not any(share.identities for share in shares):
            return (
                "the sources no longer know this person, or do not say what the person may see, so the intranet has no record of the person. "
                "It is sent when a source names the person again"
            )
        return (
            f"the source names no address for this person. Add it to the people file, sources.{source}.people"
        )
    if not record.found:
        return f"{no_account_of(record.address)}. Check it there, or set targets.{target}.people.domains"
    if record.sent is None:
        return "the intranet has not confirmed the person's identities; the next run sends them again"
    return ""


def _missing_of_document(ledger: Ledger, target: str, one: Standing, audience: Audience, who: Who) -> str:
    """Why none of somebody's identities may see a document: it, or she, may wait for just that."""
    has = set(who.carried)
    if wider := _wider(ledger, target, one, has):
        return wider
    told = {identity for share in who.shares for identity in share.identities}
    if (told - has) & set(audience.identities):
        return "the intranet has not confirmed all identities that the sources tell of this person; the next run sends them"
    return "the person has none of the identities that may see the document"


def _wider(ledger: Ledger, target: str, one: Standing, has: Collection[str]) -> str:
    """Say that a document is to be shown to more people, of whom somebody is one; empty where she is none of them."""
    wider = ledger.pending_audiences(target).waiting(one.id)
    if wider is None or wider.audience is None:
        return ""
    if not wider.audience.public and not set(has) & set(wider.audience.identities):
        return ""
    if not wider.held:
        return (
            "the intranet is not told yet that this person may see the document, too; the next run does that"
        )
    run = ledger.runs(target).id_of(wider.run)
    decided = ", and a person decided that it stays as it is" if wider.kept else ""
    how = f". To approve: connector sync --approve {run}" if run else ""
    return (
        f"the document is to be shown to more people, this person among them, which is on hold{decided}{how}"
    )


def no_account_of(address: str) -> str:
    """What is said of a person whom the intranet does not find by an address."""
    return f"nobody in the intranet has the address {address}, or several people have it"


def _in_words(audience: Audience) -> str:
    if audience.public:
        return "everybody in the intranet"
    shown = ", ".join(audience.identities[:10])
    more = f" and {len(audience.identities) - 10} more" if len(audience.identities) > 10 else ""
    return f"{shown}{more}" or "nobody"
