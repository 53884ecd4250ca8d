//! MySQL's and MariaDB's types.

use limbeck_core::Dialect;

use super::{Text, Type};

pub(super) fn ddl(this: &Type, dialect: Dialect) -> Option<Text> {
    let text = match this.class.visit {
        "integer" | "INTEGER" => integer(this, "INTEGER"),
        "small_integer" | "SMALLINT" => integer(this, "SMALLINT"),
        "big_integer" | "BIGINT" => integer(this, "BIGINT"),
        word @ ("MEDIUMINT" | "TINYINT") => integer(this, word),
        "numeric" | "NUMERIC" => number(this, this.numeric("NUMERIC")),
        "DECIMAL" => number(this, this.numeric("DECIMAL")),
        "double" | "DOUBLE" => scaled(this, "DOUBLE"),
        "REAL" => scaled(this, "REAL"),
        "float" | "FLOAT" => match (this.integer("precision"), this.integer("scale")) {
            (Some(precision), None) => number(this, format!("FLOAT({precision})")),
            _ => scaled(this, "FLOAT"),
        },
        "boolean" | "BOOLEAN" => "BOOL".to_owned(),
        word @ ("BIT" | "YEAR") => {
            let length = this.integer("length").or_else(|| this.integer("display_width"));
            sized(word, length)
        }
        "datetime" | "DATETIME" => sized("DATETIME", seconds(this)),
        "time" | "TIME" => sized("TIME", seconds(this)),
        "TIMESTAMP" => sized("TIMESTAMP", seconds(this)),
        "text" | "unicode_text" | "TEXT" => characters(this, sized("TEXT", this.integer("length")), false),
        word @ ("TINYTEXT" | "MEDIUMTEXT" | "LONGTEXT") => characters(this, word.to_owned(), false),
        "string" | "unicode" | "VARCHAR" => return Some(varying(this, dialect, false)),
        "NVARCHAR" => return Some(varying(this, dialect, true)),
        "CHAR" => characters(this, sized("CHAR", this.integer("length")), false),
        "NCHAR" => characters(this, sized("CHAR", this.integer("length")), true),
        "large_binary" | "BLOB" => sized("BLOB", this.integer("length")),
        word @ ("TINYBLOB" | "MEDIUMBLOB" | "LONGBLOB" | "JSON") => word.to_owned(),
        word @ ("INET4" | "INET6") if dialect == Dialect::Mariadb => word.to_owned(),
        "enum" if this.flag("native_enum") == Some(false) => {
            format!("VARCHAR({})", this.enum_length())
        }
        "enum" | "ENUM" => values(this, "ENUM"),
        "SET" => values(this, "SET"),
        "uuid" if dialect == Dialect::Mariadb && this.flag("native_uuid") != Some(false) => "UUID".to_owned(),
        _ => return None,
    };
    Some(Ok(text))
}

fn sized(word: &str, length: Option<i128>) -> String {
    length.map_or_else(|| word.to_owned(), |length| format!("{word}({length})"))
}

fn seconds(this: &Type) -> Option<i128> {
    this.integer("fsp").filter(|digits| *digits != 0)
}

/// A number with what MySQL has besides.
fn number(this: &Type, mut text: String) -> String {
    for (name, word) in [("unsigned", " UNSIGNED"), ("zerofill", " ZEROFILL")] {
        if this.flag(name) == Some(true) {
            text.push_str(word);
        }
    }
    text
}

fn integer(this: &Type, word: &str) -> String {
    number(this, sized(word, this.integer("display_width")))
}

fn scaled(this: &Type, word: &str) -> String {
    match (this.integer("precision"), this.integer("scale")) {
        (Some(precision), Some(scale)) => number(this, format!("{word}({precision}, {scale})")),
        _ => number(this, word.to_owned()),
    }
}

fn varying(this: &Type, dialect: Dialect, national: bool) -> Text {
    match this.integer("length") {
        Some(length) => Ok(characters(this, format!("VARCHAR({length})"), national)),
        None => {
            let word = if national { "NVARCHAR" } else { "VARCHAR" };
            Err(format!("{word} requires a length on dialect {dialect}"))
        }
    }
}

/// A type of characters with its character set and collation.
fn characters(this: &Type, text: String, national: bool) -> String {
    let is_set = |name: &str| this.flag(name) == Some(true);
    let collation = match this.text("collation") {
        Some(collation) => Some(format!("COLLATE {collation}")),
        None => is_set("binary").then(|| "BINARY".to_owned()),
    };
    let mut parts = Vec::new();
    if national || is_set("national") {
        parts.push("NATIONAL".to_owned());
        parts.push(text);
    } else {
        parts.push(text);
        if let Some(charset) = this.text("charset") {
            parts.push(format!("CHARACTER SET {charset}"));
        } else if is_set("ascii") {
            parts.push("ASCII".to_owned());
        } else if is_set("unicode") {
            parts.push("UNICODE".to_owned());
        }
    }
    parts.extend(collation);
    parts.join(" ")
}

fn values(this: &Type, word: &str) -> String {
    let quoted = |label: &std::rc::Rc<str>| format!("'{}'", label.replace('\'', "''").replace('\\', "\\\\"));
    let labels: Vec<String> = this.labels.iter().map(quoted).collect();
    characters(this, format!("{word}({})", labels.join(",")), false)
}
