# SPDX-License-Identifier: Apache-2.0
"""What the loss of an output is, by NumPy in float64 from its published definition and from the options alone.

It reads no graph and no catalogue, so that a loss, a scale or weights that are not those that were asked for are seen.
"""

import numpy as np

from traindeploy.records.run import RunConfiguration

ROUNDED = 3 * 2.0**-24  # of a loss: its scale and delta, or a weight and a share, are float32 where it is computed


def loss(options: RunConfiguration, output: np.ndarray, target: np.ndarray) -> float:
    """Of ``output`` [N], which the model's file gives (before a last softmax or sigmoid), and the sample's target."""
    if options.loss == "cross_entropy":
        return float((_wish(options, output.size, int(target[0])) * -_log_softmax(output)).sum())
    wanted = np.asarray(target, np.float64).reshape(-1)
    error, delta = np.abs(output - wanted), options.huber_delta
    if options.loss == "mse":
        return float(np.mean(error**2))
    if options.loss == "l1":
        return float(np.mean(error))
    if options.loss == "huber":
        return float(np.mean(np.where(error <= delta, error**2 / 2, delta * (error - delta / 2))))
    yes, no = np.logaddexp(0, -output), np.logaddexp(0, output)  # -log sigmoid(x), -log(1 - sigmoid(x))
    return float(np.mean(wanted * yes + (1 - wanted) * no))


def moves(options: RunConfiguration, output: np.ndarray, target: np.ndarray, by: float) -> float:
    """What the loss moves by at most where no element of ``output`` moves by more than ``by``, and by its numbers'
    rounding.

    Cross-entropy moves by twice as much for each unit of its wish, for a logit and the sum move; a mean by no more than
    its steepest slope.
    """
    rounding = ROUNDED * loss(options, output, target)
    if options.loss == "cross_entropy":
        return 2 * by * float(_wish(options, output.size, int(target[0])).sum()) + (rounding if _wishes(options) else 0)
    if options.loss == "mse":
        return float(np.mean(2 * by * np.abs(output - np.asarray(target, np.float64).reshape(-1)) + by**2)) + rounding
    return by * (options.huber_delta if options.loss == "huber" else 1.0) + rounding


def _wishes(options: RunConfiguration) -> bool:
    return bool(options.label_smoothing or options.class_weights)


def _wish(options: RunConfiguration, classes: int, label: int) -> np.ndarray:
    """What is wished of each class: 1 for the label, less what is spread over all, times the classes' weights."""
    spread = options.label_smoothing
    wish = np.full(classes, spread / classes)
    wish[label] += 1 - spread
    weights = options.class_weights.split(",") if options.class_weights else ["1"] * classes
    return np.asarray(wish * np.array(weights, np.float64))


def _log_softmax(output: np.ndarray) -> np.ndarray:
    shifted = output - output.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))
