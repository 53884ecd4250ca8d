//! What the registry holds.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// A codebundle, as clients read it.
#[derive(Debug, Serialize)]
pub(crate) struct Codebundle {
    /// A UUID.
    pub(crate) id: String,
    /// Unique.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// Who wrote it.
    pub(crate) author: Option<String>,
    /// Where it runs; empty only before revision 004.
    pub(crate) platform: Option<String>,
    /// One of [`SUPPORT_LEVELS`].
    pub(crate) support_level: String,
    /// ISO 8601, in UTC.
    pub(crate) created_at: String,
    /// What its user has to set, by name.
    pub(crate) user_variables: Vec<UserVariable>,
}

/// A variable that the user of a codebundle sets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserVariable {
    /// As in the environment.
    pub(crate) name: String,
    /// What it is unless it is set.
    #[serde(default)]
    pub(crate) default_value: Option<String>,
    /// Whether its value must not be shown.
    #[serde(default)]
    pub(crate) is_secret: bool,
}

/// A codebundle, as clients add it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCodebundle {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) author: Option<String>,
    #[serde(default = "generic")]
    pub(crate) platform: String,
    #[serde(default = "community")]
    pub(crate) support_level: String,
    #[serde(default)]
    pub(crate) user_variables: Vec<UserVariable>,
}

/// How much help the users of a codebundle can expect.
const SUPPORT_LEVELS: &[&str] = &["community", "verified", "official"];

fn generic() -> String {
    "generic".to_owned()
}

fn community() -> String {
    "community".to_owned()
}

impl NewCodebundle {
    /// Tells all that is wrong with it.
    ///
    /// Lengths are those of the columns: SQLite would take anything. Names are of one case, because MariaDB compares
    /// without it and the others do not. PostgreSQL has no text with a zero byte in it.
    pub(crate) fn validate(&self) -> Result<(), ApiError> {
        let mut problems = Vec::new();
        if !is_slug(&self.name, 200) {
            problems.push(slug_problem("name", 200));
        }
        if !is_slug(&self.platform, 50) {
            problems.push(slug_problem("platform", 50));
        }
        if !SUPPORT_LEVELS.contains(&self.support_level.as_str()) {
            problems.push(format!(
                "support_level must be one of {}",
                SUPPORT_LEVELS.join(", ")
            ));
        }
        check_text(&mut problems, "description", self.description.as_deref(), 10_000);
        check_text(&mut problems, "author", self.author.as_deref(), 200);
        self.check_variables(&mut problems);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Invalid(problems))
        }
    }

    fn check_variables(&self, problems: &mut Vec<String>) {
        if self.user_variables.len() > 100 {
            problems.push("user_variables must be 100 at most".to_owned());
            return;
        }
        let mut names = HashSet::new();
        for (index, variable) in self.user_variables.iter().enumerate() {
            let field = format!("user_variables[{index}]");
            if !is_variable_name(&variable.name) {
                problems.push(format!(
                    "{field}.name must be 1 to 100 characters of A-Z, 0-9 and _, beginning with a letter"
                ));
            } else if !names.insert(variable.name.as_str()) {
                problems.push(format!("{field}.name: '{}' is there twice", variable.name));
            }
            if variable.is_secret && variable.default_value.is_some() {
                problems.push(format!("{field}: a secret can have no default_value"));
            }
            let value = variable.default_value.as_deref();
            check_text(problems, &format!("{field}.default_value"), value, 4_000);
        }
    }
}

/// Whether `text` can be the name of a codebundle or a platform.
pub(crate) fn is_slug(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// What to say when it can't.
pub(crate) fn slug_problem(field: &str, longest: usize) -> String {
    format!("{field} must be 1 to {longest} characters of a-z, 0-9 and -, not beginning with -")
}

fn is_variable_name(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn check_text(problems: &mut Vec<String>, field: &str, text: Option<&str>, longest: usize) {
    let Some(text) = text else { return };
    if text.chars().count() > longest {
        problems.push(format!("{field} must be {longest} characters at most"));
    }
    if text.contains('\0') {
        problems.push(format!("{field} must not contain a zero byte"));
    }
}
