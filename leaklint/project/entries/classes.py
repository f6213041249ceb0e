"""What a framework calls on classes: methods that its models name, and how long instances live."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property

from leaklint.facts import Op
from leaklint.models import EntryRule, Models
from leaklint.project.entries.scan import UNSERVED_ROLES
from leaklint.project.linker.program import Module, Program

VERBS = ("get", "head", "post", "put", "patch", "delete", "options", "trace", "connect")
VERB = "<verb>"

_COPY = int(Op.COPY)
_RANK = {"request": 0, "connection": 1, "process": 2}


class Hooks:
    """The methods of classes that frameworks call."""

    def __init__(self, program: Program, models: Models) -> None:
        self.program = program
        self.exact: dict[str, list[EntryRule]] = defaultdict(list)
        self.patterns: list[tuple[str, EntryRule]] = []
        for rule in models.rules:
            for base in rule.bases:
                if "*" in base:
                    self.patterns.append((base, rule))
                else:
                    self.exact[base].append(rule)
        self.given = [rule for rule in models.rules if rule.takes]
        self.held: dict[int, str] = {}
        """Lifetimes that follow from how a class or its instance is handed to a framework."""
        self._matching: dict[str, list[EntryRule]] = {}
        self._rules: dict[int, tuple[EntryRule, ...]] = {}
        self._answered: dict[int, dict[str, int]] = {}

    def rules(self, cls: int) -> tuple[EntryRule, ...]:
        """The rules about the bases of a class."""
        known = self._rules.get(cls)
        if known is None:
            found: list[EntryRule] = []
            for base in self.program.mro(cls):
                name = base if isinstance(base, str) else self.program.name_of(base)
                own = base == cls
                found += [rule for rule in self._of_base(name, own) if rule not in found]
            found += [rule for rule in self.given if self._is_given(cls, rule)]
            known = self._rules[cls] = tuple(found)
        return known

    def _of_base(self, base: str, own: bool) -> list[EntryRule]:
        """The rules about a base; patterns speak of those that derive from what they match, not of itself."""
        if own:
            return self.exact.get(base, [])
        known = self._matching.get(base)
        if known is None:
            known = [
                *self.exact.get(base, ()),
                *(rule for pattern, rule in self.patterns if fnmatchcase(base, pattern)),
            ]
            self._matching[base] = known
        return known

    def _is_given(self, cls: int, rule: EntryRule) -> bool:
        """Whether a hook of a class has a parameter of one of the classes that a rule names, by its annotation.

        Where the rule says how the first parameters are called, that does too, in classes that no other derives from.
        """
        module = self.program.module_of(cls)
        known = [dotted for dotted in rule.takes if dotted.partition(".")[0] in self._near(module)]
        last = {dotted.rpartition(".")[2] for dotted in known}
        for name, gid in sorted(self._by_class.get(cls, {}).items()) if known else ():
            if any(self.is_hook(name, pattern) for pattern in rule.hooks):
                params = [param.name for param in self.program.scope(gid).params[1:]]
                if rule.first and len(params) >= len(rule.first) and all(map(fnmatchcase, params, rule.first)):
                    return not self.program.subclasses(cls)
                texts = (param.annotation.strip("'\"") for param in self.program.scope(gid).params[1:])
                if any(text.rpartition(".")[2] in last for text in texts):
                    return True
        return False

    @staticmethod
    def _near(module: Module) -> frozenset[str]:
        """The packages that a file imports, and its own."""
        return module.packages | {module.name.partition(".")[0]}

    def classes(self) -> Iterator[int]:
        """Every class that some rule speaks of, by the name of a base."""
        for module in self.program.modules:
            if module.role in UNSERVED_ROLES:
                continue
            for number, scope in enumerate(module.facts.scopes):
                if scope.kind == "class" and self.rules(number + module.scope_base):
                    yield number + module.scope_base

    def methods(self, cls: int) -> dict[str, int]:
        """The methods that project classes give a class, its own first."""
        out: dict[str, int] = {}
        for base in self.program.mro(cls):
            if isinstance(base, int):
                for name, gid in self._own(base).items():
                    out.setdefault(name, gid)
        return out

    def _own(self, cls: int) -> dict[str, int]:
        known = self._answered.get(cls)
        if known is None:
            known = dict(self._by_class.get(cls, {}))
            known.update(self._aliases(cls, known))
            self._answered[cls] = known
        return known

    def _aliases(self, cls: int, own: dict[str, int]) -> dict[str, int]:
        """The methods that a class gives a verb's name by assignment: `post = get`."""
        members = {slot: name for name, slot in self.program.members(cls).items()}
        base = self.program.module_of(cls).slot_base
        out: dict[str, int] = {}
        for i in self.program.scope(cls).code if own else ():
            if i[0] == _COPY:
                name, source = members.get(i[1] + base, ""), members.get(i[2] + base, "")
                if name not in own and source in own and (name in VERBS or name[3:].lower() in VERBS):
                    out[name] = own[source]
        return out

    @cached_property
    def _by_class(self) -> dict[int, dict[str, int]]:
        out: dict[int, dict[str, int]] = defaultdict(dict)
        for module in self.program.modules:
            scopes = module.facts.scopes
            for number, scope in enumerate(scopes):
                if scope.kind == "function" and scope.parent >= 0 and scopes[scope.parent].kind == "class":
                    out[scope.parent + module.scope_base].setdefault(scope.name, number + module.scope_base)
        return out

    def hooks(self, cls: int, rule: EntryRule) -> Iterator[tuple[str, int]]:
        """The methods of a class that a rule names: the name and the function."""
        methods = self.methods(cls)
        for name in sorted(methods):
            if any(self.is_hook(name, pattern) for pattern in rule.hooks) and self._takes(methods[name], rule):
                yield name, methods[name]

    def _takes(self, gid: int, rule: EntryRule) -> bool:
        """Whether a method has no other parameters than those that the rule names, where it names some."""
        names = tuple(each.name for each in self.program.scope(gid).params)
        return not rule.parameters or names == rule.parameters

    @staticmethod
    def is_hook(name: str, pattern: str) -> bool:
        """Whether a method has a hook's name."""
        return bool(verb_of(name, pattern)) if "<" in pattern else fnmatchcase(name, pattern)

    def responders(self, cls: int, suffix: str, more: tuple[str, ...] = ()) -> list[tuple[str, int]]:
        """The HTTP methods that a class answers to, with the function for each.

        `suffix` ends the names, `more` are patterns beside those of the rules.
        """
        methods = self.methods(cls)
        ending = f"_{suffix}" if suffix else ""
        out: dict[str, int] = {}
        for pattern in (*more, *(pattern for rule in self.rules(cls) for pattern in rule.hooks)):
            for name, gid in sorted(methods.items()) if "<" in pattern else ():
                verb = verb_of(name, pattern + ending)
                if verb:
                    out.setdefault(verb, gid)
        return list(out.items())

    def provided(self, cls: int) -> tuple[str, ...]:
        """The verbs and actions that external bases of a class answer to, where no project class does."""
        own = self.methods(cls)
        found = dict.fromkeys(name for rule in self.rules(cls) for name in rule.provides)
        return tuple(name for name in found if name not in own)

    def instance_lifetime(self, cls: int) -> str | None:
        """How long a framework keeps an instance: process, connection, request, or None."""
        held = [self.held[each] for each in (cls, *self.program.subclasses(cls)) if each in self.held]
        spoken = [rule.lifetime for rule in self.rules(cls) if rule.lifetime is not None]
        if spoken and not held:
            return spoken[0]
        return max(held, key=_RANK.__getitem__) if held else None


def verb_of(name: str, pattern: str) -> str:
    """The HTTP method in a name: `on_get` by `on_<verb>`, `do_GET` by `do_<VERB>`; '' where it is no such name."""
    for verb in VERBS:
        if name == pattern.replace(VERB, verb).replace("<VERB>", verb.upper()):
            return verb.upper()
    return ""
