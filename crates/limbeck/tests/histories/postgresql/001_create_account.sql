-- limbeck:upgrade
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE account (
    id BIGSERIAL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE CHECK (email LIKE '%_@_%'),
    mood mood NOT NULL DEFAULT 'ok',
    meta JSONB NOT NULL DEFAULT '{}',
    tags TEXT[],
    created TIMESTAMPTZ NOT NULL DEFAULT now(),
    ip INET,
    uid UUID NOT NULL DEFAULT gen_random_uuid(),
    price NUMERIC(10,2)
);

-- limbeck:downgrade
DROP TABLE account;
DROP TYPE mood;
