"""websockets: a handler of connections and a function that sees each request first."""

from websockets.asyncio.server import serve


async def live(socket):
    async for message in socket:
        await answer(socket, message)


async def answer(socket, message):
    await socket.send(message)


async def check(connection, request): ...


def create_server():
    return serve(live, "127.0.0.1", 0, process_request=check)
