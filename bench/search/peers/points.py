"""Writes points.json: values of the bench's problems at random points, to which ../Problem.ts is held.

Any Python 3.11 will do: python points.py
"""

import json
import random
from pathlib import Path

from problems import PROBLEMS, reported, true_value


def draw(parameter, stream):
    match parameter["distribution"]:
        case "categorical":
            return stream.choice(parameter["values"])
        case "int_uniform":
            return stream.randint(parameter["min"], parameter["max"])
        case "log_uniform_values":
            return parameter["min"] * (parameter["max"] / parameter["min"]) ** stream.random()
        case _:
            return stream.uniform(parameter["min"], parameter["max"])


def row(name, stream, run):
    point = {key: draw(parameter, stream) for key, parameter in PROBLEMS[name]["parameters"].items()}
    seed, value = stream.randrange(100), true_value(name, point)
    return {"point": point, "seed": seed, "run": run, "value": value, "reported": reported(name, value, seed, run)}


table = {name: [row(name, random.Random(f"{name} {run}"), run) for run in range(12)] for name in PROBLEMS}
Path(__file__).with_name("points.json").write_text(json.dumps(table).replace("}, {", "},\n{").replace("], ", "],\n") + "\n")
