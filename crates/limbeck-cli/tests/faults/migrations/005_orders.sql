-- orders, and what comes to each account

-- limbeck:upgrade
CREATE TABLE orders (
    id INTEGER NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    FOREIGN KEY (account) REFERENCES accounts (id)
);
INSERT INTO orders SELECT id + 10, id, balance FROM accounts;
CREATE VIEW totals AS SELECT account, SUM(amount) AS amount FROM orders GROUP BY account;
INSERT INTO audit VALUES ('005: orders');
