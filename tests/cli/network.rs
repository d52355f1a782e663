//! `saddlepoint network`: what a network consists of, or a sentence and exit code 2.

use std::path::{Path, PathBuf};

use super::{finish, program};

fn network(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/curvature/tests/pytorch").join(name)
}

fn show(path: &Path, more: &[&str]) -> (i32, String, String) {
    let mut command = program(&["network"]);
    command.arg(path).args(more);
    finish(command)
}

#[test]
fn layers_shapes_parameters_and_operations_are_shown() {
    let (code, text, errors) = show(&network("lenet.onnx"), &[]);
    assert_eq!(code, 0, "{errors}");
    // conv1: 6 filters of 9 weights at 64 places, two operations each.
    for part in ["input `x` n x 1 x 8 x 8", "6 x 8 x 8", "6912  conv1.weight, conv1.bias", "1190"] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let (code, text, _) = show(&network("transformer_old.onnx"), &["--json"]);
    assert_eq!(code, 0);
    let shown: serde_json::Value = serde_json::from_str(&text).unwrap();
    let count: u64 = shown["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["parameter_count"].as_u64().unwrap())
        .sum();
    assert_eq!(count, 1618);
}

#[test]
fn what_applies_is_told_from_what_does_not() {
    let (code, text, errors) = show(&network("transformer_old.onnx"), &[]);
    assert_eq!(code, 0, "{errors}");
    for part in ["does not apply", "as attention does", "test-set bounds", "spectral norm"] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let (code, text, _) = show(&network("mlp_old.onnx"), &["--json"]);
    assert_eq!(code, 0);
    let shown: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(shown["lipschitz"]["upper"].as_f64().unwrap() > 1.0);
    assert_eq!(shown["operators"].as_array().unwrap().len(), 5);
    let refused =
        shown["applicable"].as_array().unwrap().iter().filter(|found| found["applies"] == false).count();
    assert!(refused > 0 && refused < shown["applicable"].as_array().unwrap().len());
}

#[test]
fn files_that_are_no_networks_are_refused_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(network("mlp_old.onnx")).unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let cut = put("cut.onnx", &whole[..whole.len() / 2]);
    let empty = put("empty.onnx", &[]);
    let words = put("words.onnx", b"this is no network");
    for (path, hint) in [
        (cut.as_path(), "not an ONNX network"),
        (&empty, "not an ONNX network"),
        (&words, "not an ONNX network"),
        (&network("digits.npz"), "not an ONNX network"),
        (&network("mlp.pt"), "not an ONNX network"),
        (&network("absent.onnx"), "cannot read"),
        (folder.path(), "cannot read"),
    ] {
        let (code, text, errors) = show(path, &[]);
        assert_eq!((code, text.as_str()), (2, ""), "{}: {errors}", path.display());
        assert!(errors.contains(hint) && errors.contains(&path.display().to_string()), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
}
