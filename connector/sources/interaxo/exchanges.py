"""
Every call that can be made to Interaxo, in words for auditors; the client can make no other.

Source: https://api.interaxo.com. GET only, and one POST to the token URL.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from connector.http.exchange import AS_DOCUMENT, Exchange, Party

COMMUNITIES = "/v1/communities"
V1 = "/v1/{community}"
IN_ROOM = "/v1/{community}/rooms/{room}"
BEARER = ("Authorization (the access token)", "X-Requested-With")
LIST = ("limit", "skip", "sort")
TEXT_KEPT = "the text in the cache folder, until text.cache_bytes needs the room; never the file"
EXCHANGES = (
    Exchange(
        method="GET",
        path=COMMUNITIES,
        purpose="Lists the communities that the connector's identity sees; once a run.",
        sends="The bearer token.",
        receives="Ids and names of communities.",
        personal_data=False,
        header=BEARER,
        query=LIST,
        kept=AS_DOCUMENT,
    ),
    Exchange(
        method="GET",
        path=f"{V1}/rooms",
        purpose="Lists the rooms of a community; once a run.",
        sends="The bearer token.",
        receives="Ids, names, descriptions and metadata of rooms.",
        personal_data=False,
        header=BEARER,
        query=LIST,
        kept="name and id of each room, in the ledger, as long as the ledger lives",
    ),
    Exchange(
        method="GET",
        path=f"{IN_ROOM}/content/{{id}}",
        purpose="Reads one item: a room's root, an active folder's fields and steps, or an item missing from its listing.",
        sends="The bearer token and the id of an item.",
        receives="Name, times, author, fields of the item.",
        personal_data=True,
        header=BEARER,
        kept=AS_DOCUMENT,
    ),
    Exchange(
        method="GET",
        path=f"{IN_ROOM}/content/{{id}}/children",
        purpose="Lists the content of a folder or an entry; every run.",
        sends="The bearer token and the id of a container.",
        receives="Names, times, authors, fields of the items.",
        personal_data=True,
        header=BEARER,
        query=LIST,
        kept=AS_DOCUMENT,
    ),
    Exchange(
        method="GET",
        path=f"{IN_ROOM}/content/{{id}}/comments/mentionable-authorities",
        purpose="Reads who may see a room, a folder, a step or an item, as the setting permissions says.",
        sends="The bearer token and the id of an item.",
        receives="Ids and names of users and groups.",
        personal_data=True,
        header=BEARER,
        query=("limit", "skip"),
        kept="ids of users and groups (no names), in the ledger, until read again",
    ),
    Exchange(
        method="GET",
        path=f"{V1}/people/{{person}}",
        purpose="Reads the name and address of an author, member or named user; kept, and read again on a rotation.",
        sends="The bearer token and the id of a person.",
        receives="Name and e-mail address; both are kept.",
        personal_data=True,
        header=BEARER,
        kept="name and e-mail address, in the ledger, until it is read again or the ledger is pruned",
    ),
    Exchange(
        method="GET",
        path=f"{V1}/people/{{person}}/groups",
        purpose="Reads which groups a person is in; kept, and read again on a rotation.",
        sends="The bearer token and the id of a person.",
        receives="Ids and names of groups; the ids are kept.",
        personal_data=True,
        header=BEARER,
        query=LIST,
        kept="ids of the groups, in the ledger, until read again",
    ),
)
READS_FILES = (
    Exchange(
        method="GET",
        path=f"{IN_ROOM}/files/{{id}}/content",
        purpose="Downloads a new or changed file to extract its text; only with content = true.",
        sends="The bearer token and the id of a file.",
        receives="The bytes of the file, kept on disk only while its text is extracted; the text is kept in the cache.",
        personal_data=True,
        header=BEARER,
        kept=TEXT_KEPT,
    ),
)
READS_SIGNED = (
    Exchange(
        method="GET",
        path="/{anything}",
        purpose="Downloads a new or changed file to extract its text, by the address that Interaxo signs for it (content_url).",
        sends="The address that Interaxo signed for this file; not the access token.",
        receives="The bytes of the file, kept on disk only while its text is extracted; the text is kept in the cache.",
        personal_data=True,
        query=("t (the signature), as Interaxo wrote it",),
        kept=TEXT_KEPT,
    ),
)
READS_MAIN_DOCUMENTS = (
    Exchange(
        method="GET",
        path=f"{IN_ROOM}/content/{{id}}/document",
        purpose="Asks which attachment is an entry's main document; only with main_document_text = true.",
        sends="The bearer token and the id of an entry.",
        receives="Name and version of a file.",
        personal_data=True,
        header=BEARER,
        kept=AS_DOCUMENT,
    ),
)
READS_COMMENTS = (
    Exchange(
        method="GET",
        path=f"{IN_ROOM}/content/{{id}}/comments",
        purpose="Reads the comments of an item; only with comments = true.",
        sends="The bearer token and the id of an item.",
        receives="Comments with their authors' names.",
        personal_data=True,
        header=BEARER,
        query=("format", *LIST),
        kept="the comments' text, in the ledger, until read again",
    ),
)


def signing_in(path: str) -> tuple[Exchange, ...]:
    """
    The one call of the token URL.

    Args:
        path: of that URL.
    """
    return (
        Exchange(
            method="POST",
            path=path,
            purpose="Fetches an access token with the client's credentials; about once an hour.",
            sends="Client id, client secret and the audience.",
            receives="An access token, kept in memory only.",
            personal_data=False,
            header=("Content-Type", "Content-Length"),
            body=("grant_type", "client_id", "client_secret", "audience"),
            kept="the access token, in memory, until shortly before it expires",
        ),
    )


SIGNED_PATH = "/v1/{community}/public/v2/files/{id}/content"
"""The path of signed addresses in the vendor's sample."""


def signed_downloads(source: str, base_url: str, hosts: frozenset[str]) -> list[Party]:
    """
    Downloads by an address that Interaxo's own answers name, host by host; no other host is asked.

    Args:
        hosts: that an address may name.
    """
    own = urlsplit(base_url)
    (exchange,) = READS_SIGNED
    told = msgspec.structs.replace(
        exchange,
        path=SIGNED_PATH,
        purpose=f"{exchange.purpose} Another path of this host is followed, too; another host is not.",
    )
    name = f"files of Interaxo ({source})"
    return [
        Party(name=name, base_url=f"{own.scheme}://{own.netloc}", exchanges=(told,)),
        *(
            Party(name=name, base_url=f"https://{host}", exchanges=(told,), proviso="if content_url names it")
            for host in sorted(hosts - {own.hostname})
        ),
    ]
