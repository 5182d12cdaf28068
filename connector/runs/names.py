"""
Whether documents are named as they were before: another name makes another document of each.

The first part of an id comes from the settings (`id_prefix`), the rest from the source's own key by the
scheme of this release. Both are written down when a source is first read. Another prefix, another scheme or
another name of the source would push everything a second time, beside what is found now; so it is refused
before any request, for as long as the ledger has documents of that source. So is another name of a target: what people
hid, and what is held, stands in the ledger under its name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from connector.document.ids import ID_SCHEME
from connector.errors import LedgerError, SettingsError
from connector.ledger.store import Ledger
from connector.session.known_addresses import names_of

KIND = "ids"
"""The kind of note that holds them."""


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What makes the ids of a source's documents; empty where nothing was noted yet."""

    scheme: str
    prefix: str


def check_target(ledger: Ledger, target: str, key: str, configured: Collection[str]) -> None:
    """
    Make sure that a target is called as the ledger calls it: else nothing of what people hid there would be hidden.

    Args:
        key: of its intranet.
        configured: names of all targets that the settings have.

    Raises:
        SettingsError: it was called otherwise.
    """
    if ledger.documents(target).sources():
        return
    for other in names_of(ledger.notes(""), key):
        if other not in configured and (ledger.documents(other).sources() or ledger.orders(other).standing()):
            raise SettingsError(
                f"targets.{target}",
                f"the ledger calls this intranet {other!r}, and keeps under that name what people hid, what is on hold and what "
                f"was decided. Call it {other!r} again",
            )


def check_names(ledger: Ledger, target: str, prefixes: Mapping[str, str]) -> None:
    """
    Compare how documents of a target are named now with how they were named, and remember it.

    Args:
        prefixes: id_prefix by source, as the settings have it now.

    Raises:
        SettingsError: an id_prefix or the name of a source changed while the ledger has documents of it.
        LedgerError: this release names documents otherwise than the one that pushed them.
    """
    standing = set(ledger.documents(target).sources())
    noted = {name: _noted(ledger, name) for name in standing | prefixes.keys()}
    for name, prefix in prefixes.items():
        if name in standing:
            _compare(name, prefix, noted[name])
        for other in sorted(standing - prefixes.keys()):
            if noted[other].prefix == prefix:
                raise SettingsError(
                    f"sources.{name}.id_prefix",
                    f"the ledger has documents of the source {other!r} with the prefix {prefix!r}. If {name!r} is the same "
                    f"source, call it {other!r} again; if not, choose another prefix",
                )
    for name, prefix in prefixes.items():
        if noted[name] != Names(scheme=ID_SCHEME, prefix=prefix):
            ledger.notes(name).put(KIND, "", f"{ID_SCHEME}:{prefix}".encode())


def _compare(name: str, prefix: str, before: Names) -> None:
    if before.prefix not in ("", prefix):
        raise SettingsError(
            f"sources.{name}.id_prefix",
            f"the documents of this source were sent with {before.prefix!r}; with {prefix!r} each would be found twice. Put "
            f"{before.prefix!r} back. Or remove [sources.{name}] from the settings, run connector sync, approve the removal of its "
            "documents, and add the source again with the new prefix",
        )
    if before.scheme not in ("", ID_SCHEME):
        raise LedgerError(
            f"The ids of the documents of {name} were made by another scheme ({before.scheme}) than this release uses ({ID_SCHEME}), "
            f"so each would be found twice. Go back to the release before this one. Or, still with that release, remove "
            f"[sources.{name}] from the settings, run connector sync, approve the removal of its documents, and upgrade then"
        )


def _noted(ledger: Ledger, source: str) -> Names:
    note = ledger.notes(source).get(KIND, "")
    scheme, _, prefix = note.value.decode().partition(":") if note else ("", "", "")
    return Names(scheme=scheme, prefix=prefix)
