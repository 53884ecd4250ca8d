-- take the address away again

-- limbeck:upgrade
UPDATE accounts SET balance = balance + 1000;
ALTER TABLE accounts DROP COLUMN email;
INSERT INTO audit VALUES ('006: no addresses');
