//! PostgreSQL's types.

use limbeck_core::Dialect;

use super::{Text, Type};

pub(super) fn ddl(this: &Type) -> Option<Text> {
    let word = match this.class.visit {
        "double" => "DOUBLE PRECISION",
        "float" | "FLOAT" => {
            let precision = this.integer("precision").filter(|precision| *precision != 0);
            let precision = precision.map_or_else(String::new, |precision| format!("({precision})"));
            return Some(Ok(format!("FLOAT{precision}")));
        }
        "datetime" | "TIMESTAMP" => return Some(Ok(with_zone(this, "TIMESTAMP"))),
        "time" | "TIME" => return Some(Ok(with_zone(this, "TIME"))),
        "interval" if this.flag("native") == Some(false) => "TIMESTAMP WITHOUT TIME ZONE",
        "interval" => return Some(Ok(interval(None, this.integer("second_precision")))),
        "INTERVAL" => return Some(Ok(interval(this.text("fields"), this.integer("precision")))),
        "enum" if this.class.module == "postgresql" || this.flag("native_enum") != Some(false) => {
            return Some(this.type_name("ENUM"));
        }
        "DOMAIN" => return Some(this.type_name("DOMAIN")),
        "uuid" if this.flag("native_uuid") != Some(false) => "UUID",
        "large_binary" | "BYTEA" => "BYTEA",
        "BIT" => return Some(Ok(bit(this))),
        "ARRAY" => return Some(array(this)),
        word @ ("TSVECTOR" | "TSQUERY" | "INET" | "CIDR" | "CITEXT" | "MACADDR" | "MACADDR8" | "MONEY"
        | "OID" | "REGCONFIG" | "REGCLASS" | "HSTORE" | "JSON" | "JSONB" | "JSONPATH"
        | "INT4RANGE" | "INT8RANGE" | "NUMRANGE" | "DATERANGE" | "TSRANGE" | "TSTZRANGE"
        | "INT4MULTIRANGE" | "INT8MULTIRANGE" | "NUMMULTIRANGE" | "DATEMULTIRANGE"
        | "TSMULTIRANGE" | "TSTZMULTIRANGE") => word,
        _ => return None,
    };
    Some(Ok(word.to_owned()))
}

fn with_zone(this: &Type, word: &str) -> String {
    let precision = this.integer("precision");
    let precision = precision.map_or_else(String::new, |precision| format!("({precision})"));
    let with = if this.flag("timezone") == Some(true) {
        "WITH"
    } else {
        "WITHOUT"
    };
    format!("{word}{precision} {with} TIME ZONE")
}

fn interval(fields: Option<String>, precision: Option<i128>) -> String {
    let mut text = String::from("INTERVAL");
    if let Some(fields) = fields {
        text.push_str(&format!(" {fields}"));
    }
    if let Some(precision) = precision {
        text.push_str(&format!(" ({precision})"));
    }
    text
}

fn bit(this: &Type) -> String {
    let length = this.integer("length");
    if this.flag("varying") == Some(true) {
        let length = length.map_or_else(String::new, |length| format!("({length})"));
        return format!("BIT VARYING{length}");
    }
    format!("BIT({})", length.unwrap_or(1))
}

/// The brackets stand before a collation.
fn array(this: &Type) -> Text {
    let dimensions = this.integer("dimensions").unwrap_or(1);
    let brackets = "[]".repeat(usize::try_from(dimensions).unwrap_or(1));
    let Some(inner) = &this.inner else {
        return Err(this.unsupported(Some(Dialect::Postgresql)));
    };
    let inner = inner.on(Dialect::Postgresql).ddl(Some(Dialect::Postgresql))?;
    Ok(match inner.find(" COLLATE") {
        Some(at) => format!("{}{brackets}{}", &inner[..at], &inner[at..]),
        None => format!("{inner}{brackets}"),
    })
}
