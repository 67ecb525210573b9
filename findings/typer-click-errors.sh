#!/usr/bin/env bash
# A Typer command that raises one of Click's own exceptions, or asks Click for the current context.
#
# One would expect: Typer's documentation ("Using Click") says that it is powered by Click, so `raise click.UsageError(…)` is a
#   usage error (one line, exit code 2), `raise click.exceptions.Exit(7)` ends with 7, `click.get_current_context()` gives
#   the command's context, and `typer.main.get_command(app)` is a `click.Command`.
# What happens: Typer carries a copy of Click (`typer._click`) and no longer depends on Click at all. Installed beside it, Click is
#   another library: its exceptions pass through as tracebacks with exit code 1, there is no active context, and the
#   command is no instance of `click.Command`.
# Versions: typer 0.29.2, click 8.5.1 from PyPI. Source: https://typer.tiangolo.com/tutorial/using-click
#
# Exits 0 while the behaviour is as stated, 1 once it is not.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check typer==0.29.2 click==8.5.1 2>/dev/null || { echo "cannot install"; exit 2; }
cat > "$folder/tool.py" <<'PY'
import click
import typer

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def usage() -> None:
    raise click.UsageError("--endpoint and --model go together")


@app.command()
def ends() -> None:
    raise click.exceptions.Exit(7)


@app.command()
def context() -> None:
    print(click.get_current_context().info_name)


@app.command()
def kind() -> None:
    import typer.main

    print("is a click.Command:", isinstance(typer.main.get_command(app), click.Command))


app()
PY
run() { "$folder/venv/bin/python" "$folder/tool.py" "$1" >"$folder/out" 2>&1; code=$?; echo "$1: exit code $code: $(tail -n 1 "$folder/out")"; }
"$folder/venv/bin/pip" list --disable-pip-version-check 2>/dev/null | grep -iE '^(typer|click) '
wrong=0
run usage; { [ $code = 1 ] && grep -q Traceback "$folder/out"; } || wrong=1
run ends; { [ $code = 1 ] && grep -q Traceback "$folder/out"; } || wrong=1
run context; grep -q "no active click context" "$folder/out" || wrong=1
run kind; grep -q "is a click.Command: False" "$folder/out" || wrong=1
[ $wrong = 0 ] && echo "as stated" || echo "no longer as stated"
exit $wrong
