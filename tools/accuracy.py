# SPDX-License-Identifier: Apache-2.0
"""The accuracy experiment: a model that knows printed digits is fine-tuned to handwritten ones, by each strategy.

    python tools/accuracy.py --model cct2 --seeds 10 --epochs 100 --output accuracy.md

Source: digits of the fonts that matplotlib ships, turned, shifted, scaled and blurred at random. Target: scikit-learn's
digits, handwritten by 43 people, of which 50 a class are trained on and all others are validated on. The source model
is trained by ft2 from random weights: its tokenizer stays as it was drawn. Everything is computed by the machine model,
bit for bit as the chip would.
"""

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from rich.console import Console
from sklearn.datasets import load_digits

from traindeploy.app.train import run_training
from traindeploy.app.train_options import TrainOptions
from traindeploy.platform.paths import BUILD
from traindeploy.records.training import TrainingRecord
from traindeploy.training.strategies import STRATEGIES

# On MNIST, from CIFAR-10, offline in PyTorch: reference for the order of the strategies, not for their values here.
PUBLISHED = {"lp": 88.34, "ft1": 93.54, "lora1": 95.38, "ft2": 94.62, "lora2": 96.00}
SIDES = {"cct2": 32, "cct_tiny": 8}
A_CLASS, LAST = 50, 5  # training images of a class; epochs at the end whose accuracies are averaged
FONTS = ("DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral", "cmr10", "cmss10", "cmtt10")


@dataclass(frozen=True)
class Wanted:
    """Size of the experiment."""

    model: str
    seeds: int
    epochs: int
    source_epochs: int
    source_samples: int = 2000


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=sorted(SIDES), default="cct2")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--source-epochs", type=int, default=20)
    parser.add_argument("--output", type=Path, help="file for the table; without it: printed")
    given = parser.parse_args(arguments)
    wanted = Wanted(given.model, given.seeds, given.epochs, given.source_epochs)
    text = table(wanted, experiment(wanted, BUILD / "accuracy"))
    if given.output:
        given.output.write_text(text, encoding="utf-8")
    else:
        print(text)


def experiment(wanted: Wanted, folder: Path) -> dict[str, list[TrainingRecord]]:
    """The trainings of each strategy, one a seed; ``folder`` gets the data."""
    folder.mkdir(parents=True, exist_ok=True)
    quiet = Console(quiet=True)
    source = folder / f"printed-{wanted.model}.npz"
    images, labels = printed(SIDES[wanted.model], wanted.source_samples)
    np.savez(source, images=images, labels=labels)
    start = TrainOptions(
        wanted.model, "ft2", str(source), epochs=wanted.source_epochs, batch=8, optimizer="momentum",
        learning_rate=0.01, schedule="cosine", final_lr=0.0005,
    )  # fmt: skip
    run_training(start, quiet)
    model = str(BUILD / "train" / start.name / "best.onnx")
    found: dict[str, list[TrainingRecord]] = {strategy: [] for strategy in PUBLISHED if strategy in STRATEGIES}
    for seed in range(wanted.seeds):
        data, rest = handwritten(folder, SIDES[wanted.model], seed)
        for strategy, records in found.items():
            options = TrainOptions(
                model, strategy, str(data), str(rest), epochs=wanted.epochs, batch=8, learning_rate=0.01,
                schedule="cosine", final_lr=0.0005, seed=seed,
            )  # fmt: skip
            records.append(run_training(options, quiet))
    return found


def printed(side: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """``count`` images [side,side] of printed digits from 0 to 1, and labels."""
    random = np.random.default_rng(0)
    fonts = [Path(get_data_path()) / "fonts" / "ttf" / f"{name}.ttf" for name in FONTS]
    labels = np.arange(count) % 10
    images = [_print(int(label), str(fonts[random.integers(len(fonts))]), side, random) for label in labels]
    return np.stack(images).astype(np.float32), labels


def _print(digit: int, font: str, side: int, random: np.random.Generator) -> np.ndarray:
    """Drawn at 64 pixels, then turned, moved, blurred and made smaller."""
    canvas = Image.new("L", (64, 64))
    size = int(random.integers(44, 60))
    place = (int(random.integers(27, 38)), int(random.integers(27, 38)))
    ImageDraw.Draw(canvas).text(place, str(digit), 255, ImageFont.truetype(font, size), anchor="mm")
    turned = canvas.rotate(float(random.uniform(-15, 15)), Image.Resampling.BILINEAR)
    blurred = turned.filter(ImageFilter.GaussianBlur(float(random.uniform(0, 3))))
    return np.asarray(blurred.resize((side, side), Image.Resampling.BILINEAR), np.float32) / 255


def handwritten(folder: Path, side: int, seed: int) -> tuple[Path, Path]:
    """Files of ``A_CLASS`` training images of each class, drawn by ``seed``, and of all others."""
    digits = load_digits()
    images = [
        np.asarray(Image.fromarray(d.astype(np.float32) / 16).resize((side, side), Image.Resampling.BILINEAR))
        for d in digits.images
    ]
    order = np.random.default_rng([seed, 8]).permutation(len(images))
    chosen = np.concatenate([order[digits.target[order] == label][:A_CLASS] for label in range(10)])
    others = np.setdiff1d(order, chosen)
    paths = []
    for name, numbers in (("train", chosen), ("rest", others)):
        paths.append(folder / f"{name}-{side}-{seed}.npz")
        np.savez(paths[-1], images=np.stack(images)[numbers], labels=digits.target[numbers])
    return paths[0], paths[1]


def table(wanted: Wanted, found: dict[str, list[TrainingRecord]]) -> str:
    """Accuracies in per cent: mean and standard deviation over the seeds, of the mean of the last epochs."""
    size = f"{wanted.model}: {wanted.seeds} seeds, {wanted.epochs} epochs, {A_CLASS} images a class, batch 8"
    lines = [
        f"{size}, cosine from 0.01 to 0.0005; the mean of the last {LAST} epochs.",
        "",
        "| strategy | trained parameters | before | accuracy | deviation | published, of another task |",
        "|---|---|---|---|---|---|",
    ]
    for strategy, records in found.items():
        each = [100 * statistics.mean(e.validation_accuracy for e in r.epochs[-LAST:]) for r in records]
        before = 100 * statistics.mean(r.start.validation_accuracy for r in records)
        deviation = statistics.stdev(each) if len(each) > 1 else 0.0
        lines.append(
            f"| {strategy} | {sum(records[0].trained.values()):,} | {before:.1f} | {statistics.mean(each):.2f} "
            f"| {deviation:.2f} | {PUBLISHED[strategy]:.2f} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
