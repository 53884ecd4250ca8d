-- limbeck:upgrade
CREATE TABLE post (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    title TEXT NOT NULL,
    len INTEGER GENERATED ALWAYS AS (length(title)) VIRTUAL
);
CREATE INDEX ix ON post (account_id) WHERE title <> '';

-- limbeck:downgrade
DROP TABLE post;
