"""The stage graph: order, layers, closure and the selector grammar, on `graphlib`."""

from __future__ import annotations

import difflib
import fnmatch
import graphlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from okrseed.errors import UsageError

_TERM = re.compile(r"^(?:(?P<up>\d*)\+)?(?P<name>[^+]+?)(?:\+(?P<down>\d*))?$")
_UNLIMITED = 1_000_000


class CycleError(UsageError):
    """The stages depend on one another in a circle; the message names the path."""

    default_code = "stage_cycle"


@dataclass(frozen=True)
class Graph:
    """A directed acyclic graph of stage ids; `needs` maps each stage to what it depends on, in declared order."""

    needs: Mapping[str, tuple[str, ...]]
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    priority: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for stage, needs in self.needs.items():
            for need in needs:
                if need not in self.needs:
                    raise UsageError(f"stage {stage!r} depends on {need!r}, which does not exist", code="unknown_stage")
        try:
            graphlib.TopologicalSorter(self.needs).prepare()
        except graphlib.CycleError as error:
            # graphlib lists the path against the direction of dependence; ours reads "a needs b needs a".
            path = " needs ".join(reversed(error.args[1]))
            raise CycleError(f"the stages depend on one another in a circle: {path}") from None

    def order(self) -> tuple[str, ...]:
        """Every stage after what it needs; ties by priority (higher first), then by declaration."""
        return tuple(stage for layer in self.layers() for stage in layer)

    def one_by_one(self, size: Callable[[str], float]) -> tuple[str, ...]:
        """Every stage after what it needs; of those that are ready the smallest first, ties as in `order`."""
        sorter = self.scheduler()
        sequence: list[str] = []
        ready: set[str] = set()
        while sorter.is_active():
            ready.update(sorter.get_ready())
            smallest = min(self.ranked(ready), key=size)
            ready.remove(smallest)
            sequence.append(smallest)
            sorter.done(smallest)
        return tuple(sequence)

    def layers(self) -> tuple[tuple[str, ...], ...]:
        """Stages that could run side by side, layer by layer; sorted within a layer as in `order`."""
        sorter = self.scheduler()
        layers: list[tuple[str, ...]] = []
        while sorter.is_active():
            ready = self.ranked(sorter.get_ready())
            layers.append(ready)
            sorter.done(*ready)
        return tuple(layers)

    def scheduler(self) -> graphlib.TopologicalSorter[str]:
        """A prepared `TopologicalSorter`: `get_ready` and `done` drive a run."""
        sorter = graphlib.TopologicalSorter(self.needs)
        sorter.prepare()
        return sorter

    def ranked(self, stages: Iterable[str]) -> tuple[str, ...]:
        """The stages by priority (higher first), then by declaration."""
        position = {stage: index for index, stage in enumerate(self.needs)}
        return tuple(sorted(stages, key=lambda stage: (-self.priority.get(stage, 0), position[stage])))

    def ancestors(self, stage: str, depth: int = _UNLIMITED) -> frozenset[str]:
        """What `stage` needs, up to `depth` steps away, itself excluded."""
        return self._reach(stage, self.needs, depth)

    def descendants(self, stage: str, depth: int = _UNLIMITED) -> frozenset[str]:
        """What needs `stage`, up to `depth` steps away, itself excluded."""
        needed_by: dict[str, tuple[str, ...]] = dict.fromkeys(self.needs, ())
        for name, needs in self.needs.items():
            for need in needs:
                needed_by[need] += (name,)
        return self._reach(stage, needed_by, depth)

    def closure(self, stages: Iterable[str]) -> frozenset[str]:
        """The stages and everything they need."""
        chosen = frozenset(stages)
        return chosen.union(*(self.ancestors(stage) for stage in chosen))

    def subset(self, stages: Iterable[str]) -> Graph:
        """The graph of some stages; a dependence through a stage left out stays a dependence."""
        kept = frozenset(stages)
        needs = {
            stage: tuple(other for other in self.order() if other in kept and other in self.ancestors(stage))
            for stage in self.needs
            if stage in kept
        }
        return Graph(needs, self.tags, self.priority)

    def select(self, selector: str) -> frozenset[str]:
        """The stages a selector names.

        Grammar: `okrs`, `+okrs` (and what it needs), `okrs+` (and what needs it), `2+okrs`, `tag:people`, globs;
        a space is a union, a comma an intersection. Raises UsageError with the place in the string and the nearest
        name.
        """
        union: set[str] = set()
        position = 0
        for word in selector.split(" "):
            if word:
                union |= self._intersection(word, selector, position)
            position += len(word) + 1
        if not union:
            raise UsageError(f"the stage selector {selector!r} is empty", code="unknown_stage")
        return frozenset(union)

    def _intersection(self, word: str, selector: str, position: int) -> frozenset[str]:
        chosen: frozenset[str] | None = None
        for term in word.split(","):
            found = self._term(term, selector, position)
            chosen = found if chosen is None else chosen & found
            position += len(term) + 1
        return chosen or frozenset()

    def _term(self, term: str, selector: str, position: int) -> frozenset[str]:
        match = _TERM.match(term)
        if match is None:
            raise UsageError(
                f"cannot read {term!r} at character {position + 1} of the stage selector {selector!r}",
                code="unknown_stage",
                hint="Write a stage id, +id, id+, 2+id, tag:name or a glob.",
            )
        found = self._named(match["name"])
        if not found:
            raise UsageError(
                f"no stage matches {match['name']!r} at character {position + match.start('name') + 1} of {selector!r}",
                code="unknown_stage",
                hint=nearest(match["name"], [*self.needs, *self._tag_names()]),
            )
        result = set(found)
        for stage in found:
            if match["up"] is not None:
                result |= self.ancestors(stage, _steps(match["up"]))
            if match["down"] is not None:
                result |= self.descendants(stage, _steps(match["down"]))
        return frozenset(result)

    def _named(self, name: str) -> frozenset[str]:
        if name.startswith("tag:"):
            return frozenset(stage for stage in self.needs if name[4:] in self.tags.get(stage, frozenset()))
        return frozenset(stage for stage in self.needs if fnmatch.fnmatchcase(stage, name))

    def _tag_names(self) -> list[str]:
        return sorted({f"tag:{tag}" for tags in self.tags.values() for tag in tags})

    @staticmethod
    def _reach(stage: str, edges: Mapping[str, tuple[str, ...]], depth: int) -> frozenset[str]:
        found: set[str] = set()
        border = {stage}
        while border and depth > 0:
            border = {other for name in border for other in edges[name]} - found
            found |= border
            depth -= 1
        return frozenset(found)


def _steps(digits: str) -> int:
    """A number of steps; none given, or more digits than any graph has stages, means all the way."""
    return int(digits) if 0 < len(digits) < len(str(_UNLIMITED)) else _UNLIMITED


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that offers the nearest known names, for a name that matched nothing."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    offer = f"Did you mean {close[0]!r}? " if close else ""
    return f"{offer}Known: {', '.join(names)}."
