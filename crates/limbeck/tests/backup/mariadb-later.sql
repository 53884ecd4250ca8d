-- What is done after the backup, of which nothing may be left.
CREATE TABLE more (id INT PRIMARY KEY, user_id BIGINT, FOREIGN KEY (user_id) REFERENCES users (id));
CREATE VIEW of_more AS SELECT * FROM more;
CREATE FUNCTION later() RETURNS INT DETERMINISTIC RETURN 1;
CREATE PROCEDURE later() SELECT 1;
CREATE EVENT later ON SCHEDULE EVERY 1 DAY DO DELETE FROM more;
CREATE SEQUENCE later_counter;
RENAME TABLE orders TO purchases;
DROP VIEW names;
DROP PROCEDURE clear_out;
DROP TRIGGER touch;
INSERT INTO users (name) VALUES ('later');
