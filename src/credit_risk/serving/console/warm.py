"""What a page computes once a snapshot, computed before anybody asks."""

from __future__ import annotations

import logging
import threading
import time

from credit_risk.archive import Asking
from credit_risk.records.lookup import refresh
from credit_risk.serving.console.kept_back import kept_back_of
from credit_risk.serving.console.mending import mendable_of
from credit_risk.serving.console.performance import events_of
from credit_risk.serving.console.portfolio import whole_of
from credit_risk.serving.console.sources import sources_of
from credit_risk.serving.desk import Desk
from credit_risk.serving.lasting import set_apart
from credit_risk.serving.report import report_page

__all__ = ["keep_warm", "warm_up"]

log = logging.getLogger(__name__)
LOOK_EVERY = 5.0


def warm_up(desk: Desk) -> None:
    """Read what pages share: board, figures, sources, events, network, profile, remedies; copy what is looked up."""
    published = desk.published()
    if published is None:
        return
    desk.boards.now(published.snapshot_id, published.directory)
    desk.once("portfolio", published, lambda: whole_of(desk, published))
    desk.once("events", published, lambda: events_of(desk, published))
    sources_of(desk, published)
    kept_back_of(desk, published)
    desk.network()
    with (
        desk.look_lock,
        Asking(desk.rules, desk.looking.records.pool, published.as_of.to_pydatetime()) as asking,
    ):
        asking.write_plans()
    scored = published.scores.index[published.scores["scorable"]]
    if len(scored):
        desk.profile(str(scored[0]))
        mendable_of(desk, str(scored[0]))
        _print_reports(desk, str(scored[0]))
        desk.policy.of(published.snapshot_id, str(scored[0]), desk.today)
    refresh(desk.inbox.pool)


def _print_reports(desk: Desk, subject: str) -> None:
    """Print the reports of an enterprise once: the outlines of what every report says are then known."""
    for scene in (name for name, rule in desk.rules.scenes.items() if "report" in rule.services):
        report_page(desk.report(subject, scene))


def keep_warm(desk: Desk) -> threading.Thread:
    """Warm up now and whenever another snapshot is published, in a thread that ends with the process."""

    def run() -> None:
        seen = None
        while True:
            now = desk.snapshots.current()
            if now != seen:
                try:
                    warm_up(desk)
                except Exception:
                    log.exception("the console could not be warmed up")
                set_apart()
                seen = now
            time.sleep(LOOK_EVERY)

    thread = threading.Thread(target=run, name="warm", daemon=True)
    thread.start()
    return thread
