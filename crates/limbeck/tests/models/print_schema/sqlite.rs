// @generated automatically by Diesel CLI.

diesel::table! {
    account (id) {
        id -> Nullable<Integer>,
        email -> Text,
        active -> Bool,
        created -> Nullable<Timestamp>,
        data -> Nullable<Binary>,
        name -> Text,
    }
}

diesel::table! {
    alembic_version (version_num) {
        version_num -> Text,
    }
}

diesel::table! {
    kv (k) {
        k -> Text,
        v -> Nullable<Binary>,
    }
}

diesel::table! {
    limbeck_journal (id) {
        id -> Integer,
        revision -> Text,
        direction -> Text,
        message -> Text,
        revises -> Text,
        depends_on -> Text,
        branch_labels -> Text,
        checksum -> Nullable<Text>,
        statements_done -> Integer,
        statements_total -> Integer,
        done_hash -> Nullable<Text>,
        state_before -> Nullable<Text>,
        started_at -> Text,
        finished_at -> Nullable<Text>,
        outcome -> Text,
        error -> Nullable<Text>,
        who -> Text,
        tool_version -> Text,
        downgrade_sql -> Nullable<Text>,
    }
}

diesel::table! {
    post (id) {
        id -> Nullable<Integer>,
        account_id -> Integer,
        title -> Text,
        len -> Nullable<Integer>,
    }
}

diesel::table! {
    search (rowid) {
        rowid -> Integer,
        title -> Nullable<Binary>,
        #[sql_name = "search"]
        search_ -> Nullable<Binary>,
        rank -> Nullable<Binary>,
    }
}

diesel::table! {
    search_config (k) {
        k -> Binary,
        v -> Nullable<Binary>,
    }
}

diesel::table! {
    search_data (id) {
        id -> Nullable<Integer>,
        block -> Nullable<Binary>,
    }
}

diesel::table! {
    search_docsize (id) {
        id -> Nullable<Integer>,
        sz -> Nullable<Binary>,
    }
}

diesel::table! {
    search_idx (segid, term) {
        segid -> Binary,
        term -> Binary,
        pgno -> Nullable<Binary>,
    }
}

diesel::table! {
    strict_one (a) {
        a -> Nullable<Integer>,
        b -> Nullable<Text>,
        c -> Nullable<Float>,
        d -> Nullable<Binary>,
    }
}

diesel::joinable!(post -> account (account_id));

diesel::allow_tables_to_appear_in_same_query!(
    account,
    alembic_version,
    kv,
    limbeck_journal,
    post,
    search,
    search_config,
    search_data,
    search_docsize,
    search_idx,
    strict_one,
);
