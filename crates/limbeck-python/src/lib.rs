//! Alembic's revisions without Python: what an Alembic directory says is read, and its revisions are evaluated.
//!
//! The evaluator understands the part of Python that migrations use, and guesses nothing: whatever it does not know is an error
//! that names it, with file and line.

mod alembic;
mod bridge;
mod config;
mod env;
mod header;
mod modules;
mod packages;
mod render;
mod revision;
mod sa;
mod stdlib;
mod value;
mod vm;

pub use config::{Config, ConfigError, ConfigFiles, Hook};
pub use env::{Computed, Environment, UrlSource};
pub use render::{Body, Writing};
pub use revision::{CreateDate, NewRevision, Python, Surroundings, UnknownTemplate, scripts};
