"""Bottle: routes of the module, of an application, given as a callback, and mounted."""

import bottle

app = bottle.Bottle()
admin = bottle.Bottle()


@app.route("/")
def index():
    return ""


@app.route("/items/<item_id:int>", method=["GET", "DELETE"])
def item(item_id):
    return str(item_id)


@app.post("/items")
def add_item():
    return ""


def about():
    return ""


@admin.get("/users/<name>")
def user(name):
    return name


@app.hook("before_request")
def count():
    pass


app.route("/about", "GET", about)
app.merge(admin)
