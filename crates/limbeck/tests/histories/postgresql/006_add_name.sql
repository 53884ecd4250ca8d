-- limbeck:upgrade
ALTER TABLE account ADD COLUMN name TEXT;
UPDATE account SET name = split_part(email, '@', 1);
ALTER TABLE account ALTER COLUMN name SET NOT NULL;

-- limbeck:downgrade
ALTER TABLE account DROP COLUMN name;
