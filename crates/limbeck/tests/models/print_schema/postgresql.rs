// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "mood"))]
    pub struct Mood;
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Mood;

    account (id) {
        id -> Int8,
        email -> Text,
        mood -> Mood,
        meta -> Jsonb,
        created -> Timestamptz,
        ip -> Nullable<Inet>,
        uid -> Uuid,
        price -> Nullable<Int8>,
        name -> Text,
        state -> Text,
    }
}

diesel::table! {
    alembic_version (version_num) {
        #[max_length = 255]
        version_num -> Varchar,
    }
}

diesel::table! {
    limbeck_journal (id) {
        id -> Int8,
        #[max_length = 255]
        revision -> Varchar,
        #[max_length = 16]
        direction -> Varchar,
        message -> Text,
        revises -> Text,
        depends_on -> Text,
        branch_labels -> Text,
        #[max_length = 64]
        checksum -> Nullable<Varchar>,
        statements_done -> Int4,
        statements_total -> Int4,
        #[max_length = 64]
        done_hash -> Nullable<Varchar>,
        #[max_length = 64]
        state_before -> Nullable<Varchar>,
        #[max_length = 32]
        started_at -> Varchar,
        #[max_length = 32]
        finished_at -> Nullable<Varchar>,
        #[max_length = 16]
        outcome -> Varchar,
        error -> Nullable<Text>,
        #[max_length = 255]
        who -> Varchar,
        #[max_length = 64]
        tool_version -> Varchar,
        downgrade_sql -> Nullable<Text>,
    }
}

diesel::table! {
    post (id) {
        id -> Int4,
        account_id -> Int8,
        headline -> Text,
        body -> Nullable<Text>,
        words -> Nullable<Int4>,
        parent -> Nullable<Int4>,
    }
}

diesel::table! {
    post_tag (post_id, tag) {
        post_id -> Int4,
        tag -> Text,
    }
}

diesel::table! {
    tag (name) {
        name -> Text,
    }
}

diesel::joinable!(post -> account (account_id));
diesel::joinable!(post_tag -> post (post_id));
diesel::joinable!(post_tag -> tag (tag));

diesel::allow_tables_to_appear_in_same_query!(
    account,
    alembic_version,
    limbeck_journal,
    post,
    post_tag,
    tag,
);
