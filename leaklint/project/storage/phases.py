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

from leaklint.discover import Role
from leaklint.facts import NOWHERE, Op
from leaklint.project.linker.program import Edge, FunctionValue, Module, Program
from leaklint.project.storage.endless import Endless
from leaklint.project.storage.lifetime_names import APPLICATION_CALLS

QUIET_ROLES: frozenset[Role] = frozenset({"test", "example", "stub", "vendored", "generated", "script"})
"""Files that neither grow a container that matters nor prove that something is removed."""

STARTUP_NAME = re.compile(
    r"(?!__\w+__$)_*(register|setup|set_up|configure|init(ialize|ialise)?|install|load|populate|(auto)?discover|bootstrap|ready"
    r"|create_app|make_app|build_app|get_app|main|includeme|contribute_to_class|define|declare|import|startup|on_startup"
    r"|prepare|launch|mount|include|run(?=_(apps?|server|main|cli|web|asgi|wsgi|program|process|daemon|service|bot|forever|migrations?|setup|startup|from|with|workers?|import)(_|$))|runserver|monkey_?patch|patch|instrument|autoload|preload|warm_?up|override|add_arguments|enable_plugin"
    r"|_?add_(\w+_)?(sub_?app|plugin|handler|provider|backend|route|url_rule|resource|type|format|codec|converter|extension|middleware|library|adapter|partial)s?)"
    r"(_|$|[A-Z0-9])|_*(Register|Setup|Configure|Init|Install|Load)[A-Z]"
)

_OF_A_CALL = re.compile(
    r"(\w+_)?(request|req|user|username|user_?name|\w+_id|uuid|token|session|session_key|message|msg|query|sql|prompt|job|record"
    r"|row|item|payload|email|question|customer|account|order)$"
)
"""Parameters that differ from call to call: what takes one does not set a program up."""

_LISTENS = re.compile(r"(run|serve|start|listen)(_|$)")
_PORT = re.compile(r"(\w+_)?ports?$")
"""What a server is told when it starts."""

_FETCHES = re.compile(r"_*(load|import|prepare|run)(_|$)")
_OF_A_PROGRAM = re.compile(
    r"(self|cls|(\w+_)?(app|application|config|configuration|settings|conf|parser|registry|modules?|plugins?|options|args|argv"
    r"|environ|env|name|package|debug|verbose|host|port|loop|logger|kwargs))$"
)
"""What a program is set up from."""

_REGISTERS = re.compile(r"_*(register|define|declare|include|mount|add)", re.IGNORECASE)

SHUTDOWN_NAME = re.compile(
    r"_*(close|aclose|shut_?down|stop|terminate|dispose|destroy|tear_?down|quit|exit|cancel|finali[sz]e|__exit__|__aexit__|__del__"
    r"|on_(close|stop|shutdown|exit)|uninstall|unload|reset|clear|clean_?up_for_tests?|reset_for_tests?|kill|abort"
    r"|do_clear|do_reset|(remove|delete|drop|unregister|disconnect)_?all|reinit|reinitialize|deinit|uninstrument|unpatch|disable|deactivate|clean_?up)(_|$|all\b)"
)

_ROUTES = re.compile(r"(host|route|blueprint|websocket(_route)?|static|middleware|exception(_handler)?|listener)$")
"""Methods of an application by which a program is put together."""

_ANSWER = re.compile(r".*(Response|Request|Endpoint|Exception|Error)$")
"""What is made for one request, though a server calls it like an application."""

_COMMAND = re.compile(r"(\w+\.)*(command|group|callback)\b")
"""What makes a function a command of a command line; commands of bots are entry points by their models."""

_PROGRAM = re.compile(r"click\.(command|group)\b")
"""What makes a function the program itself."""

_COMMANDS = re.compile(r"(^|/)(management/commands/\w+|commands?/\w+|cli/\w+|_*cli|__main__)\.py$")
"""Modules of commands: what nothing else calls in them runs once."""

_FUNCTION_NAME = re.compile(
    r"(f|fn|fun|func|function|cls|klass|method|view|view_func|handler|callback|wrapped|decorated|compile_func|filter_func"
    r"|listener|hook|command|endpoint|target|processor|validator|factory)$"
)

_MANY = 4
"""So many times more calls at import than while serving make a registration, whatever the others are."""

_AT_EXIT = frozenset({"atexit.register", "weakref.finalize"})
_AT_FORK = frozenset({"os.register_at_fork"})
"""What calls the function that it is given as the process ends or begins."""

_AWAITED = re.compile(r"(asyncio\.to_thread|(anyio\.)?to_thread\.run_sync|[\w.]+\.run_in_executor)")
"""What runs a function in a thread, and is awaited."""

_ATTR, _CALL, _RETURN = int(Op.ATTR), int(Op.CALL), int(Op.RETURN)
_STORED = {int(Op.SET_ATTR): 3, int(Op.STORE_ITEM): 3, int(Op.ELEM): 2, _RETURN: 1}
"""Instructions that keep a value or give it back, and where its slot stands in them."""

ENDING_NAME = re.compile(
    r"_*((a?close|shut_?down|terminate|dispose|destroy|tear_?down|finali[sz]e|__exit__|__aexit__|__del__|uninstall"
    r"|on_(close|stop|shutdown|exit)|connection_lost)(_|$|all\b)"
    r"|(stop|quit|exit|cancel|kill|abort)(_?all|_(server|now|async|sync|gracefully)|_\w+s)?$)"
)
"""Methods that end their object, whoever calls them."""

CLOSING_NAME = re.compile(
    r"(on_(close|connection_close|disconnect|finish)|connection_?[lL]ost|disconnect|session_end)$"
)
"""Methods by which a framework tells a handler that its client is gone: that happens while the process serves."""

STARTING_OVER = re.compile(r"_*(reset|clear|re_?init|init)")
"""Methods that make anew what their object holds."""

_BASES = re.compile(r"(\w+_)?bases$")

_IMPORT_HOOK = re.compile(r"__(init_subclass(_\w+)?|set_name|prepare)__$")
"""What runs when a class is defined; libraries give `__init_subclass__` further arguments under a longer name."""


class Phases:
    """The phase of every function: import, startup, serving, shutdown or test."""

    def __init__(
        self,
        program: Program,
        serving: Iterable[int],
        once: Iterable[int],
        shutdown: Iterable[int],
        is_application: bool = False,
    ) -> None:
        """`serving`, `once` and `shutdown` are the functions that the models know to run then.

        Nobody but its own code makes the objects of an application; a library's users make its public classes too.
        """
        self.program = program
        self.endless = Endless(program)
        self.is_application = is_application
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
        if any(not self.quiet(edge.caller) for edge in self.program.edges_to(gid) if edge.caller != gid):
            return True
        return self.program.scope(gid).name in self.handed_on

    @cached_property
    def handed_on(self) -> frozenset[str]:
        """Names of functions and methods that are read without being called there: callbacks, patched methods."""
        out: set[str] = set()
        for module in self.program.modules:
            if module.role in QUIET_ROLES:
                continue
            names = {variable.slot: variable.name for variable in module.facts.variables}
            defined = {scope.name for scope in module.facts.scopes if scope.kind == "function"}
            called = {step[2] for step in module.instructions(_CALL)}
            out.update([step[3] for step in module.instructions(_ATTR) if step[1] not in called])
            kept = [step[operand] for op, operand in _STORED.items() for step in module.instructions(op)]
            out.update(defined.intersection([names[slot] for slot in kept if slot in names]))
            for step in module.instructions(_CALL):
                if (step[3] or step[4]) and step[8] == "call":
                    out.update([names[slot] for slot in step[3] if slot in names])
                    out.update([names[slot] for _, slot in step[4] if slot in names])
        return frozenset(out)

    def is_command(self, gid: int) -> bool:
        """Whether the code lies in a module of commands of a command line."""
        return _COMMANDS.search(self.program.module_of(gid).path) is not None

    def called_at_import(self, gid: int) -> bool:
        """Whether a function is called while modules are imported, but for an odd call."""
        phases = [self.of(edge.caller) for edge in self.program.edges_to(gid) if edge.how != "name"]
        early = sum(phase == "import" for phase in phases)
        return early >= _MANY and early >= _MANY * sum(phase == "serving" for phase in phases)

    def quiet(self, gid: int) -> bool:
        """Whether the code lies in a file that never counts: a test, an example, vendored or generated."""
        return gid in self._quiet

    @cached_property
    def _quiet(self) -> frozenset[int]:
        quiet = [module for module in self.program.modules if module.role in QUIET_ROLES]
        return frozenset(each.scope_base + number for each in quiet for number in range(len(each.facts.scopes)))

    @staticmethod
    def quiet_file(module: Module) -> bool:
        """Whether a file never counts; files that can't be read have no scopes to ask about."""
        return module.role in QUIET_ROLES

    def exclusively(self, gid: int, names: re.Pattern[str], depth: int = 4) -> bool:
        """Whether the function bears a name of that pattern; where it has callers, whether each of them does."""
        edges = [each for each in self.program.edges_to(gid) if not (self.mends(each) or self.makes_own(each, gid))]
        callers = {edge.caller for edge in edges if not self.quiet(edge.caller)} - {gid}
        if not callers or depth == 0:
            return bool(names.match(self.program.scope(gid).name)) and not self._tells_of_client(gid)
        return all(self.exclusively(caller, names, depth - 1) for caller in callers)

    def makes_own(self, edge: Edge, gid: int) -> bool:
        """Whether a method is called by the initialiser of its own object, which has it make what it would empty."""
        made, cls = self.program.class_of(edge.caller), self.program.class_of(gid)
        if made is None or cls is None or self.program.scope(edge.caller).name != "__init__":
            return False
        if edge.kind == "callback":
            return False  # handed on, it is called later
        if not STARTING_OVER.match(self.program.scope(gid).name):
            return False
        return cls in self.program.mro(made) or made in self.program.mro(cls)

    def mends(self, edge: Edge) -> bool:
        """Whether a call stands in an arm for exceptions: it starts over after an error, and else never."""
        module = self.program.module_of(edge.caller)
        block = module.own_block(edge.block)
        while block != NOWHERE and module.facts.blocks[block].kind != "except":
            block = module.facts.blocks[block].parent
        return block != NOWHERE

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
            callee = edge.callee
            if callee not in phase and isinstance(callee, int) and edge.how != "name":
                scope = self.program.scope(callee)
                if scope.kind in ("module", "class") or _IMPORT_HOOK.match(scope.name):
                    continue
                if scope.name != "__init__" or self.program.class_of(callee) not in self.applications:
                    yield callee

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
        if self._is_waited_for(gid):
            return None
        if gid in self._serving or self._tells_of_client(gid):
            return "serving"
        if self.ends(gid):
            return "shutdown"
        if gid in self._once or (name == "__init__" and self.program.class_of(gid) in self.applications):
            return "startup"
        if any(_PROGRAM.match(each.text) for each in self.program.scope(gid).decorators):
            return "startup"
        if self._runs_by_itself(gid) and (self.endless.goes_on(gid) or not self._sets_up(gid, name)):
            return "serving"
        if _IMPORT_HOOK.match(name) or (name in ("__new__", "__init__") and self._is_metaclass_method(gid)):
            return "import"
        callers = [edge.caller for edge in self.program.edges_to(gid) if edge.how != "name" and edge.caller != gid]
        callers = [caller for caller in callers if not self.quiet(caller)]
        if callers and not (name in ("__init__", "__new__") and self._is_offered(gid, callers)):
            return None
        if self._decorates(gid) or any(_COMMAND.match(each.text) for each in self.program.scope(gid).decorators):
            return "startup"
        if self.is_command(gid):
            return "startup"
        if SHUTDOWN_NAME.match(name):
            return "shutdown"
        return "startup" if self._sets_up(gid, name) else "serving"

    @cached_property
    def applications(self) -> frozenset[int | None]:
        """Classes that a server calls by the shape of their `__call__`: a program makes one of each when it starts."""
        found = set()
        for module in self.program.modules:
            for number, scope in enumerate(module.facts.scopes):
                gid = module.scope_base + number
                if scope.name == "__call__" and tuple(each.name for each in scope.params[1:]) in APPLICATION_CALLS:
                    cls = self.program.class_of(gid)
                    if cls is not None and not _ANSWER.match(self.program.scope(cls).name):
                        found.add(cls)
        return frozenset(found)

    def _sets_up(self, gid: int, name: str) -> bool:
        """Whether a function bears the name of one that a program calls to set itself up, and takes what fits that."""
        routes = _ROUTES.match(name) and self._is_of_application(gid)
        scope = self.program.scope(gid)
        listens = _LISTENS.match(name) and any(_PORT.match(param.name) for param in scope.params)
        if not (routes or listens or STARTUP_NAME.match(name)):
            return False
        if _FETCHES.match(name) and any(step[0] == _RETURN and step[1] != NOWHERE for step in scope.code):
            if any(not _OF_A_PROGRAM.match(param.name) for param in scope.params):
                return False  # it gives back what belongs to its arguments
        given = [param.name for param in scope.params if _OF_A_CALL.match(param.name)]
        return all(_REGISTERS.match(name) and each in name.lower() for each in given)

    def _is_of_application(self, gid: int) -> bool:
        """Whether a method's class is an application, or shares with one what it is put together by."""
        cls = self.program.class_of(gid)
        bases = [base for base in self.program.mro(cls) if isinstance(base, int)] if cls is not None else []
        return any(not self.applications.isdisjoint((base, *self.program.subclasses(base))) for base in bases)

    def _decorates(self, gid: int) -> bool:
        """Whether a function is a decorator by its shape, or makes one: decorators are applied at import.

        It is nested and takes one function, or gives back the function that it takes; or it gives back such a one.
        """
        if gid in self._decorators or any(self._decorates(inner) for inner in self._nested.get(gid, ())):
            return True
        base = self.program.module_of(gid).slot_base
        given = [step[1] + base for step in self.program.scope(gid).code if step[0] == _RETURN and step[1] != NOWHERE]
        values = [value for slot in given for value in self.program.values(slot)]
        return bool(values) and all(
            isinstance(value, FunctionValue) and value.gid in self._decorators for value in values
        )

    @cached_property
    def _nested(self) -> dict[int, list[int]]:
        """The functions that are written in the body of each scope, but for modules."""
        out: dict[int, list[int]] = defaultdict(list)
        for module in self.program.modules:
            for number, scope in enumerate(module.facts.scopes):
                if scope.kind == "function" and scope.parent > 0:
                    out[module.scope_base + scope.parent].append(module.scope_base + number)
        return out

    @cached_property
    def _decorators(self) -> frozenset[int]:
        out = set()
        for module in self.program.modules:
            scopes = module.facts.scopes
            for number, scope in enumerate(scopes):
                params = [param for param in scope.params if param.name not in ("self", "cls")]
                if scope.kind != "function" or not params:
                    continue
                nested = scopes[scope.parent].kind == "function"
                registering = nested and _REGISTERS.match(scopes[scope.parent].name)
                if not registering and not _FUNCTION_NAME.match(params[0].name):
                    continue
                returned = any(step[0] == _RETURN and step[1] == params[0].slot for step in scope.code)
                if returned or (nested and len(scope.params) == 1):
                    out.add(module.scope_base + number)
        return frozenset(out)

    def _is_offered(self, initialiser: int, callers: Iterable[int]) -> bool:
        """Whether a class is public and made only by start-up code, as far as names tell: its users make it as well."""
        cls = self.program.class_of(initialiser)
        if (
            self.is_application
            or cls is None
            or any(part.startswith("_") for part in self.program.scope(cls).qualname.split("."))
        ):
            return False
        return all(STARTUP_NAME.match(self.program.scope(caller).name) for caller in callers)

    def _tells_of_client(self, gid: int) -> bool:
        """Whether a framework calls a handler's method when its client is gone."""
        closing = CLOSING_NAME.match(self.program.scope(gid).name)
        return closing is not None and self.program.class_of(gid) in self._serving_classes

    def forks(self, gid: int) -> bool:
        """Whether the function is there to be called when the process begins as a fork of another."""
        return any(self._handed_to(edge, _AT_FORK) for edge in self._callbacks.get(gid, ()))

    def ends(self, gid: int) -> bool:
        """Whether the function is registered to run when the process ends, in the code or by a framework."""
        decorators = self.program.scope(gid).decorators
        if gid in self._shutdown or any(decorator.text.startswith("atexit.register") for decorator in decorators):
            return True
        return any(self._handed_to(edge, _AT_EXIT) for edge in self._callbacks.get(gid, ()))

    @cached_property
    def _callbacks(self) -> dict[int, list[Edge]]:
        """For each function the places that hand it to something external, which calls it."""
        out: dict[int, list[Edge]] = defaultdict(list)
        for edge in self.program.edges:
            if edge.kind == "callback" and isinstance(edge.callee, int):
                out[edge.callee].append(edge)
        return out

    def _runs_by_itself(self, gid: int) -> bool:
        """Whether something outside the project calls the function later, or it loops for ever."""
        if self.endless.goes_on(gid):
            return True
        given = [edge for edge in self._callbacks.get(gid, ()) if not self.quiet(edge.caller)]
        return any(not self._handed_to(edge, _AT_EXIT) for edge in given)

    def passes_once(self, gid: int, block: int) -> bool:
        """Whether a place comes before the endless loop of a function that a program calls when it starts."""
        if not self.endless.goes_on(gid) or self.endless.turns(gid, block):
            return False
        callers = {edge.caller for edge in self.program.edges_to(gid) if edge.how != "name"} - {gid}
        phases = {self.of(caller) for caller in callers if not self.quiet(caller)}
        return bool(phases) and phases <= {"import", "startup"}

    def _is_waited_for(self, gid: int) -> bool:
        """Whether a function is only handed to threads that are waited for: it runs as often as who hands it on."""
        given = [edge for edge in self._callbacks.get(gid, ()) if not self.quiet(edge.caller)]
        if not given or self.endless.goes_on(gid) or self.program.scope(gid).decorators:
            return False
        return all(
            any(
                _AWAITED.fullmatch(str(each.callee)) and each.row == edge.row
                for each in self.program.edges_from(edge.caller)
            )
            for edge in given
        )

    def _handed_to(self, edge: Edge, takers: frozenset[str]) -> bool:
        return any(other.callee in takers and other.row == edge.row for other in self.program.edges_from(edge.caller))

    def _is_metaclass_method(self, gid: int) -> bool:
        """Whether a method makes a class: its own derives from `type`, or it takes a class's bases."""
        cls = self.program.class_of(gid)
        if cls is not None and any(_BASES.match(param.name) for param in self.program.scope(gid).params[2:3]):
            return True
        return cls is not None and cls in self.metaclasses

    @cached_property
    def _serving_classes(self) -> frozenset[int | None]:
        """Classes whose methods a framework calls."""
        classes = frozenset(self.program.class_of(gid) for gid in self._serving)
        return classes - {None}

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
