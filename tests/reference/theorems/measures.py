"""Writes measures.csv: Schatten norms, stable ranks and Fisher-Rao norms of hard inputs, with 50 digits.

Run with mpmath:
    python3 measures.py > measures.csv
Each line: the measure, its parameters (orders, labels, numbers of layers), the shape, the entries row by row, and the value.
"""

import random

from mpmath import exp, matrix, mp, mpf, sqrt, svd_r

mp.dps = 60


def matrices(rng):
    def gaussian(rows, columns, size):
        return [[rng.gauss(0, 1) * size() for _ in range(columns)] for _ in range(rows)]

    yield gaussian(3, 5, lambda: 1.0)
    yield gaussian(6, 4, lambda: 2.0 ** rng.randrange(-40, 41))
    yield gaussian(4, 4, lambda: 2.0**490)
    yield gaussian(4, 4, lambda: 2.0**-490)
    # Nearly singular: Hilbert's, and one of rank one with a little noise.
    yield [[1.0 / (i + j + 1) for j in range(6)] for i in range(6)]
    yield [[(i + 1.0) * (j - 1.5) + rng.gauss(0, 1e-12) for j in range(4)] for i in range(5)]
    # Equal singular values, and one number.
    yield [[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, -1.0]]
    yield [[-3.0e-5]]


def spectra(rng):
    for a in matrices(rng):
        values = svd_r(matrix([[mpf(x) for x in row] for row in a]), compute_uv=False)
        for p in [1.0, 1.25, 2.0, 3.5, 40.0, float("inf")]:
            sizes = [x / values[0] for x in values]
            power = mpf(0) if p == float("inf") else 1 / mpf(p)
            total = mpf(1) if p == float("inf") else sum(x ** mpf(p) for x in sizes)
            yield "schatten", [p], a, values[0] * total**power
        yield "stable rank", [0.0], a, sum((x / values[0]) ** 2 for x in values)


def softmax(f):
    powers = [exp(x - max(f)) for x in f]
    return [x / sum(powers) for x in powers]


def fisher_rao(rng):
    for size in [1e-3, 1.0, 30.0, 300.0]:
        for classes in [2, 3, 7]:
            examples, layers = rng.randrange(1, 6), rng.randrange(1, 9)
            f = [[rng.uniform(-size, size) for _ in range(classes)] for _ in range(examples)]
            exact = [[mpf(x) for x in row] for row in f]
            labels = [rng.randrange(classes) for _ in f]
            p = [softmax(row) for row in exact]
            inner = [sum(q * (x - row[y]) for q, x in zip(ps, row)) for ps, row, y in zip(p, exact, labels)]
            yield "cross-entropy", [layers, *labels], f, layers * sqrt(sum(x**2 for x in inner) / examples)
            means = [sum(q * x for q, x in zip(ps, row)) for ps, row in zip(p, exact)]
            spread = [sum(q * (x - m) ** 2 for q, x in zip(ps, row)) for ps, row, m in zip(p, exact, means)]
            yield "under the model", [layers], f, layers * sqrt(sum(spread) / examples)
            # The targets are the classes, one-hot.
            slopes = [
                sum(2 * (x - (j == y)) * x for j, x in enumerate(row)) for row, y in zip(exact, labels)
            ]
            yield "squared error", [layers, *labels], f, layers * sqrt(sum(x**2 for x in slopes) / examples)


def main():
    rng = random.Random(17)
    print("measure,parameters,rows,columns,entries,value")
    for source in (spectra, fisher_rao):
        for name, parameters, a, value in source(rng):
            entries = " ".join(repr(x) for row in a for x in row)
            print(name, " ".join(map(repr, parameters)), len(a), len(a[0]), entries, mp.nstr(value, 30), sep=",")


main()
