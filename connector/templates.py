"""
Templates of the mapping settings: Jinja2 in its sandbox, checked before any request. PURE.

A template sees one `item` (and, in a few places, nothing else). What it may ask of it is a fixed list, so
that a misspelt attribute is a settings error and not an empty title in 50,000 documents.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from jinja2 import ChainableUndefined, TemplateError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from connector.errors import RecordInvalid, SettingsError

LONGEST = 20_000
"""Characters of what a template may make."""

_environment = ImmutableSandboxedEnvironment(undefined=ChainableUndefined, autoescape=False)
_environment.globals.clear()

Template = Callable[[Mapping[str, Any]], str]
_OTHER_TEMPLATES: tuple[type[nodes.Node], ...] = (
    nodes.Include,
    nodes.Extends,
    nodes.Import,
    nodes.FromImport,
)


def compile_template(key: str, source: str, attributes: Collection[str]) -> Template:
    """
    Make a function of a template.

    Args:
        key: the settings key, for messages.
        attributes: what may be asked of `item`.

    Raises:
        SettingsError: the template is not valid, or asks for something that does not exist.
    """
    try:
        tree = _environment.parse(source)
        template = _environment.from_string(source)
    except TemplateError as error:
        raise SettingsError(key, f"the template is not valid: {error}") from error
    if any(tree.find(kind) for kind in _OTHER_TEMPLATES):
        raise SettingsError(
            key, "the template is not valid: it stands alone, there is no other one to include"
        )
    strange = sorted(meta.find_undeclared_variables(tree) - {"item"})
    if strange:
        raise SettingsError(key, f"the template uses {strange[0]!r}, which does not exist; it may use item")
    for asked in [*_attributes_of(tree), *_keys_of(tree)]:
        if asked not in attributes:
            raise SettingsError(
                key,
                f"the template uses item.{asked}, which does not exist; an item has {', '.join(sorted(attributes))}",
            )

    def render(item: Mapping[str, Any]) -> str:
        try:
            text = template.render(item=item)
        except Exception as error:
            raise RecordInvalid(
                f"the template {key} fails for this item: {type(error).__name__}: {error}"
            ) from error
        return str(text)[:LONGEST].strip()

    return render


def _attributes_of(tree: nodes.Template) -> list[str]:
    return [
        n.attr
        for n in tree.find_all(nodes.Getattr)
        if isinstance(n.node, nodes.Name) and n.node.name == "item"
    ]


def _keys_of(tree: nodes.Template) -> list[str]:
    found = [
        n for n in tree.find_all(nodes.Getitem) if isinstance(n.node, nodes.Name) and n.node.name == "item"
    ]
    return [str(n.arg.value) for n in found if isinstance(n.arg, nodes.Const)]


def says_yes(text: str) -> bool:
    """Read what an `exclude` template made: true, yes and 1 leave the item out; everything else keeps it."""
    return text.strip().lower() in {"true", "yes", "1"}
