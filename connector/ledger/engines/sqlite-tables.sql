-- The tables of a new ledger: made of connector/ledger/tables.py by tools/statements, not by hand.

CREATE TABLE audience_changes ( number INTEGER NOT NULL, target VARCHAR NOT NULL, kind VARCHAR NOT NULL, id VARCHAR NOT NULL, run INTEGER NOT NULL, at FLOAT NOT NULL, "before" BLOB NOT NULL, "after" BLOB NOT NULL, PRIMARY KEY (number) )

CREATE INDEX audience_changes_at ON audience_changes (target, at)

CREATE TABLE audiences ( digest BLOB NOT NULL, identities VARCHAR NOT NULL, public BOOLEAN NOT NULL, PRIMARY KEY (digest) )

CREATE TABLE bodies ( document INTEGER NOT NULL, body BLOB NOT NULL, text BLOB NOT NULL, text_key VARCHAR NOT NULL, hidden BLOB DEFAULT (x'') NOT NULL, PRIMARY KEY (document) )

CREATE TABLE containers ( target VARCHAR NOT NULL, id VARCHAR NOT NULL, source VARCHAR NOT NULL, room VARCHAR NOT NULL, seen_run INTEGER NOT NULL, proven BLOB, unsteady BOOLEAN DEFAULT 0 NOT NULL, told BLOB, told_count INTEGER DEFAULT 0 NOT NULL, told_from INTEGER DEFAULT 0 NOT NULL, told_to INTEGER DEFAULT 0 NOT NULL, PRIMARY KEY (target, id) )

CREATE INDEX containers_room ON containers (target, room)

CREATE TABLE counts ( number INTEGER NOT NULL, target VARCHAR NOT NULL, state VARCHAR NOT NULL, reason VARCHAR NOT NULL, format VARCHAR NOT NULL, text BOOLEAN NOT NULL, many INTEGER NOT NULL, PRIMARY KEY (number) )

CREATE TABLE documents ( number INTEGER NOT NULL, target VARCHAR NOT NULL, id VARCHAR NOT NULL, source VARCHAR NOT NULL, native VARCHAR NOT NULL, room VARCHAR NOT NULL, container VARCHAR NOT NULL, kind VARCHAR NOT NULL, title VARCHAR NOT NULL, url VARCHAR NOT NULL, path VARCHAR NOT NULL, state VARCHAR NOT NULL, version BLOB, fingerprint BLOB, audience BLOB, rules BLOB, pushed_run INTEGER NOT NULL, pushed_at FLOAT NOT NULL, session_run INTEGER NOT NULL, backfill INTEGER NOT NULL, delta_run INTEGER, missing_run INTEGER, missing_why VARCHAR NOT NULL, noted_run INTEGER, lacked_run INTEGER, gone_run INTEGER, also VARCHAR DEFAULT '' NOT NULL, held_run INTEGER, held_why VARCHAR NOT NULL, held_note VARCHAR DEFAULT '' NOT NULL, kept BOOLEAN NOT NULL, redo_after FLOAT, lost BLOB, without_text VARCHAR NOT NULL, PRIMARY KEY (number), UNIQUE (target, id) )

CREATE INDEX documents_by_deltas ON documents (target, delta_run) WHERE delta_run IS NOT NULL

CREATE INDEX documents_called ON documents (target, state, number, title) WHERE state != 'live'

CREATE INDEX documents_container ON documents (target, container)

CREATE INDEX documents_held ON documents (target, held_run, held_why, state, kept) WHERE held_run IS NOT NULL

CREATE INDEX documents_kind ON documents (target, source, kind, number)

CREATE INDEX documents_missing ON documents (target, missing_run) WHERE missing_run IS NOT NULL

CREATE INDEX documents_path ON documents (target, path)

CREATE INDEX documents_redo ON documents (target, redo_after) WHERE redo_after IS NOT NULL

CREATE INDEX documents_room ON documents (target, room, number)

CREATE INDEX documents_waiting ON documents (target, source, room, path, id, state, kept) WHERE state = 'held' AND kept = 0

CREATE INDEX documents_without_text ON documents (target, without_text, path, id) WHERE without_text != ''

CREATE VIRTUAL TABLE titles USING fts5 (title, content='', columnsize=0, detail='none', tokenize='trigram')

CREATE VIRTUAL TABLE titles_terms USING fts5vocab (titles, row)

CREATE TABLE titles_due (number INTEGER NOT NULL PRIMARY KEY, was VARCHAR NOT NULL)

CREATE TABLE titles_upto (number INTEGER NOT NULL)

INSERT INTO titles_upto (number) VALUES (0)

CREATE TRIGGER titles_gone AFTER DELETE ON documents WHEN old.number <= (SELECT number FROM titles_upto) BEGIN INSERT INTO titles_due (number, was) SELECT old.number, old.title WHERE old.number NOT IN (SELECT number FROM titles_due); END

CREATE TABLE counts_due (number INTEGER NOT NULL PRIMARY KEY, target VARCHAR NOT NULL, state VARCHAR NOT NULL, without_text VARCHAR NOT NULL, ending VARCHAR NOT NULL, text BOOLEAN NOT NULL)

CREATE TABLE counts_upto (number INTEGER NOT NULL)

INSERT INTO counts_upto (number) VALUES (0)

CREATE TRIGGER counts_gone AFTER DELETE ON documents WHEN old.number <= (SELECT number FROM counts_upto) BEGIN INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT old.number, old.target, old.state, old.without_text, CASE WHEN instr(substr(old.title, -7), '.') > 0 THEN replace(substr(old.title, -7), rtrim(substr(old.title, -7), replace(substr(old.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT 1 FROM bodies WHERE document = old.number AND text_key != '') WHERE old.number NOT IN (SELECT number FROM counts_due); END

CREATE TRIGGER counts_bare AFTER DELETE ON bodies WHEN old.text_key != '' AND old.document <= (SELECT number FROM counts_upto) BEGIN INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT number, target, state, without_text, CASE WHEN instr(substr(title, -7), '.') > 0 THEN replace(substr(title, -7), rtrim(substr(title, -7), replace(substr(title, -7), '.', '')), '') ELSE '' END, 1 FROM documents WHERE number = old.document AND number NOT IN (SELECT number FROM counts_due); END

CREATE TABLE grants ( source VARCHAR NOT NULL, native VARCHAR NOT NULL, parent VARCHAR NOT NULL, kind VARCHAR NOT NULL, step VARCHAR NOT NULL, identities VARCHAR, listless BOOLEAN NOT NULL, trouble VARCHAR NOT NULL, inherited BLOB, asked_run INTEGER NOT NULL, told_at FLOAT NOT NULL, rendered VARCHAR DEFAULT '' NOT NULL, PRIMARY KEY (source, native) )

CREATE INDEX grants_parent ON grants (source, parent)

CREATE TABLE hidden ( target VARCHAR NOT NULL, id VARCHAR NOT NULL, root VARCHAR NOT NULL, source VARCHAR NOT NULL, native VARCHAR NOT NULL, room VARCHAR NOT NULL, container VARCHAR NOT NULL, kind VARCHAR NOT NULL, title VARCHAR NOT NULL, url VARCHAR NOT NULL, path VARCHAR NOT NULL, at FLOAT NOT NULL, gone BOOLEAN NOT NULL, PRIMARY KEY (target, id) )

CREATE INDEX hidden_called ON hidden (target, path, id, title, native)

CREATE INDEX hidden_container ON hidden (target, container)

CREATE INDEX hidden_native ON hidden (target, native)

CREATE INDEX hidden_title ON hidden (lower(title))

CREATE INDEX hidden_url ON hidden (url) WHERE url != ''

CREATE TABLE intents ( number INTEGER NOT NULL, target VARCHAR NOT NULL, kind VARCHAR NOT NULL, run INTEGER NOT NULL, at FLOAT NOT NULL, documents VARCHAR NOT NULL, PRIMARY KEY (number) )

CREATE TABLE leases ( target VARCHAR NOT NULL, fence INTEGER NOT NULL, holder VARCHAR NOT NULL, host VARCHAR NOT NULL, reach VARCHAR NOT NULL, expires_at FLOAT NOT NULL, PRIMARY KEY (target) )

CREATE TABLE ledger ( id VARCHAR NOT NULL, made_at FLOAT NOT NULL, PRIMARY KEY (id) )

CREATE TABLE members ( id VARCHAR NOT NULL, host VARCHAR NOT NULL, version VARCHAR NOT NULL, state VARCHAR NOT NULL, started_at FLOAT NOT NULL, seen_at FLOAT NOT NULL, doing VARCHAR NOT NULL, waiting INTEGER NOT NULL, PRIMARY KEY (id) )

CREATE TABLE met ( target VARCHAR NOT NULL, run INTEGER NOT NULL, source VARCHAR NOT NULL, "key" VARCHAR NOT NULL, PRIMARY KEY (target, run, source, "key") )

CREATE TABLE narrowings ( target VARCHAR NOT NULL, id VARCHAR NOT NULL, audience BLOB NOT NULL, how VARCHAR NOT NULL, PRIMARY KEY (target, id) )

CREATE TABLE notes ( source VARCHAR NOT NULL, kind VARCHAR NOT NULL, "key" VARCHAR NOT NULL, value BLOB NOT NULL, mark BLOB NOT NULL, read_run INTEGER NOT NULL, PRIMARY KEY (source, kind, "key") )

CREATE TABLE orders ( number INTEGER NOT NULL, id VARCHAR NOT NULL, target VARCHAR NOT NULL, kind VARCHAR NOT NULL, about VARCHAR NOT NULL, subject VARCHAR NOT NULL, title VARCHAR NOT NULL, who VARCHAR NOT NULL, at FLOAT NOT NULL, because VARCHAR NOT NULL, until FLOAT, done_at FLOAT, told VARCHAR NOT NULL, ended_at FLOAT, ended_by VARCHAR NOT NULL, PRIMARY KEY (number), UNIQUE (id) )

CREATE TABLE people ( target VARCHAR NOT NULL, id VARCHAR NOT NULL, address VARCHAR NOT NULL, sent VARCHAR, may VARCHAR NOT NULL, found BOOLEAN NOT NULL, session_run INTEGER NOT NULL, redo_after FLOAT, held_run INTEGER, held_why VARCHAR DEFAULT '' NOT NULL, kept BOOLEAN DEFAULT 0 NOT NULL, refused INTEGER DEFAULT '0' NOT NULL, PRIMARY KEY (target, id) )

CREATE TABLE people_removals ( number INTEGER NOT NULL, target VARCHAR NOT NULL, id VARCHAR NOT NULL, address VARCHAR NOT NULL, run INTEGER NOT NULL, at FLOAT NOT NULL, whole BOOLEAN NOT NULL, approved BOOLEAN NOT NULL, why VARCHAR NOT NULL, PRIMARY KEY (number) )

CREATE INDEX people_removals_at ON people_removals (target, at)

CREATE TABLE people_sessions ( run INTEGER NOT NULL, target VARCHAR NOT NULL, state VARCHAR NOT NULL, lost_at FLOAT, at FLOAT NOT NULL, PRIMARY KEY (run) )

CREATE TABLE persons ( target VARCHAR NOT NULL, source VARCHAR NOT NULL, "key" VARCHAR NOT NULL, address VARCHAR NOT NULL, identities VARCHAR NOT NULL, read_run INTEGER NOT NULL, told_at FLOAT, asked_at FLOAT, asked_run INTEGER DEFAULT '0' NOT NULL, PRIMARY KEY (target, source, "key") )

CREATE INDEX persons_address ON persons (target, address)

CREATE INDEX persons_asked ON persons (target, source, asked_at)

CREATE TABLE quarantine ( target VARCHAR NOT NULL, id VARCHAR NOT NULL, source VARCHAR NOT NULL, native VARCHAR NOT NULL, room VARCHAR NOT NULL, title VARCHAR NOT NULL, reason VARCHAR NOT NULL, message VARCHAR NOT NULL, told VARCHAR DEFAULT '' NOT NULL, first_seen FLOAT NOT NULL, last_seen FLOAT NOT NULL, attempts INTEGER NOT NULL, next_try FLOAT NOT NULL, version BLOB, PRIMARY KEY (target, id) )

CREATE INDEX quarantine_called ON quarantine (target, id, title, native)

CREATE INDEX quarantine_reason ON quarantine (target, reason, first_seen, id)

CREATE TABLE removals ( number INTEGER NOT NULL, target VARCHAR NOT NULL, source VARCHAR NOT NULL, room VARCHAR DEFAULT '' NOT NULL, id VARCHAR NOT NULL, native VARCHAR DEFAULT '' NOT NULL, container VARCHAR DEFAULT '' NOT NULL, kind VARCHAR DEFAULT '' NOT NULL, path VARCHAR DEFAULT '' NOT NULL, title VARCHAR NOT NULL, run INTEGER NOT NULL, at FLOAT NOT NULL, approved BOOLEAN NOT NULL, why VARCHAR NOT NULL, code VARCHAR DEFAULT '' NOT NULL, PRIMARY KEY (number) )

CREATE INDEX removals_at ON removals (target, at)

CREATE INDEX removals_id ON removals (target, id, number)

CREATE INDEX removals_native ON removals (target, native)

CREATE INDEX removals_newest ON removals (target, number)

CREATE INDEX removals_run ON removals (target, run, path, number)

CREATE INDEX removals_title ON removals (lower(title))

CREATE TABLE rooms ( target VARCHAR NOT NULL, source VARCHAR NOT NULL, "key" VARCHAR NOT NULL, name VARCHAR NOT NULL, included BOOLEAN NOT NULL, public BOOLEAN NOT NULL, rules BLOB, audience VARCHAR, audience_at FLOAT, complete_run INTEGER NOT NULL, unlisted_at FLOAT, decided BOOLEAN DEFAULT 0 NOT NULL, witnesses VARCHAR NOT NULL, PRIMARY KEY (target, source, "key") )

CREATE TABLE runs ( number INTEGER NOT NULL, id VARCHAR NOT NULL, target VARCHAR NOT NULL, mode VARCHAR NOT NULL, dry_run BOOLEAN NOT NULL, started_at FLOAT NOT NULL, finished_at FLOAT, outcome VARCHAR, report VARCHAR, backfill INTEGER NOT NULL, wanted VARCHAR NOT NULL, next_mode VARCHAR DEFAULT '' NOT NULL, PRIMARY KEY (number), UNIQUE (id) )

CREATE TABLE seats ( target VARCHAR NOT NULL, run INTEGER NOT NULL, source VARCHAR NOT NULL, number INTEGER NOT NULL, fence INTEGER NOT NULL, lease INTEGER NOT NULL, member VARCHAR NOT NULL, host VARCHAR NOT NULL, state VARCHAR NOT NULL, stop BOOLEAN NOT NULL, terms VARCHAR NOT NULL, told VARCHAR NOT NULL, given_to INTEGER, given_fence INTEGER, PRIMARY KEY (target, run, source, number) )

CREATE TABLE sessions ( run INTEGER NOT NULL, target VARCHAR NOT NULL, state VARCHAR NOT NULL, lost_at FLOAT, at FLOAT NOT NULL, PRIMARY KEY (run) )

CREATE TABLE shards ( target VARCHAR NOT NULL, run INTEGER NOT NULL, source VARCHAR NOT NULL, room VARCHAR NOT NULL, place INTEGER NOT NULL, sight VARCHAR NOT NULL, state VARCHAR NOT NULL, seat INTEGER, taken INTEGER NOT NULL, result VARCHAR NOT NULL, PRIMARY KEY (target, run, source, room) )

CREATE TABLE takeovers ( work VARCHAR NOT NULL, member VARCHAR NOT NULL, at FLOAT NOT NULL, PRIMARY KEY (work, member) )

CREATE TABLE unconfirmed ( target VARCHAR NOT NULL, id VARCHAR NOT NULL, source VARCHAR NOT NULL, native VARCHAR NOT NULL, room VARCHAR NOT NULL, container VARCHAR NOT NULL, kind VARCHAR NOT NULL, title VARCHAR NOT NULL, url VARCHAR NOT NULL, audience VARCHAR, public BOOLEAN NOT NULL, run INTEGER NOT NULL, there BOOLEAN, there_run INTEGER, kept BOOLEAN DEFAULT 0 NOT NULL, PRIMARY KEY (target, id) )

CREATE TABLE under_way ( target VARCHAR NOT NULL, id VARCHAR NOT NULL, intent INTEGER NOT NULL, run INTEGER NOT NULL, source VARCHAR NOT NULL, seat INTEGER NOT NULL, PRIMARY KEY (target, id) )

CREATE TABLE widenings ( target VARCHAR NOT NULL, id VARCHAR NOT NULL, audience BLOB NOT NULL, run INTEGER NOT NULL, seen_run INTEGER NOT NULL, state VARCHAR NOT NULL, kept BOOLEAN NOT NULL, version BLOB, PRIMARY KEY (target, id) )

CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))

INSERT INTO alembic_version (version_num) VALUES ('0027')
