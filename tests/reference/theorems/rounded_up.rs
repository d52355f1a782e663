//! No bound is below its formula, not by one float: hard inputs, with 60 digits from `rounded_up.py`.

use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::bartlett_foster_telgarsky::rademacher_complexity;
use saddlepoint_theory::bounds::catoni::Catoni;
use saddlepoint_theory::bounds::empirical_bernstein::EmpiricalBernstein;
use saddlepoint_theory::bounds::finite_class::FiniteClass;
use saddlepoint_theory::bounds::gaussian::{DiagonalGaussian, IsotropicGaussian};
use saddlepoint_theory::bounds::golowich::complexity_on_ball;
use saddlepoint_theory::bounds::hoeffding::Hoeffding;
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::kernel::{KernelMargin, KernelMatrix};
use saddlepoint_theory::bounds::kl_test_set::KlTestSet;
use saddlepoint_theory::bounds::linear_gibbs::LinearGibbs;
use saddlepoint_theory::bounds::maurer::Maurer;
use saddlepoint_theory::bounds::mcallester::McAllester;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment, xi};
use saddlepoint_theory::bounds::rademacher::{ClassComplexity, UniformDeviation};
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::bounds::vc::VapnikChervonenkis;
use saddlepoint_theory::bounds::{grid, kernel};
use saddlepoint_theory::capacity::covering::maurey_log_covering;
use saddlepoint_theory::capacity::dudley::Dudley;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::spectral_complexity::spectral_complexity;
use saddlepoint_theory::quantity::{Complexity, Margin, SampleSize};

/// The bound of a theorem, and by which factor it may exceed its formula: rounding alone, but where cancellation or a
/// certified search costs more.
fn bound(theorem: &str, x: &[f64]) -> Result<(f64, f64), Violation> {
    let point = |x: f64| Interval::between(x, x);
    let count = |i: usize| x[i] as u64;
    let size = |i: usize| SampleSize::new(count(i));
    let gibbs = || GibbsRisk::exact(x[0]);
    let value = match theorem {
        "hoeffding" => Hoeffding::new(x[0], count(1), x[2])?.evaluate().value(),
        "kl_test_set" => KlTestSet::new(x[0], count(1), x[2])?.evaluate().value(),
        "finite_class" => FiniteClass::new(x[0], count(1), count(2), x[3])?.evaluate().value(),
        "vc" => VapnikChervonenkis::new(x[0], count(1), count(2), x[3])?.evaluate().value(),
        "rademacher_empirical" => {
            let complexity = ClassComplexity::empirical(Complexity::new(x[1])?, size(2)?);
            UniformDeviation::new(x[0], complexity, x[3])?.evaluate().value()
        }
        "rademacher_expected" => {
            let complexity = ClassComplexity::expected(Complexity::new(x[1])?, size(2)?);
            UniformDeviation::new(x[0], complexity, x[3])?.evaluate().value()
        }
        "empirical_bernstein" => EmpiricalBernstein::new(x[0], x[1], count(2), x[3])?.evaluate().value(),
        "mcallester" => McAllester::new(gibbs()?, x[1], Split::unseen(count(2))?, x[3], Moment::TwoRoots)?
            .evaluate()
            .value(),
        "maurer" => {
            Maurer::new(gibbs()?, x[1], Split::unseen(count(2))?, x[3], Moment::TwoRoots)?.evaluate().value()
        }
        "catoni" => Catoni::new(gibbs()?, x[1], Split::unseen(count(2))?, x[3], &[x[4]; 2])?.evaluate().value(),
        "linear_gibbs" => LinearGibbs::new(&x[..2], &[x[2]; 2], x[3], Moment::TwoRoots)?.evaluate().value(),
        "gaussian_divergence" => {
            let posterior = DiagonalGaussian::new(vec![x[0]], vec![x[1]])?;
            posterior.divergence(&IsotropicGaussian::new(vec![0.25], x[2])?)?.get()
        }
        "bartlett_foster_telgarsky" => {
            rademacher_complexity(x[0], count(1) as usize, x[2], size(3)?, Margin::new(x[4])?)?
        }
        "golowich" => complexity_on_ball(count(0) as usize, point(x[1]), x[2], size(3)?)?,
        "kernel" => kernel::complexity(point(x[0]), point(x[1]), count(2)),
        "maurey" => maurey_log_covering(x[0], x[1], x[2], 3, count(3)).unwrap(),
        "spectral_complexity" => {
            spectral_complexity(&[point(x[0]), point(x[1])], &[point(x[2]), point(x[3])], &[1.0; 2])
                .unwrap()
                .high()
        }
        "grid" => grid::round_up(point(x[0])).value,
        "xi" => xi(size(0)?),
        "maurer_exact" => {
            Maurer::new(gibbs()?, x[1], Split::unseen(count(2))?, x[3], Moment::Exact)?.evaluate().value()
        }
        "kernel_margin" => {
            let outputs = IntervalMatrix::from_rows(count(2) as usize, 1, vec![2.0 * x[3]; count(2) as usize])?;
            let margins = Margins::of_signs(&outputs, &vec![true; count(2) as usize])?;
            // A multiple of the identity whose trace is not below.
            let diagonal = vec![(x[1] / x[2]).next_up(); count(2) as usize];
            let kernel =
                KernelMatrix::new(IntervalMatrix::identity(count(2) as usize)?.scale_columns(&diagonal)?)?;
            KernelMargin::new(point(x[0]), &kernel, &margins, x[3], x[4])?.evaluate().value()
        }
        "dudley_at" => Dudley::new(count(1)).unwrap().inverse_scale_at(x[0], x[2]).unwrap().value,
        "dudley" => Dudley::new(count(1)).unwrap().inverse_scale(x[0]).unwrap().value,
        other => panic!("no theorem {other}"),
    };
    Ok((value, if theorem == "catoni" { 1e-9 } else { 1e-12 }))
}

#[test]
fn no_bound_is_below_its_formula() {
    for line in include_str!("rounded_up.csv").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let inputs: Vec<f64> = fields[1].split(' ').map(|x| x.parse().unwrap()).collect();
        let least: f64 = fields[2].parse().unwrap();
        let (found, excess) = bound(fields[0], &inputs).unwrap();
        assert!(found >= least, "{line}: {found:e} is below");
        assert!(found <= least * (1.0 + excess) + f64::MIN_POSITIVE, "{line}: {found:e} is far above");
    }
}
