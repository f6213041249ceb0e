from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from django_shop import views

router = SimpleRouter()
router.register("books", views.Books, basename="book")

reports = [path("daily/", views.daily), path("weekly/", views.Weekly.as_view())]

urlpatterns = [
    path("", views.index),
    path("shop/", include("django_shop.shop_urls")),
    path("reports/", include((reports, "reports"))),
    path("api/", include(router.urls)),
    path("stock/", views.Stock.as_view({"get": "counted", "post": "moved"})),
    path("stock/count/", views.Stock.as_view(actions=views.Stock.counted_by)),
    re_path(r"^old/(?P<year>[0-9]{4})/$", views.old),
]
urlpatterns += [path("ping/", views.ping)]
urlpatterns += [*views.Authors.patterns("authors"), path("lists/", include(views.prices("prices")))]
