"""Values of the bounds' formulas with 60 digits, as the least float that is not below: what a bound must not be below.

python3 rounded_up.py > rounded_up.csv
"""

import math
import random

from mpmath import binomial, coth, erfc, exp, log, mp, mpf, pi, sqrt

mp.dps = 60
ROWS = 12


def least_float_above(x):
    y = float(x)
    return y if mpf(y) >= x else math.nextafter(y, math.inf)


def kl(q, p):
    if p == 1:
        return mpf(0) if q == 1 else mpf("inf")
    return (q * log(q / p) if q > 0 else 0) + ((1 - q) * log((1 - q) / (1 - p)) if q < 1 else 0)


def inverse(q, c):
    """The largest p with kl(q, p) <= c, by bisection in u = -ln(1 - p)."""
    if q == 1:
        return q
    low, high = -log(1 - q), -log(1 - q) + (c + log(2)) / (1 - q) + 1
    for _ in range(260):
        middle = (low + high) / 2
        low, high = (middle, high) if kl(q, 1 - exp(-middle)) <= c else (low, middle)
    return 1 - exp(-high)


def hoeffding(t, n):
    return sqrt(t / (2 * n))


def growth(d, m):
    everything = m * log(2)
    return everything if m < d else min(everything, d * (1 + log(m / d)))


def xi(n):
    n = int(n)
    return sum(binomial(n, k) * mpf(k) ** k * mpf(n - k) ** (n - k) for k in range(n + 1)) / mpf(n) ** n


def by_norm(ratio, unit, n, d):
    """The bound of a class by its norm over the margin, where all of the sample has the margin."""
    k = mp.ceil(8 * log(ratio) / log(2))
    price = log(pi * coth(pi) * (1 + k * k))
    return 2 * mpf(2) ** (k / 8) * unit + 3 * hoeffding(log(2 / d) + price, n)


def dudley(c, n):
    """At the best scale, which is clipped where the whole class is one ball."""
    scale = min(3 * c / sqrt(n), sqrt(n))
    return 4 * scale / sqrt(n) + 12 * c / n * log(sqrt(n) / scale)


FORMULAS = {
    "hoeffding": ("q n delta", lambda q, n, d: q + hoeffding(log(1 / d), n)),
    "kl_test_set": ("q n delta", lambda q, n, d: inverse(q, log(1 / d) / n)),
    "finite_class": ("q size n delta", lambda q, s, n, d: q + hoeffding(log(s) + log(1 / d), n)),
    "vc": ("q dimension n delta", lambda q, v, n, d: q + sqrt(8 / n * (growth(v, 2 * n) + log(4 / d)))),
    "rademacher_empirical": ("q norm n delta", lambda q, r, n, d: q + 2 * r + 3 * hoeffding(log(2 / d), n)),
    "rademacher_expected": ("q norm n delta", lambda q, r, n, d: q + 2 * r + hoeffding(log(1 / d), n)),
    "empirical_bernstein": (
        "q variance n delta",
        lambda q, v, n, d: q + sqrt(2 * v * log(2 / d) / n) + 7 * log(2 / d) / (3 * (n - 1)),
    ),
    "mcallester": ("q kl n delta", lambda q, k, n, d: q + hoeffding(k + log(2 * sqrt(n) / d), n)),
    "maurer": ("q kl n delta", lambda q, k, n, d: inverse(q, (k + log(2 * sqrt(n) / d)) / n)),
    "catoni": (
        "q kl n delta temperature",
        lambda q, k, n, d, c: (1 - exp(-c * q - (k + log(2 / d)) / n)) / (1 - exp(-c)),
    ),
    "linear_gibbs": (
        "margin margin length delta",
        lambda a, b, u, d: inverse(
            (erfc(u * a / sqrt(mpf(2))) + erfc(u * b / sqrt(mpf(2)))) / 4,
            (u * u / 2 + log(2) + log(2 * sqrt(mpf(2)) / d)) / 2,
        ),
    ),
    "gaussian_divergence": (
        "mean deviation variance",
        lambda m, s, v: (s * s / v + (m - mpf("0.25")) ** 2 / v - 1 - log(s * s / v)) / 2,
    ),
    "bartlett_foster_telgarsky": (
        "norm dimension norm n norm",
        lambda r, w, x, n, g: 4 / (n * sqrt(n)) + 36 * log(n) / (g * n) * x * sqrt(log(2 * w * w)) * r,
    ),
    "golowich": ("depth norm norm n", lambda d, f, b, n: b / sqrt(n) * (sqrt(2 * d * log(2)) + 1) * f),
    "kernel": ("norm norm n", lambda f, t, n: f * sqrt(t) / n),
    "maurey": (
        "norm norm norm dimension",
        lambda a, b, e, d: mpf(0) if e >= a * b else mp.ceil((a * b / e) ** 2) * log(6 * d),
    ),
    "spectral_complexity": (
        "norm norm norm norm",
        lambda s, t, a, b: ((a * t) ** (mpf(2) / 3) + (b * s) ** (mpf(2) / 3)) ** mpf("1.5"),
    ),
    "grid": ("quantity", lambda x: mpf(2) ** (mp.ceil(8 * log(x) / log(2)) / 8)),
    "xi": ("sample", lambda n: xi(n)),
    "maurer_exact": ("q kl sample delta", lambda q, k, n, d: inverse(q, (k + log(xi(n) / d)) / n)),
    "kernel_margin": (
        "norm norm sample norm delta",
        lambda f, t, n, g, d: by_norm(f / g, sqrt(t) / n, n, d),
    ),
    "dudley_at": ("norm n norm", lambda c, n, a: 4 * a / sqrt(n) + 12 * c / n * max(mpf(0), log(sqrt(n) / a))),
    "dudley": ("norm n", dudley),
}


def drawn(kind, rng):
    def between(low, high):
        return math.exp(rng.uniform(low, high))

    return {
        "q": lambda: rng.choice([0.0, between(-30, 0), 1 - between(-12, -0.1), between(-3, 0)]),
        "n": lambda: float(2 + int(between(0, 14))),
        "delta": lambda: between(-20, -0.05),
        "size": lambda: float(int(between(0, 40)) + 1),
        "dimension": lambda: float(int(between(0, 10)) + 1),
        "depth": lambda: float(rng.randrange(1, 20)),
        "norm": lambda: between(-6, 6),
        "variance": lambda: between(-15, -0.7),
        "deviation": lambda: between(-8, 2),
        "mean": lambda: rng.uniform(-5, 5),
        "kl": lambda: between(-10, 9),
        "temperature": lambda: between(-12, 4),
        "margin": lambda: rng.uniform(-1, 1),
        "length": lambda: between(-2, 2),
        "quantity": lambda: between(-700, 700),
        "sample": lambda: float(int(between(0, 7)) + 1),
    }[kind]()


def main():
    rng = random.Random(11)
    print("theorem,inputs,least float not below")
    for name, (kinds, formula) in FORMULAS.items():
        for _ in range(ROWS):
            inputs = [drawn(kind, rng) for kind in kinds.split()]
            value = formula(*map(mpf, inputs))
            print(f"{name},{' '.join(map(repr, inputs))},{least_float_above(value)!r}")


main()
