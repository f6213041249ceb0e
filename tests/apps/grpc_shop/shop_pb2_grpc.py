"""What the compiler of descriptions writes for a service with two methods, without the messages."""

import grpc


class ShopServicer:
    def Order(self, request, context):
        raise NotImplementedError

    def Watch(self, request_iterator, context):
        raise NotImplementedError


def add_ShopServicer_to_server(servicer, server):
    rpc_method_handlers = {
        "Order": grpc.unary_unary_rpc_method_handler(servicer.Order),
        "Watch": grpc.stream_stream_rpc_method_handler(servicer.Watch),
    }
    generic_handler = grpc.method_handlers_generic_handler("shop.Shop", rpc_method_handlers)
    server.add_generic_rpc_handlers((generic_handler,))
