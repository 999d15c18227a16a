"""The stage graph: order, layers, closure, subsets, and errors that name the path."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrseed.blueprint import stage_graph
from okrseed.errors import UsageError
from okrseed.graph import CycleError, Graph
from tests.core.library import Library
from tests.core.properties import pure

LIBRARY = stage_graph(Library())


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Acyclic graphs of up to six stages, declared in an order that has nothing to do with their edges."""
    names = [f"stage{number}" for number in range(draw(st.integers(1, 6)))]
    needs = {name: tuple(other for other in names[:place] if draw(st.booleans())) for place, name in enumerate(names)}
    declared = draw(st.permutations(names))
    priority = draw(st.dictionaries(st.sampled_from(names), st.integers(-2, 2)))
    return Graph({name: needs[name] for name in declared}, priority=priority)


def reachable(needs: Mapping[str, tuple[str, ...]], stage: str) -> set[str]:
    """What a stage needs, directly and through others, by definition."""
    direct = set(needs[stage])
    return direct.union(*(reachable(needs, need) for need in direct))


def test_the_library_is_ordered_by_need_and_then_by_priority() -> None:
    assert LIBRARY.order() == ("branch", "authors", "shelves", "books", "loans")


def test_stages_that_could_run_side_by_side_share_a_layer() -> None:
    assert LIBRARY.layers() == (("branch",), ("authors", "shelves"), ("books",), ("loans",))


def test_equal_priorities_fall_back_to_the_declared_order() -> None:
    graph = Graph({"zebra": (), "apple": (), "mango": ()}, priority={"mango": 1})
    assert graph.order() == ("mango", "zebra", "apple")


@given(graphs())
@pure
def test_every_stage_comes_after_what_it_needs(graph: Graph) -> None:
    place = {stage: index for index, stage in enumerate(graph.order())}
    assert all(place[need] < place[stage] for stage, needs in graph.needs.items() for need in needs)


@given(graphs())
@pure
def test_a_layer_is_ready_as_soon_as_the_layers_before_it_are_done(graph: Graph) -> None:
    done: set[str] = set()
    for layer in graph.layers():
        ready = {stage for stage in graph.needs if stage not in done and done.issuperset(graph.needs[stage])}
        assert set(layer) == ready
        done |= ready
    assert done == set(graph.needs)


@given(graphs())
@pure
def test_a_layer_is_ranked_by_priority_and_then_by_declaration(graph: Graph) -> None:
    declared = list(graph.needs)
    for layer in graph.layers():
        ranks = [(-graph.priority.get(stage, 0), declared.index(stage)) for stage in layer]
        assert ranks == sorted(ranks)


def test_one_by_one_the_smallest_that_is_ready_comes_first() -> None:
    graph = Graph({"root": (), "large": ("root",), "last": ("large",), "small": ("root",), "tie": ("root",)})
    sizes = {"root": 9.0, "large": 8.0, "last": 1.0, "small": 2.0, "tie": 2.0}
    assert graph.one_by_one(sizes.__getitem__) == ("root", "small", "tie", "large", "last")


@given(graphs())
def test_one_by_one_every_stage_comes_after_what_it_needs(graph: Graph) -> None:
    sequence = graph.one_by_one(len)
    assert sorted(sequence) == sorted(graph.needs)
    for stage, needs in graph.needs.items():
        assert all(sequence.index(need) < sequence.index(stage) for need in needs)


def test_a_cycle_is_an_error_that_names_the_path_in_the_direction_of_need() -> None:
    with pytest.raises(CycleError, match=r"in a circle") as caught:
        Graph({"start": (), "hen": ("egg", "start"), "egg": ("nest",), "nest": ("hen",)})
    path = caught.value.message.rpartition(": ")[2].split(" needs ")
    assert set(itertools.pairwise(path)) == {("hen", "egg"), ("egg", "nest"), ("nest", "hen")}


def test_a_cycle_of_one_stage_is_named_too() -> None:
    with pytest.raises(CycleError, match="hen needs hen"):
        Graph({"hen": ("hen",)})


def test_a_need_that_does_not_exist_is_an_error_that_names_both_stages() -> None:
    with pytest.raises(UsageError, match="'hen' depends on 'egg'"):
        Graph({"hen": ("egg",)})


@given(graphs(), st.data())
@pure
def test_a_subset_keeps_the_dependences_that_go_through_stages_left_out(graph: Graph, data: st.DataObject) -> None:
    kept = graph.needs.keys() - data.draw(st.sets(st.sampled_from(list(graph.needs))))
    subset = graph.subset(kept)
    assert set(subset.needs) == kept
    for stage in kept:
        assert reachable(subset.needs, stage) == reachable(graph.needs, stage) & kept


def test_a_subset_of_the_ends_of_a_chain_is_still_a_chain() -> None:
    assert LIBRARY.subset(["loans", "branch"]).needs == {"branch": (), "loans": ("branch",)}


@given(graphs(), st.data())
@pure
def test_the_closure_is_the_chosen_stages_and_all_they_need(graph: Graph, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(list(graph.needs))))
    assert graph.closure(chosen) == chosen.union(*(reachable(graph.needs, stage) for stage in chosen))


@given(graphs())
@pure
def test_descendants_are_the_reverse_of_ancestors(graph: Graph) -> None:
    for stage, other in itertools.product(graph.needs, repeat=2):
        assert (other in graph.descendants(stage)) == (stage in graph.ancestors(other))


def test_ancestors_stop_at_the_depth_that_is_asked_for() -> None:
    assert LIBRARY.ancestors("loans", 2) == {"books", "authors", "shelves"}
