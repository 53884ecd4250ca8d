//! The files of an Alembic directory, in the order in which Alembic reads them.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::iter;
use std::path::{Path, PathBuf};
use std::thread;

use limbeck_core::script::ScriptError;

use crate::config::Config;
use crate::header::{Header, Modules};

/// The revision files of all locations. A location that isn't there has none.
pub(super) fn files(config: &Config) -> Result<Vec<PathBuf>, ScriptError> {
    let mut files = Vec::new();
    for location in &config.version_locations {
        if location.exists() {
            walk(location, config, &mut files)?;
        }
    }
    if config.version_locations.len() > 1 {
        // Locations may overlap; a file counts once.
        let mut seen = HashSet::new();
        files.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    }
    Ok(files)
}

fn walk(directory: &Path, config: &Config, files: &mut Vec<PathBuf>) -> Result<(), ScriptError> {
    let listing = fs::read_dir(directory).map_err(|source| match source.kind() {
        io::ErrorKind::NotADirectory => ScriptError::NotADirectory(directory.to_owned()),
        _ => failed("read the directory", directory, source),
    })?;
    let (mut names, mut below) = (Vec::new(), Vec::new());
    for entry in listing {
        let entry = entry.map_err(|source| failed("read the directory", directory, source))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // What a link leads to is a directory only if it is asked.
        let kind = entry
            .file_type()
            .map_err(|source| failed("read", &entry.path(), source))?;
        if kind.is_dir() {
            below.push(name);
        } else if !(kind.is_symlink() && entry.path().is_dir()) {
            names.push(name);
        }
    }
    names.sort();
    if config.sourceless {
        refuse_sourceless(directory, &names)?;
    }
    files.extend(
        names
            .iter()
            .filter(|name| is_revision(name))
            .map(|name| directory.join(name)),
    );
    if config.recursive {
        below.sort();
        for name in below.iter().filter(|name| !name.ends_with("__pycache__")) {
            walk(&directory.join(name), config, files)?;
        }
    }
    Ok(())
}

fn is_revision(name: &str) -> bool {
    let is_python = name.ends_with(".py") && !name.starts_with(".#") && !name.starts_with("__init__");
    is_python || name.ends_with(".sql") && !name.starts_with('.')
}

/// `sourceless = true` lets Alembic run what was compiled of a file that is gone, which only Python itself can.
fn refuse_sourceless(directory: &Path, names: &[String]) -> Result<(), ScriptError> {
    let cache = directory.join("__pycache__");
    let cached = fs::read_dir(&cache).into_iter().flatten().flatten();
    let cached = cached.map(|entry| (entry.path(), entry.file_name().to_string_lossy().into_owned()));
    let beside = names.iter().map(|name| (directory.join(name), name.clone()));
    let stem = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    for (path, name) in cached.chain(beside) {
        let is_compiled = name.ends_with(".pyc") || name.ends_with(".pyo");
        let has_source = names
            .iter()
            .any(|other| other.ends_with(".py") && stem(other) == stem(&name));
        if is_compiled && !has_source && !name.starts_with("__init__") {
            return Err(ScriptError::Bad {
                file: path.display().to_string(),
                line: 1,
                column: 1,
                message: "this is a revision without its source (sourceless = true), which only Python can run: deliver the .py \
                          files"
                    .to_owned(),
            });
        }
    }
    Ok(())
}

/// Reads the files' headers. Opening files is most of the work, so the machine's cores share it.
pub(super) fn headers(paths: &[PathBuf], modules: Modules<'_>) -> Result<Vec<Header>, ScriptError> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = paths.len().div_ceil(workers).max(128);
    let all = |paths: &[PathBuf]| {
        paths
            .iter()
            .map(|path| header(path, modules))
            .collect::<Result<Vec<_>, _>>()
    };
    let (own, others) = paths.split_at(share.min(paths.len()));
    let parts: Vec<Result<Vec<Header>, ScriptError>> = thread::scope(|scope| {
        let threads: Vec<_> = others
            .chunks(share)
            .map(|paths| scope.spawn(move || all(paths)))
            .collect();
        let own = all(own);
        let join =
            |thread: thread::ScopedJoinHandle<'_, _>| thread.join().expect("reading a header does not panic");
        iter::once(own).chain(threads.into_iter().map(join)).collect()
    });
    let mut headers = Vec::with_capacity(paths.len());
    for part in parts {
        headers.extend(part?);
    }
    Ok(headers)
}

fn header(path: &Path, modules: Modules<'_>) -> Result<Header, ScriptError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Header::read(&path.display().to_string(), &name, &read(path)?, modules)
}

/// Reads a file of Python.
pub(super) fn read(path: &Path) -> Result<String, ScriptError> {
    // Most are shorter than this. Nobody is asked how long they are: a question for each of thousands can be told by the clock.
    let mut bytes = Vec::with_capacity(8 * 1024);
    let read = File::open(path).and_then(|file| file.take(u64::MAX).read_to_end(&mut bytes));
    read.map_err(|source| failed("read", path, source))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..at];
        ScriptError::NotUtf8 {
            file: path.display().to_string(),
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            byte: error.as_bytes()[at],
        }
    })
}

fn failed(verb: &'static str, path: &Path, source: io::Error) -> ScriptError {
    ScriptError::Io {
        verb,
        path: path.to_owned(),
        source,
    }
}
