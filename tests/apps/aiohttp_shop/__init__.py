"""An aiohttp application with a route table, a sub-application, a class view and routes of a list."""

from __future__ import annotations

from aiohttp import web

from aiohttp_shop.handlers import Admin, list_items

routes = web.RouteTableDef()


@routes.get("/users/{name}")
async def get_user(request):
    return web.Response(text=request.match_info["name"])


@routes.view("/cart")
class Cart(web.View):
    async def get(self):
        return web.Response()

    async def post(self):
        return web.Response()


@web.middleware
async def count(request, handler):
    return await handler(request)


async def remove(request):
    return web.Response()


async def create_app():
    app = web.Application(middlewares=[count])
    app.add_routes(routes)
    app.add_routes([web.get("/items", list_items), web.delete("/items/{id}", remove)])
    app.router.add_route("PUT", "/items/{id}", remove)
    admin = web.Application()
    back = Admin()
    admin.router.add_post("/reload", back.reload)
    app.add_subapp("/admin/", admin)
    return app
