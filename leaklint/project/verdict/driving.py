"""What drives a growth: the domain of the key or element that is added, by the program and by the words of the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from leaklint.facts import NOWHERE, Op
from leaklint.project.domains.domain import DEPTH, FINITE, NAMED, UNKNOWN, Domain, Domains, Drive
from leaklint.project.domains.words import ADDRESS, CONNECTION, OPERATED, OWNED
from leaklint.project.linker.program import (
    BoundValue,
    ClassValue,
    ExternalInstance,
    FunctionValue,
    InstanceValue,
    Program,
    Value,
)
from leaklint.project.sources import expression, reads_file
from leaklint.project.storage.containers import Container, Event
from leaklint.project.storage.guards import conjuncts, ends_with, excludes, guards
from leaklint.project.storage.phases import Phases

_CALL = int(Op.CALL)

_CALLABLE = re.compile(
    r"(\w*_)?(func|function|fn|callback|cb|handler|factory|cls|klass|class_|view|wrapper|decorator|compile_function)"
)


_WAITING = re.compile(r"(\w*_)?(callback|cb|handler)")
_NUMBER = re.compile(
    r"_*(\w+_)?(uid|uuid|guid|mid|sid|jid|seq|nonce|(request|req|message|msg|call|command|cmd|transaction|query|job)_?id)$"
)
"""What an answer is told by, and what is called when it comes."""

_KEY_WORD = re.compile(r"(?:\w+\.)*(\w+)(?:\(\))?")
_COMING = re.compile(
    r"(?i)(^|[^a-z])(user|session|request|req|message|msg|event|job|task|order|customer|visitor|member|sender|person)s?($|[^a-z])"
)
"""Who and what comes and goes: what is kept for each of them is many, whatever the collection is called."""

_FILE_NUMBER = re.compile(r"(\w+_)?(fd|fileno)")
"""The system gives the numbers of closed files out again."""

_STATISTICS = re.compile(r"(?i)metric|statistic|histogram|(^|_|[a-z])stats?($|_)|gauge|counter|telemetry")
"""What keeps numbers by labels."""


class Driving:
    """Judges the keys and elements of growths."""

    def __init__(self, program: Program, phases: Phases, domains: Domains, is_open: Callable[[str, int], bool]) -> None:
        """`is_open` tells of a key, read in a scope, whether its words say that there is no end of such."""
        self._is_open = is_open
        self.program = program
        self.phases = phases
        self.domains = domains

    def of(self, container: Container, event: Event) -> Drive:
        """The domain of what a growth adds, and the words for it."""
        use = event.use
        if use.kind == "bind":
            return self._joined(use.value, container.holder.name, event)
        if event.ref.depth == 0 and use.op in ("append", "appendleft", "extend", "insert", "extendleft", "+=", "put",
                                               "put_nowait", "write", "writelines", "heappush", "insort"):  # fmt: skip
            if not self.deduplicates(container, event):
                return self._element(event)
        if event.ref.depth > 0 and use.op in ("append", "appendleft", "extend", "add", "insert"):
            return self._element(event) if use.op != "add" else self.domains.of_text(use.value, event.scope)
        if use.op in ("update", "|=") and not use.key:
            return FINITE
        if use.op in ("update", "|=") and self._are_keywords(use.key or use.value, event):
            return NAMED
        own = container.holder if event.ref.depth == 0 else None
        key = keyed(event)
        drive = self.domains.of_text(key, event.scope, own) if key else UNKNOWN
        if drive.domain >= Domain.UNKNOWN and self._is_file(event):
            return NAMED
        if drive.domain != Domain.UNKNOWN:
            return drive
        named = self._is_callable(event) and not self._is_awaited(event)
        named = named or self._is_attribute_name(event) or self._is_connection(event)
        return NAMED if named or _is_owned(container, event) or self._is_statistic(event) else drive

    def _is_awaited(self, event: Event) -> bool:
        """Whether a callback is kept under the number of what it waits for."""
        numbered = any(_NUMBER.match(name) for name in re.findall(r"[A-Za-z_]\w*", event.use.key))
        return numbered and bool(_WAITING.fullmatch(event.use.value)) and self._is_open(event.use.key, event.scope)

    def _are_keywords(self, name: str, event: Event) -> bool:
        """Whether a name is that of `**kwargs` to which no call hands on a mapping: keywords are written in code."""
        params = self.program.scope(event.scope).params
        if not any(param.kind == "kwarg" and param.name == name for param in params):
            return False
        found = [self.domains.holders.call_step(edge) for edge in self.program.edges_to(event.scope)]
        return all(step is not None and all(word is not None for word, _ in step[1][4]) for step in found)

    def _is_statistic(self, event: Event) -> bool:
        """Whether a number is kept for each set of labels by what keeps statistics: labels are made to be few."""
        if not event.use.op.endswith(("+=", "[]")):
            return False
        cls = self.program.class_of(event.scope)
        names = (self.program.scope(cls).name if cls is not None else "", event.module.name.rpartition(".")[2])
        return any(_STATISTICS.search(name) for name in names)

    def _joined(self, text: str, name: str, event: Event) -> Drive:
        """What drives the keys of `{**NAME, ...}`; a sequence grows whatever is added."""
        tree = expression(text)
        if not isinstance(tree, ast.Dict):
            return UNKNOWN
        parts = [value if key is None else key for key, value in zip(tree.keys, tree.values)]
        return max(
            (self.domains.of(part, event.scope, DEPTH) for part in parts if not ends_with(part, name)), default=FINITE
        )

    def _is_callable(self, event: Event) -> bool:
        """Whether what is stored is a function or class by the linker's word, or bears the name of one."""
        if self._wraps_callable(event):
            return True
        if self.holds_closures(event):
            return False
        values = self.added(event)
        if values and all(_is_function(value) for value in values):
            return True
        if values and all(isinstance(value, (InstanceValue, ExternalInstance)) for value in values):
            return False  # an object, whatever it is called
        code = self.program.scope(event.scope).code
        if any(step[0] == _CALL and step[2] == event.use.value_slot for step in code):
            return False  # what is called where it is stored is work, not a registration
        return bool(_CALLABLE.fullmatch(event.use.value))

    def _wraps_callable(self, event: Event) -> bool:
        """Whether a call or display stores what a parameter bears the name of a function by: `D[name] = wrap(fn)`."""
        tree = expression(event.use.value) if event.use.value else None
        wraps = isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and len(tree.args) == 1
        inner = tree.args if wraps and isinstance(tree, ast.Call) else ()
        inner = tree.values if isinstance(tree, ast.Dict) else inner
        params = {param.name for param in self.program.scope(event.scope).params}
        return bool(inner) and all(
            isinstance(each, ast.Name) and each.id in params and _CALLABLE.fullmatch(each.id) for each in inner
        )

    def _is_attribute_name(self, event: Event) -> bool:
        """Whether the function also binds an attribute of that name: a program declares only so many."""
        scope = self.program.scope(event.scope)
        if not event.use.key.isidentifier() or scope.kind != "function":
            return False
        lines = self.domains.sources.lines(event.module.path)[scope.row - 1 : scope.end_row]
        return bool(re.search(rf"\bsetattr\([^,()]+, *{event.use.key}\b", "\n".join(lines)))

    def _is_file(self, event: Event) -> bool:
        """Whether the function has read the file that the key names: a name of no file does not get so far."""
        scope, key = self.program.scope(event.scope), event.use.key
        if scope.kind != "function" or not key.isidentifier():
            return False
        lines = self.domains.sources.lines(event.module.path)[scope.row - 1 : event.use.end_row]
        return any(key in line and reads_file(key).search(line) for line in lines)

    def _is_connection(self, event: Event) -> bool:
        """Whether a connection to the server whose address is the key is stored: there are as many as servers."""
        key = re.split(r"\W+", event.use.key)[-1]
        if not ADDRESS.match(key):
            return False
        names = set(re.findall(r"\b[a-z_]\w*\b", event.use.value))
        slots = {
            each.slot for each in event.module.facts.variables if each.scope == event.use.scope and each.name in names
        }
        made = [
            use.value for use in event.module.facts.uses if use.kind == "bind" and not use.attr and use.base in slots
        ]
        return any(CONNECTION.search(text) for text in (event.use.value, *made))

    def added(self, event: Event) -> tuple[Value, ...]:
        """What may be added, as far as the linker knows."""
        slot = event.use.value_slot
        return self.program.values(slot + event.module.slot_base) if slot != NOWHERE else ()

    def holds_closures(self, event: Event) -> bool:
        """Whether what is added may be a function or class that is made anew on each call."""
        return any(
            isinstance(value, (FunctionValue, ClassValue)) and self._is_made_per_call(value.gid)
            for value in self.added(event)
        )

    def _is_made_per_call(self, gid: int) -> bool:
        """Whether a function or class is defined inside a function that runs while serving."""
        module, parent = self.program.module_of(gid), self.program.scope(gid).parent
        return (
            parent > 0 and module.facts.scopes[parent].kind != "class" and self.phases.runs(parent + module.scope_base)
        )

    def _element(self, event: Event) -> Drive:
        """A sequence grows whatever the element. Functions, classes and settings are registered, seldom without end."""
        text = event.use.value
        drive = self.domains.of_text(text, event.scope) if text else UNKNOWN
        if drive.domain == Domain.CLIENT:
            return drive
        registered = drive.domain <= Domain.NAMED and re.fullmatch(r"[A-Za-z_][\w.]*", text) and not text.isupper()
        return NAMED if registered and not self.holds_closures(event) else UNKNOWN

    def deduplicates(self, container: Container, event: Event) -> bool:
        """Whether something is added only where it is not in there yet."""
        name = container.holder.name
        return any(
            excludes(tree, holds, keyed(event), name)
            for guard in guards(event.module, event.use)
            for tree, holds in conjuncts(guard)
        )


def keyed(event: Event) -> str:
    """What tells an entry from others: its key, and what `insert` puts at a position."""
    return event.use.value if event.use.op == "insert" else event.use.key


def _is_owned(container: Container, event: Event) -> bool:
    """Whether there is an entry for each of the things that somebody sets up, or for each open file."""
    if event.ref.depth == 0 and OWNED.match(container.holder.name) and not _COMING.search(event.use.key):
        return True
    word = _KEY_WORD.fullmatch(event.use.key)
    if word is None or "location" in word[1]:
        return False  # that may be a place in a file
    return bool(OPERATED.match(word[1]) or _FILE_NUMBER.fullmatch(word[1]))


def _is_function(value: Value) -> bool:
    """Whether a value is a function or class, or is said to be one."""
    if isinstance(value, ExternalInstance):
        return value.dotted in ("collections.abc.Callable", "typing.Callable")
    return isinstance(value, (FunctionValue, ClassValue, BoundValue))
