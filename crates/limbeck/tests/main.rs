//! The tests that need servers or files: one binary, so that they share their servers.

mod backup;
mod cancelling;
mod cases;
mod concurrently;
mod database;
mod derive;
mod embed;
mod generate;
mod index_progress;
mod laws;
mod locking;
mod models;
mod parallel;
mod programs;
mod spans;
mod trial;
mod waiting;
