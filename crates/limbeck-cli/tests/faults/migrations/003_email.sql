-- give the accounts an address

-- limbeck:upgrade
ALTER TABLE accounts ADD COLUMN email VARCHAR(80);
UPDATE accounts SET email = name, balance = balance * 2;
INSERT INTO audit VALUES ('003: addresses');
