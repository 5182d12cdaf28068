"""
What an administrator should know of a source, for `connector check`: its people, and whether its account sees enough.

The latter costs two calls for each kind that rights filter.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.document.counting import Number
from connector.errors import BROKEN_OFF
from connector.ports.source import Advice
from connector.sources.itr.account import Account
from connector.sources.itr.client import Itr
from connector.sources.itr.kinds import CLIENT, KINDS, PERSONS, Kind
from connector.sources.itr.listing import Lists
from connector.sources.itr.settings import ItrPart
from connector.sources.itr.wire import ROWS
from connector.sources.kind import Known

OWN_ONLY = (
    "The account may work with its own objects only: sessions, persons and groups that somebody else manages are not read, and "
    "nothing can prove of any that it is gone. Give it the right to all of them, or use another account."
)


NAMELESS = (
    'Persons are found as "Candidate" and a long number, since person_names is false: nobody can tell such hits apart. '
    "Take persons out of records, or set person_names = true."
)


async def advise(source: Itr, part: ItrPart, known: Known) -> list[Advice]:
    """What `check` says of a source: whom it names, since one list tells of everybody, and whether its account is fit."""
    found = await source.people(sorted(source.people_met()))
    nameless = sum(1 for one in found if not known.matching.address(one))
    without = (
        f", {nameless} of them without an address to be found by (sources.{known.name}.people)"
        if nameless
        else ""
    )
    people = f"{Number(len(found)):person may sign in there and is/people may sign in there and are} sent to the intranet{without}."
    return [
        Advice(words=people),
        *([Advice(words=NAMELESS)] if PERSONS.name in part.records and not part.person_names else []),
        *await judge_account(source.account, part.records),
    ]


async def judge_account(account: Account, records: Sequence[str]) -> list[Advice]:
    """
    Look whether the account sees what others manage.

    Args:
        records: names of the kinds that the settings name.
    """
    if account.own_objects_only:
        return [Advice(words=OWN_ONLY, wrong=True)]
    told = []
    lists = Lists(account)
    for kind in KINDS.values():
        if kind.own_objects and kind.name in records:
            try:
                others, mine = [await _is_there(account, lists, kind, sign) for sign in ("!=", "=")]
            except BROKEN_OFF:
                continue  # the crawl tells of it
            told += _judge(kind, others=others, mine=mine)
    return told


def _judge(kind: Kind, *, others: bool, mine: bool) -> list[Advice]:
    what = kind.plural.lower()
    if mine and not others:
        return [
            Advice(
                words=f"ITR shows the account no {what} but those that it manages itself. If there are others, its row in ITR's master "
                "database says that it may work with its own objects only; if there are none, removed ones wait for an approval.",
                wrong=True,
            )
        ]
    if not others:
        return [
            Advice(
                words=f"ITR shows the account no {what} at all; if there are any, its row in ITR's master database says that it may work "
                "with its own objects only."
            )
        ]
    if mine:
        return [
            Advice(
                words=f"The account manages {what} itself; one that manages nothing is better, since only what somebody else manages "
                "shows that a missing record is not just hidden from it."
            )
        ]
    return []


async def _is_there(account: Account, lists: Lists, kind: Kind, sign: str) -> bool:
    where = f"ManagedByUserID{sign}{account.login_key}"
    page = await lists.page(f"/{kind.name}", ROWS[kind.name], (CLIENT,), where=where, size=1)
    return bool(page[CLIENT])
