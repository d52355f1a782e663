//! The `saddlepoint` program, built together with the tests that call it.

use std::process::ExitCode;

fn main() -> ExitCode {
    saddlepoint_experiments::cli::main()
}
