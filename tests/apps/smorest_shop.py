"""flask-smorest: blueprints with functions and classes of methods, under the API's own prefixes."""

from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint

blp = Blueprint("items", "items", url_prefix="/items", description="")


@blp.route("/")
class Items(MethodView):
    @blp.response(200)
    def get(self):
        return []

    def post(self):
        return []


@blp.route("/<item_id>", methods=["DELETE"])
@blp.response(204)
def drop(item_id):
    return None


def create_app():
    app = Flask(__name__, static_folder=None)
    app.config.update(API_TITLE="shop", API_VERSION="1", OPENAPI_VERSION="3.0.2")
    api = Api(app)
    api.register_blueprint(blp, url_prefix="/shop/items")
    return app
