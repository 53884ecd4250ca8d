//! The tests of the command line, in one binary.
