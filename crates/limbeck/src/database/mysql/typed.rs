//! Rows as values of their types.

use limbeck_core::script::{Answer, Datum};
use mysql::consts::ColumnType;
use mysql::prelude::Queryable;
use mysql::{Column, Conn, Value};

/// The number of the character set that bytes have which are no text.
const BINARY: u16 = 63;

/// Runs a statement. Of a call that returns several sets of rows it is the first.
pub(super) fn query(conn: &mut Conn, sql: &str) -> mysql::Result<Answer> {
    let mut result = conn.query_iter(sql)?;
    let mut answer = Answer::default();
    while let Some(mut set) = result.iter() {
        answer.affected += set.affected_rows();
        let columns: Vec<Column> = set.columns().as_ref().to_vec();
        let is_first = answer.columns.is_empty();
        if is_first {
            let names = columns.iter().map(|column| column.name_str().into_owned());
            answer.columns = names.collect();
        }
        for row in set.by_ref() {
            let row = row?;
            if is_first {
                let values = columns.iter().zip(row.unwrap());
                answer
                    .rows
                    .push(values.map(|(column, value)| datum(column, value)).collect());
            }
        }
    }
    answer.affected = answer.affected.max(answer.rows.len() as u64);
    Ok(answer)
}

fn datum(column: &Column, value: Value) -> Datum {
    let bytes = match value {
        Value::NULL => return Datum::Null,
        Value::Bytes(bytes) => bytes,
        // The text protocol has no other values.
        other => other.as_sql(true).into_bytes(),
    };
    let (type_, is_binary) = (column.column_type(), column.character_set() == BINARY);
    let text = match String::from_utf8(bytes) {
        Ok(text) if !is_bytes(type_, is_binary) => text,
        Ok(text) => return Datum::Bytes(text.into_bytes()),
        Err(error) => return Datum::Bytes(error.into_bytes()),
    };
    if let Some(name) = name(type_) {
        return Datum::Other(text, name.to_owned());
    }
    match type_ {
        ColumnType::MYSQL_TYPE_TINY
        | ColumnType::MYSQL_TYPE_SHORT
        | ColumnType::MYSQL_TYPE_INT24
        | ColumnType::MYSQL_TYPE_LONG
        | ColumnType::MYSQL_TYPE_LONGLONG
        | ColumnType::MYSQL_TYPE_YEAR => match text.parse() {
            Ok(number) => Datum::Int(number),
            // An unsigned one that is too long.
            Err(_) => Datum::Decimal(text),
        },
        ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL => Datum::Decimal(text),
        ColumnType::MYSQL_TYPE_FLOAT | ColumnType::MYSQL_TYPE_DOUBLE => match text.parse() {
            Ok(number) => Datum::Float(number),
            Err(_) => Datum::Text(text),
        },
        _ => Datum::Text(text),
    }
}

/// Whether values of a type are bytes. Numbers and times have the character set of bytes too.
fn is_bytes(type_: ColumnType, is_binary: bool) -> bool {
    match type_ {
        ColumnType::MYSQL_TYPE_BIT | ColumnType::MYSQL_TYPE_GEOMETRY => true,
        ColumnType::MYSQL_TYPE_TINY_BLOB
        | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
        | ColumnType::MYSQL_TYPE_LONG_BLOB
        | ColumnType::MYSQL_TYPE_BLOB
        | ColumnType::MYSQL_TYPE_VARCHAR
        | ColumnType::MYSQL_TYPE_VAR_STRING
        | ColumnType::MYSQL_TYPE_STRING => is_binary,
        _ => false,
    }
}

fn name(type_: ColumnType) -> Option<&'static str> {
    Some(match type_ {
        ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => "date",
        ColumnType::MYSQL_TYPE_TIME | ColumnType::MYSQL_TYPE_TIME2 => "time",
        ColumnType::MYSQL_TYPE_DATETIME | ColumnType::MYSQL_TYPE_DATETIME2 => "datetime",
        ColumnType::MYSQL_TYPE_TIMESTAMP | ColumnType::MYSQL_TYPE_TIMESTAMP2 => "timestamp",
        ColumnType::MYSQL_TYPE_JSON => "json",
        _ => return None,
    })
}
