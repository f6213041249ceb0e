"""Flask-Admin: views with exposed methods below the administration's path."""

from flask import Flask
from flask_admin import Admin, BaseView, expose


class Stock(BaseView):
    @expose("/")
    def index(self): ...

    @expose("/low", methods=("GET", "POST"))
    def low(self): ...


def create_app():
    app = Flask(__name__)
    admin = Admin(app, name="shop")
    admin.add_view(Stock(name="Stock", endpoint="stock"))
    return app
