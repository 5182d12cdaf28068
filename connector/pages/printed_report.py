"""Reports as one page each: nothing is loaded by it, it prints well, and it can be put into a mail or an archive."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from connector.document.counting import counted
from connector.document.printable import printable_values
from connector.machine.verbs import as_typed_here
from connector.secrets.hiding import hidden


def audience_page(told: Mapping[str, Any]) -> str:
    """Who can find what."""
    return _templates().get_template("audience_report.html").render(told=hidden(printable_values(told)))


@cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["counted"] = counted
    made.filters["typed"] = as_typed_here
    made.filters["number"] = lambda value: f"{value:,}"
    made.filters["when"] = lambda moment: f"{moment[:10]} {moment[11:16]} UTC" if moment else "now"
    return made
