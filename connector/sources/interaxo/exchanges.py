"""
Every call that can be made to Interaxo, in words for auditors; the client can make no other.

Source: https://api.interaxo.com. GET only, and one POST to the token URL.
"""

from __future__ import annotations

from connector.http import Exchange

V1 = "/v1/{community}"
IN_ROOM = "/v1/{community}/rooms/{room}"
EXCHANGES = (
    Exchange(
        method="GET",
        path="/v1/communities",
        purpose="Lists the communities that the connector's identity sees; once a run.",
        sends="The bearer token.",
        receives="Ids and names of communities.",
        personal_data=False,
    ),
    Exchange(
        method="GET",
        path=f"{V1}/rooms",
        purpose="Lists the rooms of a community; once a run.",
        sends="The bearer token.",
        receives="Ids, names, descriptions and metadata of rooms.",
        personal_data=False,
    ),
    Exchange(
        method="GET",
        path=f"{IN_ROOM}/content/{{id}}",
        purpose="Reads one item: a room's root, an active folder's fields and steps, or an item missing from its listing.",
        sends="The bearer token and the id of an item.",
        receives="Name, times, author, fields of the item.",
        personal_data=True,
    ),
    Exchange(
        method="GET",
        path=f"{IN_ROOM}/content/{{id}}/children",
        purpose="Lists what stands in a folder or an entry; every run.",
        sends="The bearer token and the id of a container.",
        receives="Names, times, authors, fields of the items.",
        personal_data=True,
    ),
    Exchange(
        method="GET",
        path=f"{IN_ROOM}/content/{{id}}/comments/mentionable-authorities",
        purpose="Reads who may see a room, a folder, a step or an item, as the setting permissions says.",
        sends="The bearer token and the id of an item.",
        receives="Ids and names of users and groups.",
        personal_data=True,
    ),
    Exchange(
        method="GET",
        path=f"{V1}/people/{{person}}",
        purpose="Reads the name and address of an author, member or named user; kept, and read again on a rotation.",
        sends="The bearer token and the id of a person.",
        receives="Name and e-mail address; both are kept.",
        personal_data=True,
    ),
    Exchange(
        method="GET",
        path=f"{V1}/people/{{person}}/groups",
        purpose="Reads which groups a person is in; kept, and read again on a rotation.",
        sends="The bearer token and the id of a person.",
        receives="Ids and names of groups; the ids are kept.",
        personal_data=True,
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
    ),
)
TOKEN_PURPOSE = "Fetches an access token with the client's credentials; about once an hour."  # noqa: S105 - words
