# SPDX-License-Identifier: Apache-2.0
"""The command line. Exit status: 0 all checks passed, 1 one failed, 2 bad input or missing tool, 130 interrupted."""

import sys
from typing import Any

import click

from traindeploy.app.options import ARITHMETICS, ENGINES, Options
from traindeploy.errors import UserError
from traindeploy.platform import CONFIGS
from traindeploy.training.strategies import STRATEGIES

DEFAULTS = Options()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="traindeploy", prog_name="traindeploy")
def commands() -> None:
    """RTL co-simulation of on-device training on a PULP cluster with RedMule."""


@commands.command(context_settings={"show_default": True})
@click.option("--model", default=DEFAULTS.model, metavar="NAME|FILE", help="Built-in name or .onnx file.")
@click.option("--strategy", default=DEFAULTS.strategy, type=click.Choice(list(STRATEGIES)), help="What is trained.")
@click.option("--engine", default=DEFAULTS.engine, type=click.Choice(ENGINES), help="Where matrix products run.")
@click.option("--config", default=DEFAULTS.config, type=click.Choice(list(CONFIGS)), help="Hardware configuration.")
@click.option("--data", default=DEFAULTS.data, metavar="FILE", help="An .npz: images, labels.  [default: digits]")
@click.option("--lora-rank", default=DEFAULTS.lora_rank, type=click.IntRange(1, 128), help="Rank of LoRA's A and B.")
@click.option("--lora-alpha", default=DEFAULTS.lora_alpha, type=float, help="LoRA's output is scaled by alpha/rank.")
@click.option("--lr", "learning_rate", default=DEFAULTS.learning_rate, type=float, help="SGD's learning rate.")
@click.option("--steps", default=DEFAULTS.steps, type=click.IntRange(1), help="Steps; weights carry over in L3.")
@click.option("--seed", default=DEFAULTS.seed, type=click.IntRange(0), help="Of weights, LoRA and images.")
@click.option(
    "--arithmetic",
    default=DEFAULTS.arithmetic,
    type=click.Choice(ARITHMETICS),
    help="RedMule's multiply-adders by host or RTL.",
)
@click.option("--dump", default=DEFAULTS.dump, metavar="1|DIR", help="Write the graph after each pass as text.")
@click.option("--waves", default=DEFAULTS.waves, metavar="1|FIRST:LAST|OPERATOR", help="Write an FST trace.")
def sim(**values: Any) -> None:
    """Run training steps on the RTL and compare every tensor, bit for bit, with the golden model."""
    from traindeploy.app.run import run  # here, so that --help and usage errors are instant

    result = run(Options(**values))
    if not result.passed:
        sys.exit(1)


@commands.command()
def models() -> None:
    """List the built-in models."""
    from traindeploy.frontend import BUILT_IN

    for name, config in BUILT_IN.items():
        click.echo(f"{name:12} {config.summary}")


@commands.command()
def results() -> None:
    """Print a Markdown table of all runs in build/."""
    from traindeploy.app.run import BUILD
    from traindeploy.report.table import markdown, read_runs

    runs = read_runs(BUILD)
    if not runs:
        raise UserError(f"{BUILD} holds no runs: do `make sim` first")
    click.echo(markdown(runs))


def main() -> None:
    """Entry point: every foreseen error is one line on stderr, without a traceback."""
    try:
        sys.exit(commands.main(standalone_mode=False) or 0)
    except UserError as error:
        message, status = " ".join(str(error).split()), 2
    except click.ClickException as error:
        message, status = " ".join(error.format_message().split()), 2
    except (KeyboardInterrupt, click.Abort):
        message, status = "interrupted; the caches in build/ stay usable", 130
    click.echo(f"error: {message}", err=True)
    sys.exit(status)
