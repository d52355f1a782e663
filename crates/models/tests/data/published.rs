//! Data sets that are known by name: found where they should be, and refused when they are not what was published.

use std::path::Path;

use saddlepoint_models::data::{DataError, DataFolder, DataSet, Part};

use crate::encode::{Folder, gzip, idx};

fn message(folder: &DataFolder, set: DataSet, part: Part) -> String {
    folder.load(set, part).unwrap_err().to_string()
}

#[test]
fn what_is_missing_is_named_with_its_source_and_its_place() {
    let nowhere = DataFolder::new(None);
    assert_eq!(
        message(&nowhere, DataSet::Mnist, Part::Test),
        "the test part of mnist was not found: download t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz of the \
         MNIST database (yann.lecun.com/exdb/mnist) into DATA/mnist, and name DATA with --data-dir or \
         SADDLEPOINT_DATA"
    );
    let folder = Folder::new();
    folder.put("cifar-10-batches-bin/data_batch_3.bin", b"");
    let data = DataFolder::new(Some(folder.path().to_owned()));
    let error = message(&data, DataSet::Cifar10, Part::Train);
    assert!(error.contains("data_batch_2.bin, data_batch_4.bin") && error.contains("cifar-10-binary.tar.gz"));
    assert!(error.contains(&folder.path().join("cifar-10").display().to_string()));
    assert!(message(&data, DataSet::FashionMnist, Part::Train).contains("zalandoresearch"));
}

#[test]
fn other_contents_are_refused_wherever_the_files_lie() {
    let right_size = idx(&[10_000, 28, 28], &vec![0; 7_840_000]);
    let labels = idx(&[10_000], &[0; 10_000]);
    for place in ["mnist/", ""] {
        let folder = Folder::new();
        let data = DataFolder::new(Some(folder.path().to_owned()));
        folder.put(&format!("{place}t10k-labels-idx1-ubyte"), &labels);
        folder.put(&format!("{place}t10k-images-idx3-ubyte.gz"), &gzip(&right_size));
        let error = message(&data, DataSet::Mnist, Part::Test);
        for part in
            ["t10k-images", "sha256", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"]
        {
            assert!(error.contains(part), "{error}");
        }
        folder.put(&format!("{place}t10k-images-idx3-ubyte.gz"), &gzip(&right_size[1..]));
        let error = message(&data, DataSet::Mnist, Part::Test);
        assert!(error.contains("size 7840015, not 7840016"), "{error}");
    }

    let folder = Folder::new();
    folder.put("cifar-10/cifar-10-batches-bin/test_batch.bin", &vec![0; 30_730_000]);
    let error = message(&DataFolder::new(Some(folder.path().to_owned())), DataSet::Cifar10, Part::Test);
    assert!(error.contains("md5") && error.contains("803d5f7f4d78ea53de84dbe85f74fb6d"), "{error}");
}

#[test]
fn names_and_checksums_tell_the_data_sets_apart() {
    let checksums = DataSet::ALL.map(DataSet::checksum);
    for (i, set) in DataSet::ALL.into_iter().enumerate() {
        assert_eq!(serde_json::to_string(&set).unwrap(), format!("\"{set}\""));
        assert_eq!(checksums[i].len(), 64);
        assert!(!checksums[..i].contains(&checksums[i]));
    }
}

/// The folder of shared data beside the checkout, where there is one.
#[test]
fn mnist_itself() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !shared.join("mnist").is_dir() {
        println!("skipped: MNIST is not beside this checkout");
        return;
    }
    for folder in [shared.clone(), shared.join("mnist")] {
        let data = DataFolder::new(Some(folder));
        let samples = data.load(DataSet::Mnist, Part::Test).unwrap();
        assert_eq!((samples.len(), samples.shape()), (10_000, &[1, 28, 28][..]));
        let (labels, classes) = samples.labels().unwrap();
        assert_eq!(labels[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
        // The class counts that the literature gives for the test part.
        let counts: Vec<usize> = (0..classes).map(|c| labels.iter().filter(|&&l| l == c).count()).collect();
        assert_eq!(counts, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
        assert!(matches!(data.load(DataSet::Mnist, Part::Train), Err(DataError::Missing { .. })));
    }
    let fashion = DataFolder::new(Some(shared.join("mnist"))).load(DataSet::FashionMnist, Part::Test);
    assert!(matches!(fashion, Err(DataError::NotAsPublished { .. })));
}
