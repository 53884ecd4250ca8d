-- limbeck:upgrade
ALTER TABLE post RENAME COLUMN title TO headline;

-- limbeck:downgrade
ALTER TABLE post RENAME COLUMN headline TO title;
