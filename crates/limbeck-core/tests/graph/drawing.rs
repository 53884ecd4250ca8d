//! Graphs drawn as text.
//!
//! `a <- b <- c` is a line of revisions, each revising the one left of it; a first one that is
//! there already is only where the line starts. `d: revises b, c; depends x; labels l` says more
//! of one revision, and may add `id`, `file` to name what can't be drawn. Revisions load in the order
//! in which they are drawn.

use limbeck_core::revision::Revision;

/// Adds the revisions of one line, or says what is wrong with it.
pub(super) fn draw(line: &str, all: &mut Vec<Revision>) -> Result<(), String> {
    if let Some((id, about)) = line.split_once(':') {
        all.push(described(id.trim(), about)?);
        return Ok(());
    }
    let mut parent: Option<String> = None;
    for (index, id) in line.split("<-").map(str::trim).enumerate() {
        if id.is_empty() || id.contains(char::is_whitespace) {
            return Err(format!("'{id}' is no id"));
        }
        if index > 0 || all.iter().all(|r| r.id != id) {
            let revises = parent.into_iter().collect();
            all.push(Revision {
                id: id.to_owned(),
                revises,
                file: format!("{id}.sql"),
                ..Revision::default()
            });
        }
        parent = Some(id.to_owned());
    }
    Ok(())
}

fn described(id: &str, about: &str) -> Result<Revision, String> {
    let mut revision = Revision {
        id: id.to_owned(),
        file: format!("{id}.sql"),
        ..Revision::default()
    };
    for part in about.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once(' ').unwrap_or((part, ""));
        let values = || value.split(',').map(|v| v.trim().to_owned()).collect();
        match key {
            "revises" => revision.revises = values(),
            "depends" => revision.depends_on = values(),
            "labels" => revision.branch_labels = values(),
            "id" => revision.id = value.trim_matches('"').to_owned(),
            "file" => revision.file = value.to_owned(),
            key => return Err(format!("unknown key '{key}'")),
        }
    }
    Ok(revision)
}
