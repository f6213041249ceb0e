"""Twisted: a site of resources, and a factory of protocols for lines."""

from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver
from twisted.web.resource import Resource
from twisted.web.server import Site


class Line(LineReceiver):
    def connectionMade(self):
        self.sendLine(b"shop")

    def lineReceived(self, line):
        self.sendLine(line)

    def connectionLost(self, reason=None): ...


class Lines(Factory):
    def buildProtocol(self, address):
        return Line()


class Item(Resource):
    isLeaf = True

    def render_GET(self, request):
        return b"item"

    def render_POST(self, request):
        return b"order"


class Shop(Resource):
    def getChild(self, name, request):
        return Item()


def create_site():
    return Site(Shop())
