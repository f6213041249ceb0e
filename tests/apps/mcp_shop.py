"""The Model Context Protocol: tools of a server, under either name of its class."""

try:
    from mcp.server.mcpserver import MCPServer
except ImportError:
    from mcp.server.fastmcp import FastMCP as MCPServer

server = MCPServer("shop")


@server.tool()
def price(item: str) -> int:
    return len(item)


@server.tool(name="stock_of")
async def stock(item: str) -> int:
    return 0


def order(item: str) -> str:
    return item


server.add_tool(order)
