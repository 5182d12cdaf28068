-- The tables of a new ledger: made of connector/ledger/tables.py by tools/statements, not by hand.

CREATE TABLE audience_changes ( number SERIAL NOT NULL, target VARCHAR COLLATE "C" NOT NULL, kind VARCHAR COLLATE "C" NOT NULL, id VARCHAR COLLATE "C" NOT NULL, run INTEGER NOT NULL, at FLOAT NOT NULL, before BYTEA NOT NULL, after BYTEA NOT NULL, PRIMARY KEY (number) )

CREATE INDEX audience_changes_at ON audience_changes (target, at)

CREATE TABLE audiences ( digest BYTEA NOT NULL, identities VARCHAR COLLATE "C" NOT NULL, public BOOLEAN NOT NULL, PRIMARY KEY (digest) )

CREATE TABLE bodies ( document SERIAL NOT NULL, body BYTEA NOT NULL, text BYTEA NOT NULL, text_key VARCHAR COLLATE "C" NOT NULL, hidden BYTEA DEFAULT '\x' NOT NULL, PRIMARY KEY (document) )

CREATE TABLE containers ( target VARCHAR COLLATE "C" NOT NULL, id VARCHAR COLLATE "C" NOT NULL, source VARCHAR COLLATE "C" NOT NULL, room VARCHAR COLLATE "C" NOT NULL, seen_run INTEGER NOT NULL, proven BYTEA, unsteady BOOLEAN DEFAULT false NOT NULL, told BYTEA, told_count INTEGER DEFAULT 0 NOT NULL, told_from INTEGER DEFAULT 0 NOT NULL, told_to INTEGER DEFAULT 0 NOT NULL, PRIMARY KEY (target, id) )

CREATE INDEX containers_room ON containers (target, room)

CREATE TABLE counts ( number SERIAL NOT NULL, target VARCHAR COLLATE "C" NOT NULL, state VARCHAR COLLATE "C" NOT NULL, reason VARCHAR COLLATE "C" NOT NULL, format VARCHAR COLLATE "C" NOT NULL, text BOOLEAN NOT NULL, many INTEGER NOT NULL, PRIMARY KEY (number) )

CREATE OR REPLACE FUNCTION folded (text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT CASE WHEN $1 ~ '[ĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƠƢƤƦƧƩƬƮƯƱƲƳƵƷƸƼǄǅǇǈǊǋǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǱǲǴǶǷǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃɄɅɆɈɊɌɎͰͲͶͿΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫϏϘϚϜϞϠϢϤϦϨϪϬϮϴϷϹϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮ]' THEN translate($1, 'ABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƠƢƤƦƧƩƬƮƯƱƲƳƵƷƸƼǄǅǇǈǊǋǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǱǲǴǶǷǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃɄɅɆɈɊɌɎͰͲͶͿΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫϏϘϚϜϞϠϢϤϦϨϪϬϮϴϷϹϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮ', 'abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżžɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵơƣƥʀƨʃƭʈưʊʋƴƶʒƹƽǆǆǉǉǌǌǎǐǒǔǖǘǚǜǟǡǣǥǧǩǫǭǯǳǳǵƕƿǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȝȟƞȣȥȧȩȫȭȯȱȳⱥȼƚⱦɂƀʉʌɇɉɋɍɏͱͳͷϳάέήίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋϗϙϛϝϟϡϣϥϧϩϫϭϯθϸϲϻͻͼͽѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӂӄӆӈӊӌӎӑӓӕӗәӛӝӟӡӣӥӧөӫӭӯӱӳӵӷӹӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯ') WHEN $1 ~ '[ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞ]' THEN translate(lower($1 COLLATE "C"), 'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞ', 'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþ') ELSE lower($1 COLLATE "C") END $$

CREATE OR REPLACE FUNCTION pieces (text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT array_to_tsvector(ARRAY(SELECT substr('  ' || $1 || '  ', n, 3) FROM generate_series(1, length($1) + 2) AS n)) $$

CREATE TABLE documents ( number SERIAL NOT NULL, target VARCHAR COLLATE "C" NOT NULL, id VARCHAR COLLATE "C" NOT NULL, source VARCHAR COLLATE "C" NOT NULL, native VARCHAR COLLATE "C" NOT NULL, room VARCHAR COLLATE "C" NOT NULL, container VARCHAR COLLATE "C" NOT NULL, kind VARCHAR COLLATE "C" NOT NULL, title VARCHAR COLLATE "C" NOT NULL, url VARCHAR COLLATE "C" NOT NULL, path VARCHAR COLLATE "C" NOT NULL, state VARCHAR COLLATE "C" NOT NULL, version BYTEA, fingerprint BYTEA, audience BYTEA, rules BYTEA, pushed_run INTEGER NOT NULL, pushed_at FLOAT NOT NULL, session_run INTEGER NOT NULL, backfill INTEGER NOT NULL, delta_run INTEGER, missing_run INTEGER, missing_why VARCHAR COLLATE "C" NOT NULL, noted_run INTEGER, lacked_run INTEGER, gone_run INTEGER, also VARCHAR COLLATE "C" DEFAULT '' NOT NULL, held_run INTEGER, held_why VARCHAR COLLATE "C" NOT NULL, held_note VARCHAR COLLATE "C" DEFAULT '' NOT NULL, kept BOOLEAN NOT NULL, redo_after FLOAT, lost BYTEA, without_text VARCHAR COLLATE "C" NOT NULL, PRIMARY KEY (number), UNIQUE (target, id) )

CREATE INDEX documents_by_deltas ON documents (target, delta_run) WHERE delta_run IS NOT NULL

CREATE INDEX documents_container ON documents (target, container)

CREATE INDEX documents_held ON documents (target, held_run, held_why, state, kept) WHERE held_run IS NOT NULL

CREATE INDEX documents_kind ON documents (target, source, kind, number)

CREATE INDEX documents_missing ON documents (target, missing_run) WHERE missing_run IS NOT NULL

CREATE INDEX documents_native ON documents (target, native)

CREATE INDEX documents_newest ON documents (target, number)

CREATE INDEX documents_path ON documents (target, path)

CREATE INDEX documents_redo ON documents (target, redo_after) WHERE redo_after IS NOT NULL

CREATE INDEX documents_room ON documents (target, room, number)

CREATE INDEX documents_state ON documents (target, state, number) WHERE state != 'live'

CREATE INDEX documents_titles ON documents USING gin (pieces(folded(title)))

CREATE INDEX documents_url ON documents USING hash (url) WHERE url != ''

CREATE INDEX documents_waiting ON documents (target, source, room, path, id, state, kept) WHERE state = 'held' AND NOT kept

CREATE INDEX documents_without_text ON documents (target, without_text, path, id) WHERE without_text != ''

CREATE OR REPLACE FUNCTION format_of (text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT CASE WHEN lower(substring($1 FROM '[.][^.]*$') COLLATE "C") ~ '^[.](?=[0-9]*[a-z])[a-z0-9]{1,6}$' THEN lower(substring($1 FROM '[^.]*$') COLLATE "C") ELSE 'other' END $$

CREATE OR REPLACE FUNCTION count_documents_insert () RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN  INSERT INTO counts (target, state, reason, format, text, many) SELECT target, state, reason, format, text, sum(many) FROM (SELECT d.target, d.state, d.without_text AS reason, CASE WHEN d.without_text = '' AND NOT h.text THEN '' ELSE format_of(d.title) END AS format, h.text AS text, 1 AS many FROM new_rows AS d CROSS JOIN LATERAL (SELECT coalesce((SELECT b.text_key != '' FROM bodies AS b WHERE b.document = d.number), false) AS text) AS h) AS r GROUP BY target, state, reason, format, text HAVING sum(many) != 0; RETURN NULL; END $$

CREATE TRIGGER count_documents_insert AFTER INSERT ON documents REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_documents_insert()

CREATE OR REPLACE FUNCTION count_documents_update () RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN  INSERT INTO counts (target, state, reason, format, text, many) SELECT target, state, reason, format, text, sum(many) FROM (SELECT d.target, d.state, d.without_text AS reason, CASE WHEN d.without_text = '' AND NOT h.text THEN '' ELSE format_of(d.title) END AS format, h.text AS text, -1 AS many FROM (SELECT number, target, state, without_text, title FROM was EXCEPT SELECT number, target, state, without_text, title FROM new_rows) AS d CROSS JOIN LATERAL (SELECT coalesce((SELECT b.text_key != '' FROM bodies AS b WHERE b.document = d.number), false) AS text) AS h UNION ALL SELECT d.target, d.state, d.without_text AS reason, CASE WHEN d.without_text = '' AND NOT h.text THEN '' ELSE format_of(d.title) END AS format, h.text AS text, 1 AS many FROM (SELECT number, target, state, without_text, title FROM new_rows EXCEPT SELECT number, target, state, without_text, title FROM was) AS d CROSS JOIN LATERAL (SELECT coalesce((SELECT b.text_key != '' FROM bodies AS b WHERE b.document = d.number), false) AS text) AS h) AS r GROUP BY target, state, reason, format, text HAVING sum(many) != 0; RETURN NULL; END $$

CREATE TRIGGER count_documents_update AFTER UPDATE ON documents REFERENCING OLD TABLE AS was NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_documents_update()

CREATE OR REPLACE FUNCTION count_documents_delete () RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN  INSERT INTO counts (target, state, reason, format, text, many) SELECT target, state, reason, format, text, sum(many) FROM (SELECT d.target, d.state, d.without_text AS reason, CASE WHEN d.without_text = '' AND NOT h.text THEN '' ELSE format_of(d.title) END AS format, h.text AS text, -1 AS many FROM was AS d CROSS JOIN LATERAL (SELECT coalesce((SELECT b.text_key != '' FROM bodies AS b WHERE b.document = d.number), false) AS text) AS h) AS r GROUP BY target, state, reason, format, text HAVING sum(many) != 0; RETURN NULL; END $$

CREATE TRIGGER count_documents_delete AFTER DELETE ON documents REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION count_documents_delete()

CREATE OR REPLACE FUNCTION count_bodies_insert () RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN  INSERT INTO counts (target, state, reason, format, text, many) SELECT target, state, reason, format, text, sum(many) FROM (SELECT d.target, d.state, d.without_text AS reason, CASE WHEN d.without_text = '' AND NOT false THEN '' ELSE format_of(d.title) END AS format, false AS text, -n.more AS many FROM (SELECT document, 1 AS more FROM new_rows WHERE text_key != '') AS n CROSS JOIN LATERAL (SELECT * FROM documents WHERE number = n.document LIMIT 1) AS d UNION ALL SELECT d.target, d.state, d.without_text AS reason, CASE WHEN d.without_text = '' AND NOT true THEN '' ELSE format_of(d.title) END AS format, true AS text, n.more AS many FROM (SELECT document, 1 AS more FROM new_rows WHERE text_key != '') AS n CROSS JOIN LATERAL (SELECT * FROM documents WHERE number = n.document LIMIT 1) AS d) AS r GROUP BY target, state, reason, format, text HAVING sum(many) != 0; RETURN NULL; END $$

CREATE TRIGGER count_bodies_insert AFTER INSERT ON bodies REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_bodies_insert()

CREATE OR REPLACE FUNCTION count_bodies_update () RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN  INSERT INTO counts (target, state, reason, format, text, many) SELECT target, state, reason, format, text, sum(many) FROM (SELECT d.target, d.state, d.without_text AS reason, CASE WHEN d.without_text = '' AND NOT false THEN '' ELSE format_of(d.title) END AS format, false AS text, -n.more AS many FROM (SELECT document, CASE WHEN text THEN 1 ELSE -1 END AS more FROM (SELECT document, text_key != '' AS text FROM new_rows EXCEPT SELECT document, text_key != '' AS text FROM was) AS turned) AS n CROSS JOIN LATERAL (SELECT * FROM documents WHERE number = n.document LIMIT 1) AS d UNION ALL SELECT d.target, d.state, d.without_text AS reason, CASE WHEN d.without_text = '' AND NOT true THEN '' ELSE format_of(d.title) END AS format, true AS text, n.more AS many FROM (SELECT document, CASE WHEN text THEN 1 ELSE -1 END AS more FROM (SELECT document, text_key != '' AS text FROM new_rows EXCEPT SELECT document, text_key != '' AS text FROM was) AS turned) AS n CROSS JOIN LATERAL (SELECT * FROM documents WHERE number = n.document LIMIT 1) AS d) AS r GROUP BY target, state, reason, format, text HAVING sum(many) != 0; RETURN NULL; END $$

CREATE TRIGGER count_bodies_update AFTER UPDATE ON bodies REFERENCING OLD TABLE AS was NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_bodies_update()

CREATE OR REPLACE FUNCTION count_bodies_delete () RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM documents WHERE number IN (SELECT document FROM was) ORDER BY number FOR NO KEY UPDATE; INSERT INTO counts (target, state, reason, format, text, many) SELECT target, state, reason, format, text, sum(many) FROM (SELECT d.target, d.state, d.without_text AS reason, CASE WHEN d.without_text = '' AND NOT false THEN '' ELSE format_of(d.title) END AS format, false AS text, -n.more AS many FROM (SELECT document, -1 AS more FROM was WHERE text_key != '') AS n CROSS JOIN LATERAL (SELECT * FROM documents WHERE number = n.document LIMIT 1) AS d UNION ALL SELECT d.target, d.state, d.without_text AS reason, CASE WHEN d.without_text = '' AND NOT true THEN '' ELSE format_of(d.title) END AS format, true AS text, n.more AS many FROM (SELECT document, -1 AS more FROM was WHERE text_key != '') AS n CROSS JOIN LATERAL (SELECT * FROM documents WHERE number = n.document LIMIT 1) AS d) AS r GROUP BY target, state, reason, format, text HAVING sum(many) != 0; RETURN NULL; END $$

CREATE TRIGGER count_bodies_delete AFTER DELETE ON bodies REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION count_bodies_delete()

CREATE TABLE grants ( source VARCHAR COLLATE "C" NOT NULL, native VARCHAR COLLATE "C" NOT NULL, parent VARCHAR COLLATE "C" NOT NULL, kind VARCHAR COLLATE "C" NOT NULL, step VARCHAR COLLATE "C" NOT NULL, identities VARCHAR COLLATE "C", listless BOOLEAN NOT NULL, trouble VARCHAR COLLATE "C" NOT NULL, inherited BYTEA, asked_run INTEGER NOT NULL, told_at FLOAT NOT NULL, rendered VARCHAR COLLATE "C" DEFAULT '' NOT NULL, PRIMARY KEY (source, native) )

CREATE INDEX grants_parent ON grants (source, parent)

CREATE TABLE hidden ( target VARCHAR COLLATE "C" NOT NULL, id VARCHAR COLLATE "C" NOT NULL, root VARCHAR COLLATE "C" NOT NULL, source VARCHAR COLLATE "C" NOT NULL, native VARCHAR COLLATE "C" NOT NULL, room VARCHAR COLLATE "C" NOT NULL, container VARCHAR COLLATE "C" NOT NULL, kind VARCHAR COLLATE "C" NOT NULL, title VARCHAR COLLATE "C" NOT NULL, url VARCHAR COLLATE "C" NOT NULL, path VARCHAR COLLATE "C" NOT NULL, at FLOAT NOT NULL, gone BOOLEAN NOT NULL, PRIMARY KEY (target, id) )

CREATE INDEX hidden_container ON hidden (target, container)

CREATE INDEX hidden_native ON hidden (target, native)

CREATE INDEX hidden_path ON hidden (target, path, id)

CREATE INDEX hidden_title ON hidden USING hash (lower(title))

CREATE INDEX hidden_url ON hidden USING hash (url) WHERE url != ''

CREATE TABLE intents ( number SERIAL NOT NULL, target VARCHAR COLLATE "C" NOT NULL, kind VARCHAR COLLATE "C" NOT NULL, run INTEGER NOT NULL, at FLOAT NOT NULL, documents VARCHAR COLLATE "C" NOT NULL, PRIMARY KEY (number) )

CREATE TABLE leases ( target VARCHAR COLLATE "C" NOT NULL, fence INTEGER NOT NULL, holder VARCHAR COLLATE "C" NOT NULL, host VARCHAR COLLATE "C" NOT NULL, reach VARCHAR COLLATE "C" NOT NULL, expires_at FLOAT NOT NULL, PRIMARY KEY (target) )

CREATE TABLE ledger ( id VARCHAR COLLATE "C" NOT NULL, made_at FLOAT NOT NULL, PRIMARY KEY (id) )

CREATE TABLE members ( id VARCHAR COLLATE "C" NOT NULL, host VARCHAR COLLATE "C" NOT NULL, version VARCHAR COLLATE "C" NOT NULL, state VARCHAR COLLATE "C" NOT NULL, started_at FLOAT NOT NULL, seen_at FLOAT NOT NULL, doing VARCHAR COLLATE "C" NOT NULL, waiting INTEGER NOT NULL, PRIMARY KEY (id) )

CREATE TABLE met ( target VARCHAR COLLATE "C" NOT NULL, run INTEGER NOT NULL, source VARCHAR COLLATE "C" NOT NULL, key VARCHAR COLLATE "C" NOT NULL, PRIMARY KEY (target, run, source, key) )

CREATE TABLE narrowings ( target VARCHAR COLLATE "C" NOT NULL, id VARCHAR COLLATE "C" NOT NULL, audience BYTEA NOT NULL, how VARCHAR COLLATE "C" NOT NULL, PRIMARY KEY (target, id) )

CREATE TABLE notes ( source VARCHAR COLLATE "C" NOT NULL, kind VARCHAR COLLATE "C" NOT NULL, key VARCHAR COLLATE "C" NOT NULL, value BYTEA NOT NULL, mark BYTEA NOT NULL, read_run INTEGER NOT NULL, PRIMARY KEY (source, kind, key) )

CREATE TABLE orders ( number SERIAL NOT NULL, id VARCHAR COLLATE "C" NOT NULL, target VARCHAR COLLATE "C" NOT NULL, kind VARCHAR COLLATE "C" NOT NULL, about VARCHAR COLLATE "C" NOT NULL, subject VARCHAR COLLATE "C" NOT NULL, title VARCHAR COLLATE "C" NOT NULL, who VARCHAR COLLATE "C" NOT NULL, at FLOAT NOT NULL, because VARCHAR COLLATE "C" NOT NULL, until FLOAT, done_at FLOAT, told VARCHAR COLLATE "C" NOT NULL, ended_at FLOAT, ended_by VARCHAR COLLATE "C" NOT NULL, PRIMARY KEY (number), UNIQUE (id) )

CREATE TABLE people ( target VARCHAR COLLATE "C" NOT NULL, id VARCHAR COLLATE "C" NOT NULL, address VARCHAR COLLATE "C" NOT NULL, sent VARCHAR COLLATE "C", may VARCHAR COLLATE "C" NOT NULL, found BOOLEAN NOT NULL, session_run INTEGER NOT NULL, redo_after FLOAT, held_run INTEGER, held_why VARCHAR COLLATE "C" DEFAULT '' NOT NULL, kept BOOLEAN DEFAULT false NOT NULL, refused INTEGER DEFAULT '0' NOT NULL, PRIMARY KEY (target, id) )

CREATE TABLE people_removals ( number SERIAL NOT NULL, target VARCHAR COLLATE "C" NOT NULL, id VARCHAR COLLATE "C" NOT NULL, address VARCHAR COLLATE "C" NOT NULL, run INTEGER NOT NULL, at FLOAT NOT NULL, whole BOOLEAN NOT NULL, approved BOOLEAN NOT NULL, why VARCHAR COLLATE "C" NOT NULL, PRIMARY KEY (number) )

CREATE INDEX people_removals_at ON people_removals (target, at)

CREATE TABLE people_sessions ( run SERIAL NOT NULL, target VARCHAR COLLATE "C" NOT NULL, state VARCHAR COLLATE "C" NOT NULL, lost_at FLOAT, at FLOAT NOT NULL, PRIMARY KEY (run) )

CREATE TABLE persons ( target VARCHAR COLLATE "C" NOT NULL, source VARCHAR COLLATE "C" NOT NULL, key VARCHAR COLLATE "C" NOT NULL, address VARCHAR COLLATE "C" NOT NULL, identities VARCHAR COLLATE "C" NOT NULL, read_run INTEGER NOT NULL, told_at FLOAT, asked_at FLOAT, asked_run INTEGER DEFAULT '0' NOT NULL, PRIMARY KEY (target, source, key) )

CREATE INDEX persons_address ON persons (target, address)

CREATE INDEX persons_asked ON persons (target, source, asked_at)

CREATE TABLE quarantine ( target VARCHAR COLLATE "C" NOT NULL, id VARCHAR COLLATE "C" NOT NULL, source VARCHAR COLLATE "C" NOT NULL, native VARCHAR COLLATE "C" NOT NULL, room VARCHAR COLLATE "C" NOT NULL, title VARCHAR COLLATE "C" NOT NULL, reason VARCHAR COLLATE "C" NOT NULL, message VARCHAR COLLATE "C" NOT NULL, told VARCHAR COLLATE "C" DEFAULT '' NOT NULL, first_seen FLOAT NOT NULL, last_seen FLOAT NOT NULL, attempts INTEGER NOT NULL, next_try FLOAT NOT NULL, version BYTEA, PRIMARY KEY (target, id) )

CREATE INDEX quarantine_reason ON quarantine (target, reason, first_seen, id)

CREATE TABLE removals ( number SERIAL NOT NULL, target VARCHAR COLLATE "C" NOT NULL, source VARCHAR COLLATE "C" NOT NULL, room VARCHAR COLLATE "C" DEFAULT '' NOT NULL, id VARCHAR COLLATE "C" NOT NULL, native VARCHAR COLLATE "C" DEFAULT '' NOT NULL, container VARCHAR COLLATE "C" DEFAULT '' NOT NULL, kind VARCHAR COLLATE "C" DEFAULT '' NOT NULL, path VARCHAR COLLATE "C" DEFAULT '' NOT NULL, title VARCHAR COLLATE "C" NOT NULL, run INTEGER NOT NULL, at FLOAT NOT NULL, approved BOOLEAN NOT NULL, why VARCHAR COLLATE "C" NOT NULL, code VARCHAR COLLATE "C" DEFAULT '' NOT NULL, PRIMARY KEY (number) )

CREATE INDEX removals_at ON removals (target, at)

CREATE INDEX removals_id ON removals (target, id, number)

CREATE INDEX removals_native ON removals (target, native)

CREATE INDEX removals_newest ON removals (target, number)

CREATE INDEX removals_run ON removals (target, run, path, number)

CREATE INDEX removals_title ON removals USING hash (lower(title))

CREATE TABLE rooms ( target VARCHAR COLLATE "C" NOT NULL, source VARCHAR COLLATE "C" NOT NULL, key VARCHAR COLLATE "C" NOT NULL, name VARCHAR COLLATE "C" NOT NULL, included BOOLEAN NOT NULL, public BOOLEAN NOT NULL, rules BYTEA, audience VARCHAR COLLATE "C", audience_at FLOAT, complete_run INTEGER NOT NULL, unlisted_at FLOAT, decided BOOLEAN DEFAULT false NOT NULL, witnesses VARCHAR COLLATE "C" NOT NULL, PRIMARY KEY (target, source, key) )

CREATE TABLE runs ( number SERIAL NOT NULL, id VARCHAR COLLATE "C" NOT NULL, target VARCHAR COLLATE "C" NOT NULL, mode VARCHAR COLLATE "C" NOT NULL, dry_run BOOLEAN NOT NULL, started_at FLOAT NOT NULL, finished_at FLOAT, outcome VARCHAR COLLATE "C", report VARCHAR COLLATE "C", backfill INTEGER NOT NULL, wanted VARCHAR COLLATE "C" NOT NULL, next_mode VARCHAR COLLATE "C" DEFAULT '' NOT NULL, PRIMARY KEY (number), UNIQUE (id) )

CREATE TABLE seats ( target VARCHAR COLLATE "C" NOT NULL, run INTEGER NOT NULL, source VARCHAR COLLATE "C" NOT NULL, number INTEGER NOT NULL, fence INTEGER NOT NULL, lease INTEGER NOT NULL, member VARCHAR COLLATE "C" NOT NULL, host VARCHAR COLLATE "C" NOT NULL, state VARCHAR COLLATE "C" NOT NULL, stop BOOLEAN NOT NULL, terms VARCHAR COLLATE "C" NOT NULL, told VARCHAR COLLATE "C" NOT NULL, given_to INTEGER, given_fence INTEGER, PRIMARY KEY (target, run, source, number) )

CREATE TABLE sessions ( run SERIAL NOT NULL, target VARCHAR COLLATE "C" NOT NULL, state VARCHAR COLLATE "C" NOT NULL, lost_at FLOAT, at FLOAT NOT NULL, PRIMARY KEY (run) )

CREATE TABLE shards ( target VARCHAR COLLATE "C" NOT NULL, run INTEGER NOT NULL, source VARCHAR COLLATE "C" NOT NULL, room VARCHAR COLLATE "C" NOT NULL, place INTEGER NOT NULL, sight VARCHAR COLLATE "C" NOT NULL, state VARCHAR COLLATE "C" NOT NULL, seat INTEGER, taken INTEGER NOT NULL, result VARCHAR COLLATE "C" NOT NULL, PRIMARY KEY (target, run, source, room) )

CREATE TABLE takeovers ( work VARCHAR COLLATE "C" NOT NULL, member VARCHAR COLLATE "C" NOT NULL, at FLOAT NOT NULL, PRIMARY KEY (work, member) )

CREATE TABLE unconfirmed ( target VARCHAR COLLATE "C" NOT NULL, id VARCHAR COLLATE "C" NOT NULL, source VARCHAR COLLATE "C" NOT NULL, native VARCHAR COLLATE "C" NOT NULL, room VARCHAR COLLATE "C" NOT NULL, container VARCHAR COLLATE "C" NOT NULL, kind VARCHAR COLLATE "C" NOT NULL, title VARCHAR COLLATE "C" NOT NULL, url VARCHAR COLLATE "C" NOT NULL, audience VARCHAR COLLATE "C", public BOOLEAN NOT NULL, run INTEGER NOT NULL, there BOOLEAN, there_run INTEGER, kept BOOLEAN DEFAULT false NOT NULL, PRIMARY KEY (target, id) )

CREATE TABLE under_way ( target VARCHAR COLLATE "C" NOT NULL, id VARCHAR COLLATE "C" NOT NULL, intent INTEGER NOT NULL, run INTEGER NOT NULL, source VARCHAR COLLATE "C" NOT NULL, seat INTEGER NOT NULL, PRIMARY KEY (target, id) )

CREATE TABLE widenings ( target VARCHAR COLLATE "C" NOT NULL, id VARCHAR COLLATE "C" NOT NULL, audience BYTEA NOT NULL, run INTEGER NOT NULL, seen_run INTEGER NOT NULL, state VARCHAR COLLATE "C" NOT NULL, kept BOOLEAN NOT NULL, version BYTEA, PRIMARY KEY (target, id) )

CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))

INSERT INTO alembic_version (version_num) VALUES ('0027')
