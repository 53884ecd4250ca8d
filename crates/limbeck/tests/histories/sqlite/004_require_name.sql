-- limbeck:upgrade
CREATE TABLE account_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    active BOOLEAN NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created DATETIME DEFAULT CURRENT_TIMESTAMP,
    data BLOB,
    name TEXT NOT NULL DEFAULT ''
);
INSERT INTO account_new SELECT id, email, active, created, data, coalesce(name, '') FROM account;
DROP TABLE account;
ALTER TABLE account_new RENAME TO account;

-- limbeck:downgrade
CREATE TABLE account_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    active BOOLEAN NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created DATETIME DEFAULT CURRENT_TIMESTAMP,
    data BLOB,
    name TEXT
);
INSERT INTO account_new SELECT * FROM account;
DROP TABLE account;
ALTER TABLE account_new RENAME TO account;
