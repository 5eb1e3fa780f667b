"""The relation graph of an enterprise, and why two enterprises are related."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from credit_risk.graph.views import Node, Tie, ego_of, paths_between
from credit_risk.serving.console.namesakes import choices_of, titles_of
from credit_risk.serving.console.picture import named_apart, placed, written
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, may, note
from credit_risk.serving.desk import Desk, Published
from credit_risk.serving.directory import Directory, Entry

__all__ = ["Picture", "alike", "meant_by", "picture_of", "router"]

router = APIRouter()
WIDTH, HEIGHT, MARGIN = 1000, 640, 60
MOST = 300
LABELLED = 40  # of so many nodes only the enterprise itself is named in the picture
PATHS = 10  # the shortest ones; a hub would give thousands
FEW = 12


@router.get("/enterprises/{subject}/relations")
def relations(
    request: Request,
    desk: AtDesk,
    look: Annotated[Look, Depends(may("score.read"))],
    subject: str,
    hops: Annotated[int, Query(ge=1, le=4)] = 2,
    to: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Return the picture of the neighbourhood, its relations as a table, and the paths to another enterprise."""
    published, network = desk.published(), desk.network()
    if published is None or network is None:
        raise HTTPException(404)
    directory = published.directory
    picture = picture_of(desk, look, published, subject, hops, MOST)
    meant = alike(directory, to, {n["id"] for n in picture.nodes})
    target = meant_by(meant, to)
    paths = paths_between(network, subject, target, most=PATHS) if to and target else []
    names = {n["id"]: n["name"] for n in picture.nodes}
    names |= {node: _name(look, published, node) for path in paths for node in path.nodes}
    note(desk, look, "relations.read", subject)
    titles = {name: rule.title for name, rule in desk.rules.relations.items()}
    others = choices_of(desk, [one for one in meant if one.subject != target])
    named_as = directory.entry(target).name if target else None
    return page(
        request, look, "relations.html", subject=subject, entry=directory.entry(subject), picture=picture,
        hops=hops, to=to, target=target, named_as=named_as, meant=others, titles_of=titles_of(desk),
        paths=paths, names=names, titles=titles, most=PATHS,
    )  # fmt: skip


def alike(directory: Directory, asked: str, near: set[str]) -> list[Entry]:
    """Return who may be meant by a code or name: those of just that name first, of these the ``near`` ones.

    Many enterprises share a name, and the first of them may be a stranger.
    """
    found = directory.find(asked)
    exact = asked.strip()
    return sorted(found, key=lambda one: (exact not in (one.subject, one.name), one.subject not in near))


def meant_by(found: list[Entry], asked: str) -> str | None:
    """Return the code that a code or name means, itself where nobody was found; None where several may be meant."""
    exact = asked.strip()
    named = [one for one in found if exact.upper() == one.subject] or [o for o in found if exact == o.name]
    if not found:
        return exact.upper()
    sure = named or found
    return sure[0].subject if len(sure) == 1 else None


@dataclass(frozen=True, slots=True)
class Picture:
    """A neighbourhood placed on a sheet: nodes with their grade, ties with both ends, and how many were left out."""

    nodes: list[dict[str, Any]]
    ties: list[tuple[Tie, dict[str, Any], dict[str, Any]]]
    left_out: int
    width: int = WIDTH
    height: int = HEIGHT


def picture_of(desk: Desk, look: Look, published: Published, subject: str, hops: int, most: int) -> Picture:
    """Return the picture of an enterprise's neighbourhood as known at the published snapshot's t."""
    network = desk.network()
    if network is None:
        return Picture([], [], 0)
    ego = ego_of(network, subject, hops, most)
    height = HEIGHT if len(ego.nodes) > FEW else HEIGHT // 2
    shared = {end: tie.kind for tie in ego.ties for end in (tie.src, tie.dst)}
    nodes = [
        _placed(
            node,
            published,
            _name(look, published, node.id),
            _titled(desk, look, published, node.id, shared),
        )
        for node in ego.nodes
    ]
    placed(nodes, WIDTH, height, MARGIN)
    named_apart(nodes)
    written(nodes if len(nodes) < LABELLED else nodes[:1], WIDTH)  # the enterprise itself stands first
    at = {n["id"]: n for n in nodes}
    return Picture(nodes, [(tie, at[tie.src], at[tie.dst]) for tie in ego.ties], ego.left_out, height=height)


def _titled(desk: Desk, look: Look, published: Published, node: str, shared: dict[str, str]) -> str:
    """Return the title of a node; what is neither enterprise nor person is called after the relation to it."""
    kind, colon, rest = node.partition(":")
    if not colon or kind == "person" or node not in shared:
        return _name(look, published, node)
    return f"{look.text(desk.rules.relations[shared[node]].title)} {rest}"


def _name(look: Look, published: Published, node: str) -> str:
    kind, colon, rest = node.partition(":")
    if not colon:
        return published.directory.entry(node).name
    return f"{look.say('自然人', 'person')} #{node[-6:]}" if kind == "person" else rest


def _placed(node: Node, published: Published, name: str, title: str) -> dict[str, Any]:
    scores = published.scores
    grade = scores.at[node.id, "grade"] if node.id in scores.index else None
    return {
        "id": node.id, "kind": node.kind, "steps": node.steps, "name": name, "title": title,
        "grade": grade if isinstance(grade, str) else None,
        "x": node.x, "y": node.y, "label": _label(node, title),
    }  # fmt: skip


def _label(node: Node, name: str) -> str:
    """Return what is written beside a node: an enterprise by the telling part of its name, others without their id."""
    if node.kind == "enterprise":
        return name.removeprefix("上海").removesuffix("有限公司")[:8]
    return name.rpartition(" ")[0] or name
