//! A measurement is kept, goes on where it was, and can be compared.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use burn::nn::LinearConfig;
use saddlepoint_experiments::measure::instruments::{self, Instrument};
use saddlepoint_experiments::measure::{BurnModel, Part, Session, Settings, Subject, Watch};
use saddlepoint_models::data::digits;
use saddlepoint_models::device::{Backend, Device, Precision};

use super::{file, finish, measure, quantity, read};

fn diff(a: &std::path::Path, b: &std::path::Path) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saddlepoint-under-test"));
    command.arg("diff").arg(a).arg(b);
    finish(command)
}

#[test]
fn the_same_measurement_gives_the_same_bytes_and_is_not_repeated() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let only = ["--only", "fit,margins,lipschitz,bounds,critical", "--quiet"];
    for folder in [&one, &other] {
        assert_eq!(finish(measure(&file("mlp.onnx"), folder.path(), &only)).0, 0);
    }
    for name in ["measure.json", "measure.csv", "report/index.html"] {
        let bytes = |folder: &tempfile::TempDir| fs::read(folder.path().join(name)).unwrap();
        assert_eq!(bytes(&one), bytes(&other), "{name}");
    }
    // Whatever is written into a kept record is what comes out: nothing is measured again.
    let records: Vec<_> = walk(one.path()).into_iter().filter(|path| path.contains("records")).collect();
    assert_eq!(records.len(), 5, "{records:?}");
    let before = fs::read(one.path().join("measure.json")).unwrap();
    fs::remove_file(one.path().join("measure.json")).unwrap();
    let (code, _, stderr) = finish(measure(&file("mlp.onnx"), one.path(), &only[..2]));
    assert_eq!(code, 0);
    assert!(!stderr.contains("Margins"), "measured again: {stderr}");
    assert_eq!(fs::read(one.path().join("measure.json")).unwrap(), before);
    assert_eq!(diff(one.path(), other.path()).0, 0);
}

/// To time a network that has nothing left to do would be most of the work.
#[test]
fn where_all_is_kept_the_network_does_not_run() {
    struct Nobody;
    impl Watch for Nobody {
        fn begins(&self, _: &str, _: &dyn Instrument, _: Duration) {}
        fn at(&self, _: f64) {}
        fn ends(&self, _: &Part) {}
    }
    let runs = AtomicUsize::new(0);
    let device = Device::open(Backend::default()).unwrap();
    let layer = LinearConfig::new(64, 10).init(&device.burn());
    let model = BurnModel::new(layer, Precision::F32, &device, |layer, x| {
        runs.fetch_add(1, Ordering::Relaxed);
        layer.forward(x)
    });
    let train = digits::split().unwrap().0;
    let subject = Subject::new(&model, &train, Settings::default());
    let folder = tempfile::tempdir().unwrap();
    let session = Session::open(folder.path(), b"a layer", Backend::default()).unwrap();
    let measure = || {
        let mut moment = session.moment("now", &subject, &Nobody);
        ["fit", "margins"].map(|name| moment.part(instruments::find(name).unwrap()).unwrap())
    };
    let first = measure();
    assert!(first.iter().all(|part| part.findings.is_some()) && runs.swap(0, Ordering::Relaxed) > 0);
    assert_eq!(measure(), first);
    assert_eq!(runs.load(Ordering::Relaxed), 0);
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(walk(&path));
        } else {
            all.push(path.display().to_string());
        }
    }
    all
}

#[test]
fn moments_stand_side_by_side_and_differ_where_they_do() {
    let folder = tempfile::tempdir().unwrap();
    let weights = format!("{},{}", file("mlp_init.safetensors").display(), file("mlp.pt").display());
    let more = ["--weights", &weights, "--only", "fit,margins", "--quiet"];
    assert_eq!(finish(measure(&file("mlp.onnx"), folder.path(), &more)).0, 0);
    let found = read(folder.path());
    let names: Vec<&str> = found.checkpoints.iter().map(|checkpoint| checkpoint.name.as_str()).collect();
    assert_eq!(names, ["mlp_init.safetensors", "mlp.pt"]);
    let index = fs::read_to_string(folder.path().join("report/index.html")).unwrap();
    assert!(index.contains("2 moments side by side") && index.contains("checkpoints/moment-2.html"));
    assert!(folder.path().join("report/checkpoints/moment-2.html").is_file());

    let trained = tempfile::tempdir().unwrap();
    let more = ["--only", "fit,margins", "--quiet"];
    assert_eq!(finish(measure(&file("mlp.onnx"), trained.path(), &more)).0, 0);
    let (code, stdout, _) = diff(folder.path(), trained.path());
    assert_eq!(code, 1, "an initial network is not a trained one");
    assert!(stdout.contains("accuracy"), "{stdout}");
    let last = &found.checkpoints[1];
    let (_, accuracy) = last.quantities().find(|(_, quantity)| quantity.name == "accuracy").unwrap();
    assert_eq!(accuracy.value, quantity(&read(trained.path()), "accuracy", "training data").value);
}

#[test]
fn what_an_interruption_leaves_is_gone_on_with() {
    use std::os::unix::process::ExitStatusExt;
    let (folder, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let only = ["--only", "fit,margins,noise,curvature", "--quiet"];
    for wait in [50, 150, 300, 600, 1000] {
        let mut child = measure(&file("mlp.onnx"), folder.path(), &only).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let _ = child.kill();
        let status = child.wait().unwrap();
        assert!(status.signal() == Some(9) || status.success());
        // Whole or not at all.
        if folder.path().join("measure.json").exists() {
            read(folder.path());
        }
    }
    for out in [folder.path(), whole.path()] {
        assert_eq!(finish(measure(&file("mlp.onnx"), out, &only)).0, 0);
    }
    for name in ["measure.json", "measure.csv"] {
        let bytes = |folder: &tempfile::TempDir| fs::read(folder.path().join(name)).unwrap();
        assert_eq!(bytes(&folder), bytes(&whole), "{name}");
    }
}

/// A name that is a script must come out as text.
#[test]
fn names_of_files_are_text_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = folder.path().join("<img src=x onerror=alert(1)>.onnx");
    fs::copy(file("mlp.onnx"), &hostile).unwrap();
    let out = folder.path().join("out");
    assert_eq!(finish(measure(&hostile, &out, &["--only", "fit", "--quiet"])).0, 0);
    let index = fs::read_to_string(out.join("report/index.html")).unwrap();
    assert!(!index.contains("<img src=x") && index.contains("&lt;img src=x"));
}

/// Curvature is a sum over the data, taken in an order that does not depend on who computes which part.
#[test]
fn processes_that_share_the_data_measure_the_same_bits() {
    let measured: Vec<_> = ["1", "2", "5"]
        .map(|processes| {
            let folder = tempfile::tempdir().unwrap();
            let only = "critical,curvature,density";
            let more = ["--only", only, "--batch", "40", "--processes", processes, "--quiet"];
            let (code, _, stderr) = finish(measure(&file("mlp.onnx"), folder.path(), &more));
            assert_eq!((code, stderr.as_str()), (0, ""), "{processes}");
            ["measure.json", "measure.csv"].map(|name| fs::read(folder.path().join(name)).unwrap())
        })
        .into_iter()
        .collect();
    assert!(measured.iter().all(|bytes| *bytes == measured[0]));
}

/// Each moment has its own processes, which have its weights.
#[test]
fn processes_know_the_weights_of_their_moment() {
    let weights = format!("{},{}", file("mlp_init.safetensors").display(), file("mlp.pt").display());
    let measured = ["1", "2"].map(|processes| {
        let folder = tempfile::tempdir().unwrap();
        let more =
            ["--weights", &weights, "--only", "critical", "--batch", "100", "--processes", processes, "-q"];
        assert_eq!(finish(measure(&file("mlp.onnx"), folder.path(), &more)).0, 0);
        fs::read(folder.path().join("measure.csv")).unwrap()
    });
    assert_eq!(measured[0], measured[1]);
}

/// What a process that dies leaves undone is said, and done the next time.
#[test]
#[cfg(target_os = "linux")]
fn a_process_that_is_killed_costs_its_instrument_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--only", "fit,curvature", "--batch", "10", "--processes", "3", "--quiet"];
    let mut command = measure(&file("resnet.onnx"), folder.path(), &more);
    let parent =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let children = format!("/proc/{0}/task/{0}/children", parent.id());
    let children = || fs::read_to_string(&children).unwrap();
    while children().split_whitespace().count() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let child = children().split_whitespace().next().unwrap().to_owned();
    assert!(Command::new("kill").args(["-9", &child]).status().unwrap().success());
    let output = parent.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("the process that computes a share of the batches"), "{text}");
    let found = read(folder.path());
    let done: Vec<bool> = found.checkpoints[0].parts.iter().map(|part| part.findings.is_some()).collect();
    assert_eq!(done, [true, false]);
    assert_eq!(finish(measure(&file("resnet.onnx"), folder.path(), &more)).0, 0);
}
