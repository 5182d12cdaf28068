"""[sources.NAME] with kind = "interaxo", and what these settings mean in words."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr, model_validator

from connector.document.counting import counted
from connector.sources.part import (
    BaseUrl,
    Host,
    Hours,
    MappingPart,
    Share,
    SourcePart,
    are_narrower,
    check_identities,
    shown_to_listed,
)

EXPOSED = {
    "room": "Whoever can open a room finds everything in it. This is right only where no folder or item in a room is closed to some of them.",
    "folder": (
        "Whoever can open a folder or workflow step finds everything in it. A single entry or file with fewer readers is shown "
        "to the readers of its folder until its own list is read, on a rotation or in a full run. From then on, its room is read item by item."
    ),
    "item": "Every item is shown to whoever may see that very item, as read in each run.",
}
"""What each way to read rights exposes, for `check`."""
IN_BRACES = frozenset({"community", "room", "id"})
"""What `web_url` may have in braces, each just as it is."""
RIGHTS = {
    "room": "whoever can open a room finds everything in it; right only where nothing in a room is closed to some of them",
    "folder": "rights of folders and workflow steps; a single closed entry or file is noticed later, on a rotation",
    "item": "rights of every single item, read in every run; the most exact, and the most requests",
    "fixed": "whoever has an identity that you list finds everything, whatever rights they have in Interaxo",
}
"""The same in a few words, for `init`."""


class InteraxoPart(SourcePart):
    """Everything that can be set of a source that reads Interaxo rooms."""

    kind: Literal["interaxo"]
    base_url: BaseUrl = "https://api.interaxo.com"
    token_url: BaseUrl = "https://login.collaboration-sso.com/oauth/token"  # noqa: S105 - an address
    audience: str = "https://api.interaxo.com/v1/"
    client_id: SecretStr
    client_secret: SecretStr
    web_url: str = "https://ix.interaxo.com/{community}/{room}/documentLibrary/{id}"
    communities: list[str] = []
    rooms: list[str] = ["*"]
    historical: bool = False
    content: bool = True
    download: Literal["auto", "api", "content_url"] = "auto"
    content_hosts: list[Host] = []
    comments: bool = False
    main_document_text: bool = False
    permissions: Literal["room", "folder", "item", "fixed"]
    identities: list[str] = []
    public_rooms: list[str] = []
    audience_share: Share = 0.02
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    calls_per_s: Annotated[float, Field(ge=0, le=10_000)] = 0
    quiet: Hours = ""
    mapping: dict[Literal["room", "folder", "entry", "attachment", "file", "link"], MappingPart] = {}

    hints: ClassVar[Mapping[str, str]] = {
        "permissions": (
            'it has no default: "room" shows everything in a room to everybody who may see the room, "folder" follows the rights '
            'of folders and steps, "item" those of every item, "fixed" shows everything to the identities you list'
        )
    }

    @model_validator(mode="after")
    def _fits(self) -> InteraxoPart:
        check_identities(self.permissions, self.identities, "interaxo:group:everyone/all")
        if not any(not glob.startswith("!") for glob in self.rooms):
            raise ValueError('rooms only names what to leave out; add "*" to include the other rooms')
        if odd := _odd_in(self.web_url):
            raise ValueError(f"web_url may use {{community}}, {{room}} and {{id}} only: {odd}")
        return self

    def addresses(self) -> tuple[str, ...]:
        """The API, and where its token comes from."""
        return (self.base_url, self.token_url)

    def quiet_hours(self) -> str:
        """Hours of the setting `quiet`."""
        return self.quiet

    def reads_files(self) -> bool:
        """Whether files are downloaded."""
        return self.content

    def calls_at_once(self) -> int:
        """As many calls as the setting `concurrency` allows."""
        return self.concurrency

    def shows_less(self, now: SourcePart | None) -> bool:
        """Whether rooms may be public no more, rights are read that some lack, or documents tell less of their items."""
        if not isinstance(now, InteraxoPart):
            return bool(self.public_rooms)
        gone = set(self.public_rooms) - set(now.public_rooms)
        came = set(now.public_rooms) - set(self.public_rooms)
        closes = any(not glob.startswith("!") for glob in gone) or any(glob.startswith("!") for glob in came)
        rights = (now.permissions, now.identities), (self.permissions, self.identities)
        before, after = (
            (one.content, one.comments, one.content and one.main_document_text) for one in (self, now)
        )
        untold = any(was and not is_now for was, is_now in zip(before, after, strict=True))
        return closes or untold or are_narrower(*rights, ("item", "folder", "room"))

    def exposure(self) -> str:
        """What the choice of `permissions` exposes."""
        if self.permissions == "fixed":
            return shown_to_listed(self.identities)
        return EXPOSED[self.permissions]

    def scopes_in_words(self, key: str, found: int, chosen: int) -> str:
        """How many rooms are read."""
        return f"{counted(found, 'room is', 'rooms are')} visible: {key}.rooms includes {chosen} and leaves out {found - chosen}."


def _odd_in(web_url: str) -> str:
    """What an address has in braces that is none of the names, or more than a name; empty where all is well."""
    try:
        for _, name, form, conversion in Formatter().parse(web_url):
            if name is not None and (name not in IN_BRACES or form or conversion):
                return f"not {{{name}{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}}}"
    except ValueError as error:
        return str(error)
    return ""
