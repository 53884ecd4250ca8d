//! The recipe of docs/models.md for SeaORM, with entities of its own.

// A recipe prints; and entities are public, as SeaORM's macros want them.
#![allow(clippy::print_stdout, unreachable_pub, missing_docs)]

use sea_orm::{DbBackend, EntityTrait, Schema};

fn main() {
    let backend = match std::env::var("LIMBECK_DIALECT").as_deref() {
        Ok("postgresql") => DbBackend::Postgres,
        Ok("mariadb" | "mysql") => DbBackend::MySql,
        _ => DbBackend::Sqlite,
    };
    print(backend, user::Entity);
    print(backend, post::Entity);
}

fn print(backend: DbBackend, entity: impl EntityTrait) {
    let schema = Schema::new(backend);
    for statement in schema.create_enum_from_entity(entity) {
        println!("{};", backend.build(&statement));
    }
    println!("{};", backend.build(&schema.create_table_from_entity(entity)));
    for statement in schema.create_index_from_entity(entity) {
        println!("{};", backend.build(&statement));
    }
}

mod user {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        #[sea_orm(unique, column_type = "String(StringLen::N(200))")]
        pub email: String,
        #[sea_orm(default_value = 7, indexed)]
        pub age: Option<i32>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod post {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub author_id: i64,
        #[sea_orm(column_type = "Text")]
        pub body: String,
        pub state: State,
    }

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "state")]
    pub enum State {
        #[sea_orm(string_value = "new")]
        New,
        #[sea_orm(string_value = "done")]
        Done,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::user::Entity",
            from = "Column::AuthorId",
            to = "super::user::Column::Id",
            on_delete = "Cascade"
        )]
        User,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
