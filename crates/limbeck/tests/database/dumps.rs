//! The dumps that other tests compare schemas by.

use limbeck_testing::Mariadb;
use limbeck_testing::Postgres;
use limbeck_testing::dump_schema;

use super::connect;

#[test]
fn a_schema_that_comes_back_is_dumped_the_same() {
    let (postgres, mariadb) = (
        Postgres::shared().fresh_database(),
        Mariadb::shared().fresh_database(),
    );
    let directory = tempfile::tempdir().expect("a directory");
    let sqlite = format!("sqlite:///{}", directory.path().join("a.db").display());
    let keys = [
        "serial PRIMARY KEY",
        "integer AUTO_INCREMENT PRIMARY KEY",
        "INTEGER PRIMARY KEY",
    ];
    for (url, key) in [&postgres.url, &mariadb.url, &sqlite].into_iter().zip(keys) {
        let mut connection = connect(url);
        let create = format!("CREATE TABLE codebundles (id {key}, name varchar(40) NOT NULL)");
        let empty = dump_schema(url);
        connection.execute(&create).expect("new");
        let full = dump_schema(url);
        assert!(full.contains("codebundles") && full != empty, "{full}");
        connection
            .execute("INSERT INTO codebundles (name) VALUES ('a'), ('b')")
            .expect("it is there");
        assert_eq!(dump_schema(url), full, "rows are no part of a schema");
        connection.execute("DROP TABLE codebundles").expect("it is there");
        assert_eq!(dump_schema(url), empty);
        connection.execute(&create).expect("it is gone");
        assert_eq!(dump_schema(url), full);
    }
}
