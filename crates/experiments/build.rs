//! Tells the program which compiler and which burn it was built with, for the manifest of a run.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", lock.display());
    println!("cargo:rustc-env=SADDLEPOINT_RUSTC={}", rustc().unwrap_or_else(|| "unknown".into()));
    println!("cargo:rustc-env=SADDLEPOINT_BURN={}", burn(&lock).unwrap_or_else(|| "unknown".into()));
}

fn rustc() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// The version of burn in a lock file: the line after its name.
fn burn(lock: &Path) -> Option<String> {
    let text = fs::read_to_string(lock).ok()?;
    let (_, rest) = text.split_once("name = \"burn\"\nversion = \"")?;
    Some(rest.split('"').next()?.to_owned())
}
