//! The codebundles in the database: one set of SQL for all three kinds.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use limbeck::Dialect;
use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::{AnyPool, AssertSqlSafe, Row};
use uuid::Uuid;

use crate::codebundle::{Codebundle, NewCodebundle, UserVariable};
use crate::error::ApiError;
use crate::url::Target;

const CODEBUNDLES: &str =
    "SELECT id, name, description, author, platform, support_level, created_at FROM codebundles";

// sqlx's driver for any database reads a BOOLEAN from PostgreSQL only: it is a small number to the others.
const USER_VARIABLES: &str = "SELECT codebundle_id, name, default_value, CASE WHEN is_secret THEN 1 ELSE 0 END AS is_secret \
     FROM user_variables";

const ADD_CODEBUNDLE: &str = "INSERT INTO codebundles (id, name, description, author, platform, support_level, created_at) \
     VALUES (?, ?, ?, ?, ?, ?, ?)";

const ADD_USER_VARIABLE: &str =
    "INSERT INTO user_variables (codebundle_id, name, default_value, is_secret) VALUES (?, ?, ?, ?)";

/// The codebundles. Clones share their connections.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pool: AnyPool,
    dialect: Dialect,
}

/// A column and the value that it must have.
type Filter<'a> = Option<(&'static str, &'a str)>;

impl Store {
    /// Connects to a database that has been migrated.
    pub(crate) async fn open(target: &Target) -> Result<Self, sqlx::Error> {
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new()
            .max_connections(5)
            .acquire_timeout(Duration::from_secs(5))
            .connect(&target.url)
            .await?;
        let dialect = target.dialect;
        Ok(Self { pool, dialect })
    }

    /// Closes the connections, once the queries on them have ended.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// All codebundles, or those of a platform, by name.
    pub(crate) async fn list(&self, platform: Option<&str>) -> Result<Vec<Codebundle>, sqlx::Error> {
        let mut codebundles = self
            .select(platform.map(|platform| ("platform", platform)))
            .await?;
        // The order of a database's own depends on its collation.
        codebundles.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(codebundles)
    }

    /// The codebundle of a name.
    pub(crate) async fn find(&self, name: &str) -> Result<Option<Codebundle>, sqlx::Error> {
        Ok(self.select(Some(("name", name))).await?.pop())
    }

    /// Adds a codebundle that is valid.
    pub(crate) async fn add(&self, new: NewCodebundle) -> Result<Codebundle, ApiError> {
        let codebundle = Codebundle {
            id: Uuid::now_v7().to_string(),
            name: new.name,
            description: new.description,
            author: new.author,
            platform: Some(new.platform),
            support_level: new.support_level,
            created_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            user_variables: sorted(new.user_variables),
        };
        match self.insert(&codebundle).await {
            Ok(()) => Ok(codebundle),
            // Two clients may send one name at the same time, so only the database can tell.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(ApiError::Duplicate(codebundle.name))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn insert(&self, codebundle: &Codebundle) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(self.sql(ADD_CODEBUNDLE))
            .bind(&codebundle.id)
            .bind(&codebundle.name)
            .bind(codebundle.description.as_deref())
            .bind(codebundle.author.as_deref())
            .bind(codebundle.platform.as_deref())
            .bind(&codebundle.support_level)
            .bind(&codebundle.created_at)
            .execute(&mut *transaction)
            .await?;
        for variable in &codebundle.user_variables {
            sqlx::query(self.sql(ADD_USER_VARIABLE))
                .bind(&codebundle.id)
                .bind(&variable.name)
                .bind(variable.default_value.as_deref())
                .bind(variable.is_secret)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }

    async fn select(&self, filter: Filter<'_>) -> Result<Vec<Codebundle>, sqlx::Error> {
        let (condition, of_those) = match filter {
            Some((column, _)) => (
                format!(" WHERE {column} = ?"),
                format!(" WHERE codebundle_id IN (SELECT id FROM codebundles WHERE {column} = ?)"),
            ),
            None => (String::new(), String::new()),
        };
        let value = filter.map(|(_, value)| value);
        let rows = self.rows(&format!("{CODEBUNDLES}{condition}"), value).await?;
        let mut codebundles = rows.iter().map(codebundle).collect::<Result<Vec<_>, _>>()?;
        // The variables of all of them at once. A codebundle is added together with its variables, so those that
        // were read a moment ago have theirs.
        let rows = self.rows(&format!("{USER_VARIABLES}{of_those}"), value).await?;
        let mut variables: HashMap<String, Vec<UserVariable>> = HashMap::new();
        for row in &rows {
            variables
                .entry(row.try_get("codebundle_id")?)
                .or_default()
                .push(variable(row)?);
        }
        for codebundle in &mut codebundles {
            codebundle.user_variables = sorted(variables.remove(&codebundle.id).unwrap_or_default());
        }
        Ok(codebundles)
    }

    async fn rows(&self, sql: &str, value: Option<&str>) -> Result<Vec<AnyRow>, sqlx::Error> {
        let query = sqlx::query(self.sql(sql));
        match value {
            Some(value) => query.bind(value).fetch_all(&self.pool).await,
            None => query.fetch_all(&self.pool).await,
        }
    }

    /// Numbers the placeholders where the database wants that.
    ///
    /// What is called safe here are the constants of this file: values are always bound.
    fn sql(&self, text: &str) -> AssertSqlSafe<String> {
        if self.dialect != Dialect::Postgresql {
            return AssertSqlSafe(text.to_owned());
        }
        let mut numbered = String::with_capacity(text.len() + 8);
        for (number, part) in text.split('?').enumerate() {
            if number > 0 {
                numbered.push_str(&format!("${number}"));
            }
            numbered.push_str(part);
        }
        AssertSqlSafe(numbered)
    }
}

fn sorted(mut variables: Vec<UserVariable>) -> Vec<UserVariable> {
    variables.sort_by(|a, b| a.name.cmp(&b.name));
    variables
}

fn codebundle(row: &AnyRow) -> Result<Codebundle, sqlx::Error> {
    Ok(Codebundle {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        author: row.try_get("author")?,
        platform: row.try_get("platform")?,
        support_level: row.try_get("support_level")?,
        created_at: row.try_get("created_at")?,
        user_variables: Vec::new(),
    })
}

fn variable(row: &AnyRow) -> Result<UserVariable, sqlx::Error> {
    Ok(UserVariable {
        name: row.try_get("name")?,
        default_value: row.try_get("default_value")?,
        is_secret: row.try_get::<i64, _>("is_secret")? != 0,
    })
}
