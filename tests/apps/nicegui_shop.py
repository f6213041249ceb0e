"""NiceGUI: pages, a router, and a plain route beside them."""

from nicegui import APIRouter, app, ui

router = APIRouter(prefix="/admin")


@ui.page("/")
def index(): ...


@ui.page("/items/{name}")
async def item(name: str): ...


@router.page("/stock")
def stock(): ...


@app.get("/api/price/{name}")
def price(name: str): ...


app.include_router(router)
