-- limbeck:upgrade
CREATE TABLE post (
    id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
    title VARCHAR(80) NOT NULL,
    body TEXT,
    words INT GENERATED ALWAYS AS (length(body)) STORED,
    parent INT REFERENCES post
);
CREATE INDEX ON post (account_id);

-- limbeck:downgrade
DROP TABLE post;
