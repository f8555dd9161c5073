"""Logs a run with everything that must arrive as it is."""

import sys

import wandb

run = wandb.init(
    project="proj",
    id=sys.argv[1],
    name="A run",
    notes="a note",
    tags=["a", "b"],
    group="g",
    job_type="train",
    config={"lr": 0.1, "depth": 3, "text": "é <&> \u2028", "nested": {"list": [1, 2.5, None, True]}},
)
for step in range(20):
    run.log({"loss": 1.0 / (step + 1), "nested": {"x": step}, "nan": float("nan"), "big": 2**60})
print("a line of output")
run.summary["best"] = 0.05
run.finish()
