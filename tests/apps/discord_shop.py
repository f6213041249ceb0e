"""discord.py: commands of a cog, a group with commands below it, application commands."""

import discord
from discord import app_commands
from discord.ext import commands


class Shop(commands.Cog):
    @commands.command()
    async def price(self, ctx, item): ...

    @commands.group(invoke_without_command=True)
    async def cart(self, ctx): ...

    @cart.command(name="add")
    async def cart_add(self, ctx, item): ...

    @commands.hybrid_command()
    async def order(self, ctx): ...

    @app_commands.command(description="what is left")
    async def stock(self, interaction: discord.Interaction): ...
