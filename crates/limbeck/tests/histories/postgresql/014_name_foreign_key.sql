-- limbeck:upgrade
ALTER TABLE post DROP CONSTRAINT post_account_id_fkey;
ALTER TABLE post ADD CONSTRAINT post_account_fk FOREIGN KEY (account_id) REFERENCES account ON DELETE CASCADE NOT VALID;
ALTER TABLE post VALIDATE CONSTRAINT post_account_fk;

-- limbeck:downgrade
ALTER TABLE post DROP CONSTRAINT post_account_fk;
ALTER TABLE post ADD CONSTRAINT post_account_id_fkey FOREIGN KEY (account_id) REFERENCES account ON DELETE CASCADE;
