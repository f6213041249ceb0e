"""Flask-RESTX: namespaces with resources, several paths for one."""

from flask import Flask
from flask_restx import Api, Namespace, Resource

items = Namespace("items", path="/items")


@items.route("/", "/every")
class Items(Resource):
    def get(self):
        return []

    def post(self):
        return {}


@items.route("/<int:item_id>")
class Item(Resource):
    def delete(self, item_id):
        return ""


class Stock(Resource):
    def put(self, item_id):
        return {}


def create_app():
    app = Flask(__name__)
    api = Api(app, prefix="/api", doc=False, add_specs=False)
    api.add_namespace(items)
    api.add_resource(Stock, "/stock/<int:item_id>")
    return app
