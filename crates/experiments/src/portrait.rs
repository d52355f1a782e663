//! The landscape of an objective of two parameters as a plot: level sets, descent paths, and critical points with what
//! proves them.

use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::critical::search::{Criteria, Ending, LevenbergMarquardt, Search};
use saddlepoint_landscape::critical::section::Symmetric;
use saddlepoint_landscape::critical::symmetry::{NoSymmetry, distinct};
use saddlepoint_landscape::critical::{krawczyk, section};
use saddlepoint_landscape::descent::GradientDescent;
use saddlepoint_landscape::formula::Formula;
use saddlepoint_landscape::objective::Objective;
use serde::{Deserialize, Serialize};

use crate::claim::Failure;
use crate::figure::{Axis, Figure, Mark};

/// What critical points of two parameters are called: alone in a box by index, then orbits by index, then those without a
/// certificate.
const KINDS: [&str; 6] = [
    "minima (index 0)",
    "saddles (index 1)",
    "maxima (index 2)",
    "curve of minima (index 0)",
    "curve of maxima (index 1)",
    "critical, not certified",
];

/// What is proved of a critical point.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "kebab-case")]
pub enum Proof {
    /// It is alone in a box.
    Point {
        /// The certificate.
        certificate: Box<krawczyk::Certificate>,
    },
    /// A symmetry moves it along a curve of critical points, which crosses a section exactly once in a box.
    Orbit {
        /// The certificate.
        certificate: Box<section::Certificate>,
    },
}

impl Proof {
    /// Negative, zero and positive eigenvalues of the Hessian.
    fn inertia(&self) -> Inertia {
        match self {
            Proof::Point { certificate } => {
                let (n, negative) = (certificate.centre.len(), certificate.index);
                Inertia { negative, zero: 0, positive: n.saturating_sub(negative) }
            }
            Proof::Orbit { certificate } => certificate.inertia(),
        }
    }
}

/// A critical point on a portrait.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Landmark {
    /// Where, in the coordinates of the plot.
    pub at: (f64, f64),
    /// Where, in the parameters of the objective.
    pub point: Vec<f64>,
    /// The proof, or why there is none.
    pub proof: Result<Proof, String>,
}

impl Landmark {
    /// What it is called in the legend.
    fn kind(&self) -> &'static str {
        let place = |proof: &Proof| match proof {
            Proof::Point { certificate } => certificate.index.min(2),
            Proof::Orbit { certificate } => 3 + certificate.section.index.min(1),
        };
        KINDS[self.proof.as_ref().map_or(KINDS.len() - 1, place)]
    }

    /// What is read when it is pointed at.
    fn label(&self) -> String {
        let place = self.point.iter().map(|x| format!("{x:.6}")).collect::<Vec<_>>().join(", ");
        match &self.proof {
            Ok(Proof::Point { certificate }) => format!(
                "({place}): index {}, the only critical point of a box around it (Krawczyk, contraction {:.0e})",
                certificate.index, certificate.contraction
            ),
            Ok(Proof::Orbit { certificate }) => format!(
                "({place}): index {}, and a zero eigenvalue along the curve that the symmetry moves it on; the curve is the only \
                 one to cross a section here (Krawczyk on the section, contraction {:.0e})",
                certificate.section.index, certificate.section.contraction
            ),
            Err(reason) => format!("({place}): {reason}"),
        }
    }
}

/// Raw material of a contour plot with descent paths.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Portrait {
    x: Vec<f64>,
    y: Vec<f64>,
    z: Vec<Vec<f64>>,
    paths: Vec<Vec<(f64, f64)>>,
    #[serde(default)]
    landmarks: Vec<Landmark>,
}

/// Grid points a side: fine enough for smooth level sets, small enough for a record.
const SIDE: usize = 61;

impl Portrait {
    /// Values on a square grid over the ranges.
    pub(crate) fn of(f: &impl Objective, x: [f64; 2], y: [f64; 2]) -> Result<Self, Failure> {
        Self::map(x, y, |x, y| Ok(f.value(&[x, y])?))
    }

    /// The same for any function of two coordinates.
    pub(crate) fn map(
        x: [f64; 2],
        y: [f64; 2],
        f: impl Fn(f64, f64) -> Result<f64, Failure>,
    ) -> Result<Self, Failure> {
        let grid = |[low, high]: [f64; 2]| -> Vec<f64> {
            (0..SIDE).map(|i| low + (high - low) * i as f64 / (SIDE - 1) as f64).collect()
        };
        let (x, y) = (grid(x), grid(y));
        let row = |&y: &f64| x.iter().map(|&x| f(x, y)).collect::<Result<Vec<f64>, _>>();
        let z = y.iter().map(row).collect::<Result<_, _>>()?;
        Ok(Self { x, y, z, paths: Vec::new(), landmarks: Vec::new() })
    }

    /// Adds the paths of a descent from some starts, every `every`-th iterate.
    pub(crate) fn with_paths(
        self,
        f: &impl Objective,
        descent: &GradientDescent,
        starts: &[[f64; 2]],
        every: usize,
    ) -> Result<Self, Failure> {
        self.with_mapped_paths(f, descent, starts, every, |point| point)
    }

    /// The same, drawn in other coordinates.
    pub(crate) fn with_mapped_paths(
        mut self,
        f: &impl Objective,
        descent: &GradientDescent,
        starts: &[[f64; 2]],
        every: usize,
        coordinates: impl Fn((f64, f64)) -> (f64, f64),
    ) -> Result<Self, Failure> {
        for start in starts {
            let (_, trajectory) = descent.record(f, start, every)?;
            self = self.with_path(trajectory.points.iter().map(|point| coordinates((point[0], point[1]))));
        }
        Ok(self)
    }

    /// Adds a path of any method; consecutive points closer than a pixel are thinned out.
    #[must_use]
    pub(crate) fn with_path(mut self, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let pixel = (self.x[1] - self.x[0]).hypot(self.y[1] - self.y[0]) / 8.0;
        let mut path: Vec<(f64, f64)> = Vec::new();
        for next in points {
            if path.last().is_none_or(|last| (next.0 - last.0).hypot(next.1 - last.1) >= pixel) {
                path.push(next);
            }
        }
        self.paths.push(path);
        self
    }

    /// Adds the critical points that searches from every sixth grid point find, each with its certificate.
    pub(crate) fn with_critical_points(self, f: &(impl Formula + Sync)) -> Result<Self, Failure> {
        let grid = |axis: &[f64]| axis.iter().copied().step_by(6).collect::<Vec<_>>();
        let (x, y) = (grid(&self.x), grid(&self.y));
        let starts: Vec<Vec<f64>> = y.iter().flat_map(|&y| x.iter().map(move |&x| vec![x, y])).collect();
        self.with_mapped_critical_points(f, &starts, |point| point)
    }

    /// The same from starts of the claim's choice, drawn in other coordinates.
    pub(crate) fn with_mapped_critical_points(
        mut self,
        f: &(impl Formula + Sync),
        starts: &[Vec<f64>],
        coordinates: impl Fn((f64, f64)) -> (f64, f64),
    ) -> Result<Self, Failure> {
        let criteria = Criteria { steps: 200, gradient_norm: 1e-12, bound: 1e6, flatness: 1e-3 };
        let found = LevenbergMarquardt { criteria }.run_all(f, starts)?;
        let mut points: Vec<Vec<f64>> =
            found.into_iter().filter(|end| end.ending == Ending::Critical).map(|end| end.point).collect();
        points.retain(|point| {
            let at = coordinates((point[0], point[1]));
            let within = |axis: &[f64], x: f64| axis[0] <= x && x <= axis[axis.len() - 1];
            within(&self.x, at.0) && within(&self.y, at.1)
        });
        for i in distinct(&NoSymmetry, &points, 1e-6) {
            let point = points[i].clone();
            let proof = krawczyk::certify_near(f, &point).map_err(|reason| reason.to_string());
            let proof = proof.map(|certificate| Proof::Point { certificate: Box::new(certificate) });
            self.landmarks.push(Landmark { at: coordinates((point[0], point[1])), point, proof });
        }
        Ok(self)
    }

    /// Adds the orbits of critical points through these points, each with its certificate on a section across.
    #[must_use]
    pub(crate) fn with_orbits(mut self, f: &impl Symmetric, points: &[[f64; 2]]) -> Self {
        for &[x, y] in points {
            let proof = section::certify_near(f, &[x, y]).map_err(|reason| reason.to_string());
            let proof = proof.map(|certificate| Proof::Orbit { certificate: Box::new(certificate) });
            self.landmarks.push(Landmark { at: (x, y), point: vec![x, y], proof });
        }
        self
    }

    /// The critical points.
    pub(crate) fn landmarks(&self) -> &[Landmark] {
        &self.landmarks
    }

    /// How many critical points of an index are certified to be alone.
    pub(crate) fn certified(&self, index: usize) -> usize {
        self.count(index, 0)
    }

    /// How many curves of critical points of an index are certified.
    pub(crate) fn certified_orbits(&self, index: usize) -> usize {
        self.count(index, 1)
    }

    fn count(&self, negative: usize, zero: usize) -> usize {
        let proofs = self.landmarks.iter().filter_map(|mark| mark.proof.as_ref().ok()).map(Proof::inertia);
        proofs.filter(|found| (found.negative, found.zero) == (negative, zero)).count()
    }

    /// The plot.
    pub(crate) fn figure(&self, id: &str, title: &str, caption: &str, axes: [&str; 2], value: &str) -> Figure {
        let contour =
            Mark::Contour { x: self.x.clone(), y: self.y.clone(), z: self.z.clone(), title: value.into() };
        let [x, y] = axes.map(Axis::linear);
        let figure = Figure::new(id, title, caption, x, y).with(value, contour);
        let figure = self.paths.iter().enumerate().fold(figure, |figure, (i, path)| {
            let name = format!("descent {}", i + 1);
            match path[..] {
                [stays] => figure.points(name + ", which stays", [stays]),
                _ => figure.line(name, path.iter().copied()),
            }
        });
        KINDS.into_iter().fold(figure, |figure, kind| {
            let of_kind = || self.landmarks.iter().filter(|mark| mark.kind() == kind);
            if of_kind().next().is_none() {
                return figure;
            }
            let (x, y) = of_kind().map(|mark| mark.at).unzip();
            let labels = of_kind().map(Landmark::label).collect();
            figure.with(kind, Mark::Points { x, y, error: Vec::new(), labels })
        })
    }
}
