"""How people of the sources are found in an intranet, by the settings."""

from __future__ import annotations

from connector.configuration.tables import PeoplePart
from connector.ports.matching import Matching


def matching_of(part: PeoplePart) -> Matching:
    """How people of the sources are found in a target's intranet."""
    domains = {old.lower().lstrip("@"): new.lower().lstrip("@") for old, new in part.domains.items()}
    return Matching(by=part.match, domains=domains)
