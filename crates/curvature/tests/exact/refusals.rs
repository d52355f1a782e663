//! What cannot be traced or evaluated is refused by name.

use burn::module::{Module, ModuleMapper, Param};
use burn::nn::{Linear, LinearConfig, Relu};
use burn::tensor::{DType, Distribution, Tensor};
use saddlepoint_curvature::program::ProgramError;
use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::TraceError;
use saddlepoint_landscape::operator::probe;

use crate::common::{cast, device, tensor};

fn line() -> Linear {
    cast(LinearConfig::new(2, 2).with_bias(false).init(&device()))
}

#[test]
fn losses_that_cannot_be_traced_are_refused_by_name() {
    let x = || tensor::<2>(1, [3, 2]);
    let unsupported = trace(&line(), x(), |m, x| m.forward(x).cumsum(0).mean()).unwrap_err();
    assert!(
        matches!(&unsupported, TraceError::Unsupported { operation, .. } if operation == "NumericFloat::CumSum"),
        "{unsupported}"
    );
    let random =
        trace(&line(), x(), |m, x| (m.forward(x.clone()) * x.random_like(Distribution::Default)).sum());
    let random = random.unwrap_err().to_string();
    assert!(random.contains("Float::Random (number 4 of the "), "{random}");
    let elsewhere = trace(&line(), (), |m, ()| m.forward(x()).mean());
    assert!(matches!(elsewhere, Err(TraceError::NotRecordable(_))), "{elsewhere:?}");
    let shape = trace(&line(), x(), |m, x| m.forward(x).flatten::<1>(0, 1)).unwrap_err();
    assert_eq!(shape, TraceError::NotScalar { shape: vec![6] });
    let none = trace(&Relu::new(), x(), |m, x| m.forward(x).mean()).unwrap_err();
    assert_eq!(none, TraceError::NoParameters);
    let reads = trace(&line(), x(), |m, x| {
        let y = m.forward(x).mean();
        if y.clone().into_data().iter::<f64>().all(|y| y > 0.0) { y } else { y.neg() }
    });
    assert!(matches!(reads, Err(TraceError::NotRecordable(_))), "{reads:?}");
}

#[derive(Module, Debug)]
struct Pair {
    first: Linear,
    second: Linear,
}

#[test]
fn a_mixture_of_precisions_is_refused_by_parameter() {
    struct Second(usize);
    impl ModuleMapper for Second {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (id, tensor, mapper) = param.consume();
            self.0 += 1;
            let dtype = if self.0 == 2 { DType::F32 } else { DType::F64 };
            Param::from_mapped_value(id, tensor.cast(dtype), mapper)
        }
    }
    let pair = Pair { first: line(), second: line() }.map(&mut Second(0));
    let error = trace(&pair, (), |m, ()| m.first.weight.val().powi_scalar(2).sum()).unwrap_err();
    let (what, expected, found) = ("parameter second.weight".to_owned(), DType::F64, DType::F32);
    assert_eq!(error, TraceError::MixedPrecision { what, expected, found });
}

#[test]
fn bad_points_and_vectors_are_refused_by_name() {
    let traced = trace(&line(), tensor(1, [3, 2]), |m, x| m.forward(x).powi_scalar(2).mean()).unwrap();
    let wrong = ProgramError::WrongDimension { expected: 4, found: 3 };
    assert_eq!(traced.value(&[0.0; 3]).unwrap_err(), wrong);
    assert_eq!(traced.linearize(&[0.0; 3]).err(), Some(wrong.clone()));
    let at = traced.linearize(traced.point()).unwrap();
    assert_eq!(at.hessian_vector(&[0.0; 3]).unwrap_err(), wrong);
    assert_eq!(
        at.hessian_vector(&[0.0, f64::NAN, 0.0, 0.0]).unwrap_err(),
        ProgramError::NotFinite { index: 1 }
    );
    assert_eq!(at.hessian_block(&[], 0), Ok(vec![]));
    assert!(at.hessian_block(&[0.0], 0).is_err());
    assert_eq!(traced.value(&[1e200; 4]).unwrap_err(), ProgramError::Overflow { what: "loss" });
}

/// burn does not record what a loss detaches: its gradient is then no gradient, which shows in the products.
#[test]
fn a_detached_part_is_found_by_the_symmetry_probe() {
    let traced = trace(&line(), tensor::<2>(1, [3, 2]), |m, x| {
        let y = m.forward(x);
        (y.clone().flip([1]).detach() * y.powi_scalar(2)).sum()
    });
    let traced = traced.unwrap();
    let at = traced.linearize(&[0.3, -0.2, 0.5, 0.1]).unwrap();
    let mut stream = saddlepoint_models::random::Stream::new(3);
    assert!(probe::symmetry(&at, 8, f64::EPSILON, &mut || stream.normal()).is_err());
}

#[test]
fn a_parameter_that_the_loss_ignores_has_zero_curvature() {
    let pair = Pair { first: line(), second: line() };
    let traced = trace(&pair, (), |m, ()| m.first.weight.val().powi_scalar(2).sum()).unwrap();
    let at = traced.linearize(traced.point()).unwrap();
    assert_eq!(at.hessian_vector(&[1.0; 8]).unwrap(), [2.0, 2.0, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
}
