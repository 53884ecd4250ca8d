//! What is in the way of a backup is found before anything is changed, and so is what is wrong with a backup.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use limbeck::{BackupError, BackupWhen, Error};
use limbeck_testing::{Mariadb, Postgres, dump_schema};

use super::{backups, execute, files, migrator, rows, world};
use crate::cases::{Database, World};

#[test]
fn a_file_in_the_directorys_place_stops_the_run() {
    for database in Database::ALL {
        let world = world(database);
        let migrator = migrator(&world, BackupWhen::Destructive);
        migrator.upgrade("002").expect("no backup is needed");
        world.write("backups", b"a file");
        let (schema, log) = (dump_schema(&world.url), migrator.log().expect("it can be read"));
        let failed = migrator.upgrade("003");
        assert!(
            matches!(&failed, Err(Error::NoBackup(error)) if matches!(**error, BackupError::Directory { .. })),
            "{failed:?}"
        );
        assert_eq!(dump_schema(&world.url), schema);
        assert_eq!(migrator.log().expect("it can be read"), log);
    }
}

/// A backup of users at 003, and the database at 004 with a row more.
fn after_a_backup(database: Database) -> (World, limbeck::Backup) {
    let world = world(database);
    let migrator = migrator(&world, BackupWhen::Destructive);
    migrator.upgrade("003").expect("the database is new");
    let backup = migrator
        .back_up(backups(&world).join(""))
        .expect("nothing is in its way");
    migrator.upgrade("004").expect("it adds only");
    (world, backup)
}

/// Whatever is wrong with these files, they are refused, and nothing happens.
fn are_refused(world: &World, bad: &[PathBuf]) {
    let migrator = migrator(world, BackupWhen::Destructive);
    let state = || {
        let users = rows(world, "SELECT * FROM users");
        (
            dump_schema(&world.url),
            users,
            files(world),
            migrator.log().expect("it can be read"),
        )
    };
    let before = state();
    for file in bad {
        for refused in [
            migrator.inspect_backup(file).map(drop),
            migrator.restore(file).map(drop),
        ] {
            assert!(
                matches!(refused, Err(Error::Backup(_))),
                "{:?} {}: {refused:?}",
                world.database,
                file.display()
            );
        }
    }
    assert_eq!(state(), before);
}

#[test]
fn a_damaged_backup_is_refused() {
    for database in Database::ALL {
        let (world, backup) = after_a_backup(database);
        let whole = fs::read(&backup.file).expect("it can be read");
        let cut_off = [0, 1, 100, whole.len() / 2, whole.len() - 60].map(|length| {
            let file = world.path(&format!("cut at {length}"));
            fs::write(&file, &whole[..length]).expect("it can be written");
            file
        });
        are_refused(&world, &cut_off);
        let others = ["missing", "migrations", "migrations/001_rich.sql"].map(|path| world.path(path));
        are_refused(&world, &others);
        migrator(&world, BackupWhen::Never)
            .restore(&backup.file)
            .expect("this one is whole");
    }
}

#[test]
fn a_backup_of_another_kind_of_database_is_refused() {
    let worlds = Database::ALL.map(after_a_backup);
    for (world, _) in &worlds {
        let others = worlds
            .iter()
            .filter(|(other, _)| other.database != world.database);
        let bad: Vec<PathBuf> = others.map(|(_, backup)| backup.file.clone()).collect();
        assert_eq!(bad.len(), 2);
        are_refused(world, &bad);
    }
}

/// What can't be dropped makes restoring fail, whole, on PostgreSQL.
#[test]
fn restoring_happens_whole_or_not_at_all() {
    let (world, backup) = after_a_backup(Database::Postgresql);
    let name = world.url.rsplit('/').next().expect("the URL has a database");
    let server = Postgres::shared();
    // `guarded` owns nothing of what is there.
    let migrator = migrator(&world, BackupWhen::Never).url(server.url_with_password(name));
    server.psql(name, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guarded");
    let before = (
        dump_schema(&world.url),
        rows(&world, "SELECT * FROM users ORDER BY id"),
    );
    let failed = migrator.restore(&backup.file);
    assert!(
        matches!(&failed, Err(Error::Backup(error)) if error.to_string().contains("must be owner")),
        "{failed:?}"
    );
    let after = (
        dump_schema(&world.url),
        rows(&world, "SELECT * FROM users ORDER BY id"),
    );
    assert_eq!(after, before);
}

/// The programs reach the database as the URL says: with a password that has every odd character, over a socket. They need no
/// more than the rights of the database's owner.
#[test]
fn passwords_and_sockets_are_passed_on() {
    let postgres = world(Database::Postgresql);
    let name = postgres
        .url
        .rsplit('/')
        .next()
        .expect("the URL has a database")
        .to_owned();
    let server = Postgres::shared();
    server.psql(&name, &format!("ALTER DATABASE {name} OWNER TO guarded"));
    // What only a superuser may make, and comment on, stays as it is.
    server.psql(
        &name,
        "CREATE EXTENSION file_fdw; COMMENT ON EXTENSION file_fdw IS 'theirs'",
    );
    let mariadb = Mariadb::shared();
    let theirs = World::new(Database::Mariadb);
    let their_name = theirs
        .url
        .rsplit('/')
        .next()
        .expect("the URL has a database")
        .to_owned();
    for (world, url) in [
        (World::new(Database::Postgresql), server.url_with_password(&name)),
        (World::new(Database::Postgresql), server.socket_url(&name)),
        (
            World::new(Database::Mariadb),
            mariadb.url_with_password(&their_name),
        ),
        (World::new(Database::Mariadb), mariadb.socket_url(&their_name)),
    ] {
        world.write(
            "migrations/001_a.sql",
            b"CREATE TABLE IF NOT EXISTS a (id INTEGER);\n",
        );
        world.write("migrations/002_b.sql", b"DROP TABLE a;\n");
        let table = if url.contains("?") || url.contains("socket") {
            "of_socket"
        } else {
            "of_password"
        };
        let migrator = migrator(&world, BackupWhen::Destructive)
            .url(&url)
            .version_table(table);
        migrator
            .upgrade("001")
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        let backup = migrator
            .upgrade("002")
            .unwrap_or_else(|error| panic!("{url}: {error}"))
            .backup;
        let backup = backup.expect("a table is dropped");
        let restored = migrator
            .restore(&backup.file)
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(restored.to, ["001"]);
    }
    drop((postgres, theirs));
}

/// What was made by hand under a name of its own is as good, and overwrites nothing.
#[test]
fn a_backup_overwrites_no_file() {
    let (world, _) = after_a_backup(Database::Sqlite);
    let (migrator, file) = (migrator(&world, BackupWhen::Never), world.path("mine"));
    migrator.back_up(&file).expect("nothing is in its way");
    execute(&world, "CREATE TABLE one_more (id INTEGER)");
    let failed = migrator.back_up(&file);
    assert!(
        matches!(&failed, Err(Error::Backup(error)) if matches!(**error, BackupError::Exists { .. })),
        "{failed:?}"
    );
    migrator.restore(&file).expect("nothing is in its way");
    assert!(!dump_schema(&world.url).contains("one_more"));
}

/// Restoring waits for the application for no longer than for a lock, and gives up before it has changed anything.
#[test]
fn an_application_in_the_way_is_waited_for() {
    for database in [Database::Postgresql, Database::Mariadb] {
        let (world, backup) = after_a_backup(database);
        let migrator = || migrator(&world, BackupWhen::Never);
        let schema = dump_schema(&world.url);
        let mut reader = world.connect();
        for sql in ["START TRANSACTION", "SELECT * FROM users"] {
            reader.query(sql).expect("it can be read");
        }
        let failed = migrator()
            .lock_wait(Duration::from_millis(900))
            .restore(&backup.file);
        let text = failed.expect_err("somebody reads").to_string();
        assert!(
            ["lock timeout", "Lock wait timeout"]
                .iter()
                .any(|said| text.contains(said)),
            "{text}"
        );
        assert_eq!(dump_schema(&world.url), schema);
        reader.execute("COMMIT").expect("it can be ended");
        assert_eq!(
            migrator().restore(&backup.file).expect("nobody reads").to,
            ["003"]
        );
    }
}

/// pg_dump empties the search path of its session, and a pooler would hand that to the application.
#[test]
fn nothing_is_dumped_through_a_pooler() {
    let pooler = limbeck_testing::Pgbouncer::start(Postgres::shared());
    let (world, backup) = after_a_backup(Database::Postgresql);
    let (_, name) = world.url.rsplit_once('/').expect("the URL names its database");
    let through = migrator(&world, BackupWhen::Always).url(pooler.url(name));
    let (schema, before) = (dump_schema(&world.url), files(&world));
    let pooled = |error: &BackupError| matches!(error, BackupError::Pooled { .. });
    world.write(
        "migrations/005_one_more.sql",
        b"CREATE TABLE one_more (id INTEGER);",
    );
    let failed = through.upgrade("head");
    assert!(
        matches!(&failed, Err(Error::NoBackup(error)) if pooled(error)),
        "{failed:?}"
    );
    let failed = through.restore(&backup.file);
    assert!(
        matches!(&failed, Err(Error::NoBackup(error) | Error::Backup(error)) if pooled(error)),
        "{failed:?}"
    );
    assert_eq!((dump_schema(&world.url), files(&world)), (schema, before));
}
