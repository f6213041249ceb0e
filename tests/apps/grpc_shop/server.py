"""The server with its implementation."""

from concurrent import futures

import grpc

from grpc_shop import shop_pb2_grpc


class Shop(shop_pb2_grpc.ShopServicer):
    def Order(self, request, context):
        return self._known(request)

    def Watch(self, request_iterator, context):
        for request in request_iterator:
            yield self._known(request)

    def _known(self, request):
        return request


def health(request, context):
    return request


def create_server():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    shop_pb2_grpc.add_ShopServicer_to_server(Shop(), server)
    methods = {"Check": grpc.unary_unary_rpc_method_handler(health)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shop.Health", methods),))
    return server
