//! Two small networks by every measure and every bound: one without biases, one with them. What does not apply is refused by
//! name. (Kernel machines and linear Gibbs classifiers have bounds of their own, which no network meets.)

use std::error::Error;
use std::f64::consts::TAU;

use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::bounds::arora_compression::{AroraCompression, Compression, Smoothness};
use saddlepoint_theory::bounds::bartlett_foster_telgarsky::{APosteriori, FixedClass, Radii};
use saddlepoint_theory::bounds::catoni::Catoni;
use saddlepoint_theory::bounds::certificate::Certificate;
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::dziugaite_roy::{DziugaiteRoy, PriorGrid};
use saddlepoint_theory::bounds::empirical_bernstein::EmpiricalBernstein;
use saddlepoint_theory::bounds::finite_class::FiniteClass;
use saddlepoint_theory::bounds::gaussian::{DiagonalGaussian, IsotropicGaussian};
use saddlepoint_theory::bounds::golowich::{self, Golowich};
use saddlepoint_theory::bounds::hoeffding::Hoeffding;
use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
use saddlepoint_theory::bounds::kl_test_set::KlTestSet;
use saddlepoint_theory::bounds::maurer::Maurer;
use saddlepoint_theory::bounds::mcallester::McAllester;
use saddlepoint_theory::bounds::network::{Network, Reference};
use saddlepoint_theory::bounds::neyshabur_pac_bayes::NeyshaburPacBayes;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
use saddlepoint_theory::bounds::path_norm::PathNorm;
use saddlepoint_theory::bounds::rademacher::{ClassComplexity, UniformDeviation};
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::bounds::vc::VapnikChervonenkis;
use saddlepoint_theory::capacity::cushions::Cushions;
use saddlepoint_theory::capacity::fisher_rao::Homogeneous;
use saddlepoint_theory::capacity::lipschitz::{averaged, largest_slope, local, product, sampled};
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::{frobenius, schatten, spectral, stable_rank, two_one_over_rows};
use saddlepoint_theory::capacity::rademacher::Class;
use saddlepoint_theory::capacity::spectral_complexity::spectral_complexity;
use saddlepoint_theory::capacity::spectral_exponent::PowerLaw;
use saddlepoint_theory::capacity::spectrum::exact;
use saddlepoint_theory::capacity::vc::piecewise_linear::Architecture;
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use saddlepoint_theory::quantity::{Complexity, SampleSize};

type Outcome<T> = Result<T, Box<dyn Error>>;

const N: usize = 2000;
const GAMMA: f64 = 0.1;
const DELTA: f64 = 0.05;

fn main() -> Outcome<()> {
    // |x| − |y|, and the same with kinks that are moved.
    let hidden = || dmatrix![1.0, 0.0; -1.0, 0.0; 0.0, 1.0; 0.0, -1.0];
    let output = || (dmatrix![1.0, 1.0, -1.0, -1.0], dvector![0.0]);
    for (name, bias) in [("without biases", 0.0), ("with biases", 0.05)] {
        let network = ReluNetwork::new(vec![(hidden(), DVector::repeat(4, bias)), output()])?;
        println!("\nA network {name}\n");
        Measured::new(&network, 1)?.print(&Measured::new(&network, N + 1)?);
    }
    Ok(())
}

/// A network on a sample.
struct Measured<'a> {
    network: &'a ReluNetwork,
    points: Vec<Vec<f64>>,
    labels: Vec<bool>,
    inputs: Inputs,
    margins: Margins,
    errors: u64,
}

impl<'a> Measured<'a> {
    /// Points of a low-discrepancy sequence from a place of it on; every fiftieth label is wrong.
    fn new(network: &'a ReluNetwork, from: usize) -> Outcome<Self> {
        let coordinate = |i: usize, step: f64| 2.0 * (i as f64 * step).fract() - 1.0;
        let points: Vec<Vec<f64>> = (from..from + N)
            .map(|i| vec![coordinate(i, 0.754_877_666), coordinate(i, 0.569_840_296)])
            .collect();
        let labels: Vec<bool> =
            points.iter().enumerate().map(|(i, x)| (x[0].abs() > x[1].abs()) != (i % 50 == 0)).collect();
        let outputs = points.iter().map(|x| Ok(network.value(x)?[0])).collect::<Outcome<Vec<f64>>>()?;
        let margins = Margins::of_signs(&IntervalMatrix::from_rows(N, 1, outputs)?, &labels)?;
        let errors = margins.all().iter().filter(|margin| margin.low() <= 0.0).count() as u64;
        let inputs = Inputs::new(IntervalMatrix::from_rows(N, 2, points.concat())?);
        Ok(Self { network, points, labels, inputs, margins, errors })
    }

    fn print(&self, fresh: &Self) {
        println!("{:34} value", "measure");
        for (name, value) in self.capacity() {
            println!("{name:34} {}", value.unwrap_or_else(|refusal| format!("refused: {refusal}")));
        }
        println!("\n{:34} {:>9}  {:>10}  largest term", "bound", "risk", "confidence");
        for (name, certificate) in self.bounds(fresh) {
            match certificate {
                Ok(bound) => {
                    let (value, confidence) = (bound.value(), bound.confidence());
                    println!("{name:34} {value:9.4}  {confidence:10.4}  {}", bound.dominant().name);
                }
                Err(refusal) => println!("{name:34} refused: {refusal}"),
            }
        }
    }

    /// The network of norm bounds; biases are refused.
    fn bias_free(&self) -> Outcome<Network> {
        Ok(Network::of_relu(self.network)?)
    }

    fn weights(&self) -> Outcome<Vec<IntervalMatrix>> {
        Ok(self.network.layers().iter().map(|(weights, _)| exact(weights)).collect::<Result<_, _>>()?)
    }

    fn architecture(&self) -> Outcome<Architecture> {
        let widths: Vec<u64> = self.network.layers().iter().map(|(_, bias)| bias.len() as u64).collect();
        Ok(Architecture::fully_connected(self.network.inputs() as u64, &widths, 1)?)
    }

    fn capacity(&self) -> Vec<(&'static str, Outcome<String>)> {
        let of_layers = |norm: fn(&IntervalMatrix) -> Outcome<String>| -> Outcome<String> {
            Ok(self.weights()?.iter().map(norm).collect::<Outcome<Vec<_>>>()?.join(" "))
        };
        let layers = || Ok::<_, Box<dyn Error>>(self.bias_free()?.layers().clone());
        let square = || Rectangle::new([-1.0; 2], [1.0; 2]);
        let network = self.network;
        vec![
            ("Frobenius norms", of_layers(|w| Ok(frobenius(w).to_string()))),
            ("(2, 1) norms over rows", of_layers(|w| Ok(two_one_over_rows(w).to_string()))),
            ("spectral norms", of_layers(|w| Ok(spectral(w)?.to_string()))),
            ("nuclear norms", of_layers(|w| Ok(schatten(w, 1.0)?.to_string()))),
            ("stable ranks", of_layers(|w| Ok(stable_rank(w)?.to_string()))),
            ("spectral exponents", of_layers(|w| Ok(PowerLaw::of_weights(w)?.alpha().to_string()))),
            ("ℓ₁ path norm", (|| Ok(layers()?.path_l1().total.to_string()))()),
            ("ℓ₂ path norm", (|| Ok(layers()?.path_l2().total.to_string()))()),
            ("spectral complexity", self.complexity()),
            ("Fisher-Rao norm", self.fisher_rao()),
            ("margins: median", Ok(self.margins.median().to_string())),
            ("cushions: activation contraction", (|| Ok(self.cushions(20)?.contraction().to_string()))()),
            ("VC dimension, at most", (|| Ok(self.architecture()?.vc_dimension_bound().to_string()))()),
            ("Rademacher, linear part", self.linear_rademacher()),
            ("Lipschitz, sampled", (|| Ok(sampled(network, &self.points)?.bound.to_string()))()),
            (
                "Lipschitz, by regions",
                (|| Ok(largest_slope(network, &Regions::of(network, square()?)?)?.norm.to_string()))(),
            ),
            (
                "Lipschitz, branch and bound",
                (|| Ok(local(network, &[-1.0; 2], &[1.0; 2], 500)?.constant.to_string()))(),
            ),
            ("Lipschitz, averaged", (|| Ok(averaged(network)?.to_string()))()),
            ("Lipschitz, product", (|| Ok(product(network)?.to_string()))()),
            ("activation regions", (|| Ok(Regions::of(network, square()?)?.len().to_string()))()),
        ]
    }

    fn complexity(&self) -> Outcome<String> {
        let network = self.bias_free()?;
        let weights = network.layers().weights();
        let norms = weights.iter().map(spectral).collect::<Result<Vec<_>, _>>()?;
        let distances: Vec<_> = weights.iter().map(two_one_over_rows).collect();
        Ok(spectral_complexity(&norms, &distances, &[1.0; 2])?.to_string())
    }

    fn fisher_rao(&self) -> Outcome<String> {
        let homogeneous = Homogeneous::new(&self.bias_free()?)?;
        let outputs = self.points.iter().map(|x| Ok(self.network.value(x)?[0])).collect::<Outcome<Vec<_>>>()?;
        let targets = self.labels.iter().map(|&positive| if positive { 1.0 } else { -1.0 }).collect();
        let column = |values| IntervalMatrix::from_rows(N, 1, values);
        Ok(homogeneous.squared_error(&column(outputs)?, &column(targets)?)?.to_string())
    }

    fn linear_rademacher(&self) -> Outcome<String> {
        let points = IntervalMatrix::from_rows(N, 2, self.points.concat())?;
        Ok(Class::euclidean_ball(&points, 1.0)?.bounds().to_string())
    }

    fn cushions(&self, examples: usize) -> Outcome<Cushions> {
        Ok(Cushions::new(self.bias_free()?.layers(), &self.points[..examples])?)
    }

    fn bounds(&self, fresh: &Self) -> Vec<(&'static str, Outcome<Certificate>)> {
        let (errors, n) = (fresh.errors, N as u64);
        let observed = self.errors as f64 / N as f64;
        let losses: Vec<f64> =
            fresh.margins.all().iter().map(|m| f64::from(u8::from(m.low() <= 0.0))).collect();
        let sample = || Sample::new(&self.inputs, &self.margins);
        let unseen = || Split::unseen(n);
        vec![
            ("Hoeffding, fresh sample", (|| Ok(Hoeffding::of_errors(errors, n, DELTA)?.evaluate()))()),
            ("Chernoff by kl, fresh sample", (|| Ok(KlTestSet::of_errors(errors, n, DELTA)?.evaluate()))()),
            ("Clopper-Pearson, fresh sample", (|| Ok(ClopperPearson::new(errors, n, DELTA)?.evaluate()))()),
            (
                "empirical Bernstein, fresh sample",
                (|| Ok(EmpiricalBernstein::of_draws(&losses, DELTA)?.evaluate()))(),
            ),
            // Weights and biases of three values each: 3^17 networks.
            ("finite class", (|| Ok(FiniteClass::new(observed, 3u64.pow(17), n, DELTA)?.evaluate()))()),
            ("Vapnik-Chervonenkis", {
                let log_growth = self.architecture().map(|shape| shape.log_growth(2 * n));
                log_growth
                    .and_then(|g| Ok(VapnikChervonenkis::with_log_growth(observed, g, n, DELTA)?.evaluate()))
            }),
            ("Rademacher, ramp of a fixed ball", self.fixed_ball()),
            (
                "Bartlett-Foster-Telgarsky",
                (|| {
                    let (network, zero) = (self.bias_free()?, Reference::zero());
                    Ok(APosteriori::new(&network, &zero, sample()?, GAMMA, DELTA)?.evaluate())
                })(),
            ),
            (
                "  of a fixed class",
                (|| {
                    let radii = Radii { spectral: vec![2.1; 2], distances: vec![4.1, 2.1] };
                    let (network, zero) = (self.bias_free()?, Reference::zero());
                    Ok(FixedClass::new(&network, &zero, &radii, sample()?, GAMMA, DELTA)?.evaluate())
                })(),
            ),
            (
                "Neyshabur-Bhojanapalli-Srebro",
                (|| Ok(NeyshaburPacBayes::new(&self.bias_free()?, 1.5, sample()?, GAMMA, DELTA)?.evaluate()))(),
            ),
            (
                "Golowich-Rakhlin-Shamir",
                (|| Ok(Golowich::new(&self.bias_free()?, sample()?, GAMMA, DELTA)?.evaluate()))(),
            ),
            ("path norm", (|| Ok(PathNorm::new(&self.bias_free()?, sample()?, GAMMA, DELTA)?.evaluate()))()),
            ("Arora et al., the compressed one", self.compression()),
            (
                "McAllester",
                self.gibbs(|g, kl| Ok(McAllester::new(g, kl, unseen()?, DELTA, Moment::Exact)?.evaluate())),
            ),
            ("Maurer", self.gibbs(|g, kl| Ok(Maurer::new(g, kl, unseen()?, DELTA, Moment::Exact)?.evaluate()))),
            (
                "Catoni",
                self.gibbs(|g, kl| {
                    let grid: Vec<f64> = (0..10).map(|i| 0.1 * 2f64.powi(i)).collect();
                    Ok(Catoni::new(g, kl, unseen()?, DELTA, &grid)?.evaluate())
                }),
            ),
            ("Dziugaite-Roy", self.dziugaite_roy()),
        ]
    }

    /// The class of all networks with Frobenius norms of product 4 and their ramp losses at the margin, in place of which
    /// margins are counted.
    fn fixed_ball(&self) -> Outcome<Certificate> {
        let network = self.bias_free()?;
        let norms = network.layers().product(|w| Ok::<_, Box<dyn Error>>(frobenius(w)))?;
        if norms.high() > 4.0 {
            return Err("the network is outside of the ball".into());
        }
        let four = exact(&dmatrix![4.0])?.get(0, 0).ok_or("one entry")?;
        let complexity = golowich::complexity(2, four, &self.inputs) / GAMMA;
        let ramp = self.margins.loss(saddlepoint_theory::quantity::Margin::new(GAMMA)?).get();
        let class =
            ClassComplexity::empirical(Complexity::new(complexity.next_up())?, SampleSize::new(N as u64)?);
        Ok(UniformDeviation::new(ramp, class, DELTA)?.evaluate())
    }

    fn compression(&self) -> Outcome<Certificate> {
        let cushions = self.cushions(N)?;
        let smooth = Smoothness::assumed(6.0, 0.01)?;
        let theorem =
            AroraCompression::new(Compression::new(&cushions, GAMMA, 0.01)?, &self.margins, &smooth, DELTA)?;
        Ok(theorem.evaluate().of_the_compressed_network().clone())
    }

    /// Weights and biases as one vector, layer by layer.
    fn parameters(&self) -> Vec<f64> {
        self.network.layers().iter().flat_map(|(w, b)| w.iter().chain(b).copied().collect::<Vec<_>>()).collect()
    }

    /// Normal noise around all parameters; its risk is seen on the sample in 200 draws, which are paid for.
    fn posterior(&self) -> Outcome<(GibbsRisk, DiagonalGaussian)> {
        let means = self.parameters();
        let posterior = DiagonalGaussian::new(means.clone(), vec![0.05; means.len()])?;
        let mut state = 1u64;
        let mut uniform = || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        };
        let mut risks = Vec::new();
        for _ in 0..200 {
            let noise: Vec<f64> = (0..means.len())
                .map(|_| (-2.0 * (1.0 - uniform()).ln()).sqrt() * (TAU * uniform()).cos())
                .collect();
            let mut drawn = posterior.draw(&noise)?.into_iter();
            let mut take = |n: usize| drawn.by_ref().take(n).collect::<Vec<_>>();
            let layers = self.network.layers().iter().map(|(w, b)| {
                let (m, n) = w.shape();
                (DMatrix::from_vec(m, n, take(m * n)), DVector::from_vec(take(b.len())))
            });
            let network = ReluNetwork::new(layers.collect())?;
            let mut wrong = 0.0;
            for (x, &positive) in self.points.iter().zip(&self.labels) {
                wrong += f64::from(u8::from((network.value(x)?[0] > 0.0) != positive));
            }
            risks.push(wrong / N as f64);
        }
        Ok((GibbsRisk::certified(&EmpiricalBernstein::of_draws(&risks, 0.01)?), posterior))
    }

    fn gibbs(&self, bound: impl Fn(GibbsRisk, f64) -> Outcome<Certificate>) -> Outcome<Certificate> {
        let (gibbs, posterior) = self.posterior()?;
        let prior = IsotropicGaussian::new(vec![0.0; posterior.means().len()], 0.5)?;
        bound(gibbs, posterior.divergence(&prior)?.get())
    }

    fn dziugaite_roy(&self) -> Outcome<Certificate> {
        let (gibbs, posterior) = self.posterior()?;
        let grid = PriorGrid::new(vec![0.0; posterior.means().len()], 1.0, 10.0)?;
        let (j, split) = (grid.nearest(-0.3)?, Split::unseen(N as u64)?);
        Ok(DziugaiteRoy::new(gibbs, &posterior, &grid, j, split, DELTA, Moment::Exact)?.evaluate())
    }
}
