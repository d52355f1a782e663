"""Writes batch_norm.csv: folded weights and biases to 50 digits.

Needs mpmath. Run it in this folder: python3 batch_norm.py > batch_norm.csv
Each line: bits of gamma, beta, mean, variance, epsilon, weight, bias (hex), then the folded weight and bias.
"""

import random
import struct

import mpmath

mpmath.mp.dps = 50


def bits(x):
    return format(struct.unpack("<Q", struct.pack("<d", x))[0], "016x")


def main():
    draw = random.Random(5)
    print("inputs,weight,bias")
    for i in range(20):
        size = 10.0 ** draw.randint(-3, 3)
        gamma, beta, mean, weight, bias = (size * draw.gauss(0, 1) for _ in range(5))
        variance, epsilon = size * abs(draw.gauss(0, 1)) * (i % 4 > 0), [1e-5, 1e-3, 1e-12][i % 3]
        exact = [mpmath.mpf(x) for x in (gamma, beta, mean, variance, epsilon, weight, bias)]
        scale = exact[0] / mpmath.sqrt(exact[3] + exact[4])
        folded = (scale * exact[5], scale * (exact[6] - exact[2]) + exact[1])
        inputs = " ".join(map(bits, (gamma, beta, mean, variance, epsilon, weight, bias)))
        print(inputs, *(mpmath.nstr(x, 30) for x in folded), sep=",")


if __name__ == "__main__":
    main()
