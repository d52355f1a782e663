"""Writes spectral_exponent.csv: power laws fitted by maximum likelihood and Kolmogorov-Smirnov distance, to 50 digits.

Needs mpmath. Run it in this folder: python3 spectral_exponent.py > spectral_exponent.csv
Each line: tail count, alpha, distance, bits of the tail's minimum, then the bits of all eigenvalues (hex).
"""

import random
import struct

import mpmath

mpmath.mp.dps = 50


def bits(x):
    return format(struct.unpack("<Q", struct.pack("<d", x))[0], "016x")


def distance(tail, alpha):
    """The supremum over all real numbers: just before and at each jump of the empirical distribution."""
    n, least = len(tail), mpmath.mpf(tail[0])
    gaps = []
    for value in set(tail):
        law = 1 - (mpmath.mpf(value) / least) ** (1 - alpha)
        before = mpmath.mpf(sum(other < value for other in tail)) / n
        after = mpmath.mpf(sum(other <= value for other in tail)) / n
        gaps += [abs(law - before), abs(law - after)]
    return max(gaps)


def fit(values):
    best = None
    for least in sorted(set(values))[:-1]:
        tail = sorted(value for value in values if value >= least)
        alpha = 1 + len(tail) / mpmath.fsum(mpmath.log(mpmath.mpf(value) / mpmath.mpf(least)) for value in tail)
        gap = distance(tail, alpha)
        if best is None or gap < best[2]:
            best = (len(tail), alpha, gap, least)
    return best


def main():
    draw = random.Random(4)
    print("tail,alpha,distance,minimum,eigenvalues")
    for alpha, body, tail, scale in [(2.0, 0, 12, 1.0), (2.5, 20, 30, 1e-8), (3.5, 5, 60, 1e6), (6.0, 40, 20, 1.0), (1.5, 10, 25, 3e-3)]:
        values = [scale * (0.05 + 0.95 * draw.random()) for _ in range(body)]
        values += [scale * (1 - draw.random()) ** (-1 / (alpha - 1)) for _ in range(tail)]
        values[1] = values[0]  # A tie.
        count, fitted, gap, least = fit(values)
        print(count, mpmath.nstr(fitted, 30), mpmath.nstr(gap, 30), bits(least), " ".join(map(bits, values)), sep=",")


if __name__ == "__main__":
    main()
