-- limbeck:upgrade
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    active BOOLEAN NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created DATETIME DEFAULT CURRENT_TIMESTAMP,
    data BLOB
);

-- limbeck:downgrade
DROP TABLE account;
