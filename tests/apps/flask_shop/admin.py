from __future__ import annotations

from flask import Blueprint
from flask_restful import Api, Resource


class Users(Resource):
    def get(self):
        return []

    def post(self):
        return {}


class User(Resource):
    def get(self, name):
        return {}


def make_admin():
    admin = Blueprint("admin", __name__, url_prefix="/admin")
    api = Api(admin)
    api.add_resource(Users, "/users", "/people")
    api.add_resource(User, "/users/<name>")

    @admin.post("/login")
    def login():
        return ""

    return admin
