"""Functions Framework: functions for requests and for events, found by their decorators."""

import functions_framework


@functions_framework.http
def price(request): ...


@functions_framework.cloud_event
def ordered(event): ...


def helper(request): ...
