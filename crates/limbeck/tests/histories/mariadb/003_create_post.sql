-- limbeck:upgrade
CREATE TABLE post (
    id INT AUTO_INCREMENT PRIMARY KEY,
    account_id BIGINT UNSIGNED NOT NULL,
    title VARCHAR(80) NOT NULL,
    body TEXT,
    words INT AS (CHAR_LENGTH(body)) STORED,
    parent INT,
    FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE,
    FOREIGN KEY (parent) REFERENCES post (id)
);

-- limbeck:downgrade
DROP TABLE post;
