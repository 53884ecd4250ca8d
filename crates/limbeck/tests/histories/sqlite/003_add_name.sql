-- limbeck:upgrade
ALTER TABLE account ADD COLUMN name TEXT;
UPDATE account SET name = email;

-- limbeck:downgrade
ALTER TABLE account DROP COLUMN name;
