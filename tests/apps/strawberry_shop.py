"""Strawberry: resolvers that decorate, that are handed over, and a subscription."""

from collections.abc import AsyncGenerator

import strawberry


def everything() -> list[str]: ...


@strawberry.type
class Item:
    name: str

    @strawberry.field
    def price(self, currency: str) -> int: ...


@strawberry.type
class Query:
    items: list[str] = strawberry.field(resolver=everything)

    @strawberry.field
    def item(self, name: str) -> Item: ...


@strawberry.type
class Mutation:
    @strawberry.mutation(description="buys")
    async def buy(self, name: str) -> Item: ...


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def sold(self) -> AsyncGenerator[str, None]: ...


schema = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription)
