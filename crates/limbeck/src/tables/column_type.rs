//! What a column holds, and what the databases call it.

use limbeck_core::Dialect;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnType {
    /// `bool`.
    Bool,
    /// `i8`.
    I8,
    /// `i16`.
    I16,
    /// `i32`.
    I32,
    /// `i64`.
    I64,
    /// `u8`.
    U8,
    /// `u16`.
    U16,
    /// `u32`.
    U32,
    /// `u64`.
    U64,
    /// `f32`.
    F32,
    /// `f64`.
    F64,
    /// `String` and its like.
    Text,
    /// `Vec<u8>` and its like.
    Bytes,
    /// A UUID.
    Uuid,
    /// A moment: date and time with an offset, or in UTC.
    Timestamp,
    /// Date and time of no zone.
    DateTime,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A decimal number.
    Decimal,
    /// JSON.
    Json,
    /// An IP address, or network.
    Inet,
    /// A list: PostgreSQL's arrays.
    Array(Box<Self>),
    /// A type of the database's, as it stands in SQL.
    Sql(String),
}

/// Why a type has no name on a database: what it is there, and what to write.
pub(super) type Unsupported = (&'static str, &'static str);

impl ColumnType {
    /// What the database calls it.
    pub(super) fn name(&self, dialect: Dialect, length: Option<u32>) -> Result<String, Unsupported> {
        if let Self::Sql(sql) = self {
            return Ok(match length {
                Some(length) => format!("{sql}({length})"),
                None => sql.clone(),
            });
        }
        match dialect {
            Dialect::Postgresql => self.postgresql(length),
            Dialect::Mysql | Dialect::Mariadb => self.mysql(length),
            Dialect::Sqlite => self.sqlite(length),
        }
    }

    fn postgresql(&self, length: Option<u32>) -> Result<String, Unsupported> {
        Ok(match self {
            Self::Bool => "BOOLEAN",
            Self::I8 => "\"char\"",
            Self::I16 => "SMALLINT",
            Self::I32 => "INTEGER",
            Self::I64 => "BIGINT",
            Self::U8 | Self::U16 => return Err(("an unsigned integer", "make it an i32")),
            Self::U32 => return Err(("an unsigned integer", "make it an i64")),
            Self::U64 => return Err(("an unsigned integer", "make it an i64 or a Decimal")),
            Self::F32 => "REAL",
            Self::F64 => "DOUBLE PRECISION",
            Self::Text => return Ok(sized("VARCHAR", length, "TEXT")),
            Self::Bytes => "BYTEA",
            Self::Uuid => "UUID",
            Self::Timestamp => "TIMESTAMP WITH TIME ZONE",
            Self::DateTime => "TIMESTAMP",
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::Decimal => "NUMERIC",
            Self::Json => "JSONB",
            Self::Inet => "INET",
            Self::Array(element) => return Ok(element.name(Dialect::Postgresql, length)? + "[]"),
            Self::Sql(sql) => sql,
        }
        .to_owned())
    }

    fn mysql(&self, length: Option<u32>) -> Result<String, Unsupported> {
        Ok(match self {
            Self::Bool => "BOOLEAN",
            Self::I8 => "TINYINT",
            Self::I16 => "SMALLINT",
            Self::I32 => "INT",
            Self::I64 => "BIGINT",
            Self::U8 => "TINYINT UNSIGNED",
            Self::U16 => "SMALLINT UNSIGNED",
            Self::U32 => "INT UNSIGNED",
            Self::U64 => "BIGINT UNSIGNED",
            Self::F32 => "FLOAT",
            Self::F64 => "DOUBLE",
            Self::Text => return Ok(sized("VARCHAR", length, "TEXT")),
            Self::Bytes => return Ok(sized("VARBINARY", length, "BLOB")),
            Self::Uuid => "BINARY(16)",
            Self::Timestamp => "TIMESTAMP",
            Self::DateTime => "DATETIME",
            Self::Date => "DATE",
            Self::Time => "TIME",
            // Its own default has no place behind the point.
            Self::Decimal => {
                return Err((
                    "a decimal number without its size",
                    "give it one: #[column(type = \"decimal(12, 2)\")]",
                ));
            }
            Self::Json => "JSON",
            Self::Inet => "VARCHAR(49)",
            Self::Array(_) => return Err(NO_ARRAYS),
            Self::Sql(sql) => sql,
        }
        .to_owned())
    }

    fn sqlite(&self, length: Option<u32>) -> Result<String, Unsupported> {
        Ok(match self {
            Self::Bool => "BOOLEAN",
            // Only with this very word a primary key numbers the rows.
            Self::I8 | Self::I16 | Self::I32 | Self::I64 | Self::U8 | Self::U16 | Self::U32 | Self::U64 => {
                "INTEGER"
            }
            Self::F32 | Self::F64 => "REAL",
            Self::Text => return Ok(sized("VARCHAR", length, "TEXT")),
            Self::Bytes | Self::Uuid => "BLOB",
            Self::Timestamp | Self::DateTime => "DATETIME",
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::Decimal => "NUMERIC",
            Self::Json | Self::Inet => "TEXT",
            Self::Array(_) => return Err(NO_ARRAYS),
            Self::Sql(sql) => sql,
        }
        .to_owned())
    }
}

const NO_ARRAYS: Unsupported = (
    "a list",
    "make it JSON: serde_json::Value, or #[column(type = \"json\")]",
);

fn sized(name: &str, length: Option<u32>, unsized_name: &str) -> String {
    length.map_or_else(|| unsized_name.to_owned(), |length| format!("{name}({length})"))
}
