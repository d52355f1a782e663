//! What is written comes back, bit for bit.

use proptest::collection::vec;
use proptest::prelude::*;
use saddlepoint_models::data::csv::{self, Table};
use saddlepoint_models::data::{Samples, TargetKind, Targets, cifar, idx, npz};
use zip::CompressionMethod;

use crate::encode::{self, Folder, gzip};

/// Finite numbers of every magnitude.
fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |x| x.is_finite())
}

/// `n` rows of `d` numbers.
fn table() -> impl Strategy<Value = (usize, Vec<f64>)> {
    (1usize..6, 1usize..5).prop_flat_map(|(n, d)| (Just(n), vec(finite(), n * d)))
}

fn brightness(pixels: &[u8]) -> Vec<f64> {
    pixels.iter().map(|&pixel| f64::from(pixel) / 255.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn idx_files(
        (n, rows, columns, pixels) in (1usize..5, 1usize..5, 1usize..5)
            .prop_flat_map(|(n, h, w)| (Just(n), Just(h), Just(w), vec(any::<u8>(), n * h * w))),
        labels in vec(0u8..10, 5),
        compress: bool,
    ) {
        let pack = |bytes: Vec<u8>| if compress { gzip(&bytes) } else { bytes };
        let folder = Folder::new();
        let shape = [n as u32, rows as u32, columns as u32];
        let images = folder.put("images", &pack(encode::idx(&shape, &pixels)));
        let label_file = folder.put("labels", &pack(encode::idx(&[n as u32], &labels[..n])));
        let samples = idx::read(&images, &label_file, 10).unwrap();
        prop_assert_eq!(samples.shape(), [1, rows, columns]);
        prop_assert_eq!(samples.inputs(), brightness(&pixels));
        prop_assert!(samples.labels().unwrap().0.iter().copied().eq(labels[..n].iter().map(|&l| usize::from(l))));
    }

    #[test]
    fn cifar_batches(seeds in vec((0u8..10, any::<u8>()), 1..6), cut in 0usize..6) {
        let pixel = |seed: u8, i: usize| seed.wrapping_mul(31).wrapping_add((i % 251) as u8);
        let record = |&(label, seed): &(u8, u8)| {
            [label].into_iter().chain((0..3072).map(|i| pixel(seed, i))).collect::<Vec<_>>()
        };
        let (first, second) = seeds.split_at(cut.min(seeds.len()));
        let folder = Folder::new();
        let bytes = |part: &[(u8, u8)]| part.iter().flat_map(record).collect::<Vec<_>>();
        let a = folder.put("a", &bytes(first));
        let b = folder.put("b", &gzip(&bytes(second)));
        let samples = cifar::read(&[&a, &b]).unwrap();
        prop_assert_eq!(samples.shape(), [3, 32, 32]);
        for (row, &(_, seed)) in samples.rows().zip(&seeds) {
            prop_assert_eq!(row, brightness(&(0..3072).map(|i| pixel(seed, i)).collect::<Vec<_>>()));
        }
        let labels = samples.labels().unwrap().0;
        prop_assert!(labels.iter().copied().eq(seeds.iter().map(|&(label, _)| usize::from(label))));
    }

    #[test]
    fn csv_files((n, inputs) in table(), values in vec(finite(), 6), header: bool, target: prop::sample::Index) {
        let d = inputs.len() / n;
        let target = target.index(d + 1);
        let mut text = String::new();
        if header {
            text += &(0..=d).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",");
            text += "\n";
        }
        for (row, value) in inputs.chunks(d).zip(&values) {
            let mut cells: Vec<String> = row.iter().map(|x| format!("{x:e}")).collect();
            cells.insert(target, value.to_string());
            text += &(cells.join(", ") + "\n");
        }
        let folder = Folder::new();
        let path = folder.put("table.csv", text.as_bytes());
        let samples = csv::read(&path, Table { header, target: Some(target), kind: TargetKind::Values }).unwrap();
        prop_assert_eq!(samples, Samples::new(&[d], inputs, Targets::Values(values[..n].to_vec())).unwrap());
    }

    #[test]
    fn npz_files(
        (n, inputs) in table(),
        labels in vec(0u8..200, 6),
        big_endian: bool,
        fortran: bool,
        stored: bool,
    ) {
        let d = inputs.len() / n;
        let bytes = |x: f64| if big_endian { x.to_be_bytes() } else { x.to_le_bytes() };
        let data: Vec<u8> = if fortran {
            (0..d).flat_map(|j| (0..n).map(move |i| (i, j))).flat_map(|(i, j)| bytes(inputs[i * d + j])).collect()
        } else {
            inputs.iter().flat_map(|&x| bytes(x)).collect()
        };
        let x = encode::npy(if big_endian { ">f8" } else { "<f8" }, fortran, &format!("({n}, {d})"), &data);
        let y = encode::npy("|u1", false, &format!("({n},)"), &labels[..n]);
        let method = if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let folder = Folder::new();
        let path = folder.put("data.npz", &encode::npz(&[("x", x), ("y", y)], method));
        let samples = npz::read(&path, TargetKind::Labels { classes: Some(200) }).unwrap();
        let labels = labels[..n].iter().map(|&label| usize::from(label)).collect();
        prop_assert_eq!(samples, Samples::new(&[d], inputs, Targets::Classes { labels, classes: 200 }).unwrap());
    }
}

/// The largest and the smallest number of every type that an array may have.
#[test]
fn npz_types() {
    let cases: [(&str, Vec<u8>, [f64; 2]); 14] = [
        ("|b1", vec![0, 1], [0.0, 1.0]),
        ("|i1", vec![0x80, 0x7f], [-128.0, 127.0]),
        ("|u1", vec![0, 0xff], [0.0, 255.0]),
        ("<i2", [i16::MIN, i16::MAX].map(i16::to_le_bytes).concat(), [-32768.0, 32767.0]),
        (">i2", [i16::MIN, i16::MAX].map(i16::to_be_bytes).concat(), [-32768.0, 32767.0]),
        ("<u2", [0, u16::MAX].map(u16::to_le_bytes).concat(), [0.0, 65535.0]),
        ("<i4", [i32::MIN, i32::MAX].map(i32::to_le_bytes).concat(), [-2147483648.0, 2147483647.0]),
        (">i4", [i32::MIN, i32::MAX].map(i32::to_be_bytes).concat(), [-2147483648.0, 2147483647.0]),
        (">u4", [0, u32::MAX].map(u32::to_be_bytes).concat(), [0.0, 4294967295.0]),
        ("<i8", [i64::MIN, -1].map(i64::to_le_bytes).concat(), [-9223372036854775808.0, -1.0]),
        ("<u8", [1, u64::MAX].map(u64::to_le_bytes).concat(), [1.0, 18446744073709551616.0]),
        ("<f4", [f32::MIN, 1e-45].map(f32::to_le_bytes).concat(), [f64::from(f32::MIN), f64::from(1e-45f32)]),
        (">f4", [0.1, -0.5].map(f32::to_be_bytes).concat(), [f64::from(0.1f32), -0.5]),
        ("<f8", [f64::MAX, -5e-324].map(f64::to_le_bytes).concat(), [f64::MAX, -5e-324]),
    ];
    let folder = Folder::new();
    for (descr, bytes, expected) in cases {
        let x = encode::npy(descr, false, "(2,)", &bytes);
        let archive = encode::npz(&[("x", x.clone()), ("y", x)], CompressionMethod::Deflated);
        let samples = npz::read(&folder.put("types.npz", &archive), TargetKind::Values).unwrap();
        assert_eq!(samples.inputs(), expected, "{descr}");
        assert_eq!((samples.shape(), samples.targets()), (&[1][..], &Targets::Values(expected.to_vec())));
    }
}

/// Two archives that NumPy 2.4 wrote: `savez_compressed` of a Fortran-ordered `f4` of shape (3, 2, 2) with
/// big-endian `i2` labels, and `savez` of an `i1` of shape (3, 2) with Fortran-ordered values of shape (3, 2) and an
/// array that is not asked for.
#[test]
fn numpys_own_archives() {
    let folder = Folder::new();
    let labelled = folder.put("labels.npz", include_bytes!("labels.npz"));
    let samples = npz::read(&labelled, TargetKind::Labels { classes: None }).unwrap();
    assert_eq!(samples.shape(), [2, 2]);
    assert_eq!(samples.inputs(), (0..12).map(|i| f64::from(i) / 4.0 - 1.0).collect::<Vec<_>>());
    assert_eq!(samples.labels().unwrap(), (&[2, 0, 1][..], 3));

    let valued = folder.put("values.npz", include_bytes!("values.npz"));
    let samples = npz::read(&valued, TargetKind::Values).unwrap();
    assert_eq!(samples.inputs(), [-128.0, 127.0, -1.0, 0.0, 5.0, -7.0]);
    assert_eq!(*samples.targets(), Targets::Values((0..6).map(|i| f64::from(i) / 8.0).collect()));
}
