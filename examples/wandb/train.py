"""Tells two rings of points apart, and logs with the W&B SDK: the same script as for W&B's own sweeps.

Logistic regression over random features, in Python's standard library.
"""

import math
import random
import time

import wandb


def points(count, seed):
    """Points of two rings, and which of them each belongs to."""
    dice = random.Random(seed)
    made = []
    for index in range(count):
        ring = index % 2
        angle = dice.uniform(0, 2 * math.pi)
        radius = 1 + ring + dice.gauss(0, 0.2)
        made.append((radius * math.cos(angle), radius * math.sin(angle), ring))
    return made


def main():
    with wandb.init() as run:
        config = run.config
        dice = random.Random(7)
        waves = [(dice.gauss(0, 1), dice.gauss(0, 1), dice.uniform(0, 6)) for _ in range(config.features)]
        weights = [0.0] * (config.features + 1)

        def lifted(x, y):
            return [math.cos(a * x + b * y + c) for a, b, c in waves] + [1.0]

        def odds(features):
            score = sum(w * f for w, f in zip(weights, features))
            return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))

        def loss(rows):
            return -sum(math.log(max(1e-9, odds(f) if ring else 1 - odds(f))) for f, ring in rows) / len(rows)

        train = [(lifted(x, y), ring) for x, y, ring in points(400, seed=1)]
        held_out = [(lifted(x, y), ring) for x, y, ring in points(200, seed=2)]
        for epoch in range(config.epochs):
            for features, ring in train:
                step = config.learning_rate * (ring - odds(features))
                for index, feature in enumerate(features):
                    weights[index] += step * feature
            right = sum((odds(f) > 0.5) == bool(ring) for f, ring in held_out)
            run.log({"epoch": epoch, "val_loss": loss(held_out), "val_accuracy": right / len(held_out)})
            # An epoch of anything real takes longer: time for bad runs to be stopped.
            time.sleep(0.2)


main()
