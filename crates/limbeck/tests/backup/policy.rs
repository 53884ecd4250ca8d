//! Before which runs a backup is made, and which are kept.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use limbeck::{BackupPolicy, BackupWhen, Error};

use super::{Told, backups, execute, files, migrator, rows, world};
use crate::cases::{Database, World};

#[test]
fn only_what_can_lose_data_is_backed_up_before() {
    for database in Database::ALL {
        let (world, told) = (world(database), Told::default());
        let migrator = migrator(&world, BackupWhen::Destructive).observer(told.clone());
        assert_eq!(migrator.upgrade("002").expect("it adds only").backup, None);
        assert!(files(&world).is_empty() && !backups(&world).exists());
        told.lines();

        let backup = migrator.upgrade("004").expect("nothing is in its way").backup;
        let backup = backup.expect("003 drops a column");
        let file = world.path("migrations/003_drop_email.sql");
        let lines = [
            format!("started: {}:4 drops column users.email", file.display()),
            "finished: before-003".to_owned(),
            "Running upgrade 002 -> 003, drop email".to_owned(),
            "Running upgrade 003 -> 004, more".to_owned(),
        ];
        assert_eq!(told.lines(), lines);
        assert_eq!(
            migrator.backups(backups(&world)).expect("it can be listed"),
            std::slice::from_ref(&backup)
        );
        let data = backup.file.metadata().expect("it is there");
        assert_eq!(
            (data.len(), data.permissions().mode() & 0o777),
            (backup.size, 0o600)
        );
        let directory = backups(&world).metadata().expect("it is there");
        assert_eq!(directory.permissions().mode() & 0o777, 0o700);

        assert_eq!(
            migrator.upgrade("head").expect("nothing is left to do").backup,
            None
        );
        assert_eq!(files(&world).len(), 1, "{:?}", files(&world));
    }
}

#[test]
fn a_step_back_is_backed_up_before_too() {
    let world = world(Database::Sqlite);
    let migrator = migrator(&world, BackupWhen::Destructive);
    migrator.upgrade("003").expect("nothing is in its way");
    let backup = migrator.downgrade("002").expect("nothing is in its way").backup;
    assert_eq!(backup.expect("it drops a table").label, "before-003");
}

#[test]
fn never_and_always() {
    for database in Database::ALL {
        let world = world(database);
        let never = migrator(&world, BackupWhen::Never);
        assert_eq!(never.upgrade("003").expect("nothing is in its way").backup, None);
        let always = migrator(&world, BackupWhen::Always);
        assert_eq!(always.upgrade("003").expect("nothing is left to do").backup, None);
        let backup = always.upgrade("004").expect("nothing is in its way").backup;
        assert_eq!(backup.expect("it runs a statement").label, "before-004");
    }
}

#[test]
fn a_new_database_has_nothing_to_back_up() {
    for database in Database::ALL {
        let world = world(database);
        let always = migrator(&world, BackupWhen::Always);
        assert_eq!(
            always.upgrade("head").expect("nothing is in its way").backup,
            None
        );
        // With somebody else's table in it, it has.
        let other = World::new(database);
        other.write("migrations/001_drop.sql", b"DROP TABLE theirs;");
        execute(&other, "CREATE TABLE theirs (id INTEGER)");
        let backup = migrator(&other, BackupWhen::Destructive).upgrade("head");
        assert!(backup.expect("nothing is in its way").backup.is_some());
    }
}

#[test]
fn a_database_in_memory_is_not_backed_up() {
    let world = world(Database::Sqlite);
    let migrator = migrator(&world, BackupWhen::Always).url("sqlite::memory:");
    assert_eq!(
        migrator.upgrade("head").expect("nothing is in its way").backup,
        None
    );
    for refused in [
        migrator.back_up(backups(&world).join("")).map(drop),
        migrator.restore("any").map(drop),
        migrator.inspect_backup("any").map(drop),
    ] {
        assert!(matches!(refused, Err(Error::Backup(_))), "{refused:?}");
    }
    assert!(!backups(&world).exists());
}

#[test]
fn the_oldest_that_runs_made_go() {
    for database in Database::ALL {
        let world = world(database);
        let policy = BackupPolicy {
            when: BackupWhen::Always,
            dir: backups(&world),
            keep: Some(2),
        };
        let migrator = world.migrator().backup(policy.clone());
        migrator.upgrade("002").expect("nothing is in its way");
        let by_hand = migrator
            .back_up(backups(&world).join(""))
            .expect("nothing is in its way");
        let name = by_hand
            .file
            .file_name()
            .expect("it is a file")
            .to_string_lossy()
            .into_owned();
        let (own, _) = name
            .split_once("-2")
            .expect("the time stands behind the database");
        // None of these is a finished backup of this database's.
        let ending = by_hand
            .file
            .extension()
            .expect("it has one")
            .to_string_lossy()
            .into_owned();
        let foreign = [
            format!("a{own}-20200101T000000.000Z-before-001.{ending}"),
            format!("{own}-20200101T000000.000Z-by-hand.{ending}"),
            format!("{own}-copy-20200101T000000.000Z-before-001.{ending}"),
            format!("{own}-2020-before-001.{ending}"),
            "notes.txt".to_owned(),
        ];
        for name in &foreign {
            fs::write(backups(&world).join(name), "not limbeck's").expect("it can be written");
        }
        // A process that was killed left this.
        let leftover = backups(&world).join(format!(".{own}-Xy12.partial"));
        fs::write(&leftover, "half").expect("it can be written");

        let mut made = Vec::new();
        for target in ["003", "002", "003", "002"] {
            let outcome = if target == "003" {
                migrator.upgrade(target)
            } else {
                migrator.downgrade(target)
            };
            let backup = outcome.expect("nothing is in its way").backup;
            made.push(backup.expect("each runs a statement").file);
        }
        assert!(!leftover.exists());
        let kept: Vec<bool> = made.iter().map(|file| file.exists()).collect();
        assert_eq!(kept, [false, false, true, true]);
        assert!(by_hand.file.exists());
        assert!(foreign.iter().all(|name| backups(&world).join(name).exists()));

        let all = BackupPolicy { keep: None, ..policy };
        let outcome = world
            .migrator()
            .backup(all)
            .upgrade("003")
            .expect("nothing is in its way");
        assert!(outcome.backup.is_some());
        assert!(made[2].exists() && made[3].exists());
    }
}

/// Replicas that start together make one backup, under the lock, and apply the revision once.
#[test]
fn replicas_make_one_backup() {
    for database in Database::ALL {
        let world = world(database);
        migrator(&world, BackupWhen::Destructive)
            .upgrade("002")
            .expect("nothing is in its way");
        let replicas = [(); 3].map(|()| migrator(&world, BackupWhen::Destructive));
        let barrier = Barrier::new(replicas.len());
        let made: usize = thread::scope(|scope| {
            let threads: Vec<_> = replicas
                .iter()
                .map(|replica| {
                    scope.spawn(|| {
                        barrier.wait();
                        let outcome = replica.upgrade("head").expect("each succeeds");
                        assert_eq!(outcome.to, ["004"]);
                        usize::from(outcome.backup.is_some())
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no thread panics"))
                .sum()
        });
        assert_eq!((made, files(&world).len()), (1, 1), "{:?}", files(&world));
    }
}

/// A run that gives way to the application and is tried again has its backup already.
#[test]
fn a_run_that_is_tried_again_makes_one_backup() {
    for database in [Database::Postgresql, Database::Mariadb] {
        let (world, told) = (world(database), Told::default());
        let migrator = migrator(&world, BackupWhen::Destructive)
            .observer(told.clone())
            .lock_timeout(Some(Duration::from_millis(100)));
        migrator.upgrade("002").expect("nothing is in its way");
        let mut reader = world.connect();
        for sql in ["START TRANSACTION", "SELECT * FROM users"] {
            reader.query(sql).expect("it can be read");
        }
        let run = thread::spawn(move || migrator.upgrade("003"));
        let mut lines = Vec::new();
        while lines
            .iter()
            .filter(|line: &&String| line.starts_with("Running upgrade 002"))
            .count()
            < 2
        {
            lines.append(&mut told.lines());
            thread::sleep(Duration::from_millis(10));
        }
        reader.execute("COMMIT").expect("it can be ended");
        let outcome = run
            .join()
            .expect("it does not panic")
            .expect("the reader has gone");
        assert!(outcome.backup.is_some());
        assert_eq!(files(&world).len(), 1);
    }
}

/// Statements that an earlier run finished lose nothing any more.
#[test]
fn what_is_done_is_not_backed_up_before() {
    let world = World::new(Database::Mariadb);
    world.write(
        "migrations/001_a.sql",
        b"CREATE TABLE a (id INTEGER, b INTEGER);\n",
    );
    world.write(
        "migrations/002_b.sql",
        b"ALTER TABLE a DROP COLUMN b;\nALTER TABLE a ADD COLUMN c NOTYPE;\n",
    );
    let migrator = migrator(&world, BackupWhen::Destructive);
    migrator.upgrade("001").expect("nothing is in its way");
    migrator.upgrade("002").expect_err("there is no such type");
    assert_eq!(files(&world).len(), 1);
    world.write(
        "migrations/002_b.sql",
        b"ALTER TABLE a DROP COLUMN b;\nALTER TABLE a ADD COLUMN c INT;\n",
    );
    assert_eq!(migrator.upgrade("002").expect("it goes on").backup, None);
}

/// SQLite's write-ahead log is part of the database, and of no backup.
#[test]
fn a_write_ahead_log_is_backed_up_with_its_database() {
    let world = world(Database::Sqlite);
    let migrator = migrator(&world, BackupWhen::Destructive);
    migrator.upgrade("002").expect("nothing is in its way");
    let mut application = world.connect();
    application
        .query("PRAGMA journal_mode = WAL")
        .expect("it can be set");
    application
        .execute("UPDATE users SET email = 'in the log'")
        .expect("it can be written");
    let backup = migrator.upgrade("003").expect("nothing is in its way").backup;
    let backup = backup.expect("003 drops a column");
    let name = backup
        .file
        .file_name()
        .expect("it is a file")
        .to_string_lossy()
        .into_owned();
    assert_eq!(files(&world), [name]);
    // The application keeps its connection open all along.
    migrator.restore(&backup.file).expect("nothing is in its way");
    let found = application
        .query("SELECT DISTINCT email FROM users")
        .expect("the column is back");
    assert_eq!(found, [[Some("in the log".to_owned())]]);
    assert_eq!(
        rows(&world, "SELECT version_num FROM alembic_version"),
        [[Some("002".to_owned())]]
    );
}
