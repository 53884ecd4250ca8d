//! Tests of the SQL lexers: cases in files, and laws.

mod cases;
mod checksum;
mod classify;
mod index;
mod laws;
