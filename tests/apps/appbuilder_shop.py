"""Flask-AppBuilder: views with exposed methods, an interface, and a base of the application's own."""

from flask import Flask
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_appbuilder.api import BaseApi
from flask_sqlalchemy import SQLAlchemy


class Shop(BaseView):
    route_base = "/shop"
    default_view = "items"

    @expose("/items/")
    def items(self): ...

    @expose("/item/<name>", methods=["GET", "POST"])
    def item(self, name): ...


class Prices(BaseApi):
    resource_name = "prices"

    @expose("/<name>", methods=["GET"])
    def price(self, name): ...


def create_app():
    app = Flask(__name__)
    app.config.update(SECRET_KEY="shop", SQLALCHEMY_DATABASE_URI="sqlite://")
    with app.app_context():
        builder = AppBuilder(app, SQLAlchemy(app).session)
        builder.add_view(Shop, "Shop")
        builder.add_api(Prices)
    return app
