"""
Every call that the connector can make to Interact, in words for auditors; the client can make no other. PURE.

Source: Workplace Search Custom Connector API.
"""

from __future__ import annotations

from connector.http.exchange import Exchange

DOCS = "/api/search/connector/{appid}/docs"
USERS = "/api/search/connector/{appid}/users"
READ_KEY = ("X-ApiKey (the connector's key)", "X-Tenant", "Content-Type")
KEY = (*READ_KEY, "Content-Length")
DOCUMENT_FIELDS = (
    "GloballyUniqueId",
    "DocTypeName",
    "Title",
    "Url",
    "Summary",
    "AuthorName",
    "CreatedDate",
    "ModifiedDate",
    "Taxonomy",
    "CrumbLinks",
    "Keywords",
    "Bestbets",
    "DeletionMode",
    "IsPublic",
    "ExternalIdentities",
    "MaterializedPath",
    "IsParent",
    "FileContents",
    "SynchroniseState",
    "ShouldSaveSynchroniseState",
)
EXCHANGES = (
    Exchange(
        method="PUT",
        path=f"{DOCS}/beginsyncsession",
        purpose="A full run begins: Interact counts documents that are not sent again before its end as gone.",
        sends="Nothing.",
        receives="Nothing.",
        personal_data=False,
        header=KEY,
        kept="when it was answered, in the run history",
    ),
    Exchange(
        method="PUT",
        path=f"{DOCS}/addupdate",
        purpose="Adds or updates search documents.",
        sends="Titles, links, summaries, texts, facets, breadcrumbs, authors' names and the identities that may see each document.",
        receives="Ids that were accepted, and ids that were refused with a code.",
        personal_data=True,
        header=KEY,
        body=DOCUMENT_FIELDS,
        kept="which ids were accepted or refused, and why, in the ledger",
    ),
    Exchange(
        method="PUT",
        path=f"{DOCS}/delete",
        purpose="Removes documents that are provably gone from their source.",
        sends="Ids of documents.",
        receives="Nothing.",
        personal_data=False,
        header=KEY,
        body=("a list of document ids",),
        kept="id and title of what was removed, in the ledger",
    ),
    Exchange(
        method="PUT",
        path=f"{DOCS}/endsyncsession",
        purpose="A full run ends: Interact removes the documents that were not sent again.",
        sends="Nothing.",
        receives="How many documents were removed.",
        personal_data=False,
        header=KEY,
        kept="the count, in the run history",
    ),
    Exchange(
        method="GET",
        path=f"{DOCS}/state",
        purpose="Reads what the connector noted beside one document.",
        sends="The id of a document.",
        receives="Whether it exists, when it was updated, and the connector's own note (hashes and counters).",
        personal_data=False,
        header=READ_KEY,
        query=("docId",),
    ),
    Exchange(
        method="PUT",
        path=f"{USERS}/beginsyncsession",
        purpose="A full run begins to send people: whoever is not sent again before its end loses their identities.",
        sends="Nothing.",
        receives="Nothing.",
        personal_data=False,
        header=KEY,
    ),
    Exchange(
        method="PUT",
        path=f"{USERS}/addupdate",
        purpose="Sends which identities of the sources a person of the intranet has.",
        sends="E-mail address or user name (as targets.NAME.people.match says), and the person's identities.",
        receives="Ids of records that were accepted, not found or refused.",
        personal_data=True,
        header=KEY,
        body=("GloballyUniqueId (a hash)", "DeletionMode", "ExternalIdentities", "Email", "Username"),
        kept="which records were accepted, and their identities, in the ledger",
    ),
    Exchange(
        method="PUT",
        path=f"{USERS}/delete",
        purpose="Removes the identities of people whom no source names any more.",
        sends="Ids of records, made of hashes.",
        receives="Nothing.",
        personal_data=False,
        header=KEY,
        body=("a list of record ids (hashes)",),
    ),
    Exchange(
        method="PUT",
        path=f"{USERS}/endsyncsession",
        purpose="A full run has sent all people: Interact removes the identities of those who were not sent again.",
        sends="Nothing.",
        receives="How many records were removed.",
        personal_data=False,
        header=KEY,
        kept="the count, in the run history",
    ),
)
