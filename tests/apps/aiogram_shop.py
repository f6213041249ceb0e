"""aiogram: handlers of a dispatcher and of the routers below it."""

from aiogram import Dispatcher, F, Router
from aiogram.filters import Command

router = Router()


@router.message(Command("order"))
async def order(message): ...


@router.callback_query(F.data == "buy")
async def buy(query): ...


@router.errors()
async def failed(event): ...


async def echo(message): ...


async def edited(message): ...


def create_dispatcher():
    dispatcher = Dispatcher()
    dispatcher.message.register(echo)
    dispatcher.edited_message.register(edited, F.text)
    dispatcher.include_router(router)
    return dispatcher
