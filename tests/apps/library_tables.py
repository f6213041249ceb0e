"""What the objects of further libraries hold for small applications; see `tables.py`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from handlers import Row, called_from_outside, named, original

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def name_of(function: Any) -> str:
    """The dotted name of one function."""
    return next(named([function]))[2]


def lambda_table(module: Any) -> Iterator[Row]:
    for route in (*module.app._static_routes, *module.app._dynamic_routes):
        yield route.method, route.path, name_of(route.func)


def flask_module_table(module: Any) -> Iterator[Row]:
    """The functions and classes of the module itself that a Flask application routes to."""
    app = module.create_app()
    for rule in app.url_map.iter_rules():
        view = original(app.view_functions[rule.endpoint])
        cls = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for method in sorted(rule.methods & set(VERBS)):
            function = original(getattr(cls, method.lower())) if cls else view
            if getattr(function, "__module__", "") == module.__name__:
                yield method, rule.rule, name_of(function)


def cornice_table(module: Any) -> Iterator[Row]:
    for service in (module.items, module.home):
        yield from ((method, service.path, name_of(view)) for method, view, _ in service.definitions if method != "HEAD")


def telebot_table(module: Any) -> Iterator[Row]:
    bot = module.bot
    yield from named(each["function"] for each in (*bot.message_handlers, *bot.callback_query_handlers))


def rpyc_table(module: Any) -> Iterator[Row]:
    import rpyc

    with called_from_outside(module) as names:
        connection = rpyc.connect_thread(remote_service=module.Stock())
        assert connection.root.count("abc") == 3
        connection.close()
    yield from (("", "", name) for name in {*names, f"{module.__name__}.Stock.on_disconnect"})


def pyro_table(module: Any) -> Iterator[Row]:
    from Pyro5.server import _get_exposed_members as members

    for cls in (module.Stock, module.Prices):
        yield from named(getattr(cls, name) for name in members(cls)["methods"])


def mqtt_table(module: Any) -> Iterator[Row]:
    client = module.Watcher().client
    yield from named([client.on_connect, client.on_message, *client._on_message_filtered.iter_match("prices/1")])


def wsclient_table(module: Any) -> Iterator[Row]:
    app = module.connect()
    yield from named([app.on_message, app.on_close, app.on_open])


def kafka_table(module: Any) -> Iterator[Row]:
    """The function that goes on as long as there are messages."""
    consumer = module.KafkaConsumer
    with (
        mock.patch.object(consumer, "__init__", return_value=None),
        mock.patch.object(consumer, "__next__", side_effect=["a", "b", StopIteration]),
    ):
        module.consume()
    assert module.HANDLED == ["a", "b"]
    yield from named([module.consume])


def pika_table(module: Any) -> Iterator[Row]:
    """What a channel is given; its signature is the library's."""
    from pika.adapters.blocking_connection import BlockingChannel

    signature = inspect.signature(BlockingChannel.basic_consume)
    with mock.patch("pika.BlockingConnection") as connection:
        module.consume(None)
    channel = connection.return_value.__enter__.return_value.channel.return_value
    for call in channel.basic_consume.call_args_list:
        yield from named([signature.bind(channel, *call.args, **call.kwargs).arguments["on_message_callback"]])


def shiny_table(module: Any) -> Iterator[Row]:
    yield from named([module.app.server])


def bokeh_table(module: Any) -> Iterator[Row]:
    from bokeh.io import curdoc

    yield from named(each.callback for each in curdoc().session_callbacks)
    yield from named(module.slider._callbacks["value"])
    yield from named(each for found in module.button._event_callbacks.values() for each in found)


def kopf_table(module: Any) -> Iterator[Row]:
    import kopf

    registry = kopf.get_default_registry()
    for part in (registry._changing, registry._watching):
        yield from named(each.fn for each in part.get_all_handlers())


def procrastinate_table(module: Any) -> Iterator[Row]:
    yield from named(each.func for each in module.app.tasks.values() if each.func.__module__ == module.__name__)


def graph_table(module: Any) -> Iterator[Row]:
    graph = module.create_graph().builder
    yield from named(each.runnable.func for each in graph.nodes.values())
    yield from named(each.path.func for found in graph.branches.values() for each in found.values())
    yield from named([module.price.func])


def watchdog_table(module: Any) -> Iterator[Row]:
    from watchdog.events import FileCreatedEvent

    with called_from_outside(module) as names:
        module.Reload().dispatch(FileCreatedEvent("a"))
    yield from (("", "", name) for name in names)


def faststream_table(module: Any) -> Iterator[Row]:
    for subscriber in module.broker.subscribers:
        yield from named(each.handler._original_call for each in subscriber.calls)


TABLES: dict[str, Callable[[Any], Iterator[Row]]] = {
    "lambda_shop": lambda_table,
    "smorest_shop": flask_module_table,
    "apiflask_shop": flask_module_table,
    "openapi3_shop": flask_module_table,
    "cornice_shop": cornice_table,
    "telebot_shop": telebot_table,
    "rpyc_shop": rpyc_table,
    "pyro_shop": pyro_table,
    "mqtt_shop": mqtt_table,
    "wsclient_shop": wsclient_table,
    "kafka_shop": kafka_table,
    "pika_shop": pika_table,
    "shiny_shop": shiny_table,
    "bokeh_shop": bokeh_table,
    "kopf_shop": kopf_table,
    "procrastinate_shop": procrastinate_table,
    "graph_shop": graph_table,
    "watchdog_shop": watchdog_table,
    "faststream_shop": faststream_table,
}
