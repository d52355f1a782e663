//! The four networks on which the Python tools were timed, beside the floor: the multiplications of a product over the
//! rate of the fastest matrix product measured in the same run.
//!
//! `cargo bench -p saddlepoint-curvature --bench works [WORD]` prints one JSON object a line, those whose work and
//! operation contain the word.

use std::time::{Duration, Instant};

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::nn::pool::AvgPool2dConfig;
use burn::nn::{Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::{relu, tanh};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use saddlepoint_curvature::surface::layout;
use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::Traced;
use saddlepoint_landscape::spectrum::density::StochasticLanczos;
use saddlepoint_landscape::spectrum::estimate::StopRule;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_landscape::spectrum::trace::hutchinson;
use saddlepoint_landscape::surface::direction::{Normalization, gaussian};
use saddlepoint_landscape::surface::grid::{Grid, Plane, places};
use saddlepoint_models::device::{Backend, Device as ModelDevice};
use saddlepoint_models::random::Stream;

#[derive(Module, Debug)]
struct Mlp {
    layers: Vec<Linear>,
}

#[derive(Module, Debug)]
struct Convolutional {
    first: Conv2d,
    second: Conv2d,
    head: Mlp,
}

#[derive(Module, Debug)]
struct TwoLayers {
    b: Param<Tensor<2>>,
    a: Param<Tensor<2>>,
}

type Activation = fn(Tensor<2>) -> Tensor<2>;

impl Mlp {
    fn new(widths: &[usize], device: &Device) -> Self {
        Self { layers: widths.windows(2).map(|w| LinearConfig::new(w[0], w[1]).init(device)).collect() }
    }

    fn forward(&self, mut x: Tensor<2>, activation: Activation) -> Tensor<2> {
        for (index, layer) in self.layers.iter().enumerate() {
            x = layer.forward(if index == 0 { x } else { activation(x) });
        }
        x
    }
}

impl Convolutional {
    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let pool = AvgPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
        let x = pool.forward(tanh(self.first.forward(x)));
        let x = pool.forward(tanh(self.second.forward(x)));
        self.head.forward(x.flatten(1, 3), tanh)
    }
}

/// Normal weights over the square root of their number of inputs, and small normal biases, as in the comparison.
struct Draw<'s>(&'s mut Setting, DType);

impl burn::module::ModuleMapper for Draw<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let shape = tensor.dims();
        let scale = match shape.as_slice() {
            [_] => 0.1,
            // burn's linear layers hold inputs by outputs.
            [inputs, _] => 1.0 / (*inputs as f64).sqrt(),
            [_, window @ ..] => 1.0 / (window.iter().product::<usize>() as f64).sqrt(),
            [] => 1.0,
        };
        Param::from_mapped_value(id, self.0.tensor(shape, self.1).mul_scalar(scale), mapper)
    }
}

struct Setting {
    device: Device,
    stream: Stream,
}

impl Setting {
    fn tensor<const D: usize>(&mut self, shape: [usize; D], dtype: DType) -> Tensor<D> {
        let data = TensorData::new(self.stream.normals(shape.iter().product()), shape);
        Tensor::from_data(data, (&self.device, dtype))
    }

    fn labels(&mut self, count: usize) -> Tensor<1, Int> {
        let labels: Vec<i64> = (0..count).map(|_| self.stream.index(10) as i64).collect();
        Tensor::from_data(TensorData::new(labels, [count]), &self.device)
    }

    fn mlp(&mut self, widths: &[usize], activation: Activation, n: usize, dtype: DType) -> Traced {
        let network = Mlp::new(widths, &self.device.clone()).map(&mut Draw(self, dtype));
        let batch = (self.tensor([n, widths[0]], dtype), self.labels(n));
        let loss = CrossEntropyLossConfig::new().init(&self.device);
        trace(&network, batch, |m, (x, y)| loss.forward(m.forward(x, activation), y)).expect("traceable")
    }

    fn convolutional(&mut self, n: usize) -> Traced {
        let network = Convolutional {
            first: Conv2dConfig::new([1, 6], [5, 5])
                .with_padding(PaddingConfig2d::Explicit(2, 2, 2, 2))
                .init(&self.device),
            second: Conv2dConfig::new([6, 16], [5, 5]).init(&self.device),
            head: Mlp::new(&[400, 120, 84, 10], &self.device),
        }
        .map(&mut Draw(self, DType::F32));
        let batch = (self.tensor([n, 1, 28, 28], DType::F32), self.labels(n));
        let loss = CrossEntropyLossConfig::new().init(&self.device);
        trace(&network, batch, |m, (x, y)| loss.forward(m.forward(x), y)).expect("traceable")
    }

    fn two_layers(&mut self, n: usize) -> Traced {
        let network = TwoLayers {
            b: Param::from_tensor(self.tensor([32, 16], DType::F64).div_scalar(32_f64.sqrt())),
            a: Param::from_tensor(self.tensor([16, 32], DType::F64).div_scalar(4.0)),
        };
        let batch = (self.tensor([n, 32], DType::F64), self.tensor([n, 32], DType::F64));
        trace(&network, batch, |m, (x, y)| {
            MseLoss::new().forward(x.matmul(m.b.val()).matmul(m.a.val()), y, Reduction::Mean)
        })
        .expect("traceable")
    }
}

/// The median time of a call in milliseconds, from at least five calls and two seconds.
fn median(mut work: impl FnMut()) -> f64 {
    work();
    let (started, mut times) = (Instant::now(), Vec::new());
    while times.len() < 5 || (started.elapsed() < Duration::from_secs(2) && times.len() < 200) {
        let call = Instant::now();
        work();
        times.push(call.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// How far the resident memory of the process rises during a call, in MiB; `None` where the system does not say.
fn peak(work: impl FnOnce()) -> Option<f64> {
    let read = |key: &str| {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find(|line| line.starts_with(key))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    };
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    let before = read("VmRSS")?;
    work();
    Some((read("VmHWM")? - before) / 1024.0)
}

/// Milliseconds of the best of PyTorch 2.15 and JAX 0.10.2, measured once between two runs of this program on two cores
/// (docs/performance.md); trace, density and top 5 are from an earlier run on another such machine.
const PEERS: &[(&str, &str, f64)] = &[
    ("W1", "gradient", 6.96),
    ("W1", "product, point kept", 9.89),
    ("W1", "product, from nothing", 11.4),
    ("W1", "64 products at once", 64.0 * 12.8),
    ("W1", "trace, 100 probes", 1402.0),
    ("W1", "density, 10 x 100", 24_293.0),
    ("W1", "top 5 to 1e-6", 1014.0),
    ("W2", "gradient", 0.555),
    ("W2", "product, point kept", 0.577),
    ("W2", "product, from nothing", 0.718),
    ("W2", "64 products at once", 64.0 * 0.498),
    ("W2", "dense Hessian", 1839.0),
    ("W3", "gradient", 41.5),
    ("W3", "product, point kept", 85.8),
    ("W3", "product, from nothing", 90.3),
    ("W3", "64 products at once", 64.0 * 74.3),
    ("W4", "gradient", 0.082),
    ("W4", "product, point kept", 0.109),
    ("W4", "product, from nothing", 0.114),
    ("W4", "64 products at once", 64.0 * 0.069),
    ("W4", "dense Hessian", 104.0),
];

struct Report {
    word: String,
}

impl Report {
    fn wants(&self, work: &str, operation: &str) -> bool {
        format!("{work}: {operation}").contains(&self.word)
    }

    fn line(work: &str, operation: &str, fields: &[(&str, f64)]) {
        let fields: Vec<String> =
            fields.iter().map(|(key, value)| format!(", \"{key}\": {value:.4e}")).collect();
        let peer = PEERS.iter().find(|(name, what, _)| *name == work && *what == operation);
        let peer = peer.map_or_else(String::new, |(_, _, ms)| format!(", \"peer_ms\": {ms}"));
        println!("{{\"name\": \"{work}: {operation}\"{}{peer}}}", fields.concat());
    }

    fn time(&self, work: &str, operation: &str, floor: f64, run: impl FnMut()) {
        if self.wants(work, operation) {
            Self::line(work, operation, &[("ms", median(run)), ("floor_ms", floor)]);
        }
    }
}

impl Report {
    /// A single run, with what it found.
    fn once(&self, work: &str, operation: &str, floor: f64, run: impl FnOnce() -> Vec<(&'static str, f64)>) {
        if self.wants(work, operation) {
            let started = Instant::now();
            let found = run();
            let ms = started.elapsed().as_secs_f64() * 1e3;
            Self::line(work, operation, &[vec![("ms", ms), ("floor_ms", floor)], found].concat());
        }
    }
}

/// Gigaflops of a large product in the two precisions.
fn rate(dtype: DType, device: &Device) -> f64 {
    let side = 1024;
    let data = TensorData::new(Stream::new(2).normals(side * side), [side, side]);
    let a = Tensor::<2>::from_data(data, (device, dtype));
    2e-6 * (side as f64).powi(3) / median(|| drop(a.clone().matmul(a.clone()).into_data()))
}

/// A work, its operation counts (in multiplications) for a gradient and for a product.
fn works(setting: &mut Setting) -> Vec<(&'static str, Traced, [f64; 2])> {
    let layers = |n: usize, widths: &[usize]| {
        let sizes: Vec<usize> = widths.windows(2).map(|w| n * w[0] * w[1]).collect();
        let (first, rest): (usize, usize) = (sizes[0], sizes[1..].iter().sum());
        [(2 * first + 3 * rest) as f64, (2 * first + 6 * rest) as f64]
    };
    let (conv1, conv2) = (512 * 784 * 6 * 25, 512 * 100 * 16 * 150);
    let rest: usize = conv2 + 512 * (400 * 120 + 120 * 84 + 84 * 10);
    let convolutional = [(2 * conv1 + 3 * rest) as f64, (2 * conv1 + 6 * rest) as f64];
    let (w1, w2, w4) = ([784, 256, 128, 10], [64, 32, 10], [32, 16, 32]);
    vec![
        ("W1", setting.mlp(&w1, tanh, 2048, DType::F32), layers(2048, &w1)),
        ("W2", setting.mlp(&w2, relu, 1797, DType::F64), layers(1797, &w2)),
        ("W3", setting.convolutional(512), convolutional),
        ("W4", setting.two_layers(256), layers(256, &w4)),
    ]
}

/// Prints the memory that a gradient and that a linearization with a product take, each in a process of its own.
fn memory(report: &Report) {
    let program = std::env::current_exe().expect("a program has a path");
    for work in ["W1", "W2", "W3", "W4"].into_iter().filter(|work| report.wants(work, "memory")) {
        let mib = |operation: &str| -> f64 {
            let output = std::process::Command::new(&program).args(["--peak", work, operation]).output();
            let text =
                output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
            text.trim().parse().unwrap_or(f64::NAN)
        };
        let (gradient, product) = (mib("gradient"), mib("product"));
        Report::line(
            work,
            "memory",
            &[("gradient_mib", gradient), ("product_mib", product), ("ratio", product / gradient)],
        );
    }
}

/// What such a process does.
fn peak_of(work: &str, operation: &str, setting: &mut Setting) {
    let Some((_, traced, _)) = works(setting).into_iter().find(|(name, ..)| *name == work) else { return };
    let point = traced.point();
    let mib = peak(|| match operation {
        "gradient" => drop(traced.value_and_gradient(point)),
        _ => drop(traced.linearize(point).and_then(|at| at.hessian_vector(point))),
    });
    println!("{}", mib.unwrap_or(f64::NAN));
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [flag, work, operation] = arguments.as_slice()
        && flag == "--peak"
    {
        let device = ModelDevice::open(Backend::Flex).expect("compiled in").burn();
        return peak_of(work, operation, &mut Setting { device, stream: Stream::new(1) });
    }
    let word = arguments.iter().find(|a| !a.starts_with("--")).cloned().unwrap_or_default();
    let report = Report { word };
    memory(&report);
    let device = ModelDevice::open(Backend::Flex).expect("compiled in").burn();
    let rates = [rate(DType::F32, &device), rate(DType::F64, &device)];
    Report::line("machine", "rate", &[("gflops_f32", rates[0]), ("gflops_f64", rates[1])]);
    let mut setting = Setting { device, stream: Stream::new(1) };
    for (work, traced, counts) in works(&mut setting) {
        let gflops = if matches!(work, "W1" | "W3") { rates[0] } else { rates[1] };
        let [gradient, product] = counts.map(|count| 2e-6 * count / gflops);
        let point = traced.point();
        report.time(work, "gradient", gradient, || drop(traced.value_and_gradient(point)));
        let n = traced.dimension();
        let vector = setting.stream.normals(n);
        let at = traced.linearize(point).expect("finite");
        report.time(work, "product, point kept", product, || drop(at.hessian_vector(&vector)));
        report.time(work, "product, from nothing", gradient + product, || {
            drop(traced.linearize(point).and_then(|at| at.hessian_vector(&vector)));
        });
        if report.wants(work, "64 products at once") {
            let block = setting.stream.normals(64 * n);
            let ms = median(|| drop(at.hessian_block(&block, 64)));
            Report::line(
                work,
                "64 products at once",
                &[("ms", ms), ("ms_each", ms / 64.0), ("floor_ms", 64.0 * product)],
            );
        }
        let mut normals = setting.stream.split();
        let mut normal = || normals.normal();
        report.time(work, "trace, 100 probes", 100.0 * product, || {
            drop(hutchinson(&at, StopRule::exactly(100), &mut normal));
        });
        report.once(work, "density, 10 x 100", 1000.0 * product, || {
            let density = StochasticLanczos::new(10, 100).and_then(|slq| slq.run(&at, &mut normal));
            vec![("products", density.map_or(f64::NAN, |density| density.products as f64))]
        });
        report.once(work, "top 5 to 1e-6", 0.0, || {
            let lanczos = Lanczos::new(End::LargestMagnitude, 5)
                .and_then(|lanczos| lanczos.with_tolerance(1e-6)?.with_basis(60));
            let found = lanczos.and_then(|lanczos| lanczos.run(&at, &mut normal)).expect("a finite operator");
            let residual = found.pairs.iter().map(|pair| pair.residual).fold(0.0, f64::max);
            let largest = found.pairs.iter().map(|pair| pair.value.abs()).fold(0.0, f64::max);
            vec![("products", found.products as f64), ("relative_residual", residual / largest)]
        });
        if work == "W2" {
            surface(&report, "W2", &traced, rates[1], &mut setting.stream);
        }
        if n < 5000 {
            report.time(work, "dense Hessian", product * n as f64, || drop(traced.hessian(point)));
        }
    }
    let single = setting.mlp(&[64, 32, 10], relu, 1797, DType::F32);
    surface(&report, "W2 in f32", &single, rates[0], &mut setting.stream);
}

/// The loss of W2 on 51 x 51 places; the floor counts the multiplications of the forward passes.
fn surface(report: &Report, work: &str, traced: &Traced, gflops: f64, stream: &mut Stream) {
    let layout = layout(traced.parameters()).expect("matrices and biases");
    let point = traced.point();
    let mut direction =
        || gaussian(&layout, point, Normalization::Filter, &mut || stream.normal()).expect("finite");
    let plane = Plane::new(point.to_vec(), [direction(), direction()]).expect("of one length");
    let axis = places(-1.0, 1.0, 51).expect("finite");
    let forward = f64::from(51 * 51 * 1797) * f64::from(64 * 32 + 32 * 10);
    report.time(work, "surface, 51 x 51", 2e-6 * forward / gflops, || {
        let mut grid = Grid::new(axis.clone(), axis.clone()).expect("finite");
        traced.fill(&mut grid, &plane, usize::MAX).expect("of the module's length");
    });
}
