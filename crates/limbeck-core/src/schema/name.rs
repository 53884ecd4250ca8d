use std::fmt;

use crate::Dialect;

/// A name, with the schema that it is in where that is not the default one (PostgreSQL: the first of the search path; SQLite and
/// MySQL have no other).
///
/// ```
/// use limbeck_core::Dialect;
/// use limbeck_core::schema::Name;
///
/// let name = Name { schema: Some("audit".to_owned()), name: "order".to_owned() };
/// assert_eq!(name.to_string(), "audit.order");
/// assert_eq!(name.sql(Dialect::Postgresql), "audit.\"order\"");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The schema, unless it is the default one.
    pub schema: Option<String>,
    /// The name itself.
    pub name: String,
}

impl Name {
    /// A name in the default schema.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
        }
    }

    /// Another name in the same schema.
    #[must_use]
    pub fn sibling(&self, name: impl Into<String>) -> Self {
        Self {
            schema: self.schema.clone(),
            name: name.into(),
        }
    }

    /// The name as it stands in SQL, quoted where it must be.
    pub fn sql(&self, dialect: Dialect) -> String {
        let name = dialect.quoted(&self.name);
        match &self.schema {
            Some(schema) => format!("{}.{name}", dialect.quoted(schema)),
            None => name,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}
