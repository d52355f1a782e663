//! Only the device file names the tensor libraries behind burn, and the executor of programs its own.

use std::fs;
use std::path::Path;

use crate::{assert_none, root, rust_files};

/// The file that may.
const DEVICE: &str = "crates/models/src/device.rs";

/// Captured programs are executed below `Device`, on one library that this file names; the nested automatic
/// differentiation that checks them is typed by it too.
const EXECUTOR: [&str; 2] = ["crates/curvature/src/backend.rs", "crates/curvature/tests/exact/oracle.rs"];

/// How burn's backends can be named in Rust.
const NAMES: &[&str] = &[
    "Device::flex",
    "Device::ndarray",
    "Device::wgpu",
    "Device::vulkan",
    "Device::metal",
    "Device::cuda",
    "DeviceType::",
    "burn::backend",
    "burn_flex",
    "burn_ndarray",
    "burn_wgpu",
];

/// Lines of a source text that name a backend, as `path:line: name`.
fn mentions(path: &Path, text: &str) -> Vec<String> {
    text.lines()
        .enumerate()
        .flat_map(|(index, line)| {
            NAMES.iter().filter(move |name| line.contains(**name)).map(move |name| (index, name))
        })
        .map(|(index, name)| format!("{}:{}: {name} belongs into {DEVICE}", path.display(), index + 1))
        .collect()
}

#[test]
fn only_the_device_file_names_burns_backends() {
    let root = root();
    let broken: Vec<String> = rust_files(&root.join("crates"))
        .into_iter()
        .filter(|path| *path != root.join(DEVICE) && EXECUTOR.iter().all(|file| *path != root.join(file)))
        .flat_map(|path| {
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            mentions(path.strip_prefix(&root).expect("found below the root"), &text)
        })
        .collect();
    assert_none(&broken);
}

#[test]
fn the_scan_sees_what_it_looks_for() {
    let root = root();
    let device = fs::read_to_string(root.join(DEVICE)).expect("the device file");
    for backend in ["Device::flex", "Device::ndarray", "DeviceType::"] {
        assert!(mentions(Path::new(DEVICE), &device).iter().any(|line| line.contains(backend)), "{backend}");
    }
    assert!(mentions(Path::new("x.rs"), "let device = lab.device()?;").is_empty());
}

/// The file that calls a library through pointers, behind assertions of its own.
const UNSAFE: &str = "crates/curvature/src/cpu/product.rs";

#[test]
fn only_the_matrix_product_allows_unsafe_code() {
    let root = root();
    let allowed: Vec<String> = rust_files(&root.join("crates"))
        .into_iter()
        .filter(|path| fs::read_to_string(path).expect("sources are UTF-8").contains("allow(unsafe_code"))
        .map(|path| path.strip_prefix(&root).expect("found below the root").display().to_string())
        .collect();
    assert_eq!(allowed, [UNSAFE]);
}

#[test]
fn every_other_crate_forbids_unsafe_code() {
    let root = root();
    let mut roots = vec![root.join("xtask/src/main.rs"), root.join("tests/src/lib.rs")];
    for entry in fs::read_dir(root.join("crates")).expect("the crates") {
        let source = entry.expect("a readable entry").path().join("src");
        roots.extend(
            ["lib.rs", "main.rs"].map(|name| source.join(name)).into_iter().filter(|path| path.is_file()),
        );
    }
    roots.extend(rust_files(&root.join("tests/src/bin")));
    let lenient: Vec<String> = roots
        .iter()
        .filter(|path| !root.join(UNSAFE).starts_with(path.parent().expect("a folder")))
        .filter(|path| !fs::read_to_string(path).expect("UTF-8").contains("\n#![forbid(unsafe_code)]\n"))
        .map(|path| format!("{} does not forbid unsafe code", path.display()))
        .collect();
    assert_none(&lenient);
}
