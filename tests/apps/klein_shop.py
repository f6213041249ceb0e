"""Klein: routes of a module's object and of a class's."""

from klein import Klein

app = Klein()


@app.route("/items/<name>", methods=["GET"])
def item(request, name): ...


@app.route("/stock", methods=["POST"])
def stock(request): ...


class Store:
    app = Klein()

    @app.route("/store")
    def index(self, request): ...
