from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
PATHS = {"one": "/users/{name}"}


@router.get("/users")
def list_users():
    return []


@router.delete(PATHS["one"])
def delete_user(name: str):
    return name
