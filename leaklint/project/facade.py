"""All facts, linked: what rules may ask about a project.

`load` links the facts; a `Project` answers questions about symbols, entry points and containers. Parts
are worked out when they are first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from leaklint.config import Settings
from leaklint.models import load_models
from leaklint.project.domains.domain import Domains
from leaklint.project.domains.lookups import is_looked_up
from leaklint.project.entries.entrypoints import EntryPoint, EntryPoints, as_rows
from leaklint.project.entries.reach import Reaches
from leaklint.project.linker.program import Program, Source, link
from leaklint.project.sources import Sources
from leaklint.project.storage.containers import Collector
from leaklint.project.storage.holders import Holders
from leaklint.project.storage.lifetimes import PROCESS, Lifetime, Lifetimes
from leaklint.project.storage.phases import Phases
from leaklint.project.storage.types import Types, load_containers
from leaklint.project.verdict.bounds import Bounds
from leaklint.project.verdict.findings import Findings
from leaklint.project.verdict.growth import Growths
from leaklint.project.verdict.inventory import rows
from leaklint.project.verdict.leaks import Judge, Leak
from leaklint.project.verdict.loops import Loops
from leaklint.project.verdict.pairs import left_to_clients, second_registries
from leaklint.project.verdict.uncalled import Uncalled
from leaklint.project.verdict.weighing import Weigher, Weighing
from leaklint.rule import Finding, Reach, Weigh

if TYPE_CHECKING:
    from leaklint.trees import Tree, Trees

Made = TypeVar("Made")

_APPLICATION_KINDS = frozenset({"route", "websocket", "tool"})
_SHUTDOWN_KINDS = frozenset({"shutdown"})
_OWN_KINDS = frozenset({"task", "background", "schedule", "thread", "signal", "startup", "shutdown", "hook"})
"""Entry points whose arguments the project itself makes up."""


class Project:
    """A linked project. Everything it returns is ordered and does not change."""

    def __init__(
        self,
        program: Program,
        settings: Settings,
        read: Callable[[str], str],
        weighers: Callable[[], Mapping[str, Weigh]] = dict,
        trees: Callable[[Program, Sources], Trees] | None = None,
    ) -> None:
        """`weighers` gives the rules' second opinions by code, `trees` a parser; neither is asked before need."""
        self.program = program
        self.settings = settings
        self.sources = Sources(read)
        self._rules = weighers
        self._make_trees = trees
        self._made: dict[Any, Any] = {}

    def once(self, make: Callable[[Project], Made]) -> Made:
        """What is made of the project at the first call, for all rules: `project.once(CacheJudge)`.

        The project itself keeps it: a weak map would hold every project by what refers to it.
        """
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    def read(self, path: str) -> str:
        """The text of a project file, '' where it can't be read."""
        return self.sources.text(path)

    def tree(self, function: int) -> Tree | None:
        """The concrete tree of the outermost function around a scope; None where it can't be parsed."""
        return self._trees.of(function) if self._trees is not None else None

    def _weighers(self) -> dict[str, Weigher]:
        return {code: partial(weigh, self) for code, weigh in self._rules().items()}

    @cached_property
    def _trees(self) -> Trees | None:
        return self._make_trees(self.program, self.sources) if self._make_trees is not None else None

    # Entry points and phases.

    @cached_property
    def _entries(self) -> EntryPoints:
        return EntryPoints(self.program, load_models(self.settings.entry_points), self.read)

    @property
    def entry_points(self) -> Sequence[EntryPoint]:
        """Every entry point found, also those that run once."""
        return self._entries.found

    @cached_property
    def phases(self) -> Phases:
        """When each function runs."""
        entries = self.entry_points
        return Phases(
            self.program,
            serving=[entry.function for entry in entries if entry.rhythm != "once"],
            once=[entry.function for entry in entries if entry.rhythm == "once" and entry.kind not in _SHUTDOWN_KINDS],
            shutdown=[entry.function for entry in entries if entry.kind in _SHUTDOWN_KINDS],
            is_application=any(entry.kind in _APPLICATION_KINDS for entry in entries),
        )

    @cached_property
    def reaches(self) -> Reaches:
        """Chains from entry points to functions."""
        return Reaches(self.program, self.phases, self.entry_points)

    def reach(self, *functions: int) -> tuple[Reach, ...]:
        """The entry points that reach any of the functions, nearest first."""
        return self.reaches.of(functions)

    # Containers.

    @cached_property
    def holders(self) -> Holders:
        """Access paths to the places that keep containers."""
        return Holders(self.program)

    @cached_property
    def lifetimes(self) -> Lifetimes:
        """How long instances of each class live."""
        answering = {
            entry.function for entry in self.entry_points if entry.rhythm != "once" and entry.kind not in _OWN_KINDS
        }
        endless = {entry.function for entry in self.entry_points if entry.kind == "loop"}
        return Lifetimes(self.program, self.holders, self.phases, self._entries.instance_lifetime, answering, endless)

    @cached_property
    def domains(self) -> Domains:
        """Where keys and elements come from."""
        params: dict[int, dict[str, str]] = {}
        for entry in self.entry_points:
            for name in entry.client_params if entry.kind not in _OWN_KINDS else ():
                if is_looked_up(self.program, entry.function, name):
                    continue
                params.setdefault(entry.function, {}).setdefault(name, self._client_words(entry, name))
        return Domains(self.program, self.holders, self.sources, params, self.phases.is_application)

    def _client_words(self, entry: EntryPoint, param: str) -> str:
        """How a finding speaks of a parameter that a client fills."""
        if re.search(rf"[<{{:(][^/]*\b{re.escape(param)}\b", entry.path):
            return f"path parameter {param}"
        return f"parameter {param} of {self.program.name_of(entry.function)}"

    @cached_property
    def leaks(self) -> tuple[Leak, ...]:
        """Every long-lived container with its verdict."""
        model = load_containers(self.settings.containers, self.settings.bounded_types)
        collector = Collector(self.program, self.holders, self.phases, model)
        growths = Growths(self.program, self.phases, self.domains, self.lifetimes, model.operations)
        containers = collector.containers()
        grown = frozenset(container.symbol for container in containers)
        bounds = Bounds(self.program, self.phases, model.operations, collector.loose_removals, grown)
        weighing = Weighing(self.program, self.phases, self.holders, self._weighers)
        judge = Judge(self.program, self.phases, self.lifetimes, growths, bounds, weighing)
        leaks = [judge.judge(container) for container in containers]
        types = Types(self.program, model, collector.evicting_classes)
        local = Loops(self.program, self.holders, self.phases, types, model.operations).containers()
        leaks += [judge.local(container) for container in local]
        judged = [leak for leak in leaks if leak is not None]
        called = Uncalled(self.program, self.reaches).judged(second_registries(judged, weighing))
        return left_to_clients(called, self.reaches, weighing)

    def findings(self, code: str) -> Iterator[Finding]:
        """The findings of one of the rules that speak of containers."""
        for leak in self.leaks:
            if code in leak.codes:
                yield self._findings.of(leak, code)

    @cached_property
    def _findings(self) -> Findings:
        return Findings(self.program, self.reaches)

    # What the command line prints.

    def inventory(self) -> list[dict[str, Any]]:
        """Every long-lived container, in the shape of `inventory --output-format json`."""
        return rows(self.program, self.leaks, self._findings)

    def endpoints(self) -> list[dict[str, Any]]:
        """Every entry point, in the shape of `endpoints --output-format json`."""
        return as_rows(self.program, self.entry_points)


def load(
    sources: Sequence[Source],
    settings: Settings,
    read: Callable[[str], str],
    weighers: Callable[[], Mapping[str, Weigh]] = dict,
    trees: Callable[[Program, Sources], Trees] | None = None,
) -> Project:
    """Link the facts of all files. `read` gives a file's text by its path relative to the root, or raises OSError."""
    return Project(link(sources), settings, read, weighers, trees)


__all__ = ["PROCESS", "EntryPoint", "Lifetime", "Project", "load"]
