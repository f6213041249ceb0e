"""Prints the route table that one of the applications holds when it runs: method, path and function of each route.

usage: python tables.py APPLICATION
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from further_tables import TABLES as FURTHER_TABLES
from handlers import TABLES as HANDLER_TABLES
from library_tables import TABLES as LIBRARY_TABLES

Row = tuple[str, str, str]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def original(function: Any) -> Any:
    """What was written, below the decorators."""
    function = inspect.unwrap(function)
    for cell in getattr(function, "__closure__", None) or ():
        inner = cell.cell_contents
        if (
            inspect.isfunction(inner)
            and inner.__module__ == function.__module__
            and "<locals>.inner" in function.__qualname__
        ):
            return original(inner)
    return function


def named(function: Any) -> str:
    """The dotted name as leaklint writes it."""
    function = original(function)
    return f"{function.__module__}.{function.__qualname__}".replace(".<locals>", "")


def of_class(cls: type, path: str, only: tuple[str, ...] = METHODS) -> Iterator[Row]:
    """The methods of a class that are named after methods of HTTP."""
    for method in only:
        if hasattr(cls, method.lower()):
            yield method, path, named(getattr(cls, method.lower()))


def flask_table(module: Any) -> Iterator[Row]:
    app = module.create_app()
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        cls = getattr(view, "view_class", None)
        if cls is not None and not hasattr(cls, "get") and not hasattr(cls, "post"):
            view, cls = cls.dispatch_request, None
        methods = tuple(sorted(rule.methods & set(METHODS)))
        if cls is not None:
            yield from of_class(cls, rule.rule, methods)
        else:
            yield from ((method, rule.rule, named(view)) for method in methods)


def fastapi_table(module: Any) -> Iterator[Row]:
    yield from starlette_routes(module.create_app().routes, "")


def starlette_routes(routes: Any, prefix: str) -> Iterator[Row]:
    for route in routes:
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        path = prefix + getattr(route, "path", "")
        if inner:
            context = getattr(route, "include_context", None)
            yield from starlette_routes(inner, path + (context.prefix if context else ""))
        elif inspect.isclass(route.endpoint):
            yield from of_class(route.endpoint, path)
        else:
            methods = set(getattr(route, "methods", None) or {""}) - {"HEAD"}
            yield from ((method, path, named(route.endpoint)) for method in sorted(methods))


def django_table(module: Any) -> Iterator[Row]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "django_shop.settings"
    import django

    django.setup()
    from django.urls import get_resolver

    yield from django_patterns(get_resolver().url_patterns, "")


def django_patterns(patterns: Any, prefix: str) -> Iterator[Row]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from django_patterns(pattern.url_patterns, path)
            continue
        view = pattern.callback
        cls = getattr(view, "view_class", None) or getattr(view, "cls", None)
        actions = getattr(view, "actions", None)
        if actions:
            yield from (
                (verb.upper(), path, named(getattr(cls, name))) for verb, name in actions.items() if verb != "head"
            )
        elif cls is not None and "api_view" in getattr(cls, "get", view).__qualname__:
            yield from (
                (verb.upper(), path, f"{cls.__module__}.{cls.__name__}")
                for verb in sorted(cls.http_method_names)
                if verb != "options"
            )
        elif cls is not None:
            yield from of_class(cls, path)
        else:
            yield "", path, named(view)


def aiohttp_table(module: Any) -> Iterator[Row]:
    app = asyncio.run(module.create_app())
    for route in app.router.routes():
        yield from aiohttp_route(route)


def aiohttp_route(route: Any) -> Iterator[Row]:
    if inspect.isclass(route.handler):
        yield from of_class(route.handler, route.resource.canonical)
    elif route.resource is not None and route.method != "HEAD":
        yield route.method, route.resource.canonical, named(route.handler)


def tornado_table(module: Any) -> Iterator[Row]:
    from tornado.web import RequestHandler

    for rule in module.Shop().wildcard_router.rules:
        pattern = rule.matcher.regex.pattern
        for method in METHODS:
            function = getattr(rule.target, method.lower())
            if function is not getattr(RequestHandler, method.lower()) and function.__module__ == module.__name__:
                yield method, pattern, named(function)
        if hasattr(rule.target, "open"):
            yield "", pattern, named(rule.target.open)


def bottle_table(module: Any) -> Iterator[Row]:
    for route in module.app.routes:
        yield route.method, route.rule, named(route.callback)


def falcon_table(module: Any) -> Iterator[Row]:
    from falcon.inspect import inspect_routes

    for route in inspect_routes(module.create_app()):
        for method in route.methods:
            if not method.internal:
                yield method.method, route.path, f"{module.__name__}.{route.class_name}.{method.function_name}"


def celery_table(module: Any) -> Iterator[Row]:
    module.app.finalize()
    for name, task in module.app.tasks.items():
        if not name.startswith("celery."):
            yield "", name, named(task.run)


def pyramid_table(module: Any) -> Iterator[Row]:
    config = module.create_app()
    config.commit()
    patterns = {
        each["introspectable"]["name"]: each["introspectable"]["pattern"]
        for each in config.introspector.get_category("routes")
    }
    for each in config.introspector.get_category("views"):
        view = each["introspectable"]
        if view["route_name"] is None:
            continue
        path = "/" + patterns[view["route_name"]].lstrip("/")
        yield view["request_methods"], path, named(view["callable"])


def litestar_table(module: Any) -> Iterator[Row]:
    for route in module.create_app().routes:
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]:
            for method in getattr(handler, "http_methods", {""}):
                if method != "OPTIONS":
                    yield method, route.path, named(handler.fn)


def sanic_table(module: Any) -> Iterator[Row]:
    for route in module.create_app().router.routes:
        cls = getattr(route.handler, "view_class", None)
        if cls is not None:
            yield from of_class(cls, "/" + route.path, tuple(sorted(route.methods)))
        elif route.extra.websocket:
            yield "", "/" + route.path, named(route.handler.args[0])
        else:
            yield from ((method, "/" + route.path, named(route.handler)) for method in route.methods)


def quart_table(module: Any) -> Iterator[Row]:
    app = module.create_app()
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if rule.endpoint == "static":
            continue
        if rule.websocket:
            yield "", rule.rule, named(view)
        elif hasattr(view, "view_class"):
            yield from of_class(view.view_class, rule.rule, tuple(sorted(rule.methods & set(METHODS))))
        else:
            yield from ((method, rule.rule, named(view)) for method in sorted(rule.methods & set(METHODS)))


def ninja_table(module: Any) -> Iterator[Row]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "ninja_shop.settings"
    import django

    django.setup()
    from django.urls import get_resolver

    for outer in get_resolver().url_patterns:
        for inner in outer.url_patterns:
            view = _path_view(inner.callback)
            for operation in getattr(view, "operations", ()):
                for method in operation.methods:
                    yield method, str(outer.pattern) + str(inner.pattern), named(operation.view_func)


def _path_view(callback: Any) -> Any:
    """The object with the operations, which a view of Ninja is a method of or closes over."""
    callback = getattr(callback, "func", callback)
    cells = [cell.cell_contents for cell in getattr(callback, "__closure__", None) or ()]
    return next((each for each in (getattr(callback, "__self__", None), *cells) if hasattr(each, "operations")), None)


def werkzeug_table(module: Any) -> Iterator[Row]:
    for rule in module.Shop().urls.iter_rules():
        yield from ((method, rule.rule, named(rule.endpoint)) for method in (rule.methods or {""}) - {"HEAD"})


def restx_table(module: Any) -> Iterator[Row]:
    app = module.create_app()
    for rule in app.url_map.iter_rules():
        cls = getattr(app.view_functions[rule.endpoint], "view_class", None)
        if cls is not None and cls.__module__ == module.__name__:
            yield from of_class(cls, rule.rule, tuple(sorted(rule.methods & set(METHODS))))


def schedules_table(module: Any) -> Iterator[Row]:
    module.start()
    for job in module.scheduler.get_jobs():
        yield "", "", named(job.func)


def huey_table(module: Any) -> Iterator[Row]:
    for task in module.huey._registry._registry.values():
        name = task.__name__ if task.__name__ in vars(module) else task.__name__.removeprefix("queue_task_")
        yield "", "", f"{module.__name__}.{name}"


def dramatiq_table(module: Any) -> Iterator[Row]:
    import dramatiq

    for actor in dramatiq.get_broker().actors.values():
        yield "", "", named(actor.fn)


def mcp_table(module: Any) -> Iterator[Row]:
    for tool in module.server._tool_manager.list_tools():
        yield "", "", named(tool.fn)


def discord_table(module: Any) -> Iterator[Row]:
    for command in module.Shop().walk_commands():
        yield "", "", named(command.callback)
    for command in module.Shop().walk_app_commands():
        yield "", "", named(command.callback)


def socketio_table(module: Any) -> Iterator[Row]:
    for handlers in module.sio.handlers.values():
        yield from (("", "", named(function)) for function in handlers.values())
    for namespace in module.sio.namespace_handlers.values():
        names = [name for name in dir(namespace) if name.startswith("on_")]
        yield from (("", "", named(getattr(type(namespace), name))) for name in names)


def cherrypy_table(module: Any) -> Iterator[Row]:
    """What CherryPy's own dispatcher finds for every path of attributes, with up to two unknown parts after each."""
    import cherrypy  # noqa: PLC0415

    for prefix, app in module.create_app().apps.items():
        for trail in cherrypy_trails(module, app.root, ()):
            cherrypy.serving.request.app, cherrypy.serving.request.params = app, {}
            path = f"{prefix}/{'/'.join(trail)}"
            found, rest = cherrypy.dispatch.Dispatcher().find_handler(path.removeprefix(prefix))
            if type(found).__module__ == module.__name__:
                methods = [name for name in dir(found) if name in METHODS]
                rows = [(name, getattr(found, name)) for name in methods] or [("", found.__call__)]
            else:
                rows = [("", found)] if found is not None and found.__module__ == module.__name__ else []
            for method, function in rows:
                takes_rest = function.__name__ == "default"
                if bool(rest) == takes_rest and len(rest) < 2 and fits(function, rest, cherrypy.serving.request.params):
                    yield method, path.replace("0", "{}"), named(function)


def fits(function: Any, positional: Any, words: Any) -> bool:
    """Whether a page can be called so, as far as the path tells."""
    try:
        inspect.signature(function).bind_partial(*positional, **words)
    except TypeError:
        return False
    required = {each.name for each in inspect.signature(function).parameters.values() if each.default is each.empty}
    return not required & {"band", "album"} - set(words)


def cherrypy_trails(module: Any, node: Any, above: tuple[Any, ...]) -> Iterator[list[str]]:
    for count in range(3):
        yield ["0"] * count
        for name in dir(node) if len(above) < 4 else ():
            value = getattr(node, name)
            if name.startswith("_") or name in ("index", "default"):
                continue
            if getattr(value, "exposed", False) and not isinstance(value, type):
                yield [*["0"] * count, name]
            if type(value).__module__ == module.__name__ and value not in above:
                for trail in cherrypy_trails(module, value, (*above, node)):
                    yield [*["0"] * count, name, *trail]


TABLES: dict[str, Callable[[Any], Iterator[Row]]] = {
    "flask_shop": flask_table,
    "fastapi_shop": fastapi_table,
    "django_shop": django_table,
    "aiohttp_shop": aiohttp_table,
    "tornado_shop": tornado_table,
    "bottle_shop": bottle_table,
    "falcon_shop": falcon_table,
    "celery_shop": celery_table,
    "pyramid_shop": pyramid_table,
    "litestar_shop": litestar_table,
    "sanic_shop": sanic_table,
    "quart_shop": quart_table,
    "ninja_shop": ninja_table,
    "werkzeug_shop": werkzeug_table,
    "restx_shop": restx_table,
    "schedules_shop": schedules_table,
    "huey_shop": huey_table,
    "dramatiq_shop": dramatiq_table,
    "mcp_shop": mcp_table,
    "discord_shop": discord_table,
    "socketio_shop": socketio_table,
    "cherrypy_shop": cherrypy_table,
}

if __name__ == "__main__":
    name = sys.argv[1]
    TABLES |= {**HANDLER_TABLES, **FURTHER_TABLES, **LIBRARY_TABLES}
    print(json.dumps(sorted(set(TABLES[name](importlib.import_module(name))))))
