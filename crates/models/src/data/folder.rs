//! Data sets that are known by name: where their files are looked for, and what must be in them.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use md5::Md5;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::file::{self, Contents};
use super::{DataError, Samples, cifar, digits, hexadecimal, idx};

/// Data sets that are known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataSet {
    /// UCI optical digits, test part: embedded. See [`digits`].
    Digits,
    /// Handwritten digits, 28 × 28, from a folder (LeCun, Cortes, Burges 1998).
    Mnist,
    /// Articles of clothing, 28 × 28, from a folder (Xiao, Rasul, Vollgraf 2017).
    FashionMnist,
    /// Colour photographs, 3 × 32 × 32, from a folder (Krizhevsky 2009).
    #[serde(rename = "cifar-10")]
    Cifar10,
}

/// The part of a data set: the one to train on, or the one to test on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// To train on.
    Train,
    /// To test on.
    Test,
}

/// A file as it is published: name, size and digest of its contents (decompressed).
struct Published {
    name: &'static str,
    size: usize,
    digest: Checksum,
}

enum Checksum {
    Sha256(&'static str),
    Md5(&'static str),
}

impl Published {
    const fn idx(name: &'static str, size: usize, sha256: &'static str) -> Self {
        Self { name, size, digest: Checksum::Sha256(sha256) }
    }

    const fn batch(name: &'static str, md5: &'static str) -> Self {
        Self { name, size: 10_000 * 3073, digest: Checksum::Md5(md5) }
    }
}

// The sha256 of the decompressed files, so that every gzip of them is good. MNIST's are those that many projects
// list whose archives have the sha256 of tensorflow-datasets (url_checksums/mnist.txt); the test part was also
// computed here from the files themselves. Fashion-MNIST's are listed alike by several independent projects that
// checked the md5 which the publisher gives for the archives (as in torchvision, datasets/mnist.py).
const MNIST: [[Published; 2]; 2] = [
    [
        Published::idx(
            "train-images-idx3-ubyte",
            47_040_016,
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        Published::idx(
            "train-labels-idx1-ubyte",
            60_008,
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
    ],
    [
        Published::idx(
            "t10k-images-idx3-ubyte",
            7_840_016,
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        Published::idx(
            "t10k-labels-idx1-ubyte",
            10_008,
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ],
];
const FASHION_MNIST: [[Published; 2]; 2] = [
    [
        Published::idx(
            "train-images-idx3-ubyte",
            47_040_016,
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        Published::idx(
            "train-labels-idx1-ubyte",
            60_008,
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
    ],
    [
        Published::idx(
            "t10k-images-idx3-ubyte",
            7_840_016,
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        Published::idx(
            "t10k-labels-idx1-ubyte",
            10_008,
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ],
];
// The publisher gives the md5 of the archive only (c32a1d4ab5d03f1284b67883e8d87530 for cifar-10-binary.tar.gz);
// the md5 of its members are those that several independent projects check after unpacking it.
const CIFAR_10: [&[Published]; 2] = [
    &[
        Published::batch("data_batch_1.bin", "5dd7e06a14cb22eb9f671a540d1b7c25"),
        Published::batch("data_batch_2.bin", "5ea93a67294ea407fff1d09f752e9692"),
        Published::batch("data_batch_3.bin", "942cd6a4bcdd0dd3c604fbe906cb4421"),
        Published::batch("data_batch_4.bin", "ae636b3ba5c66a11e91e8cb52e771fcb"),
        Published::batch("data_batch_5.bin", "53f37980c15c3d472c316c40844f3f0d"),
    ],
    &[Published::batch("test_batch.bin", "803d5f7f4d78ea53de84dbe85f74fb6d")],
];

impl DataSet {
    /// Every data set that is known by name.
    pub const ALL: [DataSet; 4] = [DataSet::Digits, DataSet::Mnist, DataSet::FashionMnist, DataSet::Cifar10];

    /// The sha256 that stands for the contents of the data set: of the table for the embedded digits, of the list of
    /// file names and published digests for the others. No file is read, for files with other contents are refused.
    pub fn checksum(self) -> String {
        if self == DataSet::Digits {
            return digits::CHECKSUM.to_owned();
        }
        let mut list = Sha256::new();
        for file in [Part::Train, Part::Test].into_iter().flat_map(|part| self.files(part)) {
            let (Checksum::Sha256(digest) | Checksum::Md5(digest)) = file.digest;
            list.update(format!("{} {digest}\n", file.name));
        }
        hexadecimal(&list.finalize())
    }

    fn files(self, part: Part) -> &'static [Published] {
        match self {
            DataSet::Digits => &[],
            DataSet::Mnist => &MNIST[part as usize],
            DataSet::FashionMnist => &FASHION_MNIST[part as usize],
            DataSet::Cifar10 => CIFAR_10[part as usize],
        }
    }

    /// What to download to have these files, and from whom.
    fn project(self) -> &'static str {
        match self {
            DataSet::Digits => "this program",
            DataSet::Mnist => "the MNIST database (yann.lecun.com/exdb/mnist)",
            DataSet::FashionMnist => "Zalando's Fashion-MNIST (github.com/zalandoresearch/fashion-mnist)",
            DataSet::Cifar10 => {
                "the binary version of CIFAR-10 (cifar-10-binary.tar.gz of www.cs.toronto.edu/~kriz/cifar.html)"
            }
        }
    }
}

impl Display for DataSet {
    /// The name that its folder has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            DataSet::Digits => "digits",
            DataSet::Mnist => "mnist",
            DataSet::FashionMnist => "fashion-mnist",
            DataSet::Cifar10 => "cifar-10",
        })
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Part::Train => "train",
            Part::Test => "test",
        })
    }
}

/// Where data sets that are not embedded are read from.
///
/// The files of a set are looked for in the folder's own folder of that name (`mnist`, `fashion-mnist`, `cifar-10`),
/// then in the folder itself, then where the archive of CIFAR-10 unpacks (`cifar-10-batches-bin`); as they are or
/// gzipped with `.gz` at the end of the name.
#[derive(Debug, Clone, Default)]
pub struct DataFolder {
    folder: Option<PathBuf>,
}

impl DataFolder {
    /// A folder, or none: then only embedded data sets can be read.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// The folder.
    pub fn path(&self) -> Option<&PathBuf> {
        self.folder.as_ref()
    }

    /// Reads a part of a data set, and checks size and digest of every file that it reads. Pixels are between 0
    /// and 1.
    ///
    /// # Shapes
    /// Digits `[64]`, MNIST and Fashion-MNIST `[1, 28, 28]`, CIFAR-10 `[3, 32, 32]`.
    ///
    /// # Errors
    /// [`DataError::Missing`] names the files that are not there, [`DataError::NotAsPublished`] the one with other
    /// contents; [`DataError::Unreadable`], [`DataError::Damaged`] or [`DataError::TooLarge`] as they say.
    ///
    /// # Example
    /// ```
    /// use saddlepoint_models::data::{DataFolder, DataSet, Part};
    ///
    /// let nowhere = DataFolder::new(None);
    /// assert_eq!(nowhere.load(DataSet::Digits, Part::Test)?.len(), 797);
    /// let error = nowhere.load(DataSet::Mnist, Part::Test).unwrap_err();
    /// assert!(error.to_string().contains("t10k-images-idx3-ubyte.gz"));
    /// # Ok::<(), saddlepoint_models::data::DataError>(())
    /// ```
    pub fn load(&self, set: DataSet, part: Part) -> Result<Samples, DataError> {
        if set == DataSet::Digits {
            let (train, test) = digits::split()?;
            return Ok(if part == Part::Train { train } else { test });
        }
        let found = self.find(set, part)?;
        let read = |(path, published): &(PathBuf, &Published)| verified(file::read(path)?, published);
        let files = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        match &files[..] {
            [images, labels] => idx::parse(images, labels, 10),
            batches => cifar::parse(batches),
        }
    }

    /// Where each file of a part lies.
    fn find(&self, set: DataSet, part: Part) -> Result<Vec<(PathBuf, &'static Published)>, DataError> {
        let (found, missing): (Vec<_>, Vec<_>) = set
            .files(part)
            .iter()
            .map(|file| (self.look_for(set, file.name), file))
            .partition(|(path, _)| path.is_some());
        if missing.is_empty() {
            return Ok(found.into_iter().filter_map(|(path, file)| Some((path?, file))).collect());
        }
        let ending = if set == DataSet::Cifar10 { "" } else { ".gz" };
        let files: Vec<String> = missing.iter().map(|(_, file)| format!("{}{ending}", file.name)).collect();
        Err(DataError::Missing {
            set: format!("the {part} part of {set}"),
            files: files.join(", "),
            project: set.project(),
            folder: match &self.folder {
                Some(folder) => folder.join(set.to_string()).display().to_string(),
                None => format!("DATA/{set}, and name DATA with --data-dir or SADDLEPOINT_DATA"),
            },
        })
    }

    fn look_for(&self, set: DataSet, name: &str) -> Option<PathBuf> {
        let folder = self.folder.as_deref()?;
        let own = folder.join(set.to_string());
        let unpacked = Path::new("cifar-10-batches-bin");
        [&own, folder, &own.join(unpacked), &folder.join(unpacked)]
            .into_iter()
            .flat_map(|place| [place.join(name), place.join(format!("{name}.gz"))])
            .find(|path| path.is_file())
    }
}

/// The contents, if they are the published ones.
fn verified(file: Contents, published: &Published) -> Result<Contents, DataError> {
    let differs = |what, expected: String, found: String| {
        Err(DataError::NotAsPublished { file: file.path.clone(), what, expected, found })
    };
    if file.bytes.len() != published.size {
        return differs("size", published.size.to_string(), file.bytes.len().to_string());
    }
    let (what, expected, found) = match published.digest {
        Checksum::Sha256(digest) => ("sha256", digest, hexadecimal(&Sha256::digest(&file.bytes))),
        Checksum::Md5(digest) => ("md5", digest, hexadecimal(&Md5::digest(&file.bytes))),
    };
    if found == expected { Ok(file) } else { differs(what, expected.to_owned(), found) }
}
