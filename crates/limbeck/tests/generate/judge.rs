//! What a database's own tools say of its schema, without the order of columns.

use limbeck::database::Connection;
use limbeck_testing::dump_schema;

use crate::cases::{Database, World};

/// The lines of a dump, sorted, since a column that is added stands last. SQLite keeps the statements that it was given, so there it is
/// what its pragmas say.
pub(super) fn schema(world: &World) -> String {
    let text = match world.database {
        Database::Sqlite => sqlite(world.connect().as_mut()),
        Database::Postgresql => dump_schema(&world.url),
        Database::Mariadb => mariadb(world),
    };
    let mut lines: Vec<&str> = text.lines().map(|line| line.trim_end_matches(',')).collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// MariaDB shows the statement that made a trigger as somebody wrote it, white space included: here it is a line. The names of
/// sequences have the database's before them, and their numbers are none of the schema.
fn mariadb(world: &World) -> String {
    let dump = dump_schema(&world.url);
    let database = world.url.rsplit('/').next().unwrap_or_default();
    let dump = dump.replace(&format!("`{database}`."), "");
    let mut text = String::with_capacity(dump.len());
    let mut in_trigger = false;
    for line in dump.lines().filter(|line| !line.starts_with("DO SETVAL(")) {
        in_trigger |= line.starts_with("/*!50003 CREATE*/") && line.contains(" TRIGGER ");
        in_trigger &= !line.ends_with(";;");
        if in_trigger {
            let words: Vec<&str> = line.split_whitespace().collect();
            text.push_str(&(words.join(" ") + " "));
        } else {
            text.push_str(&(line.to_owned() + "\n"));
        }
    }
    text
}

const SQLITE: [&str; 6] = [
    "SELECT 'table', lower(name), wr, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    "SELECT 'column', lower(l.name), lower(c.name), replace(upper(c.type), ' ', ''), c.\"notnull\" OR c.pk AND upper(c.type) = 'INTEGER', c.dflt_value, c.pk, c.hidden FROM pragma_table_list l JOIN \
     pragma_table_xinfo(l.name) c WHERE l.schema = 'main' AND l.type NOT IN ('shadow', 'view') AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    "SELECT 'key', lower(l.name), lower(f.\"table\"), lower(f.\"from\"), lower(f.\"to\"), f.on_update, f.on_delete, f.\"match\", f.seq FROM \
     pragma_table_list l JOIN pragma_foreign_key_list(l.name) f WHERE l.schema = 'main'",
    "SELECT 'index', lower(l.name), CASE i.origin WHEN 'c' THEN lower(i.name) END, i.\"unique\", i.origin, i.partial, group_concat(coalesce(lower(x.name), '()') || \
     ' ' || x.\"desc\" || ' ' || lower(x.coll), ', ') FROM pragma_table_list l JOIN pragma_index_list(l.name) i JOIN \
     pragma_index_xinfo(i.name) x WHERE l.schema = 'main' AND x.key GROUP BY l.name, i.name",
    "SELECT type, lower(name), lower(tbl_name), lower(replace(replace(replace(replace(sql, '\"', ''), char(10), ''), ' ', ''), ';', '')) FROM sqlite_schema \
     WHERE type IN ('view', 'trigger') OR type = 'index' AND sql LIKE '%WHERE%'",
    "SELECT 'numbered', lower(name) FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'",
];

fn sqlite(connection: &mut dyn Connection) -> String {
    let mut text = String::new();
    for query in SQLITE {
        for row in connection.query(query).expect("the pragmas can be read") {
            let row: Vec<String> = row
                .into_iter()
                .map(|value| value.unwrap_or_else(|| "NULL".to_owned()))
                .collect();
            text.push_str(&(row.join(" | ") + "\n"));
        }
    }
    text
}
