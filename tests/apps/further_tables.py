"""The route tables of further small applications; see `tables.py`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from handlers import Row, methods, named, original

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def name_of(function: Any) -> str:
    """The dotted name of one function."""
    return next(named([function]))[2]


def channels_table(module: Any) -> Iterator[Row]:
    """Consumers have the methods that they define: each is called by a message of its type."""
    waiting = [("", module.application.application_mapping["websocket"])]
    while waiting:
        prefix, router = waiting.pop()
        for route in router.routes:
            path = prefix + str(route.pattern)
            if hasattr(route.callback, "routes"):
                waiting.append((path, route.callback))
            else:
                yield from (("", path, name_of(each)) for each in methods(route.callback.consumer_class))


def nicegui_table(module: Any) -> Iterator[Row]:
    waiting = [("", each) for each in module.app.routes]
    while waiting:
        prefix, route = waiting.pop()
        context = getattr(route, "include_context", None)
        if context is not None:
            waiting += [(prefix + context.prefix, each) for each in route.original_router.routes]
        function = original(getattr(route, "endpoint", None))
        if inspect.isfunction(function) and function.__module__ == module.__name__:
            method = "GET" if function.__name__ == "price" else ""
            yield method, prefix + route.path, name_of(function)


def chalice_table(module: Any) -> Iterator[Row]:
    for path, entries in module.app.routes.items():
        yield from ((method, path, name_of(each.view_function)) for method, each in entries.items())


def klein_table(module: Any) -> Iterator[Row]:
    for owner in (module.app, module.Store().app):
        for rule in owner.url_map.iter_rules():
            for method in sorted((rule.methods or {""}) - {"HEAD"}):
                yield method, rule.rule, name_of(owner.endpoints[rule.endpoint])


def webpy_table(module: Any) -> Iterator[Row]:
    waiting = [("", module.app)]
    while waiting:
        prefix, app = waiting.pop()
        for pattern, target in app.mapping:
            if hasattr(target, "mapping"):
                waiting.append((prefix + pattern, target))
                continue
            cls = app.fvars[target]
            for each in methods(cls):
                yield each.__name__, prefix + pattern, name_of(each)


def blacksheep_table(module: Any) -> Iterator[Row]:
    module.router.apply_routes()
    for method, routes in module.app.router.routes.items():
        yield from ((method.decode(), each.pattern.decode(), name_of(each.handler)) for each in routes)


def robyn_table(module: Any) -> Iterator[Row]:
    for route in module.app.router.get_routes():
        yield str(route.route_type).rpartition(".")[2], route.route, name_of(route.function.handler)


def flask_views_table(module: Any) -> Iterator[Row]:
    app = module.create_app()
    for rule in app.url_map.iter_rules():
        view = original(app.view_functions[rule.endpoint])
        if getattr(view, "__module__", "") == module.__name__:
            yield from ((method, rule.rule, name_of(view)) for method in sorted(rule.methods & set(VERBS)))


def azure_table(module: Any) -> Iterator[Row]:
    for function in module.app.get_functions():
        trigger = function.get_trigger()
        if hasattr(trigger, "route"):
            for method in trigger.methods or [""]:
                yield getattr(method, "value", method), "/" + trigger.route, name_of(function.get_user_function())


TABLES: dict[str, Callable[[Any], Iterator[Row]]] = {
    "channels_shop": channels_table,
    "nicegui_shop": nicegui_table,
    "chalice_shop": chalice_table,
    "klein_shop": klein_table,
    "webpy_shop": webpy_table,
    "blacksheep_shop": blacksheep_table,
    "robyn_shop": robyn_table,
    "appbuilder_shop": flask_views_table,
    "admin_shop": flask_views_table,
    "azure_shop": azure_table,
}
