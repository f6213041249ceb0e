"""Litestar: controllers, nested routers, several paths on one handler, a websocket."""

from litestar import Controller, Litestar, Router, WebSocket, delete, get, post, put, route, websocket


class Items(Controller):
    path = "/items"

    @get("/")
    async def every(self) -> list[int]:
        return []

    @post("/")
    async def create(self) -> dict[str, int]:
        return {}

    @get(["/{item_id:int}", "/by-number/{item_id:int}"])
    async def one(self, item_id: int) -> int:
        return item_id


@put("/stock/{item_id:int}")
async def stock(item_id: int) -> int:
    return item_id


@delete("/stock/{item_id:int}", status_code=204)
async def sold_out(item_id: int) -> None: ...


@route("/ping", http_method=["GET", "POST"])
async def ping() -> str:
    return "pong"


@websocket("/live")
async def live(socket: WebSocket) -> None:
    await socket.accept()


def create_app() -> Litestar:
    inner = Router("/v1", route_handlers=[Items, stock, sold_out])
    outer = Router(path="/api", route_handlers=[inner])
    return Litestar(route_handlers=[outer, ping, live], openapi_config=None)
