-- limbeck:upgrade
ALTER TABLE account ADD COLUMN team_id INT, ADD INDEX ix_team (team_id), ADD CONSTRAINT chk CHECK (price >= 0);

-- limbeck:downgrade
ALTER TABLE account DROP CONSTRAINT chk, DROP INDEX ix_team, DROP COLUMN team_id;
