-- create tasks
--
-- Revision ID: 001
-- Revises: none

-- limbeck:upgrade
CREATE TABLE tasks (
    id INTEGER NOT NULL PRIMARY KEY,
    title VARCHAR(200) NOT NULL,
    done BOOLEAN DEFAULT false NOT NULL,
    due DATETIME
);
CREATE INDEX ix_tasks_done_due ON tasks (done, due);

-- limbeck:downgrade
DROP TABLE tasks;
