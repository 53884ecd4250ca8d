-- The schema that the revisions come to, on each of the databases: 'limbeck diff revisions models' compares them.

CREATE TABLE codebundles (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    name VARCHAR(200) NOT NULL,
    description TEXT,
    author VARCHAR(200),
    platform VARCHAR(50),
    support_level VARCHAR(20) DEFAULT 'community' NOT NULL,
    created_at VARCHAR(32) NOT NULL,
    CONSTRAINT uq_codebundles_name UNIQUE (name)
);

CREATE INDEX ix_codebundles_platform ON codebundles (platform);

CREATE TABLE user_variables (
    codebundle_id VARCHAR(36) NOT NULL,
    name VARCHAR(100) NOT NULL,
    default_value TEXT,
    is_secret BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT pk_user_variables PRIMARY KEY (codebundle_id, name),
    CONSTRAINT fk_user_variables_codebundle FOREIGN KEY (codebundle_id)
        REFERENCES codebundles (id) ON DELETE CASCADE
);
