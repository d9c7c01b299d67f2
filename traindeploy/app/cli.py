# SPDX-License-Identifier: Apache-2.0
"""The command line. Exit status: 0 all checks passed, 1 one failed, 2 bad input or missing tool, 130 interrupted."""

import os
import sys
from typing import Any

import click

from traindeploy.app.options import Options
from traindeploy.app.spelling import click_options, refuse_unknown_variables
from traindeploy.errors import UserError
from traindeploy.records.names import printable


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="traindeploy", prog_name="traindeploy")
def commands() -> None:
    """RTL co-simulation of on-device training on a PULP cluster with RedMule."""


@commands.command(context_settings={"show_default": True})
@click_options
def sim(**values: Any) -> None:
    """Run training steps on the RTL and compare every tensor, bit for bit, with the golden model."""
    refuse_unknown_variables(os.environ)
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
    from traindeploy.training.strategies import STRATEGIES

    runs = read_runs(BUILD, tuple(STRATEGIES))
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
    click.echo(f"error: {printable(message)}", err=True)
    sys.exit(status)
