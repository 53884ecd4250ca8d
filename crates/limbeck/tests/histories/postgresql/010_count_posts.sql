-- limbeck:upgrade
CREATE MATERIALIZED VIEW per_account AS SELECT account_id, count(*) FROM post GROUP BY 1;
CREATE UNIQUE INDEX ON per_account (account_id);

-- limbeck:downgrade
DROP MATERIALIZED VIEW per_account;
