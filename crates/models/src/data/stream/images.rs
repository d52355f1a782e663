//! Folders of images: a folder for each class, in the order of their names.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use png::{ColorType, Decoder, Limits, Transformations};

use super::{Chunk, DataError, MOST_INPUTS, Opened, Rows};
use crate::data::file;

/// The names of the folders in a folder, which are the classes.
pub(super) fn classes(folder: &Path) -> Result<Vec<String>, DataError> {
    let name = |path: PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let names: Vec<String> =
        file::listed(folder)?.into_iter().filter(|path| path.is_dir()).filter_map(name).collect();
    if names.is_empty() {
        return Err(DataError::format(folder, "a folder of PNG images for each class", "no folders"));
    }
    Ok(names)
}

struct Images {
    /// Images with their classes, the last one first.
    rest: Vec<(PathBuf, usize)>,
    shape: Vec<usize>,
}

pub(super) fn open(folder: &Path, classes: &[String]) -> Result<Opened, DataError> {
    let mut rest = vec![];
    for (class, name) in classes.iter().enumerate() {
        let files = file::listed(&folder.join(name))?;
        if files.is_empty() {
            return Err(DataError::EmptyClass {
                file: folder.to_owned(),
                class: format!("{class} (`{name}`)"),
                classes: classes.len(),
            });
        }
        rest.extend(files.into_iter().map(|path| (path, class)));
    }
    rest.reverse();
    let shape = match rest.last() {
        Some((path, _)) => read(path)?.0,
        None => return Err(DataError::Empty.within(folder)),
    };
    let rows = Images { rest, shape: shape.clone() };
    Ok(Opened { shape, width: 1, classes: Some(classes.len()), rows: Box::new(rows) })
}

impl Rows for Images {
    fn take(&mut self, count: usize) -> Result<Chunk, DataError> {
        let mut chunk = Chunk::default();
        while chunk.targets.len() < count {
            let Some((path, class)) = self.rest.pop() else { break };
            let (shape, pixels) = read(&path)?;
            if shape != self.shape {
                let expected = format!("an image of {:?} as the first one", self.shape);
                return Err(DataError::format(&path, expected, format!("{shape:?}")));
            }
            chunk.inputs.extend(pixels);
            chunk.targets.push(class as f64);
        }
        Ok(chunk)
    }
}

/// An image as `[channels, height, width]`, from 0 to 1: grey has one channel, colours have three, transparency is left out.
fn read(path: &Path) -> Result<(Vec<usize>, Vec<f64>), DataError> {
    let unreadable = |source| DataError::Unreadable { file: path.to_owned(), source };
    let mut bytes = vec![];
    let most = MOST_INPUTS as u64;
    let file = std::fs::File::open(path).map_err(unreadable)?;
    BufReader::new(file).take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(DataError::TooLarge { file: path.to_owned(), limit: most });
    }
    if !bytes.starts_with(b"\x89PNG") {
        return Err(DataError::format(path, "a PNG image; convert other images to PNG", "other bytes"));
    }
    let wrong = |error: String| DataError::format(path, "a whole PNG image", error);
    let mut decoder = Decoder::new_with_limits(std::io::Cursor::new(bytes), Limits { bytes: MOST_INPUTS });
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(|error| wrong(error.to_string()))?;
    let size = reader.output_buffer_size().filter(|&size| size <= MOST_INPUTS);
    let mut buffer = vec![0; size.ok_or_else(|| wrong("too many pixels".to_owned()))?];
    let info = reader.next_frame(&mut buffer).map_err(|error| wrong(error.to_string()))?;
    let (stored, channels) = match info.color_type {
        ColorType::Grayscale => (1, 1),
        ColorType::GrayscaleAlpha => (2, 1),
        ColorType::Rgba => (4, 3),
        _ => (3, 3),
    };
    let wide = info.bit_depth == png::BitDepth::Sixteen;
    let (height, width) = (info.height as usize, info.width as usize);
    let entry = |at: usize| {
        if wide {
            f64::from(u16::from_be_bytes([buffer[2 * at], buffer[2 * at + 1]])) / 65535.0
        } else {
            f64::from(buffer[at]) / 255.0
        }
    };
    let pixels = (0..channels)
        .flat_map(|channel| (0..height * width).map(move |pixel| pixel * stored + channel))
        .map(entry)
        .collect();
    Ok((vec![channels, height, width], pixels))
}
