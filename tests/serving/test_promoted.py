"""A champion is promoted under load, and rolled back: nobody who calls meanwhile is refused."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from evaluation.contract import at_ease
from evaluation.disposable import listening
from tests.conftest import END, copy_zone

from credit_risk.book.recipe import LearnerRule
from credit_risk.explain import Wording
from credit_risk.models.artefact import save_model
from credit_risk.models.train import train_recipe
from credit_risk.registry import Registered
from credit_risk.serving.api import create_app
from credit_risk.zone import Book, Model, Trained

CALLERS, RECENT = 6, 100


@pytest.fixture
def own(zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("CREDIT_RISK_TODAY", END)
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    return copy_zone(zone, tmp_path / "zone", monkeypatch)


def _other(own: Book, trained: Trained) -> Registered:
    """Register another model of the champion's recipe, quickly made."""
    learner = LearnerRule(rounds=5, params={"num_leaves": 4}, seeds=[3])
    recipe = trained.recipe.model_copy(
        update={"learner": learner, "variants": [], "challengers": [], "gates": []}
    )
    model, _ = train_recipe(own.rules, own.catalogue, recipe, trained.training, trained.groups)
    saved = save_model(model, own.models, Wording.of(own.catalogue, model.names).to_json())
    made = Trained(recipe, Model(saved), trained.training, trained.groups, own.models / saved.model_id)
    return own.register(made, own.evaluate(made))


class Callers:
    """Callers of scores, one at a time and in batches, until told to stop."""

    def __init__(self, address: str, key: str, subjects: list[str]) -> None:
        self.over, self.statuses = threading.Event(), Counter[int]()
        self.told: dict[str, dict[str, tuple[Any, ...]]] = {}
        self.wrong: list[str] = []
        self.recent: deque[str] = deque(maxlen=RECENT)
        self.threads = [
            threading.Thread(target=self._call, args=(address, key, subjects[n:] + subjects[:n]))
            for n in range(CALLERS)
        ]

    def __enter__(self) -> Callers:
        for one in self.threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for one in self.threads:
            one.join(60)

    def _call(self, address: str, key: str, subjects: list[str]) -> None:
        with httpx.Client(base_url=address, headers={"X-API-Key": key}, timeout=120) as client:
            while not self.over.is_set():
                for n in range(len(subjects)):
                    self._one(client, subjects[n])
                    if n % 7 == 0:
                        self._many(client, subjects[n : n + 20])
                    if self.over.is_set():
                        return

    def _one(self, client: httpx.Client, subject: str) -> None:
        told = self._asked(client, "/v1/score", {"subject": subject, "scene": "tax"})
        if told is not None:
            self._keep(told, told["snapshot_id"])

    def _many(self, client: httpx.Client, subjects: list[str]) -> None:
        told = self._asked(client, "/v1/scores", {"subjects": subjects, "scene": "tax"})
        for one in told["items"] if told is not None else []:
            self._keep(one, told["snapshot_id"])

    def _asked(self, client: httpx.Client, path: str, body: dict[str, Any]) -> Any:
        """Return what was answered, None when nothing was told."""
        try:
            answer = client.post(path, json=body)
        except httpx.HTTPError as problem:
            self.wrong.append(repr(problem))
            return None
        self.statuses[answer.status_code] += 1
        return answer.json() if answer.status_code == 200 else None

    def _keep(self, one: dict[str, Any], snapshot_id: str) -> None:
        """Keep what was told; the same snapshot never says two things."""
        self.recent.append(snapshot_id)
        said = (one["model_id"], one["pd"], one["grade"], one["score"])
        if self.told.setdefault(snapshot_id, {}).setdefault(one["subject"], said) != said:
            self.wrong.append(f"{snapshot_id} {said}")

    def wait_for(self, snapshot_id: str) -> None:
        """Wait until nobody is told of any other snapshot any more."""
        ends = time.monotonic() + 240
        while list(self.recent) != [snapshot_id] * RECENT:
            assert time.monotonic() < ends, f"{snapshot_id} is not served"
            time.sleep(0.05)


@pytest.fixture
def callers(own: Book) -> Iterator[Callers]:
    table = own.snapshots.read(str(own.snapshots.current()))
    app = create_app(at_ease(own.rules))
    key = app.state.desk.keys.make("负载", "system", ["tax"])
    with listening(app) as address:
        yield Callers(address, key, table.loc[table["scorable"], "subject"].tolist()[:60])


def test_promotion_and_rollback_under_load_refuse_nobody(
    own: Book, trained: Trained, callers: Callers
) -> None:
    recipe = own.recipe().recipe
    before, first = own.registry.champion(recipe), str(own.snapshots.current())
    other = _other(own, trained)
    assert before is not None and other.model_id != before.model_id
    with callers:
        callers.wait_for(first)
        own.registry._enthrone(recipe, other, "promote", "张三", "季度重训")  # its gates are tested apart
        promoted = own.score(END).id
        own.snapshots.publish(promoted)
        callers.wait_for(promoted)
        assert own.registry.rollback(recipe, by="李四", reason="误报偏多").model_id == before.model_id
        back = own.score(END).id
        own.snapshots.publish(back)
        callers.wait_for(back)
    assert set(callers.statuses) == {200} and not callers.wrong, (callers.statuses, callers.wrong[:3])
    assert callers.statuses[200] > 3 * RECENT
    models = {one: {said[0] for said in told.values()} for one, told in callers.told.items()}
    assert models[first] == models[back] == {before.model_id} and models[promoted] == {other.model_id}
    assert set(models) == {first, promoted, back}
    for snapshot_id, told in callers.told.items():
        rows = own.snapshots.read(snapshot_id).set_index("subject")
        assert all(said[1] == rows.at[subject, "pd"] for subject, said in told.items())
