"""When a function runs: while modules are imported, at start-up, while serving, at shutdown, or only in tests.

Phases flow along calls from the roots. Serving wins: a function that both start-up code and a
handler call runs while serving. A function that no project code calls is a root itself. What it is
follows from the models (an entry point, a start-up hook) and else from its name, since nothing else
tells when the user of a library calls it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property

from leaklint.facts import NOWHERE
from leaklint.project.program import Program

QUIET_ROLES = frozenset({"test", "example", "docs", "benchmark", "migration", "stub", "vendored", "generated", "script"})
"""Files that neither grow a container that matters nor prove that something is removed."""

STARTUP_NAME = re.compile(
    r"(?!__)_*(register|setup|set_up|configure|init(ialize|ialise)?|install|load|populate|(auto)?discover|bootstrap|ready"
    r"|create_app|make_app|build_app|get_app|main|includeme|contribute_to_class|define|declare|import|startup|on_startup"
    r"|prepare|monkey_?patch|patch|instrument|autoload|preload|warm_?up|override|add_arguments|enable_plugin"
    r"|add_(plugin|handler|provider|backend|route|url_rule|resource|type|format|codec|converter|extension|middleware))"
    r"(_|$|[A-Z0-9])|_*(Register|Setup|Configure|Init|Install|Load)[A-Z]"
)

SHUTDOWN_NAME = re.compile(
    r"_*(close|aclose|shut_?down|stop|terminate|dispose|destroy|tear_?down|quit|exit|cancel|finali[sz]e|__exit__|__aexit__|__del__"
    r"|on_(close|stop|shutdown|exit)|uninstall|unload|reset|clear|clean_?up_for_tests?|reset_for_tests?|join|kill|abort"
    r"|do_clear|do_reset|reinit|reinitialize|deinit|uninstrument|unpatch|disable|deactivate|clean_?up)(_|$|all\b)"
)

IMPORT_HOOKS = frozenset({"__init_subclass__", "__set_name__", "__prepare__"})


class Phases:
    """The phase of every function: import, startup, serving, shutdown or test."""

    def __init__(self, program: Program, serving: Iterable[int], once: Iterable[int], shutdown: Iterable[int]) -> None:
        """`serving`, `once` and `shutdown` are the functions that the models know to run then."""
        self.program = program
        self._serving = set(serving)
        self._once = set(once)
        self._shutdown = set(shutdown)
        self._phase = self._spread()

    def of(self, gid: int) -> str:
        """The phase of a function, class body or module."""
        return self._phase.get(gid, "serving")

    def runs(self, gid: int) -> bool:
        """Whether the code runs while the process serves."""
        return self.of(gid) == "serving"

    def called(self, gid: int) -> bool:
        """Whether any project code outside tests calls or hands on the function."""
        return any(not self.quiet(edge.caller) for edge in self.program.edges_to(gid) if edge.caller != gid)

    def quiet(self, gid: int) -> bool:
        """Whether the code lies in a file that never counts: a test, an example, vendored or generated."""
        return self.program.module_of(gid).role in QUIET_ROLES

    def exclusively(self, gid: int, names: re.Pattern[str], depth: int = 4) -> bool:
        """Whether the function, or else each of its callers, bears a name of that pattern."""
        name = self.program.scope(gid).name
        if names.match(name):
            return True
        callers = {edge.caller for edge in self.program.edges_to(gid)} - {gid}
        callers = {caller for caller in callers if not self.quiet(caller)}
        return bool(callers) and depth > 0 and all(self.exclusively(caller, names, depth - 1) for caller in callers)

    def _spread(self) -> dict[int, str]:
        phase: dict[int, str] = {}
        roots = self._roots()
        for name in ("serving", "shutdown", "startup", "import"):
            waiting = list(roots[name])
            while waiting:
                gid = waiting.pop()
                if gid in phase:
                    continue
                phase[gid] = name
                waiting.extend(self._callees(gid, phase))
        for module in self.program.modules:
            if module.role in QUIET_ROLES:
                for number in range(len(module.facts.scopes)):
                    phase[module.scope_base + number] = "test"
        return phase

    def _callees(self, gid: int, phase: Collection[int]) -> Iterable[int]:
        for edge in self.program.edges_from(gid):
            if isinstance(edge.callee, int) and edge.callee not in phase and edge.how != "name":
                if self.program.scope(edge.callee).kind not in ("module", "class"):
                    yield edge.callee

    def _roots(self) -> dict[str, list[int]]:
        roots: dict[str, list[int]] = defaultdict(list)
        for module in self.program.modules:
            if module.role in QUIET_ROLES:
                continue
            for number, scope in enumerate(module.facts.scopes):
                gid = module.scope_base + number
                if scope.kind == "module":
                    roots["import"].append(gid)
                elif scope.kind == "class":
                    roots[self._class_phase(gid)].append(gid)
                else:
                    root = self._function_root(gid, scope.name)
                    if root:
                        roots[root].append(gid)
        return roots

    def _class_phase(self, gid: int) -> str:
        parent = self.program.scope(gid).parent
        while parent != NOWHERE:
            scope = self.program.module_of(gid).facts.scopes[parent]
            if scope.kind in ("function", "lambda"):
                return "serving"
            parent = scope.parent
        return "import"

    def _function_root(self, gid: int, name: str) -> str | None:
        if gid in self._serving:
            return "serving"
        if gid in self._shutdown:
            return "shutdown"
        if gid in self._once:
            return "startup"
        if name in IMPORT_HOOKS or (name in ("__new__", "__init__", "__call__") and self._is_metaclass_method(gid)):
            return "import"
        if any(edge.how != "name" and edge.caller != gid and not self.quiet(edge.caller) for edge in self.program.edges_to(gid)):
            return None
        if SHUTDOWN_NAME.match(name):
            return "shutdown"
        if STARTUP_NAME.match(name):
            return "startup"
        return "serving"

    def _is_metaclass_method(self, gid: int) -> bool:
        cls = self.program.class_of(gid)
        return cls is not None and cls in self.metaclasses

    @cached_property
    def metaclasses(self) -> frozenset[int]:
        """Classes derived from `type` or `ABCMeta`."""
        external = {"builtins.type", "type", "<builtin>.type", "abc.ABCMeta", "enum.EnumMeta", "enum.EnumType"}
        return frozenset(
            module.scope_base + number
            for module in self.program.modules
            for number, scope in enumerate(module.facts.scopes)
            if scope.kind == "class" and external.intersection(map(str, self.program.mro(module.scope_base + number)))
        )
