//! Programs that Python itself runs too: what they print must be the same.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use limbeck_core::Dialect;

use super::{Settings, Source, Vm};
use crate::value::Raise;
use crate::vm::program::Recorder;

#[test]
fn programs_print_what_they_print_under_python() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .expect("the programs are there")
        .map(|entry| entry.expect("the directory can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    files.sort();
    assert!(
        !files.is_empty(),
        "there are no programs in {}",
        directory.display()
    );
    let mut differences = String::new();
    for file in &files {
        let output = Command::new("python3")
            .arg(file)
            .output()
            .expect("the tests need python3");
        let expected = String::from_utf8(output.stdout).expect("Python prints UTF-8");
        assert!(
            output.status.success(),
            "{}: {}",
            file.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        let text = std::fs::read_to_string(file).expect("the program can be read");
        let printed = print(file, &text);
        for (at, pair) in expected.lines().zip(printed.lines()).enumerate() {
            if pair.0 != pair.1 {
                differences.push_str(&format!(
                    "{}, line {}:\n  Python   {}\n  limbeck  {}\n",
                    file.display(),
                    at + 1,
                    pair.0,
                    pair.1
                ));
            }
        }
        if expected.lines().count() != printed.lines().count() {
            let last = printed.lines().last().unwrap_or_default();
            differences.push_str(&format!(
                "{}: the number of lines differs; the last is: {last}\n",
                file.display()
            ));
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}

#[test]
fn a_name_that_only_python_could_tell_is_left_to_it() {
    let cases = [
        ("eval('1')", "Python's 'eval'"),
        (
            "from nowhere import *\nname",
            "'name', which 'from nowhere import *' may define,",
        ),
        (
            "from sqlalchemy import *\nname",
            "'name', which 'from sqlalchemy import *' may define,",
        ),
        (
            "def f():\n    global name\n    name = 1\nname",
            "'name', which 'global' may define,",
        ),
        (
            "def f(it):\n    setattr(it, 'name', 1)\nname",
            "'name', which 'setattr' may define,",
        ),
        (
            "def __getattr__(name):\n    return 1\nname",
            "'name', which '__getattr__' may define,",
        ),
        (
            "def f():\n    global other\nname",
            "NameError: name 'name' is not defined",
        ),
        ("name", "NameError: name 'name' is not defined"),
    ];
    for (program, told) in cases {
        let printed = print(Path::new("program.py"), program);
        assert!(printed.contains(told), "{program}\n{printed}");
    }
}

#[test]
fn a_program_without_an_end_is_not_waited_for_before_it_is_run() {
    let printed = print(Path::new("program.py"), "while True:\n    pass");
    assert!(printed.contains("NeedsDatabase"), "{printed}");
}

/// What a program prints, with what it ends in if that is not its end.
fn print(file: &Path, text: &str) -> String {
    let source = Source::parse(&file.display().to_string(), text).expect("it is Python");
    let mut recorder = Recorder::new(Dialect::Sqlite, text);
    let mut vm = Vm::new(&mut recorder, Rc::new(Settings::default()), true);
    if let Err(raise) = vm.run_module(&Rc::new(source)) {
        let told = match raise {
            Raise::Exception(exception) => exception.headline(&mut vm),
            Raise::Stop(stop) => format!("{stop:?}"),
        };
        vm.say(told);
    }
    vm.said.join("\n")
}
