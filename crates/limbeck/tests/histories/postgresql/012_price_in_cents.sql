-- limbeck:upgrade
ALTER TABLE account ALTER COLUMN price TYPE BIGINT USING (price * 100)::bigint;

-- limbeck:downgrade
ALTER TABLE account ALTER COLUMN price TYPE NUMERIC(10,2) USING price / 100.0;
