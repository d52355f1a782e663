//! The `saddlepoint` program.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    saddlepoint_experiments::cli::main()
}
