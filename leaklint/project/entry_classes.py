"""Entry points that are methods: of classes below a known base, and of classes that are handed to a framework."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from leaklint.models import HTTP_METHODS, Rule
from leaklint.project.entry_calls import Calls
from leaklint.project.entry_trace import Tracer
from leaklint.project.program import Program


class Method(NamedTuple):
    """A function that a framework calls: by which rule, the methods of HTTP it answers, kind and path below."""

    function: int
    rule: Rule
    verbs: tuple[str, ...] = ()
    kind: str = ""
    path: str = ""


@lru_cache(maxsize=None)
def verb_of(hooks: tuple[str, ...], name: str) -> str:
    """The method of HTTP that a method's name stands for by patterns like `on_<verb>`."""
    for hook in hooks:
        for verb in HTTP_METHODS if "<" in hook else ():
            if name == hook.replace("<verb>", verb).replace("<VERB>", verb.upper()):
                return verb.upper()
    return ""


class HandlerClasses:
    """What is known of the classes of a project."""

    def __init__(self, program: Program, tracer: Tracer, calls: Calls) -> None:
        self.program = program
        self.tracer = tracer
        self._rules: dict[int, list[Rule]] = {}
        for cls, names in calls.bases.items():
            found = [known.rule for name in names for known in calls.words(name) if known.rule.bases]
            if found:
                self._rules[cls] = list({id(rule): rule for rule in found}.values())

    def known(self) -> Iterator[tuple[int, Rule]]:
        """Every class below a known base, with the rules for it."""
        for cls, rules in self._rules.items():
            for rule in rules:
                yield cls, rule

    def lifetime(self, cls: int) -> str | None:
        """How long an instance lives, by the first base that says so."""
        return next((rule.lifetime for rule in self._rules.get(cls, ()) if rule.lifetime), None)

    def functions(self, cls: int) -> Iterator[tuple[str, int]]:
        """The methods of a class that the project defines, with their names."""
        seen: set[str] = set()
        for base in self.program.mro(cls):
            if not isinstance(base, int):
                continue
            for name, slot in self.program.members(base).items():
                if name in seen:
                    continue
                seen.add(name)
                for target in self.tracer.targets(slot):
                    if self.program.scope(target.gid).kind in ("function", "lambda"):
                        yield name, target.gid

    def methods(self, cls: int, rule: Rule) -> Iterator[Method]:
        """The methods of a class that are entry points by a rule."""
        answers = any("<" in hook for hook in rule.hooks)
        for name, gid in self.functions(cls):
            verb = verb_of(rule.hooks, name)
            if verb:
                yield Method(gid, rule, (verb,), rule.kind)
            elif any(fnmatchcase(name, hook) for hook in rule.hooks):
                yield Method(gid, rule, (), "hook" if answers else rule.kind)

    def routed(self, cls: int, rule: Rule, suffix: str = "", made: bool = False) -> list[Method]:
        """The methods that a route to a class leads to."""
        for own in self._rules.get(cls, ()):
            found = [each for each in self.methods(cls, own) if each.kind == own.kind]
            if found:
                return found
        functions = list(self.functions(cls))
        hooks = tuple(f"{hook}_{suffix}" if suffix else hook for hook in rule.hooks or ("<verb>",))
        out = []
        for name, gid in functions:
            verb = verb_of(hooks, name)
            if verb or any("<" not in hook and fnmatchcase(name, hook) for hook in hooks):
                out.append(Method(gid, rule, (verb,) if verb else (), rule.kind))
        if out:
            return out
        wanted = "__call__" if made or any(name == "__call__" for name, _ in functions) else "__init__"
        return [Method(gid, rule, (), rule.kind) for name, gid in functions if name == wanted]

    def actions(self, cls: int, rule: Rule) -> list[Method]:
        """The methods that a router of view sets serves under paths of its own."""
        out = []
        for name, gid in self.functions(cls):
            if name in rule.actions:
                verb, _, path = rule.actions[name].partition(" ")
                out.append(Method(gid, rule, (verb,), "route", path))
        return out
