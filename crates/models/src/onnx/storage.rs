//! How a tensor's entries are written: in typed lists, in little-endian bytes, or in a file beside the network.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path};

use super::host::Numbers;
use super::proto;
use crate::element::{Element, brain, half};

/// The entries of a stored tensor.
pub(super) fn numbers(tensor: &proto::Tensor, count: usize, folder: Option<&Path>) -> Result<Numbers, String> {
    let kind = Element::of_onnx(tensor.data_type)?;
    let bytes = if tensor.data_location == 1 {
        Some(external(tensor, kind.bytes() * count, folder)?)
    } else if tensor.raw_data.is_empty() {
        None
    } else {
        Some(tensor.raw_data.clone())
    };
    let numbers = match bytes {
        Some(bytes) => kind.read(&bytes),
        None => listed(kind, tensor),
    };
    let found = match &numbers {
        Numbers::Float(values) => values.len(),
        Numbers::Int(values) => values.len(),
        Numbers::Bool(values) => values.len(),
    };
    if found == count {
        Ok(numbers)
    } else {
        Err(format!("has the shape {:?}, that is {count} entries, but {found} are stored", tensor.dims))
    }
}

/// What the typed lists of a tensor say.
fn listed(element: Element, tensor: &proto::Tensor) -> Numbers {
    let small = || tensor.int32_data.iter();
    match element {
        Element::Float => Numbers::Float(tensor.float_data.iter().map(|&x| f64::from(x)).collect()),
        Element::Double => Numbers::Float(tensor.double_data.clone()),
        Element::Half => Numbers::Float(small().map(|&bits| half(bits as u16)).collect()),
        Element::Brain => Numbers::Float(small().map(|&bits| brain(bits as u16)).collect()),
        Element::Bool => Numbers::Bool(small().map(|&x| x != 0).collect()),
        Element::Int64 => Numbers::Int(tensor.int64_data.clone()),
        Element::Uint32 | Element::Uint64 => {
            Numbers::Int(tensor.uint64_data.iter().map(|&x| x as i64).collect())
        }
        _ => Numbers::Int(small().map(|&x| i64::from(x)).collect()),
    }
}

/// The bytes of a tensor that lie in another file. The path must stay within the network's folder.
fn external(tensor: &proto::Tensor, length: usize, folder: Option<&Path>) -> Result<Vec<u8>, String> {
    let entry =
        |key: &str| tensor.external_data.iter().find(|entry| entry.key == key).map(|e| e.value.as_str());
    let number = |key: &str| -> Result<Option<u64>, String> {
        entry(key)
            .map(|text| text.parse().map_err(|_| format!("says that its entries have the {key} `{text}`")))
            .transpose()
    };
    let location = entry("location").ok_or("lies in another file, but does not say in which")?;
    let folder =
        folder.ok_or_else(|| format!("lies in the file `{location}`, and there is no folder to look in"))?;
    let plain =
        Path::new(location).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let outside = || format!("lies in `{location}`, outside the network's folder, from where nothing is read");
    if !plain || location.contains('\0') {
        return Err(outside());
    }
    let unreadable = |error| format!("lies in `{location}`, which cannot be read: {error}");
    let path = folder.join(location).canonicalize().map_err(unreadable)?;
    if !path.starts_with(folder.canonicalize().map_err(unreadable)?) {
        return Err(outside());
    }
    let stated = number("length")?;
    if stated.is_some_and(|stated| stated != length as u64) {
        return Err(format!("needs {length} bytes, but says that `{location}` holds {stated:?} of it"));
    }
    let offset = number("offset")?.unwrap_or(0);
    let mut file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    if offset.checked_add(length as u64).is_none_or(|end| end > size) {
        return Err(format!("lies at {offset} + {length} bytes of `{location}`, which has only {size}"));
    }
    file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(location: &str, offset: &str) -> proto::Tensor {
        let entry = |key: &str, value: &str| proto::Entry { key: key.to_owned(), value: value.to_owned() };
        let external_data = vec![entry("location", location), entry("offset", offset)];
        proto::Tensor { dims: vec![2], data_type: 1, data_location: 1, external_data, ..Default::default() }
    }

    #[test]
    fn nothing_is_read_outside_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("model");
        std::fs::create_dir(&inside).expect("a folder");
        std::fs::write(folder.path().join("secret"), [0; 8]).expect("a file");
        std::fs::write(inside.join("weights"), [0; 12]).expect("a file");
        for location in ["../secret", "/etc/passwd", "a/../../secret", "..", "se\0cret"] {
            let error = numbers(&beside(location, "0"), 2, Some(&inside)).expect_err(location);
            assert!(error.contains("outside"), "{error}");
        }
        assert_eq!(numbers(&beside("weights", "4"), 2, Some(&inside)), Ok(Numbers::Float(vec![0.0; 2])));
        for offset in ["5", "18446744073709551615", "-1", "x"] {
            assert!(numbers(&beside("weights", offset), 2, Some(&inside)).is_err(), "{offset}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_outside_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("model");
        std::fs::create_dir(&inside).expect("a folder");
        std::fs::write(folder.path().join("secret"), [0; 8]).expect("a file");
        std::os::unix::fs::symlink(folder.path().join("secret"), inside.join("weights")).expect("a link");
        let error = numbers(&beside("weights", "0"), 2, Some(&inside)).expect_err("a link to outside");
        assert!(error.contains("outside"), "{error}");
    }
}
