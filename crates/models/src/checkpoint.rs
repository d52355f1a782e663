//! Weights under their names: safetensors files, and what `torch.save` writes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use pytorch_reader::{DType, PytorchReader};
use safetensors::{Dtype, SafeTensors};

use crate::element::Element;
use crate::onnx::Numbers;

/// What is wrong with a file of weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not of the kind that its name says.
    #[error("{} is not {kind}: {reason}; write it again with {remedy}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What it should be.
        kind: &'static str,
        /// What is wrong with it.
        reason: String,
        /// How such a file is made.
        remedy: &'static str,
    },
    /// A name whose ending says nothing.
    #[error(
        "{} is no file of weights by its name: .safetensors, .pt and .pth are read",
        file.display()
    )]
    Unknown {
        /// The file.
        file: PathBuf,
    },
    /// A tensor of the file cannot be taken.
    #[error("the tensor `{name}` of {} {reason}", file.display())]
    Tensor {
        /// The file.
        file: PathBuf,
        /// The tensor.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// One tensor of a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Weight {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its entries, row by row.
    pub values: Vec<f64>,
}

/// The floating-point tensors of a file, by name. Integers, such as the number of batches that a normalization has seen, are
/// left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checkpoint {
    /// The tensors.
    pub weights: BTreeMap<String, Weight>,
}

impl Checkpoint {
    /// Reads a safetensors file, or a `state_dict` (or module) that `torch.save` wrote. Nothing in the file is executed: a
    /// pickle is parsed as data. Numbers are binary16, bfloat16, binary32 or binary64.
    ///
    /// # Errors
    /// See [`CheckpointError`]. Entries that are not finite are refused.
    ///
    /// # Example
    /// ```no_run
    /// use saddlepoint_models::checkpoint::Checkpoint;
    ///
    /// let checkpoint = Checkpoint::read("epoch-10.safetensors".as_ref())?;
    /// for (name, weight) in &checkpoint.weights {
    ///     println!("{name} {:?}", weight.shape);
    /// }
    /// # Ok::<(), saddlepoint_models::checkpoint::CheckpointError>(())
    /// ```
    pub fn read(file: &Path) -> Result<Self, CheckpointError> {
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("safetensors") => safetensors(file),
            Some("pt" | "pth") => pickled(file),
            _ => Err(CheckpointError::Unknown { file: file.to_owned() }),
        }
    }

    /// The tensors that lie under one prefix, without it: where training states hold more than weights, the prefix is that
    /// of the weights (`state_dict.`), and networks that were trained in parallel have one too (`module.`). If any of the
    /// names is there as it is, or none under a prefix, all tensors stay.
    #[must_use]
    pub fn under_prefix<'a>(&self, names: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        if names.clone().into_iter().any(|name| self.weights.contains_key(name)) {
            return self.clone();
        }
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for name in names {
            let prefixes = self.weights.keys().filter_map(|key| key.strip_suffix(name));
            for prefix in prefixes.filter(|prefix| prefix.ends_with('.')) {
                *found.entry(prefix).or_default() += 1;
            }
        }
        // The longest of those under which the most names are.
        let Some((prefix, _)) = found.into_iter().max_by_key(|&(prefix, count)| (count, prefix.len())) else {
            return self.clone();
        };
        let inner = |(key, weight): (&String, &Weight)| {
            key.strip_prefix(prefix).map(|name| (name.to_owned(), weight.clone()))
        };
        Self { weights: self.weights.iter().filter_map(inner).collect() }
    }

    fn insert(
        &mut self,
        file: &Path,
        name: &str,
        element: Element,
        shape: &[usize],
        bytes: &[u8],
    ) -> Result<(), CheckpointError> {
        let refused =
            |reason: String| CheckpointError::Tensor { file: file.to_owned(), name: name.to_owned(), reason };
        let Numbers::Float(values) = element.read(bytes) else { return Ok(()) };
        if shape.iter().product::<usize>() != values.len() {
            return Err(refused(format!("has the shape {shape:?}, but {} entries", values.len())));
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(refused(format!("is {} at its entry {at}", values[at])));
        }
        self.weights.insert(name.to_owned(), Weight { shape: shape.to_vec(), values });
        Ok(())
    }
}

fn safetensors(file: &Path) -> Result<Checkpoint, CheckpointError> {
    let bytes =
        std::fs::read(file).map_err(|source| CheckpointError::Unreadable { file: file.to_owned(), source })?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|error| CheckpointError::Malformed {
        file: file.to_owned(),
        kind: "a safetensors file",
        reason: error.to_string(),
        remedy: "safetensors.torch.save_file(model.state_dict(), ...)",
    })?;
    let mut checkpoint = Checkpoint::default();
    for (name, view) in tensors.iter() {
        let element = match view.dtype() {
            Dtype::F16 => Element::Half,
            Dtype::BF16 => Element::Brain,
            Dtype::F32 => Element::Float,
            Dtype::F64 => Element::Double,
            Dtype::BOOL
            | Dtype::U8
            | Dtype::I8
            | Dtype::I16
            | Dtype::U16
            | Dtype::I32
            | Dtype::U32
            | Dtype::I64
            | Dtype::U64 => continue,
            other => {
                let reason = format!("holds numbers of the type {other:?}; f16, bf16, f32 and f64 are read");
                return Err(CheckpointError::Tensor { file: file.to_owned(), name: name.to_owned(), reason });
            }
        };
        checkpoint.insert(file, name, element, view.shape(), view.data())?;
    }
    Ok(checkpoint)
}

fn pickled(file: &Path) -> Result<Checkpoint, CheckpointError> {
    // Whether the file is there at all is asked first, so that the answer is the system's own.
    std::fs::File::open(file)
        .map_err(|source| CheckpointError::Unreadable { file: file.to_owned(), source })?;
    let malformed = |reason: String| CheckpointError::Malformed {
        file: file.to_owned(),
        kind: "a PyTorch checkpoint of tensors",
        reason,
        remedy: "torch.save(model.state_dict(), ...)",
    };
    let reader = PytorchReader::new(file).map_err(|error| malformed(error.to_string()))?;
    let mut names = reader.keys();
    names.sort_unstable();
    let mut checkpoint = Checkpoint::default();
    for name in names {
        let Some(tensor) = reader.get(&name) else { continue };
        let element = match tensor.dtype() {
            DType::F16 => Element::Half,
            DType::BF16 => Element::Brain,
            DType::F32 => Element::Float,
            DType::F64 => Element::Double,
            _ => continue,
        };
        let bytes = tensor.read().map_err(|error| malformed(error.to_string()))?;
        checkpoint.insert(file, &name, element, tensor.shape(), &bytes)?;
    }
    Ok(checkpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("a file");
        (folder, file)
    }

    /// A safetensors file with this header.
    fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
    }

    #[test]
    fn a_file_is_read_by_its_names() {
        let header = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"n":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}"#;
        let data: Vec<u8> = [1f32, -2.0].iter().flat_map(|x| x.to_le_bytes()).chain([0; 8]).collect();
        let (_folder, file) = written("w.safetensors", &with_header(header, &data));
        let read = Checkpoint::read(&file).expect("a good file");
        assert_eq!(read.weights.len(), 1);
        assert_eq!(read.weights["a"], Weight { shape: vec![2], values: vec![1.0, -2.0] });
    }

    /// Pitfall: headers with offsets beyond the file, overlapping tensors, impossible shapes, or no header at all.
    #[test]
    fn pitfall_malicious_headers_are_refused() {
        let tensor = |shape: &str, offsets: &str| {
            format!(r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#)
        };
        let two = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#;
        let files = [
            with_header(&tensor("[1]", "[0,18446744073709551615]"), &[0; 4]),
            with_header(&tensor("[4611686018427387904,4]", "[0,4]"), &[0; 4]),
            with_header(&tensor("[2]", "[0,4]"), &[0; 4]),
            with_header(two, &[0; 8]),
            with_header("{", &[]),
            [u64::MAX.to_le_bytes().as_slice(), b"{}"].concat(),
            b"short".to_vec(),
            vec![],
        ];
        for (index, bytes) in files.iter().enumerate() {
            let (_folder, file) = written("w.safetensors", bytes);
            let error = Checkpoint::read(&file).expect_err("a bad file");
            assert!(matches!(error, CheckpointError::Malformed { .. }), "{index}: {error}");
        }
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused_by_name() {
        let header = r#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#;
        let (_folder, file) = written("w.safetensors", &with_header(header, &f64::NAN.to_le_bytes()));
        let error = Checkpoint::read(&file).expect_err("not a number").to_string();
        assert!(error.contains("`a`") && error.contains("NaN at its entry 0"), "{error}");
    }

    /// Pitfall: a pickle is a program; this one would call `os.system`.
    #[test]
    fn pitfall_a_pickle_with_code_is_not_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let proof = folder.path().join("executed");
        let code = format!("cos\nsystem\n(S'touch {}'\ntR.", proof.display());
        let file = folder.path().join("evil.pt");
        let archive = folder.path().join("evil.pth");
        let mut writer = zip::ZipWriter::new(std::fs::File::create(&archive).expect("a file"));
        let options = zip::write::SimpleFileOptions::default();
        for (name, bytes) in [("evil/data.pkl", code.as_bytes()), ("evil/version", b"3\n")] {
            writer.start_file(name, options).expect("a member");
            std::io::Write::write_all(&mut writer, bytes).expect("a member");
        }
        writer.finish().expect("an archive");
        std::fs::write(&file, code).expect("a file");
        for file in [file, archive] {
            let result = Checkpoint::read(&file);
            assert!(result.is_err() || result.is_ok_and(|checkpoint| checkpoint.weights.is_empty()));
            assert!(!proof.exists());
        }
    }

    #[test]
    fn a_name_says_what_a_file_is() {
        assert!(matches!(Checkpoint::read(Path::new("weights.bin")), Err(CheckpointError::Unknown { .. })));
        assert!(matches!(Checkpoint::read(Path::new("missing.pt")), Err(CheckpointError::Unreadable { .. })));
    }
}
