//! The tests of the crate, in one binary.
#![allow(
    clippy::print_stdout,
    clippy::result_large_err,
    reason = "tests say what they compared, and fail once"
)]

mod destructive;
mod graph;
mod lex;
mod oracle;
mod program;
mod script;
