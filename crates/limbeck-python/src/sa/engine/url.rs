//! `engine.url`.

use std::rc::Rc;

use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

/// A database's URL.
#[derive(Debug)]
pub(super) struct Url(pub(super) String);

impl Url {
    /// What stands before `://`.
    fn scheme(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// The parts behind the scheme: the user with a password, the host with a port, and the rest.
    fn parts(&self) -> (Option<&str>, &str, &str) {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let (authority, rest) = rest.split_once('/').unwrap_or((rest, ""));
        match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host, rest),
            None => (None, authority, rest),
        }
    }

    fn database(&self) -> Option<&str> {
        let database = self.parts().2.split('?').next().unwrap_or_default();
        Some(database).filter(|database| !database.is_empty())
    }

    /// The URL with stars for its password.
    fn hidden(&self) -> String {
        match self.parts().0.and_then(|user| user.split_once(':')) {
            Some((user, password)) => {
                self.0
                    .replacen(&format!("{user}:{password}@"), &format!("{user}:***@"), 1)
            }
            None => self.0.clone(),
        }
    }
}

impl Object for Url {
    fn class_name(&self) -> &'static str {
        "URL"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(Some(match name {
            "drivername" => Value::str(self.scheme()),
            "database" => self.database().map_or(Value::None, Value::str),
            "get_backend_name" => Value::native("get_backend_name", move |vm, args| {
                args.finish(vm, "get_backend_name")?;
                Ok(Value::str(self.scheme().split('+').next().unwrap_or_default()))
            }),
            "render_as_string" => Value::native("render_as_string", move |vm, mut args: Args| {
                let hide = args.take("hide_password");
                args.finish(vm, "render_as_string")?;
                let hide = hide.map_or(Ok(true), |hide| vm.truth(&hide))?;
                Ok(Value::str(if hide { self.hidden() } else { self.0.clone() }))
            }),
            _ => return Err(vm.unknown(format!("'{name}' of an engine's URL"))),
        }))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(self.hidden())
    }
}
