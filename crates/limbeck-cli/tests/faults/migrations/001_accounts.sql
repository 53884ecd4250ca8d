-- accounts, and an audit that tells what was applied twice

-- limbeck:upgrade
CREATE TABLE accounts (
    id INTEGER NOT NULL PRIMARY KEY,
    name VARCHAR(40) NOT NULL,
    balance INTEGER NOT NULL
);
CREATE TABLE audit (what VARCHAR(80) NOT NULL);
INSERT INTO audit VALUES ('001: two tables');
