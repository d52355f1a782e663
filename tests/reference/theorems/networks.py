"""Writes networks.csv: bounds of networks of unbalanced scales, with 50 digits.

Layers are scaled by powers of two that nearly cancel, so that no layer alone has the size of the network. Run with mpmath:
    python3 networks.py > networks.csv
Each line: the numbers of one network and its sample, then what theorems and measures make of them.
"""

import random

from mpmath import ceil, coth, e, floor, ln, log, matrix, mp, mpf, pi, sqrt, svd_r

mp.dps = 60
SHAPES = [[1, 1, 1], [3, 5, 4, 1], [2, 2, 2, 2, 2, 1], [8, 12, 1], [4, 9, 3, 1], [5, 1, 5, 1]]
FAILURE, ACCURACY = 0.015625, 0.25


def norm(values):
    return sqrt(sum(mpf(x) ** 2 for x in values))


def frobenius(a):
    return norm(x for row in a for x in row)


def spectral(a):
    return svd_r(matrix([[mpf(x) for x in row] for row in a]), compute_uv=False)[0]


def product(values):
    result = mpf(1)
    for value in values:
        result *= value
    return result


def times(a, b):
    return [[sum(mpf(x) * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def on_grid(x):
    k = -floor(-8 * log(x, 2))
    return mpf(2) ** (k / 8), ln(pi * coth(pi) * (1 + k * k))


def trace(layers, x):
    """The inputs of all units: what each matrix maps its active units to."""
    found, units = [], [mpf(t) for t in x]
    for a in layers:
        found.append([sum(mpf(w) * t for w, t in zip(row, units)) for row in a])
        units = [max(t, mpf(0)) for t in found[-1]]
    return found


def cushions(layers, inputs):
    depth = len(layers)
    layer, contraction = [mpf("inf")] * depth, mpf(1)
    interlayer = [1 / sqrt(mpf(len(a))) for a in layers]
    for x in inputs:
        z = trace(layers, x)
        units = [[mpf(t) for t in x]] + [[max(t, mpf(0)) for t in row] for row in z]
        for i, a in enumerate(layers):
            layer[i] = min(layer[i], norm(z[i]) / (frobenius(a) * norm(units[i])))
            if i + 1 < depth:
                contraction = max(contraction, norm(z[i]) / norm(units[i + 1]))
            jacobian = None
            for j in range(i + 1, depth):
                step = [[mpf(w) if z[j - 1][k] > 0 else mpf(0) for k, w in enumerate(row)] for row in layers[j]]
                jacobian = step if jacobian is None else times(step, jacobian)
                interlayer[i] = min(interlayer[i], norm(z[j]) / (frobenius(jacobian) * norm(z[i])))
    return layer, interlayer, contraction, max(norm(trace(layers, x)[-1]) for x in inputs)


def arora(layers, measured, m, observed, gamma, delta):
    layer, interlayer, contraction, largest = measured
    depth, shapes = len(layers), [(len(a), len(a[0])) for a in layers]
    epsilon = min(mpf(1), gamma / (sqrt(mpf(2)) * largest))
    eta = mpf(FAILURE) / (m * sum((i + 1) * rows for i, (rows, _) in enumerate(shapes)))
    total = ln(1 / delta)
    for mu, further, (rows, columns) in zip(layer, interlayer, shapes):
        accuracy = mpf(15) / 16 * epsilon * mu * further / (6 * contraction * depth)
        k = ceil(4 * (1 + accuracy) * ln(2 / eta) / accuracy**2)
        total += k * ln(ceil(16 * rows * columns * sqrt(k)) + 1) + ln(pi**2 * k**2 / 6)
    return observed + sqrt(total / (2 * m))


def values(layers, inputs, margins, gamma, delta, radius, added):
    n, d, h = len(inputs), len(layers), max(max(len(a), len(a[0])) for a in layers)
    gamma, delta, radius = mpf(gamma), mpf(delta), mpf(radius)
    observed = mpf(sum(1 for margin in margins if mpf(margin) <= gamma)) / n
    norms, frobenii = [spectral(a) for a in layers], [frobenius(a) for a in layers]

    divergence = mpf(2) ** (mpf(1) / 4) * 16 * e**2 * radius**2 * d**2 * h * ln(4 * mpf(d * h))
    divergence *= product(norms) ** 2 * sum((f / s) ** 2 for f, s in zip(frobenii, norms)) / gamma**2
    beta = (product(norms) / gamma) ** (mpf(1) / d)
    inverse = 4 * sqrt(mpf(2)) * e * d * radius * beta ** (d - 1) * sqrt(h * ln(4 * mpf(d * h)))
    nats = on_grid(inverse)[1]

    def by_norm(size, unit):
        value, price = on_grid(size / gamma)
        return observed + 2 * value * unit + 3 * sqrt((ln(2 / delta) + price) / (2 * n))

    paths = [mpf(1)] * len(inputs[0])
    for a in layers:
        paths = [sum(abs(mpf(w)) * p for w, p in zip(row, paths)) for row in a]
    columns = max(norm(column) for column in zip(*inputs))
    measured = cushions(layers, inputs)
    inverses = sum(1 / (mu * further) ** 2 for mu, further in zip(measured[0], measured[1]))
    rows = max(len(a) for a in layers)
    parameters = 72 * measured[2] ** 2 * d**2 * ln(n * d * rows / delta) / mpf(ACCURACY) ** 2 * inverses
    moved = sum(spectral(u) / s for u, s in zip(added, norms))
    return {
        "neyshabur divergence": divergence,
        "neyshabur": observed + 4 * sqrt((divergence + ln(6 * n / delta) + nats) / (n - 1)),
        "golowich": by_norm(product(frobenii), norm(x for row in inputs for x in row) / n * (sqrt(2 * d * ln(2)) + 1)),
        "path norm": by_norm(paths[0], 2 ** (d - 1) * columns * sqrt(2 * ln(2 * mpf(len(inputs[0])))) / n),
        "perturbation": e * radius * product(norms) * moved,
        "layer cushions": measured[0],
        "interlayer cushions": measured[1],
        "contraction": [measured[2]],
        "effective parameters": parameters,
        "arora": arora(layers, measured, n, observed, gamma, delta),
    }


def drawn(rng, widths):
    depth = len(widths) - 1
    powers = [rng.randrange(-150, 151) for _ in range(depth)]
    powers[-1] = rng.randrange(-60, 61) - sum(powers[:-1])

    def layer(rows, columns, power):
        return [[rng.gauss(0, 1) * 2.0**power for _ in range(columns)] for _ in range(rows)]

    layers = [layer(m, n, p) for n, m, p in zip(widths, widths[1:], powers)]
    size = 2.0 ** rng.randrange(-30, 31)
    inputs = [[rng.gauss(0, 1) * size for _ in range(widths[0])] for _ in range(rng.randrange(2, 12))]
    return layers, inputs


def alive(layers, inputs):
    """All quotients exist, and no sign hangs on a rounding."""

    def clear(z):
        largest = max(abs(t) for t in z)
        return any(t > 0 for t in z) and all(abs(t) > largest / 10**6 for t in z)

    return all(all(clear(z) for z in trace(layers, x)[:-1]) and trace(layers, x)[-1][0] != 0 for x in inputs)


def main():
    rng, header = random.Random(23), None
    for widths in SHAPES * 2:
        layers, inputs = drawn(rng, widths)
        while not alive(layers, inputs):
            layers, inputs = drawn(rng, widths)
        largest = max(abs(trace(layers, x)[-1][0]) for x in inputs)
        gamma = float(largest) * 10.0 ** rng.uniform(-3, 1)
        margins = [gamma * rng.uniform(-1, 3) for _ in inputs]
        delta = 10.0 ** rng.uniform(-12, -0.5)
        radius = float(max(norm(x) for x in inputs)) * rng.uniform(1.01, 3)
        added = []
        for a in layers:
            u = [[rng.gauss(0, 1) for _ in row] for row in a]
            part = spectral(a) / spectral(u) * mpf(rng.uniform(0, 0.99)) / len(layers)
            added.append([[float(x * part) for x in row] for row in u])
        numbers = {
            "widths": widths,
            "weights": [x for a in layers for row in a for x in row],
            "inputs": [x for row in inputs for x in row],
            "margins": margins,
            "gamma": [gamma],
            "delta": [delta],
            "radius": [radius],
            "added": [x for a in added for row in a for x in row],
        }
        results = values(layers, inputs, margins, gamma, delta, radius, added)
        if header is None:
            header = list(numbers) + list(results)
            print(",".join(header))
        digits = [v if isinstance(v, list) else [v] for v in results.values()]
        fields = [" ".join(map(repr, v)) for v in numbers.values()]
        print(",".join(fields + [" ".join(mp.nstr(x, 30) for x in v) for v in digits]))


main()
