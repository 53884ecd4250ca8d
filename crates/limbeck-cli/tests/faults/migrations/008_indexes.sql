-- another index instead of the first

-- limbeck:upgrade postgresql autocommit
CREATE UNIQUE INDEX CONCURRENTLY orders_account ON orders (account, id);
DROP INDEX CONCURRENTLY accounts_name;

-- limbeck:upgrade sqlite autocommit
CREATE UNIQUE INDEX orders_account ON orders (account, id);
DROP INDEX accounts_name;

-- limbeck:upgrade mariadb mysql
CREATE UNIQUE INDEX orders_account ON orders (account, id);
DROP INDEX accounts_name ON accounts;

-- limbeck:upgrade all
UPDATE orders SET amount = amount + 1;
INSERT INTO audit VALUES ('008: indexes');
