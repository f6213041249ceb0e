"""jsonrpcserver: methods by their own names and by others."""

from jsonrpcserver import Success, method


@method
def price(name):
    return Success(1)


@method(name="buy")
def order(name):
    return Success(2)
