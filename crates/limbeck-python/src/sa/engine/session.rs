//! The ORM's session, as far as it only executes: what maps objects is not known.

use std::rc::Rc;

use crate::value::{Args, Exception, Object, Outcome, Value};
use crate::vm::Vm;

use super::{Connection, Method, bound, statement};

/// `Session(bind=op.get_bind())`. It takes part in the migration's transaction, which its `commit()` does not end.
#[derive(Debug)]
struct Session;

/// The classes of sessions, and what makes them.
pub(super) fn find(name: &str) -> Option<Value> {
    Some(match name {
        "Session" => Value::native("Session", session),
        "sessionmaker" => Value::native("sessionmaker", |vm, mut args| {
            let bind = args.take("bind");
            options(&mut args);
            args.finish(vm, "sessionmaker")?;
            Ok(Value::native("sessionmaker", move |vm, mut args| {
                if let Some(bind) = &bind
                    && !args.keywords.iter().any(|(name, _)| name == "bind")
                {
                    args = args.with("bind", bind.clone());
                }
                session(vm, args)
            }))
        }),
        _ => return None,
    })
}

fn session(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let bind = args.take("bind").unwrap_or(Value::None);
    options(&mut args);
    args.finish(vm, "Session")?;
    match bind.type_name().as_str() {
        "Connection" | "Engine" => Ok(Value::object(Session)),
        other => Err(vm.unknown(format!("a session on a '{other}'"))),
    }
}

/// What only counts for objects.
fn options(args: &mut Args) {
    for name in ["autoflush", "expire_on_commit", "future", "autobegin"] {
        args.keyword(name);
    }
}

const METHODS: &[(&str, Method<Session>)] = &[
    ("execute", |vm, _, args| statement::execute(vm, args, "execute")),
    ("scalar", |vm, _, args| {
        let result = statement::execute(vm, args, "scalar")?;
        vm.call_method(&result, "scalar", Args::default())
    }),
    ("scalars", |vm, _, args| {
        let result = statement::execute(vm, args, "scalars")?;
        vm.call_method(&result, "scalars", Args::default())
    }),
    ("connection", |_, _, _| Ok(Value::object(Connection))),
    ("get_bind", |_, _, _| Ok(Value::object(Connection))),
    ("begin", |_, this, _| Ok(Value::Object(this.clone()))),
    ("begin_nested", |vm, _, args| {
        vm.call_method(&Value::object(Connection), "begin_nested", args)
    }),
    ("commit", |_, _, _| Ok(Value::None)),
    ("flush", |_, _, _| Ok(Value::None)),
    ("close", |_, _, _| Ok(Value::None)),
    ("expire_all", |_, _, _| Ok(Value::None)),
    ("rollback", |vm, _, _| {
        Err(vm.unknown("rollback() of the migration's own transaction"))
    }),
];

impl Object for Session {
    fn class_name(&self) -> &'static str {
        "Session"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if name == "bind" {
            return Ok(Some(Value::object(Connection)));
        }
        match bound(&self, METHODS, name) {
            Some(method) => Ok(Some(method)),
            None => Err(vm.unknown(format!("'{name}' of an ORM session"))),
        }
    }

    fn enter(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Value> {
        Ok(Value::Object(self))
    }

    fn exit(self: Rc<Self>, _vm: &mut Vm<'_>, _error: Option<&Exception>) -> Outcome<bool> {
        Ok(false)
    }
}
