"""What makes a cache grow, how long what it keeps lives, and whether something empties it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache as memo
from functools import cached_property
from typing import TYPE_CHECKING

from leaklint.facts import NOWHERE, Op, Param
from leaklint.project.caches.caches import Cache, Caches, load_caches
from leaklint.project.domains.domain import DEPTH, FINITE, NAMED, UNKNOWN, Domain, Drive
from leaklint.project.domains.words import OPEN_NAMES
from leaklint.project.linker.program import ClassValue, Edge, FunctionValue
from leaklint.project.storage.guards import path
from leaklint.project.storage.lifetimes import LASTING, PROCESS
from leaklint.rule import Confidence, Evidence, Finding, Growth, Location, Place, Severity, shortened

if TYPE_CHECKING:
    from leaklint.project.facade import Project

_ANNOTATE, _ATTR, _CALL, _COPY = map(int, (Op.ANNOTATE, Op.ATTR, Op.CALL, Op.COPY))


_ONCE = re.compile(r"\bis None\b|^not\b|\bnot hasattr\b|== None")
"""Tests under which something is made that was not there before."""


_ONE_SHOT = re.compile(r"(^|/)management/commands/")
"""Files whose code is a process of its own and ends with its work."""

OFTEN = frozenset({"request", "message", "connection", "tick", "item"})
"""Rhythms of entry points that run again and again; of a thread or task nobody knows how many are started."""

_ABSTRACT = re.compile(r"abstract_?(class|static)?(method|property)\b")

_CLASSLIKE = re.compile(r"(.*_)?(model|model_class)$")
_DATACLASS = re.compile(r"(\w+\.)?(dataclass|define|frozen|attrs|s)\b")
_VALUES = frozenset(
    {
        "typing.NamedTuple",
        "builtins.tuple",
        "builtins.str",
        "builtins.bytes",
        "builtins.int",
        "builtins.float",
        "fractions.Fraction",
    }
)
"""Types whose objects are equal where their contents are."""
_SAYS = frozenset({"debug", "info", "warning", "warn", "error", "critical", "log"})
"""Methods of loggers, and `warnings.warn`."""
_COLLECTIONS = re.compile(
    r"\b([Mm]apping|[Ss]equence|[Ll]ist|[Dd]ict|[Ss]et|[Ff]rozen[Ss]et|AbstractSet|[Cc]ollection|[Ii]terable|DataFrame)\b"
)
_FILES = re.compile(r"(.*_)?(path|paths|file|files|filename|filepath|dir|directory|folder|root|stream|stdout|stderr)$")
"""Names of files and streams: those of a program and its configuration are few, and a client's are known to be his."""


class CacheJudge:
    """Answers what the rules about caches ask of each."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.program = project.program
        self.phases = project.phases
        self._are_few = memo(self._are_few_uncached)

    @cached_property
    def finder(self) -> Caches:
        """The caches of the project, found once."""
        return Caches(self.project, load_caches(self.project.settings.caches))

    @cached_property
    def caches(self) -> tuple[Cache, ...]:
        """Every cache in code that counts and that outlives the calls that reach it."""
        return tuple(cache for cache in self.finder.found() if self.lasts(cache))

    # How long.

    def lasts(self, cache: Cache) -> bool:
        """Whether the cache itself outlives a call: made while modules are imported, and run after that."""
        if cache.function == NOWHERE:
            return self._is_lasting_object(cache)
        if _ONE_SHOT.search(cache.path):
            return False
        if cache.kind.per_instance and not self._has_lasting_owner(cache):
            return False
        if cache.kind.reruns:
            return not self.phases.quiet(cache.function)
        # A name like `stop_here` does not make a function the end of the process.
        if self.phases.of(cache.function) not in ("serving", "shutdown"):
            return False
        kind = self.program.scope(cache.scope).kind
        if kind == "class":
            return not self.program.is_local(cache.scope)
        return kind == "module" or self._is_returned_at_import(cache)

    def _has_lasting_owner(self, cache: Cache) -> bool:
        """Whether the object on which a cache of its own lies outlives the calls that reach it."""
        cls = self.program.class_of(cache.function)
        return cls is None or self.project.lifetimes.of(cls).span in LASTING

    def _is_lasting_object(self, cache: Cache) -> bool:
        if cache.kind.serving and not any(entry.rhythm != "once" for entry in self.project.entry_points):
            return False
        return not cache.kind.lasting or self.program.scope(cache.scope).kind in ("module", "class")

    def _is_returned_at_import(self, cache: Cache) -> bool:
        """A decorator of the project's own that puts a cache on what it is given: a closure made at import."""
        edges = [edge for edge in self.program.edges_to(cache.scope) if not self.phases.quiet(edge.caller)]
        made = [edge for edge in edges if edge.kind == "decorator"]
        if not made or not all(self.phases.of(edge.caller) == "import" for edge in edges):
            return False
        return any(param.kind == "vararg" for param in self.program.scope(cache.function).params)

    # What it keeps.

    def keeps_instances(self, cache: Cache) -> bool:
        """Whether `self` is part of the key, for a class with no end of instances."""
        owner = self.owner(cache)
        if owner is None or cache.kind.per_instance or (cache.bound and self._is_value(owner)):
            return False
        return not self.has_few_instances(owner) and not (cache.bound and self._is_one_at_a_time(owner))

    def owner(self, cache: Cache) -> int | None:
        """The class whose instances the cached function takes as its first argument."""
        if cache.function == NOWHERE:
            return None
        scope = self.program.scope(cache.function)
        cls = self.program.class_of(cache.function)
        if cls is None or not scope.params or scope.params[0].name in ("cls", "klass", "mcs", "metacls"):
            return None
        texts = {decorator.text.rpartition(".")[2] for decorator in scope.decorators}
        if scope.name in ("__new__", "__init_subclass__", "__class_getitem__") or texts & _NO_SELF:
            return None
        return None if scope.params[0].kind == "vararg" else cls

    def has_few_instances(self, cls: int, depth: int = 3, startup: bool = True) -> bool:
        """Whether a class has a known number of instances: enum members, classes, singletons, what start-up makes.

        Without `startup`, what functions that look like start-up code make does not count: others may make more.
        """
        return self._are_few(cls, depth, startup)

    def _are_few_uncached(self, cls: int, depth: int, startup: bool) -> bool:
        if self.project.domains.is_enum(cls) or cls in self.phases.metaclasses:
            return True
        made = list(self.constructions(cls))
        if not made:
            return self.project.lifetimes.of(cls).span == PROCESS
        return all(self.is_made_once(edge, depth, startup) for edge in made)

    def _is_one_at_a_time(self, cls: int) -> bool:
        """Whether each instance takes the place of a module's variable (`global`): a bounded cache keeps few others."""
        made = list(self.constructions(cls))
        return bool(made) and all(self._replaces(edge) for edge in made)

    def _replaces(self, edge: Edge) -> bool:
        module = self.program.module_of(edge.caller)
        code = self.program.scope(edge.caller).code
        made = {step[1] for step in code if step[0] == _CALL and (step[5], step[6]) == (edge.row, edge.col)}
        stored = [step[1] for step in code if step[0] == _COPY and step[2] in made]
        owners = [self.project.holders.variable_at.get(slot + module.slot_base) for slot in stored]
        return any(owner is not None and self.program.scope(owner[0]).kind == "module" for owner in owners)

    def constructions(self, cls: int) -> Iterator[Edge]:
        """The calls in code that counts that make an instance of a class or of one derived from it."""
        for each in sorted({cls, *self.program.subclasses(cls)}):
            for edge in self.program.edges_to(each):
                if not self.phases.quiet(edge.caller):
                    yield edge

    def is_made_once(self, edge: Edge, depth: int = 3, startup: bool = True) -> bool:
        """Whether a construction happens once: at start-up, in a cached factory, or where nothing was there before."""
        phases = ("import", "startup") if startup else ("import",)
        if self.phases.of(edge.caller) in phases or edge.caller in self._cached:
            return True
        owner = self.program.class_of(edge.caller)
        if owner is not None and self.program.scope(edge.caller).name == "__init__" and depth > 0:
            return self.has_few_instances(owner, depth - 1, startup)
        if owner is not None and depth > 0 and not self.has_few_instances(owner, depth - 1, startup):
            return False  # once for each of many
        module = self.program.module_of(edge.caller)
        block = module.own_block(edge.block)
        return any(arm.kind == "if" and _ONCE.search(arm.test) for arm in path(module, block))

    @cached_property
    def _cached(self) -> frozenset[int]:
        """Functions with a cache and without arguments."""
        return frozenset(
            cache.function
            for cache in self.finder.found()
            if cache.function != NOWHERE and not self.program.scope(cache.function).params
        )

    # What drives it.

    def drive(self, cache: Cache) -> Drive:
        """The join of what the arguments may be; FINITE where there are none."""
        params = self._parameters(cache)
        if cache.kind.reruns:
            return UNKNOWN if params and self._varies(cache.function) else FINITE
        if not self._is_called(cache.function) and params and all(param.default != NOWHERE for param in params):
            return FINITE
        if cache.function != NOWHERE and self._gives_member(cache.function, params):
            return FINITE
        return max((self._argument(cache.function, param) for param in params), default=FINITE)

    def _gives_member(self, function: int, params: tuple[Param, ...]) -> bool:
        """Whether a function gives the member of an enumeration that has its argument's value: no other is kept.

        What is no value of a member raises, unless the enumeration says what is missing.
        """
        scope = self.program.scope(function)
        path_ = self.program.module_of(function).path
        found = self.project.sources.returned(path_, scope.first_row, scope.end_row) or ()
        return bool(found) and len(params) == 1 and all(self._is_member(each, params[0], function) for each in found)

    def _is_member(self, node: ast.expr, param: Param, function: int) -> bool:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or len(node.args) != 1:
            return False
        found = self.project.domains.variable(node.func.id, function)
        values = self.program.values(found[0]) if found is not None else ()
        enums = [value.gid for value in values if isinstance(value, ClassValue)]
        known = bool(enums) and len(enums) == len(values)
        given = isinstance(node.args[0], ast.Name) and node.args[0].id == param.name
        return known and given and all(self._raises_on_others(each) for each in enums)

    def _raises_on_others(self, cls: int) -> bool:
        classes = [each for each in self.program.mro(cls) if isinstance(each, int)]
        missing = any("_missing_" in self.program.members(each) for each in classes)
        return self.project.domains.is_enum(cls) and not missing

    def _varies(self, function: int) -> bool:
        """Whether a call in a script that runs anew for each visitor passes more than literals."""
        for edge in self.program.edges_to(function):
            place = self.program.place(edge)
            call = self.project.sources.call(self.program.module_of(edge.caller).path, place) if place else None
            passed = [*call.args, *(word.value for word in call.keywords)] if call is not None else []
            if not all(isinstance(each, ast.Constant) for each in passed):
                return True
        return False

    def _parameters(self, cache: Cache) -> tuple[Param, ...]:
        scope = self.program.scope(cache.function)
        is_method = self.program.class_of(cache.function) is not None
        is_static = any(decorator.text == "staticmethod" for decorator in scope.decorators)
        params = scope.params[1:] if is_method and not is_static else scope.params
        if cache.kind.reruns:  # there an underscore keeps an argument out of the key
            return tuple(param for param in params if not param.name.startswith("_"))
        return params

    def _is_called(self, function: int) -> bool:
        edges = self.program.edges_to(function)
        return any(edge.kind == "call" and not self.phases.quiet(edge.caller) for edge in edges)

    def _argument(self, function: int, param: Param) -> Drive:
        if param.kind in ("vararg", "kwarg"):
            return UNKNOWN
        drive = self.project.domains.parameter(function, param, DEPTH)
        # A client that names a model gets one of those there are.
        if _CLASSLIKE.match(param.name) and "str" not in param.annotation:
            return min(drive, NAMED)
        return drive

    # What empties it.

    def is_cleared(self, cache: Cache) -> bool:
        """Whether code that runs while the process serves empties the cache."""
        return any(self._clears(scope) for scope in self.finder.clears.get(cache.function, ()))

    def _clears(self, scope: int) -> bool:
        if self.phases.quiet(scope):
            return False
        if self.phases.of(scope) != "serving":
            return False
        name = self.program.scope(scope).name
        return not name.startswith("_") or self.phases.called(scope)

    # Words.

    def short_name(self, cache: Cache) -> str:
        """The bare name of the cached function."""
        return self.program.scope(cache.function).name if cache.function != NOWHERE else ""

    def driven_by(self, cache: Cache, drive: Drive) -> str:
        """What makes new entries, in a few words."""
        if drive.text:
            return f"key ← {drive.text}"
        names = [param.name for param in self._parameters(cache)] if cache.function != NOWHERE else []
        return f"by {', '.join(names[:3])}" if names else "its keys are not known to be finite"

    def certainty(self, cache: Cache, drive: Drive) -> Confidence:
        """High where a client, the time or chance drives the cache; else what the names of its arguments suggest."""
        if drive.domain >= Domain.IDENTITY:
            return "high"
        if cache.function == NOWHERE or cache.kind.reruns:
            return "medium"
        if self._says_once(cache):
            return "low"
        names = list(self._unknown(cache))
        return "medium" if any(OPEN_NAMES.match(name) and not _FILES.match(name) for name in names) else "low"

    def _says_once(self, cache: Cache) -> bool:
        """Whether the function gives nothing back and logs: cached to say a message once, of which there are few."""
        scope = self.program.scope(cache.function)
        said = {step[1] for step in scope.code if step[0] == _ATTR and step[3] in _SAYS}
        if not any(step[0] == _CALL and step[2] in said and step[7] == NOWHERE for step in scope.code):
            return False
        returned = self.project.sources.returned(cache.path, scope.first_row, scope.end_row)
        return returned is not None and all(isinstance(each, ast.Constant) and each.value is None for each in returned)

    def _unknown(self, cache: Cache) -> Iterator[str]:
        """The names of the arguments of which nothing is known; those of a decorator's closure are its functions'."""
        for function, params in self._sources(cache):
            for param in params:
                if self._argument(function, param).domain == Domain.UNKNOWN:
                    yield param.name

    def _sources(self, cache: Cache) -> Iterator[tuple[int, tuple[Param, ...]]]:
        yield cache.function, self._parameters(cache)
        if self.program.scope(cache.scope).kind != "function":
            return
        base = self.program.module_of(cache.scope).slot_base
        for given in self.program.scope(cache.scope).params:
            for value in self.program.values(given.slot + base):
                if isinstance(value, FunctionValue):
                    yield value.gid, self.program.scope(value.gid).params

    def sureness(self, cache: Cache) -> Confidence:
        """How sure it is that instances come and go.

        High where the project makes them while it serves, and calls what makes them. Else others may, which is a medium
        confidence, but nobody makes the objects of an application: there it takes an entry point that makes the
        instances over and over.
        A bounded cache is one step lower.
        """
        owner = self.owner(cache)
        if owner is None:
            return "low"
        if self._is_made_while_serving(owner, 3):
            if not self._is_made_often(owner):
                return "low"
            return "medium" if cache.bound or not self._is_made_by_itself(owner) else "high"
        ours = self.phases.is_application and not self._is_left_to_users(owner)
        return "low" if cache.bound or ours else "medium"

    def _is_made_by_itself(self, cls: int) -> bool:
        """Whether the project itself calls a place that makes instances; how often others do is not in a library."""
        made = (edge.caller for edge in self.constructions(cls) if not self.is_made_once(edge, 3, True))
        return self.phases.is_application or any(map(self.phases.called, made))

    def _is_left_to_users(self, cls: int) -> bool:
        """Whether a class is abstract and nothing here makes an object of it: whoever uses the project does."""
        module, scope = self.program.module_of(cls), self.program.scope(cls)
        is_abstract = any(
            each.parent + module.scope_base == cls and any(_ABSTRACT.search(word.text) for word in each.decorators)
            for each in module.facts.scopes
        )
        return is_abstract and not scope.name.startswith("_") and not any(self.constructions(cls))

    def _is_value(self, cls: int) -> bool:
        """Whether a class says when two of its objects are equal, as an address or amount does: a few weigh little.

        A record with a field that is a collection is no such value: what it holds may be as large as it likes.
        """
        order = self.program.mro(cls)
        if any(_COLLECTIONS.search(text) for each in order if isinstance(each, int) for text in self._fields(each)):
            return False
        classes = {each for each in order if isinstance(each, int)}
        if any(isinstance(each, str) and each in _VALUES for each in order):
            return True
        if any(
            _DATACLASS.match(each.text) and "eq=False" not in each.text for each in self.program.scope(cls).decorators
        ):
            return True
        return any(
            scope.name == "__eq__" and scope.parent + self.program.module_of(each).scope_base == each
            for each in classes
            for scope in self.program.module_of(each).facts.scopes
        )

    def _fields(self, cls: int) -> Iterator[str]:
        """The annotations of a class's body, and its bases as written: `NamedTuple("Point", [("x", int)])`."""
        scope = self.program.scope(cls)
        yield from (step[2] for step in scope.code if step[0] == _ANNOTATE)
        yield from (text for text in scope.base_texts if "(" in text)

    def _is_made_often(self, cls: int) -> bool:
        """Whether, in an application, an entry point that runs again and again reaches a place that makes instances."""
        if not self.phases.is_application:
            return True
        made = (edge.caller for edge in self.constructions(cls) if not self.is_made_once(edge, 3, True))
        return any(each.rhythm in OFTEN for each in self.project.reach(*made))

    def _is_made_while_serving(self, cls: int, depth: int) -> bool:
        for edge in self.constructions(cls):
            if self.is_made_once(edge, 3, True):
                continue
            owner = self.program.class_of(edge.caller)
            if owner is None or self.program.scope(edge.caller).name != "__init__":
                return True
            if owner != cls and depth > 0 and self._is_made_while_serving(owner, depth - 1):
                return True
        return False

    def finding(
        self, cache: Cache, code: str, name: str, message: str, severity: Severity, confidence: Confidence,
        drive: Drive = FINITE,
    ) -> Finding:  # fmt: skip
        """A finding about a cache, at its decorator's line or at the call that makes it."""
        row, column, end_row, end_column = cache.place
        by_client = drive.domain == Domain.CLIENT
        return Finding(
            code=code,
            name=name,
            message=shortened(message),
            filename=cache.path,
            location=Location(row, column),
            end_location=Location(end_row, end_column),
            symbol=cache.name,
            severity=severity,
            confidence=confidence,
            declared=Place(cache.path, row),
            growth=(Growth(cache.path, row, cache.name),),
            cwe=(770, 400) if by_client else (770, 401),
            evidence=tuple(self._evidence(cache, drive)),
            endpoints=self.project.reach(cache.function) if cache.function != NOWHERE else (),
        )

    def _evidence(self, cache: Cache, drive: Drive) -> Iterator[Evidence]:
        where = {"class": "the class", "module": "the module"}.get(self.program.scope(cache.scope).kind, "a closure")
        yield Evidence("lifetime", cache.path, cache.place[0], f"{where} holds the cache as long as the process lives")
        words = f"bounded by {cache.bound}" if cache.bound else f"{cache.spelling} has no bound"
        yield Evidence("bound", cache.path, cache.place[0], words)
        if drive.text:
            yield Evidence("key", cache.path, cache.place[0], f"key ← {drive.text}")
        for scope in self.finder.clears.get(cache.function, ()):
            at = self.program.scope(scope)
            reason = "only tests clear it" if self.phases.quiet(scope) else f"{at.name or 'the module'} clears it"
            yield Evidence("removal", self.program.module_of(scope).path, at.row, reason)


_NO_SELF = frozenset({"staticmethod", "classmethod", "classproperty", "cached_classproperty"})


def caches_of(project: Project) -> CacheJudge:
    """The judge of a project's caches, one for all rules."""
    return project.once(CacheJudge)


__all__ = ["Cache", "CacheJudge", "caches_of"]
