//! Alembic's revisions without Python: what an Alembic directory says is read, and its revisions are evaluated.
//!
//! The evaluator understands the part of Python that migrations use, and guesses nothing: whatever it does not know is an error
//! that names it, with file and line.

mod alembic;
mod modules;
mod packages;
mod sa;
mod stdlib;
mod value;
mod vm;
