"""Prints what the public API tells of a run, as JSON."""

import json
import sys

import wandb

run = wandb.Api().run(f"ent/proj/{sys.argv[1]}")
rows = list(run.scan_history())
print(
    json.dumps(
        {
            "state": run.state,
            "name": run.name,
            "notes": run.notes,
            "tags": run.tags,
            "group": run.group,
            "job_type": run.job_type,
            "config": run.config,
            "summary": dict(run.summary),
            "steps": [row["_step"] for row in rows],
            "losses": [row.get("loss") for row in rows],
            "third": {key: rows[3].get(key) for key in ("nested", "nan", "big")} if len(rows) > 3 else None,
            "scanned": [row["loss"] for row in run.scan_history(keys=["_step", "loss"])],
            "sampled": len(run.history(keys=["loss"], pandas=False)),
            "files": sorted(file.name for file in run.files()),
        },
        default=str,
    )
)
