"""The handlers that small applications hold when they run, or that their servers call: bots, queues, GraphQL, servers.

`TABLES` has a function for each application. Most ask the framework's own registry; servers that keep none
are started and asked over a socket, and what counts is every function that the server called of its own accord.
"""

from __future__ import annotations

import asyncio
import http.client
import inspect
import socket
import sys
import threading
import xmlrpc.client
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

Row = tuple[str, str, str]


def original(function: Any) -> Any:
    """The function below bound methods, partials and wrappers."""
    while True:
        inner = (
            getattr(function, "__func__", None)
            or getattr(function, "__wrapped__", None)
            or getattr(function, "func", None)
        )
        if not inspect.isroutine(inner):
            return function
        function = inner


def named(functions: Iterable[Any]) -> Iterator[Row]:
    """Rows of functions that have neither a method nor a path."""
    for each in map(original, functions):
        yield "", "", f"{each.__module__}.{each.__qualname__}".replace(".<locals>", "")


def methods(cls: type) -> Iterator[Any]:
    """What a class itself defines."""
    return (each for each in vars(cls).values() if inspect.isfunction(each))


@contextmanager
def called_from_outside(module: Any) -> Iterator[list[str]]:
    """The functions of a module that others call meanwhile, in any thread."""
    seen: dict[CodeType, FrameType] = {}

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename == module.__file__ and frame.f_back is not None:
            if frame.f_back.f_code.co_filename != module.__file__:
                seen.setdefault(frame.f_code, frame)

    names: list[str] = []
    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        yield names
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    names += [f"{module.__name__}.{_qualified(module, code)}" for code in seen]


def _qualified(module: Any, code: CodeType) -> str:
    for value in vars(module).values():
        if inspect.isfunction(value) and value.__code__ is code:
            return value.__qualname__
        if inspect.isclass(value) and value.__module__ == module.__name__:
            for each in methods(value):
                if each.__code__ is code:
                    return str(each.__qualname__)
    return code.co_name


def asked(port: int, text: bytes) -> bytes:
    """What a server on this machine answers to a line."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(text)
        return client.recv(4096)


def servers_table(module: Any) -> Iterator[Row]:
    with called_from_outside(module) as names:
        _ask_web(module.serve_web())
        _ask_threaded(module.serve_lines(), lambda port: asked(port, b"a\n"))
        _ask_threaded(module.serve_calls(), _ask_calls)
        asyncio.run(_ask_streams(module.serve_streams))
        asyncio.run(_ask_streams(module.serve_protocol))
    own = {f"{module.__name__}.{name}" for name in vars(module) if name.startswith("serve_")}
    yield from (("", "", name) for name in names if name not in own)


def _ask_threaded(server: Any, ask: Callable[[int], object]) -> None:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        ask(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _ask_web(server: Any) -> None:
    def ask(port: int) -> None:
        for method in ("GET", "POST"):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            client.request(method, "/")
            assert client.getresponse().status == 200
            client.close()

    _ask_threaded(server, ask)


def _ask_calls(port: int) -> None:
    with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}") as proxy:
        assert proxy.price("abc") == proxy.count("abc") == 3


async def _ask_streams(serve: Callable[[], Awaitable[Any]]) -> None:
    server = await serve()
    async with server:
        answer = await asyncio.to_thread(asked, server.sockets[0].getsockname()[1], b"a\n")
        assert answer == b"a\n"


def websockets_table(module: Any) -> Iterator[Row]:
    from websockets.asyncio.client import connect

    async def ask() -> None:
        async with module.create_server() as server:
            port = server.sockets[0].getsockname()[1]
            async with connect(f"ws://127.0.0.1:{port}/") as client:
                await client.send("a")
                assert await client.recv() == "a"

    with called_from_outside(module) as names:
        asyncio.run(ask())
    yield from (("", "", name) for name in names if not name.endswith((".create_server", ".answer")))


def twisted_table(module: Any) -> Iterator[Row]:
    from twisted.internet import reactor

    def ask(line_port: int, web_port: int) -> None:
        try:
            assert asked(line_port, b"a\r\n")
            for method in ("GET", "POST"):
                client = http.client.HTTPConnection("127.0.0.1", web_port, timeout=10)
                client.request(method, "/item")
                assert client.getresponse().read()
                client.close()
        finally:
            reactor.callFromThread(reactor.callLater, 0.2, reactor.stop)

    with called_from_outside(module) as names:
        lines = reactor.listenTCP(0, module.Lines(), interface="127.0.0.1").getHost().port
        web = reactor.listenTCP(0, module.create_site(), interface="127.0.0.1").getHost().port
        thread = threading.Thread(target=ask, args=(lines, web))
        reactor.callWhenRunning(thread.start)
        reactor.run(installSignalHandlers=False)
        thread.join()
    yield from (("", "", name) for name in names if not name.endswith(".create_site"))


def kombu_table(module: Any) -> Iterator[Row]:
    with module.connect() as connection:
        channel = connection.channel()
        yield from named(module.consume(channel).callbacks)
        from kombu import Consumer

        worker = module.Worker(connection)
        for consumer in worker.get_consumers(lambda **given: Consumer(channel, **given), channel):
            yield from named(consumer.callbacks)


def rq_table(module: Any) -> Iterator[Row]:
    module.start()
    for job in [
        *module.queue.get_jobs(),
        *map(module.queue.fetch_job, module.queue.scheduled_job_registry.get_job_ids()),
    ]:
        yield from named(each for each in (job.func, job.success_callback) if each is not None)


def telegram_table(module: Any) -> Iterator[Row]:
    app = module.create_app()
    waiting: list[Any] = [each for group in app.handlers.values() for each in group]
    yield from named(app.error_handlers)
    while waiting:
        handler = waiting.pop()
        if hasattr(handler, "entry_points"):
            waiting += [
                *handler.entry_points,
                *handler.fallbacks,
                *(each for state in handler.states.values() for each in state),
            ]
        else:
            yield from named([handler.callback])


def slack_table(module: Any) -> Iterator[Row]:
    for listener in module.app._listeners:
        yield from named([listener.ack_function, *listener.lazy_functions])


def grpc_table(module: Any) -> Iterator[Row]:
    import grpc_shop.server

    for handler in grpc_shop.server.create_server()._state.generic_handlers:
        for method in handler._method_handlers.values():
            functions = (method.unary_unary, method.unary_stream, method.stream_unary, method.stream_stream)
            yield from named(each for each in functions if each is not None)


def graphql_fields(schema: Any) -> Iterator[Any]:
    """The fields of the types that an application wrote."""
    for name, each in schema.type_map.items():
        if not name.startswith("__"):
            yield from getattr(each, "fields", {}).values()


def strawberry_table(module: Any) -> Iterator[Row]:
    for each in module.schema.schema_converter.type_map.values():
        for field in getattr(each.definition, "fields", ()):
            if field.base_resolver is not None:
                yield from named([field.base_resolver.wrapped_func])


def graphene_table(module: Any) -> Iterator[Row]:
    for field in graphql_fields(module.schema.graphql_schema):
        if getattr(field, "resolve", None) is not None:
            yield from (row for row in named([field.resolve]) if row[2].startswith(module.__name__))


def ariadne_table(module: Any) -> Iterator[Row]:
    for field in graphql_fields(module.create_schema()):
        functions = (getattr(field, "resolve", None), getattr(field, "subscribe", None))
        yield from (row for row in named(each for each in functions if each) if row[2].startswith(module.__name__))


def arq_table(module: Any) -> Iterator[Row]:
    from arq.worker import get_kwargs

    given = get_kwargs(module.WorkerSettings)
    tasks = [getattr(each, "coroutine", each) for each in (*given["functions"], *given["cron_jobs"])]
    yield from named([*tasks, given["on_job_start"]])


def taskiq_table(module: Any) -> Iterator[Row]:
    for task in module.broker.get_all_tasks().values():
        yield from (
            (method, path, name.removesuffix("__taskiq_original")) for method, path, name in named([task.original_func])
        )


def aiogram_table(module: Any) -> Iterator[Row]:
    waiting = [module.create_dispatcher()]
    while waiting:
        router = waiting.pop()
        waiting += router.sub_routers
        for observer in router.observers.values():
            yield from (
                row for row in named(each.callback for each in observer.handlers) if row[2].startswith(module.__name__)
            )


def dash_table(module: Any) -> Iterator[Row]:
    module.app._setup_server()
    yield from named(each["callback"] for each in module.app.callback_map.values() if "callback" in each)


def gradio_table(module: Any) -> Iterator[Row]:
    functions = [original(each.fn) for blocks in (module.demo, module.single) for each in blocks.fns.values()]
    yield from named(
        each for each in functions if getattr(each, "__module__", "") == module.__name__ and inspect.isfunction(each)
    )


def functions_table(module: Any) -> Iterator[Row]:
    from functions_framework import _function_registry

    yield from named(getattr(module, name) for name in _function_registry.REGISTRY_MAP)


def fastmcp_table(module: Any) -> Iterator[Row]:
    async def listed(server: Any) -> list[Any]:
        return [*await server.list_tools(), *await server.list_resource_templates(), *await server.list_prompts()]

    yield from named(
        {
            each.fn
            for server in (module.server, module.admin)
            for each in asyncio.run(listed(server))
            if hasattr(each, "fn")
        }
    )


def jsonrpc_table(module: Any) -> Iterator[Row]:
    from jsonrpcserver.methods import global_methods

    yield from named(global_methods.values())


def flaskio_table(module: Any) -> Iterator[Row]:
    for handlers in module.sio.server.handlers.values():
        yield from named(handlers.values())
    for namespace in module.sio.server.namespace_handlers.values():
        yield from named(each for each in methods(type(namespace)) if each.__name__.startswith("on_"))


TABLES: dict[str, Callable[[Any], Iterator[Row]]] = {
    "servers_shop": servers_table,
    "websockets_shop": websockets_table,
    "twisted_shop": twisted_table,
    "kombu_shop": kombu_table,
    "rq_shop": rq_table,
    "telegram_shop": telegram_table,
    "slack_shop": slack_table,
    "grpc_shop": grpc_table,
    "strawberry_shop": strawberry_table,
    "graphene_shop": graphene_table,
    "ariadne_shop": ariadne_table,
    "arq_shop": arq_table,
    "taskiq_shop": taskiq_table,
    "aiogram_shop": aiogram_table,
    "dash_shop": dash_table,
    "gradio_shop": gradio_table,
    "functions_shop": functions_table,
    "fastmcp_shop": fastmcp_table,
    "jsonrpc_shop": jsonrpc_table,
    "flaskio_shop": flaskio_table,
}
