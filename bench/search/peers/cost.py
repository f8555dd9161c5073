"""Times asks of Optuna's TPE and GP or of W&B's bayes after many runs: one JSON line, in CPU milliseconds.

Run in an environment of requirements.txt: python cost.py SAMPLER RUNS ASKS
"""

import json
import os
import random
import sys
import time
import warnings

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import optuna
import sweeps
import torch

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
torch.set_num_threads(1)

NAMES = [f"x{j}" for j in range(8)]


def cost(point):
    """The same valley in eight dimensions as in ../cost.ts."""
    x = [point[name] for name in NAMES]
    slopes = sum((1 + j / 4) * (v - 0.1 - 0.1 * j) * (v - 0.1 - 0.1 * j) for j, v in enumerate(x))
    return slopes + 0.3 * x[0] * x[7]


def past(runs):
    stream = random.Random(1)
    return [{name: stream.random() for name in NAMES} for _ in range(runs)]


def optuna_asks(sampler, runs):
    study = optuna.create_study(sampler=sampler)
    space = {name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in NAMES}
    for point in past(runs):
        study.add_trial(optuna.trial.create_trial(params=point, distributions=space, value=cost(point)))

    def ask():
        trial = study.ask(space)
        return lambda: study.tell(trial, cost(trial.params))

    return ask


def wandb_asks(runs):
    np.random.seed(1)
    parameters = {name: {"distribution": "uniform", "min": 0.0, "max": 1.0} for name in NAMES}
    config = {"method": "bayes", "metric": {"name": "loss", "goal": "minimize"}, "parameters": parameters}
    history = []

    def tell(held, value):
        history.append(
            sweeps.SweepRun(
                name=str(len(history)),
                state=sweeps.RunState.finished,
                config=held,
                history=[{"loss": value}],
                summary_metrics={"loss": value},
            )
        )

    for point in past(runs):
        tell({name: {"value": value} for name, value in point.items()}, cost(point))

    def ask():
        run = sweeps.next_run(config, history)
        return lambda: tell(run.config, cost({name: held["value"] for name, held in run.config.items()}))

    return ask


SAMPLERS = {
    "optuna tpe": lambda runs: optuna_asks(optuna.samplers.TPESampler(seed=1), runs),
    "optuna gp": lambda runs: optuna_asks(optuna.samplers.GPSampler(seed=1), runs),
    "wandb bayes": wandb_asks,
}


def main(sampler, runs, asks):
    ask = SAMPLERS[sampler](runs)
    took = []
    for _ in range(asks + 1):
        started = time.process_time()
        tell = ask()
        took.append(1000 * (time.process_time() - started))
        tell()
    first, *rest = took
    print(json.dumps({"first": first, "mean": sum(rest) / asks, "worst": max(rest), "asks": asks}))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
