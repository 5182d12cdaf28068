"""
What databases have to keep how many documents there are, by state, reason, format, and whether they have text.

A file notes what a document was before something changes that is counted, and tells new ones by their numbers: whatever
trigger on an insert or an update has SQLite keep each page that it changes (see titles_made.py). Whoever asks, or has sent
many, counts what is noted. In a database several write at once, and no number says what is new: there each statement that
writes notes by a trigger what it changed, in rows of its own, so that nobody waits for anybody else's.
"""

from __future__ import annotations

_WAS = (
    "INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT {number}, {target}, {state},"
    " {without_text}, {ending}, {text}"
)
_UNKNOWN = "NOT IN (SELECT number FROM counts_due)"
_COUNTED = "(SELECT number FROM counts_upto)"
_PLAIN = ("number", "target", "state", "without_text")


def ending(title: str) -> str:
    """What stands behind the last dot of a title, as far as it may tell a format: nothing else of a title is noted."""
    last = f"substr({title}, -7)"
    behind = f"replace({last}, rtrim({last}, replace({last}, '.', '')), '')"
    return f"CASE WHEN instr({last}, '.') > 0 THEN {behind} ELSE '' END"


_OLD = {**{name: f"old.{name}" for name in _PLAIN}, "ending": ending("old.title")}
_OF = {**{name: name for name in _PLAIN}, "ending": ending("title")}
OF_SQLITE = (
    "CREATE TABLE counts_due (number INTEGER NOT NULL PRIMARY KEY, target VARCHAR NOT NULL, state VARCHAR NOT NULL,"
    " without_text VARCHAR NOT NULL, ending VARCHAR NOT NULL, text BOOLEAN NOT NULL)",
    "CREATE TABLE counts_upto (number INTEGER NOT NULL)",
    "INSERT INTO counts_upto (number) VALUES (0)",
    f"CREATE TRIGGER counts_gone AFTER DELETE ON documents WHEN old.number <= {_COUNTED} BEGIN "
    + _WAS.format(**_OLD, text="EXISTS (SELECT 1 FROM bodies WHERE document = old.number AND text_key != '')")
    + f" WHERE old.number {_UNKNOWN}; END",
    f"CREATE TRIGGER counts_bare AFTER DELETE ON bodies WHEN old.text_key != '' AND old.document <= {_COUNTED} BEGIN "
    + _WAS.format(**_OF, text="1")
    + f" FROM documents WHERE number = old.document AND number {_UNKNOWN}; END",
)
"""
What it takes in a file, once there are documents and bodies: what is counted of documents that changed since, and the number up
to which every document is.
"""
_FORMAT = (
    "CREATE OR REPLACE FUNCTION format_of (text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT CASE"
    " WHEN lower(substring($1 FROM '[.][^.]*$') COLLATE \"C\") ~ '^[.](?=[0-9]*[a-z])[a-z0-9]{1,6}$'"
    " THEN lower(substring($1 FROM '[^.]*$') COLLATE \"C\") ELSE 'other' END $$"
)
_INTO = (
    "INSERT INTO counts (target, state, reason, format, text, many) SELECT target, state, reason, format, text, sum(many)"
    " FROM ({rows}) AS r GROUP BY target, state, reason, format, text HAVING sum(many) != 0"
)


def _row(text: str, many: str) -> str:
    return (
        f"d.target, d.state, d.without_text AS reason, CASE WHEN d.without_text = '' AND NOT {text} THEN ''"
        f" ELSE format_of(d.title) END AS format, {text} AS text, {many} AS many"
    )


def _documents(rows: str, many: int) -> str:
    """Documents and whether they have text. What was written has no statistics: a join would read all bodies, once for each."""
    has = "SELECT coalesce((SELECT b.text_key != '' FROM bodies AS b WHERE b.document = d.number), false) AS text"
    return f"SELECT {_row('h.text', str(many))} FROM {rows} AS d CROSS JOIN LATERAL ({has}) AS h"


def _bodies(rows: str) -> str:
    """Documents whose bodies have text from now on, or have none any more: `rows` says which, and by how many they get more."""
    of = f"FROM ({rows}) AS n CROSS JOIN LATERAL (SELECT * FROM documents WHERE number = n.document LIMIT 1) AS d"
    return f"SELECT {_row('false', '-n.more')} {of} UNION ALL SELECT {_row('true', 'n.more')} {of}"


_SAME = "SELECT number, target, state, without_text, title FROM"
_BOTH = (
    _documents(f"({_SAME} was EXCEPT {_SAME} new_rows)", -1)
    + " UNION ALL "
    + _documents(f"({_SAME} new_rows EXCEPT {_SAME} was)", 1)
)
_LOST = _bodies("SELECT document, -1 AS more FROM was WHERE text_key != ''")
_GOT = _bodies("SELECT document, 1 AS more FROM new_rows WHERE text_key != ''")
_WITH = "SELECT document, text_key != '' AS text FROM"
_TURNED = _bodies(
    "SELECT document, CASE WHEN text THEN 1 ELSE -1 END AS more"
    f" FROM ({_WITH} new_rows EXCEPT {_WITH} was) AS turned"
)
_TRIGGERS = (
    ("documents", "INSERT", "NEW TABLE AS new_rows", _documents("new_rows", 1)),
    ("documents", "UPDATE", "OLD TABLE AS was NEW TABLE AS new_rows", _BOTH),
    ("documents", "DELETE", "OLD TABLE AS was", _documents("was", -1)),
    ("bodies", "INSERT", "NEW TABLE AS new_rows", _GOT),
    ("bodies", "UPDATE", "OLD TABLE AS was NEW TABLE AS new_rows", _TURNED),
    ("bodies", "DELETE", "OLD TABLE AS was", _LOST),
)
_LOCK = (
    "PERFORM 1 FROM documents WHERE number IN (SELECT document FROM was) ORDER BY number FOR NO KEY UPDATE;"
)
"""A body is written by whoever writes its document, and goes by itself: whoever changes its document meanwhile is waited for."""


def _function(table: str, act: str, told: str, rows: str) -> tuple[str, str]:
    name = f"count_{table}_{act.lower()}"
    first = _LOCK if (table, act) == ("bodies", "DELETE") else ""
    return (
        f"CREATE OR REPLACE FUNCTION {name} () RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {first}"
        f" {_INTO.format(rows=rows)}; RETURN NULL; END $$",
        f"CREATE TRIGGER {name} AFTER {act} ON {table} REFERENCING {told} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    )


OF_POSTGRES = (_FORMAT, *(made for one in _TRIGGERS for made in _function(*one)))
"""What it takes in a database, once there are documents, bodies and counts."""
FUNCTIONS = tuple(_function(*one)[0] for one in _TRIGGERS)
"""Those of its triggers."""
COUNT_ALL = _INTO.format(rows=_documents("documents", 1))
"""Of a database that had documents before it counted them."""
ROWS = "SELECT count(*) FROM counts"
ALONE = "SELECT pg_try_advisory_xact_lock(%(number)s)"
TURN = "SELECT pg_advisory_xact_lock(%(number)s)"
"""The same, after whoever is at it."""
TOGETHER = (
    "WITH gone AS (DELETE FROM counts RETURNING target, state, reason, format, text, many) "
    + _INTO.format(rows="SELECT * FROM gone")
)
"""Makes one row of all rows of a kind; what others write meanwhile stays as it is."""
