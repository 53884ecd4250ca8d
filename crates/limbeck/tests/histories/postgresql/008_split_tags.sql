-- limbeck:upgrade
CREATE TABLE tag (name TEXT PRIMARY KEY);
CREATE TABLE post_tag (post_id INT REFERENCES post, tag TEXT REFERENCES tag, PRIMARY KEY (post_id, tag));
INSERT INTO tag SELECT DISTINCT unnest(tags) FROM account;
ALTER TABLE account DROP COLUMN tags;

-- limbeck:downgrade
ALTER TABLE account ADD COLUMN tags TEXT[];
DROP TABLE post_tag;
DROP TABLE tag;
