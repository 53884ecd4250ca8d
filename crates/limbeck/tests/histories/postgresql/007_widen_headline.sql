-- limbeck:upgrade
ALTER TABLE post ALTER COLUMN headline TYPE TEXT;

-- limbeck:downgrade
ALTER TABLE post ALTER COLUMN headline TYPE VARCHAR(80);
