"""Kopf: handlers of changes to objects of a cluster."""

import kopf


@kopf.on.create("shops")
def made(**_): ...


@kopf.on.update("shops", field="spec")
async def changed(**_): ...


@kopf.on.event("shops")
def seen(**_): ...
