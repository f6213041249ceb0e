"""Servers of the standard library: HTTP, sockets, XML-RPC, streams and protocols of asyncio."""

import asyncio
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer


class Web(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer("got")

    def do_POST(self):
        self.answer("posted")

    def answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, text, *args): ...


class Line(StreamRequestHandler):
    def setup(self):
        super().setup()

    def handle(self):
        self.wfile.write(self.rfile.readline())


class Calls(SimpleXMLRPCRequestHandler):
    def log_message(self, text, *args): ...


class Stock:
    def count(self, name):
        return len(name)

    def _hidden(self, name): ...


def price(name):
    return len(name)


async def stream(reader, writer):
    writer.write(await reader.readline())
    writer.close()


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)
        self.transport.close()

    def connection_lost(self, reason): ...


def serve_web():
    return ThreadingHTTPServer(("127.0.0.1", 0), Web)


def serve_lines():
    return ThreadingTCPServer(("127.0.0.1", 0), Line)


def serve_calls():
    server = SimpleXMLRPCServer(("127.0.0.1", 0), requestHandler=Calls, logRequests=True)
    server.register_function(price)
    server.register_instance(Stock())
    return server


async def serve_streams():
    return await asyncio.start_server(stream, "127.0.0.1", 0)


async def serve_protocol():
    return await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
