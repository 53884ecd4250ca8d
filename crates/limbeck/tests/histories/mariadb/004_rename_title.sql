-- limbeck:upgrade
ALTER TABLE post CHANGE title headline VARCHAR(120) NOT NULL;

-- limbeck:downgrade
ALTER TABLE post CHANGE headline title VARCHAR(80) NOT NULL;
