//! The classes of SQLAlchemy's types: names, parameters, and how they are derived from each other.

/// A class of types.
#[derive(Debug)]
pub(crate) struct Class {
    /// Where it is defined: `postgresql`, `mysql`, `sqlite`, or empty for those of all databases.
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
    /// What a compiler calls it: in lower case where each database has a word of its own.
    pub(crate) visit: &'static str,
    /// The class that it is derived from, behind its module's name and a dot.
    base: &'static str,
    /// The parameters of its constructor; `*` marks the one that takes what has no name.
    pub(crate) parameters: &'static [&'static str],
}

impl Class {
    /// The class of that name in a module: what is not defined there may be one of all databases, if it is in capitals.
    pub(crate) fn find(module: &str, name: &str) -> Option<&'static Self> {
        let own = |class: &&Self| class.module == module && class.name == name;
        let shared = || {
            let is_capital = !name.contains(|c: char| c.is_ascii_lowercase());
            GENERIC.iter().find(|class| class.name == name && is_capital)
        };
        match module {
            "" => GENERIC.iter().find(own),
            "postgresql" => POSTGRESQL.iter().find(own).or_else(shared),
            "mysql" => MYSQL.iter().find(own).or_else(shared),
            "sqlite" => SQLITE.iter().find(own).or_else(shared),
            "mssql" | "oracle" => OTHERS.iter().find(own).or_else(shared),
            _ => None,
        }
    }

    /// The class that it is derived from.
    pub(crate) fn base(&self) -> Option<&'static Self> {
        let (module, name) = self.base.split_once('.').unwrap_or(("", self.base));
        Self::find(module, name)
    }

    /// Whether it is `other` or derived from it.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.same(other) || self.base().is_some_and(|base| base.is(other))
    }

    /// Whether it is, or is derived from, the class of all databases with that name.
    pub(crate) fn is_a(&self, name: &str) -> bool {
        Self::find("", name).is_some_and(|class| self.is(class))
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        self.module == other.module && self.name == other.name
    }
}

const fn class(
    module: &'static str,
    name: &'static str,
    visit: &'static str,
    base: &'static str,
    parameters: &'static [&'static str],
) -> Class {
    Class {
        module,
        name,
        visit,
        base,
        parameters,
    }
}

/// A class of all databases.
const fn generic(
    name: &'static str,
    visit: &'static str,
    base: &'static str,
    parameters: &'static [&'static str],
) -> Class {
    class("", name, visit, base, parameters)
}

const NONE: &[&str] = &[];
const STRING: &[&str] = &["length", "collation", "collation_schema"];
const LENGTH: &[&str] = &["length"];
const NUMERIC: &[&str] = &["precision", "scale", "decimal_return_scale", "asdecimal"];
const FLOAT: &[&str] = &["precision", "asdecimal", "decimal_return_scale"];
const ZONE: &[&str] = &["timezone"];
const BOOLEAN: &[&str] = &["create_constraint", "name"];
pub(super) const ENUM: &[&str] = &[
    "*enums",
    "name",
    "create_type",
    "native_enum",
    "create_constraint",
    "values_callable",
    "sort_key_function",
    "length",
    "omit_aliases",
    "validate_strings",
    "inherit_schema",
    "schema",
    "metadata",
    "quote",
];

static GENERIC: &[Class] = &[
    generic("TypeEngine", "", "", NONE),
    generic("NullType", "null", "TypeEngine", NONE),
    generic("TypeDecorator", "type_decorator", "TypeEngine", &["*args"]),
    generic("UserDefinedType", "user_defined", "TypeEngine", &["*args"]),
    generic("Integer", "integer", "TypeEngine", NONE),
    generic("SmallInteger", "small_integer", "Integer", NONE),
    generic("BigInteger", "big_integer", "Integer", NONE),
    generic("INTEGER", "INTEGER", "Integer", NONE),
    generic("INT", "INTEGER", "Integer", NONE),
    generic("SMALLINT", "SMALLINT", "SmallInteger", NONE),
    generic("BIGINT", "BIGINT", "BigInteger", NONE),
    generic("String", "string", "TypeEngine", STRING),
    generic("Unicode", "unicode", "String", STRING),
    generic("Text", "text", "String", STRING),
    generic("UnicodeText", "unicode_text", "Text", STRING),
    generic("VARCHAR", "VARCHAR", "String", STRING),
    generic("NVARCHAR", "NVARCHAR", "Unicode", STRING),
    generic("CHAR", "CHAR", "String", STRING),
    generic("NCHAR", "NCHAR", "Unicode", STRING),
    generic("TEXT", "TEXT", "Text", STRING),
    generic("CLOB", "CLOB", "Text", STRING),
    generic("Numeric", "numeric", "TypeEngine", NUMERIC),
    generic("NUMERIC", "NUMERIC", "Numeric", NUMERIC),
    generic("DECIMAL", "DECIMAL", "Numeric", NUMERIC),
    generic("Float", "float", "TypeEngine", FLOAT),
    generic("FLOAT", "FLOAT", "Float", FLOAT),
    generic("REAL", "REAL", "Float", FLOAT),
    generic("Double", "double", "Float", FLOAT),
    generic("DOUBLE", "DOUBLE", "Double", FLOAT),
    generic("DOUBLE_PRECISION", "DOUBLE_PRECISION", "Double", FLOAT),
    generic("Boolean", "boolean", "TypeEngine", BOOLEAN),
    generic("BOOLEAN", "BOOLEAN", "Boolean", BOOLEAN),
    generic("Date", "date", "TypeEngine", NONE),
    generic("DATE", "DATE", "Date", NONE),
    generic("Time", "time", "TypeEngine", ZONE),
    generic("TIME", "TIME", "Time", ZONE),
    generic("DateTime", "datetime", "TypeEngine", ZONE),
    generic("DATETIME", "DATETIME", "DateTime", ZONE),
    generic("TIMESTAMP", "TIMESTAMP", "DateTime", ZONE),
    generic(
        "Interval",
        "interval",
        "TypeEngine",
        &["native", "second_precision", "day_precision"],
    ),
    generic("LargeBinary", "large_binary", "TypeEngine", LENGTH),
    generic("BLOB", "BLOB", "LargeBinary", LENGTH),
    generic("BINARY", "BINARY", "TypeEngine", LENGTH),
    generic("VARBINARY", "VARBINARY", "TypeEngine", LENGTH),
    generic("JSON", "JSON", "TypeEngine", &["none_as_null"]),
    generic("Uuid", "uuid", "TypeEngine", &["as_uuid", "native_uuid"]),
    generic("UUID", "UUID", "Uuid", &["as_uuid"]),
    generic(
        "ARRAY",
        "ARRAY",
        "TypeEngine",
        &["item_type", "as_tuple", "dimensions", "zero_indexes"],
    ),
    generic(
        "PickleType",
        "pickle",
        "TypeEngine",
        &["protocol", "pickler", "comparator", "impl"],
    ),
    generic("Enum", "enum", "String", ENUM),
];

/// A class of PostgreSQL's without parameters.
const fn plain(name: &'static str) -> Class {
    class("postgresql", name, name, "TypeEngine", NONE)
}

const fn postgresql(
    name: &'static str,
    visit: &'static str,
    base: &'static str,
    parameters: &'static [&'static str],
) -> Class {
    class("postgresql", name, visit, base, parameters)
}

static POSTGRESQL: &[Class] = &[
    plain("TSVECTOR"),
    plain("TSQUERY"),
    plain("INET"),
    plain("CIDR"),
    plain("MACADDR"),
    plain("MACADDR8"),
    plain("MONEY"),
    plain("OID"),
    plain("REGCONFIG"),
    plain("REGCLASS"),
    plain("JSONPATH"),
    plain("INT4RANGE"),
    plain("INT8RANGE"),
    plain("NUMRANGE"),
    plain("DATERANGE"),
    plain("TSRANGE"),
    plain("TSTZRANGE"),
    plain("INT4MULTIRANGE"),
    plain("INT8MULTIRANGE"),
    plain("NUMMULTIRANGE"),
    plain("DATEMULTIRANGE"),
    plain("TSMULTIRANGE"),
    plain("TSTZMULTIRANGE"),
    postgresql("CITEXT", "CITEXT", "TEXT", STRING),
    postgresql("HSTORE", "HSTORE", "TypeEngine", &["text_type"]),
    postgresql("BYTEA", "BYTEA", "LargeBinary", LENGTH),
    postgresql("BIT", "BIT", "TypeEngine", &["length", "varying"]),
    postgresql("INTERVAL", "INTERVAL", "Interval", &["precision", "fields"]),
    postgresql("TIME", "TIME", "TIME", &["timezone", "precision"]),
    postgresql("TIMESTAMP", "TIMESTAMP", "TIMESTAMP", &["timezone", "precision"]),
    postgresql("JSON", "JSON", "JSON", &["none_as_null", "astext_type"]),
    postgresql(
        "JSONB",
        "JSONB",
        "postgresql.JSON",
        &["none_as_null", "astext_type"],
    ),
    postgresql(
        "ARRAY",
        "ARRAY",
        "ARRAY",
        &["item_type", "as_tuple", "dimensions", "zero_indexes"],
    ),
    postgresql("ENUM", "enum", "Enum", ENUM),
    postgresql(
        "DOMAIN",
        "DOMAIN",
        "TypeEngine",
        &[
            "name",
            "data_type",
            "collation",
            "default",
            "constraint_name",
            "not_null",
            "check",
            "create_type",
            "schema",
            "metadata",
            "inherit_schema",
            "quote",
        ],
    ),
];

const fn mysql(name: &'static str, base: &'static str, parameters: &'static [&'static str]) -> Class {
    class("mysql", name, name, base, parameters)
}

const WIDTH: &[&str] = &["display_width", "unsigned", "zerofill"];
const SCALED: &[&str] = &["precision", "scale", "asdecimal", "unsigned", "zerofill"];
const CHARACTERS: &[&str] = &[
    "length",
    "charset",
    "collation",
    "ascii",
    "binary",
    "unicode",
    "national",
];
const LONG_CHARACTERS: &[&str] = &[
    "charset",
    "collation",
    "ascii",
    "binary",
    "unicode",
    "national",
    "length",
];

static MYSQL: &[Class] = &[
    mysql("INTEGER", "INTEGER", WIDTH),
    mysql("BIGINT", "BIGINT", WIDTH),
    mysql("MEDIUMINT", "Integer", WIDTH),
    mysql("SMALLINT", "SMALLINT", WIDTH),
    mysql("TINYINT", "Integer", WIDTH),
    mysql("NUMERIC", "NUMERIC", SCALED),
    mysql("DECIMAL", "DECIMAL", SCALED),
    mysql("DOUBLE", "DOUBLE", SCALED),
    mysql("REAL", "REAL", SCALED),
    mysql("FLOAT", "FLOAT", SCALED),
    mysql("BIT", "TypeEngine", LENGTH),
    mysql("YEAR", "TypeEngine", &["display_width"]),
    mysql("DATETIME", "DATETIME", &["timezone", "fsp"]),
    mysql("TIMESTAMP", "TIMESTAMP", &["timezone", "fsp"]),
    mysql("TIME", "TIME", &["timezone", "fsp"]),
    mysql("TEXT", "TEXT", CHARACTERS),
    mysql("TINYTEXT", "String", LONG_CHARACTERS),
    mysql("MEDIUMTEXT", "String", LONG_CHARACTERS),
    mysql("LONGTEXT", "String", LONG_CHARACTERS),
    mysql("VARCHAR", "VARCHAR", CHARACTERS),
    mysql("CHAR", "CHAR", CHARACTERS),
    mysql("NVARCHAR", "NVARCHAR", CHARACTERS),
    mysql("NCHAR", "NCHAR", CHARACTERS),
    mysql("TINYBLOB", "LargeBinary", LENGTH),
    mysql("MEDIUMBLOB", "LargeBinary", LENGTH),
    mysql("LONGBLOB", "LargeBinary", LENGTH),
    mysql("JSON", "JSON", &["none_as_null"]),
    mysql("INET4", "TypeEngine", NONE),
    mysql("INET6", "TypeEngine", NONE),
    mysql(
        "ENUM",
        "Enum",
        &[
            "*enums",
            "charset",
            "collation",
            "ascii",
            "binary",
            "unicode",
            "national",
            "name",
            "create_constraint",
            "values_callable",
            "length",
            "validate_strings",
            "schema",
            "metadata",
        ],
    ),
    mysql(
        "SET",
        "String",
        &[
            "*values",
            "retrieve_as_bitwise",
            "charset",
            "collation",
            "ascii",
            "binary",
            "unicode",
            "national",
            "length",
        ],
    ),
];

const fn sqlite(
    name: &'static str,
    visit: &'static str,
    base: &'static str,
    parameters: &'static [&'static str],
) -> Class {
    class("sqlite", name, visit, base, parameters)
}

static SQLITE: &[Class] = &[
    sqlite("DATE", "date", "Date", &["storage_format", "regexp"]),
    sqlite(
        "DATETIME",
        "datetime",
        "DateTime",
        &["storage_format", "regexp", "timezone", "truncate_microseconds"],
    ),
    sqlite(
        "TIME",
        "time",
        "Time",
        &["storage_format", "regexp", "timezone", "truncate_microseconds"],
    ),
    sqlite("JSON", "JSON", "JSON", &["none_as_null"]),
    sqlite("JSONB", "JSONB", "sqlite.JSON", &["none_as_null"]),
];

/// A class of a database that limbeck does not speak to: it stands in variants.
const fn other(module: &'static str, name: &'static str) -> Class {
    class(module, name, "", "TypeEngine", &["*args", "**"])
}

static OTHERS: &[Class] = &[
    other("mssql", "BIT"),
    other("mssql", "DATETIME2"),
    other("mssql", "DATETIMEOFFSET"),
    other("mssql", "JSON"),
    other("mssql", "MONEY"),
    other("mssql", "NTEXT"),
    other("mssql", "NVARCHAR"),
    other("mssql", "SMALLDATETIME"),
    other("mssql", "TINYINT"),
    other("mssql", "UNIQUEIDENTIFIER"),
    other("mssql", "VARBINARY"),
    other("mssql", "VARCHAR"),
    other("mssql", "XML"),
    other("oracle", "CLOB"),
    other("oracle", "DATE"),
    other("oracle", "NUMBER"),
    other("oracle", "RAW"),
    other("oracle", "TIMESTAMP"),
    other("oracle", "VARCHAR2"),
];
