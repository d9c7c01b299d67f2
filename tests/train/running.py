# SPDX-License-Identifier: Apache-2.0
"""Trainings small enough for a test."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from sklearn.datasets import load_digits

from traindeploy.app import train
from traindeploy.app.train_options import TrainOptions
from traindeploy.records.training import TrainingRecord

ROOT = Path(__file__).resolve().parents[2]


def few(build: Path) -> Path:
    """A file of 40 digits to validate on."""
    build.mkdir(parents=True, exist_ok=True)
    path = build / "few.npz"
    if not path.exists():
        digits = load_digits()
        np.savez(path, images=digits.images[-40:].astype(np.float32) / 16, labels=digits.target[-40:])
    return path


def trained(build: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> TrainingRecord:
    """A training of cct_tiny in ``build``."""
    monkeypatch.setattr(train, "BUILD", build)
    small: dict[str, Any] = {"model": "cct_tiny", "strategy": "lora2", "epochs": 2, "samples": 60}
    small["validation"] = str(few(build))
    wanted = TrainOptions(**{**small, **options})
    return train.run_training(wanted, Console(file=open(os.devnull, "w"), width=120))


def in_a_process(build: Path, *arguments: str) -> "subprocess.Popen[str]":
    """``traindeploy train`` of cct_tiny, from the command line, whose files are in ``build``."""
    program = (
        "import sys; from pathlib import Path; from traindeploy.app import train; "
        f"train.BUILD = Path({str(build)!r}); from traindeploy.app.cli import main; main()"
    )
    words = [sys.executable, "-c", program, "train", "--model", "cct_tiny", "--validation", str(few(build))]
    words += arguments
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
