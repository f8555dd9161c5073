"""Multinomial logistic regression on the iris data, standard library only.

Prints one JSON object a line after every fifth epoch: that is all sweepline needs to see.
"""

import argparse
import csv
import json
import math
import pathlib
import random

SPECIES = ("setosa", "versicolor", "virginica")


def load():
    with (pathlib.Path(__file__).parent / "iris.csv").open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    features = [[float(value) for value in row[:4]] for row in rows]
    for column in range(4):
        values = [row[column] for row in features]
        mean = sum(values) / len(values)
        spread = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
        for row in features:
            row[column] = (row[column] - mean) / spread
    return [(row + [1.0], SPECIES.index(text[4])) for row, text in zip(features, rows)]


def predict(weights, features):
    scores = [sum(w * x for w, x in zip(row, features)) for row in weights]
    top = max(scores)
    odds = [math.exp(score - top) for score in scores]
    return [value / sum(odds) for value in odds]


def evaluate(weights, rows):
    right, loss = 0, 0.0
    for features, label in rows:
        odds = predict(weights, features)
        right += odds.index(max(odds)) == label
        loss -= math.log(max(odds[label], 1e-12))
    return right / len(rows), loss / len(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--learning_rate", type=float, default=0.1)
    parser.add_argument("--l2", type=float, default=0.001)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=40)
    options = parser.parse_args()

    random.seed(1)
    rows = load()
    random.shuffle(rows)
    train, test = rows[:90], rows[90:]
    weights = [[0.0] * 5 for _ in SPECIES]
    for epoch in range(1, options.epochs + 1):
        random.shuffle(train)
        for start in range(0, len(train), options.batch_size):
            batch = train[start : start + options.batch_size]
            slopes = [[0.0] * 5 for _ in SPECIES]
            for features, label in batch:
                odds = predict(weights, features)
                for kind in range(3):
                    error = odds[kind] - (kind == label)
                    for i, x in enumerate(features):
                        slopes[kind][i] += error * x / len(batch)
            for row, slope in zip(weights, slopes):
                for i in range(5):
                    row[i] -= options.learning_rate * (slope[i] + options.l2 * row[i])
        if epoch % 5 == 0:
            accuracy, loss = evaluate(weights, test)
            print(json.dumps({"epoch": epoch, "loss": loss, "accuracy": accuracy}))


if __name__ == "__main__":
    main()
