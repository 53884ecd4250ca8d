//! The binary `limbeck`.

use std::process::ExitCode;

fn main() -> ExitCode {
    limbeck_cli::main(std::env::args_os())
}
