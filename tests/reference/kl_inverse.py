"""Writes kl_inverse.csv: inverses of the binary kl to 50 digits, rounded up to f64.

Needs mpmath. Run it in this folder: python3 kl_inverse.py > kl_inverse.csv
Each line: bits of q, of c, of the smallest f64 not below the inverse (hex).
"""

import math
import random
import struct

import mpmath

mpmath.mp.dps = 120


def bits(x):
    return format(struct.unpack("<Q", struct.pack("<d", x))[0], "016x")


def kl(q, p):
    total = mpmath.mpf(0)
    if q > 0:
        total += q * mpmath.log(q / p)
    if q < 1:
        total += (1 - q) * mpmath.log((1 - q) / (1 - p))
    return total


def inverse(q, c):
    q, c = mpmath.mpf(q), mpmath.mpf(c)
    low, high = q, mpmath.mpf(1)
    for _ in range(350):
        middle = (low + high) / 2
        if kl(q, middle) <= c:
            low = middle
        else:
            high = middle
    return low, high


def round_up(low, high):
    x = float(high)
    while mpmath.mpf(x) >= high:
        x = math.nextafter(x, 0.0)
    while mpmath.mpf(x) < low:
        x = math.nextafter(x, 2.0)
    return x


def main():
    source = random.Random(8)
    risks = [0.0, 1e-12, 1e-6, 1e-3, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1 - 1e-9]
    pairs = [(q, c) for q in risks for c in (1e-9, 1e-6, 1e-3, 0.05, 0.5, 3.0)]
    pairs += [(source.random(), 10.0 ** source.uniform(-9, 0.5)) for _ in range(100)]
    for q, c in pairs:
        print(bits(q), bits(c), bits(round_up(*inverse(q, c))), sep=",")


main()
