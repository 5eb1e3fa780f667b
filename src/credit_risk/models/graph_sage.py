"""A heterogeneous graph network as challenger: GraphSAGE with own weights for every kind and direction of relation.

    h(i, 0)   = relu( U what is known of i itself )
    h(i, k+1) = relu( W_k h(i, k) + sum over kinds r of  V_k,r mean over drawn neighbours j of i by r of h(j, k) )

Minibatches of enterprises with at most ``fanout`` neighbours a kind and step, on the processor. PyTorch comes with the
extra ``graph`` and is loaded when something is fitted, so that nobody else waits for it.

Source: Hamilton, Ying and Leskovec (2017), Inductive representation learning on large graphs; Schlichtkrull et al.
(2018), Modeling relational data with graph convolutional networks, for weights by relation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from credit_risk.graph.ties import Ints, Ties

__all__ = ["GraphSage", "Surroundings", "surroundings_of"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Surroundings:
    """Nodes with what is known of them, shape (nodes, columns), and for every kind and direction who is beside whom.

    ``beside[kind]`` is (start, neighbours): those of node i are ``neighbours[start[i]:start[i + 1]]``.
    """

    known: Floats
    beside: dict[str, tuple[Ints, Ints]]


def surroundings_of(ties: Ties, known: Floats, kinds: Iterable[str]) -> Surroundings:
    """Return the surroundings of all nodes of ``ties`` by the relations ``kinds``, each in both directions.

    What is known of a node must be finite; nodes on the stop list pass nothing on.
    """
    if known.shape[0] != ties.size or not np.isfinite(known).all():
        raise ValueError(f"expected finite numbers for {ties.size} nodes, came shape {known.shape}")
    beside = {}
    for kind in kinds:
        src, dst, _ = ties.edges[kind]
        for name, receiver, sender in ((kind, dst, src), (f"{kind} back", src, dst)):
            open_ = ~ties.stopped[sender]
            order = np.lexsort((sender[open_], receiver[open_]))
            counts = np.bincount(receiver[open_], minlength=ties.size)
            beside[name] = np.concatenate([[0], np.cumsum(counts)]), sender[open_][order]
    return Surroundings(known.astype(np.float32), beside)


class GraphSage(BaseEstimator):  # type: ignore[misc]
    """Two classes of nodes from what is known of them and of those around them.

    Parameters
    ----------
    hidden, steps, fanout : int
        Width, steps outwards, and neighbours drawn a kind and step while fitting; all of them count when scoring.
    epochs, batch : int
        Passes over the fitted nodes, and nodes of a minibatch.
    rate, dropout, decay : float
        Step size, share of hidden values left out while fitting, and weight decay (Adam).
    seed : int
        Of weights, order and sampling: the same seed and rows give the same scores on one machine.

    """

    def __init__(
        self,
        hidden: int = 32,
        steps: int = 2,
        fanout: int = 10,
        epochs: int = 30,
        batch: int = 256,
        rate: float = 0.005,
        dropout: float = 0.3,
        decay: float = 1e-3,
        seed: int = 1,
    ) -> None:
        self.hidden, self.steps, self.fanout, self.epochs = hidden, steps, fanout, epochs
        self.batch, self.rate, self.dropout, self.decay, self.seed = batch, rate, dropout, decay, seed

    def fit(self, around: Surroundings, nodes: Ints, bad: npt.ArrayLike) -> Self:
        """Fit on the labels (0 or 1) of ``nodes``; labels of others are never seen, what is known of them is."""
        with _one_thread():
            return self._fit(around, nodes, bad)

    def _fit(self, around: Surroundings, nodes: Ints, bad: npt.ArrayLike) -> Self:
        import torch

        torch.manual_seed(self.seed)
        rng = np.random.default_rng(self.seed)
        self.net_ = _network(around, self.hidden, self.steps, self.dropout)
        labels = torch.tensor(np.asarray(bad), dtype=torch.float32)
        optimiser = torch.optim.Adam(self.net_.parameters(), lr=self.rate, weight_decay=self.decay)
        self.net_.train()
        for _ in range(self.epochs):
            order = rng.permutation(len(nodes))
            for first in range(0, len(order), self.batch):
                chosen = order[first : first + self.batch]
                raw = self.net_(_blocks(around, nodes[chosen], self.steps, self.fanout, rng))
                loss = torch.nn.functional.binary_cross_entropy_with_logits(raw, labels[chosen])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        return self

    def decision_function(self, around: Surroundings, nodes: Ints) -> npt.NDArray[np.float64]:
        """Return the log-odds of being bad, shape (nodes,); not calibrated."""
        import torch

        check_is_fitted(self)
        self.net_.eval()
        parts = []
        with _one_thread(), torch.no_grad():
            for first in range(0, len(nodes), self.batch):
                blocks = _blocks(around, nodes[first : first + self.batch], self.steps, None, None)
                parts.append(self.net_(blocks).numpy().astype(np.float64))
        return np.concatenate(parts) if parts else np.zeros(0)

    def weights(self) -> str:
        """Return the fitted weights as JSON: name, shape and values as float32 say them."""
        check_is_fitted(self)
        told = {name: values.tolist() for name, values in sorted(self.net_.state_dict().items())}
        return json.dumps({"params": self.get_params(), "weights": told}, sort_keys=True) + "\n"


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let PyTorch use one thread: with several, sums are added in an order that may differ from run to run."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True)
class _Block:
    """One step inwards: which of the rows below are the nodes themselves, and who sends to whom by kind."""

    own: Ints
    pairs: dict[str, tuple[Ints, Ints]]


def _blocks(
    around: Surroundings, nodes: Ints, steps: int, most: int | None, rng: np.random.Generator | None
) -> tuple[Floats, list[_Block]]:
    """Return what is known of all nodes that matter, and the steps from there to ``nodes``."""
    blocks, front = [], nodes
    for _ in range(steps):
        drawn = {kind: _drawn(*found, front, most, rng) for kind, found in around.beside.items()}
        below = np.unique(np.concatenate([front, *(sender for _, sender in drawn.values())]))
        pairs = {
            k: (place, np.searchsorted(below, sender)) for k, (place, sender) in drawn.items() if len(place)
        }
        blocks.append(_Block(np.searchsorted(below, front), pairs))
        front = below
    return around.known[front], blocks[::-1]


def _drawn(
    start: Ints, beside: Ints, nodes: Ints, most: int | None, rng: np.random.Generator | None
) -> tuple[Ints, Ints]:
    """Return (place of the receiver, sender): all neighbours, or up to ``most`` drawn with replacement."""
    count = start[nodes + 1] - start[nodes]
    if most is None or rng is None:
        place = np.repeat(np.arange(len(nodes)), count)
        inner = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
    else:
        place = np.repeat(np.arange(len(nodes)), np.minimum(count, most))
        few = count[place] <= most
        ahead = np.cumsum(np.minimum(count, most)) - np.minimum(count, most)
        inner = np.where(
            few, np.arange(len(place)) - ahead[place], (rng.random(len(place)) * count[place]).astype(int)
        )
    return place, beside[start[nodes][place] + inner]


def _network(around: Surroundings, hidden: int, steps: int, dropout: float) -> Any:
    import torch

    class Net(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.names = {kind: f"kind{i}" for i, kind in enumerate(around.beside)}
            self.first = torch.nn.Linear(around.known.shape[1], hidden)
            self.own = torch.nn.ModuleList([torch.nn.Linear(hidden, hidden) for _ in range(steps)])
            self.other = torch.nn.ModuleList([
                torch.nn.ModuleDict({n: torch.nn.Linear(hidden, hidden, bias=False) for n in self.names.values()})
                for _ in range(steps)
            ])  # fmt: skip
            self.last = torch.nn.Linear(hidden, 1)
            self.drop = torch.nn.Dropout(dropout)

        def forward(self, told: tuple[Floats, list[_Block]]) -> Any:
            known, blocks = told
            below = self.drop(torch.relu(self.first(torch.from_numpy(known))))
            for own, other, block in zip(self.own, self.other, blocks, strict=True):
                total = own(below[torch.from_numpy(block.own)])
                for kind, (place, sender) in block.pairs.items():
                    total = total + other[self.names[kind]](_mean(below, place, sender, len(block.own)))
                below = self.drop(torch.relu(total))
            return self.last(below).squeeze(-1)

    return Net()


def _mean(below: Any, place: Ints, sender: Ints, size: int) -> Any:
    import torch

    at = torch.from_numpy(place)
    total = torch.zeros(size, below.shape[1]).index_add(0, at, below[torch.from_numpy(sender)])
    count = torch.zeros(size).index_add(0, at, torch.ones(len(place)))
    return total / count.clamp(min=1).unsqueeze(-1)
