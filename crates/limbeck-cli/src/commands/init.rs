use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::report::CliError;

/// Make a directory for revisions, and a limbeck.toml.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The directory.
    #[arg(default_value = "migrations")]
    directory: PathBuf,
    /// Which files to make: see 'limbeck list-templates'.
    #[arg(short, long, default_value = "generic")]
    template: String,
}

/// A set of files to start from. `{dir}` in a text is the directory.
pub(crate) struct Template {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    files: &'static [(&'static str, &'static str)],
}

const CONFIG: &str = include_str!("../templates/limbeck.toml");

pub(crate) const TEMPLATES: [Template; 3] = [
    Template {
        name: "bare",
        about: "a directory only; the database comes from DATABASE_URL",
        files: &[],
    },
    Template {
        name: "generic",
        about: "a directory and a limbeck.toml",
        files: &[("limbeck.toml", CONFIG)],
    },
    Template {
        name: "rust",
        about: "a directory, a limbeck.toml, and a build.rs for a Rust service that embeds its revisions",
        files: &[
            ("limbeck.toml", CONFIG),
            ("build.rs", include_str!("../templates/build.rs.txt")),
        ],
    },
];

pub(crate) fn run(args: &Init, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let Some(template) = TEMPLATES.iter().find(|template| template.name == args.template) else {
        let known = TEMPLATES.map(|template| template.name).join(", ");
        return Err(CliError::failed(format!(
            "there is no template '{}': the templates are {known}",
            args.template
        )));
    };
    make_directory(&args.directory)?;
    let mut created = vec![args.directory.display().to_string()];
    context.ui.tell(format_args!(
        "Creating directory {} ...  done",
        args.directory.display()
    ));
    for (name, text) in template.files {
        let text = text.replace("{dir}", &args.directory.display().to_string());
        if write_new(Path::new(name), &text)? {
            created.push((*name).to_owned());
            context.ui.tell(format_args!("Generating {name} ...  done"));
        } else {
            context
                .ui
                .tell(format_args!("File {name} already exists, skipping"));
        }
    }
    if context.ui.is_json() {
        context.ui.json(&json!({ "created": created }));
    } else {
        context
            .ui
            .line("Next: 'limbeck revision -m \"create users\"', then 'limbeck upgrade head'.");
    }
    Ok(ExitCode::SUCCESS)
}

fn make_directory(path: &Path) -> Result<(), CliError> {
    match fs::read_dir(path) {
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(CliError::failed(format!(
                "Directory {} already exists and is not empty",
                path.display()
            ))),
            None => Ok(()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir_all(path).map_err(|error| {
            CliError::failed(format!(
                "can't create the directory '{}': {error}",
                path.display()
            ))
        }),
        Err(error) => Err(CliError::failed(format!(
            "can't use '{}' as a directory: {error}",
            path.display()
        ))),
    }
}

/// Writes a file unless it is there; tells whether it did.
fn write_new(path: &Path, text: &str) -> Result<bool, CliError> {
    if path.exists() {
        return Ok(false);
    }
    let failed = |error| CliError::failed(format!("can't write '{}': {error}", path.display()));
    fs::write(path, text).map(|()| true).map_err(failed)
}
