"""What the sweeps run."""

import wandb

run = wandb.init()
for step in range(3):
    run.log({"loss": run.config.lr / (step + 1)})
run.finish()
