-- limbeck:upgrade
ALTER TABLE account ADD COLUMN boss BIGINT UNSIGNED, ADD CONSTRAINT fk_boss FOREIGN KEY (boss) REFERENCES account (id);

-- limbeck:downgrade
ALTER TABLE account DROP FOREIGN KEY fk_boss;
ALTER TABLE account DROP COLUMN boss;
