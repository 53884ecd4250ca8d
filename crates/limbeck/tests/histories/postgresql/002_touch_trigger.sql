-- limbeck:upgrade
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.created = now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION touch();

-- limbeck:downgrade
DROP TRIGGER touch ON account;
DROP FUNCTION touch();
