"""python-telegram-bot: handlers that are added alone, in a list and in a conversation."""

from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ConversationHandler, MessageHandler, filters

NAME, ADDRESS = range(2)


async def begin(update, context): ...


async def name(update, context): ...


async def address(update, context): ...


async def cancel(update, context): ...


async def echo(update, context): ...


async def pressed(update, context): ...


async def failed(update, context): ...


async def remind(context): ...


class Bot:
    async def price(self, update, context): ...


def create_app():
    app = Application.builder().token("1:shop").build()
    bot = Bot()
    app.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("order", begin)],
            states={NAME: [MessageHandler(filters.TEXT, name)], ADDRESS: [MessageHandler(filters.TEXT, address)]},
            fallbacks=[CommandHandler("cancel", cancel)],
        )
    )
    app.add_handlers([CommandHandler("price", bot.price), CallbackQueryHandler(pressed)])
    app.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, callback=echo), group=1)
    app.add_error_handler(failed)
    return app
