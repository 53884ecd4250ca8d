-- Something of every kind that a database can have.
CREATE SCHEMA app;
CREATE SCHEMA extensions;
CREATE EXTENSION hstore WITH SCHEMA extensions;
COMMENT ON EXTENSION hstore IS 'ours';
CREATE TYPE app.mood AS ENUM ('calm', 'glad');
CREATE DOMAIN app.positive AS integer CHECK (VALUE > 0);
CREATE TYPE app.pair AS (a integer, b text);
CREATE TYPE span AS RANGE (subtype = date);
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    mood app.mood DEFAULT 'calm',
    tags extensions.hstore,
    length integer GENERATED ALWAYS AS (char_length(name)) STORED
);
COMMENT ON TABLE users IS 'people; and "others"';
CREATE TABLE app.orders (id serial PRIMARY KEY, user_id bigint REFERENCES users (id), amount app.positive, pair app.pair);
CREATE TABLE "Odd ""name""" ("a b" integer);
CREATE TABLE logs (day date, line text) PARTITION BY RANGE (day);
CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX users_name ON users (lower(name));
CREATE STATISTICS users_stats ON name, mood FROM users;
CREATE VIEW app.names AS SELECT name FROM users;
CREATE MATERIALIZED VIEW app.counts AS SELECT count(*) FROM app.names;
CREATE FUNCTION app.shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper($1) $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := trim(NEW.name); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE PROCEDURE purge() LANGUAGE sql AS $$ DELETE FROM users $$;
CREATE AGGREGATE app.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE FUNCTION app.same(app.pair, app.pair) RETURNS boolean LANGUAGE sql AS $$ SELECT $1.a = $2.a $$;
CREATE OPERATOR app.=== (LEFTARG = app.pair, RIGHTARG = app.pair, FUNCTION = app.same);
CREATE COLLATION app.german (provider = icu, locale = 'de-DE');
CREATE TEXT SEARCH CONFIGURATION app.simple_too (COPY = pg_catalog.simple);
CREATE SEQUENCE counter START 7;
CREATE PUBLICATION news FOR TABLE users;
CREATE POLICY own ON users USING (true);
GRANT SELECT ON users TO guarded;
INSERT INTO users (name, tags) VALUES (' ada', 'k=>v'), (E'b\\o\nb', NULL), ('ü', NULL);
INSERT INTO app.orders (user_id, amount, pair) VALUES (1, 3, (1, 'x'));
INSERT INTO logs VALUES ('2026-05-01', 'hello');
INSERT INTO "Odd ""name""" VALUES (1);
REFRESH MATERIALIZED VIEW app.counts;
