"""FastStream: subscribers of a broker and of a router that it includes."""

from faststream.nats import NatsBroker, NatsRouter

broker = NatsBroker()
router = NatsRouter(prefix="shop.")


@broker.subscriber("orders")
async def ordered(order: str): ...


@router.subscriber("prices")
@broker.publisher("seen")
async def priced(price: str): ...


broker.include_router(router)
