"""Entry points: small applications are really built, and their own route tables are what leaklint has to say."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from leaklint.cli import main

APPS = Path(__file__).parent / "apps"
NEEDED = {
    "flask_shop": ("flask", "flask_restful"),
    "fastapi_shop": ("fastapi",),
    "django_shop": ("django", "rest_framework"),
    "aiohttp_shop": ("aiohttp",),
    "tornado_shop": ("tornado",),
    "bottle_shop": ("bottle",),
    "falcon_shop": ("falcon",),
    "celery_shop": ("celery",),
    "pyramid_shop": ("pyramid",),
    "litestar_shop": ("litestar",),
    "sanic_shop": ("sanic",),
    "quart_shop": ("quart",),
    "ninja_shop": ("django", "ninja"),
    "werkzeug_shop": ("werkzeug",),
    "restx_shop": ("flask_restx",),
    "azure_shop": ("azure.functions",),
    "blacksheep_shop": ("blacksheep",),
    "chalice_shop": ("chalice",),
    "klein_shop": ("klein",),
    "nicegui_shop": ("nicegui",),
    "robyn_shop": ("robyn",),
    "webpy_shop": ("web",),
    "lambda_shop": ("aws_lambda_powertools",),
    "smorest_shop": ("flask_smorest",),
    "apiflask_shop": ("apiflask",),
    "openapi3_shop": ("flask_openapi3",),
    "cornice_shop": ("cornice",),
    "cherrypy_shop": ("cherrypy",),
}
HANDLERS = {
    "schedules_shop": ("apscheduler", "schedule"),
    "huey_shop": ("huey", "task", "schedule"),
    "dramatiq_shop": ("dramatiq", "task"),
    "mcp_shop": ("mcp", "tool"),
    "discord_shop": ("discord", "message"),
    "socketio_shop": ("socketio", "message"),
    "admin_shop": ("flask_admin", "route"),
    "aiogram_shop": ("aiogram", "message"),
    "appbuilder_shop": ("flask_appbuilder", "route"),
    "ariadne_shop": ("ariadne", "graphql"),
    "arq_shop": ("arq", "task", "schedule", "hook"),
    "channels_shop": ("channels", "websocket"),
    "dash_shop": ("dash", "callback"),
    "fastmcp_shop": ("fastmcp", "tool", "resource", "prompt"),
    "flaskio_shop": ("flask_socketio", "message"),
    "functions_shop": ("functions_framework", "function"),
    "gradio_shop": ("gradio", "callback"),
    "graphene_shop": ("graphene", "graphql"),
    "grpc_shop": ("grpc", "rpc"),
    "jsonrpc_shop": ("jsonrpcserver", "rpc"),
    "kombu_shop": ("kombu", "message"),
    "rq_shop": ("rq", "task"),
    "servers_shop": ("http", "route", "hook", "connection", "message", "rpc"),
    "slack_shop": ("slack_bolt", "message"),
    "strawberry_shop": ("strawberry", "graphql"),
    "taskiq_shop": ("taskiq", "task"),
    "telegram_shop": ("telegram", "message", "error-handler"),
    "twisted_shop": ("twisted", "route", "hook", "connection", "message"),
    "websockets_shop": ("websockets", "websocket"),
    "telebot_shop": ("telebot", "message"),
    "rpyc_shop": ("rpyc", "rpc"),
    "pyro_shop": ("Pyro5", "rpc"),
    "mqtt_shop": ("paho", "message"),
    "wsclient_shop": ("websocket", "message"),
    "kafka_shop": ("kafka", "loop"),
    "pika_shop": ("pika", "message"),
    "shiny_shop": ("shiny", "connection"),
    "bokeh_shop": ("bokeh", "schedule", "callback"),
    "kopf_shop": ("kopf", "message"),
    "procrastinate_shop": ("procrastinate", "task", "schedule"),
    "graph_shop": ("langgraph", "node", "tool"),
    "watchdog_shop": ("watchdog", "message"),
    "faststream_shop": ("faststream", "message"),
}
"""Applications whose handlers have no path, with the package they need and the kinds of their entry points."""

Row = tuple[str, str, str]


def shape(path: str) -> str:
    """A path with its placeholders made equal."""
    path = re.sub(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)|<[^>]*>|\{[^}]*\}", "*", path)
    return re.sub(r"[\^$]", "", path).strip("/")


def needs(*packages: str) -> None:
    """Skips a test whose packages are not all there."""
    for package in packages:
        parts = package.split(".")
        above = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
        if any(importlib.util.find_spec(each) is None for each in above):
            pytest.skip(f"{package} is not installed")


def own_table(name: str) -> list[Row]:
    """What the application holds when it runs."""
    environment = {**os.environ, "PYTHONPATH": str(APPS), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(APPS / "tables.py"), name]
    done = subprocess.run(command, check=False, cwd=APPS, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return sorted((method, shape(path), function) for method, path, function in json.loads(done.stdout))


def endpoints(folder: Path, target: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """What leaklint says of a file or folder below a root."""
    code = main(["endpoints", str(target), "--root", str(folder), "--no-cache", "--output-format", "json"])
    assert code in (0, 1)
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)["endpoints"]
    return found


def copied(name: str, folder: Path) -> Path:
    """A folder with the files of one application."""
    target = folder / "src"
    target.mkdir()
    for each in sorted(APPS.rglob("*.py")):
        if each.relative_to(APPS).parts[0].removesuffix(".py") == name:
            copy = target / each.relative_to(APPS)
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(each.read_text(encoding="utf-8"), encoding="utf-8")
    return target


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_route_table(name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Methods, full paths and functions are those of the running application: none is missing, none is made up."""
    needs(*NEEDED[name])
    target = copied(name, tmp_path)
    wanted = own_table(name)
    assert wanted
    known = {(path, function): method for method, path, function in wanted}
    found = set()
    for entry in endpoints(tmp_path, target, capsys):
        if entry["kind"] not in ("route", "viewset", "websocket", "connection", "task") or not entry["path"]:
            continue
        function, path = str(entry["function"]).removeprefix("src."), shape(str(entry["path"]))
        methods = entry["methods"] if known.get((path, function)) != "" else []
        assert isinstance(methods, list)
        found |= {(method, path, function) for method in methods or [""] if method not in ("HEAD", "OPTIONS")}
    assert sorted(found) == wanted


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_handlers(name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The functions are those that the running application calls: none is missing, none is made up."""
    package, *kinds = HANDLERS[name]
    needs(package)
    wanted = {function for _, _, function in own_table(name)}
    assert wanted
    found = endpoints(tmp_path, copied(name, tmp_path), capsys)
    assert {str(each["function"]).removeprefix("src.") for each in found if each["kind"] in kinds} == wanted
