-- What is done after the backup, of which nothing may be left.
CREATE SCHEMA later;
CREATE TABLE later.things (id integer);
CREATE EXTENSION citext;
CREATE TABLE more (id integer PRIMARY KEY, email citext);
CREATE TYPE weather AS ENUM ('rain');
CREATE FUNCTION users_of(weather) RETURNS SETOF users LANGUAGE sql AS 'TABLE users';
CREATE VIEW of_more AS SELECT * FROM more;
CREATE PUBLICATION later_news FOR TABLE more;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER later_trigger ON sql_drop EXECUTE FUNCTION on_ddl();
ALTER TYPE app.mood ADD VALUE 'later';
ALTER TABLE app.orders RENAME TO purchases;
DROP VIEW app.names CASCADE;
DROP PROCEDURE purge;
DELETE FROM logs;
INSERT INTO users (name) VALUES ('later');
