-- move rows by way of a table that is dropped again

-- limbeck:upgrade
CREATE TABLE moving (id INTEGER NOT NULL, amount INTEGER NOT NULL);
INSERT INTO moving SELECT id, amount FROM orders;
INSERT INTO orders SELECT id + 100, 1, amount FROM moving;
DROP TABLE moving;
UPDATE orders SET amount = amount * 3;
INSERT INTO audit VALUES ('007: moved');
