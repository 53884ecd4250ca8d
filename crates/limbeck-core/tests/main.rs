//! The tests of the crate, in one binary.

mod graph;
mod lex;
mod oracle;
