//! Fingerprints of statements, which stay the same while their meaning does.

use sha2::{Digest, Sha256};

use crate::dialect::{Dialect, TokenKind, tokens};

/// Returns the SHA-256, in lower-case hexadecimal, of `statements`: the SQL of each and whether it runs outside of a
/// transaction.
///
/// Comments, white space, the kind of line endings (inside of strings too), empty statements and a terminator behind
/// the last statement do not count. Everything else does, and so do the ends of statements.
///
/// ```
/// use limbeck_core::checksum::checksum;
/// use limbeck_core::dialect::Dialect;
///
/// let one = checksum(Dialect::Sqlite, [("SELECT 1", false)].into_iter());
/// let same = checksum(Dialect::Sqlite, [("SELECT -- the answer\r\n  1;", false)].into_iter());
/// assert_eq!(one, same);
/// ```
pub fn checksum<'a>(dialect: Dialect, statements: impl Iterator<Item = (&'a str, bool)>) -> String {
    let mut checksum = Checksum::default();
    for (sql, autocommit) in statements {
        checksum.add(dialect, sql, autocommit);
    }
    checksum.hex()
}

/// A checksum that grows statement by statement; after the first `k` it equals the [`checksum`] of those.
///
/// ```
/// use limbeck_core::checksum::{Checksum, checksum};
/// use limbeck_core::dialect::Dialect;
///
/// let mut sum = Checksum::default();
/// sum.add(Dialect::Sqlite, "CREATE TABLE a (id int)", false);
/// assert_eq!(sum.hex(), checksum(Dialect::Sqlite, [("CREATE TABLE a (id int)", false)].into_iter()));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Checksum {
    hasher: Sha256,
}

/// What stands before a token's length and text. Together with the marks of ends it makes the hashed bytes unambiguous.
const TOKEN: u8 = 0;
const END: u8 = 1;
const END_AUTOCOMMIT: u8 = 2;

impl Checksum {
    /// Adds a statement. An empty one changes nothing.
    ///
    /// ```
    /// # use limbeck_core::checksum::Checksum;
    /// # use limbeck_core::dialect::Dialect;
    /// let (mut one, mut other) = (Checksum::default(), Checksum::default());
    /// one.add(Dialect::Postgresql, "VACUUM users", false);
    /// other.add(Dialect::Postgresql, "VACUUM users", true);
    /// assert_ne!(one.hex(), other.hex());
    /// ```
    pub fn add(&mut self, dialect: Dialect, sql: &str, autocommit: bool) {
        let mut empty = true;
        // Under another DELIMITER a statement can hold `;`: those between two statements count once, others not.
        let mut terminated = false;
        for token in tokens(dialect, sql) {
            match token.kind {
                TokenKind::Space | TokenKind::Comment => continue,
                TokenKind::Terminator => {
                    terminated = !empty;
                    continue;
                }
                _ => {}
            }
            if terminated {
                self.token(";");
                terminated = false;
            }
            self.token(token.text);
            empty = false;
        }
        if !empty {
            self.hasher
                .update([if autocommit { END_AUTOCOMMIT } else { END }]);
        }
    }

    /// Returns the SHA-256 of what was added so far, in lower-case hexadecimal.
    ///
    /// ```
    /// # use limbeck_core::checksum::Checksum;
    /// let nothing = Checksum::default().hex();
    /// assert_eq!(nothing.len(), 64);
    /// assert!(nothing.starts_with("e3b0c442"));
    /// ```
    pub fn hex(&self) -> String {
        let digits = |nibble: u8| char::from_digit(u32::from(nibble), 16).expect("a nibble is below 16");
        let bytes = self.hasher.clone().finalize();
        bytes
            .iter()
            .flat_map(|byte| [digits(byte >> 4), digits(byte & 15)])
            .collect()
    }

    fn token(&mut self, text: &str) {
        let carriages = text.matches("\r\n").count();
        self.hasher.update([TOKEN]);
        // 64 bits on every machine, so that the checksum does not depend on it.
        self.hasher
            .update(((text.len() - carriages) as u64).to_le_bytes());
        for (index, line) in text.split("\r\n").enumerate() {
            if index > 0 {
                self.hasher.update(b"\n");
            }
            self.hasher.update(line);
        }
    }
}
