"""Prints what the public API tells of a sweep, as JSON."""

import json
import sys

import wandb

sweep = wandb.Api().sweep(f"ent/proj/{sys.argv[1]}")
best = sweep.best_run()
print(
    json.dumps(
        {
            "state": sweep.state,
            "runs": sorted([run.config["lr"], run.state] for run in sweep.runs),
            "best": None if best is None else best.config["lr"],
        }
    )
)
