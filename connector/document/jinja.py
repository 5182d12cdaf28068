"""The language of templates: Jinja2 in its sandbox. Loaded where a setting has a template, and nowhere else. PURE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from jinja2 import ChainableUndefined, TemplateError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment


def _as_words(value: Any) -> Any:
    """What a template prints of a value: the values of a list joined, as a person would write them."""
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else value


_environment = ImmutableSandboxedEnvironment(
    undefined=ChainableUndefined, autoescape=False, finalize=_as_words
)
_environment.globals.clear()

_OTHER_TEMPLATES: tuple[type[nodes.Node], ...] = (
    nodes.Include,
    nodes.Extends,
    nodes.Import,
    nodes.FromImport,
)


class Parsed(NamedTuple):
    """A template: how it is rendered, and what it uses."""

    render: Callable[[Mapping[str, Any]], str]
    variables: list[str]
    """Names other than `item`, in the order of the alphabet."""
    attributes: list[str]
    """What it asks of `item`, by a dot or by a key."""
    alone: bool
    """Whether it needs no other template."""


def parse(source: str) -> Parsed:
    """
    Read a template.

    Raises:
        ValueError: it is not valid.
    """
    try:
        tree = _environment.parse(source)
        template = _environment.from_string(source)
    except TemplateError as error:
        raise ValueError(str(error)) from error
    return Parsed(
        render=lambda item: str(template.render(item=item)),
        variables=sorted(meta.find_undeclared_variables(tree) - {"item"}),
        attributes=[*_attributes_of(tree), *_keys_of(tree)],
        alone=not any(tree.find(kind) for kind in _OTHER_TEMPLATES),
    )


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
