-- fill the accounts

-- limbeck:upgrade
INSERT INTO accounts VALUES (1, 'ada', 100), (2, 'ben', 200), (3, 'cleo', 300);
INSERT INTO audit VALUES ('002: three accounts');
INSERT INTO accounts SELECT id + 3, name, balance + 7 FROM accounts;
UPDATE accounts SET balance = balance + 1;
INSERT INTO audit SELECT name FROM accounts WHERE balance > 200;
