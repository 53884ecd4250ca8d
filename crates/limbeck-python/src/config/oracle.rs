//! The same files read by genuine Alembic.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{Config, ConfigFiles};

/// Reads the configuration in each directory that it is given, and prints what it says, one line each.
const PROGRAM: &str = r#"
import json, os, sys
from alembic.config import Config
from alembic.script import ScriptDirectory

def read():
    config = Config(file_="alembic.ini", toml_file="pyproject.toml")
    script = ScriptDirectory.from_config(config)
    has_section = config.file_config.has_section("alembic")
    hooks = []
    for hook in config.get_hooks_list():
        options = {key: value for key, value in hook.items() if key != "_hook_name"}
        hooks.append([hook["_hook_name"], options])
    return {
        "script_location": str(script.dir),
        "version_locations": script.version_locations or [os.path.join(script.dir, "versions")],
        "recursive": script.recursive_version_locations,
        "sourceless": script.sourceless,
        "file_template": script.file_template,
        "truncate_slug_length": script.truncate_slug_length,
        "timezone": script.timezone or None,
        "output_encoding": script.output_encoding,
        "prepend_sys_path": config.get_prepend_sys_paths_list() or [],
        "hooks": hooks,
        "url": config.get_main_option("sqlalchemy.url") if has_section else None,
    }

path = list(sys.path)
for directory in sys.argv[1:]:
    os.chdir(directory)
    try:
        print(json.dumps(read()))
    except Exception as error:
        print(json.dumps({"error": str(error)}))
    sys.path[:] = path
"#;

#[test]
fn configurations_say_what_they_say_to_alembic() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config");
    let listing = fs::read_dir(&cases).expect("the cases are there");
    let mut cases: Vec<PathBuf> = listing
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    cases.sort();
    let base = tempfile::tempdir().unwrap();
    let directories: Vec<PathBuf> = cases.iter().map(|case| unpack(base.path(), case)).collect();
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp");
    fs::create_dir_all(&home).unwrap();
    let python = limbeck_testing::alembic(&home).join("python");
    let output = Command::new(python)
        .args(["-W", "ignore", "-c", PROGRAM])
        .args(&directories)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        printed.lines().count(),
        cases.len(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut differences = String::new();
    for ((case, directory), theirs) in cases.iter().zip(&directories).zip(printed.lines()) {
        let theirs: Value = serde_json::from_str(theirs).unwrap();
        let ours = read(directory);
        let both_fail = theirs.get("error").is_some() && ours.get("error").is_some();
        if ours != theirs && !both_fail {
            differences.push_str(&format!(
                "{}\n  Alembic {theirs}\n  limbeck {ours}\n",
                case.display()
            ));
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}

fn unpack(base: &Path, case: &Path) -> PathBuf {
    let directory = base.join(case.file_stem().unwrap());
    fs::create_dir_all(directory.join("alembic")).unwrap();
    for part in fs::read_to_string(case).unwrap().split("=== ").skip(1) {
        let (name, text) = part.split_once('\n').unwrap();
        fs::write(directory.join(name), text).unwrap();
    }
    directory
}

fn read(directory: &Path) -> Value {
    let files = ConfigFiles {
        ini: Some(directory.join("alembic.ini")),
        pyproject: Some(directory.join("pyproject.toml")),
        ..ConfigFiles::default()
    };
    let config = match Config::read(&files, &[]) {
        Ok(config) => config,
        Err(error) => return json!({ "error": error.to_string() }),
    };
    let hooks = config.hooks.iter().map(|hook| {
        let options: serde_json::Map<String, Value> = hook
            .options()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        json!([hook.name, options])
    });
    json!({
        "script_location": config.script_location,
        "version_locations": config.version_locations,
        "recursive": config.recursive,
        "sourceless": config.sourceless,
        "file_template": config.file_template,
        "truncate_slug_length": config.truncate_slug_length,
        "timezone": config.timezone,
        "output_encoding": config.output_encoding,
        "prepend_sys_path": config.search_path,
        "hooks": hooks.collect::<Vec<_>>(),
        "url": config.url,
    })
}
