-- limbeck:upgrade
CREATE VIRTUAL TABLE search USING fts5(title, content='post', content_rowid='id');
CREATE TRIGGER post_ai AFTER INSERT ON post BEGIN INSERT INTO search(rowid, title) VALUES (new.id, new.title); END;

-- limbeck:downgrade
DROP TRIGGER post_ai;
DROP TABLE search;
