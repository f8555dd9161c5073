"""Logs until it is interrupted, by whatever the server does, or a number of rows is there."""

import sys
import time

import wandb

run = wandb.init(project="proj", id=sys.argv[1])
print("begun", flush=True)
for n in range(int(sys.argv[2])):
    run.log({"n": n})
    time.sleep(0.5)
run.finish()
