//! `CREATE INDEX CONCURRENTLY`, taken apart.

use limbeck_core::dialect::ConcurrentIndex;

/// What was read: `unique name | table | rest`.
fn read(sql: &str) -> String {
    let Some(index) = ConcurrentIndex::read(sql) else {
        return "none".to_owned();
    };
    let unique = if index.unique { "unique " } else { "" };
    let name = index.name.unwrap_or("no name");
    format!("{unique}{name} | {} | {}", index.table.join("."), index.rest)
}

#[test]
fn reads() {
    let cases = [
        (
            "CREATE INDEX CONCURRENTLY ix ON users (email)",
            "ix | users | (email)",
        ),
        (
            "create unique index concurrently Ix on App.Users using btree (email) where x;",
            "unique Ix | App.Users | using btree (email) where x;",
        ),
        (
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS \"a \"\"b\" ON ONLY \"my.app\" . \"Us ers\"(a)",
            "\"a \"\"b\" | \"my.app\".\"Us ers\" | (a)",
        ),
        (
            "CREATE INDEX CONCURRENTLY ON users (email)",
            "no name | users | (email)",
        ),
        (
            "CREATE /* ON x */ INDEX CONCURRENTLY -- ix2\n ix ON a /* . */ . b /* () */ ('ON c' -- d\n)",
            "ix | a.b | ('ON c' -- d\n)",
        ),
        ("CREATE INDEX CONCURRENTLY if ON t (a)", "if | t | (a)"),
        ("CREATE INDEX CONCURRENTLY \"on\" ON t (a)", "\"on\" | t | (a)"),
        (
            "CREATE INDEX CONCURRENTLY größe ON übersicht (a)",
            "größe | übersicht | (a)",
        ),
        (
            "CREATE INDEX CONCURRENTLY ix ON db.app.t (a)",
            "ix | db.app.t | (a)",
        ),
    ];
    for (sql, wanted) in cases {
        assert_eq!(read(sql), wanted, "{sql}");
    }
}

#[test]
fn leaves_alone() {
    for sql in [
        "CREATE INDEX ix ON t (a)",
        "CREATE INDEX \"concurrently\" ON t (a)",
        "DROP INDEX CONCURRENTLY ix",
        "REINDEX INDEX CONCURRENTLY ix",
        "CREATE INDEX CONCURRENTLY U&\"ix\" ON t (a)",
        "CREATE INDEX CONCURRENTLY ix ON u&\"t\" (a)",
        "CREATE INDEX CONCURRENTLY ix ON ONLY (t) (a)",
        "CREATE INDEX CONCURRENTLY ix t (a)",
        "CREATE INDEX CONCURRENTLY ix ON t",
        "CREATE INDEX CONCURRENTLY ix ON t.",
        "CREATE INDEX CONCURRENTLY ix ON",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS",
        "CREATE INDEX CONCURRENTLY",
        "",
    ] {
        assert_eq!(read(sql), "none", "{sql}");
    }
}
