"""
The tables that this source reads, told by their headers. PURE.

Source: Report Library > Search > Download Report List (columns named on the page Report Library Basics); Portal > Published
Apps > Download Report Information (columns on the page's picture); the others are ours (docs/interject.md).
"""

from __future__ import annotations

from connector.sources.interject.table import Form

REPORT_LIST = Form(
    "report list",
    needed=frozenset({"reportpath", "reportname"}),
    known=frozenset({"id", "reportpath", "reportname", "description"}),
)
APP_EXPORT = Form(
    "app export",
    needed=frozenset({"fullpath", "linkname"}),
    known=frozenset(
        {
            "categoryid", "parentcategoryid", "categoryname", "fullpath", "linkname", "linktype", "linkdescription", "linkorder",
            "versionfilename", "versionnumber", "versionname", "versionlastupdated", "linkid", "dataportalcode", "dataportalid",
        }
    ),
)  # fmt: skip
EXPORTS = (REPORT_LIST, APP_EXPORT)
ROLES = Form(
    "roles file", needed=frozenset({"folder", "role"}), known=frozenset({"folder", "role"}), by_hand=True
)
PEOPLE = Form(
    "people file",
    needed=frozenset({"email"}),
    known=frozenset({"email", "username", "role", "id"}),
    by_hand=True,
)
