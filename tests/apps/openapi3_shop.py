"""flask-openapi3: typed paths and bodies."""

from flask_openapi3 import APIBlueprint, OpenAPI
from pydantic import BaseModel

orders = APIBlueprint("orders", __name__, url_prefix="/orders")


class OrderPath(BaseModel):
    number: int


@orders.get("/<int:number>")
def order(path: OrderPath):
    return {"number": path.number}


def create_app():
    app = OpenAPI(__name__, static_folder=None)

    @app.post("/items", summary="adds")
    def add():
        return {}

    app.register_api(orders)
    return app
