//! Rows as values of their types.

use std::future::poll_fn;
use std::pin::pin;

use futures_core::Stream;
use limbeck_core::script::{Answer, Datum};
use tokio_postgres::types::{Kind, Type};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::PgError;

/// Runs a statement. Only preparing it tells the types; the rows come as text, as those of all statements.
pub(super) async fn query(client: &Client, sql: &str) -> Result<Answer, PgError> {
    let statement = client.prepare(sql).await?;
    let columns = statement.columns();
    let mut answer = Answer {
        columns: columns.iter().map(|column| column.name().to_owned()).collect(),
        ..Answer::default()
    };
    let mut messages = pin!(client.simple_query_raw(sql).await?);
    while let Some(message) = poll_fn(|cx| messages.as_mut().poll_next(cx)).await {
        match message? {
            SimpleQueryMessage::Row(row) => {
                let value = |(at, column): (usize, &tokio_postgres::Column)| {
                    let text = row.try_get(at)?;
                    Ok(text.map_or(Datum::Null, |text| datum(column.type_(), text)))
                };
                let values = columns.iter().enumerate().map(value);
                answer.rows.push(values.collect::<Result<_, PgError>>()?);
            }
            SimpleQueryMessage::CommandComplete(affected) => answer.affected = affected,
            _ => {}
        }
    }
    Ok(answer)
}

fn datum(type_: &Type, text: &str) -> Datum {
    match type_.kind() {
        Kind::Domain(base) => return datum(base, text),
        Kind::Enum(_) => return Datum::Text(text.to_owned()),
        _ => {}
    }
    let known = match *type_ {
        Type::BOOL => Some(Datum::Bool(text == "t")),
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID => text.parse().ok().map(Datum::Int),
        Type::FLOAT4 | Type::FLOAT8 => text.parse().ok().map(Datum::Float),
        Type::NUMERIC => Some(Datum::Decimal(text.to_owned())),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::CHAR | Type::UNKNOWN => {
            Some(Datum::Text(text.to_owned()))
        }
        Type::BYTEA => bytes(text).map(Datum::Bytes),
        _ => None,
    };
    known.unwrap_or_else(|| Datum::Other(text.to_owned(), name(type_)))
}

/// The type's name as SQL has it. The server's own names are shorter.
fn name(type_: &Type) -> String {
    // The server's vectors have elements too, and are written without braces.
    let is_vector = matches!(*type_, Type::INT2_VECTOR | Type::OID_VECTOR);
    if let Kind::Array(of) = type_.kind()
        && !is_vector
    {
        return format!("{}[]", name(of));
    }
    match type_.name() {
        "bool" => "boolean",
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "bpchar" => "character",
        "varchar" => "character varying",
        "varbit" => "bit varying",
        "timestamptz" => "timestamp with time zone",
        "timetz" => "time with time zone",
        other => other,
    }
    .to_owned()
}

/// The bytes that a text stands for, in either of the forms that `bytea_output` chooses.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("\\x") {
        let byte = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        return (0..digits.len()).step_by(2).map(byte).collect();
    }
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let (byte, length) = match behind {
            _ if *first != b'\\' => (*first, 0),
            [b'\\', ..] => (b'\\', 1),
            _ => {
                let octal = std::str::from_utf8(behind.get(..3)?).ok()?;
                (u8::from_str_radix(octal, 8).ok()?, 3)
            }
        };
        bytes.push(byte);
        rest = &behind[length..];
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_are_read_in_both_forms() {
        assert_eq!(bytes("\\x00ff5c").as_deref(), Some(b"\x00\xff\\".as_slice()));
        assert_eq!(
            bytes("a\\000\\377\\\\b").as_deref(),
            Some(b"a\x00\xff\\b".as_slice())
        );
        assert_eq!(bytes("\\x").as_deref(), Some(b"".as_slice()));
        assert_eq!(bytes("\\x0"), None);
        assert_eq!(bytes("\\9"), None);
    }
}
