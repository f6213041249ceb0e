"""FastMCP: tools, resources and prompts, bare, called, and added."""

from fastmcp import FastMCP

server = FastMCP("shop")
admin = FastMCP("admin")


@server.tool
def price(name: str) -> int: ...


@server.tool(name="order")
async def buy(name: str) -> str: ...


@server.resource("shop://{name}")
def item(name: str) -> str: ...


@server.prompt
def ask(name: str) -> str: ...


@admin.tool
def stock(name: str) -> int: ...


server.mount(admin)
