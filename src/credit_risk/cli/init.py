"""``credit-risk init``: a new book, small but complete, to grow from."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd
import typer

from credit_risk.cli.app import app, err
from credit_risk.errors import InputError
from credit_risk.simulation.codes import social_credit_codes

__all__: list[str] = []

STARTER = Path(__file__).with_name("starter")
FIRST = (
    "ingest --now 2024-12-31T23:59:59",
    "train --known-at 2024-09-30",
    "promote --by 张三 --reason 首次启用",
    "score --as-of 2024-09-30",
    "doctor",
)
LATER = (
    "train --known-at 2024-12-31",
    "promote --by 张三 --reason 季度重训",
    "rollback --by 张三 --reason 误报偏多",
    "replay --as-of 2024-09-30",
)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
) -> None:
    """新建账册 · Write a new book: two sources, a few indicators, one recipe, a sample of files; every entry explained.

    Example: `credit-risk init my-zone && credit-risk --book my-zone ingest`
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty", hint="name a folder that does not exist yet")
    shutil.copytree(STARTER, folder, dirs_exist_ok=True)
    _sample(folder / "inbox")
    err.print(f"  账册已建立 a new book stands in {folder}", markup=False)
    for todo in FIRST:
        err.print(f"    credit-risk --book {folder} {todo}", markup=False)
    err.print(
        "  以后 later: 把配方的日期推后 move the dates of models/models.yaml on by a quarter, then",
        markup=False,
    )
    for todo in LATER:
        err.print(f"    credit-risk --book {folder} {todo}", markup=False)


def _sample(inbox: Path, enterprises: int = 600) -> None:
    """Write made-up files of departments; the same every time. A hidden risk drives penalties and listings."""
    rng = np.random.default_rng(7)
    codes = social_credit_codes(rng, np.ones(enterprises, bool))
    risk = rng.gamma(0.6, 1.0, enterprises)
    inbox.mkdir()
    day = pd.Timestamp("2020-01-01")

    def written(name: str, mean: npt.NDArray[np.float64], columns: dict[str, str], mark: str) -> None:
        times = rng.poisson(mean)
        who = np.repeat(np.arange(enterprises), times)
        happened = day + pd.to_timedelta(rng.integers(0, 1800, len(who)), unit="D")
        received = happened + pd.to_timedelta(rng.integers(1, 8, len(who)), unit="D")
        table = pd.DataFrame({"统一社会信用代码": codes[who]})
        table[columns["id"]] = [f"{mark}{i:05}" for i in range(len(who))]
        table[columns["day"]] = happened.strftime("%Y-%m-%d")
        table["归集时间"] = received.strftime("%Y-%m-%d %H:%M:%S")
        if "amount" in columns:
            table[columns["amount"]] = (rng.gamma(1.0, 2.0, len(who)) + 0.1).round(2)
        table.to_csv(inbox / name, index=False, encoding="utf-8-sig")

    founded = day - pd.to_timedelta(rng.integers(30, 6000, enterprises), unit="D")
    register = pd.DataFrame({"统一社会信用代码": codes})
    register["企业名称"] = [f"示例企业{i:04}有限公司" for i in range(enterprises)]
    register["行业"] = rng.choice(["贸易", "物流"], enterprises)
    register["成立日期"] = founded.strftime("%Y-%m-%d")
    register["归集时间"] = (founded + pd.Timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
    register.to_csv(inbox / "登记.csv", index=False, encoding="utf-8-sig")
    written("处罚.csv", 4.0 * risk, {"id": "文书号", "day": "决定日期", "amount": "罚款（万元）"}, "沪罚")
    written("名单.csv", 0.2 * np.minimum(risk, 4.0) ** 2, {"id": "编号", "day": "列入日期"}, "名单")
