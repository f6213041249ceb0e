"""BlackSheep: routes of the application and of a router."""

from blacksheep import Application, Router

router = Router(prefix="/api")
app = Application(router=router)


@router.get("/items/{name}")
async def item(name): ...


@router.post("/orders")
async def order(): ...


async def stock(): ...


router.add_get("/stock", stock)
