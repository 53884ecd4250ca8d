// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::sql_types::SqlType)]
    #[diesel(mysql_type(name = "Set"))]
    pub struct AccountFlagsSet;

    #[derive(diesel::sql_types::SqlType)]
    #[diesel(mysql_type(name = "Enum"))]
    pub struct AccountMoodEnum;

    #[derive(diesel::sql_types::SqlType)]
    #[diesel(mysql_type(name = "Year"))]
    pub struct AccountYYear;
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::AccountMoodEnum;
    use super::sql_types::AccountFlagsSet;
    use super::sql_types::AccountYYear;

    account (id) {
        id -> Unsigned<Bigint>,
        #[max_length = 191]
        email -> Varchar,
        #[max_length = 3]
        mood -> AccountMoodEnum,
        meta -> Nullable<Longtext>,
        created -> Datetime,
        #[max_length = 3]
        flags -> Nullable<AccountFlagsSet>,
        on_ -> Bit,
        y -> Nullable<AccountYYear>,
        price -> Nullable<Decimal>,
        #[max_length = 16]
        raw -> Nullable<Varbinary>,
        blobby -> Nullable<Blob>,
        t -> Bool,
        #[max_length = 100]
        name -> Varchar,
        team_id -> Nullable<Integer>,
        boss -> Nullable<Unsigned<Bigint>>,
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
        id -> Bigint,
        #[max_length = 255]
        revision -> Varchar,
        #[max_length = 16]
        direction -> Varchar,
        message -> Longtext,
        revises -> Longtext,
        depends_on -> Longtext,
        branch_labels -> Longtext,
        #[max_length = 64]
        checksum -> Nullable<Varchar>,
        statements_done -> Integer,
        statements_total -> Integer,
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
        error -> Nullable<Longtext>,
        #[max_length = 255]
        who -> Varchar,
        #[max_length = 64]
        tool_version -> Varchar,
        downgrade_sql -> Nullable<Longtext>,
    }
}

diesel::table! {
    post (id) {
        id -> Integer,
        account_id -> Unsigned<Bigint>,
        #[max_length = 120]
        headline -> Varchar,
        body -> Nullable<Text>,
        words -> Nullable<Integer>,
        parent -> Nullable<Integer>,
    }
}

diesel::joinable!(post -> account (account_id));

diesel::allow_tables_to_appear_in_same_query!(account, alembic_version, limbeck_journal, post,);
