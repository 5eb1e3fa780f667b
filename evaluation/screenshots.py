"""Pictures of the console for the README: ``python -m evaluation.screenshots`` beside ``credit-risk serve --demo``.

They are taken by Chromium at a width of 1280 pixels and kept in ``docs/pictures``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from credit_risk.cli.serve import SAMPLE, SAMPLE_PASSWORD

__all__ = ["take"]

TARGET = Path(__file__).resolve().parents[1] / "docs" / "pictures"
HEIGHT = 900


def take(page: Page, address: str, to: Path) -> list[Path]:
    """Sign in as the sample supervisor and take the pictures; return where they are."""
    page.goto(f"{address}/console/sign-in")
    page.fill("[name=user]", SAMPLE[0][0])
    page.fill("[name=password]", SAMPLE_PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/console/**")
    case = page.locator("[data-open]").first.get_attribute("href") or ""
    page.goto(f"{address}{case}")
    enterprise = page.locator("h1 a").get_attribute("href") or ""
    shown = {
        "queue": "/console/",
        "case": case,
        "enterprise": enterprise,
        "relations": f"{enterprise}/relations?hops=2",
        "portfolio": "/console/portfolio",
    }
    made = []
    for name, path in shown.items():
        page.goto(f"{address}{path}", wait_until="networkidle")
        page.screenshot(path=to / f"{name}.png")
        made.append(to / f"{name}.png")
    return made


def main() -> None:
    """Take the pictures and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", default="http://127.0.0.1:3000", help="where the console is served")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    asked = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=asked.chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": HEIGHT})
        for path in take(page, asked.at, TARGET):
            print(path.name)
        browser.close()


if __name__ == "__main__":
    main()
