from django.urls import path
from django.views.decorators.cache import cache_page

from django_shop.views import Cart, item

urlpatterns = [path("items/<int:pk>/", cache_page(60)(item)), path("cart/", Cart.as_view())]
