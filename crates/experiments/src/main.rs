//! The `saddlepoint` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    saddlepoint_experiments::cli::main()
}
