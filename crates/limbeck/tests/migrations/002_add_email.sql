-- add the address of a user
--
-- Revision ID: 002
-- Revises: 001
-- Create Date: 2026-11-23T10:12:00Z

-- limbeck:upgrade
ALTER TABLE users ADD COLUMN email VARCHAR(200);

-- limbeck:downgrade
ALTER TABLE users DROP COLUMN email;
