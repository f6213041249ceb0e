"""A FastAPI application with routers below routers, dependencies, a mounted Starlette application and a websocket."""

from __future__ import annotations

from fastapi import APIRouter, Depends, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from fastapi_shop import users


class Timing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


class Status(HTTPEndpoint):
    async def get(self, request):
        return PlainTextResponse("")


async def health(request):
    return PlainTextResponse("")


def store():
    return {}


async def legacy(item: str):
    return item


side = Starlette(routes=[Route("/health", health), Mount("/deep", routes=[Route("/status", Status)])])

items = APIRouter(prefix="/items", tags=["items"])


@items.get("/{item_id}")
async def read_item(item_id: int, db=Depends(store)):
    return item_id


@items.api_route("/", methods=["POST", "PUT"])
async def write_item(name: str):
    return name


def create_app():
    app = FastAPI(openapi_url=None)
    app.add_middleware(Timing)
    api = APIRouter(prefix="/api")
    api.include_router(items)
    api.include_router(users.router, prefix="/v2")
    app.include_router(api)
    app.add_api_route("/legacy", legacy, methods=["GET"])
    app.mount("/side", side)

    @app.websocket("/live")
    async def live(socket: WebSocket):
        await socket.accept()

    return app
