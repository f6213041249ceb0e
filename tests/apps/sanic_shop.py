"""Sanic: blueprints in groups with versions left out, handlers that come before the path, class views."""

from sanic import Blueprint, Sanic, response
from sanic.views import HTTPMethodView

items = Blueprint("items", url_prefix="/items")


@items.get("/")
async def every(request):
    return response.json([])


@items.post("/<item_id:int>")
async def change(request, item_id):
    return response.json(item_id)


class Stock(HTTPMethodView):
    async def get(self, request, item_id):
        return response.json(item_id)

    async def delete(self, request, item_id):
        return response.empty()


async def health(request):
    return response.text("up")


async def live(request, ws): ...


def create_app():
    app = Sanic("shop")
    app.blueprint(Blueprint.group(items, url_prefix="/api"))
    app.add_route(Stock.as_view(), "/stock/<item_id:int>")
    for path in ("/health", "/ready"):
        app.add_route(health, path, name=path.strip("/"))
    app.add_websocket_route(live, "/live")
    return app
