-- add user variables
--
-- Revision ID: 002
-- Revises: 001
-- Create Date: 2026-11-09T15:40:00Z

-- limbeck:upgrade
CREATE TABLE user_variables (
    codebundle_id VARCHAR(36) NOT NULL,
    name VARCHAR(100) NOT NULL,
    default_value TEXT,
    is_secret BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT pk_user_variables PRIMARY KEY (codebundle_id, name),
    CONSTRAINT fk_user_variables_codebundle FOREIGN KEY (codebundle_id)
        REFERENCES codebundles (id) ON DELETE CASCADE
);

-- limbeck:downgrade
DROP TABLE user_variables;
