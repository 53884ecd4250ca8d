-- Something of every kind that a database can have.
CREATE TABLE users (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(50) NOT NULL COMMENT 'it''s',
    body BLOB,
    length INT AS (CHAR_LENGTH(name)) STORED
) ENGINE=InnoDB;
CREATE TABLE orders (id INT PRIMARY KEY, user_id BIGINT, FOREIGN KEY (user_id) REFERENCES users (id));
CREATE TABLE `Odd ``name` (`a b` INT);
CREATE INDEX users_name ON users (name);
CREATE VIEW names AS SELECT name FROM users;
CREATE FUNCTION shout(t TEXT) RETURNS TEXT DETERMINISTIC RETURN UPPER(t);
CREATE PROCEDURE clear_out() DELETE FROM users;
CREATE TRIGGER touch BEFORE INSERT ON users FOR EACH ROW SET NEW.name = TRIM(NEW.name);
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM orders;
CREATE SEQUENCE counter START WITH 7;
INSERT INTO users (name, body) VALUES (' ada', x'00ff27'), ('b\\o\nb', NULL), ('ü', NULL);
INSERT INTO orders VALUES (1, 1);
INSERT INTO `Odd ``name` VALUES (1);
