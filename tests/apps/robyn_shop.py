"""Robyn: routes of the application and of a router below a prefix."""

from robyn import Robyn, SubRouter

app = Robyn(__file__)
admin = SubRouter(__file__, prefix="/admin")


@app.get("/items/:name")
def item(request): ...


@app.post("/orders")
async def order(request): ...


@admin.get("/stock")
def stock(request): ...


@app.before_request()
def known(request): ...


app.include_router(admin)
