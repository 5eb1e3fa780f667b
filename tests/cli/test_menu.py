"""The menu is read from the source: it must say what the commands themselves say, and cost no import."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

from typer.main import get_group
from typer.testing import CliRunner

from credit_risk.cli import app
from credit_risk.cli.menu import ORDER, menu


def test_the_menu_tells_every_command_as_it_tells_itself() -> None:
    for item in menu().values():
        import_module(item.module)
    real = {
        info.name or info.callback.__name__.replace("_", "-")
        for info in app.registered_commands
        if info.callback
    }
    real |= {str(info.name) for info in app.registered_groups}
    assert set(menu()) == real
    commands = get_group(app).commands
    for name, item in menu().items():
        told = " ".join((commands[name].help or "").split("\n\n")[0].split())
        assert item.tells and told.startswith(item.tells.rstrip("."))


def test_every_command_has_a_place_in_the_order() -> None:
    assert list(menu()) == ORDER


def test_help_imports_none_of_the_libraries_that_commands_work_with() -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom credit_risk.cli import app\n"
        "told = CliRunner().invoke(app, ['--help'])\n"
        "print(told.exit_code, 'promote' in told.output, sorted({'pandas', 'ibis', 'mlflow', 'lightgbm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 True []"


def test_a_mistyped_command_is_told_the_nearest() -> None:
    told = CliRunner().invoke(app, ["trian"])
    assert told.exit_code == 2
    assert "train" in told.output
