"""Pyro: classes that are exposed as a whole, and single methods."""

from Pyro5.api import expose


@expose
class Stock:
    def count(self, item):
        return self._inner(item)

    def _inner(self, item):
        return len(item)


class Prices:
    @expose
    def price(self, item):
        return self.hidden(item)

    def hidden(self, item):
        return 3
