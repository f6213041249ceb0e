"""Which expressions are what somebody sends: the parts of a request, by the names that web frameworks give them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from leaklint.project.domains.words import LIKELY_FINITE
from leaklint.project.linker.program import External, ExternalInstance, InstanceValue, Program

_REQUEST = re.compile(
    r"(?!.*\b(httpclient|client|client_reqrep)\b)"
    r"(flask|quart|bottle|starlette|fastapi|aiohttp|sanic|django|rest_framework|ninja|litestar|falcon|pyramid|webob"
    r"|werkzeug|tornado|blacksheep|robyn|gradio|channels)\b.*\.(request|\w*Request|HTTPConnection|WebSocket)"
)
"""The classes of requests and connections, and the variables that stand for the current one."""

_NAMES = frozenset({"request", "req"})

_FIELDS = frozenset(
    {"args", "form", "json", "values", "files", "headers", "cookies", "query_params", "path_params", "match_info",
     "GET",
     "POST", "META", "FILES", "COOKIES", "query", "query_string", "rel_url", "url", "path", "full_path", "raw_path",
     "path_info", "path_qs", "uri", "remote", "remote_addr", "body", "data", "params", "view_args", "client",
     "user_agent", "matchdict", "json_body", "media", "forms", "ip", "arguments", "query_arguments", "body_arguments"}
)  # fmt: skip
_READS = frozenset(
    {"get_json", "json", "form", "body", "text", "read", "post", "get_data", "get_param", "get_media", "get_header",
     "receive_text", "receive_json", "receive_bytes"}
)  # fmt: skip
_OWN_READS = frozenset({"get_argument", "get_arguments", "get_query_argument", "get_body_argument", "get_cookie"})
_OWN_FIELDS = frozenset({"kwargs", "path_args", "path_kwargs"})
"""What the base classes of handlers have of a request themselves."""

_SERVED = frozenset({"path", "headers", "rfile", "client_address", "requestline", "raw_requestline"})
_SERVER = re.compile(r"(http\.server|BaseHTTPServer|socketserver|xmlrpc\.server)\..*Handler")
"""What the handlers of the standard library's servers have of a request themselves."""

_HANDLER = re.compile(r"(django|rest_framework|flask|tornado|sanic|aiohttp)\b.*(View|ViewSet|RequestHandler|Mixin)")


class Requests:
    """Recognises parts of requests. `variable` gives the slot of a name seen from a scope, and who binds it."""

    def __init__(
        self, program: Program, variable: Callable[[str, int], tuple[int, int] | None], is_application: bool
    ) -> None:
        """In a library, whose users' requests are of other kinds, only what is known to be a web framework's counts."""
        self.program = program
        self.variable = variable
        self.is_application = is_application

    def is_part(self, node: ast.expr, scope: int, named: bool = False) -> bool:
        """Whether an expression is, or is taken from, what whoever sends a request makes up.

        `named` says that a name is enough for a request, in a library as well.
        """
        while True:
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Attribute) and self._is_read(node.func, scope, named):
                    return True
                node = node.func
            elif isinstance(node, ast.Attribute):
                if self._is_field(node, scope, named):
                    return True
                if LIKELY_FINITE.match(node.attr):
                    return False
                node = node.value
            elif isinstance(node, (ast.Subscript, ast.Await)):
                node = node.value
            else:
                return False

    def _is_read(self, func: ast.Attribute, scope: int, named: bool) -> bool:
        if func.attr in _OWN_READS and self._is_handler(func.value, scope):
            return True
        return func.attr in _READS and self._is_request(func.value, scope, named)

    def _is_field(self, node: ast.Attribute, scope: int, named: bool) -> bool:
        if node.attr in _OWN_FIELDS and self._is_handler(node.value, scope):
            return True
        if node.attr in _SERVED and self._is_handler(node.value, scope, _SERVER):
            return True
        return node.attr in _FIELDS and self._is_request(node.value, scope, named)

    def _is_handler(self, node: ast.expr, scope: int, bases: re.Pattern[str] = _HANDLER) -> bool:
        """Whether an expression is `self` in a class that derives from a web framework's or other server's handlers."""
        cls = self.program.class_of(scope) if isinstance(node, ast.Name) and node.id == "self" else None
        return cls is not None and any(
            isinstance(base, str) and bases.fullmatch(base) for base in self.program.mro(cls)
        )

    def _is_request(self, node: ast.expr, scope: int, named: bool) -> bool:
        if isinstance(node, ast.Attribute):
            own = isinstance(node.value, ast.Name) and node.value.id == "self"
            return node.attr == "request" and ((named and own) or self._is_handler(node.value, scope))
        found = self.variable(node.id, scope) if isinstance(node, ast.Name) else None
        if found is None or not isinstance(node, ast.Name):
            return False
        values = self.program.values(found[0])
        foreign = [value for value in values if isinstance(value, (External, ExternalInstance))]
        if any(_REQUEST.fullmatch(value.dotted) for value in foreign):
            return True
        own = any(isinstance(value, InstanceValue) for value in values)
        if own or not (self.is_application or named) or node.id not in _NAMES:
            return False
        return any(param.name == node.id for param in self.program.scope(found[1]).params)
