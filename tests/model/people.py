"""
The model with people: lists of rooms, folders and items, groups, a second source, and runs that read one source only.

What the connector was told last is written down from the wire, beside it and not by it. After every call that
changes the intranet: no push shows a document or a person's record to, or gives it, more than what was told
last; after every run that ends well nothing older stands there either; after the faults end, one full run makes
the search of every person equal to what the source shows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from connector.plan.report import Report
from connector.sandbox import faults
from connector.sandbox.faults import Call, Fault, How, Instead, Status
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.itr import CLIENT, MASTER, ItrWorld
from connector.sandbox.run import open_sandbox
from tests.model.machine import Machine
from tests.neighbourhood import Neighbourhood
from tests.people.estate import COMMUNITY, PEOPLE, address, furnish, may_see, sees

MODES = ["room", "folder", "item", "fixed"]
FIXED = "interaxo:group:everybody"
TESTERS = "itr:group:testers"
LISTS = [
    [("group", "all")],
    [("group", "few")],
    [("group", "all"), ("group", "few")],
    [("group", "few"), ("user", address("per"))],
]
GROUPS: list[list[str]] = [[], ["all"], ["few"], ["all", "few"]]
UNREADABLE: dict[str, How] = {
    "empty": faults.LIST_200,
    "page": faults.HTML_200,
    "403": Status(403),
    "503": Status(503),
    "hundred": Instead(
        b"[" + b",".join(b'{"type":"user","id":"u%d","name":"U"}' % n for n in range(100)) + b"]"
    ),
}
LISTLESS = {"simple-folder", "internal-link", "external-link"}
FOLDERS = {"simple-folder", "active-folder", "workflow-folder"}

Identities = frozenset[str]


def identity(kind: str, name: str) -> str:
    """As it stands on documents and people."""
    return f"interaxo:{kind}:{COMMUNITY + '/' if kind == 'group' else ''}{name}"


class TwoSources(Neighbourhood):
    """Rooms and a handful of records, side by side in one intranet."""

    itr: ItrWorld

    def expected(self) -> set[str]:
        """Ids of what should be found, of both sources."""
        kinds = ("sessions", "tests", "batteries", "reportdefinitions")
        mine = {f"itr-{key}" for kind in kinds for key in self.itr.tables[CLIENT][kind]}
        master = {f"itr-m-{key}" for kind in kinds for key in self.itr.tables[MASTER][kind]}
        return super().expected() | mine | master

    def tester(self, email: str) -> Identities:
        """The identities of an office user of ITR; none for anybody else."""
        logins = self.itr.tables[CLIENT]["logins"].values()
        mine = [one["ID"] for one in logins if one["Email"] == email and not one["IsTestTakingUser"]]
        return frozenset([TESTERS, *(f"itr:user:{key}" for key in mine)]) if mine else frozenset()


@asynccontextmanager
async def two_sources(folder: Path, furnish: Callable[[InteraxoWorld], object]) -> AsyncIterator[TwoSources]:
    """Start both sources around small worlds."""
    async with open_sandbox(furnish) as neighbours:
        near = TwoSources(folder, neighbours)
        near.itr = neighbours.itr
        near.itr.quirks.calls_per_s = near.itr.quirks.logins_per_s = None
        for database in (CLIENT, MASTER):
            for kind, rows in near.itr.tables[database].items():
                for key in sorted(rows)[1:]:
                    if key in rows and kind != "logins":
                        near.itr.remove(kind, key, database)
        near.values |= neighbours.itr_settings()
        near.values |= {
            "sources.itr.permissions": "fixed",
            "sources.itr.identities": [TESTERS],
            "sources.itr.calls_per_s": 5_000,
        }
        yield near


class Told:
    """What the connector was told last of who may see what, and of who is in which group: read off the wire."""

    def __init__(self, near: Neighbourhood) -> None:
        self.near = near
        self.lists: dict[str, list[Identities]] = {}
        """By item: the list that was told last; several after a kill, which may have come before it was heard."""
        self.before: dict[str, list[Identities]] = {}
        self.like_parent: set[str] = set()
        """Items whose list was their container's when it was told: they follow it."""
        self.silent: set[str] = set()
        """Items that were said to have no list of their own."""
        self.unread: set[str] = set()
        """Items whose list nobody could read when it was asked for last."""
        self.groups: dict[str, list[Identities]] = {}
        self.groups_before: dict[str, list[Identities]] = {}
        self.groups_untold: dict[str, list[Identities] | None] = {}
        """As told before the list that is being read, or was read last."""
        self.parents: dict[str, set[str]] = {}
        self.roots: dict[str, set[str]] = {}
        self._heard = 0

    def begin(self) -> None:
        """A run begins: nothing in the source changes until it ends."""
        self._heard = len(self.near.wire.calls)
        self.before, self.groups_before = dict(self.lists), dict(self.groups)
        for item in self.near.rooms.items():
            self.parents.setdefault(item.id, set()).update([item.parent_id] if item.parent_id else [])
            self.roots.setdefault(item.id, set()).add(item.room)

    def listen(self) -> None:
        """Hear what was answered since the last time."""
        calls = self.near.wire.calls
        fresh, self._heard = calls[self._heard :], len(calls)
        for call in fresh:
            parts = call.path.split("/")
            if call.server != "interaxo":
                continue
            if parts[-1] == "mentionable-authorities":
                self._hear_list(parts[-3], call)
            elif parts[-1] == "groups":
                self._hear_groups(parts[-2].replace("%40", "@"), call)

    def _hear_groups(self, email: str, call: Call) -> None:
        """A list is told with its end: where a later page is broken, nothing was told, whatever the first one held."""
        person = self.near.rooms.people.get((COMMUNITY, email))
        if person is None:
            return
        if "skip=" not in call.query:
            self.groups_untold[email] = self.groups.get(email)
        if call.status == 200 and call.how is None:
            self.groups[email] = [frozenset(identity("group", one) for one in person.groups)]
        elif (before := self.groups_untold.get(email)) is not None:
            self.groups[email] = before
        else:
            self.groups.pop(email, None)

    def _hear_list(self, native: str, call: Call) -> None:
        item = self.near.rooms.find(native)
        if item is None:
            return
        if call.status in {404, 422}:
            if item.type in LISTLESS:
                self.silent.add(native)
            return
        self.unread.add(native)
        if call.status != 200 or call.how is not None:
            return
        self.unread.discard(native)
        told = frozenset(identity(*one) for one in self.near.rooms.effective_authorities(item))
        self.lists[native] = [told]
        self.silent.discard(native)
        above = [one for parent in self.parents.get(native, ()) for one in (self.may_see(parent),)]
        if any(one is None or one == told for one in above) or told in self._candidates_above(native):
            self.like_parent.add(native)
        else:
            self.like_parent.discard(native)

    def _candidates_above(self, native: str) -> list[Identities]:
        return [one for parent in self.parents.get(native, ()) for one in self.lists.get(parent, ())]

    def die(self) -> None:
        """The run was killed: what it was told last it may not have heard."""
        self.listen()
        for now, before in ((self.lists, self.before), (self.groups, self.groups_before)):
            for key, lists in now.items():
                now[key] = [*lists, *before.get(key, ())]

    def forget_places(self) -> None:
        """A run saw where everything stands now."""
        for item in self.near.rooms.items():
            self.parents[item.id] = {item.parent_id} if item.parent_id else set()
            self.roots[item.id] = {item.room}

    def may_see(self, native: str, mode: str = "item") -> Identities | None:
        """Whom the connector was told to show an item to; None: it was told of no list, and takes what lies around it."""
        if mode == "fixed":
            return frozenset([FIXED])
        if mode == "room":
            return self._of_any(self.roots.get(native, {native}))
        own = self.lists.get(native)
        if native in self.silent:
            return None
        item = self.near.rooms.find(native)
        follows = item is None or (item.type not in FOLDERS and (own is None or native in self.like_parent))
        above = self._above(native, mode) if follows else frozenset()
        if above is None:
            return None
        return frozenset().union(*(own or ()), above)

    def _of_any(self, roots: Iterable[str]) -> Identities | None:
        if any(root in self.silent for root in roots):
            return None
        return frozenset().union(*(one for root in roots for one in self.lists.get(root, ())))

    def _above(self, native: str, mode: str) -> Identities | None:
        found: set[str] = set()
        for parent in self.parents.get(native, ()):
            may = self.may_see(parent, mode)
            if may is None:
                return None
            found |= may
        return frozenset(found)

    def is_in(self, email: str, mode: str) -> Identities:
        """The identities that a person was said to have."""
        own = {identity("user", email), *([FIXED] if mode == "fixed" else ())}
        return frozenset(own).union(*self.groups.get(email, ()))


class PeopleMachine(Machine):
    """Two sources, four people, and whatever happens to them."""

    edits_in_runs = False  # what was told last could not be told from what is told now
    near: TwoSources

    def __init__(self) -> None:
        super().__init__()
        self.told = Told(self.near)
        self.mode = "room"
        self.late = False
        self.away: set[str] = set()
        self.wrong: list[str] = []
        """What was shown or given to somebody beyond what was told; collected, since a server may not raise."""
        self.watch_intranet()

    async def _open(self) -> Neighbourhood:
        near: TwoSources = await self.stack.enter_async_context(
            two_sources(self.folder / "first", lambda world: self.small.append(furnish(world)))
        )
        near.values["safety.max_deletes"] = 1_000
        near.values["safety.max_delete_ratio"] = 1.0
        near.values["safety.audience_max_age_days"] = 3_650
        near.values["sources.interaxo.audience_share"] = 0.25
        small = self.small[0]  # roots are never removed, so everybody can be met
        for root, owner, editor in ((small.bridge, "kari", "ola"), (small.tunnel, "eva", "per")):
            near.rooms.hand_over(root, owner=("user", address(owner)), modified_by=address(editor))
        return near

    @initialize(mode=st.sampled_from(MODES), first=st.sampled_from(["backfill", "full", "full", "delta"]))
    def choose(self, mode: str, first: str) -> None:
        self.mode = mode
        self.near.values["sources.interaxo.permissions"] = mode
        if mode == "fixed":
            self.near.values["sources.interaxo.identities"] = [FIXED]
        self.go(first)

    def load(self, first: str) -> None:
        """Nothing is loaded before the permissions are chosen."""

    # -- what every call must keep ------------------------------------------------------------

    def watch_intranet(self) -> None:
        """Look at every push as it takes effect."""
        intranet = self.near.intranet
        push_documents, push_users = intranet.push_documents, intranet.push_users

        def documents(pushed: Any) -> dict[str, Any]:
            # what is gone has no list any more: until that is proven it may lose a name from its breadcrumb, and stays with its readers
            had = {
                one["GloballyUniqueId"]: frozenset(
                    intranet.documents[one["GloballyUniqueId"]].document["ExternalIdentities"]
                )
                for one in pushed
                if one["GloballyUniqueId"] in intranet.documents
                and self.near.rooms.find(one["GloballyUniqueId"].removeprefix("ix-")) is None
            }
            answer = push_documents(pushed)
            if not self.late:
                self.told.listen()
                for one in pushed:
                    shown = set(one["ExternalIdentities"]) - had.get(one["GloballyUniqueId"], frozenset())
                    self.check_shown(one["GloballyUniqueId"], shown, "was pushed")
            return answer

        def users(pushed: Any) -> dict[str, Any]:
            kept = {one["GloballyUniqueId"]: self.keeps(one["GloballyUniqueId"]) for one in pushed}
            answer = push_users(pushed)
            if not self.late:
                self.told.listen()
                for one in pushed:
                    may = self.told.is_in(one["Email"], self.mode) | self.near.tester(one["Email"])
                    more = set(one["ExternalIdentities"]) - may - kept[one["GloballyUniqueId"]]
                    if more:
                        self.wrong.append(f"{one['Email']} was given {sorted(more)}")
            return answer

        setattr(intranet, "push_documents", documents)  # noqa: B010
        setattr(intranet, "push_users", users)  # noqa: B010

    def check_shown(self, identifier: str, identities: Iterable[str], what: str) -> None:
        may: Identities | None = frozenset([TESTERS])
        if not identifier.startswith("itr-"):
            may = self.told.may_see(identifier.removeprefix("ix-"), self.mode)
        # whose list cannot be read, and whose readers all lost its folder, waits for its list: nobody would find it
        waits = identifier.removeprefix("ix-") in self.told.unread and {*identities} <= self.readers.get(
            identifier, set()
        )
        if may is not None and not set(identities) <= may and not (waits and may.isdisjoint(identities)):
            self.wrong.append(f"{identifier} {what} to {sorted(set(identities) - may)}")

    def keeps(self, record: str) -> Identities:
        """What a person may be sent besides what was told: nothing, where no brake holds anybody."""
        return frozenset()

    def check_standing(self) -> None:
        """Everything in the intranet is shown as the connector was told last, or to fewer."""
        for identifier, row in self.near.intranet.documents.items():
            self.check_shown(identifier, row.document["ExternalIdentities"], "stands open")

    def assert_nobody_sees_more_than_was_read(self) -> None:
        """Told by what the wire said: lists stand on single items here, and a second source is there."""
        self.told.listen()
        self.check_standing()
        assert not self.wrong, self.wrong

    @invariant()
    def nobody_was_shown_more_than_was_told(self) -> None:
        assert not self.wrong, self.wrong

    # -- edits --------------------------------------------------------------------------------

    @rule(data=st.data(), audience=st.sampled_from(LISTS))
    def change_audience(self, data: st.DataObject, audience: list[tuple[str, str]]) -> None:
        for native in self.some(data):
            self.near.rooms.set_authorities(native, audience)

    def some(self, data: st.DataObject) -> list[str]:
        """A few items that may have lists of their own."""
        return data.draw(st.lists(st.sampled_from(self.everything()), min_size=1, max_size=4, unique=True))

    @rule(data=st.data())
    def inherit(self, data: st.DataObject) -> None:
        item = self.pick(data, "file", "simple-folder", "entry", "active-folder")
        if item:
            self.near.rooms.inherit_authorities(item)

    @rule(groups=st.fixed_dictionaries({person: st.sampled_from(GROUPS) for person in sorted(PEOPLE)}))
    def change_groups(self, groups: dict[str, list[str]]) -> None:
        for person, members_of in groups.items():
            email = address(person)
            self.near.rooms.add_person(COMMUNITY, email, person.capitalize(), email, groups=members_of)
        self.away.clear()

    @rule(person=st.sampled_from(sorted(PEOPLE)))
    def leave(self, person: str) -> None:
        if person not in self.away:
            self.near.rooms.remove_person(COMMUNITY, address(person))
            self.away.add(person)

    def everything(self) -> list[str]:
        return sorted(
            item.id for item in self.near.rooms.items() if item.type not in {"internal-link", "external-link"}
        )

    # -- runs ---------------------------------------------------------------------------------

    @rule(data=st.data(), how=st.sampled_from(sorted(UNREADABLE)), mode=st.sampled_from(["delta", "full"]))
    def run_with_an_unreadable_list(self, data: st.DataObject, how: str, mode: str) -> None:
        for native in self.some(data):
            self.near.wire.add(
                Fault(f"GET *content/{native}/comments/mentionable-authorities", UNREADABLE[how], times=None)
            )
        self.go(mode)
        self.forget_faults()

    @rule(
        mode=st.sampled_from(["delta", "full", "backfill"]), only=st.sampled_from([("interaxo",), ("itr",)])
    )
    def run_one_source(self, mode: str, only: tuple[str, ...]) -> None:
        self.go(mode, only=only)

    def go(self, mode: str, **wanted: Any) -> Report:
        self.told.begin()
        report = super().go(mode, **wanted)
        self.told.listen()
        if report.outcome in {"succeeded", "quarantined"} and "interaxo" in report.sources:
            self.check_standing()
            self.told.forget_places()
        return report

    def late_calls(self) -> None:
        self.late = True  # nobody can call back what is under way: the next run makes it good
        super().late_calls()
        self.late = False

    async def _killed_run(self, mode: str, number: int, after: bool) -> None:
        self.told.begin()
        await super()._killed_run(mode, number, after)
        self.told.die()

    def rehearse(self, mode: str) -> None:
        """What has nothing to do with people is left to the other machine: it would only thin out the rest."""

    def rename_room(self, slug: str) -> None:
        """As above."""

    def new_version(self, data: st.DataObject, reissue: bool) -> None:
        """As above."""

    def add_folder(self, data: st.DataObject) -> None:
        """As above."""

    def back_up_ledger(self) -> None:
        """A ledger that forgets what was told is the business of the other machine, and of tests of their own."""

    def restore_ledger(self) -> None:
        """As above."""

    def second_connector(self, mode: str) -> None:
        """As above: the other connector was told other things."""

    # -- the end ------------------------------------------------------------------------------

    def make_good(self) -> None:
        """After the faults end, and the lost calls have settled, one full run shows everybody what the source shows."""
        self.forget_faults()
        self.unhide_room()
        self.clock_is_set_right()
        self.near.clock.pass_seconds(90_000)
        report = self.wait(self._last_runs())
        assert self.near.found() == self.near.expected(), report.reasons
        for person in sorted(PEOPLE.keys() - self.away):
            found = sees(self.near, person)
            if self.mode == "fixed":
                assert found == {i for i in self.near.expected() if i.startswith("ix-")}, person
            elif self.mode == "room":
                assert found == self.rooms_of(person), person
            else:
                assert found == may_see(self.near, person), person
        for person in self.away:
            assert not sees(self.near, person), person
        self.told.listen()
        self.check_standing()
        assert not self.wrong, self.wrong

    def rooms_of(self, person: str) -> set[str]:
        """What stands in the rooms whose root's list names a person."""
        email = address(person)
        mine = {("user", email), *(("group", one) for one in self.near.rooms.people[COMMUNITY, email].groups)}
        rooms = {root for root in self.near.rooms.rooms if mine & set(self.room_audience(root))}
        wanted = self.near.expected()
        return {
            f"ix-{item.id}"
            for item in self.near.rooms.items()
            if item.room in rooms and f"ix-{item.id}" in wanted
        }

    async def _last_runs(self) -> Report:
        self.told.begin()
        return await super()._last_runs()
