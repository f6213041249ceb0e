SECRET_KEY = "test"
ROOT_URLCONF = "django_shop.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"]
MIDDLEWARE = ["django_shop.middleware.Count"]
DATABASES = {}
