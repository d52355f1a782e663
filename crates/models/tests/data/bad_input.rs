//! Broken files are refused with an error that says what is wrong, and none of them makes a reader panic.

use std::path::Path;

use proptest::prelude::*;
use saddlepoint_models::data::csv::{self, Table};
use saddlepoint_models::data::{DataError, Samples, TargetKind, cifar, idx, npz};
use zip::CompressionMethod::{Deflated, Stored};

use crate::encode::{self, Folder, gzip, npy};

const LABELS: TargetKind = TargetKind::Labels { classes: Some(3) };

/// Asserts that the error says all of this, the file's name included.
fn refused(result: Result<Samples, DataError>, file: &str, says: &[&str]) {
    let error = result.expect_err(file).to_string();
    for part in says.iter().chain([&file]) {
        assert!(error.contains(part), "{error:?} does not say {part:?}");
    }
}

#[test]
fn idx_files() {
    let images = encode::idx(&[2, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 255]);
    let labels = encode::idx(&[2], &[0, 2]);
    let zipped = gzip(&images);
    let mut damaged = zipped.clone();
    let middle = damaged.len() - 6;
    damaged[middle] ^= 0xff;
    let huge = |side: u32| encode::idx(&[side, side, side], &[1, 2, 3]);
    let changed = |position: usize, byte: u8| {
        let mut bytes = images.clone();
        bytes[position] = byte;
        bytes
    };
    let cases: [(&str, Vec<u8>, &[&str]); 12] = [
        ("empty", vec![], &["an IDX header of 16 bytes", "0 bytes"]),
        ("short-header", images[..15].to_vec(), &["an IDX header of 16 bytes", "15 bytes"]),
        ("labels-for-images", encode::idx(&[2], &[0; 20]), &["0x00000803", "0x00000801"]),
        ("other-type", changed(2, 0x0d), &["unsigned bytes", "0x00000d03"]),
        ("not-idx", b"P5 28 28 255 and more".to_vec(), &["magic number", "0x50352032"]),
        ("truncated", images[..images.len() - 1].to_vec(), &["8 entries of shape [2, 2, 2]", "7 bytes"]),
        ("trailing", [&images[..], &[0]].concat(), &["8 entries", "9 bytes"]),
        ("huge", huge(u32::MAX), &["shape [4294967295, 4294967295, 4294967295]", "3 bytes"]),
        ("large", huge(1 << 20), &["1152921504606846976 entries", "3 bytes"]),
        ("none", encode::idx(&[0, 2, 2], &[]), &["at least one sample"]),
        ("cut.gz", zipped[..zipped.len() - 9].to_vec(), &["is damaged"]),
        ("crc.gz", damaged, &["is damaged"]),
    ];
    let folder = Folder::new();
    let good_images = folder.put("images", &images);
    let good_labels = folder.put("labels", &labels);
    assert!(idx::read(&good_images, &good_labels, 3).is_ok());
    for (name, bytes, says) in cases {
        let reported = if name == "none" { "labels" } else { name };
        refused(idx::read(&folder.put(name, &bytes), &good_labels, 3), reported, says);
    }
    refused(idx::read(&good_images, &good_labels, 2), "labels", &["sample 1 has the label 2", "2 classes"]);
    let one = folder.put("one", &encode::idx(&[1], &[0]));
    refused(idx::read(&good_images, &one, 3), "one", &["expected 2 labels, found 1"]);
    refused(idx::read(&folder.path().join("absent"), &one, 3), "absent", &["cannot read"]);
    refused(idx::read(folder.path(), &one, 3), "", &["cannot read"]);
}

#[test]
fn cifar_batches() {
    let folder = Folder::new();
    let record = vec![0u8; 3073];
    let read = |name: &str, bytes: &[u8]| cifar::read(&[&folder.put(name, bytes)]);
    assert!(read("good", &record).is_ok());
    refused(read("short", &record[1..]), "short", &["a multiple of 3073 bytes", "3072 bytes"]);
    refused(read("long", &[&record[..], &[0]].concat()), "long", &["3074 bytes"]);
    let mut label = [&record[..], &record[..]].concat();
    label[3073] = 10;
    refused(read("label", &label), "label", &["a label from 0 to 9", "10 in record 1"]);
    assert!(matches!(read("empty", &[]), Err(DataError::Empty)));
    assert!(matches!(cifar::read(&[]), Err(DataError::Empty)));
}

#[test]
fn csv_files() {
    let labels = Table { kind: LABELS, ..Table::default() };
    let values = Table { kind: TargetKind::Values, ..Table::default() };
    let cases: [(&str, &[u8], Table, &[&str]); 15] = [
        ("nothing", b"", labels, &["at least one sample"]),
        ("header-only", b"a,b,c\n", Table { header: true, ..labels }, &["at least one"]),
        ("header", b"a,b,c\n1,2,0\n", labels, &["line 1, column 1", "a finite number", "\"a\""]),
        ("word", b"1,2,0\n1,two,0\n", labels, &["line 2, column 2", "\"two\""]),
        ("gap", b"1,2,0\n\n,2,0\n", labels, &["line 3, column 1", "\"\""]),
        ("gap-crlf", b"1,2,0\r\n\r\n1,2,0\r\n,2,0\r\n", labels, &["line 4, column 1", "\"\""]),
        ("nan", b"1,NaN,0\n", labels, &["line 1, column 2", "\"NaN\""]),
        ("infinite", b"1,2,0\n-inf,2,1\n", labels, &["line 2, column 1", "\"-inf\""]),
        ("overflow", b"1,1e999,0\n", values, &["line 1, column 2", "\"1e999\""]),
        ("fraction", b"1,2,0.5\n", labels, &["line 1, column 3", "a whole number from 0", "\"0.5\""]),
        ("negative", b"1,2,-1\n", labels, &["line 1, column 3", "\"-1\""]),
        ("class", b"1,2,0\n1,2,3\n", labels, &["sample 1 has the label 3", "3 classes"]),
        ("ragged", b"1,2,0\n1,2\n", labels, &["line 2, column 3", "3 columns", "found 2"]),
        ("narrow", b"1\n2\n", labels, &["at least 2 columns", "found 1"]),
        ("bytes", b"1,2,0\n1,\xff\xfe,0\n", labels, &["line 2, column 2", "UTF-8"]),
    ];
    let folder = Folder::new();
    for (name, bytes, table, says) in cases {
        refused(csv::read(&folder.put(name, bytes), table), name, says);
    }
    let far = Table { target: Some(usize::MAX), ..labels };
    refused(csv::read(&folder.put("far", b"1,2\n"), far), "far", &["columns", "found 2"]);
}

#[test]
fn npz_archives() {
    let four = [1.0f64, 2.0, 3.0, 4.0].map(f64::to_le_bytes).concat();
    let x = npy("<f8", false, "(2, 2)", &four);
    let y = npy("|u1", false, "(2,)", &[0, 2]);
    let pair = |x: &[u8], y: &[u8]| encode::npz(&[("x", x.to_vec()), ("y", y.to_vec())], Stored);
    let good = pair(&x, &y);
    let with_x = |x: Vec<u8>| pair(&x, &y);
    let with_y = |y: Vec<u8>| pair(&x, &y);
    let nan = [1.0, f64::NAN, 3.0, 4.0].map(f64::to_le_bytes).concat();
    let none = npy("<f8", false, "(0, 9223372036854775808, 4)", &[]);
    let mut long_header = b"\x93NUMPY\x02\x00".to_vec();
    long_header.extend([0xff; 4]);
    let mut flipped = good.clone();
    let data = flipped.windows(four.len()).position(|window| window == four).unwrap();
    flipped[data] ^= 1;
    let cases: [(&str, Vec<u8>, &[&str]); 25] = [
        ("empty.npz", vec![], &["is damaged"]),
        ("no-zip.npz", b"not an archive at all".to_vec(), &["is damaged"]),
        ("cut.npz", good[..good.len() / 2].to_vec(), &["is damaged"]),
        ("flipped.npz", flipped, &["is damaged", "checksum"]),
        ("no-y.npz", encode::npz(&[("x", x.clone())], Deflated), &["arrays named x and y", "none named y"]),
        ("no-npy.npz", with_x(b"no array".to_vec()), &["x.npy", "an .npy header"]),
        ("version.npz", with_x(b"\x93NUMPY\x09\x00\x00\x00".to_vec()), &["version 1, 2 or 3"]),
        ("header.npz", with_x(long_header), &["an .npy header"]),
        ("short.npz", with_x(npy("<f8", false, "(2, 2)", &four[1..])), &["[2, 2]", "31 bytes"]),
        ("long.npz", with_x(npy("<f8", false, "(2, 1)", &four)), &["[2, 1]", "32 bytes"]),
        ("huge.npz", with_x(npy("<f8", false, "(4294967296, 4294967296, 2)", &four)), &["32 bytes"]),
        ("big.npz", with_x(npy("<f8", true, "(2305843009213693952,)", &four)), &["32 bytes"]),
        ("shape.npz", with_x(npy("<f8", false, "(-2, 2)", &four)), &["a tuple of lengths"]),
        ("shape2.npz", with_x(npy("<f8", false, "(99999999999999999999,)", &four)), &["a tuple of lengths"]),
        ("text.npz", with_x(npy("<U2", false, "(2, 2)", &four)), &["f4 or f8 for descr", "<U2"]),
        ("pickle.npz", with_x(npy("|O", false, "(2, 2)", &four)), &["for descr"]),
        ("complex.npz", with_x(npy("<c8", false, "(2, 2)", &four)), &["for descr"]),
        ("wide.npz", with_x(npy("<f9", false, "(2, 2)", &four)), &["for descr"]),
        ("nan.npz", with_x(npy("<f8", false, "(2, 2)", &nan)), &["input number 1 is NaN"]),
        ("label.npz", with_y(npy("|u1", false, "(2,)", &[0, 3])), &["sample 1 has the label 3"]),
        ("negative.npz", with_y(npy("|i1", false, "(2,)", &[0, 0xff])), &["a label", "not -1"]),
        ("zero.npz", pair(&none, &none), &["at least one sample"]),
        ("columns.npz", with_y(npy("|u1", false, "(2, 2)", &[0, 1, 2, 0])), &["expected 1 label a sample"]),
        ("uneven.npz", with_y(npy("|u1", false, "(3,)", &[0, 1, 2])), &["2 targets in y", "found 3"]),
        ("scalar.npz", with_y(npy("|u1", false, "()", &[0])), &["at least one axis", "a scalar"]),
    ];
    let folder = Folder::new();
    assert!(npz::read(&folder.put("good.npz", &good), LABELS).is_ok());
    for (name, bytes, says) in cases {
        refused(npz::read(&folder.put(name, &bytes), LABELS), name, says);
    }
    refused(npz::read(Path::new("absent.npz"), LABELS), "absent.npz", &["cannot read"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Any damage to a good file gives an error or samples, never a panic.
    #[test]
    fn damage_never_panics(position: prop::sample::Index, byte: u8, keep: prop::sample::Index, cut: bool) {
        let damage = |mut bytes: Vec<u8>| {
            let position = position.index(bytes.len());
            bytes[position] = byte;
            let keep = if cut { keep.index(bytes.len()) } else { bytes.len() };
            bytes.truncate(keep);
            bytes
        };
        let folder = Folder::new();
        let images = encode::idx(&[1, 2, 2], &[1, 2, 3, 4]);
        let labels = folder.put("labels", &encode::idx(&[1], &[0]));
        let _ = idx::read(&folder.put("images", &damage(images.clone())), &labels, 1);
        let _ = idx::read(&folder.put("images.gz", &damage(gzip(&images))), &labels, 1);
        let _ = csv::read(&folder.put("t.csv", &damage(b"1.5,2,0\n-3e4,4,1\n".to_vec())), Table::default());
        for method in [Stored, Deflated] {
            let x = npy("<f4", true, "(2, 1)", &[0; 8]);
            let y = npy("|u1", false, "(2,)", &[0, 1]);
            let archive = encode::npz(&[("x", damage(x.clone())), ("y", y.clone())], method);
            let _ = npz::read(&folder.put("a.npz", &archive), LABELS);
            let _ = npz::read(&folder.put("b.npz", &damage(encode::npz(&[("x", x), ("y", y)], method))), LABELS);
        }
    }
}
