"""``gradconf``: the words of a command line into a call of one command, and errors into text and exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final

import click

from conformance import __version__
from conformance.errors import ConformanceError

COMMANDS: Final = {
    "run": "Run the cases and write results.jsonl, report.html, junit.xml and summary.md.",
    "list": "List the cases, or the operations and who has them.",
    "show": "Show a case: program, statements, expectations, and each framework's native source.",
    "repro": "Print a script that shows one cell's behaviour with nothing but its framework.",
    "check": "Check the case files without running a framework.",
    "freeze": "Compute the exact values of derivative cases and write them beside the cases.",
    "known": "Bring the known failures of derivative cases up to date with results.",
    "findings": "Print what the derivative cases have found, as FINDINGS.md.",
    "coverage": "Show which documented statements the cases cover.",
    "report": "Make the reports of one or several results files.",
    "diff": "Show what changed between two results files.",
    "doctor": "Show what is installed here and what is missing.",
}
"""Every command with its line in the help; its module is imported only when it is called."""

EXIT_CODES: Final = """\b
Exit codes:
  0  everything is as documented      3  incomplete: not run, timed out, crashed
  1  something contradicts            4  a known failure is stale: it no longer fails
  2  usage, or cases that are invalid 5  the harness itself failed
"""

EXAMPLES: Final = """\b
Examples:
  gradconf run                                   # every case on every framework that is installed
  gradconf run -f torch,jax --mode eager -k watch
  gradconf run cases/higher-order --device gpu --output out
  gradconf show watching/constant-needs-watch
  gradconf repro watching/constant-needs-watch -f torch > repro.py
  gradconf report shard-1/results.jsonl shard-2/results.jsonl --output site
  gradconf diff old/results.jsonl new/results.jsonl --markdown
"""


class _Commands(click.Group):
    """The commands by name, each in ``conformance.commands.<name>`` as ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"conformance.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from conformance.errors import nearest

            advice = nearest(args[0], COMMANDS) or f"; there are {', '.join(COMMANDS)}"
            ctx.fail(f"no command {args[0]!r}{advice}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=f"{EXAMPLES}\n\n{EXIT_CODES}",
)
@click.version_option(__version__, "-V", "--version", prog_name="gradconf")
def gradconf() -> None:
    """What TensorFlow, PyTorch and JAX do when they differentiate, and whether it is what their documents say.

    A case is a small neutral program with what it must show. Each framework gets the source that its own user would
    write, a worker process runs it, and what it shows is held against the case.
    """


def main() -> None:
    """Run ``gradconf`` and end the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = gradconf.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        code = end.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = 130
    except BrokenPipeError:  # `gradconf list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except ConformanceError as error:
        click.echo(f"error: {error}", err=True)
        code = 2
    sys.exit(code if isinstance(code, int) else 0)
