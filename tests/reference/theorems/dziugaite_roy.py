"""50-digit values for the Dziugaite-Roy certificate, the Gaussian divergence and the empirical Bernstein bound.

Writes dziugaite_roy.csv beside this file: python3 dziugaite_roy.py
"""

import pathlib

from mpmath import log, mp, mpf, pi, sqrt

mp.dps = 50


def kl(q, p):
    return (q * log(q / p) if q else 0) + (1 - q) * log((1 - q) / (1 - p))


def inverse(q, c):
    low, high = q, mpf(1) - mpf(10) ** -45
    for _ in range(400):
        middle = (low + high) / 2
        low, high = (middle, high) if kl(q, middle) <= c else (low, middle)
    return low


def divergence(means, deviations, variance):
    ratios = [s * s / variance for s in deviations]
    return sum(t - 1 - log(t) + m * m / variance for t, m in zip(ratios, means)) / 2


rows = []
for size, mean, deviation, exponent, gibbs, n, delta in [
    (20, 0.125, 0.25, -2, 0.015625, 1400, 0.025),
    (200, 0.0625, 0.5, -1, 0.03125, 1400, 0.025),
    (1981, 0.25, 0.125, -3, 0.015625, 1400, 0.025),
    (3, 1.5, 0.75, 0, 0.25, 50, 0.05),
    (50, 0.5, 0.03125, -4, 0.0, 55000, 0.025),
]:
    # Variance 2^exponent is the first of the grid with c = 2^(exponent + 1) and b = 1/ln 2, to an ulp; here j = 1.
    variance = mpf(2) ** exponent
    value = divergence([mpf(mean)] * size, [mpf(deviation)] * size, variance)
    budget = (value + log(pi**2 / 6) + log(2 * sqrt(mpf(n)) / mpf(delta))) / n
    rows.append(["certificate", size, mean, deviation, exponent, gibbs, n, delta, value, inverse(mpf(gibbs), budget)])
for mean, variance, n, delta in [(0.25, 0.125, 100, 0.05), (0.015625, 0.0009765625, 2000, 0.01), (0.5, 0.25, 2, 0.5)]:
    logarithm = log(2 / mpf(delta))
    value = mpf(mean) + sqrt(2 * mpf(variance) * logarithm / n) + 7 * logarithm / (3 * (n - 1))
    rows.append(["bernstein", 1, mean, variance, 0, 0.0, n, delta, 0, value])

with open(pathlib.Path(__file__).with_suffix(".csv"), "w") as file:
    file.write("kind,size,mean,spread,exponent,gibbs,n,delta,divergence,value\n")
    for row in rows:
        file.write(",".join(mp.nstr(x, 50) if isinstance(x, mpf) else str(x) for x in row) + "\n")
