-- limbeck:upgrade
ALTER TABLE account ADD COLUMN state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'active'));
ALTER TABLE account ALTER COLUMN state DROP DEFAULT;

-- limbeck:downgrade
ALTER TABLE account DROP COLUMN state;
