"""Resumes a run and logs one more row."""

import sys

import wandb

run = wandb.init(project="proj", id=sys.argv[1], resume="must")
print(f"resumed={run.resumed} step={run.starting_step} lr={run.config['lr']}")
run.log({"loss": 0.001})
run.finish()
