"""Logs an artifact, and uses it in another run."""

import os
import sys
import tempfile

import wandb

folder = tempfile.mkdtemp()
os.makedirs(f"{folder}/sub")
for name, text in (("model.txt", "weights" * 1000), ("sub/é x.txt", "hi")):
    with open(f"{folder}/{name}", "w") as file:
        file.write(text)

with wandb.init(project="proj", id=f"{sys.argv[1]}a") as run:
    artifact = wandb.Artifact("model", type="model", metadata={"k": 1})
    artifact.add_dir(folder)
    run.log_artifact(artifact, aliases=["best"])
    artifact.wait()
    run.log({"table": wandb.Table(columns=["a"], data=[[1], [2]])})

with wandb.init(project="proj", id=f"{sys.argv[1]}b") as run:
    used = run.use_artifact("model:best")
    path = used.download(tempfile.mkdtemp())
    with open(f"{path}/sub/é x.txt") as file:
        print(f"{used.version} {used.size} {used.metadata} {file.read()}")
