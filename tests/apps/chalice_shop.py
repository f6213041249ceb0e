"""Chalice: routes, a blueprint, and functions for events."""

from chalice import Blueprint, Chalice, Rate

app = Chalice(app_name="shop")
admin = Blueprint(__name__)


@app.route("/")
def index(): ...


@app.route("/items/{name}", methods=["GET", "PUT"])
def item(name): ...


@app.schedule(Rate(5, unit=Rate.MINUTES))
def sweep(event): ...


@app.on_sqs_message(queue="orders")
def ordered(event): ...


@app.lambda_function()
def job(event, context): ...


@admin.route("/stock", methods=["POST"])
def stock(): ...


app.register_blueprint(admin, url_prefix="/admin")
