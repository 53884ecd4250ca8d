-- limbeck:upgrade
CREATE TABLE strict_one (a INTEGER PRIMARY KEY, b TEXT, c REAL, d BLOB) STRICT;
CREATE TABLE kv (k TEXT PRIMARY KEY, v) WITHOUT ROWID;

-- limbeck:downgrade
DROP TABLE kv;
DROP TABLE strict_one;
