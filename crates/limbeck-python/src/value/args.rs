use std::collections::VecDeque;

use super::{Outcome, Value};
use crate::vm::Vm;

/// What a function is called with. A function of the evaluator's takes its arguments in the order of its signature, and ends with
/// [`Args::finish`], so that nothing that was passed is overlooked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Args {
    /// Those without a name that are not taken yet.
    pub(crate) positional: VecDeque<Value>,
    /// Those with a name that are not taken yet.
    pub(crate) keywords: Vec<(String, Value)>,
}

impl Args {
    pub(crate) fn of(positional: impl IntoIterator<Item = Value>) -> Self {
        Self {
            positional: positional.into_iter().collect(),
            keywords: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.keywords.push((name.to_owned(), value));
        self
    }

    /// The next argument, or the one with that name.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.keyword(name).or_else(|| self.positional.pop_front())
    }

    /// The next argument, or the one with that name; it must be there.
    pub(crate) fn need(&mut self, vm: &Vm<'_>, name: &str) -> Outcome<Value> {
        self.take(name)
            .ok_or_else(|| vm.type_error(format!("missing a required argument: '{name}'")))
    }

    /// The argument with that name, and only so.
    pub(crate) fn keyword(&mut self, name: &str) -> Option<Value> {
        let at = self.keywords.iter().position(|(keyword, _)| keyword == name)?;
        Some(self.keywords.remove(at).1)
    }

    /// All that have no name.
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.positional).into()
    }

    /// Ends the taking: what is left over was not meant for this function.
    pub(crate) fn finish(self, vm: &Vm<'_>, function: &str) -> Outcome<()> {
        if let Some((name, _)) = self.keywords.first() {
            return Err(vm.unknown(format!("the argument '{name}' of {function}()")));
        }
        if !self.positional.is_empty() {
            return Err(vm.type_error(format!("{function}() takes fewer arguments than it is given")));
        }
        Ok(())
    }
}
