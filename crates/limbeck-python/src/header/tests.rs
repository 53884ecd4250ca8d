use super::*;

/// What both ways of reading find in a text, which must be the same where the quick look answers.
fn found(text: &str) -> (Option<Found>, Found) {
    let quick = scan::scan(text);
    let parsed = parse::parse("a.py", text, Modules::new(&[])).unwrap();
    if let Some(quick) = &quick {
        assert_eq!(*quick, parsed, "{text}");
    }
    (quick, parsed)
}

fn value(text: &str) -> Constant {
    found(text).1.values[DOWN_REVISION].clone().unwrap().value
}

const TEMPLATE: &str = r#""""add user variables

Revision ID: 002
Revises: 001
Create Date: 2026-05-09 07:29:33.123456

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '002'
down_revision: Union[str, Sequence[str], None] = '001'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = ('ae10', "27c6")


def upgrade() -> None:
    """Upgrade schema."""
    op.execute("SELECT 'revision = 7'")
"#;

#[test]
fn the_template_is_read_quickly() {
    let quick = found(TEMPLATE).0.expect("nothing in it is unusual");
    let header = quick.header("a.py", "a.py").unwrap();
    assert_eq!(header.id, "002");
    assert_eq!(header.revises, ["001"]);
    assert_eq!(header.depends_on, ["ae10", "27c6"]);
    assert_eq!(header.message(), "add user variables");
    assert!(header.documentation.ends_with("07:29:33.123456"));
    let windows = found(&TEMPLATE.replace('\n', "\r\n")).0.unwrap();
    assert_eq!(windows.docstring, quick.docstring);
}

#[test]
fn literals_are_read_quickly_in_all_their_forms() {
    for (text, expected) in [
        ("down_revision = None", Constant::None),
        ("down_revision = 'a'  # the first", Constant::Text("a".into())),
        ("down_revision='a' \"b\"", Constant::Text("ab".into())),
        (
            "down_revision = (\n    'a'  # one\n    'b'\n)\n",
            Constant::Text("ab".into()),
        ),
        (
            "down_revision = (\n    'a',\n    'b',\n)\n",
            Constant::List(vec!["a".into(), "b".into()]),
        ),
        ("down_revision = ['a']", Constant::List(vec!["a".into()])),
        ("down_revision = {'a'}", Constant::List(vec!["a".into()])),
        (
            "down_revision = 'a', u'b'",
            Constant::List(vec!["a".into(), "b".into()]),
        ),
        ("down_revision = ()", Constant::List(vec![])),
        ("down_revision = r'a\\b'", Constant::Text("a\\b".into())),
    ] {
        let (quick, parsed) = found(text);
        assert!(quick.is_some(), "{text}");
        assert_eq!(
            parsed.values[DOWN_REVISION].clone().unwrap().value,
            expected,
            "{text}"
        );
    }
}

#[test]
fn the_parser_reads_what_is_unusual() {
    assert_eq!(
        value("a = 'x'\ndown_revision = a + 'y'"),
        Constant::Text("xy".into())
    );
    assert_eq!(value("down_revision = 'a\\x62'"), Constant::Text("ab".into()));
    assert_eq!(
        value("revision = down_revision = 'a'"),
        Constant::Text("a".into())
    );
    assert_eq!(value("down_revision: 'str' = 'a'"), Constant::Text("a".into()));
    assert_eq!(value("down_revision = f()"), Constant::Other("f()".into()));
    assert_eq!(value("if x:\n    down_revision = 'a'"), Constant::Conditional);
    assert_eq!(value("down_revision, revision = 'a', 'b'"), Constant::Conditional);
    assert_eq!(
        value("def f(): pass\ndown_revision = 'a'"),
        Constant::Text("a".into())
    );
    assert_eq!(
        value("down_revision = 'b'\ndown_revision = 'a'"),
        Constant::Text("a".into())
    );
}

#[test]
fn what_is_missing_is_named() {
    let message = |name: &str, text: &str| {
        Header::read("v/a.py", name, text, Modules::new(&[]))
            .unwrap_err()
            .to_string()
    };
    assert!(message("a.py", "\nrevision = '1'").starts_with("v/a.py:2:1: revision 1 has no 'down_revision'"));
    assert!(
        message("utils.py", "x = 1")
            .starts_with("v/a.py:1:1: Could not determine revision id from filename utils.py.")
    );
    assert!(message("a.py", "revision = 7\ndown_revision = None").contains("write a text"));
    assert!(message("a.py", "revision = uuid()").contains("'revision' is 'uuid()', which is no literal"));
    assert!(message("a.py", "def f(:\n revision = 1").contains("this is no Python"));
    let legacy = Header::read("v/1a2b.py", "1a2b.py", "down_revision = None", Modules::new(&[])).unwrap();
    assert_eq!(legacy.id, "1a2b");
}

#[test]
fn any_text_is_read_or_refused() {
    // Every beginning of a file, and every file with one character more, must end.
    let odd = ["'", "\"", "\\", "(", ")", "#", "\n", "ä", "@", ",", "="];
    for (at, _) in TEMPLATE.char_indices() {
        drop(Header::read("a.py", "a.py", &TEMPLATE[..at], Modules::new(&[])));
        for character in odd {
            let text = format!("{}{character}{}", &TEMPLATE[..at], &TEMPLATE[at..]);
            let Some(quick) = scan::scan(&text) else { continue };
            if let Ok(parsed) = parse::parse("a.py", &text, Modules::new(&[])) {
                assert_eq!(quick, parsed, "{text}");
            }
        }
    }
}

#[test]
fn constants_of_the_project_are_found_in_its_sources() {
    let root = tempfile::tempdir().unwrap();
    let package = root.path().join("app/db");
    std::fs::create_dir_all(&package).unwrap();
    std::fs::write(
        package.join("names.py"),
        "EXPAND = 'expand'\nfrom app.other import BASE\nCOMPUTED = f()\n",
    )
    .unwrap();
    std::fs::write(
        root.path().join("app/other.py"),
        "import app.other\nBASE = 'b'\nLOOP = app.other.LOOP\n",
    )
    .unwrap();
    let path = [root.path().to_owned()];
    let labels = |value: &str| {
        let text = format!(
            "from app.db import names\nimport app.db.names\nfrom app.db.names import EXPAND as E\nrevision = 'a'\n\
             down_revision = None\nbranch_labels = {value}\n"
        );
        Header::read("a.py", "a.py", &text, Modules::new(&path)).map(|header| header.branch_labels)
    };
    assert_eq!(labels("(names.EXPAND, 'x')").unwrap(), ["expand", "x"]);
    assert_eq!(labels("app.db.names.EXPAND").unwrap(), ["expand"]);
    assert_eq!(labels("E").unwrap(), ["expand"]);
    assert_eq!(labels("names.BASE").unwrap(), ["b"]);
    for unknown in ["names.COMPUTED", "names.NOPE", "app.other.LOOP", "nope.X"] {
        assert!(
            labels(unknown)
                .unwrap_err()
                .to_string()
                .contains("which is no literal"),
            "{unknown}"
        );
    }
}
