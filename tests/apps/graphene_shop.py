"""Graphene: resolvers by their names, mutations, and a resolver that is handed over."""

import graphene


def newest(root, info): ...


class Item(graphene.ObjectType):
    name = graphene.String()
    price = graphene.Int(currency=graphene.String())

    def resolve_price(self, info, currency): ...


class Query(graphene.ObjectType):
    item = graphene.Field(Item, name=graphene.String())
    latest = graphene.Field(Item, resolver=newest)

    def resolve_item(self, info, name): ...


class Buy(graphene.Mutation):
    class Arguments:
        name = graphene.String()

    ok = graphene.Boolean()

    def mutate(self, info, name): ...


class Mutation(graphene.ObjectType):
    buy = Buy.Field()


schema = graphene.Schema(query=Query, mutation=Mutation)
