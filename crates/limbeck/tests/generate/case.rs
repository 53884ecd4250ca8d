//! The text of a case.

use limbeck::AutogenerateOptions;

use crate::cases::Database;

/// A case, read.
pub(super) struct Case {
    /// The text above what is written.
    body: String,
    /// What it is about.
    pub(super) about: String,
    pub(super) databases: Vec<Database>,
    /// Whether the database is then all that the models make. Where it has what does not count, it is not.
    pub(super) as_models: bool,
    pub(super) options: AutogenerateOptions,
    /// Their names, with the database's behind them if they are for one, and texts.
    sections: Vec<(String, String)>,
}

const MARK: &str = "=== ";

impl Case {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let ends = ["\n=== written", "\n=== alembic"].map(|mark| text.find(mark));
        let end = ends.into_iter().flatten().min().unwrap_or(text.len());
        let mut case = Self {
            body: text[..end].trim_end().to_owned(),
            about: String::new(),
            databases: Database::ALL.to_vec(),
            as_models: true,
            options: AutogenerateOptions::default(),
            sections: Vec::new(),
        };
        let mut parts = case
            .body
            .split(&format!("\n{MARK}"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .into_iter();
        for line in parts
            .next()
            .unwrap_or_default()
            .lines()
            .filter(|line| !line.is_empty())
        {
            case.head(line)?;
        }
        for part in parts {
            let (name, content) = part.split_once('\n').unwrap_or((&part, ""));
            let word = name.split(' ').next().unwrap_or_default();
            if !["from", "to", "models", "rows", "kept"].contains(&word) {
                return Err(format!("there is no section '{name}'"));
            }
            case.sections.push((name.to_owned(), content.to_owned()));
        }
        Ok(case)
    }

    fn head(&mut self, line: &str) -> Result<(), String> {
        let (key, value) = line
            .split_once(": ")
            .ok_or_else(|| format!("the head has {line:?}"))?;
        match (key, value) {
            ("about", value) => value.clone_into(&mut self.about),
            ("only", names) => {
                self.databases = names.split(' ').map(str::parse).collect::<Result<_, _>>()?;
            }
            ("rename", value) => self.options.renames.push(value.to_owned()),
            ("ignore", value) => self.options.compare.ignore.push(value.to_owned()),
            ("allow-drop", "yes") => self.options.allow_drop = true,
            ("as-models", "no") => self.as_models = false,
            ("online", "no") => self.options.online = false,
            _ => return Err(format!("the head has {line:?}")),
        }
        Ok(())
    }

    /// A section's text on a database; empty where there is none.
    pub(super) fn section(&self, name: &str, database: Database) -> &str {
        let special = format!("{name} {}", database.name());
        let find = |wanted: &str| self.sections.iter().find(|(name, _)| name == wanted);
        find(&special).or_else(|| find(name)).map_or("", |(_, text)| text)
    }

    /// The case with what is written now: once where that is the same on all databases. Behind it stands what Alembic would write, where
    /// it was asked.
    pub(super) fn text_with(&self, written: &[(Database, String)], alembic: Option<&str>) -> String {
        let mut text = self.body.clone();
        let one = &written[0].1;
        if written.iter().all(|(_, other)| other == one) {
            text.push_str(&format!("\n\n=== written\n{one}"));
        } else {
            for (database, written) in written {
                text.push_str(&format!("\n\n=== written {}\n{written}", database.name()));
            }
        }
        if let Some(alembic) = alembic {
            text = format!("{}\n\n=== alembic\n{alembic}", text.trim_end());
        }
        text.trim_end().to_owned() + "\n"
    }
}
