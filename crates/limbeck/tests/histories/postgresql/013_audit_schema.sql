-- limbeck:upgrade
CREATE SCHEMA audit;
CREATE TABLE audit.log (id SERIAL PRIMARY KEY, who BIGINT REFERENCES account);

-- limbeck:downgrade
DROP SCHEMA audit CASCADE;
