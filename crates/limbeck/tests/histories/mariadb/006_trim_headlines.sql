-- limbeck:upgrade
CREATE TRIGGER tr BEFORE INSERT ON post FOR EACH ROW SET NEW.headline = TRIM(NEW.headline);
CREATE VIEW v AS SELECT a.email, p.headline FROM account a JOIN post p ON p.account_id = a.id;

-- limbeck:downgrade
DROP VIEW v;
DROP TRIGGER tr;
