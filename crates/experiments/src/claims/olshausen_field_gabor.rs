//! Sparse components of images with edges are localized; of images with the same spectrum they are not.

use nalgebra::DMatrix;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::dead_leaves::{dead_leaves, phase_randomized};
use saddlepoint_theory::representation::independent_components::{FastIca, Whitening, participation_ratio};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::sample::median;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `olshausen-field-gabor`.
pub struct OlshausenFieldGabor;

/// One set of images, with or without their phases.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Task {
    images: u64,
    size: usize,
    patches: usize,
    side: usize,
    steps: usize,
    /// Whether the phases are replaced by random ones.
    randomized: bool,
    seed: u64,
}

/// What the components are like.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    components: usize,
    /// Median excess kurtosis of the components.
    kurtosis: f64,
    /// Median participation ratios of atoms, of filters, and of principal directions.
    participation: [f64; 3],
    /// How far the directions turned in the last step.
    turned: f64,
    /// The sixteen most localized atoms, for the figure.
    atoms: Vec<Vec<f64>>,
}

fn draw(task: &Task, lab: &Lab) -> Result<DMatrix<f64>, Failure> {
    let mut images = Vec::new();
    for image in 0..task.images {
        lab.go_on()?;
        let mut stream = Stream::new(100 + task.seed + image);
        let leaves = dead_leaves(task.size, (3.0, 60.0), &mut || stream.uniform())?;
        images.push(if task.randomized {
            let noise = DMatrix::from_vec(task.size, task.size, stream.normals(task.size * task.size));
            phase_randomized(&leaves, &noise)?
        } else {
            leaves
        });
    }
    let mut stream = Stream::new(200 + task.seed);
    let mut patches = DMatrix::zeros(task.side * task.side, task.patches);
    for mut patch in patches.column_iter_mut() {
        let image = &images[stream.index(images.len())];
        let [row, column] = std::array::from_fn(|_| stream.index(task.size - task.side + 1));
        patch.copy_from_slice(image.view((row, column), (task.side, task.side)).clone_owned().as_slice());
    }
    Ok(patches)
}

impl Claim for OlshausenFieldGabor {
    const CARD: Card = Card {
        id: "olshausen-field-gabor",
        version: 1,
        title: "Sparse components of images are localized filters; second-order statistics alone do not give them",
        statement: r"The independent components of patches of images with edges are sparse and localized, like the receptive fields of
            simple cells. Images with the same amplitudes but random phases share all second-order statistics: their
            components are neither sparse nor localized, and neither are the principal directions of either.

            Images here are dead leaves, discs of density $\propto r^{-3}$ that hide each other: they have edges and the scaling of natural images, and
            anyone can draw them. Localization is the participation ratio $(\sum w^2)^2/(n\sum w^4)$, the share of the patch on which a
            filter lives.",
        sources: &[
            Source {
                citation: "Olshausen, Field, Emergence of simple-cell receptive field properties by learning a sparse code for natural \
                    images, Nature 381, 1996",
                identifier: Some("10.1038/381607a0"),
            },
            Source {
                citation: "Bell, Sejnowski, The independent components of natural scenes are edge filters, Vision Research 37, 1997",
                identifier: Some("10.1016/S0042-6989(97)00121-1"),
            },
        ],
        hypotheses: &[
            "symmetric FastICA with the contrast log cosh, on the principal components with 99 % of the variance, for a fixed number of \
                steps: on the control, whose components are all but Gaussian, it does not settle",
        ],
        kind: Kind::Statistical,
        tags: &["representation", "sparse-coding", "images"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (images, size, patches, side, steps) =
            profile.pick((6, 128, 6000, 8, 15), (6, 256, 20_000, 10, 30), (6, 256, 40_000, 12, 200));
        [false, true].map(|randomized| Task { images, size, patches, side, steps, randomized, seed }).to_vec()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let patches = draw(task, lab)?;
        let whitening = Whitening::new(&patches, 0.99)?;
        lab.go_on()?;
        let white = whitening.whiten(&patches)?;
        let components = white.nrows();
        let start = Stream::new(300 + task.seed).normals(components * components);
        let mut ica = FastIca::new(&white, &DMatrix::from_vec(components, components, start))?;
        let mut turned = f64::NAN;
        for _ in 0..task.steps {
            lab.go_on()?;
            turned = ica.step()?;
        }
        let (atoms, filters) = (whitening.atoms(ica.unmixing()), whitening.filters(ica.unmixing()));
        let rows = |m: &DMatrix<f64>| {
            m.row_iter().map(|row| row.iter().copied().collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        let ratios = |rows: &[Vec<f64>]| rows.iter().map(|row| participation_ratio(row)).collect::<Vec<_>>();
        let mut shown = rows(&atoms);
        let participation = [
            median(&ratios(&shown)),
            median(&ratios(&rows(&filters))),
            median(&ratios(&rows(&whitening.directions().transpose()))),
        ];
        shown.sort_by(|a, b| participation_ratio(a).total_cmp(&participation_ratio(b)));
        shown.truncate(16);
        Ok(Outcome {
            components,
            kurtosis: median(&ica.excess_kurtoses()),
            participation,
            turned,
            atoms: shown,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let filters = outcome.participation[1];
            if task.randomized {
                checks.push(Check::at_most("median excess kurtosis, random phases", outcome.kurtosis, 1.5));
                checks.push(Check::at_least("share of the patch under a filter, random phases", filters, 0.25));
            } else {
                checks.push(Check::at_least("median excess kurtosis, dead leaves", outcome.kurtosis, 5.0));
                checks.push(Check::at_most("share of the patch under a filter, dead leaves", filters, 0.1));
                let principal = outcome.participation[2];
                checks.push(Check::at_least("share of the patch under a principal direction", principal, 0.25));
            }
        }
        let sentence = "Components of images with edges are sparse and their filters local; with random phases of the same spectrum they are neither.";
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut figures: Vec<Figure> = evidence
            .iter()
            .map(|Evidence { task, outcome }| {
                let (id, of, caption) = if task.randomized {
                    ("atoms-random-phases", "with random phases", "With the same spectrum but no edges the most localized atoms still are waves across the patch.")
                } else {
                    ("atoms", "of dead leaves", "Each tile is one atom, a pattern that patches are sums of. Edges of all orientations and positions appear.")
                };
                let title = format!("The sixteen most localized atoms {of}");
                let atoms: Vec<_> = outcome.atoms.iter().take(16).map(|atom| picture(atom, task.side)).collect();
                Figure::pictures(id, &title, caption, &atoms, 4, "weight over the atom's largest")
            })
            .collect();
        let bars = |which: usize| Mark::Bars {
            categories: evidence
                .iter()
                .map(|e| if e.task.randomized { "random phases".to_owned() } else { "dead leaves".to_owned() })
                .collect(),
            heights: evidence.iter().map(|e| e.outcome.participation[which]).collect(),
        };
        figures.push(
            Figure::new(
                "localization",
                "How much of the patch a filter, an atom, a principal direction lives on",
                "Filters of independent components are local where images have edges. Where only the spectrum is left, they spread as a Gaussian vector does, over a third.",
                Axis::linear("images"),
                Axis::linear("median participation ratio"),
            )
            .with("filters", bars(1))
            .with("atoms", bars(0))
            .with("principal directions", bars(2)),
        );
        figures
    }
}

/// An atom, scaled to its largest entry, as the rows of a picture. Patches are stored column by column.
fn picture(atom: &[f64], side: usize) -> Vec<Vec<f64>> {
    let largest = atom.iter().fold(0.0f64, |a, b| maximum(a, b.abs()));
    (0..side).map(|row| (0..side).map(|column| atom[column * side + row] / largest).collect()).collect()
}
