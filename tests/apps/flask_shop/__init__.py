"""A Flask application made by a factory, with nested blueprints, class views, a table of routes and flask-restful."""

from __future__ import annotations

from functools import wraps

from flask import Blueprint, Flask
from flask.views import MethodView, View

from flask_shop.admin import make_admin
from flask_shop.pages import about, contact


def logged(view):
    @wraps(view)
    def inner(*args, **kwargs):
        return view(*args, **kwargs)

    return inner


def plain(view):
    def inner(*args, **kwargs):
        return view(*args, **kwargs)

    inner.__name__ = view.__name__
    return inner


class Item(MethodView):
    def get(self, item_id):
        return str(item_id)

    def delete(self, item_id):
        return ""


class Report(View):
    methods = ["POST"]

    def dispatch_request(self):
        return ""


shop = Blueprint("shop", __name__, url_prefix="/shop")
cart = Blueprint("cart", __name__, url_prefix="/cart")


@cart.route("/<int:cart_id>", methods=["GET", "PUT"])
@logged
def one_cart(cart_id):
    return ""


@shop.get("/")
@plain
def shop_index():
    return ""


@shop.app_errorhandler(404)
def missing(error):
    return "", 404


PAGES = [("/about", about), ("/contact", contact)]
VERSION = "v1"


def create_app():
    app = Flask(__name__, static_folder=None)
    shop.register_blueprint(cart)
    app.register_blueprint(shop)
    app.register_blueprint(make_admin(), url_prefix="/back-office")
    app.add_url_rule("/items/<item_id>", view_func=Item.as_view("item"))
    app.add_url_rule(f"/{VERSION}/report", view_func=Report.as_view("report"), methods=["POST"])
    for path, view in PAGES:
        app.add_url_rule(path, view.__name__, view)

    @app.before_request
    def count():
        return None

    @app.route("/inner")
    def inner_view():
        return ""

    return app
