//! A new revision in Python: where it is written, and what is in it.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Zoned;
use jiff::tz::TimeZone;
use limbeck::script::Scripts;
use limbeck_python::{CreateDate, NewRevision};

use super::Alembic;
use crate::new_revision;
use crate::report::CliError;
use crate::ui::Ui;

/// The text of a new file, and its path.
pub(crate) fn make(
    alembic: &Alembic,
    scripts: &Scripts,
    new: &new_revision::NewRevision,
    id: &str,
    ui: &Ui,
) -> Result<(PathBuf, String), CliError> {
    let now = now(alembic.config.timezone.as_deref())?;
    let date = CreateDate {
        epoch: now.timestamp().as_second(),
        year: now.year().into(),
        month: now.month().into(),
        day: now.day().into(),
        hour: now.hour().into(),
        minute: now.minute().into(),
        second: now.second().into(),
    };
    let name = alembic
        .config
        .file_name(id, &new.message, &date)
        .map_err(|error| CliError::failed(error.to_string()))?;
    let message = if new.message.is_empty() {
        "empty message"
    } else {
        &new.message
    };
    let mut revision = NewRevision {
        id: id.to_owned(),
        message: message.to_owned(),
        down_revision: new.revises.clone(),
        branch_labels: new.branch_labels.clone(),
        depends_on: new.depends_on.clone(),
        create_date: written(&now, alembic.config.timezone.is_some()),
        ..NewRevision::default()
    };
    if let [draft] = new.drafts.as_slice() {
        alembic.writer(ui).fill(&mut revision, draft);
    }
    let text = text(alembic, &revision, ui)?;
    Ok((location(alembic, scripts, new)?.join(name), text))
}

/// The present time where `timezone` says, or here.
fn now(timezone: Option<&str>) -> Result<Zoned, CliError> {
    let Some(name) = timezone else {
        return Ok(Zoned::now());
    };
    // As Alembic does, which tries the name in capitals too.
    let zone = TimeZone::get(name).or_else(|_| TimeZone::get(&name.to_uppercase()));
    let zone = zone.map_err(|_| CliError::failed(format!("Can't locate timezone: {name}")))?;
    Ok(Zoned::now().with_time_zone(zone))
}

/// A date as Python writes one.
fn written(date: &Zoned, with_offset: bool) -> String {
    let micros = date.subsec_nanosecond() / 1000;
    let mut text = date.strftime("%Y-%m-%d %H:%M:%S").to_string();
    if micros > 0 {
        text.push_str(&format!(".{micros:06}"));
    }
    if with_offset {
        text.push_str(&date.strftime("%:z").to_string());
    }
    text
}

fn text(alembic: &Alembic, revision: &NewRevision, ui: &Ui) -> Result<String, CliError> {
    let path = alembic.config.script_location.join("script.py.mako");
    let text = match fs::read_to_string(&path) {
        Ok(template) => match revision.render(&template) {
            Ok(text) => text,
            Err(unknown) => {
                ui.tell(format_args!(
                    "{}:{}: '{}' is more of Mako than limbeck knows, so the revision is written from limbeck's own template",
                    path.display(),
                    unknown.line,
                    unknown.what
                ));
                revision.generic()
            }
        },
        Err(error) => {
            ui.tell(format_args!(
                "can't read '{}' ({error}), so the revision is written from limbeck's own template",
                path.display()
            ));
            revision.generic()
        }
    };
    let encoding = alembic.config.output_encoding.to_lowercase().replace('_', "-");
    if text.is_ascii() || encoding == "utf-8" || encoding == "utf8" {
        Ok(text)
    } else {
        Err(CliError::failed(format!(
            "output_encoding is {encoding}, and limbeck writes UTF-8: leave it away, or write the message in ASCII"
        )))
    }
}

/// The directory that is asked for; otherwise the only one, or that of the revision that it follows.
fn location(
    alembic: &Alembic,
    scripts: &Scripts,
    new: &new_revision::NewRevision,
) -> Result<PathBuf, CliError> {
    let locations = &alembic.config.version_locations;
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if let Some(asked) = &new.directory {
        let found = locations
            .iter()
            .find(|location| absolute(location) == absolute(asked));
        return found.cloned().ok_or_else(|| {
            CliError::failed(format!(
                "Path {} is not represented in current version locations ({})",
                asked.display(),
                new_revision::list(locations)
            ))
        });
    }
    if let [only] = locations.as_slice() {
        return Ok(only.clone());
    }
    let parents = new.revises.iter().filter_map(|id| scripts.path(id)?.parent());
    let within = |directory: &Path| locations.iter().find(|location| directory.starts_with(location));
    parents.filter_map(within).next().cloned().ok_or_else(|| {
        CliError::failed(format!(
            "Multiple version locations present ({}), please specify --version-path",
            new_revision::list(locations)
        ))
    })
}
