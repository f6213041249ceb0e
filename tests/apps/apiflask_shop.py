"""APIFlask: an application and a blueprint with schemas around the functions."""

from apiflask import APIBlueprint, APIFlask
from flask.views import MethodView

orders = APIBlueprint("orders", __name__, url_prefix="/orders")


class Order(MethodView):
    def get(self, number):
        return {"number": number}

    def delete(self, number):
        return {}


orders.add_url_rule("/<int:number>", view_func=Order.as_view("order"))


@orders.get("/")
@orders.doc(summary="all")
def listed():
    return {}


def create_app():
    app = APIFlask(__name__, static_folder=None)

    @app.post("/items")
    def add():
        return {}

    app.register_blueprint(orders)
    return app
