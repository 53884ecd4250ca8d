//! Errors in the classes that Python's database drivers have for them (PEP 249): what a program in Python catches.

use limbeck_core::Dialect;
use limbeck_core::script::BindErrorKind;

use super::{DatabaseError, ErrorKind};

impl DatabaseError {
    /// The class that the database's usual driver (psycopg, PyMySQL, sqlite3) has for it.
    pub(crate) fn db_api_kind(&self, dialect: Dialect) -> BindErrorKind {
        if self.kind == ErrorKind::Unsupported {
            return BindErrorKind::Programming;
        }
        let code = self.code.as_deref().unwrap_or_default();
        match dialect {
            Dialect::Postgresql => of_sqlstate(code),
            Dialect::Mysql | Dialect::Mariadb => of_mysql(code),
            Dialect::Sqlite => of_sqlite(code),
        }
    }
}

fn of_sqlstate(code: &str) -> BindErrorKind {
    match code.get(..2).unwrap_or_default() {
        "23" => BindErrorKind::Integrity,
        "22" => BindErrorKind::Data,
        "34" | "3D" | "3F" | "42" => BindErrorKind::Programming,
        "08" | "28" | "40" | "53" | "54" | "55" | "57" | "58" => BindErrorKind::Operational,
        _ => BindErrorKind::Database,
    }
}

fn of_mysql(code: &str) -> BindErrorKind {
    match code {
        "1048" | "1062" | "1215" | "1216" | "1217" | "1451" | "1452" => BindErrorKind::Integrity,
        "1171" | "1230" | "1263" | "1264" | "1265" | "1366" | "1367" | "1406" | "1441" => BindErrorKind::Data,
        "1007" | "1064" | "1102" | "1103" | "1110" | "1111" | "1112" | "1113" | "1146" | "1149" => {
            BindErrorKind::Programming
        }
        _ => BindErrorKind::Operational,
    }
}

fn of_sqlite(code: &str) -> BindErrorKind {
    match () {
        () if code.starts_with("SQLITE_CONSTRAINT") || code == "SQLITE_MISMATCH" => BindErrorKind::Integrity,
        () if code == "SQLITE_TOOBIG" => BindErrorKind::Data,
        () if ["SQLITE_CORRUPT", "SQLITE_NOTADB"].contains(&code) => BindErrorKind::Database,
        () if code == "SQLITE_MISUSE" => BindErrorKind::Programming,
        () => BindErrorKind::Operational,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_classes_that_programs_catch() {
        let kind = |dialect, code: &str| {
            DatabaseError::new(ErrorKind::Statement, "no")
                .with_code(code)
                .db_api_kind(dialect)
        };
        assert_eq!(kind(Dialect::Postgresql, "23505"), BindErrorKind::Integrity);
        assert_eq!(kind(Dialect::Postgresql, "42P01"), BindErrorKind::Programming);
        assert_eq!(kind(Dialect::Postgresql, "P0001"), BindErrorKind::Database);
        assert_eq!(kind(Dialect::Mariadb, "1062"), BindErrorKind::Integrity);
        assert_eq!(kind(Dialect::Mariadb, "1050"), BindErrorKind::Operational);
        assert_eq!(
            kind(Dialect::Sqlite, "SQLITE_CONSTRAINT_UNIQUE"),
            BindErrorKind::Integrity
        );
        assert_eq!(kind(Dialect::Sqlite, "SQLITE_ERROR"), BindErrorKind::Operational);
    }
}
