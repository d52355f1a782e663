//! Products whose batches are shared out over threads, devices and processes: the same bits, or a typed error.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::ops::Range;
use std::thread::{self, JoinHandle};

use burn::nn::LinearConfig;
use burn::tensor::activation::tanh;
use burn::tensor::{DType, Device, Tensor};
use saddlepoint_curvature::batches::{BatchError, SourceError};
use saddlepoint_curvature::linearize::Linearization;
use saddlepoint_curvature::mean_curvature::{LocalShare, MeanCurvature, Opener, Share, share_out};
use saddlepoint_curvature::peer::{Matrix, Peer, Work, serve};
use saddlepoint_curvature::sum::Partial;
use saddlepoint_curvature::trace;
use saddlepoint_landscape::operator::SymmetricOperator;

use crate::common::{cast_to, device, numbers, tensor_of};

/// Batches, the last one smaller than the others.
const BATCHES: usize = 13;

/// The Hessian of one batch, at a point, on this crate's engine or on burn's backend.
fn batch(at: usize, point: &[f64], on: Option<&Device>) -> Result<(Linearization, usize), SourceError> {
    let layer = cast_to(LinearConfig::new(4, 6).init(&device()), DType::F64);
    let size = if at + 1 == BATCHES { 2 } else { 7 };
    let x: Tensor<2> = tensor_of(at as u64, [size, 4], DType::F64);
    let traced = trace(&layer, x, |layer, x| tanh(layer.forward(x)).powi_scalar(2).mean())?;
    Ok((on.map_or_else(|| traced.linearize(point), |device| traced.linearize_on(point, device))?, size))
}

fn point() -> Vec<f64> {
    numbers(3, 30)
}

fn share(work: Work) -> Result<Box<dyn Share>, BatchError> {
    let source = move |at| batch(at, &work.point, None);
    LocalShare::new(work.batches, 0, source).map(|share| Box::new(share) as Box<dyn Share>)
}

fn work(batches: Range<usize>) -> Work {
    Work { matrix: Matrix::Hessian, point: point(), batches }
}

/// Another process's end of the line, in a thread of this one.
fn peer() -> (Peer, JoinHandle<io::Result<()>>) {
    let ((requests, to_it), (replies, to_us)) = (io::pipe().unwrap(), io::pipe().unwrap());
    let served = thread::spawn(move || serve(requests, to_us, share));
    (Peer::connect(replies, to_it).unwrap(), served)
}

/// Value, gradient and products.
fn bits(hessian: &MeanCurvature<'_>) -> Vec<u64> {
    let products = hessian.times_block(&numbers(4, 60), 2).unwrap();
    let all = std::iter::once(hessian.value()).chain(hessian.gradient().iter().copied()).chain(products);
    all.map(f64::to_bits).collect()
}

fn whole() -> Vec<u64> {
    bits(&MeanCurvature::new(BATCHES, usize::MAX, |at| batch(at, &point(), None)).unwrap())
}

#[test]
fn the_way_batches_are_shared_out_changes_no_bit() {
    let expected = whole();
    for shares in 1..=BATCHES + 2 {
        let open = |batches| -> Opener<'_> { Box::new(|| share(work(batches))) };
        let shared =
            MeanCurvature::gather(BATCHES, share_out(BATCHES, shares).into_iter().map(open).collect()).unwrap();
        assert_eq!(bits(&shared), expected, "{shares} shares");
    }
}

/// Teeth: were each share's batches added up one after the other, the number of shares would show.
#[test]
fn a_running_sum_of_each_share_would() {
    let v = numbers(4, 30);
    let products: Vec<Vec<f64>> =
        (0..BATCHES).map(|at| batch(at, &point(), None).unwrap().0.hessian_vector(&v).unwrap()).collect();
    let sum = |range: Range<usize>| {
        let mut sum = vec![0.0; 30];
        products[range].iter().for_each(|product| sum.iter_mut().zip(product).for_each(|(sum, x)| *sum += x));
        sum
    };
    let added: Vec<f64> = sum(0..7).iter().zip(sum(7..BATCHES)).map(|(a, b)| a + b).collect();
    assert_ne!(added, sum(0..BATCHES));
}

/// A share on a burn device has other rounding, and is one more place where the work can be done.
#[test]
fn a_share_on_a_device_agrees_with_one_on_the_processor() {
    let other = device();
    let [here, there] = [0..6, 6..BATCHES];
    let on_device = move |at| batch(at, &point(), Some(&other));
    let shared = MeanCurvature::gather(
        BATCHES,
        vec![
            Box::new(|| share(work(here))),
            Box::new(|| Ok(Box::new(LocalShare::new(there, usize::MAX, on_device)?))),
        ],
    );
    let (found, expected) = (bits(&shared.unwrap()), whole());
    for (found, expected) in
        found.into_iter().zip(expected).map(|(a, b)| (f64::from_bits(a), f64::from_bits(b)))
    {
        assert!((found - expected).abs() < 1e-14, "{found} {expected}");
    }
}

#[test]
fn processes_compute_the_same_bits() {
    let expected = whole();
    let ((first, one), (second, two)) = (peer(), peer());
    for _ in 0..2 {
        let ranges = share_out(BATCHES, 4);
        let theirs = |peer: &Peer, batches: &Range<usize>| -> Opener<'_> {
            let (peer, work) = (peer.clone(), work(batches.clone()));
            Box::new(move || Ok(Box::new(peer.share(&work)?)))
        };
        // One process holds two shares.
        let shared = MeanCurvature::gather(
            BATCHES,
            vec![
                theirs(&first, &ranges[0]),
                theirs(&second, &ranges[1]),
                theirs(&first, &ranges[2]),
                Box::new(|| share(work(ranges[3].clone()))),
            ],
        )
        .unwrap();
        assert_eq!(bits(&shared), expected);
        assert_eq!(SymmetricOperator::name(&shared), "the Hessian over batches");
    }
    // It ends when its parent hangs up.
    drop((first, second));
    one.join().unwrap().unwrap();
    two.join().unwrap().unwrap();
}

#[test]
fn what_a_process_refuses_is_an_error_and_the_line_stays_open() {
    let (peer, _) = peer();
    let refused = peer.share(&Work { point: vec![f64::NAN; 30], ..work(0..2) }).err();
    assert!(matches!(&refused, Some(BatchError::Refused(why)) if why.contains("batch 0")), "{refused:?}");
    let share = peer.share(&work(0..BATCHES)).unwrap();
    assert!(matches!(share.products(&[1.0], 1), Err(BatchError::Refused(_))));
    let whole_there = MeanCurvature::gather(BATCHES, vec![Box::new(|| Ok(Box::new(share)))]).unwrap();
    assert_eq!(bits(&whole_there), whole());
}

/// The ends of a line of which we play the other side.
fn line() -> ((PipeReader, PipeWriter), (PipeReader, PipeWriter)) {
    let ((requests, to_it), (replies, to_us)) = (io::pipe().unwrap(), io::pipe().unwrap());
    ((replies, to_it), (requests, to_us))
}

#[test]
fn a_process_that_ends_or_talks_nonsense_is_an_error() {
    let ((replies, requests), it) = line();
    drop(it);
    assert!(matches!(Peer::connect(replies, requests), Err(BatchError::Peer { .. })), "it never began");

    let ((replies, requests), (_ears, mut mouth)) = line();
    mouth.write_all(b"Segmentation fault (core dumped)\n").unwrap();
    drop(mouth);
    assert!(matches!(Peer::connect(replies, requests), Err(BatchError::Peer { .. })), "another program");

    // A reply that promises more than there is, after which the line ends.
    let ((replies, requests), (_ears, mut mouth)) = line();
    mouth.write_all(b"saddlepoint shares 1\n").unwrap();
    for number in [0, u64::MAX] {
        mouth.write_all(&u64::to_le_bytes(number)).unwrap();
    }
    drop(mouth);
    let peer = Peer::connect(replies, requests).unwrap();
    assert!(matches!(peer.share(&work(0..2)).err(), Some(BatchError::Peer { .. })));
}

/// A reply that is neither one nor a refusal is not taken for a refusal.
#[test]
fn a_reply_of_no_kind_is_an_error() {
    let ((replies, requests), (_ears, mut mouth)) = line();
    mouth.write_all(b"saddlepoint shares 1\n").unwrap();
    for number in [7, 0] {
        mouth.write_all(&u64::to_le_bytes(number)).unwrap();
    }
    let peer = Peer::connect(replies, requests).unwrap();
    assert!(matches!(peer.share(&work(0..2)).err(), Some(BatchError::Peer { .. })));
}

/// A share that knows nothing but its number of parameters.
struct Told(usize, Vec<Partial>);

impl Share for Told {
    fn name(&self) -> &'static str {
        "a matrix"
    }

    fn dimension(&self) -> usize {
        self.0
    }

    fn first_order(&self) -> &[Partial] {
        &self.1
    }

    fn products(&self, _: &[f64], _: usize) -> Result<Vec<Partial>, BatchError> {
        Err(BatchError::Empty)
    }
}

/// The share is named by its number among all, those without batches included, and not taken for a batch.
#[test]
fn a_share_of_another_module_is_named() {
    let sum = |level, index| vec![Partial { level, index, numbers: vec![1.0; 32] }];
    let open = |share: Told| -> Opener<'_> { Box::new(|| Ok(Box::new(share))) };
    let shares = [Told(0, vec![]), Told(30, sum(1, 0)), Told(0, vec![]), Told(29, sum(0, 2))];
    let error = MeanCurvature::gather(3, shares.into_iter().map(open).collect()).err();
    assert!(matches!(error, Some(BatchError::OtherShare { share: 3, expected: 30, found: 29 })), "{error:?}");
}

/// Sums that leave a batch out, or count one twice, are not taken for the whole.
#[test]
fn shares_that_are_not_the_whole_are_refused() {
    for ranges in [[0..5, 6..BATCHES], [0..5, 4..BATCHES], [0..5, 5..BATCHES - 1], [5..BATCHES, 0..5]] {
        let open = |batches: Range<usize>| -> Opener<'_> { Box::new(|| share(work(batches))) };
        let shared = MeanCurvature::gather(BATCHES, ranges.clone().into_iter().map(open).collect());
        assert!(matches!(shared.err(), Some(BatchError::Shares)), "{ranges:?}");
    }
}
