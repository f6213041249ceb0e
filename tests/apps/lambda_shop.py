"""Powertools for AWS Lambda: a resolver, routers below a prefix, several methods for one function."""

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.api_gateway import Router

app = APIGatewayRestResolver()
orders = Router()


@app.get("/items")
def items():
    return {}


@app.post("/items/<item_id>")
def change(item_id):
    return {"item": item_id}


@app.route("/ping", method=["GET", "POST"])
def ping():
    return {}


@orders.get("/")
def listed():
    return {}


@orders.delete("/<order>")
def cancel(order):
    return {"order": order}


app.include_router(orders, prefix="/orders")
