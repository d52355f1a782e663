//! A run that never was: every verdict, every mark, every kind of axis, and text that tries to break out.

use saddlepoint_experiments::claim::{Card, Kind, Profile, Source};
use saddlepoint_experiments::figure::{Axis, Figure, Mark};
use saddlepoint_experiments::report::{ClaimPage, RunSummary};
use saddlepoint_experiments::verdict::{Check, Judgement};
use serde_json::json;

/// Text that runs a script, loads a picture or ends its element if anything forgets to escape it.
pub(crate) const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \
                                  <a href=\"https://example.org/\">link</a> %{x} $x$ & \"quotes\"";

fn card(id: &str, title: &str, kind: Kind, tags: &'static [&'static str]) -> &'static Card {
    Box::leak(Box::new(Card {
        id: Box::leak(id.to_owned().into_boxed_str()),
        version: 1,
        title: Box::leak(title.to_owned().into_boxed_str()),
        statement: STATEMENT,
        sources: &[
            Source {
                citation: "Y. Nesterov (2004), Introductory Lectures on Convex Optimization, section 1.2.3",
                identifier: Some("10.1007/978-1-4419-8853-9"),
            },
            Source {
                citation: "C. Jin, R. Ge, P. Netrapalli, S. Kakade, M. Jordan (2017), How to escape saddle points \
                           efficiently, Theorem 3",
                identifier: Some("arXiv:1703.00887"),
            },
        ],
        hypotheses: &[
            r"$f : \mathbb{R}^d \to \mathbb{R}$ is twice differentiable and $\|\nabla^2 f(x)\|_2 \le L$ for all $x$;",
            r"$f$ is bounded below: $f^\star = \inf_x f(x) > -\infty$.",
        ],
        kind,
        tags,
        data: &[],
        network: None,
    }))
}

const STATEMENT: &str = r"Gradient descent $x_{t+1} = x_t - \eta \nabla f(x_t)$ with step $\eta = 1/L$ on an
$L$-smooth function satisfies

$$\min_{0 \le t < T} \|\nabla f(x_t)\|_2^2 \;\le\; \frac{2L\,\bigl(f(x_0) - f^\star\bigr)}{T}, \qquad
\sum_{t=0}^{T-1} \|\nabla f(x_t)\|_2^2 \le 2L \sqrt{\frac{\ln(2\sqrt{n}/\delta)}{2n}} + \int_0^1 \begin{pmatrix} a & b \\ c & d \end{pmatrix} \mathrm{d}t,$$

so an $\varepsilon$-critical point is found after $O(\varepsilon^{-2})$ steps. The bound costs \$0 to evaluate.";

fn claim(card: &'static Card, judgement: Judgement, figures: Vec<Figure>) -> ClaimPage {
    let parameters = (0..24)
        .map(|seed| json!({"seed": seed, "dimension": 10 * (1 + seed % 3), "step": 0.05, "steps": 1000, "name": "rosenbrock"}))
        .collect();
    ClaimPage {
        card,
        judgement,
        figures,
        parameters,
        tasks_done: 24,
        tasks_planned: 24,
        seconds: Some(3.25),
        failures: Vec::new(),
    }
}

fn passed() -> Vec<Check> {
    vec![
        Check::at_most("largest ratio of the gradient norm to its bound, over 24 runs", 0.912_345_678, 1.0),
        Check::relative("slope of the gradient norm against steps, log-log", -0.5021, -0.5, 0.05),
        Check::within("smallest eigenvalue at the end", 3.4e-12, -1e-9..=1e-9),
        Check::equal("critical points found", 7, 7),
    ]
}

/// One figure for each mark and each difficulty of an axis.
pub(crate) fn figures() -> Vec<Figure> {
    let steps: Vec<f64> = (0..60).map(|i| 10f64.powf(f64::from(i) / 15.0)).collect();
    let rate = Figure::new(
        "rate",
        "Gradient norm against its bound",
        "The smallest gradient norm so far falls at least as fast as the bound, with the band of 24 runs.",
        Axis::logarithmic("steps T"),
        Axis::logarithmic("smallest squared gradient norm"),
    )
    .with(
        "24 runs, 5 % to 95 %",
        Mark::Band {
            x: steps.clone(),
            low: steps.iter().map(|t| 1e-14 + 0.2 * t.powf(-1.4)).collect(),
            high: steps.iter().map(|t| 0.9 * t.powf(-1.1)).collect(),
        },
    )
    .line("median run", steps.iter().map(|t| (*t, 0.5 * t.powf(-1.25))))
    .reference("bound 2L(f(x₀) − f*)/T", steps.iter().map(|t| (*t, 2.0 / t)))
    .measured(
        "certified points",
        [(1.0, 0.45, 0.1), (10.0, 0.03, 0.01), (100.0, 1.5e-3, 2e-3), (f64::NAN, 1.0, 1.0)],
    );

    let deep = Figure::new(
        "deep",
        "Numbers far below the machine epsilon",
        "Losses fall to 1e-30 and stay drawable, as does the linear axis that ends at 1e-12.",
        Axis::linear("time in units of 1e-12"),
        Axis::logarithmic("loss"),
    )
    .line("loss", (0..40).map(|i| (f64::from(i) * 2.5e-14, 10f64.powf(-0.75 * f64::from(i)))))
    .points("not drawable", [(0.0, 0.0), (1e-13, -1.0), (f64::INFINITY, 1.0), (2e-13, f64::NAN)]);

    let grid: Vec<f64> = (0..41).map(|i| -2.0 + f64::from(i) * 0.1).collect();
    let height =
        |x: f64, y: f64| if (x - 1.5).hypot(y - 1.5) < 0.3 { f64::NAN } else { (x * x - 1.0).powi(2) + y * y };
    let surface = Figure::new(
        "surface",
        "A saddle between two minima",
        "Level sets of a double well: minima at (±1, 0), a saddle at the origin, a hole where nothing was computed.",
        Axis::linear("first direction"),
        Axis::linear("second direction"),
    )
    .with(
        "loss",
        Mark::Contour {
            x: grid.clone(),
            y: grid.clone(),
            z: grid.iter().map(|&y| grid.iter().map(|&x| height(x, y)).collect()).collect(),
            title: "loss".into(),
        },
    )
    .with(
        "critical points",
        Mark::Points {
            x: vec![-1.0, 0.0, 1.0],
            y: vec![0.0; 3],
            error: Vec::new(),
            labels: vec!["minimum".into(), HOSTILE.into(), "minimum".into()],
        },
    );

    let normal = |seed: u64, count: usize, centre: f64| -> Vec<f64> {
        let mut state = seed;
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        (0..count).map(|_| centre + (0..12).map(|_| uniform()).sum::<f64>() - 6.0).collect()
    };
    let spectrum = Figure::new(
        "spectrum",
        "Eigenvalues of the Hessian",
        "Two histograms over the same bins: at the start the eigenvalues are spread, at the end they are not.",
        Axis::linear("eigenvalue"),
        Axis::linear("count"),
    )
    .with("at the start", Mark::Histogram { values: normal(1, 2000, 0.0), bins: 40 })
    .with("at the end", Mark::Histogram { values: normal(2, 900, 2.0), bins: 40 });

    let heavy = Figure::new(
        "heavy-tail",
        "A heavy tail on logarithmic axes",
        "Bins of equal ratio; the count is logarithmic too.",
        Axis::logarithmic("gradient noise"),
        Axis::logarithmic("count"),
    )
    .with(
        "noise",
        Mark::Histogram { values: normal(3, 3000, 0.0).iter().map(|v| (3.0 * v).exp()).collect(), bins: 24 },
    );

    let bars = Figure::new(
        "bars",
        "Bounds of seven kinds",
        "Two bounds exceed one and say nothing; the dashed line is the trivial value.",
        Axis::linear(""),
        Axis::logarithmic("bound on the error"),
    )
    .with(
        "n = 1,000",
        Mark::Bars {
            categories: ["VC", "Rademacher", "margin", "PAC-Bayes", "compression", "stability", "norm"]
                .map(String::from)
                .to_vec(),
            heights: vec![2e3, 4.1, 0.9, 0.12, f64::NAN, 0.4, 31.0],
        },
    )
    .with(
        "n = 60,000",
        Mark::Bars {
            categories: ["VC", "Rademacher", "margin", "PAC-Bayes", "stability"].map(String::from).to_vec(),
            heights: vec![3e2, 1.4, 0.2, 0.03, 0.1],
        },
    )
    .reference("trivial", [(-0.5, 1.0), (6.5, 1.0)]);

    let tile = |k: u32| (0..6).map(|i| (0..6).map(|j| f64::from((i * j + k) % 5)).collect()).collect();
    let pictures = Figure::pictures(
        "pictures",
        "Five pictures in two rows",
        "Cells of one colour each; between the pictures, and where the last row ends, there is nothing.",
        &(0..5).map(tile).collect::<Vec<_>>(),
        3,
        "value",
    );

    vec![rate, deep, surface, spectrum, heavy, bars, pictures]
}

/// A run with a claim of each verdict, a hostile one among them.
pub(crate) fn run() -> RunSummary {
    let failed = vec![
        Check::at_most("test error of the wide network", 0.051, 0.05),
        Check::at_least("training accuracy on random labels", 1.0, 1.0),
    ];
    let mut broken = claim(
        card(
            "fgsm-linear",
            "Adversarial error of a linear classifier is its margin tail",
            Kind::Exact,
            &["robustness"],
        ),
        Judgement::error(
            "3 of 24 tasks could not be run; the first: the data set has 12 columns, expected 64.",
        ),
        Vec::new(),
    );
    broken.tasks_done = 21;
    broken.failures = vec![HOSTILE.into(), "task 7: the data set has 12 columns, expected 64".into()];
    broken.seconds = None;
    let mut hostile = claim(
        card("hostile", HOSTILE, Kind::Statistical, &["<b>tag", "landscape"]),
        Judgement::inconclusive(HOSTILE, vec![Check::holds(HOSTILE, false, HOSTILE, HOSTILE)]),
        vec![
            Figure::new("hostile", HOSTILE, HOSTILE, Axis::linear(HOSTILE), Axis::linear(HOSTILE))
                .line(HOSTILE, [(0.0, 1.0), (1.0, 2.0)])
                .with(
                    HOSTILE,
                    Mark::Bars { categories: vec![HOSTILE.into(), "b".into()], heights: vec![1.0, 2.0] },
                ),
            Figure::new("empty", "Nothing to draw", "No series.", Axis::linear("x"), Axis::logarithmic("y")),
        ],
    );
    hostile.parameters = vec![json!({"note": HOSTILE, "seed": 1}), json!({"note": "b", "seed": 2})];
    RunSummary {
        name: format!("quick {HOSTILE}"),
        profile: Profile::Quick,
        seed: 0,
        backend: "flex".into(),
        started: Some("2026-01-02T03:04:05Z".into()),
        finished: Some("2026-01-02T03:07:10Z".into()),
        seconds: Some(185.0),
        versions: vec![
            ("Commit".into(), "0123456789abcdef0123456789abcdef01234567".into()),
            ("Processor".into(), "A processor with a long name @ 2.00GHz".into()),
            ("Hardware threads".into(), "2".into()),
        ],
        claims: vec![
            claim(
                card(
                    "gd-eps-critical-rate",
                    "Gradient descent finds an ε-critical point in O(1/ε²) steps",
                    Kind::Exact,
                    &["optimization"],
                ),
                Judgement::from_checks(
                    "The bound holds in all 24 runs; the tightest comes within 9 % of it.",
                    passed(),
                ),
                figures(),
            ),
            claim(
                card(
                    "random-label-fit",
                    "Networks fit random labels",
                    Kind::Training,
                    &["generalization", "capacity"],
                ),
                Judgement::from_checks("", failed),
                figures().into_iter().take(1).collect(),
            ),
            claim(
                card(
                    "telgarsky-sawtooth-exact",
                    "A deep sawtooth needs exponential width when shallow",
                    Kind::Exact,
                    &["expressivity"],
                ),
                Judgement::from_checks("All 31 teeth are where they should be.", passed()),
                figures().into_iter().skip(3).take(1).collect(),
            ),
            claim(
                card(
                    "uniform-deviation-thresholds",
                    "Sample sizes at which uniform deviation says something",
                    Kind::Statistical,
                    &["generalization"],
                ),
                Judgement::vacuous(
                    "The bound is 3.2 at the largest sample, above its trivial value 1.",
                    passed(),
                ),
                Vec::new(),
            ),
            broken,
            hostile,
        ],
    }
}
