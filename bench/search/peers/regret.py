"""Measures Optuna's TPE and GP and W&B's bayes on the bench's problems, into regret.json beside this file.

Run in an environment of requirements.txt: python regret.py [SEEDS [SAMPLER…]]
It writes after each sweep, goes on where it was ended, and takes hours: seeds are its outer loop.
"""

import json
import os
import platform
import re
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import optuna
import sweeps
import torch

from problems import PROBLEMS, reported, true_value

CHECKPOINTS = [20, 40, 60, 100]
FILE = Path(__file__).with_name("regret.json")

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
torch.set_num_threads(1)


def optuna_distribution(parameter):
    match parameter["distribution"]:
        case "uniform":
            return optuna.distributions.FloatDistribution(parameter["min"], parameter["max"])
        case "log_uniform_values":
            return optuna.distributions.FloatDistribution(parameter["min"], parameter["max"], log=True)
        case "int_uniform":
            return optuna.distributions.IntDistribution(parameter["min"], parameter["max"])
        case "categorical":
            return optuna.distributions.CategoricalDistribution(parameter["values"])


def by_optuna(make_sampler):
    def sweep(parameters, seed):
        study = optuna.create_study(sampler=make_sampler(seed))
        space = {name: optuna_distribution(parameter) for name, parameter in parameters.items()}

        def ask():
            trial = study.ask(space)
            return trial.params, lambda value: study.tell(trial, value)

        return ask

    return sweep


def by_wandb(parameters, seed):
    np.random.seed(seed)
    config = {"method": "bayes", "metric": {"name": "loss", "goal": "minimize"}, "parameters": parameters}
    runs = []

    def ask():
        run = sweeps.next_run(config, runs)
        point = {name: held["value"] for name, held in run.config.items()}

        def tell(value):
            past = sweeps.SweepRun(
                name=str(len(runs)),
                state=sweeps.RunState.finished,
                config=run.config,
                history=[{"loss": value}],
                summary_metrics={"loss": value},
            )
            runs.append(past)

        return point, tell

    return ask


SAMPLERS = {
    "optuna tpe": by_optuna(lambda seed: optuna.samplers.TPESampler(seed=seed)),
    "wandb bayes": by_wandb,
    "optuna gp": by_optuna(lambda seed: optuna.samplers.GPSampler(seed=seed)),
}


def regrets(name, sampler, seed):
    """The regret of the run that reported least, after each checkpoint: the true value of what a user would take."""
    problem = PROBLEMS[name]
    ask = SAMPLERS[sampler](problem["parameters"], seed)
    least, best, out = float("inf"), float("inf"), []
    for run in range(CHECKPOINTS[-1]):
        point, tell = ask()
        value = true_value(name, point)
        told = reported(name, value, seed, run)
        if told < least:
            least, best = told, value
        tell(told)
        if run + 1 in CHECKPOINTS:
            out.append(float(f"{max(best - problem['optimum'], 0):.6g}"))
    return out


def save(found):
    versions = {name: version(name) for name in ("optuna", "sweeps", "numpy", "scipy", "scikit-learn", "torch")}
    whole = {
        "made by": "bench/search/peers/regret.py",
        "versions": {"python": platform.python_version(), **versions},
        "checkpoints": CHECKPOINTS,
        "regret": found,
    }
    text = re.sub(r"\[\s+([^\[\]]*?)\s+\]", lambda match: f"[{' '.join(match[1].split())}]", json.dumps(whole, indent=1))
    draft = FILE.with_suffix(".tmp")
    draft.write_text(text + "\n")
    draft.replace(FILE)


def main(seeds, samplers):
    known = json.loads(FILE.read_text()) if FILE.exists() else {"regret": {}}
    found = known["regret"]
    for seed in range(seeds):
        for sampler in samplers:
            for name in PROBLEMS:
                row = found.setdefault(name, {}).setdefault(sampler, {})
                if str(seed) in row:
                    continue
                started = time.time()
                row[str(seed)] = regrets(name, sampler, seed)
                print(sampler, name, seed, row[str(seed)], f"{time.time() - started:.1f} s", flush=True)
                save(found)
    save(found)


main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, sys.argv[2:] or list(SAMPLERS))
