//! What the Dockerfile says, and a directory with the image's files in it: the tests do without a container engine, so
//! nothing builds the image itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::service::{Database, Service};

/// An instruction of a Dockerfile.
#[derive(Debug)]
pub(crate) struct Instruction {
    /// In capitals, as in `COPY`.
    pub(crate) name: String,
    /// Its flags, as in `--from=build`.
    pub(crate) flags: Vec<String>,
    /// What follows, with the line ends that were escaped taken out.
    pub(crate) rest: String,
}

impl Instruction {
    pub(crate) fn words(&self) -> Vec<&str> {
        self.rest.split_whitespace().collect()
    }
}

/// The stages of the Dockerfile, each beginning with its `FROM`.
pub(crate) fn stages() -> Vec<Vec<Instruction>> {
    let text = fs::read_to_string(example().join("Dockerfile")).expect("the Dockerfile is there");
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    let mut stages: Vec<Vec<Instruction>> = Vec::new();
    for line in lines.join("\n").replace("\\\n", " ").lines() {
        let (name, rest) = line.split_once(' ').expect("an instruction says something");
        let mut rest = rest.trim_start();
        let mut flags = Vec::new();
        while rest.starts_with("--") {
            let (flag, behind) = rest.split_once(' ').expect("a flag is not the end");
            flags.push(flag.to_owned());
            rest = behind.trim_start();
        }
        if name == "FROM" {
            stages.push(Vec::new());
        }
        let stage = stages.last_mut().expect("FROM comes first");
        stage.push(Instruction {
            name: name.to_owned(),
            flags,
            rest: rest.to_owned(),
        });
    }
    stages
}

/// The instructions of that name in the last stage: the one that becomes the image.
pub(crate) fn last_stage(name: &str) -> Vec<Instruction> {
    let stage = stages().pop().expect("there is a stage");
    stage
        .into_iter()
        .filter(|instruction| instruction.name == name)
        .collect()
}

/// The files of the image, where the Dockerfile copies them, with the programs that Cargo has built for the tests.
pub(crate) struct Image {
    directory: TempDir,
}

impl Image {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("there is room");
        let root = directory.path();
        let work = last_stage("WORKDIR").remove(0).rest;
        let work = root.join(work.trim_start_matches('/'));
        fs::create_dir_all(&work).expect("there is room");
        for copy in last_stage("COPY") {
            let words = copy.words();
            let (to, sources) = words.split_last().expect("COPY names where to");
            let to = match to.strip_prefix('/') {
                Some(absolute) => root.join(absolute),
                None => work.join(to),
            };
            if copy.flags.is_empty() {
                for source in sources {
                    copy_into(&repository().join(source), &to);
                }
            } else {
                link_into(programs(), &to);
            }
        }
        Self { directory }
    }

    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    /// The directory of the migrations.
    pub(crate) fn migrations(&self) -> PathBuf {
        self.root().join("app/migrations")
    }

    /// The image's entry point, as the container would start it.
    pub(crate) fn entry_point(&self, database: &Database) -> Command {
        let words: Vec<String> =
            serde_json::from_str(&last_stage("ENTRYPOINT")[0].rest).expect("it is in the exec form");
        self.command(database, &words)
    }

    /// A command in the image: one of its programs, or a file in it.
    pub(crate) fn command(&self, database: &Database, words: &[String]) -> Command {
        let root = self.root();
        let programs = root.join("usr/local/bin");
        let program = match words[0].strip_prefix('/') {
            Some(file) => root.join(file),
            None => programs.join(&words[0]),
        };
        let mut command = Command::new(program);
        command
            .args(&words[1..])
            .current_dir(root.join("app"))
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
            .env("PORT", "0")
            .env("DATABASE_URL", &database.url);
        for pair in last_stage("ENV").iter().flat_map(Instruction::words) {
            let (name, value) = pair.split_once('=').expect("ENV is NAME=VALUE");
            command.env(name, value);
        }
        command
    }

    /// Starts the container, so to say.
    pub(crate) fn start(&self, database: &Database) -> Service {
        Service::spawn_command(&mut self.entry_point(database))
    }
}

/// The root of the repository, from which the image is built.
pub(crate) fn repository() -> PathBuf {
    example().join("../..")
}

pub(crate) fn example() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A directory with what the image's first stage builds.
fn programs() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let service = Path::new(env!("CARGO_BIN_EXE_registry-backend"));
        let limbeck = service.with_file_name("examples").join("limbeck");
        assert!(
            is_fresh(&limbeck).unwrap_or(false),
            "{} is missing or old: 'cargo build -p registry-backend --example limbeck' makes it, and so does 'cargo test' \
             unless it is told which target to test",
            limbeck.display()
        );
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("registry-programs");
        fs::create_dir_all(&directory).expect("the target directory can be written");
        for program in [service, &limbeck] {
            let name = program.file_name().expect("it is a file");
            // Not in place: another test process may be running the old one.
            let new = directory.join("new");
            fs::copy(program, &new).expect("there is room");
            fs::rename(&new, directory.join(name)).expect("they are side by side");
        }
        directory
    })
}

/// Whether a program is as young as what Cargo has built it from.
fn is_fresh(program: &Path) -> io::Result<bool> {
    let built = fs::metadata(program)?.modified()?;
    let sources = fs::read_to_string(program.with_extension("d"))?;
    // Blanks in the paths are escaped.
    for source in sources.trim_end().replace("\\ ", "\0").split(' ').skip(1) {
        if fs::metadata(source.replace('\0', " "))?.modified()? > built {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What `COPY` does, with a file or with the files of a directory.
fn copy_into(source: &Path, to: &Path) {
    fs::create_dir_all(to).expect("there is room");
    for file in files(source) {
        let to = to.join(file.file_name().expect("it is a file"));
        fs::copy(&file, &to).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

/// The same with links where that is possible: the programs are large, and nobody writes into them.
fn link_into(source: &Path, to: &Path) {
    fs::create_dir_all(to).expect("there is room");
    for file in files(source) {
        let name = file.file_name().expect("it is a file");
        if fs::hard_link(&file, to.join(name)).is_err() {
            copy_into(&file, to);
        }
    }
}

fn files(source: &Path) -> Vec<PathBuf> {
    if source.is_file() {
        return vec![source.to_owned()];
    }
    let entries = fs::read_dir(source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
    entries
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.is_file())
        .collect()
}
