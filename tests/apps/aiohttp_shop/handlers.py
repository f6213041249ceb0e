from aiohttp import web


async def list_items(request):
    return web.Response()


class Admin:
    async def reload(self, request):
        return web.Response()
