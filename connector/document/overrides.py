"""What the mapping settings say about one kind of item: its type, title, summary, keywords, facets, and what is left out. PURE."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from connector.document.document import Document, Facet
from connector.document.ids import digest
from connector.document.templates import Template, compile_template, says_yes

LEFT_OUT = "left out by the mapping"
"""Why an item is left out that a template leaves out (`connector.document.document.Listed.left_out`)."""


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """[sources.NAME.mapping.KIND], ready to be used; None: the source's own way."""

    type: Template | None
    title: Template | None
    summary: Template | None
    keywords: Template | None
    best_bets: tuple[Template, ...]
    facets: frozenset[str] | None
    exclude: Template | None

    def leaves_out(self, view: Mapping[str, Any]) -> bool:
        """
        Whether an item is left out.

        Raises:
            RecordInvalid: the template fails for it.
        """
        return self.exclude is not None and says_yes(self.exclude(view))

    def apply(
        self, view: Mapping[str, Any], document: Document, facets: Iterable[tuple[str, Facet]]
    ) -> Document:
        """
        Put the settings' own words into a document.

        Args:
            view: what a template sees.
            facets: those that settings choose from, with the names they are chosen by.

        Raises:
            RecordInvalid: a template fails for this item.
        """
        chosen = [facet for name, facet in facets if self.facets is None or name in self.facets]
        changes: dict[str, Any] = {"facets": (*document.facets, *chosen)}
        if self.type is not None:
            changes["type_name"] = self.type(view) or document.type_name
        if self.title is not None:
            changes["title"] = self.title(view) or document.title
        if self.summary is not None:
            changes["summary"] = self.summary(view)
        if self.keywords is not None:
            changes["keywords"] = self.keywords(view)
        if self.best_bets:
            changes["best_bets"] = tuple(words for words in (bet(view) for bet in self.best_bets) if words)
        return msgspec.structs.replace(document, **changes)


def compile_overrides(
    source: str, overrides: Mapping[str, Mapping[str, Any]], attributes: Collection[str]
) -> dict[str, Override]:
    """
    Make the mapping settings of one source ready, by kind; kinds of which nothing is said are left out.

    Args:
        source: its name in the settings.
        overrides: by kind, what [sources.NAME.mapping.KIND] says.
        attributes: what a template may ask of `item`.

    Raises:
        SettingsError: names the template that is wrong.
    """
    return {
        kind: _compile_override(f"sources.{source}.mapping.{kind}", values, attributes)
        for kind, values in overrides.items()
        if values
    }


def excludes_of(overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """By kind, the templates that leave items out."""
    return {kind: values["exclude"] for kind, values in overrides.items() if values.get("exclude")}


def digest_of_rules(rules: object, *code: str | bytes) -> bytes:
    """
    Hash of settings, 8 bytes: the same as long as they say the same. Another one has every document of a source looked at anew.

    Args:
        rules: what JSON can tell.
        code: what else it hangs on, such as the version of the code that reads them.
    """
    return digest([*code, msgspec.json.encode(rules, order="deterministic")], 8)


def _compile_override(key: str, values: Mapping[str, Any], attributes: Collection[str]) -> Override:
    """
    Make the settings of one kind ready.

    Args:
        key: where they stand, such as sources.rooms.mapping.entry.
        attributes: what a template may ask of `item`.

    Raises:
        SettingsError: names the template that is wrong.
    """

    def template(name: str) -> Template | None:
        text = values.get(name)
        return None if text is None else compile_template(f"{key}.{name}", text, attributes)

    return Override(
        type=template("type"),
        title=template("title"),
        summary=template("summary"),
        keywords=template("keywords"),
        best_bets=tuple(
            compile_template(f"{key}.best_bets", text, attributes) for text in values.get("best_bets") or ()
        ),
        facets=None if values.get("facets") is None else frozenset(values["facets"]),
        exclude=template("exclude"),
    )
