"""Quart: blueprints below blueprints, a websocket, a view class."""

from quart import Blueprint, Quart, websocket
from quart.views import MethodView

api = Blueprint("api", __name__, url_prefix="/api")
items = Blueprint("items", __name__, url_prefix="/items")


@items.get("/")
async def every():
    return []


@items.route("/<int:item_id>", methods=["GET", "PUT"])
async def one(item_id):
    return {}


@api.websocket("/live")
async def live():
    await websocket.receive()


class Stock(MethodView):
    async def get(self, item_id):
        return {}

    async def post(self, item_id):
        return {}


def create_app():
    app = Quart(__name__)
    api.register_blueprint(items)
    app.register_blueprint(api)
    app.add_url_rule("/stock/<int:item_id>", view_func=Stock.as_view("stock"))
    return app
