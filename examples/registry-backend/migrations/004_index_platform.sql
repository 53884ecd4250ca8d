-- index platform, and fill it in
--
-- Revision ID: 004
-- Revises: 003
-- Create Date: 2026-11-20T08:30:00Z

-- limbeck:upgrade all
-- What was registered before 003 says its platform in its name only.
UPDATE codebundles SET platform = 'kubernetes' WHERE platform IS NULL AND name LIKE 'k8s-%';
UPDATE codebundles SET platform = 'generic' WHERE platform IS NULL;

-- limbeck:upgrade
CREATE INDEX ix_codebundles_platform ON codebundles (platform);

-- The service goes on writing while PostgreSQL builds the index.
-- limbeck:upgrade postgresql autocommit
CREATE INDEX CONCURRENTLY ix_codebundles_platform ON codebundles (platform);

-- limbeck:downgrade
DROP INDEX ix_codebundles_platform;

-- limbeck:downgrade postgresql autocommit
DROP INDEX CONCURRENTLY ix_codebundles_platform;

-- limbeck:downgrade mysql
DROP INDEX ix_codebundles_platform ON codebundles;
