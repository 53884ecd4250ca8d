//! What models made is kept, and is not made again while nothing changes.

use std::fs;
use std::path::PathBuf;

use limbeck::CompareOptions;

use super::{Sides, USERS, lines};
use crate::cases::Database;

/// The entries of a cache.
fn entries(directory: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("it is there");
    entries
        .map(|entry| entry.expect("it can be read").path())
        .collect()
}

#[test]
fn what_did_not_change_is_not_made_again() {
    for database in Database::ALL {
        let sides = Sides::new(database, &[USERS], &format!("{USERS};"));
        let directory = sides.world.path("cache");
        let options = CompareOptions {
            cache: Some(directory.clone()),
            ..CompareOptions::default()
        };
        let compare = || lines(&sides.compare_with(&options).expect("they can be compared"));
        assert_eq!(compare(), [""; 0], "on {}", database.name());
        let [entry] = entries(&directory).try_into().expect("there is one entry");

        // Only who reads the entry sees what was put into it.
        let text = fs::read_to_string(&entry).expect("it is text");
        let tampered = text.replacen("\"column users.age\"", "\"column users.years\"", 1);
        assert_ne!(text, tampered);
        fs::write(&entry, tampered).expect("it can be written");
        assert_eq!(
            compare(),
            ["- column users.age", "+ column users.years"],
            "on {}",
            database.name()
        );

        // What can't be read is made anew, and so is what is told otherwise.
        fs::write(&entry, "{").expect("it can be written");
        assert_eq!(compare(), [""; 0], "on {}", database.name());
        assert_eq!(fs::read_to_string(&entry).expect("it is text"), text);
        sides.models(&format!("{USERS}; CREATE TABLE more (id INTEGER);"));
        assert_eq!(compare(), ["+ table more"], "on {}", database.name());
        assert_eq!(entries(&directory).len(), 2);
    }
}
