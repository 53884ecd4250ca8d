-- Something of every kind that a database can have.
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, body BLOB, length AS (length(name)));
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id));
CREATE TABLE "Odd ""name" ("a b" INTEGER);
CREATE INDEX users_name ON users (lower(name));
CREATE VIEW names AS SELECT name FROM users;
CREATE TRIGGER touch AFTER INSERT ON orders BEGIN UPDATE users SET name = trim(name); END;
INSERT INTO users (name, body) VALUES (' ada', x'00ff27'), ('b' || char(10) || 'b', NULL), ('ü', NULL);
INSERT INTO orders VALUES (1, 1);
INSERT INTO "Odd ""name" VALUES (1);
