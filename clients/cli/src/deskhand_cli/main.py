"""The command line. Each command imports what it needs when it runs, so that `deskhand --help` is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .completion import Shell
from .exits import CliError, Exit

if TYPE_CHECKING:
    from .approval import Asking

_EPILOG = """[bold]First steps[/bold]

deskhand up                              start it, and leave it running

deskhand do "lunch with Sid on Friday"   say what is to be done

deskhand do --dry-run "text my mom hi"   see the plan, and do nothing

deskhand open                            the same in the browser, with the plan as a graph

deskhand runs                            what was done, and what waits for a yes

deskhand cancel RUN                      stop what is under way, or leave what waits

deskhand undo RUN                        take back what a run did

deskhand status                          what runs, and how it is

Settings and data are in DESKHAND_HOME, by default the platform's folder for user data."""

_EXITS = """[bold]Exit status[/bold]

0  all done

1  a node failed, or was not carried out

2  wrong usage

3  nothing that Deskhand can do

4  Deskhand does not run

5  refused: no valid key, or a request that cannot be served

6  Deskhand failed

8  something waits for your approval

130  interrupted"""

app = typer.Typer(
    name="deskhand",
    help="Deskhand carries out what you say or type on your own computer. Nothing leaves the machine.",
    epilog=_EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
config_app = typer.Typer(
    help="Show the settings of all services and where each comes from; change one.",
    epilog="deskhand config set gateway.port 9710",
    invoke_without_command=True,
)
models_app = typer.Typer(help="List the models on this machine; fetch another one.", invoke_without_command=True)
service_app = typer.Typer(
    help="Start Deskhand at login and keep it running, without a terminal (launchd on a Mac, systemd on Linux).",
    epilog="deskhand service install",
    no_args_is_help=True,
)
runs_app = typer.Typer(
    help="List what was done, newest first; show one run.",
    epilog="deskhand runs --status needs_approval",
    invoke_without_command=True,
)
app.add_typer(runs_app, name="runs")
app.add_typer(config_app, name="config")
app.add_typer(models_app, name="models")
app.add_typer(service_app, name="service")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan; carry nothing out.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Approve what asks for it, without asking.")]
NoApprove = Annotated[bool, typer.Option("--no-approve", help="Leave waiting what asks for approval; never ask.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="run_..., as `deskhand runs` lists it.")]
Nodes = Annotated[
    list[int] | None, typer.Option("--node", "-n", min=1, help="Only this node; may be given again. Default: all.")
]
Now = Annotated[
    str | None, typer.Option(metavar="ISO", help="Take this as the present: 2026-03-11T09:30:00. Default: the clock.")
]
Timezone = Annotated[
    str | None, typer.Option(metavar="ZONE", help="Your time zone: Europe/Berlin. Default: the machine's.")
]


@app.command(epilog=_EXITS)
def do(
    sentence: Annotated[
        list[str] | None,
        typer.Argument(help="What is to be done. Without it, or with -: standard input."),
    ] = None,
    json: Json = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_approve: NoApprove = False,
    now: Now = None,
    timezone: Timezone = None,
) -> None:
    """Carry out a sentence: the plan appears as it runs (on standard error), then the answer (on standard output).

    What leaves the machine waits for a yes. On a terminal you are asked; elsewhere it goes on waiting, and the exit
    status is 8. Ctrl-C cancels the run.

    Examples:

    deskhand do "email Sid the Q3 deck and put lunch on Thursday noon in my calendar"

    deskhand do --dry-run "remind me to call the bank tomorrow at 9"

    echo "open my note on the budget" | deskhand do --json
    """
    from .do import read_sentence, run_do

    asking, metadata = _asking(yes, no_approve), _metadata(now, timezone)
    _end(run_do(read_sentence(sentence), metadata=metadata, asking=asking, as_json=json, dry_run=dry_run))


@app.command(epilog=_EXITS)
def listen(
    recording: Annotated[Path, typer.Argument(metavar="FILE", help="A recording: wav, mp3, m4a, ogg, flac or webm.")],
    language: Annotated[str | None, typer.Option(help="What is spoken, such as en. Default: found out.")] = None,
    json: Json = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_approve: NoApprove = False,
    now: Now = None,
    timezone: Timezone = None,
) -> None:
    """Carry out what is said in a recording.

    Example: deskhand listen memo.m4a
    """
    from .do import run_listen

    asking, metadata = _asking(yes, no_approve), _metadata(now, timezone)
    _end(run_listen(recording, language=language, metadata=metadata, asking=asking, as_json=json, dry_run=dry_run))


@runs_app.callback()
def runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=100, help="So many at most.")] = 20,
    status: Annotated[
        str | None, typer.Option(help="running, needs_approval, done, failed, cancelled, interrupted or undone.")
    ] = None,
    json: Json = False,
) -> None:
    if context.invoked_subcommand is None:
        from .runs import run_list

        _end(run_list(limit, status, json))


@runs_app.command("show")
def runs_show(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="run_...; default: the newest.")] = None,
    json: Json = False,
) -> None:
    """Show a run: what was said, each node and what became of it, the answer."""
    from .runs import run_show

    _end(run_show(run, json))


@app.command()
def approve(run: RunName, node: Nodes = None, json: Json = False) -> None:
    """Carry out what waits for a yes."""
    from .runs import run_decide

    _end(run_decide(run, "approve", node or (), json))


@app.command()
def deny(run: RunName, node: Nodes = None, json: Json = False) -> None:
    """Say no to what waits for a yes."""
    from .runs import run_decide

    _end(run_decide(run, "deny", node or (), json))


@app.command()
def cancel(run: RunName, json: Json = False) -> None:
    """Stop a run: nothing more of it begins, and what is under way is brought to its end."""
    from .runs import run_decide

    _end(run_decide(run, "cancel", (), json))


@app.command()
def undo(run: RunName, node: Nodes = None, json: Json = False) -> None:
    """Take back what a run did, as far as nobody has touched it since. Exit status 1 when something was left."""
    from .runs import run_decide

    _end(run_decide(run, "undo", node or (), json))


@app.command()
def up(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of the gateway; 0 takes a free one. Default: 8710.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the services' logs here as well.")] = False,
) -> None:
    """Start Deskhand, and serve until Ctrl-C.

    It starts the five services, says when they are ready and how to call them, and starts again what dies.
    The logs are in the home's folder logs.
    """
    from .up import run_up

    _end(run_up(port, verbose))


@app.command("open")
def open_console(
    print_address: Annotated[
        bool, typer.Option("--print", help="Print the address, with the key in it, instead of opening it.")
    ] = False,
) -> None:
    """Open the web console in the browser.

    The browser gets it by way of a file in Deskhand's home. One that cannot read files there (from a snap or a Flatpak,
    or on the other side of WSL or ssh) needs the address from --print.
    """
    from .open import run_open

    _end(run_open(print_address))


@app.command()
def status(json: Json = False) -> None:
    """What runs, how much memory it takes, with which models. Exit status 4 when Deskhand cannot carry out anything."""
    from .status import run_status

    _end(run_status(json))


@app.command()
def doctor(json: Json = False) -> None:
    """Check everything that could be wrong: a line each, and what to do. Exit status 1 when there is a problem."""
    from .doctor import run_doctor

    _end(run_doctor(json))


@app.command()
def dates(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="A phrase a line; - is standard input.")],
) -> None:
    """Check the date resolver against a file, and print {"items", "correct", "wrong"} as JSON.

    A line has id, now, text, role (start, end or due), iso, and for an end the start phrase:

    {"id": "e1", "now": "2026-03-11T09:30:00", "text": "thursday", "role": "start", "iso": "2026-03-12"}
    """
    from .dates import run_dates

    _end(run_dates(file))


@app.command()
def completion(shell: Annotated[Shell, typer.Argument(help="The shell that you use.")]) -> None:
    """Print what completes this command in a shell; put it where the shell looks.

    bash: deskhand completion bash > ~/.local/share/bash-completion/completions/deskhand

    zsh: deskhand completion zsh > ~/.zfunc/_deskhand   (a folder of $fpath)

    fish: deskhand completion fish > ~/.config/fish/completions/deskhand.fish
    """
    from .completion import run_completion

    _end(run_completion(shell))


@config_app.callback()
def config(context: typer.Context, json: Json = False) -> None:
    if context.invoked_subcommand is None:
        from .config import run_show

        _end(run_show(json))


@config_app.command("path")
def config_path() -> None:
    """Print where the settings file is."""
    from .config import run_path

    _end(run_path())


@config_app.command("set")
def config_set(
    key: Annotated[str, typer.Argument(help="SERVICE.NAME, such as gateway.port.")],
    value: Annotated[str, typer.Argument(help="A number, true or false, a word, or a TOML list.")],
) -> None:
    """Write a setting into the settings file. What the service would refuse is not kept."""
    from .config import run_set

    _end(run_set(key, value))


@models_app.callback()
def models(context: typer.Context, json: Json = False) -> None:
    if context.invoked_subcommand is None:
        from .models import run_models

        _end(run_models(json))


@models_app.command("pull")
def models_pull(
    name: Annotated[
        str, typer.Argument(help="A size such as base or small.en, or a CTranslate2 Whisper of the hub as owner/name.")
    ],
) -> None:
    """Fetch a Whisper from the hub into the home. This is the one command that goes to the internet."""
    from .models import run_pull

    _end(run_pull(name))


@service_app.command("install")
def service_install() -> None:
    """Start it now and whenever you log in; a second time, with this installation and this home instead."""
    from .service.commands import run_install

    _end(run_install())


@service_app.command("uninstall")
def service_uninstall() -> None:
    """Stop it and take the service back. Your data and settings stay."""
    from .service.commands import run_uninstall

    _end(run_uninstall())


@service_app.command("status")
def service_status(json: Json = False) -> None:
    """Whether it is installed and runs. Exit status 4 when it does not run."""
    from .service.commands import run_service_status

    _end(run_service_status(json))


def _asking(yes: bool, no_approve: bool) -> Asking:
    from .approval import Asking

    if yes and no_approve:
        raise CliError("--yes and --no-approve contradict each other.", "Leave one of them out.", Exit.USAGE)
    return Asking.YES if yes else Asking.LEAVE if no_approve else Asking.ASK


def _metadata(now: str | None, timezone: str | None) -> dict[str, str]:
    return {name: value for name, value in (("now", now), ("timezone", timezone)) if value is not None}


def _end(exit: Exit) -> None:
    raise typer.Exit(exit)


def main() -> None:
    """Run the command line; errors are one line and a way out on standard error, never a traceback."""
    try:
        app()
    except CliError as error:
        lines = [error.message, error.way_out] if error.way_out else [error.message]
        sys.stderr.write("\n".join(lines) + "\n")
        sys.exit(error.exit)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Exit.DONE)
