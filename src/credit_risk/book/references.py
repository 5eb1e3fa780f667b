"""Check that what entries of a book name exists.

Expressions (``value``, ``where``, ``when``) are checked where they are compiled, on the features floor.
"""

from __future__ import annotations

from collections.abc import Iterable

from credit_risk.book.load import MARK, RawBook
from credit_risk.book.network_references import check_networks
from credit_risk.book.policy_references import check_policy
from credit_risk.book.same_references import check_same_facts
from credit_risk.errors import BookError, nearest

__all__ = ["check_references"]

RECORD_TARGETS = (
    "subject",
    "source_record_id",
    "event_date",
    "received_at",
    "usable_from",
    "usable_until",
)
RELATION_TARGETS = (
    "src",
    "dst",
    "weight",
    "source_record_id",
    "valid_from",
    "valid_to",
    "received_at",
)
NEEDED = {"records": ("subject", "event_date"), "relations": ("src", "dst", "valid_from")}


def check_references(raw: RawBook) -> None:
    """Raise BookError at the first entry that names something the book does not hold."""
    _check_sources(raw)
    _check_identity(raw)
    check_same_facts(raw)
    _check_indicators(raw)
    check_networks(raw)
    _check_recipes(raw)
    _check_ladders(raw)
    _check_signals(raw)
    _check_lanes(raw)
    check_policy(raw)
    _check_scenes(raw)
    _check_remedies(raw)
    _check_segments(raw)


def _check_scenes(raw: RawBook) -> None:
    for name, scene in raw.entries["scenes"].items():
        for kind in scene.barred:
            _must(raw, "scenes", name, "barred", kind, raw.entries["records"], "a record type")


def _must(raw: RawBook, kind: str, name: str, key: str, word: str, known: Iterable[str], what: str) -> None:
    known = list(known)
    if word not in known:
        raise raw.places[(kind, name)].error(key, what, word, nearest(word, known))


def _check_remedies(raw: RawBook) -> None:
    records = raw.entries["records"]
    for name, harmless in raw.entries["harmless"].items():
        _must(raw, "harmless", name, "record", harmless.record, records, "a record type")
    for name, remedy in raw.entries["remedies"].items():
        _must(raw, "remedies", name, "record", remedy.record, records, "a record type")
        if remedy.add is not None:
            _must(raw, "remedies", name, "add", remedy.add, records, "a record type")
        for field in remedy.gives:
            known = records[remedy.add or remedy.record].fields
            _must(raw, "remedies", name, f"gives.{field}", field, known, "a field of the type")


def _check_segments(raw: RawBook) -> None:
    for name, place in raw.settings.segments.items():
        kind, field = place.split(".")
        if kind not in raw.entries["records"] or field not in raw.entries["records"][kind].fields:
            came, known = f"segments.{name}", raw.entries["records"]
            raise BookError(
                file=MARK, line=0, key=came, expected="record.field", came=place, hint=nearest(kind, known)
            )


def _check_identity(raw: RawBook) -> None:
    rule, records = raw.settings.identity, raw.entries["records"]
    if rule is None:
        return
    wanted: list[tuple[str, tuple[str, ...]]] = []
    if rule.codes:
        wanted.append((rule.codes, ("scheme", "value", "until")))
    if rule.names:
        kind, field = rule.names.split(".")
        wanted.append((kind, (field,)))
    for kind, fields in wanted:
        if kind not in records or not set(fields) <= set(records[kind].fields):
            raise BookError(
                file=MARK,
                line=0,
                key="identity",
                expected=f"a record type with the fields {', '.join(fields)}",
                came=kind,
                hint=nearest(kind, records),
            )


def _check_sources(raw: RawBook) -> None:
    records, relations = raw.entries["records"], raw.entries["relations"]
    for name, source in raw.entries["sources"].items():
        place = raw.places[("sources", name)]
        _must(raw, "sources", name, "to", source.to, [*records, *relations], "a record or relation type")
        if (source.files is None) == (source.query is None):
            raise place.error("files", "either files or query", "both" if source.files else "none")
        if source.database and not source.query:
            raise place.error("query", "SQL that reads the database", None)
        kind = "records" if source.to in records else "relations"
        targets = (
            [*RECORD_TARGETS, "target", *records[source.to].fields]
            if kind == "records"
            else list(RELATION_TARGETS)
        )
        for target, column in source.map.items():
            _must(raw, "sources", name, f"map.{target}", target, targets, "a field of the type")
            if (column.column is None) == (column.constant is None):
                raise place.error(f"map.{target}", "either column or constant", column.column)
            if column.record_of:
                _must(
                    raw,
                    "sources",
                    name,
                    f"map.{target}.record_of",
                    column.record_of,
                    raw.entries["sources"],
                    "a source",
                )
        for target in NEEDED[kind]:
            if target not in source.map:
                raise place.error("map", f"a column for {target}", sorted(source.map))


def _check_indicators(raw: RawBook) -> None:
    for name, indicator in raw.entries["indicators"].items():
        place = raw.places[("indicators", name)]
        if sum(bool(s) for s in (indicator.from_, indicator.over, indicator.network)) > 1:
            raise place.error("over", "one of from, over and network", "several")
        if indicator.network:
            known = raw.entries["networks"]
            _must(raw, "indicators", name, "network", indicator.network, known, "a network")
        if indicator.from_:
            _must(raw, "indicators", name, "from", indicator.from_, raw.entries["records"], "a record type")
        if indicator.over and indicator.over.relation != "any":
            for relation in indicator.over.relation:
                _must(
                    raw,
                    "indicators",
                    name,
                    "over.relation",
                    relation,
                    raw.entries["relations"],
                    "a relation type",
                )
        _must(raw, "indicators", name, "tree", indicator.tree, raw.entries["tree"], "a node of the tree")
        if indicator.risk == "none" and indicator.input and not indicator.why:
            raise place.error("why", "a reason, because risk is none", None)


def _check_recipes(raw: RawBook) -> None:
    for name, outcome in raw.entries["outcomes"].items():
        for rule in outcome.any:
            _must(raw, "outcomes", name, "any", rule.from_, raw.entries["records"], "a record type")
    for name, recipe in raw.entries["recipes"].items():
        _must(raw, "recipes", name, "outcome", recipe.outcome, raw.entries["outcomes"], "an outcome")
        place = raw.places[("recipes", name)]
        subjects = recipe.observations.subjects or "registration"
        _must(
            raw, "recipes", name, "observations.subjects", subjects, raw.entries["records"], "a record type"
        )
        listed = recipe.observations.from_
        if listed:
            _must(raw, "recipes", name, "observations.from", listed, raw.entries["records"], "a record type")
        elif not (recipe.observations.first and recipe.observations.last):
            raise place.error("observations", "from, or first and last", "neither")
        _check_split(raw, name)
        for score in [*(b.score for b in recipe.baselines), *recipe.beside]:
            _must(raw, "recipes", name, "baselines", score, raw.entries["indicators"], "an indicator")
        for relation in recipe.split.families.relations if recipe.split.families else []:
            known = raw.entries["relations"]
            _must(raw, "recipes", name, "split.families.relations", relation, known, "a relation type")
        if recipe.weights:
            _must(
                raw,
                "recipes",
                name,
                "weights.from",
                recipe.weights.from_,
                raw.entries["records"],
                "a record type",
            )
        for key, others in (("heads", recipe.heads), ("terms", recipe.terms)):
            for other in others:
                _must(raw, "recipes", name, key, other, raw.entries["recipes"], "a recipe")
        _check_challenger(raw, name)


def _check_challenger(raw: RawBook, name: str) -> None:
    """Refuse what only trees that stand alone can do, and a partner that does not see the same rows."""
    recipe, place = raw.entries["recipes"][name], raw.places[("recipes", name)]
    for relation in recipe.learner.relations:
        known = raw.entries["relations"]
        _must(raw, "recipes", name, "learner.relations", relation, known, "a relation type")
    if recipe.learner.kind != "graph-network" and not recipe.blend_with:
        return
    for key in ("variants", "challengers", "weights"):
        if getattr(recipe, key):
            raise place.error(key, "nothing beside a network or a blend", "something")
    if recipe.split.walk_months:
        raise place.error(
            "split.walk_months", "nothing beside a network or a blend", recipe.split.walk_months
        )
    if recipe.blend_with:
        recipes = raw.entries["recipes"]
        _must(raw, "recipes", name, "blend_with", recipe.blend_with, recipes, "a recipe")
        partner = recipes[recipe.blend_with]
        for key in ("outcome", "horizon", "observations", "split"):
            if getattr(partner, key) != getattr(recipe, key):
                raise place.error("blend_with", f"a recipe of the same {key}", recipe.blend_with)
        if partner.blend_with:
            raise place.error("blend_with", "a recipe that blends with none itself", recipe.blend_with)


def _check_ladders(raw: RawBook) -> None:
    for name, ladder in raw.entries["ladders"].items():
        for step in ladder.steps:
            _must(raw, "ladders", name, "steps", step, raw.entries["recipes"], "a recipe")
            if ladder.now not in raw.entries["recipes"][step].beside:
                place = raw.places[("ladders", name)]
                raise place.error("now", f"an indicator that recipe {step} carries beside", ladder.now)


def _check_split(raw: RawBook, name: str) -> None:
    recipe, place = raw.entries["recipes"][name], raw.places[("recipes", name)]
    split = recipe.split
    if split.kind == "parts":
        leaked = [part for part in split.train if "test" in part or "validation" in part]
        if leaked:
            raise place.error("split.train", "no part called validation or test", leaked)
        return
    if not (split.train_until and split.test_from):
        raise place.error("split", "train_until and test_from", split.kind)
    earliest = recipe.horizon.after(split.train_until)
    if split.test_from < earliest:
        raise place.error(
            "split.test_from",
            f"{earliest} or later (train_until plus one horizon of {recipe.horizon})",
            str(split.test_from),
        )


def _check_lanes(raw: RawBook) -> None:
    for name, lane in raw.settings.alerts.lanes.items():
        for code in lane.signals:
            if code not in raw.entries["signals"]:
                key, known = f"alerts.lanes.{name}.signals", raw.entries["signals"]
                raise BookError(
                    file=MARK, line=0, key=key, expected="a signal", came=code, hint=nearest(code, known)
                )


def _check_signals(raw: RawBook) -> None:
    known = raw.entries
    for name, signal in known["signals"].items():
        for indicator in signal.evidence:
            _must(raw, "signals", name, "evidence", indicator, known["indicators"], "an indicator")
        for head in signal.heads:
            _must(raw, "signals", name, "heads", head, known["outcomes"], "an outcome")
        for kind in signal.silence_of:
            _must(raw, "signals", name, "silence_of", kind, known["records"], "a record type")
    for name, anomaly in known["anomalies"].items():
        for indicator in anomaly.over:
            _must(raw, "anomalies", name, "over", indicator, known["indicators"], "an indicator")
    for name, model in known["event_models"].items():
        _must(raw, "event_models", name, "population", model.population, known["recipes"], "a recipe")
        for head in [model.outcome, *model.heads]:
            _must(raw, "event_models", name, "heads", head, known["outcomes"], "an outcome")
        for indicator in model.also:
            _must(raw, "event_models", name, "also", indicator, known["indicators"], "an indicator")
