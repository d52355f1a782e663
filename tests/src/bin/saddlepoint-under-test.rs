//! The `saddlepoint` program, built together with the tests that call it.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    saddlepoint_experiments::cli::main()
}
