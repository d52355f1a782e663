"""Bounds of the reference network by its norms, with 50 digits.

The network is that of norm_bounds.rs: three layers and twenty inputs drawn from SplitMix64. Run with mpmath:
    python3 norm_bounds.py > norm_bounds.csv
"""

import math

from mpmath import coth, e, floor, ln, log, matrix, mp, mpf, pi, sqrt, svd_r

mp.dps = 50
MASK = (1 << 64) - 1


class Stream:
    def __init__(self, seed):
        self.state = seed

    def word(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def normal(self):
        u, v = (self.word() >> 11) * 2.0**-53, (self.word() >> 11) * 2.0**-53
        return math.sqrt(-2.0 * math.log(1.0 - u)) * math.cos(2.0 * math.pi * v)


def drawn(seed, rows, columns, divisor):
    stream = Stream(seed)
    return [[stream.normal() / divisor for _ in range(columns)] for _ in range(rows)]


def norm(values):
    return sqrt(sum(mpf(x) ** 2 for x in values))


layers = [drawn(101, 7, 5, math.sqrt(5)), drawn(102, 6, 7, math.sqrt(7)), drawn(103, 3, 6, math.sqrt(6))]
inputs = drawn(200, 20, 5, 1.0)
n, d, h, gamma, delta = 20, 3, 7, mpf("0.25"), mpf("0.05")

spectral = [svd_r(matrix(a), compute_uv=False)[0] for a in layers]
rows = [sum(norm(row) for row in a) for a in layers]
frobenius = [norm(x for row in a for x in row) for a in layers]
x_frobenius = norm(x for row in inputs for x in row)


def product(values):
    result = mpf(1)
    for value in values:
        result *= value
    return result


def on_grid(x):
    k = -floor(-8 * log(x, 2))
    return mpf(2) ** (k / 8), ln(pi * coth(pi) * (1 + k * k))


def spectral_complexity(s, b):
    return product(s) * sum((q / p) ** (mpf(2) / 3) for p, q in zip(s, b)) ** (mpf(3) / 2)


def outputs(x, weights):
    for i, a in enumerate(weights):
        x = [sum(mpf(w) * t for w, t in zip(row, x)) for row in a]
        if i + 1 < len(weights):
            x = [max(t, mpf(0)) for t in x]
    return x


def margins():
    found = []
    for i, x in enumerate(inputs):
        f = outputs([mpf(t) for t in x], layers)
        label = max(range(3), key=lambda j: f[j])
        label = (label + 1) % 3 if i == 0 else label
        found.append(f[label] - max(f[j] for j in range(3) if j != label))
    return found


def loss(values):
    return mpf(sum(1 for m in values if m <= gamma)) / n


def confidence(nats):
    return 3 * sqrt((ln(2 / delta) + nats) / (2 * n))


def spectral_term(complexity, inverse_margin):
    return 8 / mpf(n) ** 1.5 + 72 * ln(n) / n * inverse_margin * x_frobenius * sqrt(ln(2 * h * h)) * complexity


def neyshabur(radius):
    k = mpf(2) ** (mpf(1) / 4) * 16 * e**2 * radius**2 * d**2 * h * ln(4 * d * h)
    k *= product(spectral) ** 2 * sum((f / s) ** 2 for f, s in zip(frobenius, spectral)) / gamma**2
    beta = (product(spectral) / gamma) ** (mpf(1) / d)
    inverse = 4 * sqrt(mpf(2)) * e * d * radius * beta ** (d - 1) * sqrt(h * ln(4 * d * h))
    nats = on_grid(inverse)[1]
    return k, loss(margins()) + 4 * sqrt((k + ln(6 * n / delta) + nats) / (n - 1))


def scalar(norm_of_network, unit):
    """The first output alone, with label +1 for each example."""
    first = layers[:2] + [layers[2][:1]]
    observed = loss([outputs([mpf(t) for t in x], first)[0] for x in inputs])
    value, nats = on_grid(norm_of_network / gamma)
    return observed + 2 * value * unit + confidence(nats)


fixed = spectral_complexity(spectral, rows)
rounded = [on_grid(x) for x in spectral + rows + [1 / gamma]]
posterior = spectral_term(spectral_complexity([v for v, _ in rounded[:3]], [v for v, _ in rounded[3:6]]), rounded[6][0])
divergence, pac_bayes = neyshabur(mpf(4))
first_row = norm(layers[2][0])
paths = [mpf(1)] * 5
for a in layers:
    paths = [sum(abs(mpf(w)) * p for w, p in zip(row, paths)) for row in a]
columns = max(norm(x[j] for x in inputs) for j in range(5))

for name, value in [
    ("spectral complexity", fixed),
    ("Bartlett-Foster-Telgarsky a posteriori", loss(margins()) + posterior + confidence(sum(c for _, c in rounded))),
    ("Bartlett-Foster-Telgarsky fixed class", loss(margins()) + spectral_term(fixed, 1 / gamma) + confidence(0)),
    ("Neyshabur divergence", divergence),
    ("Neyshabur bound", pac_bayes),
    (
        "Golowich bound of the first output",
        scalar(frobenius[0] * frobenius[1] * first_row, x_frobenius / n * (sqrt(2 * d * ln(2)) + 1)),
    ),
    ("path bound of the first output", scalar(paths[0], 4 * columns * sqrt(2 * ln(10)) / n)),
]:
    print(f"{name},{mp.nstr(value, 40)}")
