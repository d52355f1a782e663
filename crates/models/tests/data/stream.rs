//! Data from a path, batch by batch: what the whole-file readers give, and a sentence for whatever is wrong.

use std::path::Path;

use saddlepoint_models::data::csv::{self, Table};
use saddlepoint_models::data::stream::Source;
use saddlepoint_models::data::{DataError, Samples, TargetKind, cifar, idx, npz};
use saddlepoint_models::random::Stream;
use zip::CompressionMethod::{Deflated, Stored};

use crate::encode::{self, Folder, gzip, npy};

const LABELS: TargetKind = TargetKind::Labels { classes: None };

fn of(classes: usize) -> TargetKind {
    TargetKind::Labels { classes: Some(classes) }
}

fn doubles(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// An archive of `x` in rows of `d`, and whole labels.
fn archive(x: &[f64], d: usize, y: &[i64], deflate: bool) -> Vec<u8> {
    let n = y.len();
    let labels: Vec<u8> = y.iter().flat_map(|y| y.to_le_bytes()).collect();
    let x = npy("<f8", false, &format!("({n}, {d})"), &doubles(x));
    let y = npy("<i8", false, &format!("({n},)"), &labels);
    encode::npz(&[("x", x), ("y", y)], if deflate { Deflated } else { Stored })
}

fn image(path: &Path, colour: png::ColorType, side: u32, pixels: &[u8]) {
    let mut encoder = png::Encoder::new(std::fs::File::create(path).unwrap(), side, side);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
}

/// All batches of a size, none larger, put together again.
fn together(source: &Source, size: usize) -> Samples {
    let mut whole: Option<Samples> = None;
    for batch in source.batches(size).unwrap() {
        let batch = batch.unwrap();
        assert!(batch.len() <= size);
        whole = Some(match whole {
            Some(whole) => whole.concat(&batch).unwrap(),
            None => batch,
        });
    }
    whole.unwrap()
}

fn same(path: &Path, kind: TargetKind, expected: &Samples) {
    let source = Source::open(path, kind).unwrap();
    assert_eq!((source.len(), source.shape()), (expected.len(), expected.shape()));
    for size in [1, 2, 3, 1000] {
        assert_eq!(together(&source, size), *expected, "{} in batches of {size}", path.display());
    }
    assert_eq!(source.read().unwrap(), *expected);
}

#[test]
fn archives() {
    let folder = Folder::new();
    let x: Vec<f64> = (0..14).map(|n| f64::from(n) / 4.0).collect();
    for deflate in [false, true] {
        let path = folder.put("a.npz", &archive(&x, 2, &[0, 1, 2, 0, 1, 2, 0], deflate));
        same(&path, LABELS, &npz::read(&path, of(3)).unwrap());
        same(&path, TargetKind::Values, &npz::read(&path, TargetKind::Values).unwrap());
        let source = Source::open(&path, LABELS).unwrap();
        assert_eq!((source.kind(), source.of_class()), (of(3), &[3, 2, 2][..]));
    }
    // The first index runs fastest: columns after one another.
    let columns = npy("<f8", true, "(2, 3)", &doubles(&[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
    let y = npy("<f2", false, "(2, 1)", &[0x00, 0x3c, 0x00, 0xc0]);
    let path = folder.put("f.npz", &encode::npz(&[("x", columns), ("y", y)], Deflated));
    same(&path, TargetKind::Values, &npz::read(&path, TargetKind::Values).unwrap());
    assert_eq!(
        Source::open(&path, TargetKind::Values).unwrap().read().unwrap().inputs(),
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    );
}

#[test]
fn images_and_labels_of_bytes() {
    let folder = Folder::new();
    let images = encode::idx(&[3, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255]);
    let labels = encode::idx(&[3], &[1, 0, 1]);
    let path = folder.put("train-images-idx3-ubyte", &images);
    let beside = folder.put("train-labels-idx1-ubyte", &labels);
    same(&path, LABELS, &idx::read(&path, &beside, 2).unwrap());
    let zipped = folder.put("t10k-images-idx3-ubyte.gz", &gzip(&images));
    folder.put("t10k-labels-idx1-ubyte.gz", &gzip(&labels));
    same(&zipped, of(2), &idx::read(&path, &beside, 2).unwrap());
    let lonely = folder.put("images", &images);
    refused(&lonely, LABELS, &["the file labels beside it"]);
    folder.put("labels", &encode::idx(&[2], &[0, 1]));
    refused(&lonely, LABELS, &["3 labels, as many as images", "found 2"]);
}

#[test]
fn cifar_by_file_and_by_folder() {
    let folder = Folder::new();
    let record = |label: u8| [vec![label], (0..3072).map(|n| (n % 251) as u8 ^ label).collect()].concat();
    let first = folder.put("data_batch_1.bin", &[record(0), record(9)].concat());
    let second = folder.put("data_batch_2.bin", &record(4));
    same(&first, of(10), &cifar::read(&[&first]).unwrap());
    same(folder.path(), of(10), &cifar::read(&[&first, &second]).unwrap());
    let hundred = folder.put("train.bin", &[vec![3, 77], record(0)[1..].to_vec()].concat());
    let source = Source::open(&hundred, of(100)).unwrap();
    assert_eq!((source.kind(), source.of_class()[77]), (of(100), 1));
    refused(&hundred, of(10), &["10 classes", "found 100"]);
    refused(&folder.put("odd.bin", &[0; 3000]), LABELS, &["3073", "3000 bytes"]);
    refused(&folder.put("label.bin", &record(10)), LABELS, &["sample 0", "from 0 to 9", "found 10"]);
    refused(&first, TargetKind::Values, &["values as targets", "10 classes"]);
}

#[test]
fn tables() {
    let folder = Folder::new();
    let plain = folder.put("plain.csv", b"0.5,1,0\n2,3,1\n\n4,5,1\n");
    same(&plain, LABELS, &csv::read(&plain, Table::default()).unwrap());
    let named = folder.put("named.csv", b"label,a,b\n0,0.5,1\n1,2,3\n1,4,5\n");
    same(&named, LABELS, &csv::read(&plain, Table::default()).unwrap());
    let zipped = folder.put("zipped.csv.gz", &gzip(b"0.5,1,0\n2,3,1\n4,5,1\n"));
    let checksum = |path: &Path| Source::open(path, LABELS).unwrap().checksum().to_owned();
    assert_eq!(checksum(&plain), checksum(&zipped));
    let same_as_archive = folder.put("a.npz", &archive(&[0.5, 1.0, 2.0, 3.0, 4.0, 5.0], 2, &[0, 1, 1], true));
    assert_eq!(checksum(&plain), checksum(&same_as_archive));
    refused(&folder.put("word.csv", b"1,2,0\n3,four,1\n"), LABELS, &["line 2, column 2", "\"four\""]);
    refused(&folder.put("ragged.csv", b"1,2,0\n3,1\n"), LABELS, &["line 2", "3 columns", "found 2"]);
    refused(&folder.put("one.csv", b"1\n2\n"), LABELS, &["at least 2 columns"]);
    refused(&folder.put("none.csv", b""), LABELS, &["at least one sample"]);
    refused(&folder.put("half.csv", b"1,0\n2,0.5\n"), LABELS, &["sample 1", "a whole number", "found 0.5"]);
}

#[test]
fn folders_of_images() {
    let folder = Folder::new();
    let class = |name: &str| {
        let path = folder.path().join("classes").join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    };
    let (cats, dogs) = (class("cat"), class("dog"));
    image(&cats.join("1.png"), png::ColorType::Rgb, 1, &[0, 51, 255]);
    image(&cats.join("2.png"), png::ColorType::Rgba, 1, &[255, 0, 51, 17]);
    image(&dogs.join("1.png"), png::ColorType::Rgb, 1, &[51, 51, 51]);
    let all = folder.path().join("classes");
    let source = Source::open(&all, LABELS).unwrap();
    assert_eq!((source.shape(), source.of_class()), (&[3, 1, 1][..], &[2, 1][..]));
    let whole = together(&source, 2);
    assert_eq!(whole.inputs(), [0.0, 0.2, 1.0, 1.0, 0.0, 0.2, 0.2, 0.2, 0.2]);
    assert_eq!(whole.labels().unwrap(), (&[0, 0, 1][..], 2));
    refused(&all, of(3), &["3 classes", "found 2"]);
    let empty = class("eel");
    refused(&all, LABELS, &["class 2 (`eel`) of 3 has no samples"]);
    image(&empty.join("grey.png"), png::ColorType::Grayscale, 1, &[7]);
    refused(&all, LABELS, &["grey.png", "[3, 1, 1]", "[1, 1, 1]"]);
    std::fs::write(empty.join("grey.png"), b"GIF89a").unwrap();
    refused(&all, LABELS, &["grey.png", "a PNG image"]);
    refused(&empty, LABELS, &["no folders"]);
}

fn refused(path: &Path, kind: TargetKind, says: &[&str]) -> DataError {
    let error = Source::open(path, kind).expect_err("bad data");
    for part in says {
        assert!(error.to_string().contains(part), "{error} does not say {part:?}");
    }
    error
}

#[test]
fn what_is_wrong_with_an_archive_is_named() {
    let folder = Folder::new();
    let x: Vec<f64> = (0..6000).map(f64::from).collect();
    let labels: Vec<i64> = (0..3000).map(|n| n % 3).collect();
    let put = |x: &[f64], y: &[i64]| folder.put("a.npz", &archive(x, 2, y, true));
    let mut nan = x.clone();
    nan[5001] = f64::NAN;
    refused(&put(&nan, &labels), LABELS, &["a.npz, sample 2500", "finite numbers", "NaN as its input 1"]);
    let mut far = labels.clone();
    far[2999] = 3;
    refused(&put(&x, &far), of(3), &["sample 2999", "a label from 0 to 2", "found 3"]);
    far[2999] = -1;
    refused(&put(&x, &far), LABELS, &["sample 2999", "found -1"]);
    let gap: Vec<i64> = labels.iter().map(|&label| label * 2).collect();
    refused(&put(&x, &gap), LABELS, &["class 1 of 5 has no samples"]);
    let source = Source::open(&put(&x, &gap), of(6)).unwrap();
    assert!(matches!(source.require_every_class(), Err(DataError::EmptyClass { .. })));
    refused(&put(&x[..2], &[0]), of(0), &["0 classes"]);
    let arrays = |arrays: &[(&str, Vec<u8>)]| folder.put("b.npz", &encode::npz(arrays, Stored));
    let eight = |shape: &str, n: usize| npy("<f8", false, shape, &doubles(&vec![0.0; n]));
    let y = || eight("(2,)", 2);
    refused(&arrays(&[("x", eight("(3, 1)", 3)), ("y", y())]), LABELS, &["3 targets in y", "found 2"]);
    refused(&arrays(&[("x", eight("(2, 1)", 2)), ("z", y())]), LABELS, &["none named y"]);
    refused(&arrays(&[("x", eight("()", 1)), ("y", y())]), LABELS, &["at least one axis"]);
    refused(&arrays(&[("x", eight("(2, 0)", 0)), ("y", y())]), LABELS, &["at least one"]);
    refused(&arrays(&[("x", eight("(0, 2)", 0)), ("y", eight("(0,)", 0))]), LABELS, &["at least one"]);
    refused(&arrays(&[("x", eight("(2, 9)", 3)), ("y", y())]), LABELS, &["x.npy", "too early"]);
    refused(&arrays(&[("x", eight("(2, 1)", 3)), ("y", y())]), LABELS, &["x.npy", "more of them"]);
    refused(&arrays(&[("x", eight("(2, 99999999999)", 3)), ("y", y())]), LABELS, &["at most 67108864 numbers"]);
    refused(
        &arrays(&[("x", eight("(2, 1)", 2)), ("y", eight("(2, 3)", 6))]),
        LABELS,
        &["one label for each", "3 numbers"],
    );
    for kind in ["<U4", "|O", "<c8", "<M8"] {
        let words = npy(kind, false, "(2, 1)", &[0; 16]);
        refused(&arrays(&[("x", words), ("y", y())]), LABELS, &["x.npy", "descr", kind]);
    }
    let mut damaged = archive(&x, 2, &labels, false);
    damaged[400] ^= 1;
    refused(&folder.put("c.npz", &damaged), LABELS, &["is damaged", "checksum"]);
    refused(
        &folder.put("words.txt", b"hello"),
        LABELS,
        &["a NumPy archive (.npz), IDX images", "something else"],
    );
    refused(&folder.path().join("absent.npz"), LABELS, &["cannot read"]);
}

/// What a file holds can change between the first reading and the next.
#[test]
fn a_file_that_shrinks_is_noticed() {
    let folder = Folder::new();
    let path = folder.put("a.npz", &archive(&[0.0, 1.0, 2.0, 3.0], 1, &[0, 1, 0, 1], true));
    let source = Source::open(&path, LABELS).unwrap();
    folder.put("a.npz", &archive(&[0.0, 1.0, 2.0], 1, &[0, 1, 0], true));
    let batches: Vec<_> = source.batches(2).unwrap().collect();
    assert!(batches.len() == 2 && batches[0].is_ok());
    assert!(batches[1].as_ref().unwrap_err().to_string().contains("4 samples, as when it was opened"));
}

/// 64 MiB of numbers in an archive of a few kilobytes, read with less than a third of that.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded_by_the_batch() {
    let most = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap()
    };
    let folder = Folder::new();
    let path = folder.path().join("large.npz");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default().compression_method(Deflated);
    let zeros = vec![0; 1 << 16];
    for (name, shape, bytes) in [("x.npy", "(8192, 1024)", 1 << 26), ("y.npy", "(8192,)", 1 << 16)] {
        writer.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut writer, &npy("<f8", false, shape, &[])).unwrap();
        for _ in 0..bytes >> 16 {
            std::io::Write::write_all(&mut writer, &zeros).unwrap();
        }
    }
    writer.finish().unwrap();
    let before = most();
    let source = Source::open(&path, LABELS).unwrap();
    let count: usize = source.batches(256).unwrap().map(|batch| batch.unwrap().len()).sum();
    assert_eq!(count, 8192);
    let grown = most() - before;
    assert!(grown < 20 << 10, "{grown} KiB more than before");
}

/// Every truncation and thousands of changed bytes: data, or a sentence.
#[test]
fn damaged_files_are_data_or_errors() {
    let folder = Folder::new();
    let mut stream = Stream::new(11);
    let mut draw = |below: usize| (stream.uniform() * below as f64) as usize;
    folder.put("labels", &encode::idx(&[3], &[1, 0, 1]));
    let pictures = folder.path().join("pictures");
    std::fs::create_dir_all(pictures.join("only")).unwrap();
    let picture = pictures.join("only/1.png");
    image(&picture, png::ColorType::Rgb, 3, &(0..27).collect::<Vec<u8>>());
    let x: Vec<f64> = (0..12).map(f64::from).collect();
    let images = encode::idx(&[3, 2, 2], &(0..12).collect::<Vec<u8>>());
    let files: [(&str, Vec<u8>); 7] = [
        ("stored.npz", archive(&x, 3, &[0, 1, 0, 1], false)),
        ("deflated.npz", archive(&x, 3, &[0, 1, 0, 1], true)),
        ("images", images.clone()),
        ("images.gz", gzip(&images)),
        ("table.csv", b"a,b,label\n0.5,1,0\n2,3,1\n4,5,1\n".to_vec()),
        ("table.csv.gz", gzip(b"0.5,1,0\n2,3,1\n")),
        ("pictures/only/1.png", std::fs::read(&picture).unwrap()),
    ];
    let (mut runs, mut read) = (0, 0);
    for (name, whole) in &files {
        let opened = if name.starts_with("pictures") { pictures.clone() } else { folder.path().join(name) };
        let mut attempt = |bytes: &[u8]| {
            folder.put(name, bytes);
            runs += 1;
            if let Ok(source) = Source::open(&opened, LABELS) {
                read += 1;
                let batches: Result<Vec<Samples>, DataError> = source.batches(2).and_then(Iterator::collect);
                assert_eq!(batches.unwrap().iter().map(Samples::len).sum::<usize>(), source.len());
            }
        };
        for length in 0..whole.len() {
            attempt(&whole[..length]);
        }
        for _ in 0..700 {
            let mut damaged = whole.clone();
            for _ in 0..=draw(3) {
                let at = draw(damaged.len());
                damaged[at] = if draw(2) == 0 { draw(256) as u8 } else { damaged[at] ^ 1 << draw(8) };
            }
            attempt(&damaged);
        }
    }
    println!("{runs} files, {read} of them read");
    assert!(runs > 6000 && read > 100, "{runs} {read}");
}
