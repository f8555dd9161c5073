"""The bench's problems, as ../Problem.ts defines them in TypeScript; points.json holds both to the same values."""

import json
import math
from pathlib import Path

PROBLEMS = json.loads((Path(__file__).parent.parent / "problems.json").read_text())

ALPHA = [1.0, 1.2, 3.0, 3.2]
A = [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
]
P = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]
SHIFT = [11.3, -7.9, 4.6, -14.2, 9.1]


def branin(p):
    x, y = p["x"], p["y"]
    valley = y - 5.1 * x * x / (4 * math.pi * math.pi) + 5 * x / math.pi - 6
    return valley * valley + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def hartmann6(p):
    x = [p[f"x{j}"] for j in range(1, 7)]
    return -sum(
        alpha * math.exp(-sum(a * (xj - pj) * (xj - pj) for a, xj, pj in zip(row, x, centre)))
        for alpha, row, centre in zip(ALPHA, A, P)
    )


def ackley5(p):
    x = [p[f"x{j}"] - shift for j, shift in enumerate(SHIFT, 1)]
    radius = math.sqrt(sum(v * v for v in x) / 5)
    waves = sum(math.cos(2 * math.pi * v) for v in x) / 5
    return 20 - 20 * math.exp(-0.2 * radius) + math.e - math.exp(waves)


def rosenbrock4(p):
    x = [p[f"x{j}"] for j in range(1, 5)]
    return sum(
        100 * (after - before * before) * (after - before * before) + (1 - before) * (1 - before)
        for before, after in zip(x, x[1:])
    )


def training(p):
    """A loss like that of a network: how fast to learn depends on the optimizer and the width."""
    rate = {"sgd": -0.7, "momentum": -1.6, "rmsprop": -2.8, "adam": -2.5}[p["optimizer"]]
    lag = {"sgd": 0.15, "momentum": 0.04, "rmsprop": 0.06, "adam": 0.0}[p["optimizer"]]
    shape = {"tanh": 0.1, "relu": 0.03, "gelu": 0.0}[p["activation"]]
    wide = math.log2(p["width"] / 192)
    fast = math.log10(p["learning_rate"]) - rate + 0.2 * wide
    decay = math.log10(p["weight_decay"]) + 3.6
    deep = p["depth"] - 7
    drop = p["dropout"] - 0.2
    return (
        1 - math.exp(-0.5 * fast * fast)
        + lag
        + shape
        + 0.04 * decay * decay
        + 0.01 * deep * deep
        + 0.03 * wide * wide
        + 1.5 * drop * drop * (1 + 0.1 * abs(deep))
    )


def rates(p):
    """Parameters that matter by their logarithm."""
    fast = math.log10(p["learning_rate"]) + 3
    decay = math.log10(p["weight_decay"]) + 4
    wide = math.log2(p["units"] / 64)
    return fast * fast + 0.5 * decay * decay + 0.1 * wide * wide


def horizon(p):
    """One that matters by the logarithm of what it lacks to one, one by its own, and one as it is."""
    far = math.log10(1 - p["discount"]) + 2
    fast = math.log10(p["learning_rate"] + 1e-6) + 3
    clip = p["clip"] - 0.2
    return far * far + fast * fast + 10 * clip * clip


FUNCTIONS = {f.__name__: f for f in (branin, hartmann6, ackley5, rosenbrock4, training, rates, horizon)}


def true_value(name, point):
    return FUNCTIONS[PROBLEMS[name]["function"]](point)


def chance(seed, run, draw):
    """A number in (0, 1) that both languages draw alike."""
    h = ((seed + 1) * 0x9E3779B1 ^ (run + 1) * 0x85EBCA77 ^ (draw + 1) * 0xC2B2AE3D) & 0xFFFFFFFF
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return ((h ^ h >> 16) + 0.5) / 4294967296


def reported(name, value, seed, run):
    """What a run reports whose true value is given."""
    report = PROBLEMS[name].get("report", {})
    if chance(seed, run, 0) < report.get("diverges", 0):
        return report["at"]
    if "deviation" not in report:
        return value
    radius = math.sqrt(-2 * math.log(chance(seed, run, 1)))
    return value + report["deviation"] * radius * math.cos(2 * math.pi * chance(seed, run, 2))
