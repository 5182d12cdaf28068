"""
What databases have for the index of titles: what makes it, and keeps it as the documents are.

A file has FTS5 for it, which takes titles in bulk: one by itself costs it twenty times as much, and whatever trigger on an
insert or an update has SQLite keep each page that it changes, which more than doubles what writing a document costs. So
before a title is written it is noted what the index has of it, new documents are told by their numbers, and whoever
searches, ends a run or forgets something catches up.
"""

from __future__ import annotations

from connector.ledger.titles import EDGE, LARGE, SMALL

OF_SQLITE = (
    "CREATE VIRTUAL TABLE titles USING fts5 (title, content='', columnsize=0, detail='none', tokenize='trigram')",
    "CREATE VIRTUAL TABLE titles_terms USING fts5vocab (titles, row)",
    "CREATE TABLE titles_due (number INTEGER NOT NULL PRIMARY KEY, was VARCHAR NOT NULL)",
    "CREATE TABLE titles_upto (number INTEGER NOT NULL)",
    "INSERT INTO titles_upto (number) VALUES (0)",
    "CREATE TRIGGER titles_gone AFTER DELETE ON documents WHEN old.number <= (SELECT number FROM titles_upto) BEGIN"
    " INSERT INTO titles_due (number, was) SELECT old.number, old.title"
    " WHERE old.number NOT IN (SELECT number FROM titles_due); END",
)
"""
What makes it in a file, once there are documents: the index, the pieces that it has, what it has of documents that are called
otherwise or gone since, and the number up to which it has every document.
"""
WESTERN = [(large, small) for large, small in zip(LARGE, SMALL, strict=True) if "\x7f" < large < "\u0100"]
"""What Latin-1 has beyond ASCII."""
OTHERS = "".join(large for large in LARGE if large > "\xff")
OF_POSTGRES = (
    "CREATE OR REPLACE FUNCTION folded (text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT CASE"
    f" WHEN $1 ~ '[{OTHERS}]' THEN translate($1, '{LARGE}', '{SMALL}')"
    f" WHEN $1 ~ '[{''.join(large for large, _ in WESTERN)}]' THEN translate(lower($1 COLLATE \"C\"),"
    f" '{''.join(large for large, _ in WESTERN)}', '{''.join(small for _, small in WESTERN)}')"
    ' ELSE lower($1 COLLATE "C") END $$',
    "CREATE OR REPLACE FUNCTION pieces (text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
    f" AS $$ SELECT array_to_tsvector(ARRAY(SELECT substr('{EDGE}' || $1 || '{EDGE}', n, 3)"
    " FROM generate_series(1, length($1) + 2) AS n)) $$",
)
"""
What its index in a database is made of, before there are documents.

`translate` looks through all large letters for each letter of a title: 60 us a title, most of what an index of 20,000 titles
cost. Few titles have a large letter beyond ASCII, fewer one beyond Latin-1.
"""
