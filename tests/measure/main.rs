//! `saddlepoint measure` as a person uses it, on networks that PyTorch trained, against what PyTorch says of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agreement;
mod bad_input;
mod session;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use saddlepoint_experiments::measure::{Measurement, Quantity};

/// A file of the networks, checkpoints and data that PyTorch made.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/curvature/tests/pytorch").join(name)
}

/// `measure NETWORK --train digits.npz --out OUT`, and more.
fn measure(network: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saddlepoint-under-test"));
    command.arg("measure").arg(network).arg("--train").arg(file("digits.npz")).arg("--out").arg(out).args(more);
    command
}

fn finish(mut command: Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (status.code().unwrap_or(-1), text(&stdout), text(&stderr))
}

/// What a measurement wrote down.
fn read(out: &Path) -> Measurement {
    serde_json::from_slice(&std::fs::read(out.join("measure.json")).unwrap()).unwrap()
}

/// A quantity of the first moment.
fn quantity<'a>(measurement: &'a Measurement, name: &str, of: &str) -> &'a Quantity {
    let mut all = measurement.checkpoints[0].quantities().map(|(_, quantity)| quantity);
    all.find(|quantity| quantity.name == name && quantity.of == of)
        .unwrap_or_else(|| panic!("{name} of {of:?}"))
}
