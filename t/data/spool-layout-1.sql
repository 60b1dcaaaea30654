-- A spool as rx made it before claims had a nonce: layout 1, by .dump of
-- sqlite3(1).  Lane error: 1 to 9, of which 2 acknowledged, 3 rejected, 4 to be
-- tried again.
PRAGMA application_id = 1920496496;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE spool (uuid TEXT NOT NULL, created TEXT NOT NULL, unknown INTEGER NOT NULL DEFAULT 0);
INSERT INTO spool VALUES('bb406123-db7c-4b28-8306-1a25aff74fc2','2026-11-22T11:14:10.890Z',0);
CREATE TABLE lane (lane INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT CHECK (kind IN ('marked', 'unmarked')), epoch INTEGER NOT NULL DEFAULT 0, token TEXT NOT NULL DEFAULT '', marks INTEGER NOT NULL DEFAULT 0, emit_epoch INTEGER NOT NULL DEFAULT 0, next_tag INTEGER NOT NULL DEFAULT 1, bytes INTEGER NOT NULL DEFAULT 0, max_records INTEGER NOT NULL DEFAULT 0, max_bytes INTEGER NOT NULL DEFAULT 0, stored INTEGER NOT NULL DEFAULT 0, acked INTEGER NOT NULL DEFAULT 0, dead INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0, replayed INTEGER NOT NULL DEFAULT 0, overlap INTEGER NOT NULL DEFAULT 0, forged INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, retried INTEGER NOT NULL DEFAULT 0, repeated INTEGER NOT NULL DEFAULT 0, mismatched INTEGER NOT NULL DEFAULT 0, stale INTEGER NOT NULL DEFAULT 0);
INSERT INTO lane VALUES(1,'error','unmarked',0,'',0,1,10,291,0,104857600,9,1,1,0,0,0,0,0,1,0,0,0);
INSERT INTO lane VALUES(2,'other.lane','unmarked',0,'',0,0,11,9,0,104857600,1,0,0,0,0,0,0,0,0,0,0,0);
CREATE TABLE source (lane INTEGER NOT NULL, src TEXT NOT NULL, off INTEGER NOT NULL, hwm INTEGER NOT NULL, entry TEXT NOT NULL, anchors TEXT NOT NULL, done INTEGER NOT NULL, saved_ms INTEGER NOT NULL, PRIMARY KEY (lane, src)) WITHOUT ROWID;
CREATE TABLE segment (seg INTEGER PRIMARY KEY, lane INTEGER NOT NULL, class INTEGER NOT NULL, n INTEGER NOT NULL, bytes INTEGER NOT NULL, first_time TEXT, last_time TEXT, stored_ms INTEGER NOT NULL, ids TEXT, body TEXT NOT NULL);
INSERT INTO segment VALUES(1,1,0,6,264,'2026-01-05T10:00:01','2026-01-05T10:00:06',1795346050893,'1PBnRf7wL20t9uKc5wcPNw',replace('[{"timestamp":"2026-01-05T10:00:01Z","n":1},\n{"timestamp":"2026-01-05T10:00:02Z","n":2},\n{"timestamp":"2026-01-05T10:00:03Z","n":3},\n{"timestamp":"2026-01-05T10:00:04Z","n":4},\n{"timestamp":"2026-01-05T10:00:05Z","n":5},\n{"timestamp":"2026-01-05T10:00:06Z","n":6}]','\n',char(10)));
INSERT INTO segment VALUES(7,1,0,3,27,NULL,NULL,1795346050902,'496DTtMNJkAPPej6F51JpA',replace('[{"n":7},\n{"n":8},\n{"n":9}]','\n',char(10)));
INSERT INTO segment VALUES(10,2,0,1,9,NULL,NULL,1795346051026,'wHdHz42edx-vwlfqKu-p0Q','[{"x":1}]');
CREATE TABLE settled (lane INTEGER NOT NULL, class INTEGER NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (lane, class, a)) WITHOUT ROWID;
INSERT INTO settled VALUES(1,0,2,3);
CREATE TABLE retry (tag INTEGER PRIMARY KEY, lane INTEGER NOT NULL, class INTEGER NOT NULL, attempts INTEGER NOT NULL, not_before_ms INTEGER NOT NULL, out INTEGER NOT NULL, why TEXT NOT NULL);
INSERT INTO retry VALUES(4,1,0,1,1795346052003,0,'busy');
CREATE TABLE dead (tag INTEGER PRIMARY KEY, lane INTEGER NOT NULL, class INTEGER NOT NULL, id TEXT NOT NULL, why TEXT NOT NULL, attempts INTEGER NOT NULL, stored_ms INTEGER NOT NULL, died_ms INTEGER NOT NULL, record TEXT NOT NULL);
INSERT INTO dead VALUES(3,1,0,'1PBnRf7wL20t9uKc5wcPNw.3','no "queue"',1,1795346050893,1795346050981,'{"timestamp":"2026-01-05T10:00:03Z","n":3}');
CREATE TABLE gap (gap INTEGER PRIMARY KEY, lane INTEGER NOT NULL, src TEXT, from_offset INTEGER, to_offset INTEGER, why TEXT NOT NULL, path TEXT, n INTEGER, bytes INTEGER, at_ms INTEGER NOT NULL);
CREATE TABLE seen (lane INTEGER NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (lane, id)) WITHOUT ROWID;
CREATE INDEX segment_lane ON segment (lane, class, seg, n);
CREATE INDEX retry_due ON retry (lane, not_before_ms) WHERE out = 0;
CREATE INDEX seen_at ON seen (lane, at_ms);
CREATE VIEW queue AS SELECT s.seg + r.key AS id, l.name AS lane, coalesce(json_extract(r.value, '$.timestamp'),  strftime('%Y-%m-%dT%H:%M:%fZ', s.stored_ms / 1000.0, 'unixepoch'))  AS timestamp, json_remove(r.value, '$._rx') AS payload, coalesce(y.attempts, 0) AS retry_count, strftime('%Y-%m-%dT%H:%M:%fZ', s.stored_ms / 1000.0, 'unixepoch')  AS created_at, CASE s.class WHEN 0 THEN 'high' ELSE 'normal' END AS priority FROM lane l JOIN segment s ON s.lane = l.lane, json_each(s.body) r LEFT JOIN retry y ON y.tag = s.seg + r.key WHERE NOT EXISTS (SELECT 1 FROM settled t WHERE t.lane = s.lane  AND t.class = s.class AND t.a BETWEEN s.seg AND s.seg + r.key  AND t.b >= s.seg + r.key);
CREATE VIEW dead_letters AS SELECT d.tag AS id, l.name AS lane, d.id AS message_id, d.why AS reason, d.attempts, strftime('%Y-%m-%dT%H:%M:%fZ', d.died_ms / 1000.0, 'unixepoch')  AS died_at, json_remove(d.record, '$._rx') AS payload FROM dead d JOIN lane l ON l.lane = d.lane;
CREATE VIEW "main_queue" AS SELECT id, timestamp, payload, retry_count, created_at, priority FROM queue WHERE lane = 'main';
CREATE VIEW "error_queue" AS SELECT id, timestamp, payload, retry_count, created_at, priority FROM queue WHERE lane = 'error';
CREATE VIEW "telemetry_queue" AS SELECT id, timestamp, payload, retry_count, created_at, priority FROM queue WHERE lane = 'telemetry';
CREATE VIEW "alert_queue" AS SELECT id, timestamp, payload, retry_count, created_at, priority FROM queue WHERE lane = 'alert';
CREATE VIEW "other.lane_queue" AS SELECT id, timestamp, payload, retry_count, created_at, priority FROM queue WHERE lane = 'other.lane';
COMMIT;
