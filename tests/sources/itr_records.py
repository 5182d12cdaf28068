"""The recorded company's records as they are expected in the intranet."""

from __future__ import annotations

from typing import Any

from connector.sandbox.itr import CLIENT, MASTER
from tests.sources.itr_company import ItrCompany

HOUR = 3_600.0
COMPANY = "b56e7e58-943b-503c-8f57-cc677ef3f396"
OFFICE = f"itr:group:{COMPANY}/office"
OLAF = "c62b4b15-ab5e-5f76-afaa-24b043dca964"
"""May work with his own objects only, and manages SESSION."""
DEFAULT_KINDS = ("sessions", "tests", "batteries", "reportdefinitions")


def expected(company: ItrCompany, *kinds: str) -> set[str]:
    """Ids of what should be found."""
    mine = {f"itr-{key}" for kind in kinds or DEFAULT_KINDS for key in company.itr.tables[CLIENT][kind]}
    return mine | {
        f"itr-m-{key}" for kind in kinds or DEFAULT_KINDS for key in company.itr.tables[MASTER][kind]
    }


def facets(company: ItrCompany, key: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in company.intranet.documents[key].document["Taxonomy"]:
        value = one.get("TextValue") or one.get("NumberValue") or one.get("DateValue")
        found.setdefault(one["Name"], []).append(value)
    return found
