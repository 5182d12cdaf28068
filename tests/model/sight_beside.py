"""An office's records and a report library beside the rooms, with everything that may change in them, and what they say of who may see what."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from random import Random

from connector.document.ids import document_id
from connector.sandbox.itr import CLIENT, MASTER, ItrWorld
from tests.model.sight_truth import NOBODY, Identities, Truth
from tests.model.sight_world import PEOPLE
from tests.neighbourhood import Neighbourhood
from tests.sources.interject_library import ROW_OF_TIME, Link, report_list, table

OFFICE, LIBRARY = "itr", "interject"
KINDS = ("sessions", "tests", "batteries", "reportdefinitions")
FOLDERS = ("Finance", "Finance\\Monthly", "Finance\\Pay", "HR", "HR\\Secret")
ROLES = ("approver", "standard", "analyst")
BUILT_IN = frozenset({"clientadmin", "corporate", "customitems", "editor", "protector", "scheduleradmin"})
FAR, PAST = "2099-01-01T00:00:00+00:00", "2021-01-01T00:00:00+00:00"
Changes = dict[str, Callable[[Random], object]]


class Office:
    """A few records of one company, and its logins."""

    def __init__(self, itr: ItrWorld, dice: Random, *, by_manager: bool) -> None:
        self.itr, self.by_manager = itr, by_manager
        self.gone: set[str] = set()
        """Ids of records that were deleted: how soon that is believed is the business of others."""
        itr.quirks.calls_per_s = itr.quirks.logins_per_s = None
        for database in (CLIENT, MASTER):
            for kind in KINDS:
                for key in sorted(itr.tables[database][kind])[8 if kind == "sessions" else 2 :]:
                    itr.remove(kind, key, database)
        for number, row in enumerate(self._logins()):
            if dice.random() < 0.5:
                row["Email"] = f"{PEOPLE[number % len(PEOPLE)]}@example.com"

    @property
    def changes(self) -> Changes:
        """What may happen in it."""
        return {
            one.__name__: one
            for one in (self.turn_login, self.hand_over, self.add_session, self.delete_session)
        }

    def truth(self) -> Truth:
        """Ask the office."""
        office, supervisors = (
            f"{OFFICE}:group:{self.itr.company_id}/{one}" for one in ("office", "supervisors")
        )
        people: dict[str, Identities] = {}
        named: dict[str, Identities] = {}
        """Whom a record that they manage names: where the whole office sees it, those alone who do not see the others."""
        shared: set[str] = set()
        for row in self.itr.rows("logins"):
            if not row["Active"] or row["IsTestTakingUser"] or row["EndDateLicense"] < "2027-06":
                continue
            own = frozenset({f"{OFFICE}:user:{row['ID']}"})
            groups = NOBODY if row["MayWorkWithOwnObjectsOnly"] else frozenset({office})
            if groups and row["IsOrganisationSupervisor"]:
                groups |= {supervisors}
            if self.by_manager or not groups:
                named[row["ID"]] = own
            if address := row["Email"].strip().lower():
                shared |= {address} & people.keys()
                people[address] = people.get(address, NOBODY) | own | groups
        documents = {
            document_id("itr", f"m-{key}" if database == MASTER else key): frozenset(
                {supervisors if self.by_manager else office}
            )
            | named.get(row.get("ManagedByUserID", ""), NOBODY)
            for database in (CLIENT, MASTER)
            for kind in KINDS
            for key, row in self.itr.tables[database][kind].items()
        }
        return Truth(documents, frozenset(documents), people, frozenset(shared), frozenset(self.gone))

    def _logins(self) -> list[dict[str, object]]:
        return [row for row in self.itr.rows("logins") if row["ID"] != self.itr.login["ID"]]

    def turn_login(self, dice: Random) -> None:
        """Somebody may do more or less, has another address, or may not sign in."""
        row = dice.choice(self._logins())
        match what := dice.choice(
            [
                "Active",
                "IsTestTakingUser",
                "MayWorkWithOwnObjectsOnly",
                "IsOrganisationSupervisor",
                "Email",
                "EndDateLicense",
            ]
        ):
            case "Email":
                row[what] = dice.choice(
                    [f"{dice.choice(PEOPLE)}@example.com", "x@example.org", str(row[what]).upper()]
                )
            case "EndDateLicense":
                row[what] = dice.choice([FAR, PAST])
            case _:
                row[what] = not row[what]

    def hand_over(self, dice: Random) -> None:
        """Somebody else manages a record."""
        for kind in ("sessions", "batteries"):
            dice.choice(self.itr.rows(kind))["ManagedByUserID"] = dice.choice(self.itr.rows("logins"))["ID"]

    def add_session(self, dice: Random) -> None:
        self.itr.add(
            "sessions", Description="Another", ManagedByUserID=dice.choice(self.itr.rows("logins"))["ID"]
        )

    def delete_session(self, dice: Random) -> None:
        if len(rows := self.itr.rows("sessions")) > 4:
            key = dice.choice(rows)["ID"]
            self.itr.remove("sessions", key)
            self.gone.add(document_id("itr", key))


class Library:
    """A library of reports with its roles; each folder keeps a report of its own, so that none is taken for another one."""

    def __init__(self, near: Neighbourhood, dice: Random) -> None:
        self._near = near
        self._count = len(FOLDERS)
        self.gone: set[str] = set()
        self.reports = {f"pt1:{number}": folder for number, folder in enumerate(FOLDERS, 1)}
        self._stay = set(self.reports)
        self.roles = {one: self._some(dice) for one in FOLDERS if dice.random() < 0.7} | {
            FOLDERS[0]: set[str]()
        }
        self.people = {f"{one}@example.com": self._some(dice, least=1) for one in PEOPLE[:4]}
        (near.folder / "imports").mkdir(parents=True, exist_ok=True)
        self.export()
        near.values |= {
            "sources.interject.kind": "interject",
            "sources.interject.id_prefix": "ij",
            "sources.interject.exports": ["imports/*.csv"],
            "sources.interject.roles": "roles.csv",
            "sources.interject.people": "people.csv",
            "sources.interject.help_url": "https://intranet.example.com/interject",
        }

    @property
    def changes(self) -> Changes:
        """What may happen in it."""
        return {
            one.__name__: one
            for one in (
                self.turn_folder,
                self.turn_person,
                self.move_report,
                self.add_report,
                self.delete_report,
            )
        }

    def truth(self) -> Truth:
        """Ask the library."""
        every = BUILT_IN.union(ROLES)
        may: dict[str, Identities] = {}
        for folder in FOLDERS:
            parts = folder.split("\\")
            above = ["\\".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
            roles = every.intersection(*(self.roles.get(one) or every for one in above))
            may[folder] = frozenset(f"{LIBRARY}:group:role/{one}" for one in roles)
        documents = {document_id("ij", _folder(folder)): may[folder] for folder in FOLDERS}
        documents |= {self._id_of(key): may[folder] for key, folder in self.reports.items()}
        people = {
            address: frozenset(f"{LIBRARY}:group:role/{one}" for one in roles)
            for address, roles in self.people.items()
        }
        return Truth(documents, frozenset(documents), people, NOBODY, frozenset(self.gone - documents.keys()))

    def below(self, some: Collection[str]) -> set[str]:
        """Ids of some documents, and of all that stands below them."""
        found = set()
        for native, folder in [
            *((f"link/{key}", folder) for key, folder in self.reports.items()),
            *((_folder(one), one) for one in FOLDERS),
        ]:
            parts = folder.split("\\")
            above = {
                document_id("ij", _folder("\\".join(parts[:depth]))) for depth in range(1, len(parts) + 1)
            }
            if {document_id("ij", native), *above} & set(some):
                found.add(document_id("ij", native))
        return found

    def _id_of(self, key: str) -> str:
        return document_id("ij", f"link/{key}")

    def _some(self, dice: Random, least: int = 0) -> set[str]:
        return set(dice.sample(ROLES, dice.randint(least, 2)))

    def export(self) -> None:
        """Save every file anew, a minute later."""
        reports = [Link(name=f"Report {key}", path=path, id=key) for key, path in self.reports.items()]
        self._save("imports/reports.csv", report_list(reports))
        every = {"Elsewhere": {*ROLES}}  # a role that no file names is none of all roles
        self._save("roles.csv", table(("folder", "role"), _rows(self.roles | every)))
        self._save("people.csv", table(("email", "role"), _rows(self.people)))

    def _save(self, name: str, data: bytes) -> None:
        self._near.clock.pass_seconds(ROW_OF_TIME)
        file = self._near.folder / name
        file.write_bytes(data)
        os.utime(file, (self._near.clock.now, self._near.clock.now))

    def turn_folder(self, dice: Random) -> None:
        self.roles[dice.choice(sorted(self.roles))] = self._some(dice)
        self.export()

    def turn_person(self, dice: Random) -> None:
        self.people[dice.choice(sorted(self.people))] = self._some(dice, least=1)
        self.export()

    def move_report(self, dice: Random) -> None:
        if some := sorted(self.reports.keys() - self._stay):
            self.reports[dice.choice(some)] = dice.choice(FOLDERS)
        self.export()

    def add_report(self, dice: Random) -> None:
        self._count += 1
        self.reports[f"pt1:{self._count}"] = dice.choice(FOLDERS)
        self.export()

    def delete_report(self, dice: Random) -> None:
        if some := sorted(self.reports.keys() - self._stay):
            key = dice.choice(some)
            del self.reports[key]
            self.gone.add(self._id_of(key))
        self.export()


def _folder(path: str) -> str:
    return f"folder/{path.lower().replace(chr(92), '/')}"


def _rows(held: dict[str, set[str]]) -> list[tuple[str, str]]:
    return [(name, one) for name, roles in held.items() for one in sorted(roles) or [""]]
