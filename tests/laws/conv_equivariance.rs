//! `conv-equivariance`: a convolution commutes with translations, its pooled layer forgets them, and a stride does neither.

use std::num::NonZeroUsize;

use proptest::prelude::*;
use saddlepoint_theory::representation::equivariance::{
    circular_convolution, padded_convolution, pooled_layer, translated,
};

fn signals() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    (prop::collection::vec(-10.0f64..10.0, 1..7), prop::collection::vec(-10.0f64..10.0, 1..40))
}

proptest! {
    #[test]
    fn convolution_commutes_with_translation((kernel, x) in signals(), shift in 0usize..100) {
        let (moved, then) = (circular_convolution(&kernel, &translated(&x, shift)), circular_convolution(&kernel, &x));
        prop_assert_eq!(moved, translated(&then, shift));
    }

    #[test]
    fn the_pooled_layer_forgets_where((kernel, x) in signals(), shift in 0usize..100) {
        let layer = |x: &[f64]| pooled_layer(&kernel, x, NonZeroUsize::MIN);
        prop_assert!((layer(&translated(&x, shift)) - layer(&x)).abs() <= 1e-12);
    }

    #[test]
    fn a_stride_forgets_its_own_multiples((kernel, half) in signals(), shift in 0usize..50) {
        let x = [half.clone(), half.iter().map(|x| x * 0.5 - 1.0).collect()].concat();
        let layer = |x: &[f64]| pooled_layer(&kernel, x, NonZeroUsize::new(2).unwrap());
        prop_assert!((layer(&translated(&x, 2 * shift)) - layer(&x)).abs() <= 1e-12);
    }

    #[test]
    fn convolution_commutes_with_itself(
        kernel in prop::collection::vec(-10.0f64..10.0, 8), x in prop::collection::vec(-10.0f64..10.0, 8),
    ) {
        let (a, b) = (circular_convolution(&kernel, &x), circular_convolution(&x, &kernel));
        prop_assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= 1e-11));
    }
}

#[test]
fn teeth_odd_shifts_change_a_strided_layer() {
    let (kernel, x) = ([1.0], [1.0, 0.0, 1.0, 0.0]);
    let layer = |x: &[f64]| pooled_layer(&kernel, x, NonZeroUsize::new(2).unwrap());
    assert_eq!((layer(&x), layer(&translated(&x, 1)), layer(&translated(&x, 2))), (1.0, 0.0, 1.0));
}

#[test]
fn teeth_padding_breaks_equivariance() {
    let (kernel, x) = ([1.0, 1.0], [0.0, 0.0, 0.0, 1.0]);
    assert_ne!(
        padded_convolution(&kernel, &translated(&x, 1)),
        translated(&padded_convolution(&kernel, &x), 1)
    );
    assert_eq!(
        circular_convolution(&kernel, &translated(&x, 1)),
        translated(&circular_convolution(&kernel, &x), 1)
    );
}

#[test]
fn teeth_equivariance_is_not_invariance() {
    let (kernel, x) = ([1.0, 2.0], [1.0, 0.0, 0.0]);
    assert_ne!(circular_convolution(&kernel, &translated(&x, 1)), circular_convolution(&kernel, &x));
}
