"""pyTelegramBotAPI: handlers by decorators and by hand."""

from telebot import TeleBot

bot = TeleBot("1:shop", threaded=False)


@bot.message_handler(commands=["start"])
def start(message): ...


@bot.callback_query_handler(func=lambda call: True)
def pressed(call): ...


def asked(message): ...


bot.register_message_handler(asked, commands=["price"])
