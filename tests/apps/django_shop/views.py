from django.http import HttpResponse
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
