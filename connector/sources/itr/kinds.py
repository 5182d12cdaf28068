"""
The allow-list: which records are read, which of their fields become documents, which may be named. PURE.

ITR holds psychological test data. What is not listed here cannot be read into a document at all; what
stands under `nameable` is read only when the setting `fields` names that very field. Results, scores and
answers stand on no list: their only call bills the test (docs/itr.md). Source: docs/itr.md, columns.
"""

from __future__ import annotations

import msgspec

CLIENT = "client"
"""The company's own database."""
MASTER = "master"
"""The server-wide catalogue, shared by all companies."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of record."""

    name: str
    word: str
    """What a person calls one of them."""
    plural: str
    databases: tuple[str, ...] = (CLIENT,)
    cached: bool = False
    """Its details come from a file cache that outlives the record: a 200 proves nothing."""
    own_objects: bool = False
    """An account that may work with its own objects only is shown its own: a 404 may be for want of a right."""
    detailed: bool = False
    """Its document needs what only the record's own answer tells."""
    nameable: dict[str, str] = {}
    """Fields that the setting `fields` may name, and what each exposes."""


SESSIONS = Kind(
    name="sessions",
    word="Session",
    plural="Sessions",
    own_objects=True,
    nameable={
        "Remarks": "free remarks of the consultant about a session, often about the candidate",
        "PluginData": "settings and stored answers of the session's screens",
        "ShortLoginCode": "the code with which anybody can enter a public session",
        "UserDefinedFields": "whatever the company keeps in its own fields",
        "EMailNotificationAdresses": "mail addresses that are told of the session's end",
    },
)
TESTS = Kind(
    name="tests",
    word="Test",
    plural="Tests",
    databases=(CLIENT, MASTER),
    cached=True,
    detailed=True,
    nameable={
        "Explanation": "the explanation for office users",
        "AuthorInfo": "names of the test's authors",
        "Copyrights": "the copyright notice",
        "InvoiceCode": "the code on invoices",
        "Remarks": "free remarks of the authors",
    },
)
BATTERIES = Kind(
    name="batteries",
    word="Battery",
    plural="Batteries",
    databases=(CLIENT, MASTER),
    detailed=True,
    nameable={
        "InvoiceCode": "the code on invoices",
        "ReportMailAdress": "the mail address that reports are sent to",
        "Remarks": "free remarks",
        "PluginData": "settings of the web client",
    },
)
REPORT_DEFINITIONS = Kind(
    name="reportdefinitions",
    word="Report definition",
    plural="Report definitions",
    databases=(CLIENT, MASTER),
    cached=True,
    detailed=True,
    nameable={
        "ReportText": "the template's text, with its scoring rules in words",
        "InvoiceCode": "the code on invoices",
        "Remarks": "free remarks of the authors",
    },
)
GROUPS = Kind(
    name="groups",
    word="Group",
    plural="Groups",
    own_objects=True,
    nameable={
        "Remarks": "free remarks about the group",
        "UserDefinedFields": "whatever the company keeps in its own fields",
        "PluginData": "settings of the web client",
    },
)
ORGANISATIONS = Kind(
    name="organisations",
    word="Organisation",
    plural="Organisations",
    nameable={
        "Address": "the organisation's address",
        "ContactPerson": "the name of a person",
        "ContactEMail": "the mail address of a person",
        "ContactPhone": "the telephone number of a person",
        "Remarks": "free remarks about the organisation",
        "PluginData": "settings of the web client",
    },
)
PERSONS = Kind(
    name="persons",
    word="Person",
    plural="Persons",
    own_objects=True,
    nameable={
        "EMail": "the candidate's mail address",
        "BirthDate": "the candidate's birth date",
        "Age": "the candidate's age",
        "Sex": "the candidate's sex, as a number",
        "UserDefinedFields": "whatever the company keeps in its own fields, such as staff numbers",
        "Remarks": "free remarks about the candidate",
        "PluginData": "settings of the web client, may hold external ids",
    },
)
GENERATED_REPORTS = Kind(
    name="generatedreports",
    word="Generated report",
    plural="Generated reports",
    nameable={
        "ReportText": "the whole report: conclusions about one person, with scores in words",
        "PluginData": "settings of the web client",
    },
)

KINDS = {
    kind.name: kind
    for kind in (
        SESSIONS,
        TESTS,
        BATTERIES,
        REPORT_DEFINITIONS,
        GROUPS,
        ORGANISATIONS,
        PERSONS,
        GENERATED_REPORTS,
    )
}
"""Every kind by the name that the setting `records` uses; the first four are on by default."""

LOGINS = Kind(name="logins", word="Login", plural="Logins")
"""Read for the people of the company; never a document."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One scope: a kind of record in one database."""

    kind: Kind
    database: str

    @property
    def proves_itself(self) -> bool:
        """Whether a record's own answer tells what is so now, and that it is gone: neither from a cache nor from the master database."""
        return not self.kind.cached and self.database == CLIENT
