-- add enhanced metadata
--
-- Revision ID: 003
-- Revises: 002
-- Create Date: 2026-11-16T11:05:00Z

-- limbeck:upgrade
ALTER TABLE codebundles ADD COLUMN author VARCHAR(200);
ALTER TABLE codebundles ADD COLUMN platform VARCHAR(50);
ALTER TABLE codebundles ADD COLUMN support_level VARCHAR(20) DEFAULT 'community' NOT NULL;

-- limbeck:downgrade
ALTER TABLE codebundles DROP COLUMN support_level;
ALTER TABLE codebundles DROP COLUMN platform;
ALTER TABLE codebundles DROP COLUMN author;
