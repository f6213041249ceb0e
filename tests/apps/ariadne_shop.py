"""Ariadne: resolvers that are bound by decorators and by calls."""

from ariadne import MutationType, ObjectType, QueryType, SubscriptionType, make_executable_schema

TYPES = """
type Item { name: String, price(currency: String): Int }
type Query { item(name: String): Item, items: [Item] }
type Mutation { buy(name: String): Item }
type Subscription { sold: Item }
"""

query = QueryType()
mutation = MutationType()
item = ObjectType("Item")
subscription = SubscriptionType()


@query.field("item")
def one(_, info, name): ...


def everything(_, info): ...


query.set_field("items", everything)


@mutation.field("buy")
def buy(_, info, name): ...


@item.field("price")
def price(found, info, currency): ...


@subscription.source("sold")
async def sales(_, info):
    yield {}


@subscription.field("sold")
def sold(found, info): ...


def create_schema():
    return make_executable_schema(TYPES, query, mutation, item, subscription)
