//! Wrong input: a sentence that says what, where and what to do, exit code 2, nothing half-written.

use std::fs;
use std::path::Path;

use super::{file, finish, measure};

fn refused(network: &Path, more: &[&str], said: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (code, _, stderr) = finish(measure(network, &out, more));
    assert_eq!(code, 2, "{more:?}: {stderr}");
    for part in said {
        assert!(stderr.contains(part), "{part:?} is not in: {stderr}");
    }
    assert!(!out.join("measure.json").exists() && !out.join("report").exists());
}

#[test]
fn networks_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.onnx");
    let whole = fs::read(file("mlp.onnx")).unwrap();
    for length in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&broken, &whole[..length]).unwrap();
        refused(&broken, &[], &["broken.onnx"]);
    }
    refused(Path::new("no-such.onnx"), &[], &["no-such.onnx"]);
    refused(&file("digits.npz"), &[], &["digits.npz"]);
}

#[test]
fn instruments_that_are_none_are_named_with_those_that_are() {
    refused(&file("mlp.onnx"), &["--only", "curvatur"], &["curvatur", "curvature", "margins"]);
    let all: Vec<&str> = saddlepoint_experiments::measure::instruments::ALL.iter().map(|i| i.id()).collect();
    refused(&file("mlp.onnx"), &["--skip", &all.join(",")], &["--skip"]);
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let lenet = file("mlp_init.safetensors");
    refused(&file("lenet.onnx"), &["--weights", lenet.to_str().unwrap()], &["mlp_init.safetensors", "missing"]);
    refused(&file("mlp.onnx"), &["--weights", "none.safetensors"], &["none.safetensors"]);
    let digits = file("digits.npz");
    refused(&file("mlp.onnx"), &["--weights", digits.to_str().unwrap()], &["digits.npz"]);
}

#[test]
fn data_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let table = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let row = |label: &str| format!("{}{label}\n", "0.5,".repeat(64));
    for (name, text, said) in [
        ("short.csv", "0.5,0.5,1\n".to_owned(), "short.csv"),
        ("range.csv", row("17"), "range.csv"),
        ("class.csv", row("0") + &row("1"), "--classes"),
        ("nan.csv", row("0").replacen("0.5", "NaN", 1), "nan.csv"),
        ("text.csv", row("cat"), "text.csv"),
        ("empty.csv", String::new(), "empty.csv"),
    ] {
        let path = table(name, &text);
        refused(&file("mlp.onnx"), &["--test", &path], &[said]);
    }
    refused(&file("mlp.onnx"), &["--test", "no-such.npz"], &["no-such.npz"]);
}
