-- limbeck:upgrade
ALTER TABLE account ADD COLUMN name VARCHAR(100);
UPDATE account SET name = SUBSTRING_INDEX(email, '@', 1);
ALTER TABLE account MODIFY name VARCHAR(100) NOT NULL;

-- limbeck:downgrade
ALTER TABLE account DROP COLUMN name;
