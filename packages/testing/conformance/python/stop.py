"""Asks a run to stop, as the button of W&B's pages does."""

import sys

import wandb

wandb.Api().run(f"ent/proj/{sys.argv[1]}").stop()
