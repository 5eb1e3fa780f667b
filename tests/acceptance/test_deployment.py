"""What is deployed is there: every file that the image and the bento take, and no download without a hash."""

from __future__ import annotations

import re

import pytest
import yaml
from tests.conftest import ROOT

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
BENTO = yaml.safe_load((ROOT / "deploy" / "bentofile.yaml").read_text(encoding="utf-8"))


def test_every_file_that_the_image_copies_is_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    files = [name for line in copied for name in line.split()]
    assert len(files) > 8 and [name for name in files if not (ROOT / name).exists()] == []


def test_the_image_installs_nothing_without_a_hash() -> None:
    fetched = re.findall(r"pip (?:install|wheel) .*", DOCKERFILE)
    assert len(fetched) == 4
    for line in fetched:
        own = "--no-deps" in line and ("--no-index" in line or "--no-build-isolation" in line)
        assert own or "--require-hashes" in line, line
    locked = (ROOT / "lock" / "build.txt").read_text(encoding="utf-8")
    assert re.search(r"^hatchling==", locked, re.MULTILINE)


@pytest.mark.parametrize("pattern", [*BENTO["include"], BENTO["python"]["requirements_txt"]])
def test_every_file_that_the_bento_takes_is_there(pattern: str) -> None:
    name = pattern.removeprefix("/").removesuffix("/**")
    assert (ROOT / name).exists()
