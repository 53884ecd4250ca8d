-- What is done after the backup, of which nothing may be left.
CREATE TABLE more (id INTEGER PRIMARY KEY);
CREATE VIEW of_more AS SELECT * FROM more;
ALTER TABLE orders RENAME TO purchases;
DROP VIEW names;
DROP TRIGGER touch;
INSERT INTO users (name) VALUES ('later');
