//! Files that revisions read, such as SQL beside them, and their paths. Nothing is written.

use std::cell::Cell;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use crate::value::{Args, Exception, Object, Outcome, Value};
use crate::vm::Vm;

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    (name == "open").then(|| Value::native("open", open))
}

/// A path, given as a text or as what has `__fspath__`.
fn path_of(vm: &mut Vm<'_>, value: &Value) -> Outcome<PathBuf> {
    match value {
        Value::Str(text) => Ok(PathBuf::from(&**text)),
        Value::Instance(instance) if instance.class.lookup("__fspath__").is_some() => {
            let text = vm.call_method(value, "__fspath__", Args::default())?;
            path_of(vm, &text)
        }
        other => Err(vm.type_error(format!(
            "expected str, bytes or os.PathLike object, not {}",
            other.type_name()
        ))),
    }
}

/// `open(path)`, to read.
pub(crate) fn open(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let path = args.need(vm, "file")?;
    let path = path_of(vm, &path)?;
    let mode = args.take("mode");
    let mode = mode.as_ref().and_then(Value::as_str).unwrap_or("r");
    let is_binary = match mode {
        "r" | "rt" => false,
        "rb" => true,
        _ => return Err(vm.unknown(format!("'open()' with mode '{mode}'"))),
    };
    args.take("buffering");
    let encoding = args.take("encoding");
    let encoding = encoding
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or("utf-8")
        .to_lowercase();
    if !matches!(encoding.as_str(), "utf-8" | "utf8" | "utf-8-sig" | "ascii") {
        return Err(vm.unknown(format!("a file's encoding '{encoding}'")));
    }
    args.finish(vm, "open")?;
    let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => vm.raise(
            "FileNotFoundError",
            format!("[Errno 2] No such file or directory: '{}'", path.display()),
        ),
        _ => vm.raise("OSError", format!("{error}: '{}'", path.display())),
    })?;
    if is_binary {
        return Ok(Value::object(File {
            content: Value::Bytes(Rc::from(bytes)),
            is_read: Cell::new(false),
        }));
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(vm.unknown(format!("'{}', which is no UTF-8,", path.display())));
    };
    let text = text.replace("\r\n", "\n");
    let text = match encoding.as_str() {
        "utf-8-sig" => text.trim_start_matches('\u{feff}'),
        _ => &text,
    };
    Ok(Value::object(File {
        content: Value::str(text),
        is_read: Cell::new(false),
    }))
}

/// An open file.
#[derive(Debug)]
struct File {
    content: Value,
    is_read: Cell<bool>,
}

impl File {
    /// What is left of it.
    fn read(&self) -> Value {
        match (self.is_read.replace(true), &self.content) {
            (false, content) => content.clone(),
            (true, Value::Bytes(_)) => Value::Bytes(Rc::from([])),
            (true, _) => Value::str(""),
        }
    }

    fn lines(&self, vm: &Vm<'_>) -> Outcome<Vec<Value>> {
        match self.read() {
            Value::Str(text) => Ok(text.split_inclusive('\n').map(Value::str).collect()),
            _ => Err(vm.unknown("the lines of a binary file")),
        }
    }
}

impl Object for File {
    fn class_name(&self) -> &str {
        "TextIOWrapper"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match name {
            "read" => Some(Value::native("read", move |vm, args| {
                args.finish(vm, "read")?;
                Ok(self.read())
            })),
            "readlines" => Some(Value::native("readlines", move |vm, args| {
                args.finish(vm, "readlines")?;
                self.lines(vm).map(Value::list)
            })),
            "close" => Some(Value::native("close", |_, _| Ok(Value::None))),
            _ => None,
        })
    }

    fn iterate(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        self.lines(vm)
    }

    fn enter(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Value> {
        Ok(Value::Object(self))
    }

    fn exit(self: Rc<Self>, _vm: &mut Vm<'_>, _error: Option<&Exception>) -> Outcome<bool> {
        Ok(false)
    }
}

/// `os.path`.
pub(super) fn path(_module: &str, name: &str) -> Option<Value> {
    let of_path: fn(&Path) -> Value = match name {
        "join" => {
            return Some(Value::native("join", |vm, args| {
                let mut path = PathBuf::new();
                for part in &args.positional {
                    path.push(path_of(vm, part)?);
                }
                Ok(text(&path))
            }));
        }
        "dirname" => |path| text(path.parent().unwrap_or(path)),
        "basename" => |path| {
            let text = path.to_string_lossy();
            Value::str(text.rsplit('/').next().unwrap_or_default())
        },
        "splitext" => |path| {
            let whole = path.to_string_lossy();
            let name = whole.rsplit('/').next().unwrap_or_default();
            let dots = name.len() - name.trim_start_matches('.').len();
            let at = name.rfind('.').filter(|at| *at >= dots.max(1));
            let at = at.map_or(whole.len(), |at| whole.len() - name.len() + at);
            Value::tuple(vec![Value::str(&whole[..at]), Value::str(&whole[at..])])
        },
        "exists" => |path| Value::Bool(path.exists()),
        "isfile" => |path| Value::Bool(path.is_file()),
        "isdir" => |path| Value::Bool(path.is_dir()),
        "isabs" => |path| Value::Bool(path.is_absolute()),
        "abspath" | "realpath" => |path| {
            text(&normal(
                &std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
            ))
        },
        "normpath" => |path| text(&normal(path)),
        _ => return None,
    };
    Some(Value::native("path", move |vm, mut args| {
        let path = args.need(vm, "path")?;
        args.finish(vm, "path")?;
        path_of(vm, &path).map(|path| of_path(&path))
    }))
}

fn text(path: &Path) -> Value {
    Value::str(path.to_string_lossy())
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some_and(|name| name != "..") => {
                normal.pop();
            }
            Component::ParentDir if normal.has_root() => {}
            other => normal.push(other),
        }
    }
    match normal.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => normal,
    }
}
