//! The dependency direction, as `cargo metadata` reports it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

use crate::{assert_none, root};

/// Which packages of the workspace each package may use in its library or program. One that is not listed here has
/// no place in the house yet.
const DIRECTION: &[(&str, &[&str])] = &[
    ("saddlepoint-rigor", &[]),
    ("saddlepoint-theory", &["saddlepoint-rigor"]),
    ("saddlepoint-landscape", &["saddlepoint-rigor"]),
    ("saddlepoint-models", &[]),
    ("saddlepoint-curvature", &["saddlepoint-landscape"]),
    (
        "saddlepoint-experiments",
        &[
            "saddlepoint-rigor",
            "saddlepoint-theory",
            "saddlepoint-landscape",
            "saddlepoint-models",
            "saddlepoint-curvature",
        ],
    ),
    (
        "saddlepoint-tests",
        &[
            "saddlepoint-experiments",
            "saddlepoint-landscape",
            "saddlepoint-models",
            "saddlepoint-rigor",
            "saddlepoint-theory",
        ],
    ),
    ("xtask", &[]),
];

/// Packages that must build without burn, however indirectly it would come in: their users need no network.
const WITHOUT_BURN: &[&str] = &["saddlepoint-rigor", "saddlepoint-theory", "saddlepoint-landscape", "xtask"];

/// The only packages that may name burn themselves.
const WITH_BURN: &[&str] = &["saddlepoint-models", "saddlepoint-curvature", "saddlepoint-experiments"];

/// Features of burn that choose where tensors live.
const BACKEND_FEATURES: &[&str] = &[
    "candle", "cpu", "cuda", "flex", "metal", "ndarray", "remote", "rocm", "router", "tch", "vulkan", "webgpu",
    "wgpu", "x86-v4",
];

#[test]
fn packages_depend_only_downwards() {
    let metadata = metadata();
    let members: BTreeSet<&str> = metadata.workspace_packages().iter().map(|package| name(package)).collect();
    let direction: BTreeMap<&str, &[&str]> = DIRECTION.iter().copied().collect();
    let mut broken = Vec::new();
    for package in metadata.workspace_packages() {
        let Some(allowed) = direction.get(name(package)) else {
            broken.push(format!("{} has no place in DIRECTION", package.name));
            continue;
        };
        let used = normal_dependencies(package).filter(|used| members.contains(used));
        broken.extend(
            used.filter(|used| !allowed.contains(used))
                .map(|used| format!("{} may not depend on {used}", package.name)),
        );
    }
    broken.extend(
        direction
            .keys()
            .filter(|name| !members.contains(*name))
            .map(|name| format!("there is no package {name}")),
    );
    assert_none(&broken);
}

#[test]
fn mathematics_builds_without_burn() {
    let metadata = metadata();
    let mut broken = Vec::new();
    for package in metadata.workspace_packages() {
        if WITHOUT_BURN.contains(&name(package)) {
            broken.extend(
                reachable(&metadata, &package.id)
                    .into_iter()
                    .filter(|reached| reached.starts_with("burn") || reached.starts_with("cubecl"))
                    .map(|reached| format!("{} reaches {reached}", package.name)),
            );
        }
    }
    assert_none(&broken);
}

#[test]
fn burn_is_named_only_where_networks_are() {
    let metadata = metadata();
    let broken: Vec<String> = metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| !WITH_BURN.contains(&name(package)))
        .flat_map(|package| {
            normal_dependencies(package)
                .filter(|used| used.starts_with("burn"))
                .map(|used| format!("{} may not depend on {used}", package.name))
        })
        .collect();
    assert_none(&broken);
}

#[test]
fn only_models_names_burns_backends() {
    let metadata = metadata();
    let mut broken = Vec::new();
    for package in metadata.workspace_packages() {
        if name(package) == "saddlepoint-models" {
            continue;
        }
        let burn = package.dependencies.iter().filter(|dependency| dependency.name.starts_with("burn"));
        broken.extend(
            burn.flat_map(|dependency| &dependency.features)
                .filter(|feature| BACKEND_FEATURES.contains(&feature.as_str()))
                .map(|feature| format!("{} asks burn for {feature:?}", package.name)),
        );
        let enabled = package.features.values().flatten();
        broken.extend(
            enabled
                .filter(|enabled| enabled.starts_with("burn"))
                .map(|enabled| format!("a feature of {} enables {enabled:?}", package.name)),
        );
    }
    assert_none(&broken);
}

#[test]
fn the_rules_see_what_they_look_for() {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    let models = packages.iter().find(|package| name(package) == "saddlepoint-models").expect("models exist");
    assert!(reachable(&metadata, &models.id).iter().any(|reached| reached.starts_with("burn-")));
    assert!(normal_dependencies(models).any(|used| used == "burn"));
    assert!(models.features.values().flatten().any(|enabled| enabled == "burn/flex"));
}

/// The resolved graph for the machine that runs the test. Nothing is downloaded: what this machine builds is here.
fn metadata() -> Metadata {
    let version = Command::new("rustc").arg("-vV").current_dir(root()).output().expect("rustc runs").stdout;
    let version = String::from_utf8(version).expect("rustc writes UTF-8");
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--offline", "--filter-platform", host].map(str::to_owned))
        .exec()
        .expect("cargo describes the workspace")
}

fn name(package: &Package) -> &str {
    package.name.as_str()
}

fn normal_dependencies(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal)
        .map(|dependency| dependency.name.as_str())
}

/// The names of all packages that are compiled for a package's library, itself included.
fn reachable<'a>(metadata: &'a Metadata, from: &'a PackageId) -> BTreeSet<&'a str> {
    let graph = metadata.resolve.as_ref().expect("the graph is resolved");
    let nodes: BTreeMap<&PackageId, _> = graph.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut seen = BTreeSet::from([from]);
    let mut waiting = vec![from];
    while let Some(id) = waiting.pop() {
        for dependency in &nodes[id].deps {
            let compiled = dependency.dep_kinds.iter().any(|info| info.kind == DependencyKind::Normal);
            if compiled && seen.insert(&dependency.pkg) {
                waiting.push(&dependency.pkg);
            }
        }
    }
    seen.into_iter().map(|id| name(&metadata[id])).collect()
}
