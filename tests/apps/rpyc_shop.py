"""RPyC: what a service exposes, and what is called when somebody comes and goes."""

import rpyc


class Stock(rpyc.Service):
    def on_connect(self, conn):
        self.price = 3

    def on_disconnect(self, conn):
        self.price = 0

    def exposed_count(self, item):
        return len(item) + self.inner()

    def inner(self):
        return 0
