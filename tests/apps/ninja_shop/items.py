from ninja import Router

router = Router()


@router.get("/")
def every(request):
    return []


@router.post("/{item_id}")
def change(request, item_id: int):
    return item_id


@router.api_operation(["PUT", "PATCH"], "/{item_id}/stock")
def stock(request, item_id: int):
    return item_id
