-- limbeck:upgrade
INSERT INTO account (email) VALUES ('root@localhost') ON CONFLICT DO NOTHING;

-- limbeck:downgrade
DELETE FROM account WHERE email = 'root@localhost';
