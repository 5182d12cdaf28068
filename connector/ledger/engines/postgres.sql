-- Every statement of the ledger as PostgreSQL reads it: made of connector/ledger/statements by tools/statements, not by hand.

-- audiences.before_since (target, kind, run, last, number, limit)
SELECT audience_changes.number, audience_changes.id, before.identities, before.public FROM audience_changes JOIN audiences AS before ON before.digest = audience_changes.before WHERE audience_changes.target = %(target)s::VARCHAR AND audience_changes.kind = %(kind)s::VARCHAR AND audience_changes.run >= %(run)s::INTEGER AND (audience_changes.id, audience_changes.number) > (%(last)s::VARCHAR, %(number)s::INTEGER) ORDER BY audience_changes.id, audience_changes.number LIMIT %(limit)s

-- audiences.note_documents (target, run, now) each (id, audience) once id
INSERT INTO audience_changes (target, kind, id, run, at, before, after) SELECT %(target)s AS anon_1, 'document' AS anon_2, documents.id, %(run)s AS anon_3, %(now)s AS anon_4, documents.audience, decode(r.audience, 'base64') AS decode_1 FROM documents, json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, audience VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND documents.state != 'removed' AND documents.fingerprint IS NOT NULL AND documents.audience IS NOT NULL AND documents.audience != decode(r.audience, 'base64')

-- audiences.note_people (target, run, now) each (id, before, after)
INSERT INTO audience_changes (target, kind, run, at, id, before, after) SELECT %(target)s AS anon_1, 'person' AS anon_2, %(run)s AS anon_3, %(now)s AS anon_4, r.id, decode(r.before, 'base64') AS decode_1, decode(r.after, 'base64') AS decode_2 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, before VARCHAR, after VARCHAR) WHERE true

-- audiences.oldest (target)
SELECT min(audience_changes.at) AS min_1 FROM audience_changes WHERE audience_changes.target = %(target)s::VARCHAR

-- audiences.page (target, since, last, limit)
SELECT audience_changes.number, audience_changes.kind, audience_changes.id, coalesce(runs.id, '') AS coalesce_1, audience_changes.at, coalesce(before.identities, '[]') AS coalesce_2, coalesce(before.public, false) AS coalesce_3, coalesce(after.identities, '[]') AS coalesce_4, coalesce(after.public, false) AS coalesce_5, coalesce(documents.title, people.address, '') AS coalesce_6, coalesce(documents.source, '') AS coalesce_7, coalesce(documents.room, '') AS coalesce_8 FROM audience_changes LEFT OUTER JOIN audiences AS before ON before.digest = audience_changes.before LEFT OUTER JOIN audiences AS after ON after.digest = audience_changes.after LEFT OUTER JOIN runs ON runs.number = audience_changes.run LEFT OUTER JOIN documents ON audience_changes.kind = 'document' AND documents.target = audience_changes.target AND documents.id = audience_changes.id LEFT OUTER JOIN people ON audience_changes.kind = 'person' AND people.target = audience_changes.target AND people.id = audience_changes.id WHERE audience_changes.target = %(target)s::VARCHAR AND audience_changes.at >= %(since)s::FLOAT AND audience_changes.number > %(last)s::INTEGER ORDER BY audience_changes.number LIMIT %(limit)s

-- audiences.people_since (target, since)
SELECT before.identities, after.identities AS identities_1 FROM audience_changes JOIN audiences AS before ON before.digest = audience_changes.before JOIN audiences AS after ON after.digest = audience_changes.after WHERE audience_changes.target = %(target)s::VARCHAR AND audience_changes.at >= %(since)s::FLOAT AND audience_changes.kind = 'person'

-- audiences.trim (target, most)
DELETE FROM audience_changes WHERE audience_changes.target = %(target)s::VARCHAR AND audience_changes.number <= (SELECT max(audience_changes.number) AS max_1 FROM audience_changes WHERE audience_changes.target = %(target)s::VARCHAR) - %(most)s::INTEGER

-- backup.documents ()
SELECT documents.target, documents.state, count(*) AS count_1 FROM documents GROUP BY documents.target, documents.state

-- backup.people ()
SELECT people.target, count(*) AS count_1 FROM people GROUP BY people.target

-- backup.runs ()
SELECT runs.target, max(runs.number) AS max_1, max(runs.finished_at) AS max_2 FROM runs WHERE NOT runs.dry_run GROUP BY runs.target

-- browse.first_run_since (target, since)
SELECT min(runs.number) AS min_1 FROM runs WHERE runs.target = %(target)s::VARCHAR AND coalesce(runs.finished_at, %(since)s::FLOAT) >= %(since)s::FLOAT

-- browse.last_fulls (target, limit)
SELECT coalesce(runs.outcome, '') AS coalesce_1, runs.started_at, coalesce(runs.report, '') != '' AS anon_1, runs.wanted, coalesce(runs.finished_at, runs.started_at) AS coalesce_2 FROM runs WHERE runs.target = %(target)s::VARCHAR AND runs.mode = 'full' AND NOT runs.dry_run ORDER BY runs.number DESC LIMIT %(limit)s

-- browse.last_number (target)
SELECT max(runs.number) AS max_1 FROM runs WHERE runs.target = %(target)s::VARCHAR AND runs.outcome IS NOT NULL

-- browse.last_real_number (target)
SELECT max(runs.number) AS max_1 FROM runs WHERE runs.target = %(target)s::VARCHAR AND runs.outcome IS NOT NULL AND NOT runs.dry_run

-- browse.oldest_waiting (target)
SELECT min(quarantine.first_seen) AS min_1 FROM quarantine WHERE quarantine.target = %(target)s::VARCHAR

-- browse.pushed_by_deltas (target, first, since, most)
SELECT last_ones.pushed_run, last_ones.pushed_at, bodies.body FROM (SELECT documents.number AS number, documents.pushed_run AS pushed_run, documents.pushed_at AS pushed_at FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.delta_run >= %(first)s::INTEGER AND documents.pushed_at >= %(since)s::FLOAT ORDER BY documents.delta_run DESC LIMIT %(most)s) AS last_ones JOIN bodies ON bodies.document = last_ones.number JOIN runs ON runs.number = last_ones.pushed_run AND runs.target = %(target)s::VARCHAR WHERE runs.mode = 'delta'

-- browse.quarantine_reasons (target)
SELECT quarantine.reason, count(*) AS count_1 FROM quarantine WHERE quarantine.target = %(target)s::VARCHAR GROUP BY quarantine.reason

-- browse.runs (target, since, last, limit, skipped)
SELECT runs.number, runs.id, runs.mode, runs.dry_run, runs.outcome, runs.started_at, runs.finished_at, runs.wanted, runs.report FROM runs WHERE runs.target = %(target)s::VARCHAR AND runs.outcome IS NOT NULL AND runs.started_at >= %(since)s::FLOAT AND runs.number > %(last)s::INTEGER ORDER BY runs.number DESC LIMIT %(limit)s OFFSET %(skipped)s

-- browse.under_way (target)
SELECT runs.id, runs.mode, runs.started_at FROM runs WHERE runs.target = %(target)s::VARCHAR AND runs.outcome IS NULL ORDER BY runs.number DESC LIMIT 1

-- catalogue.by_state (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, of_state, at_0, many)
SELECT (%(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (%(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (%(with_any_text)s OR looked.without_text != '') AND (%(parked_or_not)s OR coalesce(q.reason, '') != '') AND looked.target = %(target)s::VARCHAR AND looked.state != 'removed' AND (NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'live' AND documents.state = %(of_state)s::VARCHAR AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT %(many)s) AS looked LEFT OUTER JOIN (SELECT documents.number AS at_0 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'live' AND documents.state = %(of_state)s::VARCHAR AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT 1 OFFSET %(many)s::INTEGER - 1) AS furthest ON looked.at_0 = furthest.at_0 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR %(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (furthest.at_0 IS NOT NULL OR %(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (furthest.at_0 IS NOT NULL OR %(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(with_any_text)s OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR %(parked_or_not)s OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = %(target)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) ORDER BY looked.at_0 DESC

-- catalogue.by_state_called (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, of_state, at_0, many)
SELECT (%(word)s::VARCHAR = '' OR folded(d.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR d.id = %(word)s::VARCHAR OR d.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(d.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR d.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR d.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR d.without_text = %(reason)s::VARCHAR OR d.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (%(any_room)s OR d.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR d.state = %(state)s::VARCHAR) AND (%(with_any_text)s OR d.without_text != '') AND (%(parked_or_not)s OR coalesce(q.reason, '') != '') AND d.target = %(target)s::VARCHAR AND d.state != 'removed' AND (NOT %(named)s OR d.id != %(word)s::VARCHAR AND d.native != %(word)s::VARCHAR) AS fits, furthest.at_0 IS NOT NULL AS is_last, d.id AS told_id, d.title AS told_title, d.kind AS told_kind, d.source AS told_source, d.room AS told_room, d.state AS told_state, d.held_why AS told_held_why, d.held_note AS told_held_note, d.kept AS told_kept, d.pushed_at AS told_pushed_at, d.without_text AS told_without_text, d.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, titles_of.at_0 FROM (SELECT documents.title AS title, documents.number AS at_0 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'live' AND documents.state = %(of_state)s::VARCHAR AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT %(many)s) AS titles_of LEFT OUTER JOIN (SELECT documents.number AS at_0 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'live' AND documents.state = %(of_state)s::VARCHAR AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT 1 OFFSET %(many)s::INTEGER - 1) AS furthest ON titles_of.at_0 = furthest.at_0 JOIN documents AS d ON d.number = titles_of.at_0 LEFT OUTER JOIN quarantine AS q ON q.target = d.target AND q.id = d.id WHERE (furthest.at_0 IS NOT NULL OR %(word)s::VARCHAR = '' OR folded(d.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR d.id = %(word)s::VARCHAR OR d.native = %(word)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(ending)s::VARCHAR = '' OR folded(d.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (furthest.at_0 IS NOT NULL OR %(source)s::VARCHAR = '' OR d.source = %(source)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(kind)s::VARCHAR = '' OR d.kind = %(kind)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(reason)s::VARCHAR = '' OR d.without_text = %(reason)s::VARCHAR OR d.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(any_room)s OR d.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (furthest.at_0 IS NOT NULL OR %(state)s::VARCHAR = '' OR d.state = %(state)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(with_any_text)s OR d.without_text != '') AND (furthest.at_0 IS NOT NULL OR %(parked_or_not)s OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR d.target = %(target)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR d.state != 'removed') AND (furthest.at_0 IS NOT NULL OR NOT %(named)s OR d.id != %(word)s::VARCHAR AND d.native != %(word)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR folded(titles_of.title) LIKE %(part)s::VARCHAR ESCAPE '\') ORDER BY titles_of.at_0 DESC

-- catalogue.called (target, match, at_0, many, words)
WITH every_one AS MATERIALIZED (SELECT documents.number AS number FROM documents WHERE documents.target = %(target)s::VARCHAR AND (pieces(folded(documents.title)) @@ CAST(%(match)s::VARCHAR AS TSQUERY)) AND documents.number < %(at_0)s::INTEGER) SELECT documents.id FROM (SELECT every_one.number AS number FROM every_one ORDER BY every_one.number DESC LIMIT %(many)s) AS found JOIN documents ON documents.number = found.number WHERE folded(documents.title) = %(words)s::VARCHAR AND coalesce(documents.target, '') = %(target)s::VARCHAR

-- catalogue.count_in (target, rooms, states)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1)) AND documents.state = ANY(ARRAY(SELECT anon_2.value FROM json_array_elements_text((%(states)s)::json) AS anon_2))

-- catalogue.folders (target, ids)
SELECT documents.id, bodies.body FROM documents, bodies WHERE documents.target = %(target)s::VARCHAR AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) AND bodies.document = documents.number

-- catalogue.frequent (target, at_0, many, ending, part, enough)
SELECT count(*) AS count_1 FROM (SELECT 1 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT %(many)s) AS probed WHERE (%(ending)s::VARCHAR = '' OR folded(probed.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND folded(probed.title) LIKE %(part)s::VARCHAR ESCAPE '\' LIMIT %(enough)s) AS "some"

-- catalogue.in_room (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, here, at_0, many)
SELECT (%(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (%(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (%(with_any_text)s OR looked.without_text != '') AND (%(parked_or_not)s OR coalesce(q.reason, '') != '') AND looked.target = %(target)s::VARCHAR AND looked.state != 'removed' AND (NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.room = %(here)s::VARCHAR AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT %(many)s) AS looked LEFT OUTER JOIN (SELECT documents.number AS at_0 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.room = %(here)s::VARCHAR AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT 1 OFFSET %(many)s::INTEGER - 1) AS furthest ON looked.at_0 = furthest.at_0 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR %(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (furthest.at_0 IS NOT NULL OR %(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (furthest.at_0 IS NOT NULL OR %(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(with_any_text)s OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR %(parked_or_not)s OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = %(target)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) ORDER BY looked.at_0 DESC

-- catalogue.named (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, at_0, many)
SELECT (%(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (%(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (%(with_any_text)s OR looked.without_text != '') AND (%(parked_or_not)s OR coalesce(q.reason, '') != '') AND looked.target = %(target)s::VARCHAR AND looked.state != 'removed' AND (NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) AS fits, false AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents WHERE documents.number IN (SELECT documents.number FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = %(word)s::VARCHAR UNION SELECT documents.number FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.native = %(word)s::VARCHAR) AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT %(many)s) AS looked LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id ORDER BY looked.at_0 DESC

-- catalogue.never_sent (target)
SELECT count(*) AS count_1 FROM (SELECT q.id AS id, q.title AS title, '' AS kind, q.source AS source, q.room AS room, 'quarantined' AS state, '' AS held_why, '' AS held_note, false AS kept, 0.0 AS pushed_at, '' AS without_text, '' AS url, q.reason AS parked, q.message AS parked_why, q.told AS parked_told, '' AS path, q.native AS native FROM quarantine AS q WHERE q.target = %(target)s::VARCHAR AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = q.target AND d.id = q.id AND d.state != 'removed'))) AS never

-- catalogue.newest (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, at_0, many)
SELECT (%(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (%(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (%(with_any_text)s OR looked.without_text != '') AND (%(parked_or_not)s OR coalesce(q.reason, '') != '') AND looked.target = %(target)s::VARCHAR AND looked.state != 'removed' AND (NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT %(many)s) AS looked LEFT OUTER JOIN (SELECT documents.number AS at_0 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT 1 OFFSET %(many)s::INTEGER - 1) AS furthest ON looked.at_0 = furthest.at_0 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR %(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (furthest.at_0 IS NOT NULL OR %(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (furthest.at_0 IS NOT NULL OR %(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(with_any_text)s OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR %(parked_or_not)s OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = %(target)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) ORDER BY looked.at_0 DESC

-- catalogue.next_kind (target, of_source, of_kind, limit)
SELECT documents.source, documents.kind FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(of_source)s::VARCHAR AND documents.kind > %(of_kind)s::VARCHAR ORDER BY documents.source, documents.kind LIMIT %(limit)s

-- catalogue.next_source (target, of_source, limit)
SELECT documents.source, documents.kind FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source > %(of_source)s::VARCHAR ORDER BY documents.source, documents.kind LIMIT %(limit)s

-- catalogue.of_kind (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, of_source, of_kind, at_0, many)
SELECT (%(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (%(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (%(with_any_text)s OR looked.without_text != '') AND (%(parked_or_not)s OR coalesce(q.reason, '') != '') AND looked.target = %(target)s::VARCHAR AND looked.state != 'removed' AND (NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(of_source)s::VARCHAR AND documents.kind = %(of_kind)s::VARCHAR AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT %(many)s) AS looked LEFT OUTER JOIN (SELECT documents.number AS at_0 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(of_source)s::VARCHAR AND documents.kind = %(of_kind)s::VARCHAR AND documents.number < %(at_0)s::INTEGER ORDER BY documents.number DESC LIMIT 1 OFFSET %(many)s::INTEGER - 1) AS furthest ON looked.at_0 = furthest.at_0 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR %(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (furthest.at_0 IS NOT NULL OR %(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (furthest.at_0 IS NOT NULL OR %(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(with_any_text)s OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR %(parked_or_not)s OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = %(target)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) ORDER BY looked.at_0 DESC

-- catalogue.parked (target, at_0, word, part, ending, all_parked, besides, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, many)
SELECT 1 AS fits, false AS is_last, q.id AS told_id, coalesce(nullif(q.title, ''), d.title, '') AS told_title, coalesce(d.kind, '') AS told_kind, coalesce(d.source, q.source) AS told_source, coalesce(d.room, q.room) AS told_room, coalesce(d.state, 'quarantined') AS told_state, coalesce(d.held_why, '') AS told_held_why, coalesce(d.held_note, '') AS told_held_note, coalesce(d.kept, false) AS told_kept, coalesce(d.pushed_at, 0.0) AS told_pushed_at, coalesce(d.without_text, '') AS told_without_text, coalesce(d.url, '') AS told_url, q.reason AS told_parked, q.message AS told_parked_why, q.told AS told_parked_told, q.id AS at_0 FROM quarantine AS q LEFT OUTER JOIN documents AS d ON d.target = q.target AND d.id = q.id AND d.state != 'removed' WHERE q.target = %(target)s::VARCHAR AND q.id > %(at_0)s::VARCHAR AND (q.title = '' OR (%(word)s::VARCHAR = '' OR folded(q.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR q.id = %(word)s::VARCHAR OR q.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(q.title) LIKE %(ending)s::VARCHAR ESCAPE '\')) AND (%(all_parked)s OR d.id IS NULL) AND (%(besides)s::VARCHAR = '' OR NOT (coalesce(d.without_text, '') = %(besides)s::VARCHAR OR coalesce(d.held_why, '') = %(besides)s::VARCHAR)) AND (%(word)s::VARCHAR = '' OR folded(coalesce(nullif(q.title, ''), d.title, '')) LIKE %(part)s::VARCHAR ESCAPE '\' OR q.id = %(word)s::VARCHAR OR q.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(coalesce(nullif(q.title, ''), d.title, '')) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR coalesce(d.source, q.source) = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR coalesce(d.kind, '') = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR coalesce(d.without_text, '') = %(reason)s::VARCHAR OR coalesce(d.held_why, '') = %(reason)s::VARCHAR OR q.reason = %(reason)s::VARCHAR) AND (%(any_room)s OR coalesce(d.room, q.room) = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR coalesce(d.state, 'quarantined') = %(state)s::VARCHAR) AND (%(with_any_text)s OR coalesce(d.without_text, '') != '') AND (%(parked_or_not)s OR q.reason != '') ORDER BY q.id LIMIT %(many)s

-- catalogue.reasons_in (target, rooms)
SELECT documents.without_text, count(*) AS many FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND documents.without_text != '' AND documents.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1)) GROUP BY documents.without_text ORDER BY count(*) DESC, documents.without_text

-- catalogue.rooms_called (target, word, lower)
SELECT rooms.key FROM rooms WHERE rooms.target = %(target)s::VARCHAR AND (rooms.key = %(word)s::VARCHAR OR folded(rooms.name) = %(lower)s) UNION SELECT documents.room FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.container = '' AND documents.id = %(lower)s::VARCHAR

-- catalogue.titled (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, match, at_0, many)
WITH every_one AS MATERIALIZED (SELECT documents.number AS number FROM documents WHERE documents.target = %(target)s::VARCHAR AND (pieces(folded(documents.title)) @@ CAST(%(match)s::VARCHAR AS TSQUERY)) AND documents.number < %(at_0)s::INTEGER) SELECT (%(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (%(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (%(with_any_text)s OR looked.without_text != '') AND (%(parked_or_not)s OR coalesce(q.reason, '') != '') AND looked.target = %(target)s::VARCHAR AND looked.state != 'removed' AND (NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) AS fits, false AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.number AS at_0 FROM (SELECT every_one.number AS number FROM every_one ORDER BY every_one.number DESC LIMIT %(many)s) AS found JOIN documents ON documents.number = found.number) AS looked LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id ORDER BY looked.at_0 DESC

-- catalogue.unseen (target, rooms)
SELECT count(*) AS count_1 FROM documents, audiences WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND documents.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1)) AND documents.audience = audiences.digest AND NOT audiences.public AND audiences.identities = '[]'

-- catalogue.walk_live (target, path, last, word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, limit)
SELECT listed.id, listed.title, listed.kind, listed.source, listed.room, listed.state, listed.held_why, listed.held_note, listed.kept, listed.pushed_at, listed.without_text, listed.url, listed.parked, listed.parked_why, listed.parked_told, listed.path FROM (SELECT d.id AS id, d.title AS title, d.kind AS kind, d.source AS source, d.room AS room, d.state AS state, d.held_why AS held_why, d.held_note AS held_note, d.kept AS kept, d.pushed_at AS pushed_at, d.without_text AS without_text, d.url AS url, coalesce(q.reason, '') AS parked, coalesce(q.message, '') AS parked_why, coalesce(q.told, '') AS parked_told, d.path AS path, d.native AS native FROM documents AS d LEFT OUTER JOIN quarantine AS q ON q.target = d.target AND q.id = d.id WHERE d.target = %(target)s::VARCHAR AND d.state != 'removed' AND (d.path > %(path)s::VARCHAR OR d.path = %(path)s::VARCHAR AND d.id > %(last)s::VARCHAR)) AS listed WHERE (%(word)s::VARCHAR = '' OR folded(listed.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR listed.id = %(word)s::VARCHAR OR listed.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(listed.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR listed.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR listed.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR listed.without_text = %(reason)s::VARCHAR OR listed.held_why = %(reason)s::VARCHAR OR listed.parked = %(reason)s::VARCHAR) AND (%(any_room)s OR listed.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR listed.state = %(state)s::VARCHAR) AND (%(with_any_text)s OR listed.without_text != '') AND (%(parked_or_not)s OR listed.parked != '') ORDER BY listed.path, listed.id LIMIT %(limit)s

-- catalogue.walk_never (target, path, last, word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, limit)
SELECT listed.id, listed.title, listed.kind, listed.source, listed.room, listed.state, listed.held_why, listed.held_note, listed.kept, listed.pushed_at, listed.without_text, listed.url, listed.parked, listed.parked_why, listed.parked_told, listed.path FROM (SELECT q.id AS id, q.title AS title, '' AS kind, q.source AS source, q.room AS room, 'quarantined' AS state, '' AS held_why, '' AS held_note, false AS kept, 0.0 AS pushed_at, '' AS without_text, '' AS url, q.reason AS parked, q.message AS parked_why, q.told AS parked_told, '' AS path, q.native AS native FROM quarantine AS q WHERE q.target = %(target)s::VARCHAR AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = q.target AND d.id = q.id AND d.state != 'removed')) AND %(path)s::VARCHAR = '' AND q.id > %(last)s::VARCHAR) AS listed WHERE (%(word)s::VARCHAR = '' OR folded(listed.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR listed.id = %(word)s::VARCHAR OR listed.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(listed.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR listed.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR listed.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR listed.without_text = %(reason)s::VARCHAR OR listed.held_why = %(reason)s::VARCHAR OR listed.parked = %(reason)s::VARCHAR) AND (%(any_room)s OR listed.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR listed.state = %(state)s::VARCHAR) AND (%(with_any_text)s OR listed.without_text != '') AND (%(parked_or_not)s OR listed.parked != '') ORDER BY listed.path, listed.id LIMIT %(limit)s

-- catalogue.without_text (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, at_0, at_1, at_2, many)
SELECT (%(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (%(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (%(with_any_text)s OR looked.without_text != '') AND (%(parked_or_not)s OR coalesce(q.reason, '') != '') AND looked.target = %(target)s::VARCHAR AND looked.state != 'removed' AND (NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0, looked.at_1, looked.at_2 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.without_text AS at_0, documents.path AS at_1, documents.id AS at_2 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.without_text != '' AND (documents.without_text, documents.path, documents.id) > (%(at_0)s::VARCHAR, %(at_1)s::VARCHAR, %(at_2)s::VARCHAR) ORDER BY documents.without_text, documents.path, documents.id LIMIT %(many)s) AS looked LEFT OUTER JOIN (SELECT documents.without_text AS at_0, documents.path AS at_1, documents.id AS at_2 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.without_text != '' AND (documents.without_text, documents.path, documents.id) > (%(at_0)s::VARCHAR, %(at_1)s::VARCHAR, %(at_2)s::VARCHAR) ORDER BY documents.without_text, documents.path, documents.id LIMIT 1 OFFSET %(many)s::INTEGER - 1) AS furthest ON looked.at_0 = furthest.at_0 AND looked.at_1 = furthest.at_1 AND looked.at_2 = furthest.at_2 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR %(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (furthest.at_0 IS NOT NULL OR %(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (furthest.at_0 IS NOT NULL OR %(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(with_any_text)s OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR %(parked_or_not)s OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = %(target)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) ORDER BY looked.at_0, looked.at_1, looked.at_2

-- catalogue.without_text_for (word, part, ending, source, kind, reason, any_room, rooms, state, with_any_text, parked_or_not, target, named, at_0, at_1, many)
SELECT (%(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (%(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (%(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (%(with_any_text)s OR looked.without_text != '') AND (%(parked_or_not)s OR coalesce(q.reason, '') != '') AND looked.target = %(target)s::VARCHAR AND looked.state != 'removed' AND (NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) AS fits, furthest.at_0 IS NOT NULL AS is_last, looked.id AS told_id, looked.title AS told_title, looked.kind AS told_kind, looked.source AS told_source, looked.room AS told_room, looked.state AS told_state, looked.held_why AS told_held_why, looked.held_note AS told_held_note, looked.kept AS told_kept, looked.pushed_at AS told_pushed_at, looked.without_text AS told_without_text, looked.url AS told_url, coalesce(q.reason, '') AS told_parked, coalesce(q.message, '') AS told_parked_why, coalesce(q.told, '') AS told_parked_told, looked.at_0, looked.at_1 FROM (SELECT documents.id AS id, documents.title AS title, documents.kind AS kind, documents.source AS source, documents.room AS room, documents.state AS state, documents.held_why AS held_why, documents.held_note AS held_note, documents.kept AS kept, documents.pushed_at AS pushed_at, documents.without_text AS without_text, documents.url AS url, documents.path AS path, documents.native AS native, documents.target AS target, documents.path AS at_0, documents.id AS at_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.without_text != '' AND documents.without_text = %(reason)s::VARCHAR AND (documents.path, documents.id) > (%(at_0)s::VARCHAR, %(at_1)s::VARCHAR) ORDER BY documents.path, documents.id LIMIT %(many)s) AS looked LEFT OUTER JOIN (SELECT documents.path AS at_0, documents.id AS at_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.without_text != '' AND documents.without_text = %(reason)s::VARCHAR AND (documents.path, documents.id) > (%(at_0)s::VARCHAR, %(at_1)s::VARCHAR) ORDER BY documents.path, documents.id LIMIT 1 OFFSET %(many)s::INTEGER - 1) AS furthest ON looked.at_0 = furthest.at_0 AND looked.at_1 = furthest.at_1 LEFT OUTER JOIN quarantine AS q ON q.target = looked.target AND q.id = looked.id WHERE (furthest.at_0 IS NOT NULL OR %(word)s::VARCHAR = '' OR folded(looked.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR looked.id = %(word)s::VARCHAR OR looked.native = %(word)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(ending)s::VARCHAR = '' OR folded(looked.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (furthest.at_0 IS NOT NULL OR %(source)s::VARCHAR = '' OR looked.source = %(source)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(kind)s::VARCHAR = '' OR looked.kind = %(kind)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(reason)s::VARCHAR = '' OR looked.without_text = %(reason)s::VARCHAR OR looked.held_why = %(reason)s::VARCHAR OR coalesce(q.reason, '') = %(reason)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(any_room)s OR looked.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (furthest.at_0 IS NOT NULL OR %(state)s::VARCHAR = '' OR looked.state = %(state)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(with_any_text)s OR looked.without_text != '') AND (furthest.at_0 IS NOT NULL OR %(parked_or_not)s OR coalesce(q.reason, '') != '') AND (furthest.at_0 IS NOT NULL OR looked.target = %(target)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR looked.state != 'removed') AND (furthest.at_0 IS NOT NULL OR NOT %(named)s OR looked.id != %(word)s::VARCHAR AND looked.native != %(word)s::VARCHAR) ORDER BY looked.at_0, looked.at_1

-- clock_changes.cut_grants (now)
UPDATE grants SET told_at=CASE WHEN (grants.told_at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE grants.told_at END WHERE grants.told_at > %(now)s::FLOAT

-- clock_changes.cut_intents (now)
UPDATE intents SET at=CASE WHEN (intents.at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE intents.at END WHERE intents.at > %(now)s::FLOAT

-- clock_changes.cut_pauses_of_documents (now, settle)
UPDATE documents SET redo_after=(%(now)s::FLOAT + %(settle)s::FLOAT) WHERE documents.redo_after IS NOT NULL AND documents.redo_after > %(now)s::FLOAT + %(settle)s::FLOAT

-- clock_changes.cut_pauses_of_people (now, settle)
UPDATE people SET redo_after=(%(now)s::FLOAT + %(settle)s::FLOAT) WHERE people.redo_after IS NOT NULL AND people.redo_after > %(now)s::FLOAT + %(settle)s::FLOAT

-- clock_changes.cut_pauses_of_quarantine (now)
UPDATE quarantine SET next_try=(%(now)s::FLOAT + CASE WHEN (quarantine.attempts <= 1) THEN 300.0 WHEN (quarantine.attempts <= 2) THEN 600.0 WHEN (quarantine.attempts <= 3) THEN 1200.0 WHEN (quarantine.attempts <= 4) THEN 2400.0 WHEN (quarantine.attempts <= 5) THEN 4800.0 WHEN (quarantine.attempts <= 6) THEN 9600.0 WHEN (quarantine.attempts <= 7) THEN 19200.0 WHEN (quarantine.attempts <= 8) THEN 38400.0 WHEN (quarantine.attempts <= 9) THEN 76800.0 ELSE 86400.0 END) WHERE quarantine.next_try IS NOT NULL AND quarantine.next_try > %(now)s::FLOAT + CASE WHEN (quarantine.attempts <= 1) THEN 300.0 WHEN (quarantine.attempts <= 2) THEN 600.0 WHEN (quarantine.attempts <= 3) THEN 1200.0 WHEN (quarantine.attempts <= 4) THEN 2400.0 WHEN (quarantine.attempts <= 5) THEN 4800.0 WHEN (quarantine.attempts <= 6) THEN 9600.0 WHEN (quarantine.attempts <= 7) THEN 19200.0 WHEN (quarantine.attempts <= 8) THEN 38400.0 WHEN (quarantine.attempts <= 9) THEN 76800.0 ELSE 86400.0 END

-- clock_changes.cut_people_removals (now)
UPDATE people_removals SET at=CASE WHEN (people_removals.at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE people_removals.at END WHERE people_removals.at > %(now)s::FLOAT

-- clock_changes.cut_people_sessions (now)
UPDATE people_sessions SET lost_at=CASE WHEN (people_sessions.lost_at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE people_sessions.lost_at END, at=CASE WHEN (people_sessions.at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE people_sessions.at END WHERE people_sessions.at > %(now)s::FLOAT OR people_sessions.lost_at > %(now)s::FLOAT

-- clock_changes.cut_persons (now)
UPDATE persons SET told_at=CASE WHEN (persons.told_at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE persons.told_at END, asked_at=CASE WHEN (persons.asked_at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE persons.asked_at END WHERE persons.told_at > %(now)s::FLOAT OR persons.asked_at > %(now)s::FLOAT

-- clock_changes.cut_quarantine (now)
UPDATE quarantine SET first_seen=CASE WHEN (quarantine.first_seen > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE quarantine.first_seen END, last_seen=CASE WHEN (quarantine.last_seen > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE quarantine.last_seen END WHERE quarantine.first_seen > %(now)s::FLOAT OR quarantine.last_seen > %(now)s::FLOAT

-- clock_changes.cut_removals (now)
UPDATE removals SET at=CASE WHEN (removals.at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE removals.at END WHERE removals.at > %(now)s::FLOAT

-- clock_changes.cut_rooms (now)
UPDATE rooms SET audience_at=CASE WHEN (rooms.audience_at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE rooms.audience_at END, unlisted_at=CASE WHEN (rooms.unlisted_at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE rooms.unlisted_at END WHERE rooms.audience_at > %(now)s::FLOAT OR rooms.unlisted_at > %(now)s::FLOAT

-- clock_changes.cut_runs (now)
UPDATE runs SET started_at=CASE WHEN (runs.started_at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE runs.started_at END, finished_at=CASE WHEN (runs.finished_at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE runs.finished_at END WHERE runs.started_at > %(now)s::FLOAT OR runs.finished_at > %(now)s::FLOAT

-- clock_changes.cut_sessions (now)
UPDATE sessions SET lost_at=CASE WHEN (sessions.lost_at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE sessions.lost_at END, at=CASE WHEN (sessions.at > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE sessions.at END WHERE sessions.at > %(now)s::FLOAT OR sessions.lost_at > %(now)s::FLOAT

-- clock_changes.move_grants (by)
UPDATE grants SET told_at=CASE WHEN (grants.told_at > 0) THEN grants.told_at + %(by)s::FLOAT ELSE grants.told_at END WHERE grants.told_at IS NOT NULL

-- clock_changes.move_intents (by)
UPDATE intents SET at=CASE WHEN (intents.at > 0) THEN intents.at + %(by)s::FLOAT ELSE intents.at END WHERE intents.at IS NOT NULL

-- clock_changes.move_pauses_of_documents (by)
UPDATE documents SET redo_after=CASE WHEN (documents.redo_after > 0) THEN documents.redo_after + %(by)s::FLOAT ELSE documents.redo_after END WHERE documents.redo_after IS NOT NULL

-- clock_changes.move_pauses_of_people (by)
UPDATE people SET redo_after=CASE WHEN (people.redo_after > 0) THEN people.redo_after + %(by)s::FLOAT ELSE people.redo_after END WHERE people.redo_after IS NOT NULL

-- clock_changes.move_pauses_of_quarantine (by)
UPDATE quarantine SET next_try=CASE WHEN (quarantine.next_try > 0) THEN quarantine.next_try + %(by)s::FLOAT ELSE quarantine.next_try END WHERE quarantine.next_try IS NOT NULL

-- clock_changes.move_people_removals (by)
UPDATE people_removals SET at=CASE WHEN (people_removals.at > 0) THEN people_removals.at + %(by)s::FLOAT ELSE people_removals.at END WHERE people_removals.at IS NOT NULL

-- clock_changes.move_people_sessions (by)
UPDATE people_sessions SET lost_at=CASE WHEN (people_sessions.lost_at > 0) THEN people_sessions.lost_at + %(by)s::FLOAT ELSE people_sessions.lost_at END, at=CASE WHEN (people_sessions.at > 0) THEN people_sessions.at + %(by)s::FLOAT ELSE people_sessions.at END WHERE people_sessions.at IS NOT NULL OR people_sessions.lost_at IS NOT NULL

-- clock_changes.move_persons (by)
UPDATE persons SET told_at=CASE WHEN (persons.told_at > 0) THEN persons.told_at + %(by)s::FLOAT ELSE persons.told_at END, asked_at=CASE WHEN (persons.asked_at > 0) THEN persons.asked_at + %(by)s::FLOAT ELSE persons.asked_at END WHERE persons.told_at IS NOT NULL OR persons.asked_at IS NOT NULL

-- clock_changes.move_quarantine (by)
UPDATE quarantine SET first_seen=CASE WHEN (quarantine.first_seen > 0) THEN quarantine.first_seen + %(by)s::FLOAT ELSE quarantine.first_seen END, last_seen=CASE WHEN (quarantine.last_seen > 0) THEN quarantine.last_seen + %(by)s::FLOAT ELSE quarantine.last_seen END WHERE quarantine.first_seen IS NOT NULL OR quarantine.last_seen IS NOT NULL

-- clock_changes.move_removals (by)
UPDATE removals SET at=CASE WHEN (removals.at > 0) THEN removals.at + %(by)s::FLOAT ELSE removals.at END WHERE removals.at IS NOT NULL

-- clock_changes.move_rooms (by)
UPDATE rooms SET audience_at=CASE WHEN (rooms.audience_at > 0) THEN rooms.audience_at + %(by)s::FLOAT ELSE rooms.audience_at END, unlisted_at=CASE WHEN (rooms.unlisted_at > 0) THEN rooms.unlisted_at + %(by)s::FLOAT ELSE rooms.unlisted_at END WHERE rooms.audience_at IS NOT NULL OR rooms.unlisted_at IS NOT NULL

-- clock_changes.move_runs (by)
UPDATE runs SET started_at=CASE WHEN (runs.started_at > 0) THEN runs.started_at + %(by)s::FLOAT ELSE runs.started_at END, finished_at=CASE WHEN (runs.finished_at > 0) THEN runs.finished_at + %(by)s::FLOAT ELSE runs.finished_at END WHERE runs.started_at IS NOT NULL OR runs.finished_at IS NOT NULL

-- clock_changes.move_sessions (by)
UPDATE sessions SET lost_at=CASE WHEN (sessions.lost_at > 0) THEN sessions.lost_at + %(by)s::FLOAT ELSE sessions.lost_at END, at=CASE WHEN (sessions.at > 0) THEN sessions.at + %(by)s::FLOAT ELSE sessions.at END WHERE sessions.at IS NOT NULL OR sessions.lost_at IS NOT NULL

-- counts.kept (target)
SELECT counts.state, counts.reason, counts.format, counts.text, sum(counts.many) AS sum_1 FROM counts WHERE counts.target = %(target)s::VARCHAR GROUP BY counts.state, counts.reason, counts.format, counts.text HAVING sum(counts.many) != 0

-- documents.accepted (target, source, run)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.session_run = %(run)s::INTEGER

-- documents.accepted_at (target, ids)
SELECT documents.id, documents.pushed_run, documents.pushed_at FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) AND documents.fingerprint IS NOT NULL AND (documents.redo_after IS NULL OR documents.lost = documents.fingerprint)

-- documents.audience_of (target, id)
SELECT audiences.identities, audiences.public FROM documents JOIN audiences ON audiences.digest = documents.audience WHERE documents.target = %(target)s::VARCHAR AND documents.id = %(id)s::VARCHAR

-- documents.audiences_in (target, source, room)
SELECT audiences.digest, audiences.identities, audiences.public FROM audiences WHERE audiences.digest IN (SELECT DISTINCT documents.audience FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.room = %(room)s::VARCHAR AND documents.audience IS NOT NULL AND documents.state != 'removed')

-- documents.body_of (target, id)
SELECT b.body, b.text, b.text_key, d.without_text, b.hidden FROM bodies AS b JOIN documents AS d ON d.number = b.document WHERE d.target = %(target)s::VARCHAR AND d.id = %(id)s::VARCHAR

-- documents.carriers (target, source, each)
SELECT placed.id FROM (SELECT documents.id AS id, row_number() OVER (PARTITION BY documents.room ORDER BY documents.id) AS place FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.fingerprint IS NOT NULL AND documents.state IN ('live', 'held')) AS placed WHERE placed.place <= %(each)s ORDER BY placed.place, placed.id

-- documents.confirmed (target, source)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND documents.source = %(source)s::VARCHAR AND documents.fingerprint IS NOT NULL

-- documents.confirmed_ids (target, last, chunk)
SELECT documents.id FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.fingerprint IS NOT NULL AND documents.state != 'removed' AND documents.id > %(last)s::VARCHAR ORDER BY documents.id LIMIT %(chunk)s

-- documents.count (target)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed'

-- documents.count_of (target, source)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND documents.source = %(source)s::VARCHAR

-- documents.counts_by_room (target)
SELECT documents.source, documents.room, count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' GROUP BY documents.source, documents.room

-- documents.empties (target, source, ids)
SELECT anon_1.value, (SELECT 1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.container = anon_1.value AND coalesce(documents.source, '') = %(source)s::VARCHAR AND documents.state != 'removed' LIMIT 1) IS NOT NULL AS anon_2, (SELECT 1 FROM containers WHERE containers.target = %(target)s::VARCHAR AND containers.id = anon_1.value LIMIT 1) IS NOT NULL AS anon_3 FROM json_array_elements_text((%(ids)s)::json) AS anon_1

-- documents.facts (target, id)
SELECT documents.number, documents.target, documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.version, documents.fingerprint, documents.audience, documents.rules, documents.pushed_run, documents.pushed_at, documents.session_run, documents.backfill, documents.delta_run, documents.missing_run, documents.missing_why, documents.noted_run, documents.lacked_run, documents.gone_run, documents.also, documents.held_run, documents.held_why, documents.held_note, documents.kept, documents.redo_after, documents.lost, documents.without_text FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = %(id)s::VARCHAR

-- documents.find (target, words, lower)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id IN (%(words)s, %(lower)s)

-- documents.find_link (target, words)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.url = %(words)s::VARCHAR AND documents.url != '' ORDER BY documents.path, documents.id

-- documents.find_native (target, words, lower)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.native IN (%(words)s, %(lower)s) ORDER BY documents.id

-- documents.fingerprints (target, ids)
SELECT documents.id, documents.fingerprint, documents.title FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1))

-- documents.in_other_scopes (target, ids, source, room)
SELECT documents.id, documents.room FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) AND coalesce(documents.source, '') = %(source)s::VARCHAR AND documents.state != 'removed' AND (documents.room NOT IN ('', %(room)s)) AND documents.held_why != 'room-vanished'

-- documents.kinds (target, source)
SELECT documents.kind, count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.state != 'removed' GROUP BY documents.kind

-- documents.known (target, ids)
SELECT documents.id, documents.version, documents.fingerprint, documents.container, documents.state, documents.missing_run, documents.pushed_run, documents.session_run, documents.backfill, CASE WHEN (documents.lost = documents.fingerprint) THEN NULL ELSE documents.redo_after END AS redo_after, documents.rules, documents.audience, documents.path, documents.also, documents.room FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1))

-- documents.known_in (target, container, source)
SELECT documents.id, documents.version, documents.fingerprint, documents.container, documents.state, documents.missing_run, documents.pushed_run, documents.session_run, documents.backfill, CASE WHEN (documents.lost = documents.fingerprint) THEN NULL ELSE documents.redo_after END AS redo_after, documents.rules, documents.audience, documents.path, documents.also, documents.room FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.container = %(container)s::VARCHAR AND coalesce(documents.source, '') = %(source)s::VARCHAR AND documents.state != 'removed'

-- documents.known_in_several (target, ids, source)
SELECT documents.id, documents.version, documents.fingerprint, documents.container, documents.state, documents.missing_run, documents.pushed_run, documents.session_run, documents.backfill, CASE WHEN (documents.lost = documents.fingerprint) THEN NULL ELSE documents.redo_after END AS redo_after, documents.rules, documents.audience, documents.path, documents.also, documents.room FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.container = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) AND coalesce(documents.source, '') = %(source)s::VARCHAR AND documents.state != 'removed'

-- documents.loaded (target, source, backfill)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND documents.source = %(source)s::VARCHAR AND documents.backfill = %(backfill)s::INTEGER

-- documents.marker (target, source)
SELECT documents.id FROM documents WHERE documents.target = %(target)s::VARCHAR AND coalesce(documents.source, '') = %(source)s::VARCHAR AND documents.container = '' AND documents.fingerprint IS NOT NULL AND documents.state IN ('live', 'held') ORDER BY documents.id LIMIT 1

-- documents.next_source (target, last)
SELECT documents.source FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source > %(last)s::VARCHAR AND documents.state != 'removed' ORDER BY documents.source LIMIT 1

-- documents.not_accepted (target, run)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND documents.session_run != %(run)s::INTEGER

-- documents.rooms_of (target, source)
SELECT documents.id FROM documents WHERE documents.target = %(target)s::VARCHAR AND coalesce(documents.source, '') = %(source)s::VARCHAR AND documents.container = '' AND documents.fingerprint IS NOT NULL AND documents.state IN ('live', 'held') ORDER BY documents.id

-- documents.sampled_ids (target, most)
SELECT documents.id FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.fingerprint IS NOT NULL AND documents.state != 'removed' ORDER BY random() LIMIT %(most)s

-- documents.sent_last (target, before, limit)
SELECT documents.delta_run, documents.id, documents.fingerprint FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.delta_run = (SELECT max(sent.delta_run) AS max_1 FROM documents AS sent WHERE sent.target = %(target)s::VARCHAR AND sent.delta_run < %(before)s::INTEGER AND sent.state = 'live' AND sent.fingerprint IS NOT NULL AND (sent.redo_after IS NULL OR sent.lost = sent.fingerprint)) AND documents.state = 'live' AND documents.fingerprint IS NOT NULL AND (documents.redo_after IS NULL OR documents.lost = documents.fingerprint) ORDER BY documents.pushed_at, documents.id LIMIT %(limit)s

-- documents.standing_of (target, ids)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1))

-- documents.unaccepted (target, source, run, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden FROM documents AS d JOIN bodies AS b ON b.document = d.number WHERE d.target = %(target)s::VARCHAR AND d.source = %(source)s::VARCHAR AND d.session_run != %(run)s::INTEGER AND d.state != 'removed' AND (d.path > %(path)s::VARCHAR OR d.path = %(path)s::VARCHAR AND d.id > %(last)s::VARCHAR) ORDER BY d.path, d.id LIMIT %(chunk)s

-- documents.unheard (target, source, until, settle)
SELECT documents.id FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.state != 'removed' AND documents.redo_after >= %(until)s::FLOAT AND documents.redo_after > documents.pushed_at + %(settle)s::FLOAT AND documents.lost != '\x'::bytea

-- duplicates.groups (target, source, many, last, limit, skipped)
SELECT bodies.text_key AS key, count(*) AS many FROM bodies JOIN documents ON documents.number = bodies.document WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND (%(source)s::VARCHAR = '' OR documents.source = %(source)s::VARCHAR) AND bodies.text_key != '' GROUP BY bodies.text_key HAVING count(*) > 1 AND (count(*) < %(many)s::INTEGER OR count(*) = %(many)s::INTEGER AND bodies.text_key > %(last)s::VARCHAR) ORDER BY count(*) DESC, bodies.text_key LIMIT %(limit)s OFFSET %(skipped)s

-- duplicates.groups_in (target, source, rooms, many, last, limit, skipped)
SELECT here.key AS key, count(*) AS many FROM (SELECT (SELECT bodies.text_key FROM bodies WHERE bodies.document = documents.number) AS key, documents.id AS id, documents.title AS title, documents.source AS source, documents.room AS room, documents.url AS url, documents.path AS path FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND (%(source)s::VARCHAR = '' OR documents.source = %(source)s::VARCHAR) AND documents.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AS here WHERE here.key != '' GROUP BY here.key HAVING count(*) > 1 AND (count(*) < %(many)s::INTEGER OR count(*) = %(many)s::INTEGER AND here.key > %(last)s::VARCHAR) ORDER BY count(*) DESC, here.key LIMIT %(limit)s OFFSET %(skipped)s

-- duplicates.places (target, source, keys)
SELECT bodies.text_key, documents.id, documents.title, documents.source, documents.room, documents.url FROM bodies JOIN documents ON documents.number = bodies.document WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND (%(source)s::VARCHAR = '' OR documents.source = %(source)s::VARCHAR) AND bodies.text_key != '' AND bodies.text_key = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(keys)s)::json) AS anon_1)) ORDER BY bodies.text_key, documents.path, documents.id

-- duplicates.places_in (target, source, rooms, keys)
SELECT here.key, here.id, here.title, here.source, here.room, here.url FROM (SELECT (SELECT bodies.text_key FROM bodies WHERE bodies.document = documents.number) AS key, documents.id AS id, documents.title AS title, documents.source AS source, documents.room AS room, documents.url AS url, documents.path AS path FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND (%(source)s::VARCHAR = '' OR documents.source = %(source)s::VARCHAR) AND documents.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AS here WHERE here.key != '' AND here.key = ANY(ARRAY(SELECT anon_2.value FROM json_array_elements_text((%(keys)s)::json) AS anon_2)) ORDER BY here.key, here.path, here.id

-- duplicates.standing (target, ids)
SELECT documents.id, documents.id AS id__1, documents.title, documents.source, documents.room, documents.url FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1))

-- duplicates.totals (target, source)
SELECT count(*) AS count_1, coalesce(sum(several.many), 0) AS coalesce_1 FROM (SELECT bodies.text_key AS key, count(*) AS many FROM bodies JOIN documents ON documents.number = bodies.document WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND (%(source)s::VARCHAR = '' OR documents.source = %(source)s::VARCHAR) AND bodies.text_key != '' GROUP BY bodies.text_key HAVING count(*) > 1) AS several

-- duplicates.totals_in (target, source, rooms)
SELECT count(*) AS count_1, coalesce(sum(several.many), 0) AS coalesce_1 FROM (SELECT here.key AS key, count(*) AS many FROM (SELECT (SELECT bodies.text_key FROM bodies WHERE bodies.document = documents.number) AS key, documents.id AS id, documents.title AS title, documents.source AS source, documents.room AS room, documents.url AS url, documents.path AS path FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND (%(source)s::VARCHAR = '' OR documents.source = %(source)s::VARCHAR) AND documents.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AS here WHERE here.key != '' GROUP BY here.key HAVING count(*) > 1) AS several

-- erasing.addresses (target) each (id) once id
UPDATE people SET address='' FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id

-- erasing.changes (target) each (id) once id
DELETE FROM audience_changes USING json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE audience_changes.target = %(target)s::VARCHAR AND audience_changes.id = r.id

-- erasing.hidden (target) each (id) once id
UPDATE hidden SET native='', title='', url='' FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE hidden.target = %(target)s::VARCHAR AND hidden.id = r.id AND hidden.title != ''

-- erasing.history (target) each (id) once id
UPDATE removals SET native='', title='' FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE removals.target = %(target)s::VARCHAR AND removals.id = r.id AND (removals.title != '' OR removals.native != '')

-- erasing.identities (target) each (id) once id
DELETE FROM audiences WHERE audiences.digest IN (SELECT audience_changes.before FROM audience_changes, json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE audience_changes.target = %(target)s::VARCHAR AND audience_changes.kind = 'person' AND audience_changes.id = r.id UNION ALL SELECT audience_changes.after FROM audience_changes, json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE audience_changes.target = %(target)s::VARCHAR AND audience_changes.kind = 'person' AND audience_changes.id = r.id) AND (audiences.digest NOT IN (SELECT documents.audience FROM documents WHERE documents.audience IS NOT NULL))

-- erasing.lost (target, id)
SELECT 1 FROM people_removals WHERE people_removals.target = %(target)s::VARCHAR AND people_removals.id = %(id)s::VARCHAR AND people_removals.address != '' LIMIT 1

-- erasing.names () each (source, key, ending) once source, key
DELETE FROM notes USING json_to_recordset(%(rows)s::JSON) AS r(source VARCHAR, key VARCHAR, ending VARCHAR) WHERE notes.source = r.source AND (notes.key = r.key OR substr(notes.key, (length(notes.key) - length(r.ending)) + 1) = r.ending)

-- erasing.notes () each (source, key) once source, key
DELETE FROM notes USING json_to_recordset(%(rows)s::JSON) AS r(source VARCHAR, key VARCHAR) WHERE notes.source = r.source AND notes.key = r.key

-- erasing.orders (target) each (id) once id
UPDATE orders SET title='' FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE orders.target = %(target)s::VARCHAR AND orders.subject = r.id AND orders.title != ''

-- erasing.people_history (target) each (id) once id
UPDATE people_removals SET address='' FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE people_removals.target = %(target)s::VARCHAR AND people_removals.id = r.id

-- erasing.records (target) each (id) once id
DELETE FROM people USING json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id AND people.redo_after IS NULL

-- erasing.rows (target) each (id) once id
UPDATE documents SET native='', title='', url='' FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND documents.state = 'removed'

-- erasing.shares (target) each (source, key) once source, key
DELETE FROM persons USING json_to_recordset(%(rows)s::JSON) AS r(source VARCHAR, key VARCHAR) WHERE persons.target = %(target)s::VARCHAR AND persons.source = r.source AND persons.key = r.key

-- erasing.text_is_used (key)
SELECT 1 FROM bodies WHERE bodies.text_key = %(key)s::VARCHAR LIMIT 1

-- erasing.traces (target, id)
SELECT documents.id, documents.source, documents.native, documents.title, bodies.text_key FROM documents LEFT OUTER JOIN bodies ON bodies.document = documents.number WHERE documents.target = %(target)s::VARCHAR AND documents.id = %(id)s::VARCHAR UNION ALL SELECT hidden.id, hidden.source, hidden.native, hidden.title, '' AS anon_1 FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.id = %(id)s::VARCHAR UNION ALL SELECT removals.id, removals.source, removals.native, removals.title, '' AS anon_1 FROM removals WHERE removals.target = %(target)s::VARCHAR AND removals.id = %(id)s::VARCHAR

-- grants.below (source, parent)
SELECT grants.native, grants.parent, grants.kind, grants.step, grants.identities, grants.listless, grants.trouble, grants.inherited, grants.asked_run, grants.told_at FROM grants WHERE grants.source = %(source)s::VARCHAR AND grants.parent = %(parent)s::VARCHAR ORDER BY grants.native

-- grants.below_all (source, parents)
SELECT grants.native, grants.parent, grants.kind, grants.step, grants.identities, grants.listless, grants.trouble, grants.inherited, grants.asked_run, grants.told_at FROM grants WHERE grants.source = %(source)s::VARCHAR AND grants.parent = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(parents)s)::json) AS anon_1)) ORDER BY grants.native

-- grants.changed (source, kinds)
SELECT grants.native, grants.parent, grants.kind, grants.step, grants.identities, grants.listless, grants.trouble, grants.inherited, grants.asked_run, grants.told_at FROM grants WHERE grants.source = %(source)s::VARCHAR AND grants.kind = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(kinds)s)::json) AS anon_1)) AND grants.rendered != CASE WHEN grants.listless THEN '' ELSE coalesce(grants.identities, '') END

-- grants.get (source, natives)
SELECT grants.native, grants.parent, grants.kind, grants.step, grants.identities, grants.listless, grants.trouble, grants.inherited, grants.asked_run, grants.told_at FROM grants WHERE grants.source = %(source)s::VARCHAR AND grants.native = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(natives)s)::json) AS anon_1))

-- grants.leave_former_places (source)
UPDATE grants SET parent='' WHERE grants.source = %(source)s::VARCHAR AND grants.native IN (SELECT documents.native FROM documents JOIN documents AS c ON c.target = documents.target AND c.id = documents.container JOIN grants AS g ON g.source = documents.source AND g.native = documents.native WHERE documents.source = %(source)s::VARCHAR AND g.parent != c.native)

-- grants.made (source) each (native, own) once native
UPDATE grants SET rendered=r.own FROM json_to_recordset(%(rows)s::JSON) AS r(native VARCHAR, own VARCHAR) WHERE grants.source = %(source)s::VARCHAR AND grants.native = r.native

-- grants.put (source) each (native, parent, kind, step, identities, listless, trouble, inherited, asked_run, told_at) once native
INSERT INTO grants (source, native, parent, kind, step, identities, listless, trouble, inherited, asked_run, told_at, rendered) SELECT %(source)s AS anon_1, r.native, r.parent, r.kind, r.step, r.identities, r.listless, r.trouble, decode(r.inherited, 'base64') AS decode_1, r.asked_run, r.told_at, CASE WHEN r.listless THEN '' ELSE coalesce(r.identities, '') END AS anon_2 FROM json_to_recordset(%(rows)s::JSON) AS r(native VARCHAR, parent VARCHAR, kind VARCHAR, step VARCHAR, identities VARCHAR, listless BOOLEAN, trouble VARCHAR, inherited VARCHAR, asked_run INTEGER, told_at FLOAT) WHERE true ON CONFLICT (source, native) DO UPDATE SET parent = excluded.parent, kind = excluded.kind, step = excluded.step, identities = excluded.identities, listless = excluded.listless, trouble = excluded.trouble, inherited = excluded.inherited, asked_run = excluded.asked_run, told_at = excluded.told_at

-- history.last (target, word, words)
SELECT removals.number, removals.id, removals.title, removals.source, removals.kind, removals.room, removals.path, coalesce(runs.id, '') AS coalesce_1, removals.at, removals.why, removals.code, removals.approved FROM removals LEFT OUTER JOIN runs ON runs.number = removals.run WHERE removals.id != '' AND removals.number IN (SELECT removals.number FROM removals WHERE removals.target = %(target)s::VARCHAR AND removals.id = %(word)s::VARCHAR UNION SELECT removals.number FROM removals WHERE removals.target = %(target)s::VARCHAR AND removals.native IN (%(word)s, %(words)s) UNION SELECT removals.number FROM removals WHERE removals.target = %(target)s::VARCHAR AND lower((%(words)s::VARCHAR) COLLATE "C") = lower(removals.title)) ORDER BY removals.number DESC LIMIT 1

-- history.names (target, ids)
SELECT documents.id, documents.title FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) UNION SELECT hidden.id, hidden.title FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.id = ANY(ARRAY(SELECT anon_2.value FROM json_array_elements_text((%(ids)s)::json) AS anon_2)) UNION SELECT removals.id, removals.title FROM removals WHERE removals.target = %(target)s::VARCHAR AND removals.id = ANY(ARRAY(SELECT anon_3.value FROM json_array_elements_text((%(ids)s)::json) AS anon_3))

-- history.removed (word, part, ending, source, kind, reason, any_room, rooms, target, before, many)
SELECT removals.number, removals.id, removals.title, removals.source, removals.kind, removals.room, removals.path, coalesce(runs.id, '') AS coalesce_1, removals.at, removals.why, removals.code, removals.approved, (%(word)s::VARCHAR = '' OR folded(removals.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR removals.id = %(word)s::VARCHAR OR removals.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(removals.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR removals.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR removals.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR removals.code = %(reason)s::VARCHAR) AND (%(any_room)s OR removals.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND removals.id != '' AND NOT (EXISTS (SELECT * FROM removals AS newer WHERE newer.target = removals.target AND newer.id = removals.id AND newer.number > removals.number)) AND NOT (EXISTS (SELECT * FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = removals.id AND documents.state != 'removed')) AND NOT (EXISTS (SELECT * FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.id = removals.id)) AS fits, furthest.at_0 IS NOT NULL AS is_last FROM (SELECT removals.number AS at_0 FROM removals WHERE removals.target = %(target)s::VARCHAR AND removals.number < %(before)s::INTEGER ORDER BY removals.number DESC LIMIT %(many)s) AS looked LEFT OUTER JOIN (SELECT removals.number AS at_0 FROM removals WHERE removals.target = %(target)s::VARCHAR AND removals.number < %(before)s::INTEGER ORDER BY removals.number DESC LIMIT 1 OFFSET %(many)s::INTEGER - 1) AS furthest ON looked.at_0 = furthest.at_0 JOIN removals ON removals.number = looked.at_0 LEFT OUTER JOIN runs ON runs.number = removals.run WHERE (furthest.at_0 IS NOT NULL OR %(word)s::VARCHAR = '' OR folded(removals.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR removals.id = %(word)s::VARCHAR OR removals.native = %(word)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(ending)s::VARCHAR = '' OR folded(removals.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (furthest.at_0 IS NOT NULL OR %(source)s::VARCHAR = '' OR removals.source = %(source)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(kind)s::VARCHAR = '' OR removals.kind = %(kind)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(reason)s::VARCHAR = '' OR removals.code = %(reason)s::VARCHAR) AND (furthest.at_0 IS NOT NULL OR %(any_room)s OR removals.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (furthest.at_0 IS NOT NULL OR removals.id != '') AND (furthest.at_0 IS NOT NULL OR NOT (EXISTS (SELECT * FROM removals AS newer WHERE newer.target = removals.target AND newer.id = removals.id AND newer.number > removals.number))) AND (furthest.at_0 IS NOT NULL OR NOT (EXISTS (SELECT * FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = removals.id AND documents.state != 'removed'))) AND (furthest.at_0 IS NOT NULL OR NOT (EXISTS (SELECT * FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.id = removals.id))) ORDER BY looked.at_0 DESC

-- history.removed_in (target, run, limit)
SELECT removals.number, removals.id, removals.title, removals.source, removals.kind, removals.room, removals.path, coalesce(runs.id, '') AS coalesce_1, removals.at, removals.why, removals.code, removals.approved FROM removals LEFT OUTER JOIN runs ON runs.number = removals.run WHERE removals.id != '' AND removals.target = %(target)s::VARCHAR AND removals.run = %(run)s::INTEGER AND removals.code != 'hidden' ORDER BY removals.path, removals.number LIMIT %(limit)s

-- intents.enter (target) each (id, source, native, room, container, kind, title, url, path, audience) once id
INSERT INTO documents (number, target, id, source, native, room, container, kind, title, url, path, state, pushed_run, pushed_at, session_run, backfill, missing_why, also, held_why, held_note, kept, without_text, audience) SELECT coalesce((SELECT there.number FROM documents AS there WHERE there.target = %(target)s::VARCHAR AND there.id = r.id), nextval('documents_number_seq')) AS coalesce_1, %(target)s AS anon_1, r.id, r.source, r.native, r.room, r.container, r.kind, r.title, r.url, r.path, 'new' AS anon_2, 0 AS anon_3, 0.0 AS anon_4, 0 AS anon_5, 0 AS anon_6, '' AS anon_7, '' AS anon_8, '' AS anon_9, '' AS anon_10, false AS anon_11, '' AS anon_12, decode(r.audience, 'base64') AS decode_1 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, source VARCHAR, native VARCHAR, room VARCHAR, container VARCHAR, kind VARCHAR, title VARCHAR, url VARCHAR, path VARCHAR, audience VARCHAR) WHERE true ON CONFLICT (target, id) DO NOTHING

-- intents.intend (target, kind, run, now, documents)
INSERT INTO intents (target, kind, run, at, documents) VALUES (%(target)s::VARCHAR, %(kind)s::VARCHAR, %(run)s::INTEGER, %(now)s::FLOAT, %(documents)s::VARCHAR) RETURNING intents.number

-- intents.lose (until, target) each (id, lost) once id
UPDATE documents SET redo_after=CASE WHEN (coalesce(documents.redo_after, 0.0) < %(until)s::FLOAT) THEN %(until)s ELSE coalesce(documents.redo_after, 0.0) END, lost=CASE WHEN (documents.lost IS NULL OR documents.lost = decode(r.lost, 'base64')) THEN decode(r.lost, 'base64') ELSE '\x3f'::bytea END FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, lost VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id

-- intents.lose_unknown (until, target) each (id) once id
UPDATE documents SET redo_after=CASE WHEN (coalesce(documents.redo_after, 0.0) < %(until)s::FLOAT) THEN %(until)s ELSE coalesce(documents.redo_after, 0.0) END, lost='\x3f'::bytea FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id

-- intents.settle (target, intent)
DELETE FROM intents WHERE intents.target = %(target)s::VARCHAR AND intents.number = %(intent)s::INTEGER

-- intents.unsettled (target)
SELECT intents.number, intents.at, intents.kind, intents.documents FROM intents WHERE intents.target = %(target)s::VARCHAR ORDER BY intents.number

-- leases.end_soon (lasts, target, left, holder, reach)
UPDATE leases SET expires_at=CASE WHEN (leases.expires_at > date_part('epoch', clock_timestamp()) + %(lasts)s::FLOAT) THEN date_part('epoch', clock_timestamp()) + %(lasts)s::FLOAT ELSE leases.expires_at END WHERE leases.target = %(target)s::VARCHAR AND leases.fence = %(left)s::INTEGER AND leases.holder = %(holder)s::VARCHAR AND leases.reach = %(reach)s::VARCHAR

-- leases.free (target, fence)
UPDATE leases SET expires_at=0.0 WHERE leases.target = %(target)s::VARCHAR AND leases.fence = %(fence)s::INTEGER

-- leases.held ()
SELECT leases.target, leases.holder, leases.host, leases.expires_at - date_part('epoch', clock_timestamp()) AS anon_1 FROM leases WHERE leases.expires_at > date_part('epoch', clock_timestamp())

-- leases.lasting ()
SELECT leases.target, '' AS anon_1 FROM leases WHERE leases.expires_at > date_part('epoch', clock_timestamp())

-- leases.renew (lasts, target, fence)
UPDATE leases SET expires_at=(date_part('epoch', clock_timestamp()) + %(lasts)s::FLOAT) WHERE leases.target = %(target)s::VARCHAR AND leases.fence = %(fence)s::INTEGER

-- leases.shorten (lasts, target)
UPDATE leases SET expires_at=CASE WHEN (leases.expires_at > date_part('epoch', clock_timestamp()) + %(lasts)s::FLOAT) THEN date_part('epoch', clock_timestamp()) + %(lasts)s::FLOAT ELSE leases.expires_at END WHERE leases.target = %(target)s::VARCHAR RETURNING leases.holder, leases.host, leases.expires_at - date_part('epoch', clock_timestamp()) AS anon_1

-- leases.still (target, fence)
SELECT 1 AS anon_1 FROM leases WHERE leases.target = %(target)s::VARCHAR AND leases.fence = %(fence)s::INTEGER FOR SHARE

-- leases.take (target, holder, host, reach, lasts, left)
INSERT INTO leases (target, fence, holder, host, reach, expires_at) SELECT %(target)s AS anon_1, 1 AS anon_2, %(holder)s AS anon_3, %(host)s AS anon_4, %(reach)s AS anon_5, date_part('epoch', clock_timestamp()) + %(lasts)s::FLOAT AS anon_6 WHERE true ON CONFLICT (target) DO UPDATE SET fence = (leases.fence + 1), holder = excluded.holder, host = excluded.host, reach = excluded.reach, expires_at = excluded.expires_at WHERE leases.expires_at <= date_part('epoch', clock_timestamp()) OR leases.fence = %(left)s::INTEGER AND leases.holder = %(holder)s::VARCHAR AND leases.reach = %(reach)s::VARCHAR AND NOT (EXISTS (SELECT 1 AS anon_7 FROM seats WHERE seats.target = %(target)s::VARCHAR AND seats.lease = %(left)s::INTEGER AND seats.state = 'walking')) RETURNING leases.fence

-- members.alone (lock)
SELECT pg_try_advisory_xact_lock(%(lock)s::INTEGER) AS pg_try_advisory_xact_lock_1

-- members.beat (doing, waiting, id)
UPDATE members SET seen_at=date_part('epoch', clock_timestamp()), doing=%(doing)s::VARCHAR, waiting=%(waiting)s::INTEGER WHERE members.id = %(id)s::VARCHAR AND members.state = 'working'

-- members.everyone ()
SELECT members.id, members.host, members.state, members.started_at, date_part('epoch', clock_timestamp()) - members.seen_at AS anon_1, members.doing, members.waiting FROM members ORDER BY members.state DESC, members.started_at DESC, members.id

-- members.forget (after)
DELETE FROM members WHERE members.state != 'working' AND members.seen_at < date_part('epoch', clock_timestamp()) - %(after)s::FLOAT

-- members.forget_takeovers (after)
DELETE FROM takeovers WHERE takeovers.at < date_part('epoch', clock_timestamp()) - %(after)s::FLOAT

-- members.give_up (id, at)
UPDATE members SET state='silent' WHERE members.id = %(id)s::VARCHAR AND members.state = 'working' AND members.seen_at = %(at)s::FLOAT RETURNING members.host

-- members.join (id, host, version)
INSERT INTO members (id, host, version, state, started_at, seen_at, doing, waiting) SELECT %(id)s::VARCHAR AS anon_1, %(host)s::VARCHAR AS anon_2, %(version)s::VARCHAR AS anon_3, 'working' AS anon_4, date_part('epoch', clock_timestamp()) AS date_part_1, date_part('epoch', clock_timestamp()) AS date_part_2, '[]' AS anon_5, 0 AS anon_6 WHERE true

-- members.leave (id)
UPDATE members SET state='left', seen_at=date_part('epoch', clock_timestamp()), doing='[]' WHERE members.id = %(id)s::VARCHAR AND members.state = 'working'

-- members.left ()
SELECT members.id FROM members WHERE members.state = 'left'

-- members.take (work, member)
INSERT INTO takeovers (work, member, at) SELECT %(work)s::VARCHAR AS anon_1, %(member)s::VARCHAR AS anon_2, date_part('epoch', clock_timestamp()) AS date_part_1 WHERE true ON CONFLICT (work, member) DO NOTHING

-- members.taken (work)
SELECT count(*) AS count_1 FROM takeovers WHERE takeovers.work = %(work)s::VARCHAR

-- members.takeovers (since, most)
SELECT takeovers.work, takeovers.member, members.host, takeovers.at FROM takeovers LEFT OUTER JOIN members ON members.id = takeovers.member WHERE takeovers.at >= date_part('epoch', clock_timestamp()) - %(since)s::FLOAT ORDER BY takeovers.at DESC LIMIT %(most)s::INTEGER

-- members.working ()
SELECT members.id, members.version, members.seen_at FROM members WHERE members.state = 'working' ORDER BY members.started_at, members.id

-- notes.count (source, kind, mark)
SELECT count(*) AS count_1 FROM notes WHERE notes.source = %(source)s::VARCHAR AND notes.kind = %(kind)s::VARCHAR AND notes.mark = %(mark)s

-- notes.drop (source, kind, mark) each (key) once key
DELETE FROM notes USING json_to_recordset(%(rows)s::JSON) AS r(key VARCHAR) WHERE notes.source = %(source)s::VARCHAR AND notes.kind = %(kind)s::VARCHAR AND notes.mark = %(mark)s AND notes.key = r.key

-- notes.get (source, kind, key)
SELECT notes.value, notes.mark, notes.read_run FROM notes WHERE notes.source = %(source)s::VARCHAR AND notes.kind = %(kind)s::VARCHAR AND notes.key = %(key)s::VARCHAR

-- notes.page (source, kind, mark, after, limit)
SELECT notes.key, notes.value FROM notes WHERE notes.source = %(source)s::VARCHAR AND notes.kind = %(kind)s::VARCHAR AND notes.mark = %(mark)s AND notes.key > %(after)s::VARCHAR ORDER BY notes.key LIMIT %(limit)s

-- notes.put (source, kind, value, mark, read_run) each (key) once key
INSERT INTO notes (source, kind, key, value, mark, read_run) SELECT %(source)s AS anon_1, %(kind)s AS anon_2, r.key, %(value)s AS anon_3, %(mark)s AS anon_4, %(read_run)s AS anon_5 FROM json_to_recordset(%(rows)s::JSON) AS r(key VARCHAR) WHERE true ON CONFLICT (source, kind, key) DO UPDATE SET value = excluded.value, mark = excluded.mark, read_run = excluded.read_run

-- notes.put_first (source, kind, value, mark, read_run) each (key) once key
INSERT INTO notes (source, kind, key, value, mark, read_run) SELECT %(source)s AS anon_1, %(kind)s AS anon_2, r.key, %(value)s AS anon_3, %(mark)s AS anon_4, %(read_run)s AS anon_5 FROM json_to_recordset(%(rows)s::JSON) AS r(key VARCHAR) WHERE true ON CONFLICT (source, kind, key) DO NOTHING

-- orders.about (target, subject)
SELECT orders.id, orders.target, orders.kind, orders.about, orders.subject, orders.title, orders.who, orders.at, orders.because, orders.until, orders.done_at, orders.told, orders.ended_at, orders.ended_by FROM orders WHERE orders.target = %(target)s::VARCHAR AND orders.subject = %(subject)s::VARCHAR ORDER BY orders.number DESC

-- orders.all (target)
SELECT orders.id, orders.target, orders.kind, orders.about, orders.subject, orders.title, orders.who, orders.at, orders.because, orders.until, orders.done_at, orders.told, orders.ended_at, orders.ended_by FROM orders WHERE orders.target = %(target)s::VARCHAR ORDER BY orders.number

-- orders.count (target)
SELECT hidden.root, count(*) AS count_1 FROM hidden WHERE hidden.target = %(target)s::VARCHAR GROUP BY hidden.root

-- orders.count_named (target, word, part, ending, source, kind, reason, any_room, rooms, limit)
SELECT count(*) AS count_1 FROM (SELECT 1 FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND (%(word)s::VARCHAR = '' OR folded(hidden.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR hidden.id = %(word)s::VARCHAR OR hidden.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(hidden.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR hidden.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR hidden.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR %(reason)s = 'hidden') AND (%(any_room)s OR hidden.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) LIMIT %(limit)s) AS first

-- orders.count_within (target, path, end)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND documents.path > %(path)s::VARCHAR AND documents.path < %(end)s::VARCHAR

-- orders.done (now, told, target, id)
UPDATE orders SET done_at=%(now)s::FLOAT, told=%(told)s::VARCHAR WHERE orders.target = %(target)s::VARCHAR AND orders.id = %(id)s::VARCHAR

-- orders.doubt (target)
UPDATE hidden SET gone=false WHERE hidden.target = %(target)s::VARCHAR

-- orders.drop (target) each (id, path, beyond) once id
DELETE FROM hidden USING json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, path VARCHAR, beyond VARCHAR) WHERE hidden.target = %(target)s::VARCHAR AND hidden.gone AND (hidden.id = r.id OR hidden.path > r.path AND hidden.path < r.beyond)

-- orders.drop_of (target, root)
DELETE FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.root = %(root)s::VARCHAR

-- orders.drop_shown (target)
DELETE FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.gone AND hidden.id IN (SELECT documents.id FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.fingerprint IS NOT NULL AND documents.state != 'removed')

-- orders.drop_unordered (target)
DELETE FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND (hidden.root NOT IN (SELECT orders.subject FROM orders WHERE orders.target = %(target)s::VARCHAR AND orders.ended_at IS NULL AND orders.about = 'document' AND orders.kind IN ('forget', 'hide')))

-- orders.end (now, by, target, id)
UPDATE orders SET ended_at=%(now)s::FLOAT, ended_by=%(by)s::VARCHAR WHERE orders.target = %(target)s::VARCHAR AND orders.id = %(id)s::VARCHAR AND orders.ended_at IS NULL

-- orders.enter_below (now, target) each (root) once root
WITH RECURSIVE below(id) AS (SELECT top.container AS id FROM documents AS top, json_to_recordset(%(rows)s::JSON) AS r(root VARCHAR) WHERE top.target = %(target)s::VARCHAR AND top.container = r.root UNION SELECT child.id AS id FROM documents AS child JOIN below ON child.container = below.id WHERE child.target = %(target)s::VARCHAR) INSERT INTO hidden (target, id, root, source, native, room, container, kind, title, url, path, at, gone) SELECT documents.target, documents.id, r.root AS root, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, %(now)s::FLOAT AS at, false AS gone FROM documents, json_to_recordset(%(rows)s::JSON) AS r(root VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND (documents.id = r.root OR documents.id IN (SELECT below.id FROM below)) ON CONFLICT (target, id) DO UPDATE SET root = excluded.root, source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, path = excluded.path, gone = excluded.gone

-- orders.enter_root (target, now) each (id, title) once id
INSERT INTO hidden (target, id, root, source, native, room, container, kind, title, url, path, at, gone) SELECT %(target)s AS anon_1, r.id, r.id AS id__1, '' AS anon_2, '' AS anon_3, '' AS anon_4, '' AS anon_5, '' AS anon_6, r.title, '' AS anon_7, '' AS anon_8, %(now)s AS anon_9, false AS anon_10 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, title VARCHAR) WHERE true ON CONFLICT (target, id) DO UPDATE SET root = excluded.root, gone = excluded.gone

-- orders.enter_within (now, target, path, end) each (root) once root
INSERT INTO hidden (target, id, root, source, native, room, container, kind, title, url, path, at, gone) SELECT documents.target, documents.id, r.root AS root, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, %(now)s::FLOAT AS at, false AS gone FROM documents, json_to_recordset(%(rows)s::JSON) AS r(root VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND documents.path >= %(path)s::VARCHAR AND documents.path < %(end)s::VARCHAR ON CONFLICT (target, id) DO UPDATE SET root = excluded.root, source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, path = excluded.path, gone = excluded.gone

-- orders.everywhere ()
SELECT orders.id, orders.target, orders.kind, orders.about, orders.subject, orders.title, orders.who, orders.at, orders.because, orders.until, orders.done_at, orders.told, orders.ended_at, orders.ended_by FROM orders ORDER BY orders.number

-- orders.find (target, lower, words)
SELECT hidden.id, hidden.source, hidden.native, hidden.room, hidden.container, hidden.kind, hidden.title, hidden.url, hidden.path, hidden.root, hidden.at, hidden.gone FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.id IN (SELECT hidden.id FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.id = %(lower)s::VARCHAR UNION SELECT hidden.id FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.native IN (%(words)s, %(lower)s) UNION SELECT hidden.id FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.url = %(words)s::VARCHAR AND hidden.url != '' UNION SELECT hidden.id FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND lower((%(words)s::VARCHAR) COLLATE "C") = lower(hidden.title))

-- orders.forgotten (target)
SELECT orders.subject FROM orders WHERE orders.target = %(target)s::VARCHAR AND orders.about = 'person' AND orders.kind = 'forget' AND orders.ended_at IS NULL

-- orders.get (target, id)
SELECT orders.id, orders.target, orders.kind, orders.about, orders.subject, orders.title, orders.who, orders.at, orders.because, orders.until, orders.done_at, orders.told, orders.ended_at, orders.ended_by FROM orders WHERE orders.target = %(target)s::VARCHAR AND orders.id = %(id)s::VARCHAR

-- orders.kept_out (target, ids, kinds)
SELECT hidden.id FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) AND hidden.root IN (SELECT orders.subject FROM orders WHERE orders.target = %(target)s::VARCHAR AND orders.ended_at IS NULL AND orders.about = 'document' AND orders.kind IN ('forget', 'hide') AND orders.kind = ANY(ARRAY(SELECT anon_2.value FROM json_array_elements_text((%(kinds)s)::json) AS anon_2))) UNION SELECT orders.subject FROM orders WHERE orders.target = %(target)s::VARCHAR AND orders.ended_at IS NULL AND orders.about = 'document' AND orders.kind IN ('forget', 'hide') AND orders.kind = ANY(ARRAY(SELECT anon_2.value FROM json_array_elements_text((%(kinds)s)::json) AS anon_2)) AND orders.subject = ANY(ARRAY(SELECT anon_3.value FROM json_array_elements_text((%(ids)s)::json) AS anon_3))

-- orders.let_out (target) each (id, path) once id
DELETE FROM hidden USING json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, path VARCHAR) WHERE hidden.target = %(target)s::VARCHAR AND NOT hidden.gone AND hidden.id = r.id AND hidden.path = r.path

-- orders.listed_in (target, container)
SELECT hidden.id, hidden.path FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.container = %(container)s::VARCHAR

-- orders.meet (target) each (id, root, source, native, room, container, kind, title, url, path, at) once id
INSERT INTO hidden (target, id, root, source, native, room, container, kind, title, url, path, at, gone) SELECT %(target)s AS anon_1, r.id, r.root, r.source, r.native, r.room, r.container, r.kind, r.title, r.url, r.path, r.at, false AS anon_2 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, root VARCHAR, source VARCHAR, native VARCHAR, room VARCHAR, container VARCHAR, kind VARCHAR, title VARCHAR, url VARCHAR, path VARCHAR, at FLOAT) WHERE true ON CONFLICT (target, id) DO UPDATE SET root = excluded.root, source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, path = excluded.path, gone = (hidden.gone AND NOT (EXISTS (SELECT * FROM documents, json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, root VARCHAR, source VARCHAR, native VARCHAR, room VARCHAR, container VARCHAR, kind VARCHAR, title VARCHAR, url VARCHAR, path VARCHAR, at FLOAT) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND documents.state != 'removed')))

-- orders.met_before (target, ids)
SELECT hidden.id, hidden.source, hidden.native, hidden.room, hidden.container, hidden.kind, hidden.title, hidden.url, hidden.path, hidden.root, hidden.at, hidden.gone FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1))

-- orders.note (told, target, id)
UPDATE orders SET told=%(told)s::VARCHAR WHERE orders.target = %(target)s::VARCHAR AND orders.id = %(id)s::VARCHAR

-- orders.of (target, root, limit)
SELECT hidden.id, hidden.source, hidden.native, hidden.room, hidden.container, hidden.kind, hidden.title, hidden.url, hidden.path, hidden.root, hidden.at, hidden.gone FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND hidden.root = %(root)s::VARCHAR ORDER BY hidden.path, hidden.id LIMIT %(limit)s

-- orders.page (target, word, part, ending, source, kind, reason, any_room, rooms, path, last, limit)
SELECT hidden.id, hidden.source, hidden.native, hidden.room, hidden.container, hidden.kind, hidden.title, hidden.url, hidden.path, hidden.root, hidden.at, hidden.gone FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND (%(word)s::VARCHAR = '' OR folded(hidden.title) LIKE %(part)s::VARCHAR ESCAPE '\' OR hidden.id = %(word)s::VARCHAR OR hidden.native = %(word)s::VARCHAR) AND (%(ending)s::VARCHAR = '' OR folded(hidden.title) LIKE %(ending)s::VARCHAR ESCAPE '\') AND (%(source)s::VARCHAR = '' OR hidden.source = %(source)s::VARCHAR) AND (%(kind)s::VARCHAR = '' OR hidden.kind = %(kind)s::VARCHAR) AND (%(reason)s::VARCHAR = '' OR %(reason)s = 'hidden') AND (%(any_room)s OR hidden.room = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(rooms)s)::json) AS anon_1))) AND (hidden.path, hidden.id) > (%(path)s::VARCHAR, %(last)s::VARCHAR) ORDER BY hidden.path, hidden.id LIMIT %(limit)s

-- orders.removed (target) each (id) once id
UPDATE hidden SET gone=true FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE hidden.target = %(target)s::VARCHAR AND hidden.id = r.id

-- orders.standing (target)
SELECT orders.id, orders.target, orders.kind, orders.about, orders.subject, orders.title, orders.who, orders.at, orders.because, orders.until, orders.done_at, orders.told, orders.ended_at, orders.ended_by FROM orders WHERE orders.target = %(target)s::VARCHAR AND orders.ended_at IS NULL ORDER BY orders.number

-- orders.to_remove (target, besides, limit)
SELECT hidden.id, hidden.source, hidden.native, hidden.room, hidden.container, hidden.kind, hidden.title, hidden.url, hidden.path, hidden.root, hidden.at, hidden.gone FROM hidden WHERE hidden.target = %(target)s::VARCHAR AND NOT hidden.gone AND (hidden.id NOT IN (SELECT anon_1.value FROM json_array_elements_text((%(besides)s)::json) AS anon_1)) ORDER BY hidden.path DESC, hidden.id LIMIT %(limit)s

-- orders.to_take (target, root)
SELECT hidden.source, count(*) AS count_1 FROM hidden JOIN documents ON documents.target = %(target)s::VARCHAR AND documents.id = hidden.id WHERE hidden.target = %(target)s::VARCHAR AND hidden.root = %(root)s::VARCHAR AND NOT hidden.gone AND documents.fingerprint IS NOT NULL GROUP BY hidden.source

-- orders.write (target) each (id, kind, about, subject, title, who, because, told, ended_by, at, until, done_at, ended_at) once id
INSERT INTO orders (number, target, id, kind, about, subject, title, who, because, told, ended_by, at, until, done_at, ended_at) SELECT coalesce((SELECT there.number FROM orders AS there WHERE there.id = r.id), nextval('orders_number_seq')) AS coalesce_1, %(target)s AS anon_1, r.id, r.kind, r.about, r.subject, r.title, r.who, r.because, r.told, r.ended_by, r.at, r.until, r.done_at, r.ended_at FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, kind VARCHAR, about VARCHAR, subject VARCHAR, title VARCHAR, who VARCHAR, because VARCHAR, told VARCHAR, ended_by VARCHAR, at FLOAT, until FLOAT, done_at FLOAT, ended_at FLOAT) WHERE true ON CONFLICT (id) DO UPDATE SET ended_at = coalesce(orders.ended_at, excluded.ended_at), ended_by = coalesce(nullif(orders.ended_by, ''), excluded.ended_by)

-- pending_audiences.any_naming (identities)
SELECT 1 FROM audiences WHERE EXISTS (SELECT anon_1.value FROM json_array_elements_text((audiences.identities)::json) AS anon_1 WHERE anon_1.value = ANY(ARRAY(SELECT anon_2.value FROM json_array_elements_text((%(identities)s)::json) AS anon_2))) LIMIT 1

-- pending_audiences.any_narrowing (target)
SELECT 1 FROM narrowings WHERE narrowings.target = %(target)s::VARCHAR LIMIT 1

-- pending_audiences.any_public ()
SELECT 1 FROM audiences WHERE audiences.public LIMIT 1

-- pending_audiences.any_widening (target)
SELECT 1 FROM widenings WHERE widenings.target = %(target)s::VARCHAR LIMIT 1

-- pending_audiences.approve (target, run)
UPDATE widenings SET state='approved' WHERE widenings.target = %(target)s::VARCHAR AND widenings.state = 'held' AND widenings.run <= %(run)s::INTEGER

-- pending_audiences.audience (digest)
SELECT audiences.identities, audiences.public FROM audiences WHERE audiences.digest = %(digest)s

-- pending_audiences.begin_narrowings (target)
DELETE FROM narrowings WHERE narrowings.target = %(target)s::VARCHAR AND ((narrowings.how NOT IN ('narrow', 'replace', 'empty')) OR NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = narrowings.target AND d.id = narrowings.id AND d.audience != narrowings.audience AND d.audience != '\x168b318cb1f390f5'::bytea AND d.state != 'removed' AND NOT (d.state = 'held' AND d.held_why LIKE 'audience-%%') AND d.fingerprint IS NOT NULL)))

-- pending_audiences.below (target, last, end, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, d.audience, b.body, b.text, b.text_key, d.without_text, b.hidden FROM documents AS d JOIN bodies AS b ON b.document = d.number WHERE d.target = %(target)s::VARCHAR AND d.path > %(last)s::VARCHAR AND d.path < %(end)s::VARCHAR AND d.audience IS NOT NULL AND d.state != 'removed' ORDER BY d.path LIMIT %(chunk)s

-- pending_audiences.closing (target, source)
SELECT d.native FROM narrowings JOIN documents AS d ON d.target = narrowings.target AND d.id = narrowings.id JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = narrowings.audience WHERE narrowings.target = %(target)s::VARCHAR AND d.source = %(source)s::VARCHAR AND h.public AND NOT w.public

-- pending_audiences.confirmed (target, ids)
SELECT documents.id, documents.audience FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) AND documents.audience IS NOT NULL AND documents.state != 'removed'

-- pending_audiences.containers (target, ids)
SELECT d.id, d.native, coalesce(w.public, h.public, false) AS coalesce_1 FROM documents AS d LEFT OUTER JOIN audiences AS h ON h.digest = d.audience LEFT OUTER JOIN narrowings ON narrowings.target = d.target AND narrowings.id = d.id LEFT OUTER JOIN audiences AS w ON w.digest = narrowings.audience WHERE d.target = %(target)s::VARCHAR AND d.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) UNION ALL SELECT q.id, q.native, false AS anon_2 FROM quarantine AS q WHERE q.target = %(target)s::VARCHAR AND q.id = ANY(ARRAY(SELECT anon_3.value FROM json_array_elements_text((%(ids)s)::json) AS anon_3)) AND NOT (EXISTS (SELECT * FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = q.id))

-- pending_audiences.count_held (target, run)
SELECT count(*) AS count_1 FROM widenings WHERE widenings.target = %(target)s::VARCHAR AND widenings.state = 'held' AND widenings.run <= %(run)s::INTEGER

-- pending_audiences.count_narrowings (target)
SELECT counted.how, counted.source, counted.room, count(*) AS count_1 FROM (SELECT n.how AS how, d.source AS source, d.room AS room FROM narrowings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id WHERE n.target = %(target)s::VARCHAR AND NOT (d.state = 'held' AND d.held_why = 'audience-lost') ORDER BY n.id) AS counted GROUP BY counted.how, counted.source, counted.room

-- pending_audiences.drop_narrowings (target, ids)
DELETE FROM narrowings WHERE narrowings.target = %(target)s::VARCHAR AND narrowings.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1))

-- pending_audiences.drop_narrowings_in (target, source, room)
DELETE FROM narrowings WHERE narrowings.target = %(target)s::VARCHAR AND narrowings.id IN (SELECT documents.id FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.room = %(room)s::VARCHAR)

-- pending_audiences.drop_widenings (target, run)
DELETE FROM widenings WHERE widenings.target = %(target)s::VARCHAR AND (widenings.seen_run < %(run)s::INTEGER AND (EXISTS (SELECT * FROM documents AS d, rooms WHERE d.target = widenings.target AND d.id = widenings.id AND rooms.target = d.target AND rooms.source = d.source AND rooms.key = d.room AND rooms.complete_run = %(run)s::INTEGER)) OR NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = widenings.target AND d.id = widenings.id AND d.state != 'removed')))

-- pending_audiences.emptied (target)
SELECT d.source, d.room, count(*) AS count_1 FROM documents AS d WHERE d.target = %(target)s::VARCHAR AND d.id IN (SELECT narrowings.id FROM narrowings WHERE narrowings.target = %(target)s::VARCHAR AND narrowings.how = 'empty') AND (EXISTS (SELECT * FROM narrowings AS n WHERE n.target = d.target AND n.id = d.id AND n.audience != d.audience)) AND d.state != 'removed' AND NOT (d.state = 'held' AND d.held_why = 'audience-lost') GROUP BY d.source, d.room

-- pending_audiences.empties (target, how)
SELECT n.id, n.audience FROM narrowings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id WHERE n.target = %(target)s::VARCHAR AND n.how = %(how)s::VARCHAR AND (d.state IN ('live', 'new') OR d.state = 'held' AND d.held_why NOT LIKE 'audience-%%') ORDER BY n.id

-- pending_audiences.forget_names (target, ids)
DELETE FROM narrowings WHERE narrowings.target = %(target)s::VARCHAR AND narrowings.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) AND narrowings.how = 'gains-name'

-- pending_audiences.forget_narrowed_before (target)
DELETE FROM narrowings WHERE narrowings.target = %(target)s::VARCHAR AND (EXISTS (SELECT * FROM widenings JOIN documents AS d ON d.target = widenings.target AND d.id = widenings.id WHERE widenings.target = narrowings.target AND widenings.id = narrowings.id AND d.audience = widenings.audience))

-- pending_audiences.forget_widenings (target)
DELETE FROM widenings WHERE widenings.target = %(target)s::VARCHAR AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = widenings.target AND d.id = widenings.id AND d.audience = widenings.audience))

-- pending_audiences.fresh_widenings (target, run)
SELECT count(*) AS count_1 FROM widenings WHERE widenings.target = %(target)s::VARCHAR AND widenings.seen_run = %(run)s::INTEGER AND widenings.state = 'pending' AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = widenings.target AND d.id = widenings.id AND d.version = widenings.version))

-- pending_audiences.have_again (target) each (id, audience) once id
UPDATE documents SET version=NULL, fingerprint='\x616761696e'::bytea, audience=decode(r.audience, 'base64') FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, audience VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND documents.state IN ('live', 'held')

-- pending_audiences.held (target, run, limit)
SELECT w.id, d.title, w.kept FROM widenings AS w JOIN documents AS d ON d.target = w.target AND d.id = w.id WHERE w.target = %(target)s::VARCHAR AND w.state = 'held' AND w.run <= %(run)s::INTEGER ORDER BY w.id LIMIT %(limit)s

-- pending_audiences.held_counts (target)
SELECT count(*) AS count_1, coalesce(sum(CASE WHEN widenings.kept THEN 0 ELSE 1 END), 0) AS coalesce_1 FROM widenings WHERE widenings.target = %(target)s::VARCHAR AND widenings.state = 'held'

-- pending_audiences.hold_widenings (target, run)
UPDATE widenings SET state='held' WHERE widenings.target = %(target)s::VARCHAR AND widenings.seen_run = %(run)s::INTEGER AND widenings.state = 'pending' AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = widenings.target AND d.id = widenings.id AND d.version = widenings.version))

-- pending_audiences.keep (target, run)
UPDATE widenings SET kept=true WHERE widenings.target = %(target)s::VARCHAR AND widenings.state = 'held' AND widenings.run <= %(run)s::INTEGER

-- pending_audiences.lists_of_held (target)
SELECT DISTINCT d.held_note, n.audience FROM narrowings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id WHERE d.target = %(target)s::VARCHAR AND d.held_run IS NOT NULL AND d.state = 'held' AND d.held_why = 'audience-lost' AND n.how IN ('narrow', 'replace', 'empty')

-- pending_audiences.lost (target, id)
SELECT 1 FROM narrowings WHERE narrowings.target = %(target)s::VARCHAR AND narrowings.id = %(id)s::VARCHAR AND narrowings.how IN ('empty', 'expired', 'replace')

-- pending_audiences.naming (target, last, source, identities, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, d.audience, b.body, b.text, b.text_key, d.without_text, b.hidden FROM documents AS d JOIN bodies AS b ON b.document = d.number WHERE d.target = %(target)s::VARCHAR AND d.path > %(last)s::VARCHAR AND d.source = %(source)s::VARCHAR AND d.audience IN (SELECT audiences.digest FROM audiences WHERE EXISTS (SELECT anon_1.value FROM json_array_elements_text((audiences.identities)::json) AS anon_1 WHERE anon_1.value = ANY(ARRAY(SELECT anon_2.value FROM json_array_elements_text((%(identities)s)::json) AS anon_2)))) AND d.state != 'removed' ORDER BY d.path LIMIT %(chunk)s

-- pending_audiences.narrow (target) each (id, audience, how) once id
INSERT INTO narrowings (target, id, audience, how) SELECT %(target)s AS anon_1, r.id, decode(r.audience, 'base64') AS decode_1, r.how FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, audience VARCHAR, how VARCHAR) WHERE true ON CONFLICT (target, id) DO UPDATE SET audience = excluded.audience, how = excluded.how

-- pending_audiences.narrow_met (target) each (id, audience, how, container, before, room, room_before) once id
INSERT INTO narrowings (target, id, audience, how) SELECT %(target)s AS target, r.id AS id, decode(r.audience, 'base64') AS audience, r.how AS how FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, audience VARCHAR, how VARCHAR, container VARCHAR, before VARCHAR, room VARCHAR, room_before VARCHAR), documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND documents.container IN (r.container, r.before) AND documents.room IN (r.room, r.room_before) ON CONFLICT (target, id) DO UPDATE SET audience = excluded.audience, how = excluded.how

-- pending_audiences.narrow_room (audience, how, target, source, room, had)
INSERT INTO narrowings (target, id, audience, how) SELECT documents.target, documents.id, %(audience)s AS anon_1, %(how)s AS anon_2 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.room = %(room)s::VARCHAR AND documents.audience = %(had)s AND documents.state != 'removed' ON CONFLICT (target, id) DO NOTHING

-- pending_audiences.narrowings (target, how, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden, h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM narrowings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id LEFT OUTER JOIN bodies AS b ON b.document = d.number JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = n.audience WHERE n.target = %(target)s::VARCHAR AND n.how = %(how)s::VARCHAR AND NOT (d.state = 'held' AND d.held_why = 'audience-lost') AND d.state != 'removed' AND (d.path > %(path)s::VARCHAR OR d.path = %(path)s::VARCHAR AND d.id > %(last)s::VARCHAR) ORDER BY d.path, d.id LIMIT %(chunk)s

-- pending_audiences.note_names (target) each (id, audience, how) once id
INSERT INTO narrowings (target, id, audience, how) SELECT %(target)s AS anon_1, r.id, decode(r.audience, 'base64') AS decode_1, r.how FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, audience VARCHAR, how VARCHAR) WHERE true ON CONFLICT (target, id) DO NOTHING

-- pending_audiences.paths_of (target, source, natives)
SELECT documents.id, documents.path FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.native = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(natives)s)::json) AS anon_1)) AND documents.path != '' UNION ALL SELECT documents.container, documents.path FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.container IN (SELECT q.id FROM quarantine AS q WHERE q.target = %(target)s::VARCHAR AND q.source = %(source)s::VARCHAR AND q.native = ANY(ARRAY(SELECT anon_2.value FROM json_array_elements_text((%(natives)s)::json) AS anon_2))) AND documents.path != ''

-- pending_audiences.refused (target, now, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden, h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM narrowings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id LEFT OUTER JOIN bodies AS b ON b.document = d.number JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = n.audience WHERE n.target = %(target)s::VARCHAR AND n.how != 'expired' AND n.audience != d.audience AND NOT (d.state = 'held' AND d.held_why = 'audience-lost') AND (d.redo_after IS NULL OR d.lost = d.fingerprint OR d.redo_after <= %(now)s::FLOAT) AND (EXISTS (SELECT * FROM quarantine WHERE quarantine.target = d.target AND quarantine.id = d.id AND quarantine.reason = 'refused')) AND d.state != 'removed' AND (d.path > %(path)s::VARCHAR OR d.path = %(path)s::VARCHAR AND d.id > %(last)s::VARCHAR) ORDER BY d.path, d.id LIMIT %(chunk)s

-- pending_audiences.release_accepted (target, refused)
UPDATE documents SET state='live', held_run=NULL, held_why='', kept=false WHERE documents.target = %(target)s::VARCHAR AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.held_why = 'audience-refused' AND (EXISTS (SELECT * FROM narrowings WHERE narrowings.target = documents.target AND narrowings.id = documents.id)) AND (documents.id NOT IN (SELECT anon_1.value FROM json_array_elements_text((%(refused)s)::json) AS anon_1))

-- pending_audiences.release_found (target, source, room)
UPDATE documents SET state='live', held_run=NULL, held_why='', kept=false WHERE documents.target = %(target)s::VARCHAR AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = %(source)s::VARCHAR AND documents.room = %(room)s::VARCHAR AND documents.held_why LIKE 'audience-%%' AND (documents.id NOT IN (SELECT narrowings.id FROM narrowings WHERE narrowings.target = %(target)s::VARCHAR AND (narrowings.how IN ('empty', 'expired', 'replace') OR documents.held_why = 'audience-refused')))

-- pending_audiences.release_of_list (target, note, audience)
UPDATE documents SET state='live', held_run=NULL, held_why='', kept=false WHERE documents.target = %(target)s::VARCHAR AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.held_why = 'audience-lost' AND documents.held_note = %(note)s::VARCHAR AND (EXISTS (SELECT * FROM narrowings WHERE narrowings.target = documents.target AND narrowings.id = documents.id AND narrowings.audience = %(audience)s AND narrowings.how IN ('narrow', 'replace', 'empty')))

-- pending_audiences.still_public (target, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden, h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM narrowings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id LEFT OUTER JOIN bodies AS b ON b.document = d.number JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = n.audience WHERE n.target = %(target)s::VARCHAR AND n.how IN ('empty', 'expired', 'replace') AND d.audience IN (SELECT audiences.digest FROM audiences WHERE audiences.public) AND d.state != 'removed' AND (d.path > %(path)s::VARCHAR OR d.path = %(path)s::VARCHAR AND d.id > %(last)s::VARCHAR) ORDER BY d.path, d.id LIMIT %(chunk)s

-- pending_audiences.take_back_emptied (target, ids)
DELETE FROM narrowings WHERE narrowings.target = %(target)s::VARCHAR AND narrowings.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) AND narrowings.how = 'empty'

-- pending_audiences.take_back_emptied_below (target, container)
WITH RECURSIVE below(id) AS (SELECT top.id AS id FROM documents AS top WHERE top.target = %(target)s::VARCHAR AND top.container = %(container)s::VARCHAR UNION SELECT child.id AS id FROM documents AS child JOIN below ON child.container = below.id WHERE child.target = %(target)s::VARCHAR) DELETE FROM narrowings WHERE narrowings.target = %(target)s::VARCHAR AND narrowings.how = 'empty' AND narrowings.id IN (SELECT below.id FROM below)

-- pending_audiences.take_back_widenings (target, ids, run)
UPDATE widenings SET seen_run=0 WHERE widenings.target = %(target)s::VARCHAR AND widenings.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) AND widenings.seen_run = %(run)s::INTEGER

-- pending_audiences.take_back_widenings_below (target, run, container)
WITH RECURSIVE below(id) AS (SELECT top.id AS id FROM documents AS top WHERE top.target = %(target)s::VARCHAR AND top.container = %(container)s::VARCHAR UNION SELECT child.id AS id FROM documents AS child JOIN below ON child.container = below.id WHERE child.target = %(target)s::VARCHAR) UPDATE widenings SET seen_run=0 WHERE widenings.target = %(target)s::VARCHAR AND widenings.seen_run = %(run)s::INTEGER AND widenings.id IN (SELECT below.id FROM below)

-- pending_audiences.unclear (target, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden, h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM widenings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id LEFT OUTER JOIN bodies AS b ON b.document = d.number JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = n.audience WHERE n.target = %(target)s::VARCHAR AND d.redo_after IS NOT NULL AND d.state IN ('live', 'held') AND (d.lost IS NULL OR d.lost != '\x'::bytea AND d.lost != d.fingerprint) AND (d.state = 'held' AND d.held_why = 'audience-lost' OR NOT (EXISTS (SELECT * FROM narrowings WHERE narrowings.target = d.target AND narrowings.id = d.id AND narrowings.how IN ('narrow', 'replace', 'empty')))) AND d.state != 'removed' AND (d.path > %(path)s::VARCHAR OR d.path = %(path)s::VARCHAR AND d.id > %(last)s::VARCHAR) ORDER BY d.path, d.id LIMIT %(chunk)s

-- pending_audiences.unsent (target)
SELECT DISTINCT h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM narrowings JOIN documents AS d ON d.target = narrowings.target AND d.id = narrowings.id AND d.audience != narrowings.audience AND d.audience != '\x168b318cb1f390f5'::bytea AND d.state != 'removed' AND NOT (d.state = 'held' AND d.held_why LIKE 'audience-%%') JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = narrowings.audience WHERE narrowings.target = %(target)s::VARCHAR AND narrowings.how IN ('narrow', 'replace', 'empty') AND NOT (EXISTS (SELECT * FROM quarantine WHERE quarantine.target = narrowings.target AND quarantine.id = narrowings.id AND quarantine.reason = 'refused'))

-- pending_audiences.waiting (target, id)
SELECT widenings.audience, widenings.state, widenings.kept, widenings.run FROM widenings WHERE widenings.target = %(target)s::VARCHAR AND widenings.id = %(id)s::VARCHAR

-- pending_audiences.widen (target, run) each (id, audience) once id
INSERT INTO widenings (target, id, audience, version, run, seen_run, state, kept) SELECT %(target)s AS anon_1, r.id, decode(r.audience, 'base64') AS decode_1, (SELECT documents.version FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id) AS anon_2, %(run)s AS anon_3, %(run)s AS anon_4, 'pending' AS anon_5, false AS anon_6 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, audience VARCHAR) WHERE true ON CONFLICT (target, id) DO UPDATE SET audience = excluded.audience, run = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.run ELSE excluded.run END, seen_run = excluded.seen_run, state = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.state ELSE 'pending' END, kept = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.kept ELSE false END, version = excluded.version

-- pending_audiences.widen_met (target, run) each (id, audience, version, container, before, room, room_before) once id
INSERT INTO widenings (target, id, audience, version, run, seen_run, state, kept) SELECT %(target)s AS target, r.id AS id, decode(r.audience, 'base64') AS audience, decode(r.version, 'base64') AS version, %(run)s AS run, %(run)s AS seen_run, 'pending' AS state, false AS kept FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, audience VARCHAR, version VARCHAR, container VARCHAR, before VARCHAR, room VARCHAR, room_before VARCHAR), documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND documents.container IN (r.container, r.before) AND documents.room IN (r.room, r.room_before) ON CONFLICT (target, id) DO UPDATE SET audience = excluded.audience, run = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.run ELSE excluded.run END, seen_run = excluded.seen_run, state = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.state ELSE 'pending' END, kept = CASE WHEN (widenings.audience = excluded.audience) THEN widenings.kept ELSE false END, version = excluded.version

-- pending_audiences.widenings (target, run, path, last, chunk)
SELECT d.id, d.source, d.native, d.room, d.container, d.kind, d.title, d.url, d.path, d.state, d.missing_run, d.missing_why, d.held_why, d.fingerprint IS NOT NULL AS confirmed, d.noted_run, d.lacked_run, d.gone_run, d.held_note, d.kept, b.body, b.text, b.text_key, d.without_text, b.hidden, h.identities, h.public, w.identities AS identities_1, w.public AS public_1 FROM widenings AS n JOIN documents AS d ON d.target = n.target AND d.id = n.id LEFT OUTER JOIN bodies AS b ON b.document = d.number JOIN audiences AS h ON h.digest = d.audience JOIN audiences AS w ON w.digest = n.audience WHERE n.target = %(target)s::VARCHAR AND n.seen_run = %(run)s::INTEGER AND n.state IN ('pending', 'approved') AND d.version = n.version AND d.state != 'removed' AND (d.path > %(path)s::VARCHAR OR d.path = %(path)s::VARCHAR AND d.id > %(last)s::VARCHAR) ORDER BY d.path, d.id LIMIT %(chunk)s

-- presence.answers (target, id)
UPDATE documents SET gone_run=NULL WHERE documents.target = %(target)s::VARCHAR AND documents.id = %(id)s::VARCHAR

-- presence.any_missing (target)
SELECT 1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.missing_run IS NOT NULL LIMIT 1

-- presence.count_held (target, run)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.held_run <= %(run)s::INTEGER

-- presence.count_missing (target, source, run)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.missing_run IS NOT NULL AND documents.state IN ('live', 'new') AND documents.room IN (SELECT rooms.key FROM rooms WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR AND rooms.complete_run = %(run)s::INTEGER)

-- presence.count_missing_again (target, source, run)
SELECT count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.missing_run IS NOT NULL AND documents.state IN ('live', 'new') AND documents.room IN (SELECT rooms.key FROM rooms WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR AND rooms.complete_run = %(run)s::INTEGER) AND documents.gone_run < %(run)s::INTEGER

-- presence.first_held (target, run, limit)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.held_run <= %(run)s::INTEGER AND coalesce(documents.state, '') = 'held' ORDER BY documents.held_run DESC, documents.held_why DESC, documents.state DESC, documents.kept DESC, documents.number DESC LIMIT %(limit)s

-- presence.forget_absences (target, source)
UPDATE documents SET lacked_run=NULL, gone_run=NULL WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.missing_run IS NOT NULL AND (documents.lacked_run IS NOT NULL OR documents.gone_run IS NOT NULL)

-- presence.found (target) each (id, container, room, also) once id
UPDATE documents SET room=r.room, container=r.container, state=CASE WHEN (documents.state = 'held' AND documents.held_why NOT LIKE 'audience-%%') THEN 'live' ELSE documents.state END, missing_run=NULL, missing_why='', noted_run=NULL, lacked_run=NULL, gone_run=NULL, also=CASE WHEN (r.also != '' OR documents.container != r.container) THEN r.also ELSE documents.also END, held_run=CASE WHEN (documents.held_why LIKE 'audience-%%') THEN documents.held_run ELSE NULL END, held_why=CASE WHEN (documents.held_why LIKE 'audience-%%') THEN documents.held_why ELSE '' END, kept=(documents.kept AND documents.held_why LIKE 'audience-%%') FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, container VARCHAR, room VARCHAR, also VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id

-- presence.gone (run, target) each (id) once id
UPDATE documents SET gone_run=coalesce(documents.gone_run, %(run)s) FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id

-- presence.held (target, run, limit)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.held_run <= %(run)s::INTEGER ORDER BY documents.path, documents.id LIMIT %(limit)s

-- presence.held_counts (target)
SELECT documents.held_why, documents.kept, count(*) AS count_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.held_run IS NOT NULL AND documents.state = 'held' GROUP BY documents.held_why, documents.kept

-- presence.hold (run, note, target) each (id, why) once id
UPDATE documents SET state='held', held_run=CASE WHEN (r.why = 'audience-lost' AND documents.held_why != '' AND documents.held_why NOT LIKE 'audience-%%') THEN %(run)s ELSE coalesce(documents.held_run, %(run)s) END, held_why=r.why, held_note=%(note)s::VARCHAR, kept=(documents.kept AND NOT (r.why = 'audience-lost' AND documents.held_why != '' AND documents.held_why NOT LIKE 'audience-%%')) FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, why VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id

-- presence.hold_below (run, why, target, container)
WITH RECURSIVE below(id) AS (SELECT top.id AS id FROM documents AS top WHERE top.target = %(target)s::VARCHAR AND top.container = %(container)s::VARCHAR UNION SELECT child.id AS id FROM documents AS child JOIN below ON child.container = below.id WHERE child.target = %(target)s::VARCHAR) UPDATE documents SET state='held', held_run=coalesce(documents.held_run, %(run)s), held_why=%(why)s::VARCHAR, held_note='' WHERE documents.target = %(target)s::VARCHAR AND documents.id IN (SELECT below.id FROM below) AND documents.state IN ('live', 'new')

-- presence.hold_room (run, why, target, source, room)
UPDATE documents SET state='held', held_run=%(run)s::INTEGER, held_why=%(why)s::VARCHAR, held_note='', kept=false WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND (documents.state IN ('live', 'new') OR documents.state = 'held' AND documents.held_why LIKE 'audience-%%') AND documents.room = %(room)s::VARCHAR

-- presence.hold_source (run, why, target, source)
UPDATE documents SET state='held', held_run=%(run)s::INTEGER, held_why=%(why)s::VARCHAR, held_note='', kept=false WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND (documents.state IN ('live', 'new') OR documents.state = 'held' AND documents.held_why LIKE 'audience-%%')

-- presence.is_container (target, id)
SELECT (EXISTS (SELECT * FROM containers WHERE containers.target = %(target)s::VARCHAR AND containers.id = %(id)s::VARCHAR)) OR (EXISTS (SELECT * FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.container = %(id)s::VARCHAR)) AS anon_1

-- presence.is_witness (target, id, run)
SELECT 1 FROM containers WHERE containers.target = %(target)s::VARCHAR AND containers.id = %(id)s::VARCHAR AND containers.seen_run = %(run)s::INTEGER AND NOT containers.unsteady

-- presence.keep (target, run)
UPDATE documents SET kept=true WHERE documents.target = %(target)s::VARCHAR AND documents.state = 'held' AND documents.held_run <= %(run)s::INTEGER

-- presence.listings_by_room (target, source)
SELECT containers.room, count(*) AS count_1 FROM containers WHERE containers.target = %(target)s::VARCHAR AND containers.source = %(source)s::VARCHAR AND length(containers.proven) > 0 GROUP BY containers.room

-- presence.miss (run, why, target, container, room) each (id) once id
UPDATE documents SET missing_run=coalesce(documents.missing_run, %(run)s), missing_why=%(why)s::VARCHAR, noted_run=%(run)s::INTEGER FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND (%(container)s::VARCHAR = '' OR documents.container = %(container)s::VARCHAR) AND (%(room)s::VARCHAR = '' OR documents.room = %(room)s::VARCHAR)

-- presence.miss_below (run, why, target, container)
WITH RECURSIVE below(id) AS (SELECT top.id AS id FROM documents AS top WHERE top.target = %(target)s::VARCHAR AND top.container = %(container)s::VARCHAR UNION SELECT child.id AS id FROM documents AS child JOIN below ON child.container = below.id WHERE child.target = %(target)s::VARCHAR) UPDATE documents SET missing_run=coalesce(documents.missing_run, %(run)s), missing_why=%(why)s::VARCHAR, noted_run=%(run)s::INTEGER WHERE documents.target = %(target)s::VARCHAR AND documents.id IN (SELECT below.id FROM below) AND documents.state != 'removed'

-- presence.miss_unlisted (run, target, source)
UPDATE documents SET missing_run=%(run)s::INTEGER, missing_why='absent', noted_run=%(run)s::INTEGER WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.container != '' AND documents.state IN ('live', 'new', 'held') AND documents.missing_run IS NULL AND documents.room IN (SELECT rooms.key FROM rooms WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR AND rooms.complete_run = %(run)s::INTEGER) AND (documents.container NOT IN (SELECT containers.id FROM containers WHERE containers.target = %(target)s::VARCHAR AND containers.source = %(source)s::VARCHAR AND containers.seen_run = %(run)s::INTEGER))

-- presence.miss_with_witness (run, why, target, container, room) each (id) once id
UPDATE documents SET missing_run=coalesce(documents.missing_run, %(run)s), missing_why=%(why)s::VARCHAR, noted_run=%(run)s::INTEGER, lacked_run=coalesce(documents.lacked_run, %(run)s) FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND (%(container)s::VARCHAR = '' OR documents.container = %(container)s::VARCHAR) AND (%(room)s::VARCHAR = '' OR documents.room = %(room)s::VARCHAR)

-- presence.missing (target, source, run, path, last, chunk)
SELECT documents.id, documents.source, documents.native, documents.room, documents.container, documents.kind, documents.title, documents.url, documents.path, documents.state, documents.missing_run, documents.missing_why, documents.held_why, documents.fingerprint IS NOT NULL AS confirmed, documents.noted_run, documents.lacked_run, documents.gone_run, documents.held_note, documents.kept FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.missing_run IS NOT NULL AND documents.state IN ('live', 'new') AND documents.room IN (SELECT rooms.key FROM rooms WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR AND rooms.complete_run = %(run)s::INTEGER) AND (documents.path > %(path)s::VARCHAR OR documents.path = %(path)s::VARCHAR AND documents.id > %(last)s::VARCHAR) ORDER BY documents.path, documents.id LIMIT %(chunk)s

-- presence.path_of (target, id)
SELECT documents.path FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = %(id)s::VARCHAR

-- presence.proven (target, id)
SELECT containers.proven FROM containers WHERE containers.target = %(target)s::VARCHAR AND containers.id = %(id)s::VARCHAR

-- presence.proven_of (target, ids)
SELECT containers.id, containers.proven FROM containers WHERE containers.target = %(target)s::VARCHAR AND containers.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1))

-- presence.release (target, source, why)
UPDATE documents SET state='live', held_run=NULL, held_why='', held_note='' WHERE documents.target = %(target)s::VARCHAR AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = %(source)s::VARCHAR AND documents.held_why = %(why)s::VARCHAR AND documents.kept = false

-- presence.release_room (target, source, room)
UPDATE documents SET state='live', missing_run=NULL, missing_why='', noted_run=NULL, lacked_run=NULL, gone_run=NULL, held_run=NULL, held_why='', kept=false WHERE documents.target = %(target)s::VARCHAR AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = %(source)s::VARCHAR AND documents.room = %(room)s::VARCHAR AND documents.held_why LIKE 'room-%%'

-- presence.release_source (target, source)
UPDATE documents SET state='live', missing_run=NULL, missing_why='', noted_run=NULL, lacked_run=NULL, gone_run=NULL, held_run=NULL, held_why='', kept=false WHERE documents.target = %(target)s::VARCHAR AND documents.held_run IS NOT NULL AND documents.state = 'held' AND documents.source = %(source)s::VARCHAR AND documents.held_why = 'source-removed'

-- presence.see_containers (target) each (id, source, room, run, proven, unsteady, told, told_count, told_from, told_to) once id
INSERT INTO containers (target, id, source, room, seen_run, proven, unsteady, told, told_count, told_from, told_to) SELECT %(target)s AS anon_1, r.id, r.source, r.room, r.run, decode(r.proven, 'base64') AS decode_1, r.unsteady, decode(r.told, 'base64') AS decode_2, r.told_count, r.told_from, r.told_to FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, source VARCHAR, room VARCHAR, run INTEGER, proven VARCHAR, unsteady BOOLEAN, told VARCHAR, told_count INTEGER, told_from INTEGER, told_to INTEGER) WHERE true ON CONFLICT (target, id) DO UPDATE SET room = excluded.room, seen_run = excluded.seen_run, proven = excluded.proven, unsteady = excluded.unsteady, told = excluded.told, told_count = excluded.told_count, told_from = excluded.told_from, told_to = excluded.told_to

-- presence.seen_now (target, ids, run)
SELECT containers.id FROM containers WHERE containers.target = %(target)s::VARCHAR AND containers.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) AND containers.seen_run = %(run)s::INTEGER

-- presence.siblings (target, container, kind, besides)
SELECT documents.id, documents.title FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.container = %(container)s::VARCHAR AND documents.kind = %(kind)s::VARCHAR AND documents.id != %(besides)s::VARCHAR AND documents.state = 'live' AND documents.missing_run IS NULL

-- presence.told_of (source, target, ids)
SELECT containers.id, CASE WHEN (containers.source = %(source)s::VARCHAR AND containers.told_count > 0 AND containers.told_count = (SELECT CASE WHEN (count(*) = sum(CASE WHEN (documents.state = 'live' AND documents.fingerprint IS NOT NULL AND documents.version != '\x'::bytea AND (documents.redo_after IS NULL OR documents.lost = documents.fingerprint) AND documents.missing_run IS NULL AND documents.also = '' AND NOT documents.kept AND documents.pushed_run BETWEEN containers.told_from AND containers.told_to AND NOT (EXISTS (SELECT * FROM quarantine WHERE quarantine.target = documents.target AND quarantine.id = documents.id))) THEN 1 ELSE 0 END)) THEN count(*) END AS anon_2 FROM documents WHERE documents.target = containers.target AND documents.container = containers.id AND coalesce(documents.source, '') = containers.source AND documents.state != 'removed')) THEN containers.told ELSE NULL END AS anon_1, containers.proven FROM containers WHERE containers.target = %(target)s::VARCHAR AND containers.id = ANY(ARRAY(SELECT anon_3.value FROM json_array_elements_text((%(ids)s)::json) AS anon_3))

-- presence.within (target, path, end)
SELECT documents.id FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.path > %(path)s::VARCHAR AND documents.path < %(end)s::VARCHAR AND documents.state != 'removed'

-- pushes.confirm (target, pushed_run, pushed_at, session_run, backfill, again) each (id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text) once id
INSERT INTO documents (number, target, id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text, pushed_run, pushed_at, session_run, backfill, delta_run, state, missing_why, also, held_why, held_note, kept) SELECT coalesce((SELECT there.number FROM documents AS there WHERE there.target = %(target)s::VARCHAR AND there.id = r.id), nextval('documents_number_seq')) AS coalesce_1, %(target)s AS anon_1, r.id, r.source, r.native, r.room, r.container, r.kind, r.title, r.url, r.path, decode(r.version, 'base64') AS decode_1, decode(r.fingerprint, 'base64') AS decode_2, decode(r.audience, 'base64') AS decode_3, decode(r.rules, 'base64') AS decode_4, r.without_text, %(pushed_run)s AS anon_2, %(pushed_at)s AS anon_3, %(session_run)s AS anon_4, %(backfill)s AS anon_5, CASE WHEN (%(session_run)s = 0 AND %(backfill)s = 0) THEN %(pushed_run)s::INTEGER END AS anon_6, 'live' AS anon_7, '' AS anon_8, '' AS anon_9, '' AS anon_10, '' AS anon_11, false AS anon_12 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, source VARCHAR, native VARCHAR, room VARCHAR, container VARCHAR, kind VARCHAR, title VARCHAR, url VARCHAR, path VARCHAR, version VARCHAR, fingerprint VARCHAR, audience VARCHAR, rules VARCHAR, without_text VARCHAR) WHERE true ON CONFLICT (target, id) DO UPDATE SET state = CASE WHEN (documents.state = 'held' AND documents.held_why LIKE 'audience-%%') THEN 'held' ELSE 'live' END, version = excluded.version, fingerprint = excluded.fingerprint, audience = excluded.audience, rules = excluded.rules, pushed_run = excluded.pushed_run, pushed_at = excluded.pushed_at, session_run = excluded.session_run, backfill = excluded.backfill, delta_run = excluded.delta_run, missing_run = NULL, missing_why = '', lacked_run = NULL, gone_run = NULL, held_run = CASE WHEN (documents.held_why LIKE 'audience-%%') THEN documents.held_run ELSE NULL END, held_why = CASE WHEN (documents.held_why LIKE 'audience-%%') THEN documents.held_why ELSE '' END, kept = CASE WHEN (documents.held_why LIKE 'audience-%%') THEN documents.kept ELSE false END, redo_after = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = '\x21'::bytea)) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN %(again)s ELSE documents.redo_after END, lost = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = '\x21'::bytea)) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN '\x21'::bytea ELSE documents.lost END, without_text = excluded.without_text

-- pushes.confirm_again (pushed_run, pushed_at, session_run, backfill, again, target) each (id, version, fingerprint, audience, rules, without_text) once id
UPDATE documents SET state=CASE WHEN (documents.state = 'held' AND documents.held_why LIKE 'audience-%%') THEN 'held' ELSE 'live' END, version=decode(r.version, 'base64'), fingerprint=decode(r.fingerprint, 'base64'), audience=decode(r.audience, 'base64'), rules=decode(r.rules, 'base64'), pushed_run=%(pushed_run)s::INTEGER, pushed_at=%(pushed_at)s::FLOAT, session_run=%(session_run)s::INTEGER, backfill=%(backfill)s::INTEGER, delta_run=CASE WHEN (%(session_run)s = 0 AND %(backfill)s = 0) THEN %(pushed_run)s::INTEGER END, missing_run=NULL, missing_why='', lacked_run=NULL, gone_run=NULL, held_run=CASE WHEN (documents.held_why LIKE 'audience-%%') THEN documents.held_run ELSE NULL END, held_why=CASE WHEN (documents.held_why LIKE 'audience-%%') THEN documents.held_why ELSE '' END, kept=CASE WHEN (documents.held_why LIKE 'audience-%%') THEN documents.kept ELSE false END, redo_after=CASE WHEN (documents.redo_after <= %(pushed_at)s::FLOAT AND (documents.lost = decode(r.fingerprint, 'base64') OR documents.lost = '\x21'::bytea)) THEN NULL WHEN (documents.redo_after <= %(pushed_at)s::FLOAT) THEN %(again)s ELSE documents.redo_after END, lost=CASE WHEN (documents.redo_after <= %(pushed_at)s::FLOAT AND (documents.lost = decode(r.fingerprint, 'base64') OR documents.lost = '\x21'::bytea)) THEN NULL WHEN (documents.redo_after <= %(pushed_at)s::FLOAT) THEN '\x21'::bytea ELSE documents.lost END, without_text=r.without_text FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, version VARCHAR, fingerprint VARCHAR, audience VARCHAR, rules VARCHAR, without_text VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id

-- pushes.confirm_altered (target, pushed_run, pushed_at, session_run, backfill, again) each (id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text) once id
INSERT INTO documents (number, target, id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text, pushed_run, pushed_at, session_run, backfill, delta_run, state, missing_why, also, held_why, held_note, kept) SELECT coalesce((SELECT there.number FROM documents AS there WHERE there.target = %(target)s::VARCHAR AND there.id = r.id), nextval('documents_number_seq')) AS coalesce_1, %(target)s AS anon_1, r.id, r.source, r.native, r.room, r.container, r.kind, r.title, r.url, r.path, decode(r.version, 'base64') AS decode_1, decode(r.fingerprint, 'base64') AS decode_2, decode(r.audience, 'base64') AS decode_3, decode(r.rules, 'base64') AS decode_4, r.without_text, %(pushed_run)s AS anon_2, %(pushed_at)s AS anon_3, %(session_run)s AS anon_4, %(backfill)s AS anon_5, CASE WHEN (%(session_run)s = 0 AND %(backfill)s = 0) THEN %(pushed_run)s::INTEGER END AS anon_6, 'live' AS anon_7, '' AS anon_8, '' AS anon_9, '' AS anon_10, '' AS anon_11, false AS anon_12 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, source VARCHAR, native VARCHAR, room VARCHAR, container VARCHAR, kind VARCHAR, title VARCHAR, url VARCHAR, path VARCHAR, version VARCHAR, fingerprint VARCHAR, audience VARCHAR, rules VARCHAR, without_text VARCHAR) WHERE true ON CONFLICT (target, id) DO UPDATE SET source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, path = excluded.path, state = CASE WHEN (documents.state = 'held' AND documents.held_why LIKE 'audience-%%') THEN 'held' ELSE 'live' END, version = excluded.version, fingerprint = excluded.fingerprint, audience = excluded.audience, rules = excluded.rules, pushed_run = excluded.pushed_run, pushed_at = excluded.pushed_at, session_run = excluded.session_run, backfill = excluded.backfill, delta_run = excluded.delta_run, missing_run = NULL, missing_why = '', lacked_run = NULL, gone_run = NULL, also = CASE WHEN (documents.container = excluded.container) THEN documents.also WHEN (documents.pushed_run = excluded.pushed_run) THEN documents.container ELSE '' END, held_run = CASE WHEN (documents.held_why LIKE 'audience-%%') THEN documents.held_run ELSE NULL END, held_why = CASE WHEN (documents.held_why LIKE 'audience-%%') THEN documents.held_why ELSE '' END, kept = CASE WHEN (documents.held_why LIKE 'audience-%%') THEN documents.kept ELSE false END, redo_after = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = '\x21'::bytea)) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN %(again)s ELSE documents.redo_after END, lost = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = '\x21'::bytea)) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN '\x21'::bytea ELSE documents.lost END, without_text = excluded.without_text

-- pushes.confirm_body (target) each (id, body, text, text_key, hidden) once id
INSERT INTO bodies (document, body, text, text_key, hidden) SELECT documents.number, r.body, r.text, r.text_key, decode(r.hidden, 'base64') AS decode_1 FROM documents, ROWS FROM (json_to_recordset(%(rows)s::JSON) AS (id VARCHAR, text_key VARCHAR, hidden VARCHAR), unnest(%(body)b::BYTEA[]), unnest(%(text)b::BYTEA[])) AS r(id, text_key, hidden, body, text) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id ON CONFLICT (document) DO UPDATE SET body = excluded.body, text = excluded.text, text_key = excluded.text_key, hidden = excluded.hidden WHERE bodies.body != excluded.body OR bodies.text != excluded.text OR bodies.text_key != excluded.text_key OR bodies.hidden != excluded.hidden

-- pushes.confirm_unseen (target, pushed_run, pushed_at, session_run, backfill, again) each (id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text) once id
INSERT INTO documents (number, target, id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text, pushed_run, pushed_at, session_run, backfill, delta_run, state, missing_why, also, held_why, held_note, kept) SELECT coalesce((SELECT there.number FROM documents AS there WHERE there.target = %(target)s::VARCHAR AND there.id = r.id), nextval('documents_number_seq')) AS coalesce_1, %(target)s AS anon_1, r.id, r.source, r.native, r.room, r.container, r.kind, r.title, r.url, r.path, decode(r.version, 'base64') AS decode_1, decode(r.fingerprint, 'base64') AS decode_2, decode(r.audience, 'base64') AS decode_3, decode(r.rules, 'base64') AS decode_4, r.without_text, %(pushed_run)s AS anon_2, %(pushed_at)s AS anon_3, %(session_run)s AS anon_4, %(backfill)s AS anon_5, CASE WHEN (%(session_run)s = 0 AND %(backfill)s = 0) THEN %(pushed_run)s::INTEGER END AS anon_6, 'live' AS anon_7, '' AS anon_8, '' AS anon_9, '' AS anon_10, '' AS anon_11, false AS anon_12 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, source VARCHAR, native VARCHAR, room VARCHAR, container VARCHAR, kind VARCHAR, title VARCHAR, url VARCHAR, path VARCHAR, version VARCHAR, fingerprint VARCHAR, audience VARCHAR, rules VARCHAR, without_text VARCHAR) WHERE true ON CONFLICT (target, id) DO UPDATE SET state = CASE WHEN (documents.state = 'held') THEN 'held' ELSE 'live' END, version = excluded.version, fingerprint = excluded.fingerprint, audience = excluded.audience, rules = excluded.rules, pushed_run = excluded.pushed_run, pushed_at = excluded.pushed_at, session_run = excluded.session_run, backfill = excluded.backfill, delta_run = excluded.delta_run, redo_after = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = '\x21'::bytea)) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN %(again)s ELSE documents.redo_after END, lost = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = '\x21'::bytea)) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN '\x21'::bytea ELSE documents.lost END, without_text = excluded.without_text

-- pushes.confirm_unseen_altered (target, pushed_run, pushed_at, session_run, backfill, again) each (id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text) once id
INSERT INTO documents (number, target, id, source, native, room, container, kind, title, url, path, version, fingerprint, audience, rules, without_text, pushed_run, pushed_at, session_run, backfill, delta_run, state, missing_why, also, held_why, held_note, kept) SELECT coalesce((SELECT there.number FROM documents AS there WHERE there.target = %(target)s::VARCHAR AND there.id = r.id), nextval('documents_number_seq')) AS coalesce_1, %(target)s AS anon_1, r.id, r.source, r.native, r.room, r.container, r.kind, r.title, r.url, r.path, decode(r.version, 'base64') AS decode_1, decode(r.fingerprint, 'base64') AS decode_2, decode(r.audience, 'base64') AS decode_3, decode(r.rules, 'base64') AS decode_4, r.without_text, %(pushed_run)s AS anon_2, %(pushed_at)s AS anon_3, %(session_run)s AS anon_4, %(backfill)s AS anon_5, CASE WHEN (%(session_run)s = 0 AND %(backfill)s = 0) THEN %(pushed_run)s::INTEGER END AS anon_6, 'live' AS anon_7, '' AS anon_8, '' AS anon_9, '' AS anon_10, '' AS anon_11, false AS anon_12 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, source VARCHAR, native VARCHAR, room VARCHAR, container VARCHAR, kind VARCHAR, title VARCHAR, url VARCHAR, path VARCHAR, version VARCHAR, fingerprint VARCHAR, audience VARCHAR, rules VARCHAR, without_text VARCHAR) WHERE true ON CONFLICT (target, id) DO UPDATE SET source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, path = excluded.path, state = CASE WHEN (documents.state = 'held') THEN 'held' ELSE 'live' END, version = excluded.version, fingerprint = excluded.fingerprint, audience = excluded.audience, rules = excluded.rules, pushed_run = excluded.pushed_run, pushed_at = excluded.pushed_at, session_run = excluded.session_run, backfill = excluded.backfill, delta_run = excluded.delta_run, also = CASE WHEN (documents.container = excluded.container) THEN documents.also WHEN (documents.pushed_run = excluded.pushed_run) THEN documents.container ELSE '' END, redo_after = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = '\x21'::bytea)) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN %(again)s ELSE documents.redo_after END, lost = CASE WHEN (documents.redo_after <= excluded.pushed_at AND (documents.lost = excluded.fingerprint OR documents.lost = '\x21'::bytea)) THEN NULL WHEN (documents.redo_after <= excluded.pushed_at) THEN '\x21'::bytea ELSE documents.lost END, without_text = excluded.without_text

-- pushes.emptied (run, now, target) each (id) once id
INSERT INTO removals (target, source, room, id, title, run, at, approved, why) SELECT documents.target, documents.source, documents.room, documents.id, documents.title, %(run)s AS anon_1, %(now)s AS anon_2, false AS anon_3, 'nobody may see it any more' AS anon_4 FROM documents, json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND documents.state != 'removed' AND documents.fingerprint IS NOT NULL AND documents.audience != '\x168b318cb1f390f5'::bytea

-- pushes.forget_confirmation (target) each (id) once id
UPDATE documents SET version=NULL, fingerprint=NULL FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id

-- pushes.forget_confirmations (target, source)
UPDATE documents SET version=NULL, fingerprint=NULL WHERE documents.target = %(target)s::VARCHAR AND documents.source = %(source)s::VARCHAR AND documents.state != 'removed'

-- pushes.forget_sent_since (target, run)
UPDATE documents SET version=NULL, fingerprint=NULL WHERE documents.target = %(target)s::VARCHAR AND documents.delta_run >= %(run)s::INTEGER AND documents.state != 'removed'

-- pushes.forget_unconfirmed (target, source)
UPDATE unconfirmed SET there=NULL WHERE unconfirmed.target = %(target)s::VARCHAR AND unconfirmed.source = %(source)s::VARCHAR

-- pushes.forget_version (target) each (id) once id
UPDATE documents SET version=NULL FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id

-- pushes.kept (target, ids)
SELECT documents.id, documents.fingerprint, bodies.text_key, bodies.hidden FROM documents JOIN bodies ON bodies.document = documents.number WHERE documents.target = %(target)s::VARCHAR AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) ORDER BY documents.id FOR NO KEY UPDATE OF documents

-- pushes.note_hidden (target) each (id, fingerprint, hidden) once id
UPDATE bodies SET hidden=decode(r.hidden, 'base64') FROM documents, json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, fingerprint VARCHAR, hidden VARCHAR) WHERE bodies.document = documents.number AND documents.target = %(target)s::VARCHAR AND documents.id = r.id AND documents.fingerprint = decode(r.fingerprint, 'base64') AND bodies.hidden != decode(r.hidden, 'base64')

-- pushes.note_version (rules, target) each (id, version, without_text) once id
UPDATE documents SET version=decode(r.version, 'base64'), rules=%(rules)s, without_text=r.without_text FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, version VARCHAR, without_text VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id

-- pushes.places (target, ids)
SELECT documents.id, documents.container, documents.room FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1))

-- pushes.release (target, ids)
DELETE FROM quarantine WHERE quarantine.target = %(target)s::VARCHAR AND quarantine.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1))

-- pushes.remember_audience () each (digest, identities, public) once digest
INSERT INTO audiences (digest, identities, public) SELECT decode(r.digest, 'base64') AS decode_1, r.identities, r.public FROM json_to_recordset(%(rows)s::JSON) AS r(digest VARCHAR, identities VARCHAR, public BOOLEAN) WHERE true ON CONFLICT (digest) DO NOTHING

-- pushes.take (target, ids)
SELECT documents.id FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) ORDER BY documents.id FOR NO KEY UPDATE

-- quarantine.commonest (target, limit)
SELECT oldest.message, oldest.reason, oldest.told, count(*) AS count_1 FROM (SELECT quarantine.message AS message, quarantine.reason AS reason, quarantine.told AS told FROM quarantine WHERE quarantine.target = %(target)s::VARCHAR AND quarantine.reason = (SELECT o.reason FROM quarantine AS o WHERE o.target = %(target)s::VARCHAR GROUP BY o.reason ORDER BY count(*) DESC, o.reason LIMIT 1) ORDER BY quarantine.reason, quarantine.first_seen, quarantine.id LIMIT %(limit)s) AS oldest GROUP BY oldest.message, oldest.reason, oldest.told ORDER BY count(*) DESC, oldest.message, oldest.told LIMIT 1

-- quarantine.count (target)
SELECT count(*) AS count_1 FROM quarantine WHERE quarantine.target = %(target)s::VARCHAR

-- quarantine.drop (target)
DELETE FROM quarantine WHERE quarantine.target = %(target)s::VARCHAR

-- quarantine.drop_one (target) each (id) once id
DELETE FROM quarantine USING json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE quarantine.target = %(target)s::VARCHAR AND quarantine.id = r.id

-- quarantine.first_of (target, reason, message, told, limit)
SELECT quarantine.id, quarantine.source, quarantine.native, quarantine.room, quarantine.title, quarantine.reason, quarantine.message, quarantine.told, quarantine.first_seen, quarantine.last_seen, quarantine.attempts, quarantine.next_try, quarantine.version FROM quarantine WHERE quarantine.target = %(target)s::VARCHAR AND quarantine.reason = %(reason)s::VARCHAR AND quarantine.message = %(message)s::VARCHAR AND quarantine.told = %(told)s::VARCHAR ORDER BY quarantine.reason, quarantine.first_seen, quarantine.id LIMIT %(limit)s

-- quarantine.get (target, id)
SELECT quarantine.id, quarantine.source, quarantine.native, quarantine.room, quarantine.title, quarantine.reason, quarantine.message, quarantine.told, quarantine.first_seen, quarantine.last_seen, quarantine.attempts, quarantine.next_try, quarantine.version FROM quarantine WHERE quarantine.target = %(target)s::VARCHAR AND quarantine.id = %(id)s::VARCHAR

-- quarantine.groups (target, limit)
SELECT quarantine.message, quarantine.reason, quarantine.told, count(*) AS count_1 FROM quarantine WHERE quarantine.target = %(target)s::VARCHAR GROUP BY quarantine.message, quarantine.reason, quarantine.told ORDER BY count(*) DESC, quarantine.message, quarantine.reason, quarantine.told LIMIT %(limit)s

-- quarantine.park (target, source, native, room, title, reason, message, told, version, now, then) each (id) once id
INSERT INTO quarantine (target, id, source, native, room, title, reason, message, told, version, first_seen, last_seen, attempts, next_try) SELECT %(target)s AS anon_1, r.id, %(source)s AS anon_2, %(native)s AS anon_3, %(room)s AS anon_4, %(title)s AS anon_5, %(reason)s AS anon_6, %(message)s AS anon_7, %(told)s AS anon_8, %(version)s AS anon_9, %(now)s AS anon_10, %(now)s AS anon_11, 1 AS anon_12, %(then)s AS anon_13 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE true ON CONFLICT (target, id) DO UPDATE SET room = excluded.room, title = excluded.title, reason = excluded.reason, message = excluded.message, told = excluded.told, last_seen = excluded.last_seen, attempts = (quarantine.attempts + 1), next_try = (excluded.last_seen + CASE WHEN (quarantine.attempts + 1 <= 1) THEN 300.0 WHEN (quarantine.attempts + 1 <= 2) THEN 600.0 WHEN (quarantine.attempts + 1 <= 3) THEN 1200.0 WHEN (quarantine.attempts + 1 <= 4) THEN 2400.0 WHEN (quarantine.attempts + 1 <= 5) THEN 4800.0 WHEN (quarantine.attempts + 1 <= 6) THEN 9600.0 WHEN (quarantine.attempts + 1 <= 7) THEN 19200.0 WHEN (quarantine.attempts + 1 <= 8) THEN 38400.0 WHEN (quarantine.attempts + 1 <= 9) THEN 76800.0 ELSE 86400.0 END), version = excluded.version

-- quarantine.parked (target)
SELECT quarantine.id, quarantine.source, quarantine.native, quarantine.room, quarantine.title, quarantine.reason, quarantine.message, quarantine.told, quarantine.first_seen, quarantine.last_seen, quarantine.attempts, quarantine.next_try, quarantine.version FROM quarantine WHERE quarantine.target = %(target)s::VARCHAR ORDER BY quarantine.first_seen, quarantine.id

-- quarantine.retry (target)
UPDATE quarantine SET next_try=0.0 WHERE quarantine.target = %(target)s::VARCHAR

-- quarantine.retry_one (target) each (id) once id
UPDATE quarantine SET next_try=0.0 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE quarantine.target = %(target)s::VARCHAR AND quarantine.id = r.id

-- quarantine.see (now, target) each (id) once id
UPDATE quarantine SET last_seen=%(now)s::FLOAT FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE quarantine.target = %(target)s::VARCHAR AND quarantine.id = r.id

-- quarantine.settle (target, source, since) each (room) once room
DELETE FROM quarantine USING json_to_recordset(%(rows)s::JSON) AS r(room VARCHAR) WHERE quarantine.target = %(target)s::VARCHAR AND quarantine.source = %(source)s::VARCHAR AND quarantine.room = r.room AND quarantine.last_seen < %(since)s::FLOAT

-- quarantine.waiting (target, now)
SELECT quarantine.id, quarantine.version FROM quarantine WHERE quarantine.target = %(target)s::VARCHAR AND quarantine.next_try > %(now)s::FLOAT

-- readers.audiences_of (target, source, room, last, limit)
SELECT documents.audience, audiences.identities, audiences.public, count(*) AS count_1 FROM documents JOIN audiences ON audiences.digest = documents.audience WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND documents.fingerprint IS NOT NULL AND documents.source = %(source)s::VARCHAR AND documents.room = %(room)s::VARCHAR AND documents.audience > %(last)s GROUP BY documents.audience, audiences.identities, audiences.public ORDER BY documents.audience LIMIT %(limit)s

-- readers.rooms (target)
SELECT documents.source, documents.room, count(*) AS count_1, count(distinct(documents.audience)) AS count_2, CASE WHEN (sum(CASE WHEN (documents.container = '') THEN 1 ELSE 0 END) = 1) THEN max(CASE WHEN (documents.container = '') THEN documents.title ELSE '' END) ELSE '' END AS anon_1 FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.state != 'removed' AND documents.fingerprint IS NOT NULL GROUP BY documents.source, documents.room ORDER BY documents.source, documents.room

-- records.accepted (target)
SELECT count(*) AS count_1 FROM people WHERE people.target = %(target)s::VARCHAR AND people.sent IS NOT NULL AND people.found

-- records.accepted_in (target, run)
SELECT count(*) AS count_1 FROM people WHERE people.target = %(target)s::VARCHAR AND people.sent IS NOT NULL AND people.found AND people.session_run = %(run)s::INTEGER

-- records.any_session (target)
SELECT people.session_run FROM people WHERE people.target = %(target)s::VARCHAR AND people.session_run > 0 LIMIT 1

-- records.asked_in (target, run, since, source, beginning)
SELECT count(*) AS count_1 FROM people WHERE people.target = %(target)s::VARCHAR AND (EXISTS (SELECT * FROM persons AS p WHERE p.target = people.target AND p.address = people.address AND p.read_run = %(run)s::INTEGER AND coalesce(p.told_at, 0.0) >= %(since)s::FLOAT AND p.source = %(source)s::VARCHAR)) AND (EXISTS (SELECT anon_1.value FROM json_array_elements_text((people.may)::json) AS anon_1 WHERE substr(anon_1.value, 1, length(%(beginning)s::VARCHAR)) = %(beginning)s::VARCHAR))

-- records.asked_with_something_to_lose (target, run, since)
SELECT count(*) AS count_1 FROM people WHERE people.target = %(target)s::VARCHAR AND (EXISTS (SELECT * FROM persons AS p WHERE p.target = people.target AND p.address = people.address AND p.read_run = %(run)s::INTEGER AND coalesce(p.told_at, 0.0) >= %(since)s::FLOAT)) AND (EXISTS (SELECT anon_1.value FROM json_array_elements_text((people.may)::json) AS anon_1 WHERE anon_1.value NOT LIKE '%%:user:%%'))

-- records.confirm (redo, now, found, session_run, target) each (id, sent, may) once id
UPDATE people SET sent=r.sent, may=CASE WHEN (%(redo)s::FLOAT IS NULL AND (people.redo_after IS NULL OR people.redo_after <= %(now)s::FLOAT)) THEN r.may ELSE people.may END, found=%(found)s, session_run=%(session_run)s::INTEGER, redo_after=coalesce(%(redo)s::FLOAT, CASE WHEN (people.redo_after <= %(now)s::FLOAT) THEN NULL ELSE people.redo_after END), refused=0 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, sent VARCHAR, may VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id

-- records.count_held (target, run)
SELECT count(*) AS count_1 FROM people WHERE people.target = %(target)s::VARCHAR AND people.held_run IS NOT NULL AND people.held_run <= %(run)s::INTEGER

-- records.count_lost (target, run, now) each (id, address, whole, approved, why)
INSERT INTO people_removals (target, id, address, whole, approved, why, run, at) SELECT %(target)s AS anon_1, r.id, r.address, r.whole, r.approved, r.why, %(run)s AS anon_2, %(now)s AS anon_3 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, address VARCHAR, whole BOOLEAN, approved BOOLEAN, why VARCHAR) WHERE true

-- records.doubt (target)
UPDATE people SET sent=NULL, session_run=0 WHERE people.target = %(target)s::VARCHAR

-- records.doubt_removals (may, target, since)
INSERT INTO people (target, id, address, sent, may, found, session_run, held_why, kept, refused) SELECT people_removals.target, people_removals.id, min(people_removals.address) AS address, NULL AS sent, %(may)s::VARCHAR AS may, true AS found, 0 AS session_run, '' AS held_why, false AS kept, 0 AS refused FROM people_removals WHERE people_removals.target = %(target)s::VARCHAR AND people_removals.run >= %(since)s::INTEGER AND people_removals.whole GROUP BY people_removals.target, people_removals.id ON CONFLICT (target, id) DO UPDATE SET may = excluded.may, found = true WHERE people.may = '[]'

-- records.doubt_shares (doubtful, target, run)
UPDATE persons SET read_run=%(doubtful)s::INTEGER WHERE persons.target = %(target)s::VARCHAR AND persons.read_run != %(run)s::INTEGER

-- records.doubt_shares_of (doubtful, target, run, sources)
UPDATE persons SET read_run=%(doubtful)s::INTEGER WHERE persons.target = %(target)s::VARCHAR AND persons.read_run != %(run)s::INTEGER AND persons.source = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(sources)s)::json) AS anon_1))

-- records.drop (target, now) each (id) once id
DELETE FROM people USING json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id AND (people.redo_after IS NULL OR people.redo_after <= %(now)s::FLOAT)

-- records.due_again (target, now)
SELECT people.id FROM people WHERE people.target = %(target)s::VARCHAR AND people.may = '[]' AND people.redo_after IS NOT NULL AND people.redo_after <= %(now)s::FLOAT ORDER BY people.id

-- records.forget_settled (target)
DELETE FROM people WHERE people.target = %(target)s::VARCHAR AND people.may = '[]' AND people.redo_after IS NULL AND NOT (EXISTS (SELECT * FROM persons AS p WHERE p.target = people.target AND p.address = people.address AND p.identities != '[]'))

-- records.have_again (target) each (id, may) once id
UPDATE people SET sent=NULL, may=r.may FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, may VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id

-- records.held (target, run, limit)
SELECT people.id, people.address, people.sent, people.may, people.found, people.session_run, people.redo_after, people.held_run, people.held_why, people.kept, people.refused FROM people WHERE people.target = %(target)s::VARCHAR AND people.held_run IS NOT NULL AND people.held_run <= %(run)s::INTEGER ORDER BY people.address LIMIT %(limit)s

-- records.held_counts (target)
SELECT people.held_why, people.kept, count(*) AS count_1 FROM people WHERE people.target = %(target)s::VARCHAR AND people.held_run IS NOT NULL GROUP BY people.held_why, people.kept

-- records.hold (run, target) each (id, why) once id
UPDATE people SET held_run=coalesce(people.held_run, %(run)s), held_why=r.why FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, why VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id

-- records.intend (target) each (id, address, may) once id
INSERT INTO people (target, id, address, sent, may, found, session_run, held_why, kept, refused) SELECT %(target)s AS anon_1, r.id, r.address, NULL AS anon_2, r.may, true AS anon_3, 0 AS anon_4, '' AS anon_5, false AS anon_6, 0 AS anon_7 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, address VARCHAR, may VARCHAR) WHERE true ON CONFLICT (target, id) DO UPDATE SET address = excluded.address, sent = NULL, may = excluded.may

-- records.intend_removal (target) each (id) once id
UPDATE people SET sent=NULL FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id

-- records.keep (target, run)
UPDATE people SET kept=true WHERE people.target = %(target)s::VARCHAR AND people.held_run IS NOT NULL AND people.held_run <= %(run)s::INTEGER

-- records.lose (until, target) each (id) once id
UPDATE people SET sent=NULL, redo_after=%(until)s::FLOAT FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id

-- records.lose_open (until, target)
UPDATE people SET redo_after=%(until)s::FLOAT WHERE people.target = %(target)s::VARCHAR AND people.sent IS NULL AND people.redo_after IS NULL AND people.may != '[]'

-- records.lost_since (target, since)
SELECT count(*) AS count_1 FROM people_removals WHERE people_removals.target = %(target)s::VARCHAR AND people_removals.at >= %(since)s::FLOAT AND NOT people_removals.approved

-- records.not_accepted (target, run)
SELECT count(*) AS count_1 FROM people WHERE people.target = %(target)s::VARCHAR AND people.session_run != %(run)s::INTEGER AND people.may != '[]'

-- records.pages (target, last, chunk)
SELECT people.id, people.address, people.sent, people.may, people.found, people.session_run, people.redo_after, people.held_run, people.held_why, people.kept, people.refused FROM people WHERE people.target = %(target)s::VARCHAR AND people.id > %(last)s::VARCHAR ORDER BY people.id LIMIT %(chunk)s

-- records.pages_changed (target, last, chunk)
SELECT people.id, people.address, people.sent, people.may, people.found, people.session_run, people.redo_after, people.held_run, people.held_why, people.kept, people.refused FROM people WHERE people.target = %(target)s::VARCHAR AND people.id > %(last)s::VARCHAR AND (people.held_run IS NOT NULL OR NOT (SELECT count(*) = 1 AND min(p.read_run) >= 0 AND max(p.identities) = people.may AS anon_1 FROM persons AS p WHERE p.target = people.target AND p.address = people.address AND p.identities != '[]')) ORDER BY people.id LIMIT %(chunk)s

-- records.pages_held (target, last, chunk)
SELECT people.id, people.address, people.sent, people.may, people.found, people.session_run, people.redo_after, people.held_run, people.held_why, people.kept, people.refused FROM people WHERE people.target = %(target)s::VARCHAR AND people.id > %(last)s::VARCHAR AND people.held_run IS NOT NULL ORDER BY people.id LIMIT %(chunk)s

-- records.records (target, ids)
SELECT people.id, people.address, people.sent, people.may, people.found, people.session_run, people.redo_after, people.held_run, people.held_why, people.kept, people.refused FROM people WHERE people.target = %(target)s::VARCHAR AND people.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1))

-- records.refuse (target) each (id) once id
UPDATE people SET refused=(people.refused + 1) FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id

-- records.release (target) each (id) once id
UPDATE people SET held_run=NULL, held_why='', kept=false FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id

-- records.remove (redo, target) each (id) once id
UPDATE people SET sent=NULL, may='[]', redo_after=CASE WHEN (coalesce(people.redo_after, 0.0) < coalesce(%(redo)s::FLOAT, 0.0)) THEN coalesce(%(redo)s::FLOAT, 0.0) ELSE coalesce(people.redo_after, 0.0) END, held_run=NULL, held_why='', kept=false FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id

-- records.removed_after_run (target, run)
SELECT count(*) AS count_1 FROM people_removals WHERE people_removals.target = %(target)s::VARCHAR AND people_removals.run > %(run)s::INTEGER AND people_removals.whole

-- records.standing (target)
SELECT count(*) AS count_1 FROM people WHERE people.target = %(target)s::VARCHAR AND people.may != '[]'

-- records.still_there (target) each (id, sent) once id
UPDATE people SET sent=r.sent FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, sent VARCHAR) WHERE people.target = %(target)s::VARCHAR AND people.id = r.id

-- records.unknown (target, limit)
SELECT people.address FROM people WHERE people.target = %(target)s::VARCHAR AND NOT people.found AND people.sent IS NOT NULL ORDER BY people.address LIMIT %(limit)s

-- removals.count (run, now, approved, target) each (id, why, code) once id
INSERT INTO removals (target, title, source, room, id, native, container, kind, path, run, at, approved, why, code) SELECT documents.target, documents.title, documents.source, documents.room, documents.id, documents.native, documents.container, documents.kind, documents.path, %(run)s AS anon_1, %(now)s AS anon_2, %(approved)s AS anon_3, r.why, r.code FROM documents, json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, why VARCHAR, code VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND documents.state != 'removed'

-- removals.count_hidden_as (run, target, source, up_to)
UPDATE removals SET run=%(run)s::INTEGER WHERE removals.target = %(target)s::VARCHAR AND removals.source = %(source)s::VARCHAR AND removals.run > %(run)s::INTEGER AND removals.code = 'hidden' AND removals.number <= %(up_to)s::INTEGER

-- removals.doubt (run, now, target, since)
INSERT INTO documents (pushed_run, pushed_at, session_run, backfill, missing_why, also, held_why, held_note, kept, url, without_text, target, title, source, room, id, native, container, kind, path, state, missing_run, noted_run, redo_after) SELECT 0 AS anon_1, 0.0 AS anon_2, 0 AS anon_3, 0 AS anon_4, CASE WHEN (removals.code IN ('refused', 'expired', 'hidden')) THEN '' ELSE 'absent' END AS anon_5, '' AS anon_6, '' AS anon_7, '' AS anon_8, false AS anon_9, '' AS anon_10, '' AS anon_11, removals.target, removals.title, removals.source, removals.room, removals.id, removals.native, removals.container, removals.kind, removals.path, CASE WHEN (removals.code IN ('refused', 'expired', 'hidden')) THEN 'removed' ELSE 'new' END AS anon_12, CASE WHEN (removals.code IN ('refused', 'expired', 'hidden')) THEN NULL ELSE %(run)s::INTEGER END AS anon_13, CASE WHEN (removals.code IN ('refused', 'expired', 'hidden')) THEN NULL ELSE %(run)s::INTEGER END AS anon__1, CASE WHEN (removals.code IN ('refused', 'expired', 'hidden')) THEN %(now)s::FLOAT ELSE NULL END AS anon_14 FROM removals WHERE removals.number IN (SELECT max(last.number) AS max_1 FROM removals AS last WHERE last.target = %(target)s::VARCHAR AND last.run >= %(since)s::INTEGER AND (last.native != '' OR last.code = 'hidden') GROUP BY last.id) ON CONFLICT (target, id) DO NOTHING

-- removals.drop (target, now) each (id) once id
DELETE FROM documents USING json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND (documents.redo_after IS NULL OR documents.redo_after <= %(now)s::FLOAT AND documents.lost = '\x21'::bytea)

-- removals.due_again (target, now)
SELECT documents.id FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.redo_after IS NOT NULL AND documents.redo_after <= %(now)s::FLOAT AND documents.state = 'removed'

-- removals.forget_body (target) each (id) once id
DELETE FROM bodies WHERE bodies.document IN (SELECT documents.number FROM documents, json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id)

-- removals.forget_container (target) each (id) once id
DELETE FROM containers USING json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE containers.target = %(target)s::VARCHAR AND containers.id = r.id

-- removals.forget_end (target, run)
DELETE FROM removals WHERE removals.target = %(target)s::VARCHAR AND removals.run = %(run)s::INTEGER AND removals.id = ''

-- removals.forget_grants (target) each (id) once id
DELETE FROM grants WHERE (grants.source, grants.native) IN (SELECT documents.source, documents.native FROM documents, json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id)

-- removals.forget_unconfirmed (target) each (id) once id
DELETE FROM unconfirmed USING json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE unconfirmed.target = %(target)s::VARCHAR AND unconfirmed.id = r.id

-- removals.gone_since (target, since, limit)
SELECT removals.id FROM removals WHERE removals.target = %(target)s::VARCHAR AND removals.run >= %(since)s::INTEGER AND removals.native != '' AND NOT (EXISTS (SELECT * FROM documents AS again WHERE again.target = removals.target AND again.id = removals.id)) ORDER BY removals.run DESC, removals.number DESC LIMIT %(limit)s

-- removals.hidden_after_run (target, source, run)
SELECT count(*) AS count_1 FROM removals WHERE removals.target = %(target)s::VARCHAR AND removals.source = %(source)s::VARCHAR AND removals.run > %(run)s::INTEGER AND removals.code = 'hidden'

-- removals.last_removal (target)
SELECT max(removals.number) AS max_1 FROM removals WHERE removals.target = %(target)s::VARCHAR

-- removals.note_end (target, run, now, approved, count)
WITH RECURSIVE every(n) AS (SELECT 1 AS n UNION ALL SELECT every.n + 1 AS anon_7 FROM every WHERE every.n < %(count)s::INTEGER) INSERT INTO removals (target, source, room, id, title, run, at, approved, why) SELECT %(target)s AS anon_1, '' AS anon_2, '' AS anon__1, '' AS anon__2, '' AS anon__3, %(run)s AS anon_3, %(now)s AS anon_4, %(approved)s AS anon_5, 'not pushed again until the end of a session' AS anon_6 FROM every WHERE true

-- removals.remove (target) each (id) once id
UPDATE documents SET state='removed', version=NULL, fingerprint=NULL, audience=NULL FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id

-- removals.removed_after_run (target, source, run)
SELECT count(*) AS count_1 FROM removals WHERE removals.target = %(target)s::VARCHAR AND removals.source = %(source)s::VARCHAR AND removals.run > %(run)s::INTEGER

-- removals.removed_since (target, since)
SELECT removals.source, removals.room, count(*) AS count_1 FROM removals WHERE removals.target = %(target)s::VARCHAR AND removals.at >= %(since)s::FLOAT AND NOT removals.approved GROUP BY removals.source, removals.room

-- removals.repeat_doubted (run, target)
UPDATE documents SET state='new', missing_run=%(run)s::INTEGER, missing_why='absent', noted_run=%(run)s::INTEGER WHERE documents.target = %(target)s::VARCHAR AND documents.state = 'removed'

-- removals.wait_again (again, target, now) each (id) once id
UPDATE documents SET redo_after=%(again)s::FLOAT, lost='\x21'::bytea FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE documents.target = %(target)s::VARCHAR AND documents.id = r.id AND documents.redo_after <= %(now)s::FLOAT

-- rooms.all (target, source)
SELECT rooms.key, rooms.name, rooms.included, rooms.public, rooms.rules, rooms.audience, rooms.audience_at, rooms.witnesses FROM rooms WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR ORDER BY rooms.key

-- rooms.complete (run, target, source) each (key) once key
UPDATE rooms SET complete_run=%(run)s::INTEGER FROM json_to_recordset(%(rows)s::JSON) AS r(key VARCHAR) WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR AND rooms.key = r.key

-- rooms.decide (target, source, name, included, public, rules) each (key) once key
INSERT INTO rooms (target, source, key, name, included, public, rules, complete_run, decided, witnesses) SELECT %(target)s AS anon_1, %(source)s AS anon_2, r.key, %(name)s AS anon_3, %(included)s AS anon_4, %(public)s AS anon_5, %(rules)s AS anon_6, 0 AS anon_7, false AS anon_8, '[]' AS anon_9 FROM json_to_recordset(%(rows)s::JSON) AS r(key VARCHAR) WHERE true ON CONFLICT (target, source, key) DO UPDATE SET name = excluded.name, included = excluded.included, public = excluded.public, rules = excluded.rules, unlisted_at = NULL, decided = false

-- rooms.decide_unlisted (target, run)
UPDATE rooms SET decided=true WHERE rooms.target = %(target)s::VARCHAR AND rooms.unlisted_at IS NOT NULL AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = rooms.target AND d.source = rooms.source AND d.room = rooms.key AND d.held_run <= %(run)s::INTEGER))

-- rooms.miss (now, target, source) each (key) once key
UPDATE rooms SET unlisted_at=CASE WHEN (coalesce(rooms.unlisted_at, %(now)s::FLOAT) > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE coalesce(rooms.unlisted_at, %(now)s::FLOAT) END FROM json_to_recordset(%(rows)s::JSON) AS r(key VARCHAR) WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR AND rooms.key = r.key

-- rooms.miss_all_anew (now, target, source)
UPDATE rooms SET unlisted_at=%(now)s::FLOAT WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR AND rooms.unlisted_at IS NOT NULL

-- rooms.miss_anew (now, target, source) each (key) once key
UPDATE rooms SET unlisted_at=%(now)s::FLOAT FROM json_to_recordset(%(rows)s::JSON) AS r(key VARCHAR) WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR AND rooms.key = r.key

-- rooms.note_audience (audience, now, target, source, key)
UPDATE rooms SET audience=%(audience)s::VARCHAR, audience_at=%(now)s::FLOAT WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR AND rooms.key = %(key)s::VARCHAR

-- rooms.note_witnesses (witnesses, target, source, key)
UPDATE rooms SET witnesses=%(witnesses)s::VARCHAR WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR AND rooms.key = %(key)s::VARCHAR

-- rooms.unlisted (target, source, since)
SELECT rooms.name FROM rooms WHERE rooms.target = %(target)s::VARCHAR AND rooms.source = %(source)s::VARCHAR AND rooms.included AND rooms.unlisted_at > %(since)s::FLOAT AND NOT (rooms.decided AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = rooms.target AND d.source = rooms.source AND d.room = rooms.key AND d.state != 'removed' AND NOT d.kept))) ORDER BY rooms.name

-- runs.asked_whole (target, since)
SELECT 1 FROM runs WHERE runs.target = %(target)s::VARCHAR AND runs.next_mode = 'full' AND runs.finished_at > %(since)s::FLOAT LIMIT 1

-- runs.begin_with (target, letters)
SELECT runs.id FROM runs WHERE runs.target = %(target)s::VARCHAR AND substr(runs.id, 1, length(%(letters)s)) = %(letters)s ORDER BY runs.number DESC LIMIT 2

-- runs.close_open (now, target)
UPDATE runs SET finished_at=%(now)s::FLOAT, outcome='failed' WHERE runs.target = %(target)s::VARCHAR AND runs.outcome IS NULL

-- runs.finish (now, outcome, report, next, number)
UPDATE runs SET finished_at=%(now)s::FLOAT, outcome=%(outcome)s::VARCHAR, report=%(report)s::VARCHAR, next_mode=%(next)s::VARCHAR WHERE runs.number = %(number)s::INTEGER

-- runs.get (target, id)
SELECT runs.number, runs.id, runs.target, runs.mode, runs.dry_run, runs.started_at, runs.finished_at, runs.outcome, runs.report, runs.backfill, runs.next_mode FROM runs WHERE runs.target = %(target)s::VARCHAR AND runs.id = %(id)s::VARCHAR

-- runs.id_of (number)
SELECT runs.id FROM runs WHERE runs.number = %(number)s::INTEGER

-- runs.last (target)
SELECT runs.number, runs.id, runs.target, runs.mode, runs.dry_run, runs.started_at, runs.finished_at, runs.outcome, runs.report, runs.backfill, runs.next_mode FROM runs WHERE runs.target = %(target)s::VARCHAR AND NOT runs.dry_run ORDER BY runs.number DESC LIMIT 1

-- runs.last_finished (target, mode)
SELECT runs.number, runs.id, runs.target, runs.mode, runs.dry_run, runs.started_at, runs.finished_at, runs.outcome, runs.report, runs.backfill, runs.next_mode FROM runs WHERE runs.target = %(target)s::VARCHAR AND NOT runs.dry_run AND runs.outcome IS NOT NULL AND runs.mode = %(mode)s::VARCHAR ORDER BY runs.number DESC LIMIT 1

-- runs.new_backfill ()
SELECT coalesce(max(runs.backfill), 0) + 1 AS anon_1 FROM runs

-- runs.open_backfill (target, wanted)
SELECT runs.backfill, runs.outcome FROM runs WHERE runs.target = %(target)s::VARCHAR AND runs.mode = 'backfill' AND NOT runs.dry_run AND runs.wanted = %(wanted)s::VARCHAR ORDER BY runs.number DESC LIMIT 1

-- runs.read_whole (target)
SELECT 1 FROM runs WHERE runs.target = %(target)s::VARCHAR AND NOT runs.dry_run AND runs.mode IN ('full', 'backfill') AND runs.outcome IN ('succeeded', 'quarantined', 'withheld', 'braked') LIMIT 1

-- runs.recent (target, limit)
SELECT runs.number, runs.id, runs.target, runs.mode, runs.dry_run, runs.started_at, runs.finished_at, runs.outcome, runs.report, runs.backfill, runs.next_mode FROM runs WHERE runs.target = %(target)s::VARCHAR ORDER BY runs.number DESC LIMIT %(limit)s

-- runs.rehearsal (id, target, mode, started, finished, outcome, report)
INSERT INTO runs (id, target, mode, dry_run, started_at, finished_at, outcome, report, backfill, wanted, next_mode) VALUES (%(id)s::VARCHAR, %(target)s::VARCHAR, %(mode)s::VARCHAR, true, %(started)s::FLOAT, %(finished)s::FLOAT, %(outcome)s::VARCHAR, %(report)s::VARCHAR, 0, '{}', '') RETURNING runs.number

-- runs.sent_whole (target, since)
SELECT 1 FROM runs WHERE runs.target = %(target)s::VARCHAR AND NOT runs.dry_run AND runs.mode != 'delta' AND runs.number >= %(since)s::INTEGER LIMIT 1

-- runs.start (id, target, mode, dry_run, now, backfill, wanted)
INSERT INTO runs (id, target, mode, dry_run, started_at, backfill, wanted, next_mode) VALUES (%(id)s::VARCHAR, %(target)s::VARCHAR, %(mode)s::VARCHAR, %(dry_run)s, %(now)s::FLOAT, %(backfill)s::INTEGER, %(wanted)s::VARCHAR, '') RETURNING runs.number

-- scrub.read_people_removals (last, limit)
SELECT people_removals.number, people_removals.why FROM people_removals WHERE people_removals.number > %(last)s::INTEGER AND people_removals.why != '' ORDER BY people_removals.number LIMIT %(limit)s

-- scrub.read_quarantine (last, limit)
SELECT quarantine.target || '/' || quarantine.id AS anon_1, quarantine.message FROM quarantine WHERE (quarantine.target || '/' || quarantine.id) > %(last)s::VARCHAR AND quarantine.message != '' ORDER BY quarantine.target || '/' || quarantine.id LIMIT %(limit)s

-- scrub.read_removals (last, limit)
SELECT removals.number, removals.why FROM removals WHERE removals.number > %(last)s::INTEGER AND removals.why != '' ORDER BY removals.number LIMIT %(limit)s

-- scrub.read_runs (last, limit)
SELECT runs.number, runs.report FROM runs WHERE runs.number > %(last)s::INTEGER AND runs.report != '' ORDER BY runs.number LIMIT %(limit)s

-- scrub.read_told (last, limit)
SELECT quarantine.target || '/' || quarantine.id AS anon_1, quarantine.told FROM quarantine WHERE (quarantine.target || '/' || quarantine.id) > %(last)s::VARCHAR AND quarantine.told != '' ORDER BY quarantine.target || '/' || quarantine.id LIMIT %(limit)s

-- scrub.write_people_removals () each (key, words) once key
UPDATE people_removals SET why=r.words FROM json_to_recordset(%(rows)s::JSON) AS r(key INTEGER, words VARCHAR) WHERE people_removals.number = r.key

-- scrub.write_quarantine () each (key, words) once key
UPDATE quarantine SET message=r.words FROM json_to_recordset(%(rows)s::JSON) AS r(key VARCHAR, words VARCHAR) WHERE (quarantine.target || '/' || quarantine.id) = r.key

-- scrub.write_removals () each (key, words) once key
UPDATE removals SET why=r.words FROM json_to_recordset(%(rows)s::JSON) AS r(key INTEGER, words VARCHAR) WHERE removals.number = r.key

-- scrub.write_runs () each (key, words) once key
UPDATE runs SET report=r.words FROM json_to_recordset(%(rows)s::JSON) AS r(key INTEGER, words VARCHAR) WHERE runs.number = r.key

-- scrub.write_told () each (key, words) once key
UPDATE quarantine SET told=r.words FROM json_to_recordset(%(rows)s::JSON) AS r(key VARCHAR, words VARCHAR) WHERE (quarantine.target || '/' || quarantine.id) = r.key

-- sessions.lose_document (now, target)
UPDATE sessions SET state=CASE WHEN (sessions.state = 'beginning') THEN 'withheld' ELSE sessions.state END, lost_at=CASE WHEN (sessions.at < CASE WHEN (%(now)s > sessions.at + 3600.0) THEN sessions.at + 3600.0 ELSE %(now)s END) THEN CASE WHEN (%(now)s > sessions.at + 3600.0) THEN sessions.at + 3600.0 ELSE %(now)s END ELSE sessions.at END WHERE sessions.target = %(target)s::VARCHAR AND (sessions.state = 'beginning' OR sessions.state = 'ending' AND (sessions.lost_at IS NULL OR sessions.lost_at < sessions.at))

-- sessions.lose_person (now, target)
UPDATE people_sessions SET state=CASE WHEN (people_sessions.state = 'beginning') THEN 'withheld' ELSE people_sessions.state END, lost_at=CASE WHEN (people_sessions.at < CASE WHEN (%(now)s > people_sessions.at + 3600.0) THEN people_sessions.at + 3600.0 ELSE %(now)s END) THEN CASE WHEN (%(now)s > people_sessions.at + 3600.0) THEN people_sessions.at + 3600.0 ELSE %(now)s END ELSE people_sessions.at END WHERE people_sessions.target = %(target)s::VARCHAR AND (people_sessions.state = 'beginning' OR people_sessions.state = 'ending' AND (people_sessions.lost_at IS NULL OR people_sessions.lost_at < people_sessions.at))

-- sessions.note_document (target, state, now, lost) each (run) once run
INSERT INTO sessions (run, target, state, at, lost_at) SELECT r.run, %(target)s AS anon_1, %(state)s AS anon_2, %(now)s AS anon_3, %(lost)s AS anon_4 FROM json_to_recordset(%(rows)s::JSON) AS r(run INTEGER) WHERE true ON CONFLICT (run) DO UPDATE SET state = excluded.state, lost_at = coalesce(excluded.lost_at, sessions.lost_at), at = excluded.at

-- sessions.note_person (target, state, now, lost) each (run) once run
INSERT INTO people_sessions (run, target, state, at, lost_at) SELECT r.run, %(target)s AS anon_1, %(state)s AS anon_2, %(now)s AS anon_3, %(lost)s AS anon_4 FROM json_to_recordset(%(rows)s::JSON) AS r(run INTEGER) WHERE true ON CONFLICT (run) DO UPDATE SET state = excluded.state, lost_at = coalesce(excluded.lost_at, people_sessions.lost_at), at = excluded.at

-- sessions.state_document (target, run)
SELECT sessions.state FROM sessions WHERE sessions.target = %(target)s::VARCHAR AND sessions.run = %(run)s::INTEGER

-- sessions.state_person (target, run)
SELECT people_sessions.state FROM people_sessions WHERE people_sessions.target = %(target)s::VARCHAR AND people_sessions.run = %(run)s::INTEGER

-- sessions.unsettled_document (target)
SELECT max(coalesce(sessions.lost_at, sessions.at)) AS max_1 FROM sessions WHERE sessions.target = %(target)s::VARCHAR AND (sessions.lost_at IS NOT NULL OR sessions.state IN ('beginning', 'ending'))

-- sessions.unsettled_person (target)
SELECT max(coalesce(people_sessions.lost_at, people_sessions.at)) AS max_1 FROM people_sessions WHERE people_sessions.target = %(target)s::VARCHAR AND (people_sessions.lost_at IS NOT NULL OR people_sessions.state IN ('beginning', 'ending'))

-- shards.all_sent (target, run, source)
SELECT DISTINCT under_way.intent FROM under_way WHERE under_way.target = %(target)s::VARCHAR AND under_way.run = %(run)s::INTEGER AND under_way.source = %(source)s::VARCHAR

-- shards.begun (target, run, source, seat)
SELECT shards.room FROM shards WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR AND shards.state = 'walking' AND shards.seat = %(seat)s::INTEGER ORDER BY shards.place

-- shards.claim (target, intent, run, source, seat) each (id) once id
INSERT INTO under_way (target, id, intent, run, source, seat) SELECT %(target)s AS anon_1, r.id, %(intent)s::INTEGER AS anon_2, %(run)s::INTEGER AS anon_3, %(source)s::VARCHAR AS anon_4, %(seat)s::INTEGER AS anon_5 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE true ON CONFLICT (target, id) DO NOTHING

-- shards.clear_met (target)
DELETE FROM met WHERE met.target = %(target)s::VARCHAR

-- shards.clear_seats (target)
DELETE FROM seats WHERE seats.target = %(target)s::VARCHAR

-- shards.clear_shards (target)
DELETE FROM shards WHERE shards.target = %(target)s::VARCHAR

-- shards.clear_under_way (target)
DELETE FROM under_way WHERE under_way.target = %(target)s::VARCHAR

-- shards.close (target, run, source)
UPDATE seats SET fence=(seats.fence + 1), state='closed' WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR

-- shards.end_shard (target, run, source) each (room, state, result) once room
UPDATE shards SET state=r.state, result=r.result FROM json_to_recordset(%(rows)s::JSON) AS r(room VARCHAR, state VARCHAR, result VARCHAR) WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR AND shards.room = r.room AND shards.state = 'walking'

-- shards.every_state (target)
SELECT shards.source, shards.state, count(*) AS count_1 FROM shards WHERE shards.target = %(target)s::VARCHAR GROUP BY shards.source, shards.state

-- shards.everyone (target)
SELECT seats.source, seats.host, seats.state FROM seats WHERE seats.target = %(target)s::VARCHAR AND seats.state != 'closed' AND seats.terms != '' AND (EXISTS (SELECT 1 FROM leases WHERE leases.target = %(target)s::VARCHAR AND leases.fence = seats.lease AND leases.expires_at > date_part('epoch', clock_timestamp()))) ORDER BY seats.source, seats.number

-- shards.expected (target, run, source, seat)
SELECT seats.terms FROM seats WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR AND seats.number = %(seat)s::INTEGER AND seats.state != 'closed' AND (EXISTS (SELECT 1 FROM leases WHERE leases.target = %(target)s::VARCHAR AND leases.fence = seats.lease AND leases.expires_at > date_part('epoch', clock_timestamp())))

-- shards.forget_claims (target) each (intent) once intent
DELETE FROM under_way USING json_to_recordset(%(rows)s::JSON) AS r(intent INTEGER) WHERE under_way.target = %(target)s::VARCHAR AND under_way.intent = r.intent

-- shards.forget_seats (target, run, source)
DELETE FROM seats WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR

-- shards.forget_sent (target, run, source)
DELETE FROM under_way WHERE under_way.target = %(target)s::VARCHAR AND under_way.run = %(run)s::INTEGER AND under_way.source = %(source)s::VARCHAR

-- shards.give (seat, fence, target, run, source) each (number) once number
UPDATE seats SET state='closed', given_to=%(seat)s::INTEGER, given_fence=%(fence)s::INTEGER FROM json_to_recordset(%(rows)s::JSON) AS r(number INTEGER) WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR AND seats.number = r.number

-- shards.lease (target)
SELECT leases.fence FROM leases WHERE leases.target = %(target)s::VARCHAR

-- shards.lease_left (target, lease)
SELECT leases.expires_at - date_part('epoch', clock_timestamp()) AS anon_1 FROM leases WHERE leases.target = %(target)s::VARCHAR AND leases.fence = %(lease)s::INTEGER

-- shards.leave_seat (told, target, run, source, seat, fence)
UPDATE seats SET state='left', told=%(told)s::VARCHAR WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR AND seats.number = %(seat)s::INTEGER AND seats.fence = %(fence)s::INTEGER AND seats.state != 'closed' RETURNING seats.fence

-- shards.leave_to_others (target, run, source, room, seat)
UPDATE shards SET state='waiting' WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR AND shards.room = %(room)s::VARCHAR AND shards.state = 'walking' AND shards.seat = %(seat)s::INTEGER

-- shards.let_go (target, ids, intent)
DELETE FROM under_way WHERE under_way.target = %(target)s::VARCHAR AND under_way.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1)) AND under_way.intent = %(intent)s::INTEGER

-- shards.look_at_seat (target, run, source, seat, member)
SELECT seats.state, seats.fence, seats.lease, seats.terms, seats.told FROM seats WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR AND seats.number = %(seat)s::INTEGER AND seats.state != 'closed' AND (EXISTS (SELECT 1 FROM members WHERE members.id = %(member)s::VARCHAR AND members.state = 'working')) FOR UPDATE OF seats

-- shards.meet (target, run, source) each (key) once key
INSERT INTO met (target, run, source, key) SELECT %(target)s AS anon_1, %(run)s AS anon_2, %(source)s::VARCHAR AS anon_3, r.key FROM json_to_recordset(%(rows)s::JSON) AS r(key VARCHAR) WHERE true ON CONFLICT (target, run, source, key) DO NOTHING

-- shards.met (target, run, source)
SELECT met.key FROM met WHERE met.target = %(target)s::VARCHAR AND met.run = %(run)s::INTEGER AND met.source = %(source)s::VARCHAR

-- shards.open_seat (target, run, source, lease, terms) each (seat) once seat
INSERT INTO seats (number, target, run, source, fence, member, host, state, stop, told, lease, terms) SELECT r.seat, %(target)s AS anon_1, %(run)s AS anon_2, %(source)s AS anon_3, 0 AS anon_4, '' AS anon_5, '' AS anon_6, 'waiting' AS anon_7, false AS anon_8, '' AS anon_9, %(lease)s::INTEGER AS anon_10, %(terms)s::VARCHAR AS anon_11 FROM json_to_recordset(%(rows)s::JSON) AS r(seat INTEGER) WHERE true ON CONFLICT (target, run, source, number) DO NOTHING

-- shards.open_shard (target, run, source) each (room, place, sight) once room
INSERT INTO shards (target, run, source, room, place, sight, state, seat, taken, result) SELECT %(target)s AS anon_1, %(run)s AS anon_2, %(source)s AS anon_3, r.room, r.place, r.sight, 'waiting' AS anon_4, NULL AS anon_5, 0 AS anon_6, '' AS anon_7 FROM json_to_recordset(%(rows)s::JSON) AS r(room VARCHAR, place INTEGER, sight VARCHAR) WHERE true ON CONFLICT (target, run, source, room) DO NOTHING

-- shards.put_back (target, run, source, seat)
UPDATE shards SET state='waiting', seat=NULL, taken=(shards.taken - 1) WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR AND shards.state = 'walking' AND shards.seat = %(seat)s::INTEGER

-- shards.results (target, run, source)
SELECT shards.room, shards.state, shards.result FROM shards WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR ORDER BY shards.place

-- shards.return_rooms (target, run, source, seat)
UPDATE shards SET state='waiting', seat=NULL WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR AND shards.state = 'walking' AND shards.seat = %(seat)s::INTEGER

-- shards.seats (target, run, source)
SELECT seats.number, seats.state, seats.fence, seats.member, seats.told FROM seats WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR ORDER BY seats.number

-- shards.sent (target, run, source, seat)
SELECT DISTINCT under_way.intent FROM under_way WHERE under_way.target = %(target)s::VARCHAR AND under_way.run = %(run)s::INTEGER AND under_way.source = %(source)s::VARCHAR AND under_way.seat = %(seat)s::INTEGER

-- shards.spare (target, run, source)
SELECT seats.number FROM seats WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR AND (seats.state IN ('waiting', 'left') OR seats.state = 'closed' AND seats.given_to IS NOT NULL AND NOT (EXISTS (SELECT 1 FROM seats AS holders WHERE holders.target = seats.target AND holders.run = seats.run AND holders.source = seats.source AND holders.number = seats.given_to AND holders.fence = seats.given_fence AND holders.state = 'walking'))) AND NOT (EXISTS (SELECT 1 FROM shards WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR AND shards.state = 'waiting')) ORDER BY seats.number FOR UPDATE OF seats SKIP LOCKED

-- shards.states (target, run, source)
SELECT shards.state, count(*) AS count_1 FROM shards WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR GROUP BY shards.state

-- shards.still (target, run, source, seat, fence, lease)
SELECT 1 FROM seats WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR AND seats.number = %(seat)s::INTEGER AND seats.fence = %(fence)s::INTEGER AND seats.state != 'closed' AND (EXISTS (SELECT 1 FROM leases WHERE leases.target = %(target)s::VARCHAR AND leases.fence = %(lease)s::INTEGER)) FOR SHARE OF seats

-- shards.stop (target, run, source)
UPDATE seats SET stop=true WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR

-- shards.take_again (target, run, source, room, seat)
UPDATE shards SET taken=(shards.taken + 1) WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR AND shards.room = %(room)s::VARCHAR AND shards.state = 'walking' AND shards.seat = %(seat)s::INTEGER RETURNING shards.room, shards.sight, shards.taken

-- shards.take_next (seat, target, run, source, seats)
UPDATE shards SET state='walking', seat=%(seat)s::INTEGER, taken=(shards.taken + 1) WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR AND shards.room = (SELECT shards.room FROM shards WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR AND shards.state = 'waiting' AND (shards.seat IS NULL OR shards.seat != %(seat)s::INTEGER) ORDER BY CASE WHEN (shards.place %% %(seats)s::INTEGER = %(seat)s::INTEGER) THEN 0 ELSE 1 END, shards.place LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING shards.room, shards.sight, shards.taken

-- shards.take_seat (member, host, target, run, source, seat)
UPDATE seats SET fence=(seats.fence + 1), member=%(member)s::VARCHAR, host=%(host)s::VARCHAR, state='walking' WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR AND seats.number = %(seat)s::INTEGER AND seats.state != 'closed'

-- shards.tell (told, target, run, source, seat, fence)
UPDATE seats SET told=%(told)s::VARCHAR WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR AND seats.number = %(seat)s::INTEGER AND seats.fence = %(fence)s::INTEGER AND seats.state != 'closed' RETURNING seats.stop, EXISTS (SELECT 1 FROM shards WHERE shards.target = %(target)s::VARCHAR AND shards.run = %(run)s::INTEGER AND shards.source = %(source)s::VARCHAR AND shards.state = 'waiting') AS anon_1

-- shards.vacate (target, run, source, seat, fence)
UPDATE seats SET fence=(seats.fence + 1), state='left' WHERE seats.target = %(target)s::VARCHAR AND seats.run = %(run)s::INTEGER AND seats.source = %(source)s::VARCHAR AND seats.number = %(seat)s::INTEGER AND seats.state != 'closed' AND seats.fence = %(fence)s::INTEGER

-- shares.addresses (target, last, chunk)
SELECT DISTINCT persons.address FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.address != '' AND persons.identities != '[]' AND persons.address > %(last)s::VARCHAR ORDER BY persons.address LIMIT %(chunk)s

-- shares.asked (now, run, target, source) each (key) once key
UPDATE persons SET told_at=CASE WHEN (coalesce(persons.told_at, %(now)s::FLOAT) > %(now)s::FLOAT) THEN %(now)s::FLOAT ELSE coalesce(persons.told_at, %(now)s::FLOAT) END, asked_at=%(now)s::FLOAT, asked_run=%(run)s::INTEGER FROM json_to_recordset(%(rows)s::JSON) AS r(key VARCHAR) WHERE persons.target = %(target)s::VARCHAR AND persons.source = %(source)s::VARCHAR AND persons.key = r.key

-- shares.asked_in_vain (target, run)
SELECT count(*) AS count_1 FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.asked_run = %(run)s::INTEGER AND persons.read_run != %(run)s::INTEGER

-- shares.count (target, source)
SELECT count(*) AS count_1 FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.source = %(source)s::VARCHAR

-- shares.drop_given_up (target, sources)
DELETE FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.read_run = -1 AND (persons.source NOT IN (SELECT anon_1.value FROM json_array_elements_text((%(sources)s)::json) AS anon_1))

-- shares.everybody (target, source, key, chunk)
SELECT persons.source, persons.key FROM persons WHERE persons.target = %(target)s::VARCHAR AND (persons.source, persons.key) > (%(source)s::VARCHAR, %(key)s::VARCHAR) ORDER BY persons.source, persons.key LIMIT %(chunk)s

-- shares.given_up (target, sources)
SELECT persons.source, count(*) AS count_1 FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.read_run = -1 AND (persons.source NOT IN (SELECT anon_1.value FROM json_array_elements_text((%(sources)s)::json) AS anon_1)) AND persons.identities != '[]' GROUP BY persons.source ORDER BY persons.source

-- shares.identities (target)
SELECT persons.identities FROM persons WHERE persons.target = %(target)s::VARCHAR

-- shares.keys_of (target, addresses)
SELECT persons.source, persons.key FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.address = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(addresses)s)::json) AS anon_1)) ORDER BY persons.source, persons.key

-- shares.known (target, source, keys)
SELECT persons.source, persons.key, persons.address, persons.identities, persons.read_run, persons.told_at FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.source = %(source)s::VARCHAR AND persons.key = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(keys)s)::json) AS anon_1)) ORDER BY persons.source, persons.key

-- shares.longest_ago (target, source, limit)
SELECT persons.key FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.source = %(source)s::VARCHAR ORDER BY coalesce(persons.asked_at, 0.0), persons.read_run, persons.key LIMIT %(limit)s

-- shares.longest_unasked (target, source, run, limit)
SELECT persons.key FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.source = %(source)s::VARCHAR AND persons.asked_run != %(run)s::INTEGER ORDER BY coalesce(persons.asked_at, 0.0), persons.read_run, persons.key LIMIT %(limit)s

-- shares.named (target, addresses)
SELECT persons.source, persons.key, persons.address, persons.identities, persons.read_run, persons.told_at FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.address = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(addresses)s)::json) AS anon_1)) ORDER BY persons.source, persons.key

-- shares.not_yet_sure (target, source)
SELECT persons.key FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.source = %(source)s::VARCHAR AND persons.read_run = -1 ORDER BY persons.key

-- shares.note (target) each (source, key, address, identities, read_run, told_at) once source, key
INSERT INTO persons (target, source, key, address, identities, read_run, told_at, asked_at, asked_run) SELECT %(target)s AS anon_1, r.source, r.key, r.address, r.identities, r.read_run, r.told_at, NULL AS anon_2, 0 AS anon_3 FROM json_to_recordset(%(rows)s::JSON) AS r(source VARCHAR, key VARCHAR, address VARCHAR, identities VARCHAR, read_run INTEGER, told_at FLOAT) WHERE true ON CONFLICT (target, source, key) DO UPDATE SET address = CASE WHEN (excluded.identities = '[]' AND excluded.address = '') THEN persons.address ELSE excluded.address END, identities = excluded.identities, read_run = excluded.read_run, told_at = excluded.told_at

-- shares.oldest_told (target)
SELECT min(persons.told_at) AS min_1 FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.identities != '[]' AND persons.told_at IS NOT NULL

-- shares.page_of_addresses (target, last, chunk)
SELECT persons.address, count(*) AS count_1, max(persons.identities) AS max_1, min(persons.read_run) AS min_1 FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.address != '' AND persons.identities != '[]' AND persons.address > %(last)s::VARCHAR GROUP BY persons.address ORDER BY persons.address LIMIT %(chunk)s

-- shares.sent (target, ids)
SELECT people.id, people.sent FROM people WHERE people.target = %(target)s::VARCHAR AND people.found AND people.redo_after IS NULL AND people.held_run IS NULL AND people.id = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(ids)s)::json) AS anon_1))

-- shares.shared_addresses (target, run)
SELECT DISTINCT several.address FROM (SELECT persons.address AS address FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.address != '' AND persons.identities != '[]' GROUP BY persons.address, persons.source HAVING count(*) > 1 AND max(persons.read_run) = %(run)s::INTEGER AND min(persons.read_run) != %(run)s::INTEGER) AS several ORDER BY several.address

-- shares.shares (target, words)
SELECT persons.source, persons.key, persons.address, persons.identities, persons.read_run, persons.told_at FROM persons WHERE persons.target = %(target)s::VARCHAR AND (persons.address = %(words)s::VARCHAR OR persons.key = %(words)s::VARCHAR OR substr(lower(persons.key), (length(lower(persons.key)) - length('/' || %(words)s::VARCHAR)) + 1) = ('/' || %(words)s::VARCHAR) OR %(words)s::VARCHAR IN (SELECT anon_1.value FROM json_array_elements_text((persons.identities)::json) AS anon_1)) ORDER BY persons.source, persons.key

-- shares.unasked_in (target, source, run, keys)
SELECT persons.key FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.source = %(source)s::VARCHAR AND persons.asked_run != %(run)s::INTEGER AND persons.key = ANY(ARRAY(SELECT anon_1.value FROM json_array_elements_text((%(keys)s)::json) AS anon_1)) ORDER BY persons.key

-- shares.unasked_since (target, source, before, now)
SELECT persons.key FROM persons WHERE persons.target = %(target)s::VARCHAR AND persons.source = %(source)s::VARCHAR AND (persons.asked_at IS NULL OR persons.asked_at <= %(before)s::FLOAT OR persons.asked_at > %(now)s::FLOAT) ORDER BY coalesce(persons.asked_at, 0.0), persons.key

-- unconfirmed.count (target)
SELECT count(*) AS count_1 FROM unconfirmed WHERE unconfirmed.target = %(target)s::VARCHAR AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there AND NOT unconfirmed.kept

-- unconfirmed.count_there (target)
SELECT count(*) AS count_1 FROM unconfirmed WHERE unconfirmed.target = %(target)s::VARCHAR AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there

-- unconfirmed.count_waiting (target, until)
SELECT count(*) AS count_1 FROM unconfirmed WHERE unconfirmed.target = %(target)s::VARCHAR AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there AND NOT unconfirmed.kept AND unconfirmed.there_run <= %(until)s::INTEGER

-- unconfirmed.drop_absent (target, before, run)
DELETE FROM documents WHERE documents.target = %(target)s::VARCHAR AND documents.fingerprint IS NULL AND documents.redo_after IS NULL AND documents.state IN ('live', 'new') AND documents.pushed_at < %(before)s::FLOAT AND documents.id IN (SELECT unconfirmed.id FROM unconfirmed WHERE unconfirmed.target = %(target)s::VARCHAR AND unconfirmed.run = %(run)s::INTEGER AND NOT unconfirmed.there)

-- unconfirmed.enter (target) each (id, source, native, room, container, kind, title, url, path) once id
INSERT INTO documents (number, target, id, source, native, room, container, kind, title, url, path, state, pushed_run, pushed_at, session_run, backfill, missing_why, also, held_why, held_note, kept, without_text) SELECT coalesce((SELECT there.number FROM documents AS there WHERE there.target = %(target)s::VARCHAR AND there.id = r.id), nextval('documents_number_seq')) AS coalesce_1, %(target)s AS anon_1, r.id, r.source, r.native, r.room, r.container, r.kind, r.title, r.url, r.path, 'new' AS anon_2, 0 AS anon_3, 0.0 AS anon_4, 0 AS anon_5, 0 AS anon_6, '' AS anon_7, '' AS anon_8, '' AS anon_9, '' AS anon_10, false AS anon_11, '' AS anon_12 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, source VARCHAR, native VARCHAR, room VARCHAR, container VARCHAR, kind VARCHAR, title VARCHAR, url VARCHAR, path VARCHAR) WHERE true ON CONFLICT (target, id) DO UPDATE SET url = CASE WHEN (documents.url = '') THEN excluded.url ELSE documents.url END, path = CASE WHEN (documents.path = '') THEN excluded.path ELSE documents.path END

-- unconfirmed.forget_confirmed (target)
DELETE FROM unconfirmed WHERE unconfirmed.target = %(target)s::VARCHAR AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL))

-- unconfirmed.keep (target) each (id) once id
UPDATE unconfirmed SET kept=true FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE unconfirmed.target = %(target)s::VARCHAR AND unconfirmed.id = r.id

-- unconfirmed.note (target, source, native, room, container, kind, title, url, audience, public, run) each (id) once id
INSERT INTO unconfirmed (target, id, source, native, room, container, kind, title, url, audience, public, run, kept) SELECT %(target)s AS anon_1, r.id, %(source)s AS anon_2, %(native)s AS anon_3, %(room)s AS anon_4, %(container)s AS anon_5, %(kind)s AS anon_6, %(title)s AS anon_7, %(url)s AS anon_8, %(audience)s AS anon_9, %(public)s AS anon_10, %(run)s AS anon_11, false AS anon_12 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE true ON CONFLICT (target, id) DO UPDATE SET source = excluded.source, native = excluded.native, room = excluded.room, container = excluded.container, kind = excluded.kind, title = excluded.title, url = excluded.url, audience = excluded.audience, public = excluded.public, run = excluded.run

-- unconfirmed.standing (target, id, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = %(target)s::VARCHAR AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.id = %(id)s::VARCHAR ORDER BY unconfirmed.id LIMIT %(limit)s

-- unconfirmed.there (target, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = %(target)s::VARCHAR AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there ORDER BY unconfirmed.id LIMIT %(limit)s

-- unconfirmed.there_in (target, run, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = %(target)s::VARCHAR AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there AND unconfirmed.run = %(run)s::INTEGER ORDER BY unconfirmed.id LIMIT %(limit)s

-- unconfirmed.there_until (target, until, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = %(target)s::VARCHAR AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there AND unconfirmed.there_run <= %(until)s::INTEGER ORDER BY unconfirmed.id LIMIT %(limit)s

-- unconfirmed.told (run, target) each (id, there) once id
UPDATE unconfirmed SET there=r.there, there_run=%(run)s::INTEGER FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR, there BOOLEAN) WHERE unconfirmed.target = %(target)s::VARCHAR AND unconfirmed.id = r.id

-- unconfirmed.unasked (target, run, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = %(target)s::VARCHAR AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.run = %(run)s::INTEGER AND (unconfirmed.there IS NULL OR NOT unconfirmed.there AND unconfirmed.there_run < %(run)s::INTEGER AND (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.pushed_run > 0))) ORDER BY unconfirmed.id LIMIT %(limit)s

-- unconfirmed.waiting (target, until, limit)
SELECT unconfirmed.id, unconfirmed.source, unconfirmed.native, unconfirmed.room, unconfirmed.container, unconfirmed.kind, unconfirmed.title, unconfirmed.url, unconfirmed.audience, unconfirmed.kept, unconfirmed.public FROM unconfirmed WHERE unconfirmed.target = %(target)s::VARCHAR AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = unconfirmed.target AND d.id = unconfirmed.id AND d.fingerprint IS NOT NULL)) AND unconfirmed.there AND NOT unconfirmed.kept AND unconfirmed.there_run <= %(until)s::INTEGER ORDER BY unconfirmed.id LIMIT %(limit)s

-- upkeep.clock ()
SELECT date_part('epoch', clock_timestamp()) AS date_part_1

-- upkeep.last_runs ()
SELECT runs.target, max(runs.number) AS max_1 FROM runs GROUP BY runs.target

-- upkeep.leases_taken ()
SELECT coalesce(sum(leases.fence), 0) AS coalesce_1 FROM leases

-- upkeep.name ()
SELECT ledger.id FROM ledger ORDER BY ledger.made_at, ledger.id LIMIT 1

-- upkeep.name_it (now) each (id) once id
INSERT INTO ledger (id, made_at) SELECT r.id, %(now)s AS anon_1 FROM json_to_recordset(%(rows)s::JSON) AS r(id VARCHAR) WHERE NOT (EXISTS (SELECT * FROM ledger AS named))

-- upkeep.newest_run ()
SELECT runs.number, runs.id, runs.finished_at IS NOT NULL AS anon_1 FROM runs ORDER BY runs.number DESC LIMIT 1

-- upkeep.old_removals (before)
SELECT removals.id, removals.title FROM removals WHERE removals.at < %(before)s::FLOAT AND removals.run < (SELECT coalesce(max(noted.number), 0) AS coalesce_1 FROM runs AS noted WHERE noted.target = removals.target AND noted.mode IN ('full', 'backfill') AND NOT noted.dry_run AND noted.outcome IN ('succeeded', 'quarantined') AND noted.wanted = '{"only":[],"rooms":[]}') AND removals.id != ''

-- upkeep.old_removals_before (before, target, source, sent)
SELECT removals.id, removals.title FROM removals WHERE removals.at < %(before)s::FLOAT AND removals.target = %(target)s::VARCHAR AND removals.source = %(source)s::VARCHAR AND removals.run < %(sent)s::INTEGER AND removals.id != ''

-- upkeep.old_reports (before)
SELECT runs.number, runs.report FROM runs WHERE runs.finished_at < %(before)s::FLOAT AND runs.report IS NOT NULL

-- upkeep.prune_audience_changes (before)
DELETE FROM audience_changes WHERE audience_changes.at < %(before)s::FLOAT

-- upkeep.prune_audiences ()
DELETE FROM audiences WHERE (audiences.digest NOT IN (SELECT documents.audience FROM documents WHERE documents.audience IS NOT NULL UNION SELECT widenings.audience FROM widenings UNION SELECT narrowings.audience FROM narrowings UNION SELECT audience_changes.before FROM audience_changes UNION SELECT audience_changes.after FROM audience_changes)) AND NOT (EXISTS (SELECT * FROM intents)) AND NOT (EXISTS (SELECT * FROM leases WHERE leases.expires_at > 0))

-- upkeep.prune_containers ()
DELETE FROM containers WHERE NOT (EXISTS (SELECT * FROM documents WHERE documents.target = containers.target AND documents.id = containers.id))

-- upkeep.prune_orders (before)
DELETE FROM orders WHERE orders.ended_at < %(before)s::FLOAT

-- upkeep.prune_people_removals (before)
DELETE FROM people_removals WHERE people_removals.at < %(before)s::FLOAT AND people_removals.run < (SELECT coalesce(max(noted.number), 0) AS coalesce_1 FROM runs AS noted WHERE noted.target = people_removals.target AND noted.mode IN ('full', 'backfill') AND NOT noted.dry_run AND noted.outcome IN ('succeeded', 'quarantined') AND noted.wanted = '{"only":[],"rooms":[]}')

-- upkeep.prune_people_removals_before (before, target, sent)
DELETE FROM people_removals WHERE people_removals.at < %(before)s::FLOAT AND people_removals.target = %(target)s::VARCHAR AND people_removals.run < %(sent)s::INTEGER

-- upkeep.prune_people_sessions (before)
DELETE FROM people_sessions WHERE people_sessions.at < %(before)s::FLOAT AND (people_sessions.run NOT IN (SELECT max(last.run) AS max_1 FROM people_sessions AS last GROUP BY last.target))

-- upkeep.prune_removals (before)
DELETE FROM removals WHERE removals.at < %(before)s::FLOAT AND removals.run < (SELECT coalesce(max(noted.number), 0) AS coalesce_1 FROM runs AS noted WHERE noted.target = removals.target AND noted.mode IN ('full', 'backfill') AND NOT noted.dry_run AND noted.outcome IN ('succeeded', 'quarantined') AND noted.wanted = '{"only":[],"rooms":[]}')

-- upkeep.prune_removals_before (before, target, source, sent)
DELETE FROM removals WHERE removals.at < %(before)s::FLOAT AND removals.target = %(target)s::VARCHAR AND removals.source = %(source)s::VARCHAR AND removals.run < %(sent)s::INTEGER

-- upkeep.prune_runs (before)
DELETE FROM runs WHERE runs.finished_at < %(before)s::FLOAT AND (runs.number NOT IN (SELECT max(last.number) AS max_1 FROM runs AS last GROUP BY last.target, last.mode, last.dry_run, last.outcome, last.wanted)) AND (runs.number NOT IN (SELECT documents.held_run FROM documents WHERE documents.held_run IS NOT NULL)) AND (runs.number NOT IN (SELECT widenings.run FROM widenings)) AND (runs.number NOT IN (SELECT people.held_run FROM people WHERE people.held_run IS NOT NULL))

-- upkeep.prune_sessions (before)
DELETE FROM sessions WHERE sessions.at < %(before)s::FLOAT AND (sessions.run NOT IN (SELECT max(last.run) AS max_1 FROM sessions AS last GROUP BY last.target))

-- upkeep.rename (id, now, was)
UPDATE ledger SET id=%(id)s::VARCHAR, made_at=%(now)s::FLOAT WHERE ledger.id = %(was)s::VARCHAR

-- upkeep.run_of (number)
SELECT runs.id, runs.finished_at IS NOT NULL AS anon_1 FROM runs WHERE runs.number = %(number)s::INTEGER

-- upkeep.sent_since ()
SELECT documents.target, documents.source, min(documents.pushed_run) AS min_1 FROM documents WHERE documents.fingerprint IS NOT NULL GROUP BY documents.target, documents.source

-- waiting.counts (target)
SELECT runs.id, h.what, h.why, sum(h.many) AS sum_1 FROM runs, (SELECT CAST('removal' AS VARCHAR) AS what, d.held_run AS run, d.held_why AS why, count(*) AS many FROM documents AS d WHERE d.target = %(target)s::VARCHAR AND d.state = 'held' AND NOT d.kept AND d.held_run IS NOT NULL GROUP BY d.held_run, d.held_why UNION ALL SELECT CAST('wider' AS VARCHAR) AS what, w.run AS run, CAST('audience-wider' AS VARCHAR) AS why, count(*) AS many FROM widenings AS w JOIN documents AS d ON d.target = w.target AND d.id = w.id WHERE w.target = %(target)s::VARCHAR AND w.state = 'held' AND NOT w.kept GROUP BY w.run UNION ALL SELECT CAST('unconfirmed' AS VARCHAR) AS what, u.there_run AS run, CAST('unconfirmed' AS VARCHAR) AS why, count(*) AS many FROM unconfirmed AS u WHERE u.target = %(target)s::VARCHAR AND u.there AND NOT u.kept AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = u.target AND d.id = u.id AND d.fingerprint IS NOT NULL)) GROUP BY u.there_run UNION ALL SELECT CAST('person' AS VARCHAR) AS what, people.held_run AS run, people.held_why AS why, count(*) AS many FROM people WHERE people.target = %(target)s::VARCHAR AND people.held_run IS NOT NULL AND NOT people.kept GROUP BY people.held_run, people.held_why) AS h WHERE runs.number = h.run AND runs.target = %(target)s::VARCHAR GROUP BY runs.number, runs.id, h.what, h.why ORDER BY runs.number DESC, sum(h.many) DESC, h.why

-- waiting.folders (target, source, room, limit)
SELECT h.container, coalesce(f.title, '') AS coalesce_1, coalesce(f.path, '') AS coalesce_2, coalesce(f.held_run, 0) AS coalesce_3, count(*) AS count_1 FROM (SELECT d.source AS source, d.room AS room, d.container AS container FROM documents AS d WHERE d.target = %(target)s::VARCHAR AND d.state = 'held' AND NOT d.kept UNION ALL SELECT coalesce(d.source, '') AS source, coalesce(d.room, '') AS room, d.container AS container FROM widenings AS w JOIN documents AS d ON d.target = w.target AND d.id = w.id WHERE w.target = %(target)s::VARCHAR AND w.state = 'held' AND NOT w.kept UNION ALL SELECT u.source AS source, u.room AS room, u.container AS container FROM unconfirmed AS u WHERE u.target = %(target)s::VARCHAR AND u.there AND NOT u.kept AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = u.target AND d.id = u.id AND d.fingerprint IS NOT NULL))) AS h LEFT OUTER JOIN documents AS f ON f.target = %(target)s::VARCHAR AND f.id = h.container WHERE h.source = %(source)s::VARCHAR AND h.room = %(room)s::VARCHAR GROUP BY h.container, f.title, f.path, f.held_run ORDER BY coalesce(f.path, ''), h.container LIMIT %(limit)s

-- waiting.removals (target)
SELECT count(*) AS count_1 FROM documents AS d WHERE d.target = %(target)s::VARCHAR AND d.state = 'held' AND NOT d.kept

-- waiting.rooms (target, limit)
SELECT m.source, m.room, coalesce(rooms.name, '') AS coalesce_1, m.many FROM (SELECT h.source AS source, h.room AS room, sum(h.many) AS many FROM (SELECT d.source AS source, d.room AS room, count(*) AS many FROM documents AS d WHERE d.target = %(target)s::VARCHAR AND d.state = 'held' AND NOT d.kept GROUP BY d.source, d.room UNION ALL SELECT coalesce(d.source, '') AS source, coalesce(d.room, '') AS room, count(*) AS many FROM widenings AS w JOIN documents AS d ON d.target = w.target AND d.id = w.id WHERE w.target = %(target)s::VARCHAR AND w.state = 'held' AND NOT w.kept GROUP BY coalesce(d.source, ''), coalesce(d.room, '') UNION ALL SELECT u.source AS source, u.room AS room, count(*) AS many FROM unconfirmed AS u WHERE u.target = %(target)s::VARCHAR AND u.there AND NOT u.kept AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = u.target AND d.id = u.id AND d.fingerprint IS NOT NULL)) GROUP BY u.source, u.room) AS h GROUP BY h.source, h.room ORDER BY sum(h.many) DESC, h.source, h.room LIMIT %(limit)s) AS m LEFT OUTER JOIN rooms ON rooms.target = %(target)s::VARCHAR AND rooms.source = m.source AND rooms.key = m.room ORDER BY m.many DESC, m.source, m.room

-- waiting.rows (target, at_0, at_1, at_2, at_3, at_4, many)
SELECT h.what, h.id, h.title, h.source, h.room, h.why, h.note, h.path FROM (SELECT anon_1.what AS what, anon_1.run AS run, anon_1.why AS why, anon_1.note AS note, anon_1.source AS source, anon_1.room AS room, anon_1.container AS container, anon_1.id AS id, anon_1.title AS title, anon_1.path AS path FROM (SELECT CAST('removal' AS VARCHAR) AS what, d.held_run AS run, d.held_why AS why, d.held_note AS note, d.source AS source, d.room AS room, d.container AS container, d.id AS id, d.title AS title, d.path AS path FROM documents AS d WHERE d.target = %(target)s::VARCHAR AND d.state = 'held' AND NOT d.kept AND (d.source, d.room, d.path, d.id, CAST('removal' AS VARCHAR)) > (%(at_0)s::VARCHAR, %(at_1)s::VARCHAR, %(at_2)s::VARCHAR, %(at_3)s::VARCHAR, %(at_4)s::VARCHAR) ORDER BY d.source, d.room, d.path, d.id LIMIT %(many)s) AS anon_1 UNION ALL SELECT anon_2.what AS what, anon_2.run AS run, anon_2.why AS why, anon_2.note AS note, anon_2.source AS source, anon_2.room AS room, anon_2.container AS container, anon_2.id AS id, anon_2.title AS title, anon_2.path AS path FROM (SELECT CAST('wider' AS VARCHAR) AS what, w.run AS run, CAST('audience-wider' AS VARCHAR) AS why, CAST('' AS VARCHAR) AS note, coalesce(d.source, '') AS source, coalesce(d.room, '') AS room, d.container AS container, d.id AS id, d.title AS title, d.path AS path FROM widenings AS w JOIN documents AS d ON d.target = w.target AND d.id = w.id WHERE w.target = %(target)s::VARCHAR AND w.state = 'held' AND NOT w.kept AND (coalesce(d.source, ''), coalesce(d.room, ''), d.path, d.id, CAST('wider' AS VARCHAR)) > (%(at_0)s::VARCHAR, %(at_1)s::VARCHAR, %(at_2)s::VARCHAR, %(at_3)s::VARCHAR, %(at_4)s::VARCHAR) ORDER BY coalesce(d.source, ''), coalesce(d.room, ''), d.path, d.id LIMIT %(many)s) AS anon_2 UNION ALL SELECT anon_3.what AS what, anon_3.run AS run, anon_3.why AS why, anon_3.note AS note, anon_3.source AS source, anon_3.room AS room, anon_3.container AS container, anon_3.id AS id, anon_3.title AS title, anon_3.path AS path FROM (SELECT CAST('unconfirmed' AS VARCHAR) AS what, u.there_run AS run, CAST('unconfirmed' AS VARCHAR) AS why, CAST('' AS VARCHAR) AS note, u.source AS source, u.room AS room, u.container AS container, u.id AS id, u.title AS title, CAST('' AS VARCHAR) AS path FROM unconfirmed AS u WHERE u.target = %(target)s::VARCHAR AND u.there AND NOT u.kept AND NOT (EXISTS (SELECT * FROM documents AS d WHERE d.target = u.target AND d.id = u.id AND d.fingerprint IS NOT NULL)) AND (u.source, u.room, CAST('' AS VARCHAR), u.id, CAST('unconfirmed' AS VARCHAR)) > (%(at_0)s::VARCHAR, %(at_1)s::VARCHAR, %(at_2)s::VARCHAR, %(at_3)s::VARCHAR, %(at_4)s::VARCHAR) ORDER BY u.source, u.room, CAST('' AS VARCHAR), u.id LIMIT %(many)s) AS anon_3 UNION ALL SELECT anon_4.what AS what, anon_4.run AS run, anon_4.why AS why, anon_4.note AS note, anon_4.source AS source, anon_4.room AS room, anon_4.container AS container, anon_4.id AS id, anon_4.title AS title, anon_4.path AS path FROM (SELECT CAST('person' AS VARCHAR) AS what, people.held_run AS run, people.held_why AS why, CAST('' AS VARCHAR) AS note, CAST('' AS VARCHAR) AS source, CAST('' AS VARCHAR) AS room, CAST('' AS VARCHAR) AS container, people.id AS id, people.address AS title, CAST('' AS VARCHAR) AS path FROM people WHERE people.target = %(target)s::VARCHAR AND people.held_run IS NOT NULL AND NOT people.kept AND (CAST('' AS VARCHAR), CAST('' AS VARCHAR), CAST('' AS VARCHAR), people.id, CAST('person' AS VARCHAR)) > (%(at_0)s::VARCHAR, %(at_1)s::VARCHAR, %(at_2)s::VARCHAR, %(at_3)s::VARCHAR, %(at_4)s::VARCHAR) ORDER BY CAST('' AS VARCHAR), CAST('' AS VARCHAR), CAST('' AS VARCHAR), people.id LIMIT %(many)s) AS anon_4) AS h ORDER BY h.source, h.room, h.path, h.id, h.what LIMIT %(many)s
