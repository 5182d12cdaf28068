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
_ROW = (
    "{d}.target, {d}.state, {d}.without_text AS reason, CASE WHEN {d}.without_text = '' AND NOT {text} THEN ''"
    " ELSE format_of({d}.title) END AS format, {text} AS text, {many} AS many"
)
_HAS = "coalesce(b.text_key != '', false)"
_INTO = (
    "INSERT INTO counts (target, state, reason, format, text, many) SELECT target, state, reason, format, text, sum(many)"
    " FROM ({rows}) AS r GROUP BY target, state, reason, format, text HAVING sum(many) != 0"
)


def _documents(rows: str, many: int, more: str = "") -> str:
    told = _ROW.format(d="d", text=_HAS, many=many)
    return f"SELECT {told} FROM {rows} AS d{more} LEFT JOIN bodies AS b ON b.document = d.number"


def _bodies(rows: str, which: str) -> str:
    """A body that has text from now on, or has none any more: `which` says it of both."""
    return " UNION ALL ".join(
        f"SELECT {_ROW.format(d='d', text=text, many=many)} FROM documents AS d JOIN {rows} ON {which}"
        for text, many in (("false", "{less}"), ("true", "{more}"))
    )


_CHANGED = (
    " JOIN {other} AS o ON o.number = d.number AND (o.state, o.without_text, o.title) IS DISTINCT FROM"
    " (d.state, d.without_text, d.title)"
)
_BOTH = (
    _documents("was", -1, _CHANGED.format(other="new_rows"))
    + " UNION ALL "
    + _documents("new_rows", 1, _CHANGED.format(other="was"))
)
_LOST = _bodies("was AS w", "d.number = w.document AND w.text_key != ''").format(less=1, more=-1)
_GOT = _bodies("new_rows AS n", "d.number = n.document AND n.text_key != ''").format(less=-1, more=1)
_TURNED = _bodies(
    "was AS w JOIN new_rows AS n ON w.document = n.document AND (w.text_key != '') != (n.text_key != '')",
    "d.number = n.document",
).format(
    less="CASE WHEN n.text_key != '' THEN -1 ELSE 1 END", more="CASE WHEN n.text_key != '' THEN 1 ELSE -1 END"
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
COUNT_ALL = _INTO.format(rows=_documents("documents", 1))
"""Of a database that had documents before it counted them."""
ROWS = "SELECT count(*) FROM counts"
ALONE = "SELECT pg_try_advisory_xact_lock(%(number)s)"
TOGETHER = (
    "WITH gone AS (DELETE FROM counts RETURNING target, state, reason, format, text, many) "
    + _INTO.format(rows="SELECT * FROM gone")
)
"""Makes one row of all rows of a kind; what others write meanwhile stays as it is."""
