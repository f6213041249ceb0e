from django.http import HttpResponse
from django.urls import path
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet


def index(request):
    return HttpResponse()


@csrf_exempt
def daily(request):
    return HttpResponse()


def old(request, year):
    return HttpResponse(year)


def item(request, pk):
    return HttpResponse(pk)


@api_view(["GET", "POST"])
def ping(request):
    return Response()


class Weekly(View):
    def get(self, request):
        return HttpResponse()


class Cart(View):
    def post(self, request):
        return HttpResponse()

    def delete(self, request):
        return HttpResponse()


class Books(ViewSet):
    def list(self, request):
        return Response([])

    def retrieve(self, request, pk=None):
        return Response(pk)

    @action(detail=True, methods=["post"])
    def borrow(self, request, pk=None):
        return Response(pk)


class Stock(ViewSet):
    """Made with tables of its methods, which leave one out."""

    counted_by = {"get": "counted"}

    def counted(self, request):
        return Response([])

    def moved(self, request):
        return Response([])

    def forgotten(self, request):
        return Response([])


class Listed(View):
    """Views that bring their own paths."""

    @classmethod
    def as_api_view(cls, **given):
        return csrf_exempt(cls.as_view(**given))

    @classmethod
    def where(cls, base, action):
        return f"{base}/{action}/"

    @classmethod
    def patterns(cls, base):
        return [path(cls.where(base, "new"), cls.as_view()), path(f"{base}/raw/", cls.as_api_view())]


class Authors(Listed):
    def post(self, request):
        return HttpResponse()


class Prices(View):
    def get(self, request):
        return HttpResponse()


def prices(base):
    return [path(f"{base}/", Prices.as_view())]
