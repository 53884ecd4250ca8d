-- create codebundles
--
-- Revision ID: 001
-- Revises: none
-- Create Date: 2026-11-02T09:14:00Z

-- limbeck:upgrade
CREATE TABLE codebundles (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    name VARCHAR(200) NOT NULL,
    description TEXT,
    created_at VARCHAR(32) NOT NULL,
    CONSTRAINT uq_codebundles_name UNIQUE (name)
);

-- limbeck:downgrade
DROP TABLE codebundles;
