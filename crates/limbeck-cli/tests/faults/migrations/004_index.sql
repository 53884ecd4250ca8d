-- index the accounts, outside a transaction

-- limbeck:upgrade all
INSERT INTO audit VALUES ('004: before the index');
UPDATE accounts SET balance = balance + 10;

-- limbeck:upgrade postgresql autocommit
CREATE INDEX CONCURRENTLY accounts_name ON accounts (name);

-- limbeck:upgrade sqlite autocommit
CREATE INDEX accounts_name ON accounts (name);

-- limbeck:upgrade mariadb mysql
CREATE INDEX accounts_name ON accounts (name);

-- limbeck:upgrade all autocommit
INSERT INTO audit VALUES ('004: behind the index');
UPDATE accounts SET balance = balance + 100;
