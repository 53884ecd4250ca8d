-- limbeck:upgrade
CREATE TABLE account (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    email VARCHAR(191) NOT NULL UNIQUE,
    mood ENUM('sad','ok') NOT NULL DEFAULT 'ok',
    meta JSON,
    created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    flags SET('a','b'),
    on_ BIT(1) NOT NULL DEFAULT b'0',
    y YEAR,
    price DECIMAL(10,2),
    raw VARBINARY(16),
    blobby BLOB,
    t TINYINT(1) NOT NULL DEFAULT 0
);

-- limbeck:downgrade
DROP TABLE account;
