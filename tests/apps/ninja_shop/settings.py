SECRET_KEY = "not a secret"
ROOT_URLCONF = "ninja_shop.urls"
INSTALLED_APPS = []
ALLOWED_HOSTS = ["*"]
