-- limbeck:upgrade
INSERT IGNORE INTO account (email) VALUES ('root@localhost');

-- limbeck:downgrade
DELETE FROM account WHERE email = 'root@localhost';
