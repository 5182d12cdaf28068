"""
Every file that the connector reads of a report library, for auditors. PURE.

Nothing is called: the platform's API is not documented for third parties, so that no host of the vendor is on any list.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.http.exchange import AS_DOCUMENT, Exchange, Party

HERE = "file://this-machine"
"""In place of a host: what is read are files."""


def party_of(source: str, exports: Sequence[str], *, roles: str, people: str) -> Party:
    """The files of one library, as exchanges that send nothing."""
    read = [
        _read(
            one,
            "Reads the library's reports: in every run; a new file twice, three seconds apart, to see whether it is whole.",
            "Ids, paths, names, descriptions and versions of reports; codes of their data portals.",
            kept=f"{AS_DOCUMENT}; which file was read and which reports it held, in the ledger",
            personal=False,
        )
        for one in exports
    ]
    if roles:
        read.append(
            _read(
                roles,
                "Reads which roles see which folders: in every run.",
                "Names of folders and roles.",
                kept="folders with their roles, in the ledger, until a later file says otherwise",
                personal=False,
            )
        )
    if people:
        read.append(
            _read(
                people,
                "Reads who has which roles: in every run, and when memberships have their turn.",
                "E-mail addresses, user names and roles of people.",
                kept="addresses with their roles, in the ledger, until the file does not name them any more",
                personal=True,
            )
        )
    return Party(name=source, base_url=HERE, exchanges=tuple(read))


def _read(path: str, purpose: str, receives: str, *, kept: str, personal: bool) -> Exchange:
    return Exchange(
        method="READ",
        path=f"/{path.lstrip('/')}",
        purpose=purpose,
        sends="Nothing: it is a file of this machine.",
        receives=receives,
        personal_data=personal,
        kept=kept,
    )
