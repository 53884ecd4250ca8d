//! The pure half of limbeck: revisions and their graph, revision files, and the SQL lexers.
//!
//! Nothing here opens a connection, prints, or reads a clock or the environment. The library
//! `limbeck` re-exports all but [`checksum`]; `limbeck-macros` uses it to check embedded revisions while
//! a program is compiled.

pub mod checksum;
pub mod diagram;
pub mod dialect;
pub mod diff;
pub mod op;
pub mod plan;
pub mod revision;
pub mod schema;
pub mod script;

pub use dialect::Dialect;
