//! Foreign keys of a column.

use std::rc::Rc;

use super::{Column, Construct, Options};
use crate::sa::names::Name;
use crate::sa::take;
use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

/// Where a foreign key leads: a column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// Without one, it is called as the column that leads there.
    pub(crate) column: Option<String>,
}

impl Target {
    /// `schema.table.column`, or a column.
    pub(crate) fn of(vm: &Vm<'_>, value: &Value) -> Outcome<Self> {
        if let Some(column) = value.downcast::<Column>() {
            let Some(table) = column.table.borrow().clone() else {
                return Err(vm.unknown(format!(
                    "a foreign key to '{}', which is in no table",
                    column.name.text
                )));
            };
            return Ok(Self {
                schema: table.schema,
                table: table.name.text.to_string(),
                column: Some(column.name.text.to_string()),
            });
        }
        let name = Name::of(vm, value)?;
        let parts: Vec<&str> = name.text.split('.').collect();
        match parts.as_slice() {
            [table] => Ok(Self {
                schema: None,
                table: (*table).to_owned(),
                column: None,
            }),
            [schema @ .., table, column] => Ok(Self {
                schema: (!schema.is_empty()).then(|| schema.join(".")),
                table: (*table).to_owned(),
                column: Some((*column).to_owned()),
            }),
            [] => Err(vm.raise("ArgumentError", "a foreign key that leads nowhere")),
        }
    }
}

/// What a foreign key says beside its columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Actions {
    pub(crate) on_update: Option<String>,
    pub(crate) on_delete: Option<String>,
    pub(crate) matching: Option<String>,
    pub(crate) use_alter: bool,
}

/// `ForeignKey('table.column')`.
#[derive(Debug)]
pub(crate) struct ForeignKey {
    pub(crate) target: Target,
    pub(crate) name: Option<Name>,
    pub(crate) actions: Actions,
    pub(crate) deferrable: Option<bool>,
    pub(crate) initially: Option<String>,
    pub(crate) options: Options,
}

pub(super) fn make(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let column = args.need(vm, "column")?;
    let target = Target::of(vm, &column)?;
    args.take("_constraint");
    let use_alter = take::is_set(vm, args.take("use_alter"))?;
    let name = Name::maybe(vm, args.take("name"))?;
    let actions = Actions {
        on_update: take::string(vm, args.take("onupdate"))?,
        on_delete: take::string(vm, args.take("ondelete"))?,
        matching: take::string(vm, args.keyword("match"))?,
        use_alter,
    };
    let deferrable = take::flag(vm, args.take("deferrable"))?;
    let initially = take::string(vm, args.take("initially"))?;
    for name in ["link_to_name", "info", "comment"] {
        args.keyword(name);
    }
    let key = ForeignKey {
        target,
        name,
        actions,
        deferrable,
        initially,
        options: Options::take(vm, &mut args, Construct::ForeignKey)?,
    };
    args.finish(vm, "ForeignKey")?;
    Ok(Value::object(key))
}

impl Object for ForeignKey {
    fn class_name(&self) -> &'static str {
        "ForeignKey"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        let text = |text: &Option<String>| text.as_ref().map_or(Value::None, Value::str);
        Ok(match name {
            "target_fullname" => {
                let column = self.target.column.as_deref().unwrap_or_default();
                let schema = self.target.schema.as_ref().map(|schema| format!("{schema}."));
                Some(Value::str(format!(
                    "{}{}.{column}",
                    schema.unwrap_or_default(),
                    self.target.table
                )))
            }
            "ondelete" => Some(text(&self.actions.on_delete)),
            "onupdate" => Some(text(&self.actions.on_update)),
            _ => None,
        })
    }
}
