-- Every statement of the ledger as SQLite reads it: made of connector/ledger/statements by tools/statements, not by hand.

-- audiences.before_since (target, kind, run, last, number, limit)
SELECT audience_changes.number, audience_changes.id, "before".identities, "before".public FROM audience_changes JOIN audiences AS "before" ON "before".digest = audience_changes."before" WHERE audience_changes.target = ?1 AND audience_changes.kind = ?2 AND audience_changes.run >= ?3 AND (audience_changes.id, audience_changes.number) > (?4, ?5) ORDER BY audience_changes.id, audience_changes.number LIMIT ?6 OFFSET 0

-- audiences.note_documents (target, run, now) each (id, audience) once id
INSERT INTO audience_changes (target, kind, id, run, at, "before", "after") SELECT ?3 AS anon_1, 'document' AS anon_2, documents.id, ?4 AS anon_3, ?5 AS anon_4, documents.audience, ?2 AS anon_5 FROM documents WHERE documents.target = ?3 AND documents.id = ?1 AND documents.state != 'removed' AND documents.fingerprint IS NOT NULL AND documents.audience IS NOT NULL AND documents.audience != ?2

-- audiences.note_people (target, run, now) each (id, before, after)
INSERT INTO audience_changes (target, kind, run, at, id, "before", "after") SELECT ?4 AS anon_1, 'person' AS anon_2, ?5 AS anon_3, ?6 AS anon_4, ?1 AS anon_5, ?2 AS anon_6, ?3 AS anon_7 WHERE 1 = 1

-- audiences.oldest (target)
SELECT min(audience_changes.at) AS min_1 FROM audience_changes WHERE audience_changes.target = ?1

-- audiences.page (target, since, last, limit)
SELECT audience_changes.number, audience_changes.kind, audience_changes.id, coalesce(runs.id, '') AS coalesce_1, audience_changes.at, coalesce("before".identities, '[]') AS coalesce_2, coalesce("before".public, 0) AS coalesce_3, coalesce("after".identities, '[]') AS coalesce_4, coalesce("after".public, 0) AS coalesce_5, coalesce(documents.title, people.address, '') AS coalesce_6, coalesce(documents.source, '') AS coalesce_7, coalesce(documents.room, '') AS coalesce_8 FROM audience_changes LEFT OUTER JOIN audiences AS "before" ON "before".digest = audience_changes."before" LEFT OUTER JOIN audiences AS "after" ON "after".digest = audience_changes."after" LEFT OUTER JOIN runs ON runs.number = audience_changes.run LEFT OUTER JOIN documents ON audience_changes.kind = 'document' AND documents.target = audience_changes.target AND documents.id = audience_changes.id LEFT OUTER JOIN people ON audience_changes.kind = 'person' AND people.target = audience_changes.target AND people.id = audience_changes.id WHERE audience_changes.target = ?1 AND audience_changes.at >= ?2 AND audience_changes.number > ?3 ORDER BY audience_changes.number LIMIT ?4 OFFSET 0

-- audiences.people_since (target, since)
SELECT "before".identities, "after".identities AS identities_1 FROM audience_changes JOIN audiences AS "before" ON "before".digest = audience_changes."before" JOIN audiences AS "after" ON "after".digest = audience_changes."after" WHERE audience_changes.target = ?1 AND audience_changes.at >= ?2 AND audience_changes.kind = 'person'

-- audiences.trim (target, most)
DELETE FROM audience_changes WHERE audience_changes.target = ?1 AND audience_changes.number <= (SELECT max(audience_changes.number) AS max_1 FROM audience_changes WHERE audience_changes.target = ?1) - ?2

-- backup.documents ()
SELECT documents.target, documents.state, count(*) AS count_1 FROM documents GROUP BY documents.target, documents.state

-- backup.people ()
SELECT people.target, count(*) AS count_1 FROM people GROUP BY people.target

-- backup.runs ()
SELECT runs.target, max(runs.number) AS max_1, max(runs.finished_at) AS max_2 FROM runs WHERE runs.dry_run = 0 GROUP BY runs.target

-- browse.first_run_since (target, since)
SELECT min(runs.number) AS min_1 FROM runs WHERE runs.target = ?1 AND coalesce(runs.finished_at, ?2) >= ?2

-- browse.last_fulls (target, limit)
SELECT coalesce(runs.outcome, '') AS coalesce_1, runs.started_at, coalesce(runs.report, '') != '' AS anon_1, runs.wanted, coalesce(runs.finished_at, runs.started_at) AS coalesce_2 FROM runs WHERE runs.target = ?1 AND runs.mode = 'full' AND runs.dry_run = 0 ORDER BY runs.number DESC LIMIT ?2 OFFSET 0

-- browse.last_number (target)
SELECT max(runs.number) AS max_1 FROM runs WHERE runs.target = ?1 AND runs.outcome IS NOT NULL

-- browse.last_real_number (target)
SELECT max(runs.number) AS max_1 FROM runs WHERE runs.target = ?1 AND runs.outcome IS NOT NULL AND runs.dry_run = 0

-- browse.oldest_waiting (target)
SELECT min(quarantine.first_seen) AS min_1 FROM quarantine WHERE quarantine.target = ?1

-- browse.pushed_by_deltas (target, first, since, most)
SELECT last_ones.pushed_run, last_ones.pushed_at, bodies.body FROM (SELECT documents.number AS number, documents.pushed_run AS pushed_run, documents.pushed_at AS pushed_at FROM documents INDEXED BY documents_by_deltas WHERE documents.target = ?1 AND documents.delta_run >= ?2 AND documents.pushed_at >= ?3 ORDER BY documents.delta_run DESC LIMIT ?4 OFFSET 0) AS last_ones JOIN bodies ON bodies.document = last_ones.number JOIN runs ON runs.number = last_ones.pushed_run AND runs.target = ?1 WHERE runs.mode = 'delta'

-- browse.quarantine_reasons (target)
SELECT quarantine.reason, count(*) AS count_1 FROM quarantine WHERE quarantine.target = ?1 GROUP BY quarantine.reason

-- browse.runs (target, since, last, limit, skipped)
SELECT runs.number, runs.id, runs.mode, runs.dry_run, runs.outcome, runs.started_at, runs.finished_at, runs.wanted, runs.report FROM runs WHERE runs.target = ?1 AND runs.outcome IS NOT NULL AND runs.started_at >= ?2 AND runs.number > ?3 ORDER BY runs.number DESC LIMIT ?4 OFFSET ?5

-- browse.under_way (target)
SELECT runs.id, runs.mode, runs.started_at FROM runs WHERE runs.target = ?1 AND runs.outcome IS NULL ORDER BY runs.number DESC LIMIT 1 OFFSET 0

-- catalogue.by_state (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, of_state, at_0, many)
SELECT (?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (?4 = '' OR looked.source = ?4) AND (?5 = '' OR looked.kind = ?5) AND (?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (?9 = '' OR looked.state = ?9) AND (?10 = 1 OR looked.without_text != '') AND (?11 = 1 OR coalesce(q.reason, '') != '') AND looked.target = ?12 AND looked.state != 'removed' AND (?13 = 0 OR looked.id != ?1 AND looked.native != ?1) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents INDEXED BY documents_called WHERE documents.target = ?12 AND documents.state != 'live' AND documents.state = ?14 AND documents.number < ?15 ORDER BY documents.number DESC LIMIT ?16 OFFSET 0) AS looked LEFT OUTER JOIN (SELECT documents.number AS at_0 FROM documents INDEXED BY documents_called WHERE documents.target = ?12 AND documents.state != 'live' AND documents.state = ?14 AND documents.number < ?15 ORDER BY documents.number DESC LIMIT 1 OFFSET ?16 - 1) AS furthest ON looked.at_0 = furthest.at_0 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR ?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (furthest.at_0 IS NOT NULL OR ?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (furthest.at_0 IS NOT NULL OR ?4 = '' OR looked.source = ?4) AND (furthest.at_0 IS NOT NULL OR ?5 = '' OR looked.kind = ?5) AND (furthest.at_0 IS NOT NULL OR ?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (furthest.at_0 IS NOT NULL OR ?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (furthest.at_0 IS NOT NULL OR ?9 = '' OR looked.state = ?9) AND (furthest.at_0 IS NOT NULL OR ?10 = 1 OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR ?11 = 1 OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = ?12) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR ?13 = 0 OR looked.id != ?1 AND looked.native != ?1) ORDER BY looked.at_0 DESC

-- catalogue.by_state_called (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, of_state, at_0, many)
SELECT (?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN d.title LIKE ?2 ESCAPE '\' ELSE folded(d.title) LIKE ?2 ESCAPE '\' END OR d.id = ?1 OR d.native = ?1) AND (?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN d.title LIKE ?3 ESCAPE '\' ELSE folded(d.title) LIKE ?3 ESCAPE '\' END) AND (?4 = '' OR d.source = ?4) AND (?5 = '' OR d.kind = ?5) AND (?6 = '' OR d.without_text = ?6 OR d.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (?7 = 1 OR d.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (?9 = '' OR d.state = ?9) AND (?10 = 1 OR d.without_text != '') AND (?11 = 1 OR coalesce(q.reason, '') != '') AND d.target = ?12 AND d.state != 'removed' AND (?13 = 0 OR d.id != ?1 AND d.native != ?1) AS fits, furthest.at_0 IS NOT NULL AS is_last, d.id AS told_id, d.title AS told_title, d.kind AS told_kind, d.source AS told_source, d.room AS told_room, d.state AS told_state, d.held_why AS told_held_why, d.held_note AS told_held_note, d.kept AS told_kept, d.pushed_at AS told_pushed_at, d.without_text AS told_without_text, d.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, titles_of.at_0 FROM (SELECT documents.title AS title, documents.number AS at_0 FROM documents INDEXED BY documents_called WHERE documents.target = ?12 AND documents.state != 'live' AND documents.state = ?14 AND documents.number < ?15 ORDER BY documents.number DESC LIMIT ?16 OFFSET 0) AS titles_of LEFT OUTER JOIN (SELECT documents.number AS at_0 FROM documents INDEXED BY documents_called WHERE documents.target = ?12 AND documents.state != 'live' AND documents.state = ?14 AND documents.number < ?15 ORDER BY documents.number DESC LIMIT 1 OFFSET ?16 - 1) AS furthest ON titles_of.at_0 = furthest.at_0 JOIN documents AS d ON d.number = titles_of.at_0 LEFT OUTER JOIN quarantine AS q ON q.target = d.target AND q.id = d.id WHERE (furthest.at_0 IS NOT NULL OR ?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN d.title LIKE ?2 ESCAPE '\' ELSE folded(d.title) LIKE ?2 ESCAPE '\' END OR d.id = ?1 OR d.native = ?1) AND (furthest.at_0 IS NOT NULL OR ?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN d.title LIKE ?3 ESCAPE '\' ELSE folded(d.title) LIKE ?3 ESCAPE '\' END) AND (furthest.at_0 IS NOT NULL OR ?4 = '' OR d.source = ?4) AND (furthest.at_0 IS NOT NULL OR ?5 = '' OR d.kind = ?5) AND (furthest.at_0 IS NOT NULL OR ?6 = '' OR d.without_text = ?6 OR d.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (furthest.at_0 IS NOT NULL OR ?7 = 1 OR d.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (furthest.at_0 IS NOT NULL OR ?9 = '' OR d.state = ?9) AND (furthest.at_0 IS NOT NULL OR ?10 = 1 OR d.without_text != '') AND (furthest.at_0 IS NOT NULL OR ?11 = 1 OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR d.target = ?12) AND (furthest.at_0 IS NOT NULL OR d.state != 'removed') AND (furthest.at_0 IS NOT NULL OR ?13 = 0 OR d.id != ?1 AND d.native != ?1) AND (furthest.at_0 IS NOT NULL OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN titles_of.title LIKE ?2 ESCAPE '\' ELSE folded(titles_of.title) LIKE ?2 ESCAPE '\' END) ORDER BY titles_of.at_0 DESC

-- catalogue.called (match, at_0, many, words, target)
SELECT documents.id FROM (SELECT every_one.number AS number FROM (SELECT anon_1.number AS number FROM (SELECT titles.rowid AS number FROM titles WHERE titles MATCH ?1 AND (titles.rowid NOT IN (SELECT titles_due.number FROM titles_due)) AND titles.rowid < ?2 ORDER BY titles.rowid DESC LIMIT ?3 OFFSET 0) AS anon_1 UNION ALL SELECT anon_2.number AS number FROM (SELECT documents.number AS number FROM documents WHERE documents.number IN (SELECT titles_due.number FROM titles_due) AND folded(documents.title) = ?4 AND documents.number < ?2 ORDER BY documents.number DESC LIMIT ?3 OFFSET 0) AS anon_2 UNION ALL SELECT anon_3.number AS number FROM (SELECT documents.number AS number FROM documents WHERE documents.number > (SELECT titles_upto.number FROM titles_upto) AND folded(documents.title) = ?4 AND documents.number < ?2 ORDER BY documents.number DESC LIMIT ?3 OFFSET 0) AS anon_3) AS every_one ORDER BY every_one.number DESC LIMIT ?3 OFFSET 0) AS found JOIN documents ON documents.number = found.number WHERE folded(documents.title) = ?4 AND coalesce(documents.target, '') = ?5

-- catalogue.count_in (target, rooms, states)
SELECT count(*) AS count_1 FROM documents INDEXED BY documents_room WHERE documents.target = ?1 AND documents.room IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND documents.state IN (SELECT anon_2.value FROM json_each(?3) AS anon_2)

-- catalogue.folders (target, ids)
SELECT documents.id, bodies.body FROM documents, bodies WHERE documents.target = ?1 AND documents.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND bodies.document = documents.number

-- catalogue.frequent (target, at_0, many, ending, part, enough)
SELECT count(*) AS count_1 FROM (SELECT 1 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents INDEXED BY documents_newest WHERE documents.target = ?1 AND documents.number < ?2 ORDER BY documents.number DESC LIMIT ?3 OFFSET 0) AS probed WHERE (?4 = '' OR CASE WHEN length(CAST(?4 AS BLOB)) = length(?4) THEN probed.title LIKE ?4 ESCAPE '\' ELSE folded(probed.title) LIKE ?4 ESCAPE '\' END) AND CASE WHEN length(CAST(?5 AS BLOB)) = length(?5) THEN probed.title LIKE ?5 ESCAPE '\' ELSE folded(probed.title) LIKE ?5 ESCAPE '\' END LIMIT ?6 OFFSET 0) AS some

-- catalogue.in_room (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, here, at_0, many)
SELECT (?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (?4 = '' OR looked.source = ?4) AND (?5 = '' OR looked.kind = ?5) AND (?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (?9 = '' OR looked.state = ?9) AND (?10 = 1 OR looked.without_text != '') AND (?11 = 1 OR coalesce(q.reason, '') != '') AND looked.target = ?12 AND looked.state != 'removed' AND (?13 = 0 OR looked.id != ?1 AND looked.native != ?1) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents INDEXED BY documents_room WHERE documents.target = ?12 AND documents.room = ?14 AND documents.number < ?15 ORDER BY documents.number DESC LIMIT ?16 OFFSET 0) AS looked LEFT OUTER JOIN (SELECT documents.number AS at_0 FROM documents INDEXED BY documents_room WHERE documents.target = ?12 AND documents.room = ?14 AND documents.number < ?15 ORDER BY documents.number DESC LIMIT 1 OFFSET ?16 - 1) AS furthest ON looked.at_0 = furthest.at_0 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR ?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (furthest.at_0 IS NOT NULL OR ?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (furthest.at_0 IS NOT NULL OR ?4 = '' OR looked.source = ?4) AND (furthest.at_0 IS NOT NULL OR ?5 = '' OR looked.kind = ?5) AND (furthest.at_0 IS NOT NULL OR ?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (furthest.at_0 IS NOT NULL OR ?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (furthest.at_0 IS NOT NULL OR ?9 = '' OR looked.state = ?9) AND (furthest.at_0 IS NOT NULL OR ?10 = 1 OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR ?11 = 1 OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = ?12) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR ?13 = 0 OR looked.id != ?1 AND looked.native != ?1) ORDER BY looked.at_0 DESC

-- catalogue.named (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, at_0, many)
SELECT (?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (?4 = '' OR looked.source = ?4) AND (?5 = '' OR looked.kind = ?5) AND (?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (?9 = '' OR looked.state = ?9) AND (?10 = 1 OR looked.without_text != '') AND (?11 = 1 OR coalesce(q.reason, '') != '') AND looked.target = ?12 AND looked.state != 'removed' AND (?13 = 0 OR looked.id != ?1 AND looked.native != ?1) AS fits, 0 AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents WHERE documents.number IN (SELECT documents.number FROM documents WHERE documents.target = ?12 AND documents.id = ?1 UNION SELECT documents.number FROM documents INDEXED BY documents_native WHERE documents.target = ?12 AND documents.native = ?1) AND documents.number < ?14 ORDER BY documents.number DESC LIMIT ?15 OFFSET 0) AS looked LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id ORDER BY looked.at_0 DESC

-- catalogue.never_sent (target)
SELECT count(*) AS count_1 FROM (SELECT q.id AS id, q.title AS title, '' AS kind, q.source AS source, q.room AS room, 'quarantined' AS state, '' AS held_why, '' AS held_note, 0 AS kept, 0.0 AS pushed_at, '' AS without_text, '' AS url, q.reason AS parked, q.message AS parked_why, q.told AS parked_told, '' AS path, q.native AS native FROM quarantine AS q WHERE q.target = ?1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = q.target AND d.id = q.id AND d.state != 'removed'))) AS never

-- catalogue.newest (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, at_0, many)
SELECT (?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (?4 = '' OR looked.source = ?4) AND (?5 = '' OR looked.kind = ?5) AND (?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (?9 = '' OR looked.state = ?9) AND (?10 = 1 OR looked.without_text != '') AND (?11 = 1 OR coalesce(q.reason, '') != '') AND looked.target = ?12 AND looked.state != 'removed' AND (?13 = 0 OR looked.id != ?1 AND looked.native != ?1) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents INDEXED BY documents_newest WHERE documents.target = ?12 AND documents.number < ?14 ORDER BY documents.number DESC LIMIT ?15 OFFSET 0) AS looked LEFT OUTER JOIN (SELECT documents.number AS at_0 FROM documents INDEXED BY documents_newest WHERE documents.target = ?12 AND documents.number < ?14 ORDER BY documents.number DESC LIMIT 1 OFFSET ?15 - 1) AS furthest ON looked.at_0 = furthest.at_0 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR ?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (furthest.at_0 IS NOT NULL OR ?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (furthest.at_0 IS NOT NULL OR ?4 = '' OR looked.source = ?4) AND (furthest.at_0 IS NOT NULL OR ?5 = '' OR looked.kind = ?5) AND (furthest.at_0 IS NOT NULL OR ?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (furthest.at_0 IS NOT NULL OR ?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (furthest.at_0 IS NOT NULL OR ?9 = '' OR looked.state = ?9) AND (furthest.at_0 IS NOT NULL OR ?10 = 1 OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR ?11 = 1 OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = ?12) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR ?13 = 0 OR looked.id != ?1 AND looked.native != ?1) ORDER BY looked.at_0 DESC

-- catalogue.next_kind (target, of_source, of_kind, limit)
SELECT documents.source, documents.kind FROM documents INDEXED BY documents_kind WHERE documents.target = ?1 AND documents.source = ?2 AND documents.kind > ?3 ORDER BY documents.source, documents.kind LIMIT ?4 OFFSET 0

-- catalogue.next_source (target, of_source, limit)
SELECT documents.source, documents.kind FROM documents INDEXED BY documents_kind WHERE documents.target = ?1 AND documents.source > ?2 ORDER BY documents.source, documents.kind LIMIT ?3 OFFSET 0

-- catalogue.of_kind (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, of_source, of_kind, at_0, many)
SELECT (?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (?4 = '' OR looked.source = ?4) AND (?5 = '' OR looked.kind = ?5) AND (?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (?9 = '' OR looked.state = ?9) AND (?10 = 1 OR looked.without_text != '') AND (?11 = 1 OR coalesce(q.reason, '') != '') AND looked.target = ?12 AND looked.state != 'removed' AND (?13 = 0 OR looked.id != ?1 AND looked.native != ?1) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents INDEXED BY documents_kind WHERE documents.target = ?12 AND documents.source = ?14 AND documents.kind = ?15 AND documents.number < ?16 ORDER BY documents.number DESC LIMIT ?17 OFFSET 0) AS looked LEFT OUTER JOIN (SELECT documents.number AS at_0 FROM documents INDEXED BY documents_kind WHERE documents.target = ?12 AND documents.source = ?14 AND documents.kind = ?15 AND documents.number < ?16 ORDER BY documents.number DESC LIMIT 1 OFFSET ?17 - 1) AS furthest ON looked.at_0 = furthest.at_0 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR ?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (furthest.at_0 IS NOT NULL OR ?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (furthest.at_0 IS NOT NULL OR ?4 = '' OR looked.source = ?4) AND (furthest.at_0 IS NOT NULL OR ?5 = '' OR looked.kind = ?5) AND (furthest.at_0 IS NOT NULL OR ?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (furthest.at_0 IS NOT NULL OR ?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (furthest.at_0 IS NOT NULL OR ?9 = '' OR looked.state = ?9) AND (furthest.at_0 IS NOT NULL OR ?10 = 1 OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR ?11 = 1 OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = ?12) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR ?13 = 0 OR looked.id != ?1 AND looked.native != ?1) ORDER BY looked.at_0 DESC

-- catalogue.parked (target, at_0, word, part, ending, all_parked, besides, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, many)
SELECT 1 AS fits, 0 AS is_last, q.id AS told_id, coalesce(nullif(q.title, ''), d.title, '') AS told_title, coalesce(d.kind, '') AS told_kind, coalesce(d.source, q.source) AS told_source, coalesce(d.room, q.room) AS told_room, coalesce(d.state, 'quarantined') AS told_state, coalesce(d.held_why, '') AS told_held_why, coalesce(d.held_note, '') AS told_held_note, coalesce(d.kept, 0) AS told_kept, coalesce(d.pushed_at, 0.0) AS told_pushed_at, coalesce(d.without_text, '') AS told_without_text, coalesce(d.url, '') AS told_url, q.reason AS told_parked, q.message AS told_parked_why, q.told AS told_parked_told, q.id AS at_0 FROM quarantine AS q INDEXED BY quarantine_called LEFT OUTER JOIN documents AS d ON d.target = q.target AND d.id = q.id AND d.state != 'removed' WHERE q.target = ?1 AND q.id > ?2 AND (q.title = '' OR (?3 = '' OR CASE WHEN length(CAST(?4 AS BLOB)) = length(?4) THEN q.title LIKE ?4 ESCAPE '\' ELSE folded(q.title) LIKE ?4 ESCAPE '\' END OR q.id = ?3 OR q.native = ?3) AND (?5 = '' OR CASE WHEN length(CAST(?5 AS BLOB)) = length(?5) THEN q.title LIKE ?5 ESCAPE '\' ELSE folded(q.title) LIKE ?5 ESCAPE '\' END)) AND (?6 = 1 OR d.id IS NULL) AND (?7 = '' OR NOT (coalesce(d.without_text, '') = ?7 OR coalesce(d.held_why, '') = ?7)) AND (?3 = '' OR CASE WHEN length(CAST(?4 AS BLOB)) = length(?4) THEN coalesce(nullif(q.title, ''), d.title, '') LIKE ?4 ESCAPE '\' ELSE folded(coalesce(nullif(q.title, ''), d.title, '')) LIKE ?4 ESCAPE '\' END OR q.id = ?3 OR q.native = ?3) AND (?5 = '' OR CASE WHEN length(CAST(?5 AS BLOB)) = length(?5) THEN coalesce(nullif(q.title, ''), d.title, '') LIKE ?5 ESCAPE '\' ELSE folded(coalesce(nullif(q.title, ''), d.title, '')) LIKE ?5 ESCAPE '\' END) AND (?8 = '' OR coalesce(d.source, q.source) = ?8) AND (?9 = '' OR coalesce(d.kind, '') = ?9) AND (?10 = '' OR coalesce(d.without_text, '') = ?10 OR coalesce(d.held_why, '') = ?10 OR q.reason = ?10) AND (?11 = 1 OR coalesce(d.room, q.room) IN (SELECT anon_1.value FROM json_each(?12) AS anon_1)) AND (?13 = '' OR coalesce(d.state, 'quarantined') = ?13) AND (?14 = 1 OR coalesce(d.without_text, '') != '') AND (?15 = 1 OR q.reason != '') ORDER BY q.id LIMIT ?16 OFFSET 0

-- catalogue.reasons_in (target, rooms)
SELECT documents.without_text, count(*) AS many FROM documents INDEXED BY documents_room WHERE documents.target = ?1 AND documents.state != 'removed' AND documents.without_text != '' AND documents.room IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) GROUP BY documents.without_text ORDER BY count(*) DESC, documents.without_text

-- catalogue.rooms_called (target, word, lower)
SELECT rooms."key" FROM rooms WHERE rooms.target = ?1 AND (rooms."key" = ?2 OR folded(rooms.name) = ?3) UNION SELECT documents.room FROM documents WHERE documents.target = ?1 AND documents.container = '' AND documents.id = ?3

-- catalogue.titled (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, match, at_0, many)
SELECT (?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (?4 = '' OR looked.source = ?4) AND (?5 = '' OR looked.kind = ?5) AND (?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (?9 = '' OR looked.state = ?9) AND (?10 = 1 OR looked.without_text != '') AND (?11 = 1 OR coalesce(q.reason, '') != '') AND looked.target = ?12 AND looked.state != 'removed' AND (?13 = 0 OR looked.id != ?1 AND looked.native != ?1) AS fits, 0 AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM (SELECT every_one.number AS number FROM (SELECT anon_2.number AS number FROM (SELECT titles.rowid AS number FROM titles WHERE titles MATCH ?14 AND (titles.rowid NOT IN (SELECT titles_due.number FROM titles_due)) AND titles.rowid < ?15 ORDER BY titles.rowid DESC LIMIT ?16 OFFSET 0) AS anon_2 UNION ALL SELECT anon_3.number AS number FROM (SELECT documents.number AS number FROM documents WHERE documents.number IN (SELECT titles_due.number FROM titles_due) AND documents.number < ?15 ORDER BY documents.number DESC LIMIT ?16 OFFSET 0) AS anon_3 UNION ALL SELECT anon_4.number AS number FROM (SELECT documents.number AS number FROM documents WHERE documents.number > (SELECT titles_upto.number FROM titles_upto) AND documents.number < ?15 ORDER BY documents.number DESC LIMIT ?16 OFFSET 0) AS anon_4) AS every_one ORDER BY every_one.number DESC LIMIT ?16 OFFSET 0) AS found JOIN documents ON documents.number = found.number) AS looked LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id ORDER BY looked.at_0 DESC

-- catalogue.unseen (target, rooms)
SELECT count(*) AS count_1 FROM documents, audiences WHERE documents.target = ?1 AND documents.state != 'removed' AND documents.room IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND documents.audience = audiences.digest AND audiences.public = 0 AND audiences.identities = '[]'

-- catalogue.walk_live (target, path, last, word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, limit)
SELECT listed.id, listed.title, listed.kind, listed.source, listed.room, listed.state, listed.held_why, listed.held_note, listed.kept, listed.pushed_at, listed.without_text, listed.url, listed.parked, listed.parked_why, listed.parked_told, listed.path FROM (SELECT d.id AS id, d.title AS title, d.kind AS kind, d.source AS source, d.room AS room, d.state AS state, d.held_why AS held_why, d.held_note AS held_note, d.kept AS kept, d.pushed_at AS pushed_at, d.without_text AS without_text, d.url AS url, coalesce(q.reason, '') AS parked, coalesce(q.message, '') AS parked_why, coalesce(q.told, '') AS parked_told, d.path AS path, d.native AS native FROM documents AS d LEFT OUTER JOIN quarantine AS q ON q.target = d.target AND q.id = d.id WHERE d.target = ?1 AND d.state != 'removed' AND (d.path > ?2 OR d.path = ?2 AND d.id > ?3)) AS listed WHERE (?4 = '' OR CASE WHEN length(CAST(?5 AS BLOB)) = length(?5) THEN listed.title LIKE ?5 ESCAPE '\' ELSE folded(listed.title) LIKE ?5 ESCAPE '\' END OR listed.id = ?4 OR listed.native = ?4) AND (?6 = '' OR CASE WHEN length(CAST(?6 AS BLOB)) = length(?6) THEN listed.title LIKE ?6 ESCAPE '\' ELSE folded(listed.title) LIKE ?6 ESCAPE '\' END) AND (?7 = '' OR listed.source = ?7) AND (?8 = '' OR listed.kind = ?8) AND (?9 = '' OR listed.without_text = ?9 OR listed.held_why = ?9 OR listed.parked = ?9) AND (?10 = 1 OR listed.room IN (SELECT anon_1.value FROM json_each(?11) AS anon_1)) AND (?12 = '' OR listed.state = ?12) AND (?13 = 1 OR listed.without_text != '') AND (?14 = 1 OR listed.parked != '') ORDER BY listed.path, listed.id LIMIT ?15 OFFSET 0

-- catalogue.walk_never (target, path, last, word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, limit)
SELECT listed.id, listed.title, listed.kind, listed.source, listed.room, listed.state, listed.held_why, listed.held_note, listed.kept, listed.pushed_at, listed.without_text, listed.url, listed.parked, listed.parked_why, listed.parked_told, listed.path FROM (SELECT q.id AS id, q.title AS title, '' AS kind, q.source AS source, q.room AS room, 'quarantined' AS state, '' AS held_why, '' AS held_note, 0 AS kept, 0.0 AS pushed_at, '' AS without_text, '' AS url, q.reason AS parked, q.message AS parked_why, q.told AS parked_told, '' AS path, q.native AS native FROM quarantine AS q WHERE q.target = ?1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = q.target AND d.id = q.id AND d.state != 'removed')) AND ?2 = '' AND q.id > ?3) AS listed WHERE (?4 = '' OR CASE WHEN length(CAST(?5 AS BLOB)) = length(?5) THEN listed.title LIKE ?5 ESCAPE '\' ELSE folded(listed.title) LIKE ?5 ESCAPE '\' END OR listed.id = ?4 OR listed.native = ?4) AND (?6 = '' OR CASE WHEN length(CAST(?6 AS BLOB)) = length(?6) THEN listed.title LIKE ?6 ESCAPE '\' ELSE folded(listed.title) LIKE ?6 ESCAPE '\' END) AND (?7 = '' OR listed.source = ?7) AND (?8 = '' OR listed.kind = ?8) AND (?9 = '' OR listed.without_text = ?9 OR listed.held_why = ?9 OR listed.parked = ?9) AND (?10 = 1 OR listed.room IN (SELECT anon_1.value FROM json_each(?11) AS anon_1)) AND (?12 = '' OR listed.state = ?12) AND (?13 = 1 OR listed.without_text != '') AND (?14 = 1 OR listed.parked != '') ORDER BY listed.path, listed.id LIMIT ?15 OFFSET 0

-- catalogue.without_text (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, at_0, at_1, at_2, many)
SELECT (?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (?4 = '' OR looked.source = ?4) AND (?5 = '' OR looked.kind = ?5) AND (?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (?9 = '' OR looked.state = ?9) AND (?10 = 1 OR looked.without_text != '') AND (?11 = 1 OR coalesce(q.reason, '') != '') AND looked.target = ?12 AND looked.state != 'removed' AND (?13 = 0 OR looked.id != ?1 AND looked.native != ?1) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0, looked.at_1, looked.at_2 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.without_text AS at_0, documents.path AS at_1, documents.id AS at_2 FROM documents INDEXED BY documents_without_text WHERE documents.target = ?12 AND documents.without_text != '' AND (documents.without_text, documents.path, documents.id) > (?14, ?15, ?16) ORDER BY documents.without_text, documents.path, documents.id LIMIT ?17 OFFSET 0) AS looked LEFT OUTER JOIN (SELECT documents.without_text AS at_0, documents.path AS at_1, documents.id AS at_2 FROM documents INDEXED BY documents_without_text WHERE documents.target = ?12 AND documents.without_text != '' AND (documents.without_text, documents.path, documents.id) > (?14, ?15, ?16) ORDER BY documents.without_text, documents.path, documents.id LIMIT 1 OFFSET ?17 - 1) AS furthest ON looked.at_0 = furthest.at_0 AND looked.at_1 = furthest.at_1 AND looked.at_2 = furthest.at_2 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR ?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (furthest.at_0 IS NOT NULL OR ?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (furthest.at_0 IS NOT NULL OR ?4 = '' OR looked.source = ?4) AND (furthest.at_0 IS NOT NULL OR ?5 = '' OR looked.kind = ?5) AND (furthest.at_0 IS NOT NULL OR ?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (furthest.at_0 IS NOT NULL OR ?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (furthest.at_0 IS NOT NULL OR ?9 = '' OR looked.state = ?9) AND (furthest.at_0 IS NOT NULL OR ?10 = 1 OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR ?11 = 1 OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = ?12) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR ?13 = 0 OR looked.id != ?1 AND looked.native != ?1) ORDER BY looked.at_0, looked.at_1, looked.at_2

-- catalogue.without_text_for (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, at_0, at_1, many)
SELECT (?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (?4 = '' OR looked.source = ?4) AND (?5 = '' OR looked.kind = ?5) AND (?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (?9 = '' OR looked.state = ?9) AND (?10 = 1 OR looked.without_text != '') AND (?11 = 1 OR coalesce(q.reason, '') != '') AND looked.target = ?12 AND looked.state != 'removed' AND (?13 = 0 OR looked.id != ?1 AND looked.native != ?1) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0, looked.at_1 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.path AS at_0, documents.id AS at_1 FROM documents INDEXED BY documents_without_text WHERE documents.target = ?12 AND documents.without_text != '' AND documents.without_text = ?6 AND (documents.path, documents.id) > (?14, ?15) ORDER BY documents.path, documents.id LIMIT ?16 OFFSET 0) AS looked LEFT OUTER JOIN (SELECT documents.path AS at_0, documents.id AS at_1 FROM documents INDEXED BY documents_without_text WHERE documents.target = ?12 AND documents.without_text != '' AND documents.without_text = ?6 AND (documents.path, documents.id) > (?14, ?15) ORDER BY documents.path, documents.id LIMIT 1 OFFSET ?16 - 1) AS furthest ON looked.at_0 = furthest.at_0 AND looked.at_1 = furthest.at_1 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR ?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN looked.title LIKE ?2 ESCAPE '\' ELSE folded(looked.title) LIKE ?2 ESCAPE '\' END OR looked.id = ?1 OR looked.native = ?1) AND (furthest.at_0 IS NOT NULL OR ?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN looked.title LIKE ?3 ESCAPE '\' ELSE folded(looked.title) LIKE ?3 ESCAPE '\' END) AND (furthest.at_0 IS NOT NULL OR ?4 = '' OR looked.source = ?4) AND (furthest.at_0 IS NOT NULL OR ?5 = '' OR looked.kind = ?5) AND (furthest.at_0 IS NOT NULL OR ?6 = '' OR looked.without_text = ?6 OR looked.held_why = ?6 OR coalesce(q.reason, '') = ?6) AND (furthest.at_0 IS NOT NULL OR ?7 = 1 OR looked.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (furthest.at_0 IS NOT NULL OR ?9 = '' OR looked.state = ?9) AND (furthest.at_0 IS NOT NULL OR ?10 = 1 OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR ?11 = 1 OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = ?12) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR ?13 = 0 OR looked.id != ?1 AND looked.native != ?1) ORDER BY looked.at_0, looked.at_1

-- clock_changes.cut_grants (now)
UPDATE grants SET told_at=CASE WHEN (grants.told_at > ?1) THEN ?1 ELSE grants.told_at END WHERE grants.told_at > ?1

-- clock_changes.cut_intents (now)
UPDATE intents SET at=CASE WHEN (intents.at > ?1) THEN ?1 ELSE intents.at END WHERE intents.at > ?1

-- clock_changes.cut_pauses_of_documents (now, settle)
UPDATE documents SET redo_after=(?1 + ?2) WHERE documents.redo_after IS NOT NULL AND documents.redo_after > ?1 + ?2

-- clock_changes.cut_pauses_of_people (now, settle)
UPDATE people SET redo_after=(?1 + ?2) WHERE people.redo_after IS NOT NULL AND people.redo_after > ?1 + ?2

-- clock_changes.cut_pauses_of_quarantine (now)
UPDATE quarantine SET next_try=(?1 + CASE WHEN (quarantine.attempts <= 1) THEN 300.0 WHEN (quarantine.attempts <= 2) THEN 600.0 WHEN (quarantine.attempts <= 3) THEN 1200.0 WHEN (quarantine.attempts <= 4) THEN 2400.0 WHEN (quarantine.attempts <= 5) THEN 4800.0 WHEN (quarantine.attempts <= 6) THEN 9600.0 WHEN (quarantine.attempts <= 7) THEN 19200.0 WHEN (quarantine.attempts <= 8) THEN 38400.0 WHEN (quarantine.attempts <= 9) THEN 76800.0 ELSE 86400.0 END) WHERE quarantine.next_try IS NOT NULL AND quarantine.next_try > ?1 + CASE WHEN (quarantine.attempts <= 1) THEN 300.0 WHEN (quarantine.attempts <= 2) THEN 600.0 WHEN (quarantine.attempts <= 3) THEN 1200.0 WHEN (quarantine.attempts <= 4) THEN 2400.0 WHEN (quarantine.attempts <= 5) THEN 4800.0 WHEN (quarantine.attempts <= 6) THEN 9600.0 WHEN (quarantine.attempts <= 7) THEN 19200.0 WHEN (quarantine.attempts <= 8) THEN 38400.0 WHEN (quarantine.attempts <= 9) THEN 76800.0 ELSE 86400.0 END

-- clock_changes.cut_people_removals (now)
UPDATE people_removals SET at=CASE WHEN (people_removals.at > ?1) THEN ?1 ELSE people_removals.at END WHERE people_removals.at > ?1

-- clock_changes.cut_people_sessions (now)
UPDATE people_sessions SET lost_at=CASE WHEN (people_sessions.lost_at > ?1) THEN ?1 ELSE people_sessions.lost_at END, at=CASE WHEN (people_sessions.at > ?1) THEN ?1 ELSE people_sessions.at END WHERE people_sessions.at > ?1 OR people_sessions.lost_at > ?1

-- clock_changes.cut_persons (now)
UPDATE persons SET told_at=CASE WHEN (persons.told_at > ?1) THEN ?1 ELSE persons.told_at END, asked_at=CASE WHEN (persons.asked_at > ?1) THEN ?1 ELSE persons.asked_at END WHERE persons.told_at > ?1 OR persons.asked_at > ?1

-- clock_changes.cut_quarantine (now)
UPDATE quarantine SET first_seen=CASE WHEN (quarantine.first_seen > ?1) THEN ?1 ELSE quarantine.first_seen END, last_seen=CASE WHEN (quarantine.last_seen > ?1) THEN ?1 ELSE quarantine.last_seen END WHERE quarantine.first_seen > ?1 OR quarantine.last_seen > ?1

-- clock_changes.cut_removals (now)
UPDATE removals SET at=CASE WHEN (removals.at > ?1) THEN ?1 ELSE removals.at END WHERE removals.at > ?1

-- clock_changes.cut_rooms (now)
UPDATE rooms SET audience_at=CASE WHEN (rooms.audience_at > ?1) THEN ?1 ELSE rooms.audience_at END, unlisted_at=CASE WHEN (rooms.unlisted_at > ?1) THEN ?1 ELSE rooms.unlisted_at END WHERE rooms.audience_at > ?1 OR rooms.unlisted_at > ?1

-- clock_changes.cut_runs (now)
UPDATE runs SET started_at=CASE WHEN (runs.started_at > ?1) THEN ?1 ELSE runs.started_at END, finished_at=CASE WHEN (runs.finished_at > ?1) THEN ?1 ELSE runs.finished_at END WHERE runs.started_at > ?1 OR runs.finished_at > ?1

-- clock_changes.cut_sessions (now)
UPDATE sessions SET lost_at=CASE WHEN (sessions.lost_at > ?1) THEN ?1 ELSE sessions.lost_at END, at=CASE WHEN (sessions.at > ?1) THEN ?1 ELSE sessions.at END WHERE sessions.at > ?1 OR sessions.lost_at > ?1

-- clock_changes.move_grants (by)
UPDATE grants SET told_at=CASE WHEN (grants.told_at > 0) THEN grants.told_at + ?1 ELSE grants.told_at END WHERE grants.told_at IS NOT NULL

-- clock_changes.move_intents (by)
UPDATE intents SET at=CASE WHEN (intents.at > 0) THEN intents.at + ?1 ELSE intents.at END WHERE intents.at IS NOT NULL

-- clock_changes.move_pauses_of_documents (by)
UPDATE documents SET redo_after=CASE WHEN (documents.redo_after > 0) THEN documents.redo_after + ?1 ELSE documents.redo_after END WHERE documents.redo_after IS NOT NULL

-- clock_changes.move_pauses_of_people (by)
UPDATE people SET redo_after=CASE WHEN (people.redo_after > 0) THEN people.redo_after + ?1 ELSE people.redo_after END WHERE people.redo_after IS NOT NULL

-- clock_changes.move_pauses_of_quarantine (by)
UPDATE quarantine SET next_try=CASE WHEN (quarantine.next_try > 0) THEN quarantine.next_try + ?1 ELSE quarantine.next_try END WHERE quarantine.next_try IS NOT NULL

-- clock_changes.move_people_removals (by)
UPDATE people_removals SET at=CASE WHEN (people_removals.at > 0) THEN people_removals.at + ?1 ELSE people_removals.at END WHERE people_removals.at IS NOT NULL

-- clock_changes.move_people_sessions (by)
UPDATE people_sessions SET lost_at=CASE WHEN (people_sessions.lost_at > 0) THEN people_sessions.lost_at + ?1 ELSE people_sessions.lost_at END, at=CASE WHEN (people_sessions.at > 0) THEN people_sessions.at + ?1 ELSE people_sessions.at END WHERE people_sessions.at IS NOT NULL OR people_sessions.lost_at IS NOT NULL

-- clock_changes.move_persons (by)
UPDATE persons SET told_at=CASE WHEN (persons.told_at > 0) THEN persons.told_at + ?1 ELSE persons.told_at END, asked_at=CASE WHEN (persons.asked_at > 0) THEN persons.asked_at + ?1 ELSE persons.asked_at END WHERE persons.told_at IS NOT NULL OR persons.asked_at IS NOT NULL

-- clock_changes.move_quarantine (by)
UPDATE quarantine SET first_seen=CASE WHEN (quarantine.first_seen > 0) THEN quarantine.first_seen + ?1 ELSE quarantine.first_seen END, last_seen=CASE WHEN (quarantine.last_seen > 0) THEN quarantine.last_seen + ?1 ELSE quarantine.last_seen END WHERE quarantine.first_seen IS NOT NULL OR quarantine.last_seen IS NOT NULL

-- clock_changes.move_removals (by)
UPDATE removals SET at=CASE WHEN (removals.at > 0) THEN removals.at + ?1 ELSE removals.at END WHERE removals.at IS NOT NULL

-- clock_changes.move_rooms (by)
UPDATE rooms SET audience_at=CASE WHEN (rooms.audience_at > 0) THEN rooms.audience_at + ?1 ELSE rooms.audience_at END, unlisted_at=CASE WHEN (rooms.unlisted_at > 0) THEN rooms.unlisted_at + ?1 ELSE rooms.unlisted_at END WHERE rooms.audience_at IS NOT NULL OR rooms.unlisted_at IS NOT NULL

-- clock_changes.move_runs (by)
UPDATE runs SET started_at=CASE WHEN (runs.started_at > 0) THEN runs.started_at + ?1 ELSE runs.started_at END, finished_at=CASE WHEN (runs.finished_at > 0) THEN runs.finished_at + ?1 ELSE runs.finished_at END WHERE runs.started_at IS NOT NULL OR runs.finished_at IS NOT NULL

-- clock_changes.move_sessions (by)
UPDATE sessions SET lost_at=CASE WHEN (sessions.lost_at > 0) THEN sessions.lost_at + ?1 ELSE sessions.lost_at END, at=CASE WHEN (sessions.at > 0) THEN sessions.at + ?1 ELSE sessions.at END WHERE sessions.at IS NOT NULL OR sessions.lost_at IS NOT NULL

-- counts.kept (target)
SELECT counts.state, counts.reason, counts.format, counts.text, sum(counts.many) AS sum_1 FROM counts WHERE counts.target = ?1 GROUP BY counts.state, counts.reason, counts.format, counts.text HAVING sum(counts.many) != 0

-- documents.accepted (target, source, run)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.source = ?2 AND documents.session_run = ?3

-- documents.accepted_at (target, ids)
SELECT documents.id, documents.pushed_run, documents.pushed_at FROM documents WHERE documents.target = ?1 AND documents.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND documents.fingerprint IS NOT NULL AND (documents.redo_after IS NULL OR documents.lost = documents.fingerprint)

-- documents.audience_of (target, id)
SELECT audiences.identities, audiences.public FROM documents JOIN audiences ON audiences.digest = documents.audience WHERE documents.target = ?1 AND documents.id = ?2

-- documents.audiences_in (target, source, room)
SELECT audiences.digest, audiences.identities, audiences.public FROM audiences WHERE audiences.digest IN (SELECT DISTINCT documents.audience FROM documents WHERE documents.target = ?1 AND documents.source = ?2 AND documents.room = ?3 AND documents.audience IS NOT NULL AND documents.state != 'removed')

-- documents.body_of (target, id)
SELECT b.body, b.text, b.text_key, d.without_text, b.hidden FROM bodies AS b JOIN documents AS d ON d.number = b.document WHERE d.target = ?1 AND d.id = ?2

-- documents.carriers (target, source, each)
SELECT placed.id FROM (SELECT documents.id AS id, row_number() OVER (PARTITION BY documents.room ORDER BY documents.id) AS place FROM documents WHERE documents.target = ?1 AND documents.source = ?2 AND documents.fingerprint IS NOT NULL AND documents.state IN ('live', 'held')) AS placed WHERE placed.place <= ?3 ORDER BY placed.place, placed.id

-- documents.confirmed (target, source)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.state != 'removed' AND documents.source = ?2 AND documents.fingerprint IS NOT NULL

-- documents.confirmed_ids (target, last, chunk)
SELECT documents.id FROM documents WHERE documents.target = ?1 AND documents.fingerprint IS NOT NULL AND documents.state != 'removed' AND documents.id > ?2 ORDER BY documents.id LIMIT ?3 OFFSET 0

-- documents.count (target)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.state != 'removed'

-- documents.count_of (target, source)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.state != 'removed' AND documents.source = ?2

-- documents.counts_by_room (target)
SELECT documents.source, documents.room, count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.state != 'removed' GROUP BY documents.source, documents.room

-- documents.empties (target, source, ids)
SELECT anon_1.value, (SELECT 1 FROM documents INDEXED BY documents_container WHERE documents.target = ?1 AND documents.container = anon_1.value AND coalesce(documents.source, '') = ?2 AND documents.state != 'removed' LIMIT 1 OFFSET 0) IS NOT NULL AS anon_2, (SELECT 1 FROM containers WHERE containers.target = ?1 AND containers.id = anon_1.value LIMIT 1 OFFSET 0) IS NOT NULL AS anon_3 FROM json_each(?3) AS anon_1

-- documents.facts (target, id)
SELECT documents.number, documents.target, documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.version, documents.fingerprint, documents.audience, documents.rules, documents.pushed_run, documents.pushed_at, documents.session_run, documents.backfill, documents.delta_run, documents.missing_run, documents.missing_why, documents.noted_run, documents.lacked_run, documents.gone_run, documents.also, documents.held_run, documents.held_why, documents.held_note, documents.kept, documents.redo_after, documents.lost, documents.without_text FROM documents WHERE documents.target = ?1 AND documents.id = ?2

-- documents.find (target, words, lower)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents WHERE documents.target = ?1 AND documents.id IN (?2, ?3)

-- documents.find_link (target, words)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents INDEXED BY documents_url WHERE documents.target = ?1 AND documents.url = ?2 AND documents.url != '' ORDER BY documents.path, documents.id

-- documents.find_native (target, words, lower)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents INDEXED BY documents_native WHERE documents.target = ?1 AND documents.native IN (?2, ?3) ORDER BY documents.id

-- documents.fingerprints (target, ids)
SELECT documents.id, documents.fingerprint, documents.title FROM documents WHERE documents.target = ?1 AND documents.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- documents.in_other_scopes (target, ids, source, room)
SELECT documents.id, documents.room FROM documents WHERE documents.target = ?1 AND documents.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND coalesce(documents.source, '') = ?3 AND documents.state != 'removed' AND (documents.room NOT IN ('', ?4)) AND documents.held_why != 'room-vanished'

-- documents.kinds (target, source)
SELECT documents.kind, count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.source = ?2 AND documents.state != 'removed' GROUP BY documents.kind

-- documents.known (target, ids)
SELECT documents.id, documents.version, documents.fingerprint, documents.container, documents.state, documents.missing_run, documents.pushed_run, documents.session_run, documents.backfill, CASE WHEN (documents.lost = documents.fingerprint) THEN NULL ELSE documents.redo_after END AS redo_after, documents.rules, documents.audience, documents.path, documents.also, documents.room FROM documents WHERE documents.target = ?1 AND documents.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- documents.known_in (target, container, source)
SELECT documents.id, documents.version, documents.fingerprint, documents.container, documents.state, documents.missing_run, documents.pushed_run, documents.session_run, documents.backfill, CASE WHEN (documents.lost = documents.fingerprint) THEN NULL ELSE documents.redo_after END AS redo_after, documents.rules, documents.audience, documents.path, documents.also, documents.room FROM documents INDEXED BY documents_container WHERE documents.target = ?1 AND documents.container = ?2 AND coalesce(documents.source, '') = ?3 AND documents.state != 'removed'

-- documents.known_in_several (target, ids, source)
SELECT documents.id, documents.version, documents.fingerprint, documents.container, documents.state, documents.missing_run, documents.pushed_run, documents.session_run, documents.backfill, CASE WHEN (documents.lost = documents.fingerprint) THEN NULL ELSE documents.redo_after END AS redo_after, documents.rules, documents.audience, documents.path, documents.also, documents.room FROM documents INDEXED BY documents_container WHERE documents.target = ?1 AND documents.container IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND coalesce(documents.source, '') = ?3 AND documents.state != 'removed'

-- documents.loaded (target, source, backfill)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.state != 'removed' AND documents.source = ?2 AND documents.backfill = ?3

-- documents.marker (target, source)
SELECT documents.id FROM documents INDEXED BY documents_container WHERE documents.target = ?1 AND coalesce(documents.source, '') = ?2 AND documents.container = '' AND documents.fingerprint IS NOT NULL AND documents.state IN ('live', 'held') ORDER BY documents.id LIMIT 1 OFFSET 0

-- documents.next_source (target, last)
SELECT documents.source FROM documents INDEXED BY documents_kind WHERE documents.target = ?1 AND documents.source > ?2 AND documents.state != 'removed' ORDER BY documents.source LIMIT 1 OFFSET 0

-- documents.not_accepted (target, run)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.state != 'removed' AND documents.session_run != ?2

-- documents.rooms_of (target, source)
SELECT documents.id FROM documents INDEXED BY documents_container WHERE documents.target = ?1 AND coalesce(documents.source, '') = ?2 AND documents.container = '' AND documents.fingerprint IS NOT NULL AND documents.state IN ('live', 'held') ORDER BY documents.id

-- documents.sampled_ids (target, most)
SELECT documents.id FROM documents WHERE documents.target = ?1 AND documents.fingerprint IS NOT NULL AND documents.state != 'removed' ORDER BY random() LIMIT ?2 OFFSET 0

-- documents.sent_last (target, before, limit)
SELECT documents.delta_run, documents.id, documents.fingerprint FROM documents WHERE documents.target = ?1 AND documents.delta_run = (SELECT max(sent.delta_run) AS max_1 FROM documents AS sent WHERE sent.target = ?1 AND sent.delta_run < ?2 AND sent.state = 'live' AND sent.fingerprint IS NOT NULL AND (sent.redo_after IS NULL OR sent.lost = sent.fingerprint)) AND documents.state = 'live' AND documents.fingerprint IS NOT NULL AND (documents.redo_after IS NULL OR documents.lost = documents.fingerprint) ORDER BY documents.pushed_at, documents.id LIMIT ?3 OFFSET 0

-- documents.standing_of (target, ids)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents WHERE documents.target = ?1 AND documents.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- documents.unaccepted (target, source, run, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden FROM documents AS d JOIN bodies AS b ON b.document = d.number WHERE d.target = ?1 AND d.source = ?2 AND d.session_run != ?3 AND d.state != 'removed' AND (d.path > ?4 OR d.path = ?4 AND d.id > ?5) ORDER BY d.path, d.id LIMIT ?6 OFFSET 0

-- documents.unheard (target, source, until, settle)
SELECT documents.id FROM documents WHERE documents.target = ?1 AND documents.source = ?2 AND documents.state != 'removed' AND documents.redo_after >= ?3 AND documents.redo_after > documents.pushed_at + ?4 AND documents.lost != x''

-- duplicates.groups (target, source, many, last, limit, skipped)
SELECT bodies.text_key AS "key", count(*) AS many FROM bodies JOIN documents ON documents.number = bodies.document WHERE documents.target = ?1 AND documents.state != 'removed' AND (?2 = '' OR documents.source = ?2) AND bodies.text_key != '' GROUP BY bodies.text_key HAVING count(*) > 1 AND (count(*) < ?3 OR count(*) = ?3 AND bodies.text_key > ?4) ORDER BY count(*) DESC, bodies.text_key LIMIT ?5 OFFSET ?6

-- duplicates.groups_in (target, source, rooms, many, last, limit, skipped)
SELECT here."key" AS "key", count(*) AS many FROM (SELECT (SELECT bodies.text_key FROM bodies WHERE bodies.document = documents.number) AS "key", documents.id AS id, documents.title AS title, documents.source AS source, documents.room AS room, documents.url AS url, documents.path AS path FROM documents INDEXED BY documents_room WHERE documents.target = ?1 AND documents.state != 'removed' AND (?2 = '' OR documents.source = ?2) AND documents.room IN (SELECT anon_1.value FROM json_each(?3) AS anon_1)) AS here WHERE here."key" != '' GROUP BY here."key" HAVING count(*) > 1 AND (count(*) < ?4 OR count(*) = ?4 AND here."key" > ?5) ORDER BY count(*) DESC, here."key" LIMIT ?6 OFFSET ?7

-- duplicates.places (target, source, keys)
SELECT bodies.text_key, documents.id, documents.title, documents.source, documents.room, documents.url FROM bodies JOIN documents ON documents.number = bodies.document WHERE documents.target = ?1 AND documents.state != 'removed' AND (?2 = '' OR documents.source = ?2) AND bodies.text_key != '' AND bodies.text_key IN (SELECT anon_1.value FROM json_each(?3) AS anon_1) ORDER BY bodies.text_key, documents.path, documents.id

-- duplicates.places_in (target, source, rooms, keys)
SELECT here."key", here.id, here.title, here.source, here.room, here.url FROM (SELECT (SELECT bodies.text_key FROM bodies WHERE bodies.document = documents.number) AS "key", documents.id AS id, documents.title AS title, documents.source AS source, documents.room AS room, documents.url AS url, documents.path AS path FROM documents INDEXED BY documents_room WHERE documents.target = ?1 AND documents.state != 'removed' AND (?2 = '' OR documents.source = ?2) AND documents.room IN (SELECT anon_1.value FROM json_each(?3) AS anon_1)) AS here WHERE here."key" != '' AND here."key" IN (SELECT anon_2.value FROM json_each(?4) AS anon_2) ORDER BY here."key", here.path, here.id

-- duplicates.standing (target, ids)
SELECT documents.id, documents.id AS id__1, documents.title, documents.source, documents.room, documents.url FROM documents WHERE documents.target = ?1 AND documents.state != 'removed' AND documents.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- duplicates.totals (target, source)
SELECT count(*) AS count_1, coalesce(sum(several.many), 0) AS coalesce_1 FROM (SELECT bodies.text_key AS "key", count(*) AS many FROM bodies JOIN documents ON documents.number = bodies.document WHERE documents.target = ?1 AND documents.state != 'removed' AND (?2 = '' OR documents.source = ?2) AND bodies.text_key != '' GROUP BY bodies.text_key HAVING count(*) > 1) AS several

-- duplicates.totals_in (target, source, rooms)
SELECT count(*) AS count_1, coalesce(sum(several.many), 0) AS coalesce_1 FROM (SELECT here."key" AS "key", count(*) AS many FROM (SELECT (SELECT bodies.text_key FROM bodies WHERE bodies.document = documents.number) AS "key", documents.id AS id, documents.title AS title, documents.source AS source, documents.room AS room, documents.url AS url, documents.path AS path FROM documents INDEXED BY documents_room WHERE documents.target = ?1 AND documents.state != 'removed' AND (?2 = '' OR documents.source = ?2) AND documents.room IN (SELECT anon_1.value FROM json_each(?3) AS anon_1)) AS here WHERE here."key" != '' GROUP BY here."key" HAVING count(*) > 1) AS several

-- erasing.addresses (target) each (id) once id
UPDATE people SET address='' WHERE people.target = ?2 AND people.id = ?1

-- erasing.changes (target) each (id) once id
DELETE FROM audience_changes WHERE audience_changes.target = ?2 AND audience_changes.id = ?1

-- erasing.hidden (target) each (id) once id
UPDATE hidden SET native='', title='', url='' WHERE hidden.target = ?2 AND hidden.id = ?1 AND hidden.title != ''

-- erasing.history (target) each (id) once id
UPDATE removals SET native='', title='' WHERE removals.target = ?2 AND removals.id = ?1 AND (removals.title != '' OR removals.native != '')

-- erasing.identities (target) each (id) once id
DELETE FROM audiences WHERE audiences.digest IN (SELECT audience_changes."before" FROM audience_changes WHERE audience_changes.target = ?2 AND audience_changes.kind = 'person' AND audience_changes.id = ?1 UNION ALL SELECT audience_changes."after" FROM audience_changes WHERE audience_changes.target = ?2 AND audience_changes.kind = 'person' AND audience_changes.id = ?1) AND (audiences.digest NOT IN (SELECT documents.audience FROM documents WHERE documents.audience IS NOT NULL))

-- erasing.lost (target, id)
SELECT 1 FROM people_removals WHERE people_removals.target = ?1 AND people_removals.id = ?2 AND people_removals.address != '' LIMIT 1 OFFSET 0

-- erasing.names () each (source, key, ending) once source, key
DELETE FROM notes WHERE notes.source = ?1 AND (notes."key" = ?2 OR substr(notes."key", (length(notes."key") - length(?3)) + 1) = ?3)

-- erasing.notes () each (source, key) once source, key
DELETE FROM notes WHERE notes.source = ?1 AND notes."key" = ?2

-- erasing.orders (target) each (id) once id
UPDATE orders SET title='' WHERE orders.target = ?2 AND orders.subject = ?1 AND orders.title != ''

-- erasing.people_history (target) each (id) once id
UPDATE people_removals SET address='' WHERE people_removals.target = ?2 AND people_removals.id = ?1

-- erasing.records (target) each (id) once id
DELETE FROM people WHERE people.target = ?2 AND people.id = ?1 AND people.redo_after IS NULL

-- erasing.rows (target) each (id) once id
UPDATE documents SET native='', title='', url='' WHERE documents.target = ?2 AND documents.id = ?1 AND documents.state = 'removed'
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents WHERE documents.target = ?2 AND documents.id = ?1 AND documents.state = 'removed' AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- erasing.shares (target) each (source, key) once source, key
DELETE FROM persons WHERE persons.target = ?3 AND persons.source = ?1 AND persons."key" = ?2

-- erasing.text_is_used (key)
SELECT 1 FROM bodies WHERE bodies.text_key = ?1 LIMIT 1 OFFSET 0

-- erasing.traces (target, id)
SELECT documents.id, documents.source, documents.native, documents.title, bodies.text_key FROM documents LEFT OUTER JOIN bodies ON bodies.document = documents.number WHERE documents.target = ?1 AND documents.id = ?2 UNION ALL SELECT hidden.id, hidden.source, hidden.native, hidden.title, '' AS anon_1 FROM hidden WHERE hidden.target = ?1 AND hidden.id = ?2 UNION ALL SELECT removals.id, removals.source, removals.native, removals.title, '' AS anon_1 FROM removals WHERE removals.target = ?1 AND removals.id = ?2

-- grants.below (source, parent)
SELECT grants.native, grants.parent, grants.kind, grants.step, grants.identities, grants.listless, grants.trouble, grants.inherited, grants.asked_run, grants.told_at FROM grants WHERE grants.source = ?1 AND grants.parent = ?2 ORDER BY grants.native

-- grants.below_all (source, parents)
SELECT grants.native, grants.parent, grants.kind, grants.step, grants.identities, grants.listless, grants.trouble, grants.inherited, grants.asked_run, grants.told_at FROM grants WHERE grants.source = ?1 AND grants.parent IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) ORDER BY grants.native

-- grants.changed (source, kinds)
SELECT grants.native, grants.parent, grants.kind, grants.step, grants.identities, grants.listless, grants.trouble, grants.inherited, grants.asked_run, grants.told_at FROM grants WHERE grants.source = ?1 AND grants.kind IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND grants.rendered != CASE WHEN grants.listless THEN '' ELSE coalesce(grants.identities, '') END

-- grants.get (source, natives)
SELECT grants.native, grants.parent, grants.kind, grants.step, grants.identities, grants.listless, grants.trouble, grants.inherited, grants.asked_run, grants.told_at FROM grants WHERE grants.source = ?1 AND grants.native IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- grants.leave_former_places (source)
UPDATE grants SET parent='' WHERE grants.source = ?1 AND grants.native IN (SELECT documents.native FROM documents JOIN documents AS c ON c.target = documents.target AND c.id = documents.container JOIN grants AS g ON g.source = documents.source AND g.native = documents.native WHERE documents.source = ?1 AND g.parent != c.native)

-- grants.made (source) each (native, own) once native
UPDATE grants SET rendered=?2 WHERE grants.source = ?3 AND grants.native = ?1

-- grants.put (source) each (native, parent, kind, step, identities, listless, trouble, inherited, asked_run, told_at) once native
INSERT INTO grants (source, native, parent, kind, step, identities, listless, trouble, inherited, asked_run, told_at, rendered) VALUES (?11, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, CASE WHEN ?6 THEN '' ELSE coalesce(?5, '') END) ON CONFLICT (source, native) DO UPDATE SET parent = excluded.parent, kind = excluded.kind, step = excluded.step, identities = excluded.identities, listless = excluded.listless, trouble = excluded.trouble, inherited = excluded.inherited, asked_run = excluded.asked_run, told_at = excluded.told_at

-- history.last (target, word, words)
SELECT removals.number, removals.id, removals.title, removals.source, removals.kind, removals.room, removals.path, coalesce(runs.id, '') AS coalesce_1, removals.at, removals.why, removals.code, removals.approved FROM removals LEFT OUTER JOIN runs ON runs.number = removals.run WHERE removals.id != '' AND removals.number IN (SELECT removals.number FROM removals INDEXED BY removals_id WHERE removals.target = ?1 AND removals.id = ?2 UNION SELECT removals.number FROM removals INDEXED BY removals_native WHERE removals.target = ?1 AND removals.native IN (?2, ?3) UNION SELECT removals.number FROM removals INDEXED BY removals_title WHERE removals.target = ?1 AND lower(?3) = lower(removals.title)) ORDER BY removals.number DESC LIMIT 1 OFFSET 0

-- history.names (target, ids)
SELECT documents.id, documents.title FROM documents WHERE documents.target = ?1 AND documents.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) UNION SELECT hidden.id, hidden.title FROM hidden INDEXED BY sqlite_autoindex_hidden_1 WHERE hidden.target = ?1 AND hidden.id IN (SELECT anon_2.value FROM json_each(?2) AS anon_2) UNION SELECT removals.id, removals.title FROM removals WHERE removals.target = ?1 AND removals.id IN (SELECT anon_3.value FROM json_each(?2) AS anon_3)

-- history.removed (word, part, ending, source, kind, reason, any_room, rooms, target, before, many)
SELECT removals.number, removals.id, removals.title, removals.source, removals.kind, removals.room, removals.path, coalesce(runs.id, '') AS coalesce_1, removals.at, removals.why, removals.code, removals.approved, (?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN removals.title LIKE ?2 ESCAPE '\' ELSE folded(removals.title) LIKE ?2 ESCAPE '\' END OR removals.id = ?1 OR removals.native = ?1) AND (?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN removals.title LIKE ?3 ESCAPE '\' ELSE folded(removals.title) LIKE ?3 ESCAPE '\' END) AND (?4 = '' OR removals.source = ?4) AND (?5 = '' OR removals.kind = ?5) AND (?6 = '' OR removals.code = ?6) AND (?7 = 1 OR removals.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND removals.id != '' AND NOT (EXISTS (SELECT * FROM removals AS newer WHERE newer.target = removals.target AND newer.id = removals.id AND newer.number > removals.number)) AND NOT (EXISTS (SELECT * FROM documents WHERE documents.target = ?9 AND documents.id = removals.id AND documents.state != 'removed')) AND NOT (EXISTS (SELECT * FROM hidden WHERE hidden.target = ?9 AND hidden.id = removals.id)) AS fits, furthest.at_0 IS NOT NULL AS is_last FROM (SELECT removals.number AS at_0 FROM removals INDEXED BY removals_newest WHERE removals.target = ?9 AND removals.number < ?10 ORDER BY removals.number DESC LIMIT ?11 OFFSET 0) AS looked LEFT OUTER JOIN (SELECT removals.number AS at_0 FROM removals INDEXED BY removals_newest WHERE removals.target = ?9 AND removals.number < ?10 ORDER BY removals.number DESC LIMIT 1 OFFSET ?11 - 1) AS furthest ON looked.at_0 = furthest.at_0 JOIN removals ON removals.number = looked.at_0 LEFT OUTER JOIN runs ON runs.number = removals.run WHERE (furthest.at_0 IS NOT NULL OR ?1 = '' OR CASE WHEN length(CAST(?2 AS BLOB)) = length(?2) THEN removals.title LIKE ?2 ESCAPE '\' ELSE folded(removals.title) LIKE ?2 ESCAPE '\' END OR removals.id = ?1 OR removals.native = ?1) AND (furthest.at_0 IS NOT NULL OR ?3 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN removals.title LIKE ?3 ESCAPE '\' ELSE folded(removals.title) LIKE ?3 ESCAPE '\' END) AND (furthest.at_0 IS NOT NULL OR ?4 = '' OR removals.source = ?4) AND (furthest.at_0 IS NOT NULL OR ?5 = '' OR removals.kind = ?5) AND (furthest.at_0 IS NOT NULL OR ?6 = '' OR removals.code = ?6) AND (furthest.at_0 IS NOT NULL OR ?7 = 1 OR removals.room IN (SELECT anon_1.value FROM json_each(?8) AS anon_1)) AND (furthest.at_0 IS NOT NULL OR removals.id != '') AND (furthest.at_0 IS NOT NULL OR NOT (EXISTS (SELECT * FROM removals AS newer WHERE newer.target = removals.target AND newer.id = removals.id AND newer.number > removals.number))) AND (furthest.at_0 IS NOT NULL OR NOT (EXISTS (SELECT * FROM documents WHERE documents.target = ?9 AND documents.id = removals.id AND documents.state != 'removed'))) AND (furthest.at_0 IS NOT NULL OR NOT (EXISTS (SELECT * FROM hidden WHERE hidden.target = ?9 AND hidden.id = removals.id))) ORDER BY looked.at_0 DESC

-- history.removed_in (target, run, limit)
SELECT removals.number, removals.id, removals.title, removals.source, removals.kind, removals.room, removals.path, coalesce(runs.id, '') AS coalesce_1, removals.at, removals.why, removals.code, removals.approved FROM removals INDEXED BY removals_run LEFT OUTER JOIN runs ON runs.number = removals.run WHERE removals.id != '' AND removals.target = ?1 AND removals.run = ?2 AND removals.code != 'hidden' ORDER BY removals.path, removals.number LIMIT ?3 OFFSET 0

-- intents.enter (target) each (id, source, native, room, container, kind, title, url, path, audience) once id
INSERT INTO documents (target, id, source, native, room, container, kind, title, url, path, state, audience, pushed_run, pushed_at, session_run, backfill, missing_why, also, held_why, held_note, kept, without_text) VALUES (?11, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'new', ?10, 0, 0.0, 0, 0, '', '', '', '', 0, '') ON CONFLICT (target, id) DO NOTHING

-- intents.intend (target, kind, run, now, documents)
INSERT INTO intents (target, kind, run, at, documents) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING number

-- intents.lose (until, target) each (id, lost) once id
UPDATE documents SET redo_after=CASE WHEN (coalesce(documents.redo_after, 0.0) < ?3) THEN ?3 ELSE coalesce(documents.redo_after, 0.0) END, lost=CASE WHEN (documents.lost IS NULL OR documents.lost = ?2) THEN ?2 ELSE x'3f' END WHERE documents.target = ?4 AND documents.id = ?1

-- intents.lose_unknown (until, target) each (id) once id
UPDATE documents SET redo_after=CASE WHEN (coalesce(documents.redo_after, 0.0) < ?2) THEN ?2 ELSE coalesce(documents.redo_after, 0.0) END, lost=x'3f' WHERE documents.target = ?3 AND documents.id = ?1

-- intents.settle (target, intent)
DELETE FROM intents WHERE intents.target = ?1 AND intents.number = ?2

-- intents.unsettled (target)
SELECT intents.number, intents.at, intents.kind, intents.documents FROM intents WHERE intents.target = ?1 ORDER BY intents.number

-- leases.end_soon (now, lasts, target, left, holder, reach)
UPDATE leases SET expires_at=CASE WHEN (leases.expires_at > ?1 + ?2) THEN ?1 + ?2 ELSE leases.expires_at END WHERE leases.target = ?3 AND leases.fence = ?4 AND leases.holder = ?5 AND leases.reach = ?6

-- leases.free (target, fence)
UPDATE leases SET expires_at=0.0 WHERE leases.target = ?1 AND leases.fence = ?2

-- leases.held (now)
SELECT leases.target, leases.holder, leases.host, leases.expires_at - ?1 AS anon_1 FROM leases WHERE leases.expires_at > ?1

-- leases.lasting (now)
SELECT leases.target, leases.reach FROM leases WHERE leases.expires_at > ?1

-- leases.renew (now, lasts, target, fence)
UPDATE leases SET expires_at=(?1 + ?2) WHERE leases.target = ?3 AND leases.fence = ?4

-- leases.shorten (now, lasts, target)
UPDATE leases SET expires_at=CASE WHEN (leases.expires_at > ?1 + ?2) THEN ?1 + ?2 ELSE leases.expires_at END WHERE leases.target = ?3 RETURNING holder, host, expires_at - ?1 AS anon_1

-- leases.still (target, fence)
SELECT 1 AS anon_1 FROM leases WHERE leases.target = ?1 AND leases.fence = ?2

-- leases.take (target, holder, host, reach, now, lasts)
INSERT INTO leases (target, fence, holder, host, reach, expires_at) VALUES (?1, 1, ?2, ?3, ?4, (?5 + ?6)) ON CONFLICT (target) DO UPDATE SET fence = (leases.fence + 1), holder = excluded.holder, host = excluded.host, reach = excluded.reach, expires_at = excluded.expires_at WHERE leases.expires_at <= ?5 OR leases.reach = ?4 RETURNING fence

-- members.alone ()
SELECT 1 AS anon_1

-- members.beat (now, doing, waiting, id)
UPDATE members SET seen_at=?1, doing=?2, waiting=?3 WHERE members.id = ?4 AND members.state = 'working'

-- members.everyone (now)
SELECT members.id, members.host, members.state, members.started_at, ?1 - members.seen_at AS anon_1, members.doing, members.waiting FROM members ORDER BY members.state DESC, members.started_at DESC, members.id

-- members.forget (now, after)
DELETE FROM members WHERE members.state != 'working' AND members.seen_at < ?1 - ?2

-- members.forget_takeovers (now, after)
DELETE FROM takeovers WHERE takeovers.at < ?1 - ?2

-- members.give_up (id, at)
UPDATE members SET state='silent' WHERE members.id = ?1 AND members.state = 'working' AND members.seen_at = ?2 RETURNING host

-- members.join (id, host, version, now)
INSERT INTO members (id, host, version, state, started_at, seen_at, doing, waiting) SELECT ?1 AS anon_1, ?2 AS anon_2, ?3 AS anon_3, 'working' AS anon_4, ?4 AS anon_5, ?4 AS anon_6, '[]' AS anon_7, 0 AS anon_8 WHERE 1 = 1

-- members.leave (now, id)
UPDATE members SET state='left', seen_at=?1, doing='[]' WHERE members.id = ?2 AND members.state = 'working'

-- members.left ()
SELECT members.id FROM members WHERE members.state = 'left'

-- members.take (work, member, now)
INSERT INTO takeovers (work, member, at) VALUES (?1, ?2, ?3) ON CONFLICT (work, member) DO NOTHING

-- members.taken (work)
SELECT count(*) AS count_1 FROM takeovers WHERE takeovers.work = ?1

-- members.takeovers (now, since, most)
SELECT takeovers.work, takeovers.member, members.host, takeovers.at FROM takeovers LEFT OUTER JOIN members ON members.id = takeovers.member WHERE takeovers.at >= ?1 - ?2 ORDER BY takeovers.at DESC LIMIT ?3 OFFSET 0

-- members.working ()
SELECT members.id, members.version, members.seen_at FROM members WHERE members.state = 'working' ORDER BY members.started_at, members.id

-- notes.count (source, kind, mark)
SELECT count(*) AS count_1 FROM notes WHERE notes.source = ?1 AND notes.kind = ?2 AND notes.mark = ?3

-- notes.drop (source, kind, mark) each (key) once key
DELETE FROM notes WHERE notes.source = ?2 AND notes.kind = ?3 AND notes.mark = ?4 AND notes."key" = ?1

-- notes.get (source, kind, key)
SELECT notes.value, notes.mark, notes.read_run FROM notes WHERE notes.source = ?1 AND notes.kind = ?2 AND notes."key" = ?3

-- notes.page (source, kind, mark, after, limit)
SELECT notes."key", notes.value FROM notes WHERE notes.source = ?1 AND notes.kind = ?2 AND notes.mark = ?3 AND notes."key" > ?4 ORDER BY notes."key" LIMIT ?5 OFFSET 0

-- notes.put (source, kind, value, mark, read_run) each (key) once key
INSERT INTO notes (source, kind, "key", value, mark, read_run) VALUES (?2, ?3, ?1, ?4, ?5, ?6) ON CONFLICT (source, kind, "key") DO UPDATE SET value = excluded.value, mark = excluded.mark, read_run = excluded.read_run

-- notes.put_first (source, kind, value, mark, read_run) each (key) once key
INSERT INTO notes (source, kind, "key", value, mark, read_run) VALUES (?2, ?3, ?1, ?4, ?5, ?6) ON CONFLICT (source, kind, "key") DO NOTHING

-- orders.about (target, subject)
SELECT orders.id, orders.target, orders.kind, orders.about, orders.subject, orders.title, orders.who, orders.at, orders.because, orders.until, orders.done_at, orders.told, orders.ended_at, orders.ended_by FROM orders WHERE orders.target = ?1 AND orders.subject = ?2 ORDER BY orders.number DESC

-- orders.all (target)
SELECT orders.id, orders.target, orders.kind, orders.about, orders.subject, orders.title, orders.who, orders.at, orders.because, orders.until, orders.done_at, orders.told, orders.ended_at, orders.ended_by FROM orders WHERE orders.target = ?1 ORDER BY orders.number

-- orders.count (target)
SELECT hidden.root, count(*) AS count_1 FROM hidden WHERE hidden.target = ?1 GROUP BY hidden.root

-- orders.count_named (target, word, part, ending, source, kind, reason, any_room, rooms, limit)
SELECT count(*) AS count_1 FROM (SELECT 1 FROM hidden INDEXED BY hidden_called WHERE hidden.target = ?1 AND (?2 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN hidden.title LIKE ?3 ESCAPE '\' ELSE folded(hidden.title) LIKE ?3 ESCAPE '\' END OR hidden.id = ?2 OR hidden.native = ?2) AND (?4 = '' OR CASE WHEN length(CAST(?4 AS BLOB)) = length(?4) THEN hidden.title LIKE ?4 ESCAPE '\' ELSE folded(hidden.title) LIKE ?4 ESCAPE '\' END) AND (?5 = '' OR hidden.source = ?5) AND (?6 = '' OR hidden.kind = ?6) AND (?7 = '' OR ?7 = 'hidden') AND (?8 = 1 OR hidden.room IN (SELECT anon_1.value FROM json_each(?9) AS anon_1)) LIMIT ?10 OFFSET 0) AS first

-- orders.count_within (target, path, end)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.state != 'removed' AND documents.path > ?2 AND documents.path < ?3

-- orders.done (now, told, target, id)
UPDATE orders SET done_at=?1, told=?2 WHERE orders.target = ?3 AND orders.id = ?4

-- orders.doubt (target)
UPDATE hidden SET gone=0 WHERE hidden.target = ?1

-- orders.drop (target) each (id, path, beyond) once id
DELETE FROM hidden WHERE hidden.target = ?4 AND hidden.gone = 1 AND (hidden.id = ?1 OR hidden.path > ?2 AND hidden.path < ?3)

-- orders.drop_of (target, root)
DELETE FROM hidden WHERE hidden.target = ?1 AND hidden.root = ?2

-- orders.drop_shown (target)
DELETE FROM hidden WHERE hidden.target = ?1 AND hidden.gone = 1 AND hidden.id IN (SELECT documents.id FROM documents WHERE documents.target = ?1 AND documents.fingerprint IS NOT NULL AND documents.state != 'removed')

-- orders.drop_unordered (target)
DELETE FROM hidden WHERE hidden.target = ?1 AND (hidden.root NOT IN (SELECT orders.subject FROM orders WHERE orders.target = ?1 AND orders.ended_at IS NULL AND orders.about = 'document' AND orders.kind IN ('forget', 'hide')))

-- orders.end (now, by, target, id)
UPDATE orders SET ended_at=?1, ended_by=?2 WHERE orders.target = ?3 AND orders.id = ?4 AND orders.ended_at IS NULL

-- orders.enter_below (now, target) each (root) once root
WITH RECURSIVE below(id) AS (SELECT top.container AS id FROM documents AS top WHERE top.target = ?3 AND top.container = ?1 UNION SELECT child.id AS id FROM documents AS child JOIN below ON child.container = below.id WHERE child.target = ?3) INSERT INTO hidden (target, id, root, source, native, room, container, kind, title, url, path, at, gone) SELECT documents.target, documents.id, ?1 AS root, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, ?2 AS at, 0 AS gone FROM documents WHERE documents.target = ?3 AND documents.state != 'removed' AND (documents.id = ?1 OR documents.id IN (SELECT below.id FROM below)) ON CONFLICT (target, id) DO UPDATE SET root = excluded.root, source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, path = excluded.path, gone = excluded.gone

-- orders.enter_root (target, now) each (id, title) once id
INSERT INTO hidden (target, id, root, source, native, room, container, kind, title, url, path, at, gone) VALUES (?3, ?1, ?1, '', '', '', '', '', ?2, '', '', ?4, 0) ON CONFLICT (target, id) DO UPDATE SET root = excluded.root, gone = excluded.gone

-- orders.enter_within (now, target, path, end) each (root) once root
INSERT INTO hidden (target, id, root, source, native, room, container, kind, title, url, path, at, gone) SELECT documents.target, documents.id, ?1 AS root, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, ?2 AS at, 0 AS gone FROM documents WHERE documents.target = ?3 AND documents.state != 'removed' AND documents.path >= ?4 AND documents.path < ?5 ON CONFLICT (target, id) DO UPDATE SET root = excluded.root, source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, path = excluded.path, gone = excluded.gone

-- orders.everywhere ()
SELECT orders.id, orders.target, orders.kind, orders.about, orders.subject, orders.title, orders.who, orders.at, orders.because, orders.until, orders.done_at, orders.told, orders.ended_at, orders.ended_by FROM orders ORDER BY orders.number

-- orders.find (target, lower, words)
SELECT hidden.id, hidden.source, hidden.native, hidden.room, hidden.container, hidden.kind, hidden.title, hidden.url, hidden.path, hidden.root, hidden.at, hidden.gone FROM hidden INDEXED BY sqlite_autoindex_hidden_1 WHERE hidden.target = ?1 AND hidden.id IN (SELECT hidden.id FROM hidden INDEXED BY sqlite_autoindex_hidden_1 WHERE hidden.target = ?1 AND hidden.id = ?2 UNION SELECT hidden.id FROM hidden INDEXED BY hidden_native WHERE hidden.target = ?1 AND hidden.native IN (?3, ?2) UNION SELECT hidden.id FROM hidden INDEXED BY hidden_url WHERE hidden.target = ?1 AND hidden.url = ?3 AND hidden.url != '' UNION SELECT hidden.id FROM hidden INDEXED BY hidden_title WHERE hidden.target = ?1 AND lower(?3) = lower(hidden.title))

-- orders.forgotten (target)
SELECT orders.subject FROM orders WHERE orders.target = ?1 AND orders.about = 'person' AND orders.kind = 'forget' AND orders.ended_at IS NULL

-- orders.get (target, id)
SELECT orders.id, orders.target, orders.kind, orders.about, orders.subject, orders.title, orders.who, orders.at, orders.because, orders.until, orders.done_at, orders.told, orders.ended_at, orders.ended_by FROM orders WHERE orders.target = ?1 AND orders.id = ?2

-- orders.kept_out (target, ids, kinds)
SELECT hidden.id FROM hidden WHERE hidden.target = ?1 AND hidden.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND hidden.root IN (SELECT orders.subject FROM orders WHERE orders.target = ?1 AND orders.ended_at IS NULL AND orders.about = 'document' AND orders.kind IN ('forget', 'hide') AND orders.kind IN (SELECT anon_2.value FROM json_each(?3) AS anon_2)) UNION SELECT orders.subject FROM orders WHERE orders.target = ?1 AND orders.ended_at IS NULL AND orders.about = 'document' AND orders.kind IN ('forget', 'hide') AND orders.kind IN (SELECT anon_2.value FROM json_each(?3) AS anon_2) AND orders.subject IN (SELECT anon_3.value FROM json_each(?2) AS anon_3)

-- orders.let_out (target) each (id, path) once id
DELETE FROM hidden WHERE hidden.target = ?3 AND hidden.gone = 0 AND hidden.id = ?1 AND hidden.path = ?2

-- orders.listed_in (target, container)
SELECT hidden.id, hidden.path FROM hidden WHERE hidden.target = ?1 AND hidden.container = ?2

-- orders.meet (target) each (id, root, source, native, room, container, kind, title, url, path, at) once id
INSERT INTO hidden (target, id, root, source, native, room, container, kind, title, url, path, at, gone) VALUES (?12, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0) ON CONFLICT (target, id) DO UPDATE SET root = excluded.root, source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, path = excluded.path, gone = (hidden.gone = 1 AND NOT (EXISTS (SELECT * FROM documents WHERE documents.target = ?12 AND documents.id = ?1 AND documents.state != 'removed')))

-- orders.met_before (target, ids)
SELECT hidden.id, hidden.source, hidden.native, hidden.room, hidden.container, hidden.kind, hidden.title, hidden.url, hidden.path, hidden.root, hidden.at, hidden.gone FROM hidden WHERE hidden.target = ?1 AND hidden.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- orders.note (told, target, id)
UPDATE orders SET told=?1 WHERE orders.target = ?2 AND orders.id = ?3

-- orders.of (target, root, limit)
SELECT hidden.id, hidden.source, hidden.native, hidden.room, hidden.container, hidden.kind, hidden.title, hidden.url, hidden.path, hidden.root, hidden.at, hidden.gone FROM hidden WHERE hidden.target = ?1 AND hidden.root = ?2 ORDER BY hidden.path, hidden.id LIMIT ?3 OFFSET 0

-- orders.page (target, word, part, ending, source, kind, reason, any_room, rooms, path, last, limit)
SELECT hidden.id, hidden.source, hidden.native, hidden.room, hidden.container, hidden.kind, hidden.title, hidden.url, hidden.path, hidden.root, hidden.at, hidden.gone FROM hidden INDEXED BY hidden_called WHERE hidden.target = ?1 AND (?2 = '' OR CASE WHEN length(CAST(?3 AS BLOB)) = length(?3) THEN hidden.title LIKE ?3 ESCAPE '\' ELSE folded(hidden.title) LIKE ?3 ESCAPE '\' END OR hidden.id = ?2 OR hidden.native = ?2) AND (?4 = '' OR CASE WHEN length(CAST(?4 AS BLOB)) = length(?4) THEN hidden.title LIKE ?4 ESCAPE '\' ELSE folded(hidden.title) LIKE ?4 ESCAPE '\' END) AND (?5 = '' OR hidden.source = ?5) AND (?6 = '' OR hidden.kind = ?6) AND (?7 = '' OR ?7 = 'hidden') AND (?8 = 1 OR hidden.room IN (SELECT anon_1.value FROM json_each(?9) AS anon_1)) AND (hidden.path, hidden.id) > (?10, ?11) ORDER BY hidden.path, hidden.id LIMIT ?12 OFFSET 0

-- orders.removed (target) each (id) once id
UPDATE hidden SET gone=1 WHERE hidden.target = ?2 AND hidden.id = ?1

-- orders.standing (target)
SELECT orders.id, orders.target, orders.kind, orders.about, orders.subject, orders.title, orders.who, orders.at, orders.because, orders.until, orders.done_at, orders.told, orders.ended_at, orders.ended_by FROM orders WHERE orders.target = ?1 AND orders.ended_at IS NULL ORDER BY orders.number

-- orders.to_remove (target, besides, limit)
SELECT hidden.id, hidden.source, hidden.native, hidden.room, hidden.container, hidden.kind, hidden.title, hidden.url, hidden.path, hidden.root, hidden.at, hidden.gone FROM hidden WHERE hidden.target = ?1 AND hidden.gone = 0 AND (hidden.id NOT IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)) ORDER BY hidden.path DESC, hidden.id LIMIT ?3 OFFSET 0

-- orders.to_take (target, root)
SELECT hidden.source, count(*) AS count_1 FROM hidden JOIN documents ON documents.target = ?1 AND documents.id = hidden.id WHERE hidden.target = ?1 AND hidden.root = ?2 AND hidden.gone = 0 AND documents.fingerprint IS NOT NULL GROUP BY hidden.source

-- orders.write (target) each (id, kind, about, subject, title, who, because, told, ended_by, at, until, done_at, ended_at) once id
INSERT INTO orders (id, target, kind, about, subject, title, who, at, because, until, done_at, told, ended_at, ended_by) VALUES (?1, ?14, ?2, ?3, ?4, ?5, ?6, ?10, ?7, ?11, ?12, ?8, ?13, ?9) ON CONFLICT (id) DO UPDATE SET ended_at = coalesce(orders.ended_at, excluded.ended_at), ended_by = coalesce(nullif(orders.ended_by, ''), excluded.ended_by)

-- pending_audiences.any_naming (identities)
SELECT 1 FROM audiences WHERE EXISTS (SELECT anon_1.value FROM json_each(audiences.identities) AS anon_1 WHERE anon_1.value IN (SELECT anon_2.value FROM json_each(?1) AS anon_2)) LIMIT 1 OFFSET 0

-- pending_audiences.any_narrowing (target)
SELECT 1 FROM narrowings WHERE narrowings.target = ?1 LIMIT 1 OFFSET 0

-- pending_audiences.any_public ()
SELECT 1 FROM audiences WHERE audiences.public = 1 LIMIT 1 OFFSET 0

-- pending_audiences.any_widening (target)
SELECT 1 FROM widenings WHERE widenings.target = ?1 LIMIT 1 OFFSET 0

-- pending_audiences.approve (target, run)
UPDATE widenings SET state='approved' WHERE widenings.target = ?1 AND widenings.state = 'held' AND widenings.run <= ?2

-- pending_audiences.audience (digest)
SELECT audiences.identities, audiences.public FROM audiences WHERE audiences.digest = ?1

-- pending_audiences.begin_narrowings (target)
DELETE FROM narrowings WHERE narrowings.target = ?1 AND ((narrowings.how NOT IN ('narrow', 'replace', 'empty')) OR NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = narrowings.target AND d.id = narrowings.id AND d.audience != narrowings.audience AND d.audience != x'168b318cb1f390f5' AND d.state != 'removed' AND NOT (d.state = 'held' AND d.held_why LIKE 'audience-%') AND d.fingerprint IS NOT NULL)))

-- pending_audiences.below (target, last, end, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, d.audience, b.body, b.text, b.text_key, d.without_text, b.hidden FROM documents AS d JOIN bodies AS b ON b.document = d.number WHERE d.target = ?1 AND d.path > ?2 AND d.path < ?3 AND d.audience IS NOT NULL AND d.state != 'removed' ORDER BY d.path LIMIT ?4 OFFSET 0

-- pending_audiences.closing (target, source)
SELECT d.native FROM narrowings JOIN documents AS d ON d.target = narrowings.target AND d.id = narrowings.id JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = narrowings.audience WHERE narrowings.target = ?1 AND d.source = ?2 AND h.public = 1 AND w.public = 0

-- pending_audiences.confirmed (target, ids)
SELECT documents.id, documents.audience FROM documents WHERE documents.target = ?1 AND documents.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND documents.audience IS NOT NULL AND documents.state != 'removed'

-- pending_audiences.containers (target, ids)
SELECT d.id, d.native, coalesce(w.public, h.public, 0) AS coalesce_1 FROM documents AS d LEFT OUTER JOIN audiences AS h ON h.digest = d.audience LEFT OUTER JOIN narrowings ON narrowings.target = d.target AND narrowings.id = d.id LEFT OUTER JOIN audiences AS w ON w.digest = narrowings.audience WHERE d.target = ?1 AND d.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) UNION ALL SELECT q.id, q.native, 0 AS anon_2 FROM quarantine AS q WHERE q.target = ?1 AND q.id IN (SELECT anon_3.value FROM json_each(?2) AS anon_3) AND NOT (EXISTS (SELECT * FROM documents WHERE documents.target = ?1 AND documents.id = q.id))

-- pending_audiences.count_held (target, run)
SELECT count(*) AS count_1 FROM widenings WHERE widenings.target = ?1 AND widenings.state = 'held' AND widenings.run <= ?2

-- pending_audiences.count_narrowings (target)
SELECT counted.how, counted.source, counted.room, count(*) AS count_1 FROM (SELECT n.how AS how, d.source AS source, d.room AS room FROM narrowings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id WHERE n.target = ?1 AND NOT (d.state = 'held' AND d.held_why = 'audience-lost') ORDER BY n.id) AS counted GROUP BY counted.how, counted.source, counted.room

-- pending_audiences.drop_narrowings (target, ids)
DELETE FROM narrowings WHERE narrowings.target = ?1 AND narrowings.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- pending_audiences.drop_narrowings_in (target, source, room)
DELETE FROM narrowings WHERE narrowings.target = ?1 AND narrowings.id IN (SELECT documents.id FROM documents WHERE documents.target = ?1 AND documents.source = ?2 AND documents.room = ?3)

-- pending_audiences.drop_widenings (target, run)
DELETE FROM widenings WHERE widenings.target = ?1 AND (widenings.seen_run < ?2 AND (EXISTS (SELECT * FROM documents AS d, rooms WHERE d.target = widenings.target AND d.id = widenings.id AND rooms.target = d.target AND rooms.source = d.source AND rooms."key" = d.room AND rooms.complete_run = ?2)) OR NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = widenings.target AND d.id = widenings.id AND d.state != 'removed')))

-- pending_audiences.emptied (target)
SELECT d.source, d.room, count(*) AS count_1 FROM documents AS d INDEXED BY sqlite_autoindex_documents_1 WHERE d.target = ?1 AND d.id IN (SELECT narrowings.id FROM narrowings WHERE narrowings.target = ?1 AND narrowings.how = 'empty') AND (EXISTS (SELECT * FROM narrowings AS n WHERE n.target = d.target AND n.id = d.id AND n.audience != d.audience)) AND d.state != 'removed' AND NOT (d.state = 'held' AND d.held_why = 'audience-lost') GROUP BY d.source, d.room

-- pending_audiences.empties (target, how)
SELECT n.id, n.audience FROM narrowings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id WHERE n.target = ?1 AND n.how = ?2 AND (d.state IN ('live', 'new') OR d.state = 'held' AND d.held_why NOT LIKE 'audience-%') ORDER BY n.id

-- pending_audiences.forget_names (target, ids)
DELETE FROM narrowings WHERE narrowings.target = ?1 AND narrowings.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND narrowings.how = 'gains-name'

-- pending_audiences.forget_narrowed_before (target)
DELETE FROM narrowings WHERE narrowings.target = ?1 AND (EXISTS (SELECT * FROM widenings JOIN documents AS d ON d.target = widenings.target AND d.id = widenings.id WHERE widenings.target = narrowings.target AND widenings.id = narrowings.id AND d.audience = widenings.audience))

-- pending_audiences.forget_widenings (target)
DELETE FROM widenings WHERE widenings.target = ?1 AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = widenings.target AND d.id = widenings.id AND d.audience = widenings.audience))

-- pending_audiences.fresh_widenings (target, run)
SELECT count(*) AS count_1 FROM widenings WHERE widenings.target = ?1 AND widenings.seen_run = ?2 AND widenings.state = 'pending' AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = widenings.target AND d.id = widenings.id AND d.version = widenings.version))

-- pending_audiences.have_again (target) each (id, audience) once id
UPDATE documents SET version=NULL, fingerprint=x'616761696e', audience=?2 WHERE documents.target = ?3 AND documents.id = ?1 AND documents.state IN ('live', 'held')

-- pending_audiences.held (target, run, limit)
SELECT w.id, d.title, w.kept FROM widenings AS w JOIN documents AS d ON d.target = w.target AND d.id = w.id WHERE w.target = ?1 AND w.state = 'held' AND w.run <= ?2 ORDER BY w.id LIMIT ?3 OFFSET 0

-- pending_audiences.held_counts (target)
SELECT count(*) AS count_1, coalesce(sum(CASE WHEN widenings.kept THEN 0 ELSE 1 END), 0) AS coalesce_1 FROM widenings WHERE widenings.target = ?1 AND widenings.state = 'held'

-- pending_audiences.hold_widenings (target, run)
UPDATE widenings SET state='held' WHERE widenings.target = ?1 AND widenings.seen_run = ?2 AND widenings.state = 'pending' AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = widenings.target AND d.id = widenings.id AND d.version = widenings.version))

-- pending_audiences.keep (target, run)
UPDATE widenings SET kept=1 WHERE widenings.target = ?1 AND widenings.state = 'held' AND widenings.run <= ?2

-- pending_audiences.lists_of_held (target)
SELECT DISTINCT d.held_note, n.audience FROM narrowings AS n JOIN documents AS d INDEXED BY documents_held ON d.target = n.target AND d.id = n.id WHERE d.target = ?1 AND d.held_run IS NOT NULL AND d.state = 'held' AND d.held_why = 'audience-lost' AND n.how IN ('narrow', 'replace', 'empty')

-- pending_audiences.lost (target, id)
SELECT 1 FROM narrowings WHERE narrowings.target = ?1 AND narrowings.id = ?2 AND narrowings.how IN ('empty', 'expired', 'replace')

-- pending_audiences.naming (target, last, source, identities, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, d.audience, b.body, b.text, b.text_key, d.without_text, b.hidden FROM documents AS d JOIN bodies AS b ON b.document = d.number WHERE d.target = ?1 AND d.path > ?2 AND d.source = ?3 AND d.audience IN (SELECT audiences.digest FROM audiences WHERE EXISTS (SELECT anon_1.value FROM json_each(audiences.identities) AS anon_1 WHERE anon_1.value IN (SELECT anon_2.value FROM json_each(?4) AS anon_2))) AND d.state != 'removed' ORDER BY d.path LIMIT ?5 OFFSET 0

-- pending_audiences.narrow (target) each (id, audience, how) once id
INSERT INTO narrowings (target, id, audience, how) VALUES (?4, ?1, ?2, ?3) ON CONFLICT (target, id) DO UPDATE SET audience = excluded.audience, how = excluded.how

-- pending_audiences.narrow_met (target) each (id, audience, how, container, before, room, room_before) once id
INSERT INTO narrowings (target, id, audience, how) SELECT ?8 AS target, ?1 AS id, ?2 AS audience, ?3 AS how FROM documents WHERE documents.target = ?8 AND documents.id = ?1 AND documents.container IN (?4, ?5) AND documents.room IN (?6, ?7) ON CONFLICT (target, id) DO UPDATE SET audience = excluded.audience, how = excluded.how

-- pending_audiences.narrow_room (audience, how, target, source, room, had)
INSERT INTO narrowings (target, id, audience, how) SELECT documents.target, documents.id, ?1 AS anon_1, ?2 AS anon_2 FROM documents WHERE documents.target = ?3 AND documents.source = ?4 AND documents.room = ?5 AND documents.audience = ?6 AND documents.state != 'removed' ON CONFLICT (target, id) DO NOTHING

-- pending_audiences.narrowings (target, how, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden, h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM narrowings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id LEFT OUTER JOIN bodies AS b ON b.document = d.number JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = n.audience WHERE n.target = ?1 AND n.how = ?2 AND NOT (d.state = 'held' AND d.held_why = 'audience-lost') AND d.state != 'removed' AND (d.path > ?3 OR d.path = ?3 AND d.id > ?4) ORDER BY d.path, d.id LIMIT ?5 OFFSET 0

-- pending_audiences.note_names (target) each (id, audience, how) once id
INSERT INTO narrowings (target, id, audience, how) VALUES (?4, ?1, ?2, ?3) ON CONFLICT (target, id) DO NOTHING

-- pending_audiences.paths_of (target, source, natives)
SELECT documents.id, documents.path FROM documents WHERE documents.target = ?1 AND documents.source = ?2 AND documents.native IN (SELECT anon_1.value FROM json_each(?3) AS anon_1) AND documents.path != '' UNION ALL SELECT documents.container, documents.path FROM documents WHERE documents.target = ?1 AND documents.container IN (SELECT q.id FROM quarantine AS q WHERE q.target = ?1 AND q.source = ?2 AND q.native IN (SELECT anon_2.value FROM json_each(?3) AS anon_2)) AND documents.path != ''

-- pending_audiences.refused (target, now, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden, h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM narrowings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id LEFT OUTER JOIN bodies AS b ON b.document = d.number JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = n.audience WHERE n.target = ?1 AND n.how != 'expired' AND n.audience != d.audience AND NOT (d.state = 'held' AND d.held_why = 'audience-lost') AND (d.redo_after IS NULL OR d.lost = d.fingerprint OR d.redo_after <= ?2) AND (EXISTS (SELECT * FROM quarantine WHERE quarantine.target = d.target AND quarantine.id = d.id AND quarantine.reason = 'refused')) AND d.state != 'removed' AND (d.path > ?3 OR d.path = ?3 AND d.id > ?4) ORDER BY d.path, d.id LIMIT ?5 OFFSET 0

-- pending_audiences.release_accepted (target, refused)
UPDATE documents INDEXED BY documents_held SET state='live', held_run=NULL, held_why='', kept=0 WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.held_why = 'audience-refused' AND (EXISTS (SELECT * FROM narrowings WHERE narrowings.target = documents.target AND narrowings.id = documents.id)) AND (documents.id NOT IN (SELECT anon_1.value FROM json_each(?2) AS anon_1))
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents INDEXED BY documents_held WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.held_why = 'audience-refused' AND (EXISTS (SELECT * FROM narrowings WHERE narrowings.target = documents.target AND narrowings.id = documents.id)) AND (documents.id NOT IN (SELECT anon_2.value FROM json_each(?2) AS anon_2)) AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- pending_audiences.release_found (target, source, room)
UPDATE documents INDEXED BY documents_held SET state='live', held_run=NULL, held_why='', kept=0 WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = ?2 AND documents.room = ?3 AND documents.held_why LIKE 'audience-%' AND (documents.id NOT IN (SELECT narrowings.id FROM narrowings WHERE narrowings.target = ?1 AND (narrowings.how IN ('empty', 'expired', 'replace') OR documents.held_why = 'audience-refused')))
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents INDEXED BY documents_held WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = ?2 AND documents.room = ?3 AND documents.held_why LIKE 'audience-%' AND (documents.id NOT IN (SELECT narrowings.id FROM narrowings WHERE narrowings.target = ?1 AND (narrowings.how IN ('empty', 'expired', 'replace') OR documents.held_why = 'audience-refused'))) AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- pending_audiences.release_of_list (target, note, audience)
UPDATE documents INDEXED BY documents_held SET state='live', held_run=NULL, held_why='', kept=0 WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.held_why = 'audience-lost' AND documents.held_note = ?2 AND (EXISTS (SELECT * FROM narrowings WHERE narrowings.target = documents.target AND narrowings.id = documents.id AND narrowings.audience = ?3 AND narrowings.how IN ('narrow', 'replace', 'empty')))
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents INDEXED BY documents_held WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.held_why = 'audience-lost' AND documents.held_note = ?2 AND (EXISTS (SELECT * FROM narrowings WHERE narrowings.target = documents.target AND narrowings.id = documents.id AND narrowings.audience = ?3 AND narrowings.how IN ('narrow', 'replace', 'empty'))) AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- pending_audiences.still_public (target, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden, h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM narrowings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id LEFT OUTER JOIN bodies AS b ON b.document = d.number JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = n.audience WHERE n.target = ?1 AND n.how IN ('empty', 'expired', 'replace') AND d.audience IN (SELECT audiences.digest FROM audiences WHERE audiences.public = 1) AND d.state != 'removed' AND (d.path > ?2 OR d.path = ?2 AND d.id > ?3) ORDER BY d.path, d.id LIMIT ?4 OFFSET 0

-- pending_audiences.take_back_emptied (target, ids)
DELETE FROM narrowings WHERE narrowings.target = ?1 AND narrowings.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND narrowings.how = 'empty'

-- pending_audiences.take_back_emptied_below (target, container)
WITH RECURSIVE below(id) AS (SELECT top.id AS id FROM documents AS top WHERE top.target = ?1 AND top.container = ?2 UNION SELECT child.id AS id FROM documents AS child JOIN below ON child.container = below.id WHERE child.target = ?1) DELETE FROM narrowings WHERE narrowings.target = ?1 AND narrowings.how = 'empty' AND narrowings.id IN (SELECT below.id FROM below)

-- pending_audiences.take_back_widenings (target, ids, run)
UPDATE widenings SET seen_run=0 WHERE widenings.target = ?1 AND widenings.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND widenings.seen_run = ?3

-- pending_audiences.take_back_widenings_below (target, run, container)
WITH RECURSIVE below(id) AS (SELECT top.id AS id FROM documents AS top WHERE top.target = ?1 AND top.container = ?3 UNION SELECT child.id AS id FROM documents AS child JOIN below ON child.container = below.id WHERE child.target = ?1) UPDATE widenings SET seen_run=0 WHERE widenings.target = ?1 AND widenings.seen_run = ?2 AND widenings.id IN (SELECT below.id FROM below)

-- pending_audiences.unclear (target, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden, h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM widenings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id LEFT OUTER JOIN bodies AS b ON b.document = d.number JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = n.audience WHERE n.target = ?1 AND d.redo_after IS NOT NULL AND d.state IN ('live', 'held') AND (d.lost IS NULL OR d.lost != x'' AND d.lost != d.fingerprint) AND (d.state = 'held' AND d.held_why = 'audience-lost' OR NOT (EXISTS (SELECT * FROM narrowings WHERE narrowings.target = d.target AND narrowings.id = d.id AND narrowings.how IN ('narrow', 'replace', 'empty')))) AND d.state != 'removed' AND (d.path > ?2 OR d.path = ?2 AND d.id > ?3) ORDER BY d.path, d.id LIMIT ?4 OFFSET 0

-- pending_audiences.unsent (target)
SELECT DISTINCT h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM narrowings JOIN documents AS d ON d.target = narrowings.target AND d.id = narrowings.id AND d.audience != narrowings.audience AND d.audience != x'168b318cb1f390f5' AND d.state != 'removed' AND NOT (d.state = 'held' AND d.held_why LIKE 'audience-%') JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = narrowings.audience WHERE narrowings.target = ?1 AND narrowings.how IN ('narrow', 'replace', 'empty') AND NOT (EXISTS (SELECT * FROM quarantine WHERE quarantine.target = narrowings.target AND quarantine.id = narrowings.id AND quarantine.reason = 'refused'))

-- pending_audiences.waiting (target, id)
SELECT widenings.audience, widenings.state, widenings.kept, widenings.run FROM widenings WHERE widenings.target = ?1 AND widenings.id = ?2

-- pending_audiences.widen (target, run) each (id, audience) once id
INSERT INTO widenings (target, id, audience, run, seen_run, state, kept, version) VALUES (?3, ?1, ?2, ?4, ?4, 'pending', 0, (SELECT documents.version FROM documents WHERE documents.target = ?3 AND documents.id = ?1)) ON CONFLICT (target, id) DO UPDATE SET audience = excluded.audience, run = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.run ELSE excluded.run END, seen_run = excluded.seen_run, state = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.state ELSE 'pending' END, kept = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.kept ELSE 0 END, version = excluded.version

-- pending_audiences.widen_met (target, run) each (id, audience, version, container, before, room, room_before) once id
INSERT INTO widenings (target, id, audience, version, run, seen_run, state, kept) SELECT ?8 AS target, ?1 AS id, ?2 AS audience, ?3 AS version, ?9 AS run, ?9 AS seen_run, 'pending' AS state, 0 AS kept FROM documents WHERE documents.target = ?8 AND documents.id = ?1 AND documents.container IN (?4, ?5) AND documents.room IN (?6, ?7) ON CONFLICT (target, id) DO UPDATE SET audience = excluded.audience, run = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.run ELSE excluded.run END, seen_run = excluded.seen_run, state = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.state ELSE 'pending' END, kept = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.kept ELSE 0 END, version = excluded.version

-- pending_audiences.widenings (target, run, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden, h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM widenings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id LEFT OUTER JOIN bodies AS b ON b.document = d.number JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = n.audience WHERE n.target = ?1 AND n.seen_run = ?2 AND n.state IN ('pending', 'approved') AND d.version = n.version AND d.state != 'removed' AND (d.path > ?3 OR d.path = ?3 AND d.id > ?4) ORDER BY d.path, d.id LIMIT ?5 OFFSET 0

-- presence.answers (target, id)
UPDATE documents SET gone_run=NULL WHERE documents.target = ?1 AND documents.id = ?2

-- presence.any_missing (target)
SELECT 1 FROM documents WHERE documents.target = ?1 AND documents.missing_run IS NOT NULL LIMIT 1 OFFSET 0

-- presence.count_held (target, run)
SELECT count(*) AS count_1 FROM documents INDEXED BY documents_held WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.held_run <= ?2

-- presence.count_missing (target, source, run)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.source = ?2 AND documents.missing_run IS NOT NULL AND documents.state IN ('live', 'new') AND documents.room IN (SELECT rooms."key" FROM rooms WHERE rooms.target = ?1 AND rooms.source = ?2 AND rooms.complete_run = ?3)

-- presence.count_missing_again (target, source, run)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.source = ?2 AND documents.missing_run IS NOT NULL AND documents.state IN ('live', 'new') AND documents.room IN (SELECT rooms."key" FROM rooms WHERE rooms.target = ?1 AND rooms.source = ?2 AND rooms.complete_run = ?3) AND documents.gone_run < ?3

-- presence.first_held (target, run, limit)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents INDEXED BY documents_held WHERE documents.target = ?1 AND documents.held_run <= ?2 AND coalesce(documents.state, '') = 'held' ORDER BY documents.held_run DESC, documents.held_why DESC, documents.state DESC, documents.kept DESC, documents.number DESC LIMIT ?3 OFFSET 0

-- presence.forget_absences (target, source)
UPDATE documents SET lacked_run=NULL, gone_run=NULL WHERE documents.target = ?1 AND documents.source = ?2 AND documents.missing_run IS NOT NULL AND (documents.lacked_run IS NOT NULL OR documents.gone_run IS NOT NULL)

-- presence.found (target) each (id, container, room, also) once id
UPDATE documents SET room=?3, container=?2, state=CASE WHEN (documents.state = 'held' AND documents.held_why NOT LIKE 'audience-%') THEN 'live' ELSE documents.state END, missing_run=NULL, missing_why='', noted_run=NULL, lacked_run=NULL, gone_run=NULL, also=CASE WHEN (?4 != '' OR documents.container != ?2) THEN ?4 ELSE documents.also END, held_run=CASE WHEN (documents.held_why LIKE 'audience-%') THEN documents.held_run ELSE NULL END, held_why=CASE WHEN (documents.held_why LIKE 'audience-%') THEN documents.held_why ELSE '' END, kept=(documents.kept = 1 AND documents.held_why LIKE 'audience-%') WHERE documents.target = ?5 AND documents.id = ?1
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents WHERE documents.target = ?5 AND documents.id = ?1 AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- presence.gone (run, target) each (id) once id
UPDATE documents SET gone_run=coalesce(documents.gone_run, ?2) WHERE documents.target = ?3 AND documents.id = ?1

-- presence.held (target, run, limit)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents INDEXED BY documents_held WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.held_run <= ?2 ORDER BY documents.path, documents.id LIMIT ?3 OFFSET 0

-- presence.held_counts (target)
SELECT documents.held_why, documents.kept, count(*) AS count_1 FROM documents WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' GROUP BY documents.held_why, documents.kept

-- presence.hold (run, note, target) each (id, why) once id
UPDATE documents SET state='held', held_run=CASE WHEN (?2 = 'audience-lost' AND documents.held_why != '' AND documents.held_why NOT LIKE 'audience-%') THEN ?3 ELSE coalesce(documents.held_run, ?3) END, held_why=?2, held_note=?4, kept=(documents.kept = 1 AND NOT (?2 = 'audience-lost' AND documents.held_why != '' AND documents.held_why NOT LIKE 'audience-%')) WHERE documents.target = ?5 AND documents.id = ?1
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents WHERE documents.target = ?5 AND documents.id = ?1 AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- presence.hold_below (run, why, target, container)
WITH RECURSIVE below(id) AS (SELECT top.id AS id FROM documents AS top WHERE top.target = ?3 AND top.container = ?4 UNION SELECT child.id AS id FROM documents AS child JOIN below ON child.container = below.id WHERE child.target = ?3) UPDATE documents SET state='held', held_run=coalesce(documents.held_run, ?1), held_why=?2, held_note='' WHERE documents.target = ?3 AND documents.id IN (SELECT below.id FROM below) AND documents.state IN ('live', 'new')
-- and before that
WITH RECURSIVE below(id) AS (SELECT top.id AS id FROM documents AS top WHERE top.target = ?3 AND top.container = ?4 UNION SELECT child.id AS id FROM documents AS child JOIN below ON child.container = below.id WHERE child.target = ?3) INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents WHERE documents.target = ?3 AND documents.id IN (SELECT below.id FROM below) AND documents.state IN ('live', 'new') AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- presence.hold_room (run, why, target, source, room)
UPDATE documents SET state='held', held_run=?1, held_why=?2, held_note='', kept=0 WHERE documents.target = ?3 AND documents.source = ?4 AND (documents.state IN ('live', 'new') OR documents.state = 'held' AND documents.held_why LIKE 'audience-%') AND documents.room = ?5
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents WHERE documents.target = ?3 AND documents.source = ?4 AND (documents.state IN ('live', 'new') OR documents.state = 'held' AND documents.held_why LIKE 'audience-%') AND documents.room = ?5 AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- presence.hold_source (run, why, target, source)
UPDATE documents SET state='held', held_run=?1, held_why=?2, held_note='', kept=0 WHERE documents.target = ?3 AND documents.source = ?4 AND (documents.state IN ('live', 'new') OR documents.state = 'held' AND documents.held_why LIKE 'audience-%')
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents WHERE documents.target = ?3 AND documents.source = ?4 AND (documents.state IN ('live', 'new') OR documents.state = 'held' AND documents.held_why LIKE 'audience-%') AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- presence.is_container (target, id)
SELECT (EXISTS (SELECT * FROM containers WHERE containers.target = ?1 AND containers.id = ?2)) OR (EXISTS (SELECT * FROM documents WHERE documents.target = ?1 AND documents.container = ?2)) AS anon_1

-- presence.is_witness (target, id, run)
SELECT 1 FROM containers WHERE containers.target = ?1 AND containers.id = ?2 AND containers.seen_run = ?3 AND containers.unsteady = 0

-- presence.keep (target, run)
UPDATE documents SET kept=1 WHERE documents.target = ?1 AND documents.state = 'held' AND documents.held_run <= ?2

-- presence.listings_by_room (target, source)
SELECT containers.room, count(*) AS count_1 FROM containers WHERE containers.target = ?1 AND containers.source = ?2 AND length(containers.proven) > 0 GROUP BY containers.room

-- presence.miss (run, why, target, container, room) each (id) once id
UPDATE documents SET missing_run=coalesce(documents.missing_run, ?2), missing_why=?3, noted_run=?2 WHERE documents.target = ?4 AND documents.id = ?1 AND (?5 = '' OR documents.container = ?5) AND (?6 = '' OR documents.room = ?6)

-- presence.miss_below (run, why, target, container)
WITH RECURSIVE below(id) AS (SELECT top.id AS id FROM documents AS top WHERE top.target = ?3 AND top.container = ?4 UNION SELECT child.id AS id FROM documents AS child JOIN below ON child.container = below.id WHERE child.target = ?3) UPDATE documents SET missing_run=coalesce(documents.missing_run, ?1), missing_why=?2, noted_run=?1 WHERE documents.target = ?3 AND documents.id IN (SELECT below.id FROM below) AND documents.state != 'removed'

-- presence.miss_unlisted (run, target, source)
UPDATE documents INDEXED BY documents_room SET missing_run=?1, missing_why='absent', noted_run=?1 WHERE documents.target = ?2 AND documents.source = ?3 AND documents.container != '' AND documents.state IN ('live', 'new', 'held') AND documents.missing_run IS NULL AND documents.room IN (SELECT rooms."key" FROM rooms WHERE rooms.target = ?2 AND rooms.source = ?3 AND rooms.complete_run = ?1) AND (documents.container NOT IN (SELECT containers.id FROM containers WHERE containers.target = ?2 AND containers.source = ?3 AND containers.seen_run = ?1))

-- presence.miss_with_witness (run, why, target, container, room) each (id) once id
UPDATE documents SET missing_run=coalesce(documents.missing_run, ?2), missing_why=?3, noted_run=?2, lacked_run=coalesce(documents.lacked_run, ?2) WHERE documents.target = ?4 AND documents.id = ?1 AND (?5 = '' OR documents.container = ?5) AND (?6 = '' OR documents.room = ?6)

-- presence.missing (target, source, run, path, last, chunk)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents WHERE documents.target = ?1 AND documents.source = ?2 AND documents.missing_run IS NOT NULL AND documents.state IN ('live', 'new') AND documents.room IN (SELECT rooms."key" FROM rooms WHERE rooms.target = ?1 AND rooms.source = ?2 AND rooms.complete_run = ?3) AND (documents.path > ?4 OR documents.path = ?4 AND documents.id > ?5) ORDER BY documents.path, documents.id LIMIT ?6 OFFSET 0

-- presence.path_of (target, id)
SELECT documents.path FROM documents WHERE documents.target = ?1 AND documents.id = ?2

-- presence.proven (target, id)
SELECT containers.proven FROM containers WHERE containers.target = ?1 AND containers.id = ?2

-- presence.proven_of (target, ids)
SELECT containers.id, containers.proven FROM containers WHERE containers.target = ?1 AND containers.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- presence.release (target, source, why)
UPDATE documents INDEXED BY documents_held SET state='live', held_run=NULL, held_why='', held_note='' WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = ?2 AND documents.held_why = ?3 AND documents.kept = 0
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents INDEXED BY documents_held WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = ?2 AND documents.held_why = ?3 AND documents.kept = 0 AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- presence.release_room (target, source, room)
UPDATE documents INDEXED BY documents_held SET state='live', missing_run=NULL, missing_why='', noted_run=NULL, lacked_run=NULL, gone_run=NULL, held_run=NULL, held_why='', kept=0 WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = ?2 AND documents.room = ?3 AND documents.held_why LIKE 'room-%'
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents INDEXED BY documents_held WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = ?2 AND documents.room = ?3 AND documents.held_why LIKE 'room-%' AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- presence.release_source (target, source)
UPDATE documents INDEXED BY documents_held SET state='live', missing_run=NULL, missing_why='', noted_run=NULL, lacked_run=NULL, gone_run=NULL, held_run=NULL, held_why='', kept=0 WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = ?2 AND documents.held_why = 'source-removed'
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents INDEXED BY documents_held WHERE documents.target = ?1 AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = ?2 AND documents.held_why = 'source-removed' AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- presence.see_containers (target) each (id, source, room, run, proven, unsteady, told, told_count, told_from, told_to) once id
INSERT INTO containers (target, id, source, room, seen_run, proven, unsteady, told, told_count, told_from, told_to) VALUES (?11, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (target, id) DO UPDATE SET room = excluded.room, seen_run = excluded.seen_run, proven = excluded.proven, unsteady = excluded.unsteady, told = excluded.told, told_count = excluded.told_count, told_from = excluded.told_from, told_to = excluded.told_to

-- presence.seen_now (target, ids, run)
SELECT containers.id FROM containers WHERE containers.target = ?1 AND containers.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND containers.seen_run = ?3

-- presence.siblings (target, container, kind, besides)
SELECT documents.id, documents.title FROM documents WHERE documents.target = ?1 AND documents.container = ?2 AND documents.kind = ?3 AND documents.id != ?4 AND documents.state = 'live' AND documents.missing_run IS NULL

-- presence.told_of (source, target, ids)
SELECT containers.id, CASE WHEN (containers.source = ?1 AND containers.told_count > 0 AND containers.told_count = (SELECT CASE WHEN (count(*) = sum(CASE WHEN (documents.state = 'live' AND documents.fingerprint IS NOT NULL AND documents.version != x'' AND (documents.redo_after IS NULL OR documents.lost = documents.fingerprint) AND documents.missing_run IS NULL AND documents.also = '' AND documents.kept = 0 AND documents.pushed_run BETWEEN containers.told_from AND containers.told_to AND NOT (EXISTS (SELECT * FROM quarantine WHERE quarantine.target = documents.target AND quarantine.id = documents.id))) THEN 1 ELSE 0 END)) THEN count(*) END AS anon_2 FROM documents INDEXED BY documents_container WHERE documents.target = containers.target AND documents.container = containers.id AND coalesce(documents.source, '') = containers.source AND documents.state != 'removed')) THEN containers.told ELSE NULL END AS anon_1, containers.proven FROM containers WHERE containers.target = ?2 AND containers.id IN (SELECT anon_3.value FROM json_each(?3) AS anon_3)

-- presence.within (target, path, end)
SELECT documents.id FROM documents WHERE documents.target = ?1 AND documents.path > ?2 AND documents.path < ?3 AND documents.state != 'removed'

-- pushes.confirm (target, pushed_run, pushed_at, session_run, backfill, again) each (id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text) once id
INSERT INTO documents (target, id, source, native, room, container, kind, title, url, path, state, version, fingerprint, audience, rules, pushed_run, pushed_at, session_run, backfill, delta_run, missing_why, also, held_why, held_note, kept, without_text) VALUES (?15, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'live', ?10, ?11, ?12, ?13, ?16, ?17, ?18, ?19, CASE WHEN (?18 = 0 AND ?19 = 0) THEN ?16 END, '', '', '', '', 0, ?14) ON CONFLICT (target, id) DO UPDATE SET state = CASE WHEN (documents.state = 'held' AND documents.held_why LIKE 'audience-%') THEN 'held' ELSE 'live' END, version = excluded.version, fingerprint = excluded.fingerprint, audience = excluded.audience, rules = excluded.rules, pushed_run = excluded.pushed_run, pushed_at = excluded.pushed_at, session_run = excluded.session_run, backfill = excluded.backfill, delta_run = excluded.delta_run, missing_run = NULL, missing_why = '', lacked_run = NULL, gone_run = NULL, held_run = CASE WHEN (documents.held_why LIKE 'audience-%') THEN documents.held_run ELSE NULL END, held_why = CASE WHEN (documents.held_why LIKE 'audience-%') THEN documents.held_why ELSE '' END, kept = CASE WHEN (documents.held_why LIKE 'audience-%') THEN documents.kept ELSE 0 END, redo_after = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = x'21')) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN ?20 ELSE documents.redo_after END, lost = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = x'21')) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN x'21' ELSE documents.lost END, without_text = excluded.without_text

-- pushes.confirm_again (pushed_run, pushed_at, session_run, backfill, again, target) each (id, version, fingerprint, audience, rules, without_text) once id
UPDATE documents SET state=CASE WHEN (documents.state = 'held' AND documents.held_why LIKE 'audience-%') THEN 'held' ELSE 'live' END, version=?2, fingerprint=?3, audience=?4, rules=?5, pushed_run=?7, pushed_at=?8, session_run=?9, backfill=?10, delta_run=CASE WHEN (?9 = 0 AND ?10 = 0) THEN ?7 END, missing_run=NULL, missing_why='', lacked_run=NULL, gone_run=NULL, held_run=CASE WHEN (documents.held_why LIKE 'audience-%') THEN documents.held_run ELSE NULL END, held_why=CASE WHEN (documents.held_why LIKE 'audience-%') THEN documents.held_why ELSE '' END, kept=CASE WHEN (documents.held_why LIKE 'audience-%') THEN documents.kept ELSE 0 END, redo_after=CASE WHEN (documents.redo_after <= ?8 AND (documents.lost = ?3 OR documents.lost = x'21')) THEN NULL WHEN (documents.redo_after <= ?8) THEN ?11 ELSE documents.redo_after END, lost=CASE WHEN (documents.redo_after <= ?8 AND (documents.lost = ?3 OR documents.lost = x'21')) THEN NULL WHEN (documents.redo_after <= ?8) THEN x'21' ELSE documents.lost END, without_text=?6 WHERE documents.target = ?12 AND documents.id = ?1

-- pushes.confirm_altered (target, pushed_run, pushed_at, session_run, backfill, again) each (id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text) once id
INSERT INTO documents (target, id, source, native, room, container, kind, title, url, path, state, version, fingerprint, audience, rules, pushed_run, pushed_at, session_run, backfill, delta_run, missing_why, also, held_why, held_note, kept, without_text) VALUES (?15, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'live', ?10, ?11, ?12, ?13, ?16, ?17, ?18, ?19, CASE WHEN (?18 = 0 AND ?19 = 0) THEN ?16 END, '', '', '', '', 0, ?14) ON CONFLICT (target, id) DO UPDATE SET source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, path = excluded.path, state = CASE WHEN (documents.state = 'held' AND documents.held_why LIKE 'audience-%') THEN 'held' ELSE 'live' END, version = excluded.version, fingerprint = excluded.fingerprint, audience = excluded.audience, rules = excluded.rules, pushed_run = excluded.pushed_run, pushed_at = excluded.pushed_at, session_run = excluded.session_run, backfill = excluded.backfill, delta_run = excluded.delta_run, missing_run = NULL, missing_why = '', lacked_run = NULL, gone_run = NULL, also = CASE WHEN (documents.container = excluded.container) THEN documents.also WHEN (documents.pushed_run = excluded.pushed_run) THEN documents.container ELSE '' END, held_run = CASE WHEN (documents.held_why LIKE 'audience-%') THEN documents.held_run ELSE NULL END, held_why = CASE WHEN (documents.held_why LIKE 'audience-%') THEN documents.held_why ELSE '' END, kept = CASE WHEN (documents.held_why LIKE 'audience-%') THEN documents.kept ELSE 0 END, redo_after = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = x'21')) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN ?20 ELSE documents.redo_after END, lost = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = x'21')) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN x'21' ELSE documents.lost END, without_text = excluded.without_text

-- pushes.confirm_body (target) each (id, body, text, text_key, hidden) once id
INSERT INTO bodies (document, body, text, text_key, hidden) SELECT documents.number, ?2 AS anon_1, ?3 AS anon_2, ?4 AS anon_3, ?5 AS anon_4 FROM documents WHERE documents.target = ?6 AND documents.id = ?1 ON CONFLICT (document) DO UPDATE SET body = excluded.body, text = excluded.text, text_key = excluded.text_key, hidden = excluded.hidden WHERE bodies.body != excluded.body OR bodies.text != excluded.text OR bodies.text_key != excluded.text_key OR bodies.hidden != excluded.hidden

-- pushes.confirm_unseen (target, pushed_run, pushed_at, session_run, backfill, again) each (id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text) once id
INSERT INTO documents (target, id, source, native, room, container, kind, title, url, path, state, version, fingerprint, audience, rules, pushed_run, pushed_at, session_run, backfill, delta_run, missing_why, also, held_why, held_note, kept, without_text) VALUES (?15, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'live', ?10, ?11, ?12, ?13, ?16, ?17, ?18, ?19, CASE WHEN (?18 = 0 AND ?19 = 0) THEN ?16 END, '', '', '', '', 0, ?14) ON CONFLICT (target, id) DO UPDATE SET state = CASE WHEN (documents.state = 'held') THEN 'held' ELSE 'live' END, version = excluded.version, fingerprint = excluded.fingerprint, audience = excluded.audience, rules = excluded.rules, pushed_run = excluded.pushed_run, pushed_at = excluded.pushed_at, session_run = excluded.session_run, backfill = excluded.backfill, delta_run = excluded.delta_run, redo_after = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = x'21')) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN ?20 ELSE documents.redo_after END, lost = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = x'21')) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN x'21' ELSE documents.lost END, without_text = excluded.without_text

-- pushes.confirm_unseen_altered (target, pushed_run, pushed_at, session_run, backfill, again) each (id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text) once id
INSERT INTO documents (target, id, source, native, room, container, kind, title, url, path, state, version, fingerprint, audience, rules, pushed_run, pushed_at, session_run, backfill, delta_run, missing_why, also, held_why, held_note, kept, without_text) VALUES (?15, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'live', ?10, ?11, ?12, ?13, ?16, ?17, ?18, ?19, CASE WHEN (?18 = 0 AND ?19 = 0) THEN ?16 END, '', '', '', '', 0, ?14) ON CONFLICT (target, id) DO UPDATE SET source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, path = excluded.path, state = CASE WHEN (documents.state = 'held') THEN 'held' ELSE 'live' END, version = excluded.version, fingerprint = excluded.fingerprint, audience = excluded.audience, rules = excluded.rules, pushed_run = excluded.pushed_run, pushed_at = excluded.pushed_at, session_run = excluded.session_run, backfill = excluded.backfill, delta_run = excluded.delta_run, also = CASE WHEN (documents.container = excluded.container) THEN documents.also WHEN (documents.pushed_run = excluded.pushed_run) THEN documents.container ELSE '' END, redo_after = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = x'21')) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN ?20 ELSE documents.redo_after END, lost = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = x'21')) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN x'21' ELSE documents.lost END, without_text = excluded.without_text

-- pushes.emptied (run, now, target) each (id) once id
INSERT INTO removals (target, source, room, id, title, run, at, approved, why) SELECT documents.target, documents.source, documents.room, documents.id, documents.title, ?2 AS anon_1, ?3 AS anon_2, 0 AS anon_3, 'nobody may see it any more' AS anon_4 FROM documents WHERE documents.target = ?4 AND documents.id = ?1 AND documents.state != 'removed' AND documents.fingerprint IS NOT NULL AND documents.audience != x'168b318cb1f390f5'

-- pushes.forget_confirmation (target) each (id) once id
UPDATE documents SET version=NULL, fingerprint=NULL WHERE documents.target = ?2 AND documents.id = ?1

-- pushes.forget_confirmations (target, source)
UPDATE documents SET version=NULL, fingerprint=NULL WHERE documents.target = ?1 AND documents.source = ?2 AND documents.state != 'removed'

-- pushes.forget_sent_since (target, run)
UPDATE documents SET version=NULL, fingerprint=NULL WHERE documents.target = ?1 AND documents.delta_run >= ?2 AND documents.state != 'removed'

-- pushes.forget_unconfirmed (target, source)
UPDATE unconfirmed SET there=NULL WHERE unconfirmed.target = ?1 AND unconfirmed.source = ?2

-- pushes.forget_version (target) each (id) once id
UPDATE documents SET version=NULL WHERE documents.target = ?2 AND documents.id = ?1

-- pushes.kept (target, ids)
SELECT documents.id, documents.fingerprint, bodies.text_key, bodies.hidden FROM documents JOIN bodies ON bodies.document = documents.number WHERE documents.target = ?1 AND documents.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- pushes.note_hidden (target) each (id, fingerprint, hidden) once id
UPDATE bodies SET hidden=?3 FROM documents WHERE bodies.document = documents.number AND documents.target = ?4 AND documents.id = ?1 AND documents.fingerprint = ?2 AND bodies.hidden != ?3

-- pushes.note_version (rules, target) each (id, version, without_text) once id
UPDATE documents SET version=?2, rules=?4, without_text=?3 WHERE documents.target = ?5 AND documents.id = ?1
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents WHERE documents.target = ?5 AND documents.id = ?1 AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- pushes.places (target, ids)
SELECT documents.id, documents.container, documents.room FROM documents WHERE documents.target = ?1 AND documents.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- pushes.release (target, ids)
DELETE FROM quarantine WHERE quarantine.target = ?1 AND quarantine.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- pushes.remember_audience () each (digest, identities, public) once digest
INSERT INTO audiences (digest, identities, public) VALUES (?1, ?2, ?3) ON CONFLICT (digest) DO NOTHING

-- pushes.take ()
SELECT 1 WHERE 0 = 1

-- quarantine.commonest (target, limit)
SELECT oldest.message, oldest.reason, oldest.told, count(*) AS count_1 FROM (SELECT quarantine.message AS message, quarantine.reason AS reason, quarantine.told AS told FROM quarantine INDEXED BY quarantine_reason WHERE quarantine.target = ?1 AND quarantine.reason = (SELECT o.reason FROM quarantine AS o WHERE o.target = ?1 GROUP BY o.reason ORDER BY count(*) DESC, o.reason LIMIT 1 OFFSET 0) ORDER BY quarantine.reason, quarantine.first_seen, quarantine.id LIMIT ?2 OFFSET 0) AS oldest GROUP BY oldest.message, oldest.reason, oldest.told ORDER BY count(*) DESC, oldest.message, oldest.told LIMIT 1 OFFSET 0

-- quarantine.count (target)
SELECT count(*) AS count_1 FROM quarantine WHERE quarantine.target = ?1

-- quarantine.drop (target)
DELETE FROM quarantine WHERE quarantine.target = ?1

-- quarantine.drop_one (target) each (id) once id
DELETE FROM quarantine WHERE quarantine.target = ?2 AND quarantine.id = ?1

-- quarantine.first_of (target, reason, message, told, limit)
SELECT quarantine.id, quarantine.source, quarantine.native, quarantine.room, quarantine.title, quarantine.reason, quarantine.message, quarantine.told, quarantine.first_seen, quarantine.last_seen, quarantine.attempts, quarantine.next_try, quarantine.version FROM quarantine INDEXED BY quarantine_reason WHERE quarantine.target = ?1 AND quarantine.reason = ?2 AND quarantine.message = ?3 AND quarantine.told = ?4 ORDER BY quarantine.reason, quarantine.first_seen, quarantine.id LIMIT ?5 OFFSET 0

-- quarantine.get (target, id)
SELECT quarantine.id, quarantine.source, quarantine.native, quarantine.room, quarantine.title, quarantine.reason, quarantine.message, quarantine.told, quarantine.first_seen, quarantine.last_seen, quarantine.attempts, quarantine.next_try, quarantine.version FROM quarantine WHERE quarantine.target = ?1 AND quarantine.id = ?2

-- quarantine.groups (target, limit)
SELECT quarantine.message, quarantine.reason, quarantine.told, count(*) AS count_1 FROM quarantine WHERE quarantine.target = ?1 GROUP BY quarantine.message, quarantine.reason, quarantine.told ORDER BY count(*) DESC, quarantine.message, quarantine.reason, quarantine.told LIMIT ?2 OFFSET 0

-- quarantine.park (target, source, native, room, title, reason, message, told, now, then, version) each (id) once id
INSERT INTO quarantine (target, id, source, native, room, title, reason, message, told, first_seen, last_seen, attempts, next_try, version) VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, 1, ?11, ?12) ON CONFLICT (target, id) DO UPDATE SET room = excluded.room, title = excluded.title, reason = excluded.reason, message = excluded.message, told = excluded.told, last_seen = excluded.last_seen, attempts = (quarantine.attempts + 1), next_try = (excluded.last_seen + CASE WHEN (quarantine.attempts + 1 <= 1) THEN 300.0 WHEN (quarantine.attempts + 1 <= 2) THEN 600.0 WHEN (quarantine.attempts + 1 <= 3) THEN 1200.0 WHEN (quarantine.attempts + 1 <= 4) THEN 2400.0 WHEN (quarantine.attempts + 1 <= 5) THEN 4800.0 WHEN (quarantine.attempts + 1 <= 6) THEN 9600.0 WHEN (quarantine.attempts + 1 <= 7) THEN 19200.0 WHEN (quarantine.attempts + 1 <= 8) THEN 38400.0 WHEN (quarantine.attempts + 1 <= 9) THEN 76800.0 ELSE 86400.0 END), version = excluded.version

-- quarantine.parked (target)
SELECT quarantine.id, quarantine.source, quarantine.native, quarantine.room, quarantine.title, quarantine.reason, quarantine.message, quarantine.told, quarantine.first_seen, quarantine.last_seen, quarantine.attempts, quarantine.next_try, quarantine.version FROM quarantine WHERE quarantine.target = ?1 ORDER BY quarantine.first_seen, quarantine.id

-- quarantine.retry (target)
UPDATE quarantine SET next_try=0.0 WHERE quarantine.target = ?1

-- quarantine.retry_one (target) each (id) once id
UPDATE quarantine SET next_try=0.0 WHERE quarantine.target = ?2 AND quarantine.id = ?1

-- quarantine.see (now, target) each (id) once id
UPDATE quarantine SET last_seen=?2 WHERE quarantine.target = ?3 AND quarantine.id = ?1

-- quarantine.settle (target, source, since) each (room) once room
DELETE FROM quarantine WHERE quarantine.target = ?2 AND quarantine.source = ?3 AND quarantine.room = ?1 AND quarantine.last_seen < ?4

-- quarantine.waiting (target, now)
SELECT quarantine.id, quarantine.version FROM quarantine WHERE quarantine.target = ?1 AND quarantine.next_try > ?2

-- readers.audiences_of (target, source, room, last, limit)
SELECT documents.audience, audiences.identities, audiences.public, count(*) AS count_1 FROM documents INDEXED BY documents_room JOIN audiences ON audiences.digest = documents.audience WHERE documents.target = ?1 AND documents.state != 'removed' AND documents.fingerprint IS NOT NULL AND documents.source = ?2 AND documents.room = ?3 AND documents.audience > ?4 GROUP BY documents.audience, audiences.identities, audiences.public ORDER BY documents.audience LIMIT ?5 OFFSET 0

-- readers.rooms (target)
SELECT documents.source, documents.room, count(*) AS count_1, count(distinct(documents.audience)) AS count_2, CASE WHEN (sum(CASE WHEN (documents.container = '') THEN 1 ELSE 0 END) = 1) THEN max(CASE WHEN (documents.container = '') THEN documents.title ELSE '' END) ELSE '' END AS anon_1 FROM documents WHERE documents.target = ?1 AND documents.state != 'removed' AND documents.fingerprint IS NOT NULL GROUP BY documents.source, documents.room ORDER BY documents.source, documents.room

-- records.accepted (target)
SELECT count(*) AS count_1 FROM people WHERE people.target = ?1 AND people.sent IS NOT NULL AND people.found = 1

-- records.accepted_in (target, run)
SELECT count(*) AS count_1 FROM people WHERE people.target = ?1 AND people.sent IS NOT NULL AND people.found = 1 AND people.session_run = ?2

-- records.any_session (target)
SELECT people.session_run FROM people WHERE people.target = ?1 AND people.session_run > 0 LIMIT 1 OFFSET 0

-- records.asked_in (target, run, since, source, beginning)
SELECT count(*) AS count_1 FROM people WHERE people.target = ?1 AND (EXISTS (SELECT * FROM persons AS p WHERE p.target = people.target AND p.address = people.address AND p.read_run = ?2 AND coalesce(p.told_at, 0.0) >= ?3 AND p.source = ?4)) AND (EXISTS (SELECT anon_1.value FROM json_each(people.may) AS anon_1 WHERE substr(anon_1.value, 1, length(?5)) = ?5))

-- records.asked_with_something_to_lose (target, run, since)
SELECT count(*) AS count_1 FROM people WHERE people.target = ?1 AND (EXISTS (SELECT * FROM persons AS p WHERE p.target = people.target AND p.address = people.address AND p.read_run = ?2 AND coalesce(p.told_at, 0.0) >= ?3)) AND (EXISTS (SELECT anon_1.value FROM json_each(people.may) AS anon_1 WHERE anon_1.value NOT LIKE '%:user:%'))

-- records.confirm (redo, now, found, session_run, target) each (id, sent, may) once id
UPDATE people SET sent=?2, may=CASE WHEN (?4 IS NULL AND (people.redo_after IS NULL OR people.redo_after <= ?5)) THEN ?3 ELSE people.may END, found=?6, session_run=?7, redo_after=coalesce(?4, CASE WHEN (people.redo_after <= ?5) THEN NULL ELSE people.redo_after END), refused=0 WHERE people.target = ?8 AND people.id = ?1

-- records.count_held (target, run)
SELECT count(*) AS count_1 FROM people WHERE people.target = ?1 AND people.held_run IS NOT NULL AND people.held_run <= ?2

-- records.count_lost (target, run, now) each (id, address, whole, approved, why)
INSERT INTO people_removals (target, id, address, whole, approved, why, run, at) SELECT ?6 AS anon_1, ?1 AS anon_2, ?2 AS anon_3, ?3 AS anon_4, ?4 AS anon_5, ?5 AS anon_6, ?7 AS anon_7, ?8 AS anon_8 WHERE 1 = 1

-- records.doubt (target)
UPDATE people SET sent=NULL, session_run=0 WHERE people.target = ?1

-- records.doubt_removals (may, target, since)
INSERT INTO people (target, id, address, sent, may, found, session_run, held_why, kept, refused) SELECT people_removals.target, people_removals.id, min(people_removals.address) AS address, NULL AS sent, ?1 AS may, 1 AS found, 0 AS session_run, '' AS held_why, 0 AS kept, 0 AS refused FROM people_removals WHERE people_removals.target = ?2 AND people_removals.run >= ?3 AND people_removals.whole = 1 GROUP BY people_removals.target, people_removals.id ON CONFLICT (target, id) DO UPDATE SET may = excluded.may, found = 1 WHERE people.may = '[]'

-- records.doubt_shares (doubtful, target, run)
UPDATE persons SET read_run=?1 WHERE persons.target = ?2 AND persons.read_run != ?3

-- records.doubt_shares_of (doubtful, target, run, sources)
UPDATE persons SET read_run=?1 WHERE persons.target = ?2 AND persons.read_run != ?3 AND persons.source IN (SELECT anon_1.value FROM json_each(?4) AS anon_1)

-- records.drop (target, now) each (id) once id
DELETE FROM people WHERE people.target = ?2 AND people.id = ?1 AND (people.redo_after IS NULL OR people.redo_after <= ?3)

-- records.due_again (target, now)
SELECT people.id FROM people WHERE people.target = ?1 AND people.may = '[]' AND people.redo_after IS NOT NULL AND people.redo_after <= ?2 ORDER BY people.id

-- records.forget_settled (target)
DELETE FROM people WHERE people.target = ?1 AND people.may = '[]' AND people.redo_after IS NULL AND NOT (EXISTS (SELECT * FROM persons AS p WHERE p.target = people.target AND p.address = people.address AND p.identities != '[]'))

-- records.have_again (target) each (id, may) once id
UPDATE people SET sent=NULL, may=?2 WHERE people.target = ?3 AND people.id = ?1

-- records.held (target, run, limit)
SELECT people.id, people.address, people.sent, people.may, people.found, people.session_run, people.redo_after, people.held_run, people.held_why, people.kept, people.refused FROM people WHERE people.target = ?1 AND people.held_run IS NOT NULL AND people.held_run <= ?2 ORDER BY people.address LIMIT ?3 OFFSET 0

-- records.held_counts (target)
SELECT people.held_why, people.kept, count(*) AS count_1 FROM people WHERE people.target = ?1 AND people.held_run IS NOT NULL GROUP BY people.held_why, people.kept

-- records.hold (run, target) each (id, why) once id
UPDATE people SET held_run=coalesce(people.held_run, ?3), held_why=?2 WHERE people.target = ?4 AND people.id = ?1

-- records.intend (target) each (id, address, may) once id
INSERT INTO people (target, id, address, sent, may, found, session_run, held_why, kept, refused) VALUES (?4, ?1, ?2, NULL, ?3, 1, 0, '', 0, 0) ON CONFLICT (target, id) DO UPDATE SET address = excluded.address, sent = NULL, may = excluded.may

-- records.intend_removal (target) each (id) once id
UPDATE people SET sent=NULL WHERE people.target = ?2 AND people.id = ?1

-- records.keep (target, run)
UPDATE people SET kept=1 WHERE people.target = ?1 AND people.held_run IS NOT NULL AND people.held_run <= ?2

-- records.lose (until, target) each (id) once id
UPDATE people SET sent=NULL, redo_after=?2 WHERE people.target = ?3 AND people.id = ?1

-- records.lose_open (until, target)
UPDATE people SET redo_after=?1 WHERE people.target = ?2 AND people.sent IS NULL AND people.redo_after IS NULL AND people.may != '[]'

-- records.lost_since (target, since)
SELECT count(*) AS count_1 FROM people_removals WHERE people_removals.target = ?1 AND people_removals.at >= ?2 AND people_removals.approved = 0

-- records.not_accepted (target, run)
SELECT count(*) AS count_1 FROM people WHERE people.target = ?1 AND people.session_run != ?2 AND people.may != '[]'

-- records.pages (target, last, chunk)
SELECT people.id, people.address, people.sent, people.may, people.found, people.session_run, people.redo_after, people.held_run, people.held_why, people.kept, people.refused FROM people WHERE people.target = ?1 AND people.id > ?2 ORDER BY people.id LIMIT ?3 OFFSET 0

-- records.pages_changed (target, last, chunk)
SELECT people.id, people.address, people.sent, people.may, people.found, people.session_run, people.redo_after, people.held_run, people.held_why, people.kept, people.refused FROM people WHERE people.target = ?1 AND people.id > ?2 AND (people.held_run IS NOT NULL OR (SELECT count(*) = 1 AND min(p.read_run) >= 0 AND max(p.identities) = people.may AS anon_1 FROM persons AS p WHERE p.target = people.target AND p.address = people.address AND p.identities != '[]') = 0) ORDER BY people.id LIMIT ?3 OFFSET 0

-- records.pages_held (target, last, chunk)
SELECT people.id, people.address, people.sent, people.may, people.found, people.session_run, people.redo_after, people.held_run, people.held_why, people.kept, people.refused FROM people WHERE people.target = ?1 AND people.id > ?2 AND people.held_run IS NOT NULL ORDER BY people.id LIMIT ?3 OFFSET 0

-- records.records (target, ids)
SELECT people.id, people.address, people.sent, people.may, people.found, people.session_run, people.redo_after, people.held_run, people.held_why, people.kept, people.refused FROM people WHERE people.target = ?1 AND people.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- records.refuse (target) each (id) once id
UPDATE people SET refused=(people.refused + 1) WHERE people.target = ?2 AND people.id = ?1

-- records.release (target) each (id) once id
UPDATE people SET held_run=NULL, held_why='', kept=0 WHERE people.target = ?2 AND people.id = ?1

-- records.remove (redo, target) each (id) once id
UPDATE people SET sent=NULL, may='[]', redo_after=CASE WHEN (coalesce(people.redo_after, 0.0) < coalesce(?2, 0.0)) THEN coalesce(?2, 0.0) ELSE coalesce(people.redo_after, 0.0) END, held_run=NULL, held_why='', kept=0 WHERE people.target = ?3 AND people.id = ?1

-- records.removed_after_run (target, run)
SELECT count(*) AS count_1 FROM people_removals WHERE people_removals.target = ?1 AND people_removals.run > ?2 AND people_removals.whole = 1

-- records.standing (target)
SELECT count(*) AS count_1 FROM people WHERE people.target = ?1 AND people.may != '[]'

-- records.still_there (target) each (id, sent) once id
UPDATE people SET sent=?2 WHERE people.target = ?3 AND people.id = ?1

-- records.unknown (target, limit)
SELECT people.address FROM people WHERE people.target = ?1 AND people.found = 0 AND people.sent IS NOT NULL ORDER BY people.address LIMIT ?2 OFFSET 0

-- removals.count (run, now, approved, target) each (id, why, code) once id
INSERT INTO removals (target, title, source, room, id, native, container, kind, path, run, at, approved, why, code) SELECT documents.target, documents.title, documents.source, documents.room, documents.id, documents.native, documents.container, documents.kind, documents.path, ?4 AS anon_1, ?5 AS anon_2, ?6 AS anon_3, ?2 AS anon_4, ?3 AS anon_5 FROM documents WHERE documents.target = ?7 AND documents.id = ?1 AND documents.state != 'removed'

-- removals.count_hidden_as (run, target, source, up_to)
UPDATE removals SET run=?1 WHERE removals.target = ?2 AND removals.source = ?3 AND removals.run > ?1 AND removals.code = 'hidden' AND removals.number <= ?4

-- removals.doubt (run, now, target, since)
INSERT INTO documents (pushed_run, pushed_at, session_run, backfill, missing_why, also, held_why, held_note, kept, url, without_text, target, title, source, room, id, native, container, kind, path, state, missing_run, noted_run, redo_after) SELECT 0 AS anon_1, 0.0 AS anon_2, 0 AS anon_3, 0 AS anon_4, CASE WHEN (removals.code IN ('refused', 'expired', 'hidden')) THEN '' ELSE 'absent' END AS anon_5, '' AS anon_6, '' AS anon_7, '' AS anon_8, 0 AS anon_9, '' AS anon_10, '' AS anon_11, removals.target, removals.title, removals.source, removals.room, removals.id, removals.native, removals.container, removals.kind, removals.path, CASE WHEN (removals.code IN ('refused', 'expired', 'hidden')) THEN 'removed' ELSE 'new' END AS anon_12, CASE WHEN (removals.code IN ('refused', 'expired', 'hidden')) THEN NULL ELSE ?1 END AS anon_13, CASE WHEN (removals.code IN ('refused', 'expired', 'hidden')) THEN NULL ELSE ?1 END AS anon__1, CASE WHEN (removals.code IN ('refused', 'expired', 'hidden')) THEN ?2 ELSE NULL END AS anon_14 FROM removals WHERE removals.number IN (SELECT max(last.number) AS max_1 FROM removals AS last WHERE last.target = ?3 AND last.run >= ?4 AND (last.native != '' OR last.code = 'hidden') GROUP BY last.id) ON CONFLICT (target, id) DO NOTHING

-- removals.drop (target, now) each (id) once id
DELETE FROM documents WHERE documents.target = ?2 AND documents.id = ?1 AND (documents.redo_after IS NULL OR documents.redo_after <= ?3 AND documents.lost = x'21')

-- removals.due_again (target, now)
SELECT documents.id FROM documents WHERE documents.target = ?1 AND documents.redo_after IS NOT NULL AND documents.redo_after <= ?2 AND documents.state = 'removed'

-- removals.forget_body (target) each (id) once id
DELETE FROM bodies WHERE bodies.document IN (SELECT documents.number FROM documents WHERE documents.target = ?2 AND documents.id = ?1)

-- removals.forget_container (target) each (id) once id
DELETE FROM containers WHERE containers.target = ?2 AND containers.id = ?1

-- removals.forget_end (target, run)
DELETE FROM removals WHERE removals.target = ?1 AND removals.run = ?2 AND removals.id = ''

-- removals.forget_grants (target) each (id) once id
DELETE FROM grants WHERE (grants.source, grants.native) IN (SELECT documents.source, documents.native FROM documents WHERE documents.target = ?2 AND documents.id = ?1)

-- removals.forget_unconfirmed (target) each (id) once id
DELETE FROM unconfirmed WHERE unconfirmed.target = ?2 AND unconfirmed.id = ?1

-- removals.gone_since (target, since, limit)
SELECT removals.id FROM removals WHERE removals.target = ?1 AND removals.run >= ?2 AND removals.native != '' AND NOT (EXISTS (SELECT * FROM documents AS again WHERE again.target = removals.target AND again.id = removals.id)) ORDER BY removals.run DESC, removals.number DESC LIMIT ?3 OFFSET 0

-- removals.hidden_after_run (target, source, run)
SELECT count(*) AS count_1 FROM removals WHERE removals.target = ?1 AND removals.source = ?2 AND removals.run > ?3 AND removals.code = 'hidden'

-- removals.last_removal (target)
SELECT max(removals.number) AS max_1 FROM removals WHERE removals.target = ?1

-- removals.note_end (target, run, now, approved, count)
WITH RECURSIVE every(n) AS (SELECT 1 AS n UNION ALL SELECT every.n + 1 AS anon_7 FROM every WHERE every.n < ?5) INSERT INTO removals (target, source, room, id, title, run, at, approved, why) SELECT ?1 AS anon_1, '' AS anon_2, '' AS anon__1, '' AS anon__2, '' AS anon__3, ?2 AS anon_3, ?3 AS anon_4, ?4 AS anon_5, 'not pushed again until the end of a session' AS anon_6 FROM every WHERE 1 = 1

-- removals.remove (target) each (id) once id
UPDATE documents SET state='removed', version=NULL, fingerprint=NULL, audience=NULL WHERE documents.target = ?2 AND documents.id = ?1
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents WHERE documents.target = ?2 AND documents.id = ?1 AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- removals.removed_after_run (target, source, run)
SELECT count(*) AS count_1 FROM removals WHERE removals.target = ?1 AND removals.source = ?2 AND removals.run > ?3

-- removals.removed_since (target, since)
SELECT removals.source, removals.room, count(*) AS count_1 FROM removals WHERE removals.target = ?1 AND removals.at >= ?2 AND removals.approved = 0 GROUP BY removals.source, removals.room

-- removals.repeat_doubted (run, target)
UPDATE documents SET state='new', missing_run=?1, missing_why='absent', noted_run=?1 WHERE documents.target = ?2 AND documents.state = 'removed'
-- and before that
INSERT INTO counts_due (number, target, state, without_text, ending, text) SELECT documents.number, documents.target, documents.state, documents.without_text, CASE WHEN instr(substr(documents.title, -7), '.') > 0 THEN replace(substr(documents.title, -7), rtrim(substr(documents.title, -7), replace(substr(documents.title, -7), '.', '')), '') ELSE '' END, EXISTS (SELECT * FROM bodies WHERE bodies.document = documents.number AND bodies.text_key != '') AS anon_1 FROM documents WHERE documents.target = ?2 AND documents.state = 'removed' AND documents.number <= (SELECT counts_upto.number FROM counts_upto) AND (documents.number NOT IN (SELECT counts_due.number FROM counts_due))

-- removals.wait_again (again, target, now) each (id) once id
UPDATE documents SET redo_after=?2, lost=x'21' WHERE documents.target = ?3 AND documents.id = ?1 AND documents.redo_after <= ?4

-- rooms.all (target, source)
SELECT rooms."key", rooms.name, rooms.included, rooms.public, rooms.rules, rooms.audience, rooms.audience_at, rooms.witnesses FROM rooms WHERE rooms.target = ?1 AND rooms.source = ?2 ORDER BY rooms."key"

-- rooms.complete (run, target, source) each (key) once key
UPDATE rooms SET complete_run=?2 WHERE rooms.target = ?3 AND rooms.source = ?4 AND rooms."key" = ?1

-- rooms.decide (target, source, name, included, public, rules) each (key) once key
INSERT INTO rooms (target, source, "key", name, included, public, rules, complete_run, decided, witnesses) VALUES (?2, ?3, ?1, ?4, ?5, ?6, ?7, 0, 0, '[]') ON CONFLICT (target, source, "key") DO UPDATE SET name = excluded.name, included = excluded.included, public = excluded.public, rules = excluded.rules, unlisted_at = NULL, decided = 0

-- rooms.decide_unlisted (target, run)
UPDATE rooms SET decided=1 WHERE rooms.target = ?1 AND rooms.unlisted_at IS NOT NULL AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = rooms.target AND d.source = rooms.source AND d.room = rooms."key" AND d.held_run <= ?2))

-- rooms.miss (now, target, source) each (key) once key
UPDATE rooms SET unlisted_at=CASE WHEN (coalesce(rooms.unlisted_at, ?2) > ?2) THEN ?2 ELSE coalesce(rooms.unlisted_at, ?2) END WHERE rooms.target = ?3 AND rooms.source = ?4 AND rooms."key" = ?1

-- rooms.miss_all_anew (now, target, source)
UPDATE rooms SET unlisted_at=?1 WHERE rooms.target = ?2 AND rooms.source = ?3 AND rooms.unlisted_at IS NOT NULL

-- rooms.miss_anew (now, target, source) each (key) once key
UPDATE rooms SET unlisted_at=?2 WHERE rooms.target = ?3 AND rooms.source = ?4 AND rooms."key" = ?1

-- rooms.note_audience (audience, now, target, source, key)
UPDATE rooms SET audience=?1, audience_at=?2 WHERE rooms.target = ?3 AND rooms.source = ?4 AND rooms."key" = ?5

-- rooms.note_witnesses (witnesses, target, source, key)
UPDATE rooms SET witnesses=?1 WHERE rooms.target = ?2 AND rooms.source = ?3 AND rooms."key" = ?4

-- rooms.unlisted (target, source, since)
SELECT rooms.name FROM rooms WHERE rooms.target = ?1 AND rooms.source = ?2 AND rooms.included = 1 AND rooms.unlisted_at > ?3 AND NOT (rooms.decided = 1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = rooms.target AND d.source = rooms.source AND d.room = rooms."key" AND d.state != 'removed' AND d.kept = 0))) ORDER BY rooms.name

-- runs.asked_whole (target, since)
SELECT 1 FROM runs WHERE runs.target = ?1 AND runs.next_mode = 'full' AND runs.finished_at > ?2 LIMIT 1 OFFSET 0

-- runs.begin_with (target, letters)
SELECT runs.id FROM runs WHERE runs.target = ?1 AND substr(runs.id, 1, length(?2)) = ?2 ORDER BY runs.number DESC LIMIT 2 OFFSET 0

-- runs.close_open (now, target)
UPDATE runs SET finished_at=?1, outcome='failed' WHERE runs.target = ?2 AND runs.outcome IS NULL

-- runs.finish (now, outcome, report, next, number)
UPDATE runs SET finished_at=?1, outcome=?2, report=?3, next_mode=?4 WHERE runs.number = ?5

-- runs.get (target, id)
SELECT runs.number, runs.id, runs.target, runs.mode, runs.dry_run, runs.started_at, runs.finished_at, runs.outcome, runs.report, runs.backfill, runs.next_mode FROM runs WHERE runs.target = ?1 AND runs.id = ?2

-- runs.id_of (number)
SELECT runs.id FROM runs WHERE runs.number = ?1

-- runs.last (target)
SELECT runs.number, runs.id, runs.target, runs.mode, runs.dry_run, runs.started_at, runs.finished_at, runs.outcome, runs.report, runs.backfill, runs.next_mode FROM runs WHERE runs.target = ?1 AND runs.dry_run = 0 ORDER BY runs.number DESC LIMIT 1 OFFSET 0

-- runs.last_finished (target, mode)
SELECT runs.number, runs.id, runs.target, runs.mode, runs.dry_run, runs.started_at, runs.finished_at, runs.outcome, runs.report, runs.backfill, runs.next_mode FROM runs WHERE runs.target = ?1 AND runs.dry_run = 0 AND runs.outcome IS NOT NULL AND runs.mode = ?2 ORDER BY runs.number DESC LIMIT 1 OFFSET 0

-- runs.new_backfill ()
SELECT coalesce(max(runs.backfill), 0) + 1 AS anon_1 FROM runs

-- runs.open_backfill (target, wanted)
SELECT runs.backfill, runs.outcome FROM runs WHERE runs.target = ?1 AND runs.mode = 'backfill' AND runs.dry_run = 0 AND runs.wanted = ?2 ORDER BY runs.number DESC LIMIT 1 OFFSET 0

-- runs.read_whole (target)
SELECT 1 FROM runs WHERE runs.target = ?1 AND runs.dry_run = 0 AND runs.mode IN ('full', 'backfill') AND runs.outcome IN ('succeeded', 'quarantined', 'withheld', 'braked') LIMIT 1 OFFSET 0

-- runs.recent (target, limit)
SELECT runs.number, runs.id, runs.target, runs.mode, runs.dry_run, runs.started_at, runs.finished_at, runs.outcome, runs.report, runs.backfill, runs.next_mode FROM runs WHERE runs.target = ?1 ORDER BY runs.number DESC LIMIT ?2 OFFSET 0

-- runs.rehearsal (id, target, mode, started, finished, outcome, report)
INSERT INTO runs (id, target, mode, dry_run, started_at, finished_at, outcome, report, backfill, wanted, next_mode) VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, 0, '{}', '')

-- runs.sent_whole (target, since)
SELECT 1 FROM runs WHERE runs.target = ?1 AND runs.dry_run = 0 AND runs.mode != 'delta' AND runs.number >= ?2 LIMIT 1 OFFSET 0

-- runs.start (id, target, mode, dry_run, now, backfill, wanted)
INSERT INTO runs (id, target, mode, dry_run, started_at, backfill, wanted, next_mode) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '')

-- scrub.read_people_removals (last, limit)
SELECT people_removals.number, people_removals.why FROM people_removals WHERE people_removals.number > ?1 AND people_removals.why != '' ORDER BY people_removals.number LIMIT ?2 OFFSET 0

-- scrub.read_quarantine (last, limit)
SELECT quarantine.target || '/' || quarantine.id AS anon_1, quarantine.message FROM quarantine WHERE (quarantine.target || '/' || quarantine.id) > ?1 AND quarantine.message != '' ORDER BY quarantine.target || '/' || quarantine.id LIMIT ?2 OFFSET 0

-- scrub.read_removals (last, limit)
SELECT removals.number, removals.why FROM removals WHERE removals.number > ?1 AND removals.why != '' ORDER BY removals.number LIMIT ?2 OFFSET 0

-- scrub.read_runs (last, limit)
SELECT runs.number, runs.report FROM runs WHERE runs.number > ?1 AND runs.report != '' ORDER BY runs.number LIMIT ?2 OFFSET 0

-- scrub.read_told (last, limit)
SELECT quarantine.target || '/' || quarantine.id AS anon_1, quarantine.told FROM quarantine WHERE (quarantine.target || '/' || quarantine.id) > ?1 AND quarantine.told != '' ORDER BY quarantine.target || '/' || quarantine.id LIMIT ?2 OFFSET 0

-- scrub.write_people_removals () each (key, words) once key
UPDATE people_removals SET why=?2 WHERE people_removals.number = ?1

-- scrub.write_quarantine () each (key, words) once key
UPDATE quarantine SET message=?2 WHERE (quarantine.target || '/' || quarantine.id) = ?1

-- scrub.write_removals () each (key, words) once key
UPDATE removals SET why=?2 WHERE removals.number = ?1

-- scrub.write_runs () each (key, words) once key
UPDATE runs SET report=?2 WHERE runs.number = ?1

-- scrub.write_told () each (key, words) once key
UPDATE quarantine SET told=?2 WHERE (quarantine.target || '/' || quarantine.id) = ?1

-- sessions.lose_document (now, target)
UPDATE sessions SET state=CASE WHEN (sessions.state = 'beginning') THEN 'withheld' ELSE sessions.state END, lost_at=CASE WHEN (sessions.at < CASE WHEN (?1 > sessions.at + 3600.0) THEN sessions.at + 3600.0 ELSE ?1 END) THEN CASE WHEN (?1 > sessions.at + 3600.0) THEN sessions.at + 3600.0 ELSE ?1 END ELSE sessions.at END WHERE sessions.target = ?2 AND (sessions.state = 'beginning' OR sessions.state = 'ending' AND (sessions.lost_at IS NULL OR sessions.lost_at < sessions.at))

-- sessions.lose_person (now, target)
UPDATE people_sessions SET state=CASE WHEN (people_sessions.state = 'beginning') THEN 'withheld' ELSE people_sessions.state END, lost_at=CASE WHEN (people_sessions.at < CASE WHEN (?1 > people_sessions.at + 3600.0) THEN people_sessions.at + 3600.0 ELSE ?1 END) THEN CASE WHEN (?1 > people_sessions.at + 3600.0) THEN people_sessions.at + 3600.0 ELSE ?1 END ELSE people_sessions.at END WHERE people_sessions.target = ?2 AND (people_sessions.state = 'beginning' OR people_sessions.state = 'ending' AND (people_sessions.lost_at IS NULL OR people_sessions.lost_at < people_sessions.at))

-- sessions.note_document (target, state, lost, now) each (run) once run
INSERT INTO sessions (run, target, state, lost_at, at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (run) DO UPDATE SET state = excluded.state, lost_at = coalesce(excluded.lost_at, sessions.lost_at), at = excluded.at

-- sessions.note_person (target, state, lost, now) each (run) once run
INSERT INTO people_sessions (run, target, state, lost_at, at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (run) DO UPDATE SET state = excluded.state, lost_at = coalesce(excluded.lost_at, people_sessions.lost_at), at = excluded.at

-- sessions.state_document (target, run)
SELECT sessions.state FROM sessions WHERE sessions.target = ?1 AND sessions.run = ?2

-- sessions.state_person (target, run)
SELECT people_sessions.state FROM people_sessions WHERE people_sessions.target = ?1 AND people_sessions.run = ?2

-- sessions.unsettled_document (target)
SELECT max(coalesce(sessions.lost_at, sessions.at)) AS max_1 FROM sessions WHERE sessions.target = ?1 AND (sessions.lost_at IS NOT NULL OR sessions.state IN ('beginning', 'ending'))

-- sessions.unsettled_person (target)
SELECT max(coalesce(people_sessions.lost_at, people_sessions.at)) AS max_1 FROM people_sessions WHERE people_sessions.target = ?1 AND (people_sessions.lost_at IS NOT NULL OR people_sessions.state IN ('beginning', 'ending'))

-- shards.all_sent (target, run, source)
SELECT DISTINCT under_way.intent FROM under_way WHERE under_way.target = ?1 AND under_way.run = ?2 AND under_way.source = ?3

-- shards.begun (target, run, source, seat)
SELECT shards.room FROM shards WHERE shards.target = ?1 AND shards.run = ?2 AND shards.source = ?3 AND shards.state = 'walking' AND shards.seat = ?4 ORDER BY shards.place

-- shards.claim (target, intent, run, source, seat) each (id) once id
INSERT INTO under_way (target, id, intent, run, source, seat) VALUES (?2, ?1, ?3, ?4, ?5, ?6) ON CONFLICT (target, id) DO NOTHING

-- shards.clear_met (target)
DELETE FROM met WHERE met.target = ?1

-- shards.clear_seats (target)
DELETE FROM seats WHERE seats.target = ?1

-- shards.clear_shards (target)
DELETE FROM shards WHERE shards.target = ?1

-- shards.clear_under_way (target)
DELETE FROM under_way WHERE under_way.target = ?1

-- shards.close (target, run, source)
UPDATE seats SET fence=(seats.fence + 1), state='closed' WHERE seats.target = ?1 AND seats.run = ?2 AND seats.source = ?3

-- shards.end_shard (target, run, source) each (room, state, result) once room
UPDATE shards SET state=?2, result=?3 WHERE shards.target = ?4 AND shards.run = ?5 AND shards.source = ?6 AND shards.room = ?1 AND shards.state = 'walking'

-- shards.every_state (target)
SELECT shards.source, shards.state, count(*) AS count_1 FROM shards WHERE shards.target = ?1 GROUP BY shards.source, shards.state

-- shards.everyone (target, now)
SELECT seats.source, seats.host, seats.state FROM seats WHERE seats.target = ?1 AND seats.state != 'closed' AND seats.terms != '' AND (EXISTS (SELECT 1 FROM leases WHERE leases.target = ?1 AND leases.fence = seats.lease AND leases.expires_at > ?2)) ORDER BY seats.source, seats.number

-- shards.expected (target, run, source, seat, now)
SELECT seats.terms FROM seats WHERE seats.target = ?1 AND seats.run = ?2 AND seats.source = ?3 AND seats.number = ?4 AND seats.state != 'closed' AND (EXISTS (SELECT 1 FROM leases WHERE leases.target = ?1 AND leases.fence = seats.lease AND leases.expires_at > ?5))

-- shards.forget_claims (target) each (intent) once intent
DELETE FROM under_way WHERE under_way.target = ?2 AND under_way.intent = ?1

-- shards.forget_seats (target, run, source)
DELETE FROM seats WHERE seats.target = ?1 AND seats.run = ?2 AND seats.source = ?3

-- shards.forget_sent (target, run, source)
DELETE FROM under_way WHERE under_way.target = ?1 AND under_way.run = ?2 AND under_way.source = ?3

-- shards.give (seat, fence, target, run, source) each (number) once number
UPDATE seats SET state='closed', given_to=?2, given_fence=?3 WHERE seats.target = ?4 AND seats.run = ?5 AND seats.source = ?6 AND seats.number = ?1

-- shards.lease (target)
SELECT leases.fence FROM leases WHERE leases.target = ?1

-- shards.lease_left (now, target, lease)
SELECT leases.expires_at - ?1 AS anon_1 FROM leases WHERE leases.target = ?2 AND leases.fence = ?3

-- shards.leave_seat (told, target, run, source, seat, fence)
UPDATE seats SET state='left', told=?1 WHERE seats.target = ?2 AND seats.run = ?3 AND seats.source = ?4 AND seats.number = ?5 AND seats.fence = ?6 AND seats.state != 'closed' RETURNING fence

-- shards.leave_to_others (target, run, source, room, seat)
UPDATE shards SET state='waiting' WHERE shards.target = ?1 AND shards.run = ?2 AND shards.source = ?3 AND shards.room = ?4 AND shards.state = 'walking' AND shards.seat = ?5

-- shards.let_go (target, ids, intent)
DELETE FROM under_way WHERE under_way.target = ?1 AND under_way.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) AND under_way.intent = ?3

-- shards.look_at_seat (target, run, source, seat, member)
SELECT seats.state, seats.fence, seats.lease, seats.terms, seats.told FROM seats WHERE seats.target = ?1 AND seats.run = ?2 AND seats.source = ?3 AND seats.number = ?4 AND seats.state != 'closed' AND (EXISTS (SELECT 1 FROM members WHERE members.id = ?5 AND members.state = 'working'))

-- shards.meet (target, run, source) each (key) once key
INSERT INTO met (target, run, source, "key") VALUES (?2, ?3, ?4, ?1) ON CONFLICT (target, run, source, "key") DO NOTHING

-- shards.met (target, run, source)
SELECT met."key" FROM met WHERE met.target = ?1 AND met.run = ?2 AND met.source = ?3

-- shards.open_seat (target, run, source, lease, terms) each (seat) once seat
INSERT INTO seats (target, run, source, number, fence, lease, member, host, state, stop, terms, told) VALUES (?2, ?3, ?4, ?1, 0, ?5, '', '', 'waiting', 0, ?6, '') ON CONFLICT (target, run, source, number) DO NOTHING

-- shards.open_shard (target, run, source) each (room, place, sight) once room
INSERT INTO shards (target, run, source, room, place, sight, state, seat, taken, result) VALUES (?4, ?5, ?6, ?1, ?2, ?3, 'waiting', NULL, 0, '') ON CONFLICT (target, run, source, room) DO NOTHING

-- shards.put_back (target, run, source, seat)
UPDATE shards SET state='waiting', seat=NULL, taken=(shards.taken - 1) WHERE shards.target = ?1 AND shards.run = ?2 AND shards.source = ?3 AND shards.state = 'walking' AND shards.seat = ?4

-- shards.results (target, run, source)
SELECT shards.room, shards.state, shards.result FROM shards WHERE shards.target = ?1 AND shards.run = ?2 AND shards.source = ?3 ORDER BY shards.place

-- shards.return_rooms (target, run, source, seat)
UPDATE shards SET state='waiting', seat=NULL WHERE shards.target = ?1 AND shards.run = ?2 AND shards.source = ?3 AND shards.state = 'walking' AND shards.seat = ?4

-- shards.seats (target, run, source)
SELECT seats.number, seats.state, seats.fence, seats.member, seats.told FROM seats WHERE seats.target = ?1 AND seats.run = ?2 AND seats.source = ?3 ORDER BY seats.number

-- shards.sent (target, run, source, seat)
SELECT DISTINCT under_way.intent FROM under_way WHERE under_way.target = ?1 AND under_way.run = ?2 AND under_way.source = ?3 AND under_way.seat = ?4

-- shards.spare (target, run, source)
SELECT seats.number FROM seats WHERE seats.target = ?1 AND seats.run = ?2 AND seats.source = ?3 AND (seats.state IN ('waiting', 'left') OR seats.state = 'closed' AND seats.given_to IS NOT NULL AND NOT (EXISTS (SELECT 1 FROM seats AS holders WHERE holders.target = seats.target AND holders.run = seats.run AND holders.source = seats.source AND holders.number = seats.given_to AND holders.fence = seats.given_fence AND holders.state = 'walking'))) AND NOT (EXISTS (SELECT 1 FROM shards WHERE shards.target = ?1 AND shards.run = ?2 AND shards.source = ?3 AND shards.state = 'waiting')) ORDER BY seats.number

-- shards.states (target, run, source)
SELECT shards.state, count(*) AS count_1 FROM shards WHERE shards.target = ?1 AND shards.run = ?2 AND shards.source = ?3 GROUP BY shards.state

-- shards.still (target, run, source, seat, fence, lease)
SELECT 1 FROM seats WHERE seats.target = ?1 AND seats.run = ?2 AND seats.source = ?3 AND seats.number = ?4 AND seats.fence = ?5 AND seats.state != 'closed' AND (EXISTS (SELECT 1 FROM leases WHERE leases.target = ?1 AND leases.fence = ?6))

-- shards.stop (target, run, source)
UPDATE seats SET stop=1 WHERE seats.target = ?1 AND seats.run = ?2 AND seats.source = ?3

-- shards.take_again (target, run, source, room, seat)
UPDATE shards SET taken=(shards.taken + 1) WHERE shards.target = ?1 AND shards.run = ?2 AND shards.source = ?3 AND shards.room = ?4 AND shards.state = 'walking' AND shards.seat = ?5 RETURNING room, sight, taken

-- shards.take_next (seat, target, run, source, seats)
UPDATE shards SET state='walking', seat=?1, taken=(shards.taken + 1) WHERE shards.target = ?2 AND shards.run = ?3 AND shards.source = ?4 AND shards.room = (SELECT shards.room FROM shards WHERE shards.target = ?2 AND shards.run = ?3 AND shards.source = ?4 AND shards.state = 'waiting' AND (shards.seat IS NULL OR shards.seat != ?1) ORDER BY CASE WHEN (shards.place % ?5 = ?1) THEN 0 ELSE 1 END, shards.place LIMIT 1 OFFSET 0) RETURNING room, sight, taken

-- shards.take_seat (member, host, target, run, source, seat)
UPDATE seats SET fence=(seats.fence + 1), member=?1, host=?2, state='walking' WHERE seats.target = ?3 AND seats.run = ?4 AND seats.source = ?5 AND seats.number = ?6 AND seats.state != 'closed'

-- shards.tell (told, target, run, source, seat, fence)
UPDATE seats SET told=?1 WHERE seats.target = ?2 AND seats.run = ?3 AND seats.source = ?4 AND seats.number = ?5 AND seats.fence = ?6 AND seats.state != 'closed' RETURNING stop, EXISTS (SELECT 1 FROM shards WHERE target = ?2 AND run = ?3 AND source = ?4 AND state = 'waiting') AS anon_1

-- shards.vacate (target, run, source, seat, fence)
UPDATE seats SET fence=(seats.fence + 1), state='left' WHERE seats.target = ?1 AND seats.run = ?2 AND seats.source = ?3 AND seats.number = ?4 AND seats.state != 'closed' AND seats.fence = ?5

-- shares.addresses (target, last, chunk)
SELECT DISTINCT persons.address FROM persons WHERE persons.target = ?1 AND persons.address != '' AND persons.identities != '[]' AND persons.address > ?2 ORDER BY persons.address LIMIT ?3 OFFSET 0

-- shares.asked (now, run, target, source) each (key) once key
UPDATE persons SET told_at=CASE WHEN (coalesce(persons.told_at, ?2) > ?2) THEN ?2 ELSE coalesce(persons.told_at, ?2) END, asked_at=?2, asked_run=?3 WHERE persons.target = ?4 AND persons.source = ?5 AND persons."key" = ?1

-- shares.asked_in_vain (target, run)
SELECT count(*) AS count_1 FROM persons WHERE persons.target = ?1 AND persons.asked_run = ?2 AND persons.read_run != ?2

-- shares.count (target, source)
SELECT count(*) AS count_1 FROM persons WHERE persons.target = ?1 AND persons.source = ?2

-- shares.drop_given_up (target, sources)
DELETE FROM persons WHERE persons.target = ?1 AND persons.read_run = -1 AND (persons.source NOT IN (SELECT anon_1.value FROM json_each(?2) AS anon_1))

-- shares.everybody (target, source, key, chunk)
SELECT persons.source, persons."key" FROM persons WHERE persons.target = ?1 AND (persons.source, persons."key") > (?2, ?3) ORDER BY persons.source, persons."key" LIMIT ?4 OFFSET 0

-- shares.given_up (target, sources)
SELECT persons.source, count(*) AS count_1 FROM persons WHERE persons.target = ?1 AND persons.read_run = -1 AND (persons.source NOT IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)) AND persons.identities != '[]' GROUP BY persons.source ORDER BY persons.source

-- shares.identities (target)
SELECT persons.identities FROM persons WHERE persons.target = ?1

-- shares.keys_of (target, addresses)
SELECT persons.source, persons."key" FROM persons INDEXED BY persons_address WHERE persons.target = ?1 AND persons.address IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) ORDER BY persons.source, persons."key"

-- shares.known (target, source, keys)
SELECT persons.source, persons."key", persons.address, persons.identities, persons.read_run, persons.told_at FROM persons WHERE persons.target = ?1 AND persons.source = ?2 AND persons."key" IN (SELECT anon_1.value FROM json_each(?3) AS anon_1) ORDER BY persons.source, persons."key"

-- shares.longest_ago (target, source, limit)
SELECT persons."key" FROM persons WHERE persons.target = ?1 AND persons.source = ?2 ORDER BY coalesce(persons.asked_at, 0.0), persons.read_run, persons."key" LIMIT ?3 OFFSET 0

-- shares.longest_unasked (target, source, run, limit)
SELECT persons."key" FROM persons WHERE persons.target = ?1 AND persons.source = ?2 AND persons.asked_run != ?3 ORDER BY coalesce(persons.asked_at, 0.0), persons.read_run, persons."key" LIMIT ?4 OFFSET 0

-- shares.named (target, addresses)
SELECT persons.source, persons."key", persons.address, persons.identities, persons.read_run, persons.told_at FROM persons INDEXED BY persons_address WHERE persons.target = ?1 AND persons.address IN (SELECT anon_1.value FROM json_each(?2) AS anon_1) ORDER BY persons.source, persons."key"

-- shares.not_yet_sure (target, source)
SELECT persons."key" FROM persons WHERE persons.target = ?1 AND persons.source = ?2 AND persons.read_run = -1 ORDER BY persons."key"

-- shares.note (target) each (source, key, address, identities, read_run, told_at) once source, key
INSERT INTO persons (target, source, "key", address, identities, read_run, told_at, asked_at, asked_run) VALUES (?7, ?1, ?2, ?3, ?4, ?5, ?6, NULL, 0) ON CONFLICT (target, source, "key") DO UPDATE SET address = CASE WHEN (excluded.identities = '[]' AND excluded.address = '') THEN persons.address ELSE excluded.address END, identities = excluded.identities, read_run = excluded.read_run, told_at = excluded.told_at

-- shares.oldest_told (target)
SELECT min(persons.told_at) AS min_1 FROM persons WHERE persons.target = ?1 AND persons.identities != '[]' AND persons.told_at IS NOT NULL

-- shares.page_of_addresses (target, last, chunk)
SELECT persons.address, count(*) AS count_1, max(persons.identities) AS max_1, min(persons.read_run) AS min_1 FROM persons WHERE persons.target = ?1 AND persons.address != '' AND persons.identities != '[]' AND persons.address > ?2 GROUP BY persons.address ORDER BY persons.address LIMIT ?3 OFFSET 0

-- shares.sent (target, ids)
SELECT people.id, people.sent FROM people WHERE people.target = ?1 AND people.found = 1 AND people.redo_after IS NULL AND people.held_run IS NULL AND people.id IN (SELECT anon_1.value FROM json_each(?2) AS anon_1)

-- shares.shared_addresses (target, run)
SELECT DISTINCT several.address FROM (SELECT persons.address AS address FROM persons WHERE persons.target = ?1 AND persons.address != '' AND persons.identities != '[]' GROUP BY persons.address, persons.source HAVING count(*) > 1 AND max(persons.read_run) = ?2 AND min(persons.read_run) != ?2) AS several ORDER BY several.address

-- shares.shares (target, words)
SELECT persons.source, persons."key", persons.address, persons.identities, persons.read_run, persons.told_at FROM persons WHERE persons.target = ?1 AND (persons.address = ?2 OR persons."key" = ?2 OR substr(lower(persons."key"), (length(lower(persons."key")) - length('/' || ?2)) + 1) = ('/' || ?2) OR ?2 IN (SELECT anon_1.value FROM json_each(persons.identities) AS anon_1)) ORDER BY persons.source, persons."key"

-- shares.unasked_in (target, source, run, keys)
SELECT persons."key" FROM persons WHERE persons.target = ?1 AND persons.source = ?2 AND persons.asked_run != ?3 AND persons."key" IN (SELECT anon_1.value FROM json_each(?4) AS anon_1) ORDER BY persons."key"

-- shares.unasked_since (target, source, before, now)
SELECT persons."key" FROM persons WHERE persons.target = ?1 AND persons.source = ?2 AND (persons.asked_at IS NULL OR persons.asked_at <= ?3 OR persons.asked_at > ?4) ORDER BY coalesce(persons.asked_at, 0.0), persons."key"

-- unconfirmed.count (target)
SELECT count(*) AS count_1 FROM unconfirmed WHERE unconfirmed.target = ?1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there = 1 AND unconfirmed.kept = 0

-- unconfirmed.count_there (target)
SELECT count(*) AS count_1 FROM unconfirmed WHERE unconfirmed.target = ?1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there = 1

-- unconfirmed.count_waiting (target, until)
SELECT count(*) AS count_1 FROM unconfirmed WHERE unconfirmed.target = ?1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there = 1 AND unconfirmed.kept = 0 AND unconfirmed.there_run <= ?2

-- unconfirmed.drop_absent (target, before, run)
DELETE FROM documents WHERE documents.target = ?1 AND documents.fingerprint IS NULL AND documents.redo_after IS NULL AND documents.state IN ('live', 'new') AND documents.pushed_at < ?2 AND documents.id IN (SELECT unconfirmed.id FROM unconfirmed WHERE unconfirmed.target = ?1 AND unconfirmed.run = ?3 AND unconfirmed.there = 0)

-- unconfirmed.enter (target) each (id, source, native, room, container, kind, title, url, path) once id
INSERT INTO documents (target, id, source, native, room, container, kind, title, url, path, state, pushed_run, pushed_at, session_run, backfill, missing_why, also, held_why, held_note, kept, without_text) VALUES (?10, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'new', 0, 0.0, 0, 0, '', '', '', '', 0, '') ON CONFLICT (target, id) DO UPDATE SET url = CASE WHEN (documents.url = '') THEN excluded.url ELSE documents.url END, path = CASE WHEN (documents.path = '') THEN excluded.path ELSE documents.path END

-- unconfirmed.forget_confirmed (target)
DELETE FROM unconfirmed WHERE unconfirmed.target = ?1 AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL))

-- unconfirmed.keep (target) each (id) once id
UPDATE unconfirmed SET kept=1 WHERE unconfirmed.target = ?2 AND unconfirmed.id = ?1

-- unconfirmed.note (target, source, native, room, container, kind, title, url, audience, public, run) each (id) once id
INSERT INTO unconfirmed (target, id, source, native, room, container, kind, title, url, audience, public, run, kept) VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0) ON CONFLICT (target, id) DO UPDATE SET source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, audience = excluded.audience, public = excluded.public, run = excluded.run

-- unconfirmed.standing (target, id, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = ?1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there = 1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.id = ?2 ORDER BY unconfirmed.id LIMIT ?3 OFFSET 0

-- unconfirmed.there (target, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = ?1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there = 1 ORDER BY unconfirmed.id LIMIT ?2 OFFSET 0

-- unconfirmed.there_in (target, run, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = ?1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there = 1 AND unconfirmed.run = ?2 ORDER BY unconfirmed.id LIMIT ?3 OFFSET 0

-- unconfirmed.there_until (target, until, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = ?1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there = 1 AND unconfirmed.there_run <= ?2 ORDER BY unconfirmed.id LIMIT ?3 OFFSET 0

-- unconfirmed.told (run, target) each (id, there) once id
UPDATE unconfirmed SET there=?2, there_run=?3 WHERE unconfirmed.target = ?4 AND unconfirmed.id = ?1

-- unconfirmed.unasked (target, run, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = ?1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.run = ?2 AND (unconfirmed.there IS NULL OR unconfirmed.there = 0 AND unconfirmed.there_run < ?2 AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.pushed_run > 0))) ORDER BY unconfirmed.id LIMIT ?3 OFFSET 0

-- unconfirmed.waiting (target, until, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = ?1 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there = 1 AND unconfirmed.kept = 0 AND unconfirmed.there_run <= ?2 ORDER BY unconfirmed.id LIMIT ?3 OFFSET 0

-- upkeep.clock (now)
SELECT ?1 AS anon_1

-- upkeep.last_runs ()
SELECT runs.target, max(runs.number) AS max_1 FROM runs GROUP BY runs.target

-- upkeep.leases_taken ()
SELECT coalesce(sum(leases.fence), 0) AS coalesce_1 FROM leases

-- upkeep.name ()
SELECT ledger.id FROM ledger ORDER BY ledger.made_at, ledger.id LIMIT 1 OFFSET 0

-- upkeep.name_it (now) each (id) once id
INSERT INTO ledger (id, made_at) SELECT ?1 AS anon_1, ?2 AS anon_2 WHERE NOT (EXISTS (SELECT * FROM ledger AS named))

-- upkeep.newest_run ()
SELECT runs.number, runs.id, runs.finished_at IS NOT NULL AS anon_1 FROM runs ORDER BY runs.number DESC LIMIT 1 OFFSET 0

-- upkeep.old_removals (before)
SELECT removals.id, removals.title FROM removals WHERE removals.at < ?1 AND removals.run < (SELECT coalesce(max(noted.number), 0) AS coalesce_1 FROM runs AS noted WHERE noted.target = removals.target AND noted.mode IN ('full', 'backfill') AND noted.dry_run = 0 AND noted.outcome IN ('succeeded', 'quarantined') AND noted.wanted = '{"only":[],"rooms":[]}') AND removals.id != ''

-- upkeep.old_removals_before (before, target, source, sent)
SELECT removals.id, removals.title FROM removals WHERE removals.at < ?1 AND removals.target = ?2 AND removals.source = ?3 AND removals.run < ?4 AND removals.id != ''

-- upkeep.old_reports (before)
SELECT runs.number, runs.report FROM runs WHERE runs.finished_at < ?1 AND runs.report IS NOT NULL

-- upkeep.prune_audience_changes (before)
DELETE FROM audience_changes WHERE audience_changes.at < ?1

-- upkeep.prune_audiences ()
DELETE FROM audiences WHERE (audiences.digest NOT IN (SELECT documents.audience FROM documents WHERE documents.audience IS NOT NULL UNION SELECT widenings.audience FROM widenings UNION SELECT narrowings.audience FROM narrowings UNION SELECT audience_changes."before" FROM audience_changes UNION SELECT audience_changes."after" FROM audience_changes)) AND NOT (EXISTS (SELECT * FROM intents)) AND NOT (EXISTS (SELECT * FROM leases WHERE leases.expires_at > 0))

-- upkeep.prune_containers ()
DELETE FROM containers WHERE NOT (EXISTS (SELECT * FROM documents WHERE documents.target = containers.target AND documents.id = containers.id))

-- upkeep.prune_orders (before)
DELETE FROM orders WHERE orders.ended_at < ?1

-- upkeep.prune_people_removals (before)
DELETE FROM people_removals WHERE people_removals.at < ?1 AND people_removals.run < (SELECT coalesce(max(noted.number), 0) AS coalesce_1 FROM runs AS noted WHERE noted.target = people_removals.target AND noted.mode IN ('full', 'backfill') AND noted.dry_run = 0 AND noted.outcome IN ('succeeded', 'quarantined') AND noted.wanted = '{"only":[],"rooms":[]}')

-- upkeep.prune_people_removals_before (before, target, sent)
DELETE FROM people_removals WHERE people_removals.at < ?1 AND people_removals.target = ?2 AND people_removals.run < ?3

-- upkeep.prune_people_sessions (before)
DELETE FROM people_sessions WHERE people_sessions.at < ?1 AND (people_sessions.run NOT IN (SELECT max(last.run) AS max_1 FROM people_sessions AS last GROUP BY last.target))

-- upkeep.prune_removals (before)
DELETE FROM removals WHERE removals.at < ?1 AND removals.run < (SELECT coalesce(max(noted.number), 0) AS coalesce_1 FROM runs AS noted WHERE noted.target = removals.target AND noted.mode IN ('full', 'backfill') AND noted.dry_run = 0 AND noted.outcome IN ('succeeded', 'quarantined') AND noted.wanted = '{"only":[],"rooms":[]}')

-- upkeep.prune_removals_before (before, target, source, sent)
DELETE FROM removals WHERE removals.at < ?1 AND removals.target = ?2 AND removals.source = ?3 AND removals.run < ?4

-- upkeep.prune_runs (before)
DELETE FROM runs WHERE runs.finished_at < ?1 AND (runs.number NOT IN (SELECT max(last.number) AS max_1 FROM runs AS last GROUP BY last.target, last.mode, last.dry_run, last.outcome, last.wanted)) AND (runs.number NOT IN (SELECT documents.held_run FROM documents WHERE documents.held_run IS NOT NULL)) AND (runs.number NOT IN (SELECT widenings.run FROM widenings)) AND (runs.number NOT IN (SELECT people.held_run FROM people WHERE people.held_run IS NOT NULL))

-- upkeep.prune_sessions (before)
DELETE FROM sessions WHERE sessions.at < ?1 AND (sessions.run NOT IN (SELECT max(last.run) AS max_1 FROM sessions AS last GROUP BY last.target))

-- upkeep.rename (id, now, was)
UPDATE ledger SET id=?1, made_at=?2 WHERE ledger.id = ?3

-- upkeep.run_of (number)
SELECT runs.id, runs.finished_at IS NOT NULL AS anon_1 FROM runs WHERE runs.number = ?1

-- upkeep.sent_since ()
SELECT documents.target, documents.source, min(documents.pushed_run) AS min_1 FROM documents WHERE documents.fingerprint IS NOT NULL GROUP BY documents.target, documents.source

-- waiting.counts (target)
SELECT runs.id, h.what, h.why, sum(h.many) AS sum_1 FROM runs, (SELECT CAST('removal' AS VARCHAR) AS what, d.held_run AS run, d.held_why AS why, count(*) AS many FROM documents AS d INDEXED BY documents_held WHERE d.target = ?1 AND d.state = 'held' AND d.kept = 0 AND d.held_run IS NOT NULL GROUP BY d.held_run, d.held_why UNION ALL SELECT CAST('wider' AS VARCHAR) AS what, w.run AS run, CAST('audience-wider' AS VARCHAR) AS why, count(*) AS many FROM widenings AS w JOIN documents AS d ON d.target = w.target AND d.id = w.id WHERE w.target = ?1 AND w.state = 'held' AND w.kept = 0 GROUP BY w.run UNION ALL SELECT CAST('unconfirmed' AS VARCHAR) AS what, u.there_run AS run, CAST('unconfirmed' AS VARCHAR) AS why, count(*) AS many FROM unconfirmed AS u WHERE u.target = ?1 AND u.there = 1 AND u.kept = 0 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = u.target AND d.id = u.id AND d.fingerprint IS NOT NULL)) GROUP BY u.there_run UNION ALL SELECT CAST('person' AS VARCHAR) AS what, people.held_run AS run, people.held_why AS why, count(*) AS many FROM people WHERE people.target = ?1 AND people.held_run IS NOT NULL AND people.kept = 0 GROUP BY people.held_run, people.held_why) AS h WHERE runs.number = h.run AND runs.target = ?1 GROUP BY runs.number, runs.id, h.what, h.why ORDER BY runs.number DESC, sum(h.many) DESC, h.why

-- waiting.folders (target, source, room, limit)
SELECT h.container, coalesce(f.title, '') AS coalesce_1, coalesce(f.path, '') AS coalesce_2, coalesce(f.held_run, 0) AS coalesce_3, count(*) AS count_1 FROM (SELECT d.source AS source, d.room AS room, d.container AS container FROM documents AS d INDEXED BY documents_waiting WHERE d.target = ?1 AND d.state = 'held' AND d.kept = 0 UNION ALL SELECT coalesce(d.source, '') AS source, coalesce(d.room, '') AS room, d.container AS container FROM widenings AS w JOIN documents AS d ON d.target = w.target AND d.id = w.id WHERE w.target = ?1 AND w.state = 'held' AND w.kept = 0 UNION ALL SELECT u.source AS source, u.room AS room, u.container AS container FROM unconfirmed AS u WHERE u.target = ?1 AND u.there = 1 AND u.kept = 0 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = u.target AND d.id = u.id AND d.fingerprint IS NOT NULL))) AS h LEFT OUTER JOIN documents AS f ON f.target = ?1 AND f.id = h.container WHERE h.source = ?2 AND h.room = ?3 GROUP BY h.container, f.title, f.path, f.held_run ORDER BY coalesce(f.path, ''), h.container LIMIT ?4 OFFSET 0

-- waiting.removals (target)
SELECT count(*) AS count_1 FROM documents AS d INDEXED BY documents_waiting WHERE d.target = ?1 AND d.state = 'held' AND d.kept = 0

-- waiting.rooms (target, limit)
SELECT m.source, m.room, coalesce(rooms.name, '') AS coalesce_1, m.many FROM (SELECT h.source AS source, h.room AS room, sum(h.many) AS many FROM (SELECT d.source AS source, d.room AS room, count(*) AS many FROM documents AS d INDEXED BY documents_waiting WHERE d.target = ?1 AND d.state = 'held' AND d.kept = 0 GROUP BY d.source, d.room UNION ALL SELECT coalesce(d.source, '') AS source, coalesce(d.room, '') AS room, count(*) AS many FROM widenings AS w JOIN documents AS d ON d.target = w.target AND d.id = w.id WHERE w.target = ?1 AND w.state = 'held' AND w.kept = 0 GROUP BY coalesce(d.source, ''), coalesce(d.room, '') UNION ALL SELECT u.source AS source, u.room AS room, count(*) AS many FROM unconfirmed AS u WHERE u.target = ?1 AND u.there = 1 AND u.kept = 0 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = u.target AND d.id = u.id AND d.fingerprint IS NOT NULL)) GROUP BY u.source, u.room) AS h GROUP BY h.source, h.room ORDER BY sum(h.many) DESC, h.source, h.room LIMIT ?2 OFFSET 0) AS m LEFT OUTER JOIN rooms ON rooms.target = ?1 AND rooms.source = m.source AND rooms."key" = m.room ORDER BY m.many DESC, m.source, m.room

-- waiting.rows (target, at_0, at_1, at_2, at_3, at_4, many)
SELECT h.what, h.id, h.title, h.source, h.room, h.why, h.note, h.path FROM (SELECT anon_1.what AS what, anon_1.run AS run, anon_1.why AS why, anon_1.note AS note, anon_1.source AS source, anon_1.room AS room, anon_1.container AS container, anon_1.id AS id, anon_1.title AS title, anon_1.path AS path FROM (SELECT CAST('removal' AS VARCHAR) AS what, d.held_run AS run, d.held_why AS why, d.held_note AS note, d.source AS source, d.room AS room, d.container AS container, d.id AS id, d.title AS title, d.path AS path FROM documents AS d INDEXED BY documents_waiting WHERE d.target = ?1 AND d.state = 'held' AND d.kept = 0 AND (d.source, d.room, d.path, d.id, CAST('removal' AS VARCHAR)) > (?2, ?3, ?4, ?5, ?6) ORDER BY d.source, d.room, d.path, d.id LIMIT ?7 OFFSET 0) AS anon_1 UNION ALL SELECT anon_2.what AS what, anon_2.run AS run, anon_2.why AS why, anon_2.note AS note, anon_2.source AS source, anon_2.room AS room, anon_2.container AS container, anon_2.id AS id, anon_2.title AS title, anon_2.path AS path FROM (SELECT CAST('wider' AS VARCHAR) AS what, w.run AS run, CAST('audience-wider' AS VARCHAR) AS why, CAST('' AS VARCHAR) AS note, coalesce(d.source, '') AS source, coalesce(d.room, '') AS room, d.container AS container, d.id AS id, d.title AS title, d.path AS path FROM widenings AS w JOIN documents AS d ON d.target = w.target AND d.id = w.id WHERE w.target = ?1 AND w.state = 'held' AND w.kept = 0 AND (coalesce(d.source, ''), coalesce(d.room, ''), d.path, d.id, CAST('wider' AS VARCHAR)) > (?2, ?3, ?4, ?5, ?6) ORDER BY coalesce(d.source, ''), coalesce(d.room, ''), d.path, d.id LIMIT ?7 OFFSET 0) AS anon_2 UNION ALL SELECT anon_3.what AS what, anon_3.run AS run, anon_3.why AS why, anon_3.note AS note, anon_3.source AS source, anon_3.room AS room, anon_3.container AS container, anon_3.id AS id, anon_3.title AS title, anon_3.path AS path FROM (SELECT CAST('unconfirmed' AS VARCHAR) AS what, u.there_run AS run, CAST('unconfirmed' AS VARCHAR) AS why, CAST('' AS VARCHAR) AS note, u.source AS source, u.room AS room, u.container AS container, u.id AS id, u.title AS title, CAST('' AS VARCHAR) AS path FROM unconfirmed AS u WHERE u.target = ?1 AND u.there = 1 AND u.kept = 0 AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = u.target AND d.id = u.id AND d.fingerprint IS NOT NULL)) AND (u.source, u.room, CAST('' AS VARCHAR), u.id, CAST('unconfirmed' AS VARCHAR)) > (?2, ?3, ?4, ?5, ?6) ORDER BY u.source, u.room, CAST('' AS VARCHAR), u.id LIMIT ?7 OFFSET 0) AS anon_3 UNION ALL SELECT anon_4.what AS what, anon_4.run AS run, anon_4.why AS why, anon_4.note AS note, anon_4.source AS source, anon_4.room AS room, anon_4.container AS container, anon_4.id AS id, anon_4.title AS title, anon_4.path AS path FROM (SELECT CAST('person' AS VARCHAR) AS what, people.held_run AS run, people.held_why AS why, CAST('' AS VARCHAR) AS note, CAST('' AS VARCHAR) AS source, CAST('' AS VARCHAR) AS room, CAST('' AS VARCHAR) AS container, people.id AS id, people.address AS title, CAST('' AS VARCHAR) AS path FROM people WHERE people.target = ?1 AND people.held_run IS NOT NULL AND people.kept = 0 AND (CAST('' AS VARCHAR), CAST('' AS VARCHAR), CAST('' AS VARCHAR), people.id, CAST('person' AS VARCHAR)) > (?2, ?3, ?4, ?5, ?6) ORDER BY CAST('' AS VARCHAR), CAST('' AS VARCHAR), CAST('' AS VARCHAR), people.id LIMIT ?7 OFFSET 0) AS anon_4) AS h ORDER BY h.source, h.room, h.path, h.id, h.what LIMIT ?7 OFFSET 0
