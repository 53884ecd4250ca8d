//! What an execution returns.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::script::Answer;

use crate::sa::sql::{self, SqlType};
use crate::value::{Object, Outcome, Value};
use crate::vm::Vm;

use super::row::{Row, RowMapping};
use super::{Method, bound, typed};

/// The rows that are left of a result.
#[derive(Debug)]
struct Rows {
    keys: Rc<[Rc<str>]>,
    /// `None` where the statement had none.
    left: RefCell<Option<VecDeque<Rc<Row>>>>,
    /// How many rows the statement touched, where the database tells.
    touched: Option<u64>,
}

/// A result: its rows, or a view on them.
#[derive(Debug)]
struct Result {
    rows: Rc<Rows>,
    shape: Shape,
}

/// What a row is to the program.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Row,
    Mapping,
    /// One of its values.
    Scalar(usize),
}

/// The result of a statement without rows.
pub(super) fn closed(touched: Option<u64>) -> Value {
    Value::object(Result {
        rows: Rc::new(Rows {
            keys: Rc::from([]),
            left: RefCell::new(None),
            touched,
        }),
        shape: Shape::Row,
    })
}

/// The result of a statement with rows.
pub(super) fn of_answer(vm: &mut Vm<'_>, answer: Answer, types: &[SqlType]) -> Outcome<Value> {
    if answer.columns.is_empty() {
        return Ok(closed(Some(answer.affected)));
    }
    let keys: Rc<[Rc<str>]> = answer.columns.iter().map(|name| Rc::from(&**name)).collect();
    // Where the statement says less than the answer has (`SELECT *`), positions tell nothing.
    let typed = types.len() == keys.len();
    let touched = match vm.dialect {
        Dialect::Sqlite => None,
        _ => Some(answer.rows.len() as u64),
    };
    let mut left = VecDeque::new();
    for row in answer.rows {
        let mut values = Vec::new();
        for (at, datum) in row.into_iter().enumerate() {
            let type_ = types.get(at).filter(|_| typed);
            values.push(typed::value(vm, datum, type_)?);
        }
        left.push_back(Rc::new(Row {
            keys: keys.clone(),
            values,
        }));
    }
    Ok(Value::object(Result {
        rows: Rc::new(Rows {
            keys,
            left: RefCell::new(Some(left)),
            touched,
        }),
        shape: Shape::Row,
    }))
}

const METHODS: &[(&str, Method<Result>)] = &[
    ("all", |vm, this, _| this.rest(vm).map(Value::list)),
    ("fetchall", |vm, this, _| this.rest(vm).map(Value::list)),
    ("fetchone", |vm, this, _| {
        Ok(this.next(vm)?.unwrap_or(Value::None))
    }),
    ("fetchmany", |vm, this, mut args| {
        let size = match args.take("size") {
            Some(Value::Int(size)) => usize::try_from(size).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        let mut rows = Vec::new();
        while rows.len() < size
            && let Some(row) = this.next(vm)?
        {
            rows.push(row);
        }
        Ok(Value::list(rows))
    }),
    ("first", |vm, this, _| {
        let first = this.rest(vm)?.into_iter().next();
        this.close();
        Ok(first.unwrap_or(Value::None))
    }),
    ("one", |vm, this, _| {
        this.only(vm, true, Shape::Row)
            .map(|row| row.unwrap_or(Value::None))
    }),
    ("one_or_none", |vm, this, _| {
        this.only(vm, false, Shape::Row)
            .map(|row| row.unwrap_or(Value::None))
    }),
    ("scalar", |vm, this, _| {
        let view = this.view(Shape::Scalar(0));
        let first = view.rest(vm)?.into_iter().next();
        this.close();
        Ok(first.unwrap_or(Value::None))
    }),
    ("scalar_one", |vm, this, _| {
        this.only(vm, true, Shape::Scalar(0))
            .map(|value| value.unwrap_or(Value::None))
    }),
    ("scalar_one_or_none", |vm, this, _| {
        this.only(vm, false, Shape::Scalar(0))
            .map(|value| value.unwrap_or(Value::None))
    }),
    ("scalars", |vm, this, mut args| {
        let at = match args.take("index") {
            None => 0,
            Some(Value::Int(at)) => usize::try_from(at).unwrap_or(usize::MAX),
            Some(key) => this.position(vm, &key)?,
        };
        Ok(Value::object(this.view(Shape::Scalar(at))))
    }),
    ("mappings", |_, this, _| {
        Ok(Value::object(this.view(Shape::Mapping)))
    }),
    ("tuples", |_, this, _| Ok(Value::Object(this.clone()))),
    ("unique", |vm, _, _| Err(vm.unknown("unique() of a result"))),
    ("keys", |_, this, _| {
        Ok(Value::list(
            this.rows.keys.iter().cloned().map(Value::Str).collect(),
        ))
    }),
    ("close", |_, this, _| {
        this.close();
        Ok(Value::None)
    }),
];

impl Result {
    fn view(&self, shape: Shape) -> Self {
        Self {
            rows: self.rows.clone(),
            shape,
        }
    }

    fn close(&self) {
        *self.rows.left.borrow_mut() = Some(VecDeque::new());
    }

    fn position(&self, vm: &Vm<'_>, key: &Value) -> Outcome<usize> {
        let name = key
            .as_str()
            .map(str::to_owned)
            .or_else(|| sql::key(key))
            .unwrap_or_default();
        let at = self.rows.keys.iter().position(|known| **known == *name);
        at.ok_or_else(|| {
            vm.raise(
                "NoSuchColumnError",
                format!("Could not locate column in row for column '{name}'"),
            )
        })
    }

    /// The next row, as the result has it.
    fn next(&self, vm: &mut Vm<'_>) -> Outcome<Option<Value>> {
        let row = match &mut *self.rows.left.borrow_mut() {
            Some(left) => left.pop_front(),
            None => {
                return Err(vm.raise(
                    "ResourceClosedError",
                    "This result object does not return rows. It has been closed automatically.",
                ));
            }
        };
        row.map(|row| shown(vm, row, self.shape)).transpose()
    }

    fn rest(&self, vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        let mut rows = Vec::new();
        while let Some(row) = self.next(vm)? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// The only row; that there is none may be an error.
    fn only(&self, vm: &mut Vm<'_>, required: bool, shape: Shape) -> Outcome<Option<Value>> {
        let view = match (shape, self.shape) {
            (Shape::Row, own) => self.view(own),
            (shape, _) => self.view(shape),
        };
        let mut rows = view.rest(vm)?;
        match (rows.len(), required) {
            (0, true) => Err(vm.raise("NoResultFound", "No row was found when one was required")),
            (0, false) => Ok(None),
            (1, _) => Ok(rows.pop()),
            (_, true) => Err(vm.raise(
                "MultipleResultsFound",
                "Multiple rows were found when exactly one was required",
            )),
            (_, false) => Err(vm.raise(
                "MultipleResultsFound",
                "Multiple rows were found when one or none was required",
            )),
        }
    }
}

/// A row as a result has it.
fn shown(vm: &Vm<'_>, row: Rc<Row>, shape: Shape) -> Outcome<Value> {
    match shape {
        Shape::Row => Ok(Value::Object(row)),
        Shape::Mapping => Ok(Value::object(RowMapping(row))),
        Shape::Scalar(at) => match row.values.get(at) {
            Some(value) => Ok(value.clone()),
            None => Err(vm.raise(
                "NoSuchColumnError",
                format!("Could not locate column in row for column '{at}'"),
            )),
        },
    }
}

impl Object for Result {
    fn class_name(&self) -> &str {
        match self.shape {
            Shape::Row => "CursorResult",
            Shape::Mapping => "MappingResult",
            Shape::Scalar(_) => "ScalarResult",
        }
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if let Some(method) = bound(&self, METHODS, name) {
            return Ok(Some(method));
        }
        Ok(match name {
            "rowcount" if vm.offline => {
                return Err(vm.needs_database("how many rows a statement touched".to_owned()));
            }
            "rowcount" if self.rows.touched.is_none() && self.rows.left.borrow().is_none() => {
                return Err(vm.unknown("the rowcount of a statement of which the database does not tell it"));
            }
            "rowcount" => Some(Value::Int(self.rows.touched.map_or(-1, i128::from))),
            "returns_rows" => Some(Value::Bool(self.rows.left.borrow().is_some())),
            "inserted_primary_key" | "lastrowid" | "inserted_primary_key_rows" => {
                return Err(vm.unknown(format!("result.{name}")));
            }
            _ => None,
        })
    }

    fn iterate(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        self.rest(vm)
    }

    fn enter(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Value> {
        Ok(Value::Object(self))
    }
}
